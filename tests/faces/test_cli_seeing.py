"""Here: bad plans of looking and deciding, and functions of the user's own, at the terminal.

Not here: the whole grammar of rules (``unit/test_rules_meaning``).
"""

import json
import sys
from pathlib import Path

import pytest

import countermove as cm
from countermove.foundation import EngineFailure, ScenarioWarning
from countermove.simulation.chunk_store import CHUNK
from countermove.treatment import asked
from support.terminal import call

FILE = """\
countermove: 1
name: Looked at
tumor: {birth: 0.3 /day, death: 0.1 /day, diagnosed_at: 1e9 cells}
drugs:
  A: {kill: 0.4 /day, limits: {per_day: 1.5}}
  B: {kill: 0.4 /day}
alterations: {r: {mechanism: target, drug: A, rate: 1e-6}}
monitoring:
  imaging: {every: 21 days}
  MORE
treatment:
  drugs: [A, B]
  rules:
    - when: WHEN
      then: THEN
patients: {number: 6}
follow_up: 90 days
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Write a scenario file into a working folder of its own."""
    monkeypatch.chdir(tmp_path)

    def written(when="recist == 'PD'", then="{next_line: true}", more="", change=("", "")):
        text = FILE.replace("WHEN", when).replace("THEN", then).replace("MORE", more)
        Path("file.yaml").write_text(text.replace(*change) if change[0] else text, encoding="utf-8")
        return "file.yaml"

    return written


CTDNA = "ctdna: {every: 14 days, panel: [r]}"
BAD = {
    "unknown observable": ({"when": "psa > 4"}, 14, "rules.0.when: got 'psa'"),
    "near miss": ({"when": "burdn > 4"}, 14, "Did you mean 'burden'?"),
    "division by zero": ({"when": "burden / 0 > 4"}, 14, "a divisor other than 0"),
    "no such alteration": (
        {"when": "ctdna.vaf(q) > 0.1", "more": CTDNA}, 14, "an alteration of this scenario"),
    "contradiction": ({"then": "{start: [B], stop: [B]}"}, 15, "each drug under one of them"),
    "dose above its limit": ({"then": "{dose: {A: 2}}"}, 15, "at most 1.5"),
    "unknown drug": ({"then": "{stop: [C]}"}, 15, "a drug of this scenario"),
    "panel": ({"more": CTDNA.replace("[r]", "[q]")}, 10, "an alteration of this scenario"),
    "late visits": ({"more": CTDNA.replace("14 days", "90 days")}, 10, "left of the follow-up"),
    "late biopsy": ({"more": "biopsy: {at: [90]}"}, 10, "left of the follow-up"),
    "jitter": ({"more": CTDNA.replace("14 days", "14 days, jitter: 7 days")}, 10, "less than half"),
    "half a day": (
        {"more": CTDNA.replace("14 days", "14 days, jitter: 0.5 days")}, 10, "a whole number"),
    "limit past death": (
        {"change": ("every: 21 days", "every: 21 days, limit: 1e13")}, 9, "the lethal burden"),
    "dose without levels": ({"then": "{dose: {A: 0.5}}"}, 15, "which has no levels"),
    "one line": ({"change": ("[A, B]", "[A]")}, 15, "two lines or more"),
    "every visit missed": (
        {"change": ("every: 21 days", "every: 21 days, missed: 1")}, 9, "0 to 0.99"),
    "late results": (
        {"change": ("every: 21 days", "every: 21 days, delay: 90 days")}, 9, "left of the follow"),
    "marker called burden": (
        {"more": "marker: {name: burden, every: 21, per_cell: 1e-9}"}, 10, "a name that nothing"),
    "purity": ({"more": "biopsy: {at: [30], purity: 0}"}, 10, "more than 0"),
    "rounding": (
        {"change": ("every: 21 days", "every: 21 days, rounding: 2 cm")}, 9, "0 to 10 mm"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_check_refuses_what_cannot_be_seen_or_decided_with_its_line(write, name):
    given, line, words = BAD[name]
    said = call("check", write(**given), code=2).stderr
    assert said.startswith(f"Error: file.yaml, line {line}, column "), said
    assert words in said
    assert "got " in said
    assert ", expected " in said
    assert call("run", "file.yaml", code=2).stderr.splitlines()[0] == said.splitlines()[0]


def test_a_plan_that_can_be_done_passes(write):
    assert "can be run" in call("check", write(more=CTDNA)).output


def test_a_baseline_that_is_missing_makes_a_condition_false_unless_the_rule_asks(write):
    """ctDNA is none at baseline: a quotient by it is missing, and so is no reason to act."""
    more = CTDNA.replace("[r]", "[r], shed: 0")
    never = cm.load(write("ctdna.hge / baseline.ctdna.hge > 0", more=more))
    always = cm.load(write("time > 0 and not ctdna.hge / baseline.ctdna.hge > 0", more=more))
    lines = [cm.simulate(own, progress=False).table["lines"] for own in (never, always)]
    assert lines[0].tolist() == [1] * 6
    assert lines[1].tolist() == [2] * 6


@pytest.mark.parametrize(
    ("marker", "when", "warns"),
    [("psa", "burden > 1e10", True), ("a", "burden > 1e10", True), ("psa", "psa > 1e4", False)],
)
def test_a_marker_that_nothing_reads_is_a_warning(write, marker, when, warns):
    more = f"{CTDNA}\n  marker: {{name: {marker}, every: 21, per_cell: 1e-9}}"
    said = call("check", write(when, more=more)).stderr
    assert (f"no rule or policy reads '{marker}'" in said) == warns
    if warns:
        with pytest.warns(ScenarioWarning, match="decides nothing"):
            cm.load("file.yaml")


# --- functions of the user's own ---

MODULE = """
import time
from pathlib import Path
import numpy as np
Path("imported").write_text("x")

def first(seen, memory):
    return np.tile(memory["lines"][0], (memory["patients"], 1))

def fails(seen, memory):
    if memory["first"] >= 4 and seen.time > 30:
        raise RuntimeError("no idea")
    return first(seen, memory)

def shape(seen, memory):
    return np.zeros(3)

def nans(seen, memory):
    doses = first(seen, memory)
    doses[1, 0] = np.nan
    return doses

def negative(seen, memory):
    return -first(seen, memory)

def huge(seen, memory):
    return 1e300 * first(seen, memory)

def words(seen, memory):
    return "much"

def slow(seen, memory):
    time.sleep(2.0)
"""


@pytest.fixture
def own(write):
    """Write a scenario that asks a function of a module beside it."""

    def written(name):
        Path("moves_of_mine.py").write_text(MODULE, encoding="utf-8")
        file = Path(write())
        text = file.read_text(encoding="utf-8")
        begin, end = text.index("  rules:"), text.index("patients:")
        call_it = f"  policy: python\n  python: moves_of_mine:{name}\n"
        file.write_text(text[:begin] + call_it + text[end:], encoding="utf-8")
        return str(file)

    yield written
    sys.modules.pop("moves_of_mine", None)


def test_no_code_of_a_file_runs_unless_allowed(own):
    file = own("first")
    assert "--allow-python" in call("run", file, code=2).stderr
    said = call("check", file)
    assert "can be run" in said.stdout
    assert "Note: treatment.python: not looked for; it is run only with --allow-" in said.stderr
    assert call("explain", file).output
    assert not Path("imported").exists()
    call("run", file, "--allow-python")
    assert Path("imported").exists()


WRONG = {
    "fails": "RuntimeError: no idea, at the visit of day 42 of patients 4 to 5",
    "shape": "an array of shape (3,), at the visit of day 0 of patients 0 to 1",
    "nans": "nan of A for patient 1, at the visit of day 0",
    "negative": "-1 of A for patient 0, at the visit of day 0",
    "huge": "1e+300 of A for patient 0, at the visit of day 0",
    "words": "'much', at the visit of day 0",
    "slow": "no answer within 0.2 s, at the visit of day 0",
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_answer_stops_with_visit_and_patient(own, name, monkeypatch):
    monkeypatch.setattr(asked.Python.__init__, "__defaults__", (0, 0.2, None))
    with pytest.raises(EngineFailure) as caught:
        cm.simulate(own(name), allow_python=True, chunk=2, threads=1, progress=False)
    assert caught.value.got.startswith(WRONG[name])


def test_a_function_that_fails_ends_with_its_own_code_and_keeps_what_is_finished(own):
    file = own("fails")
    with pytest.raises(EngineFailure):
        cm.simulate(file, allow_python=True, chunk=2, threads=1, out="out", progress=False)
    assert len(list(Path("out").rglob(f"*{CHUNK}"))) == 2  # patients 0 to 3
    said = call("run", own("shape"), "--allow-python", "--json", code=3).stderr
    assert json.loads(said)["error"]["kind"] == "EngineFailure"


@pytest.mark.parametrize("name", ["first.more", "1st", "two words"])
def test_what_names_no_function_is_refused_by_check_too(own, name):
    said = call("check", own(name), code=2).stderr
    assert "treatment.python: got 'moves_of_mine:" in said
    assert "expected module:callable" in said


@pytest.mark.parametrize("name", ["nothing_of_this_name"])
def test_a_function_that_is_not_there_is_told_before_any_work(own, name):
    said = call("run", own(name), "--allow-python", code=2).stderr
    assert said.startswith("Error: file.yaml, line 14, column ")
    assert "treatment.python" in said


# --- rules that can never act ---


def test_a_rule_that_can_never_act_is_told_once_before_the_run(write):
    file = write("time > 1 year")
    note = "Note: treatment.rules.0.when: 'time > 1 year' can never hold, because time is 0 to 90 "
    for command in (("check", file), ("run", file, "--no-report")):
        said = call(*command).stderr
        assert said.count("can never hold") == 1
        assert note in said
    with pytest.warns(ScenarioWarning, match="can never hold"):
        cm.simulate(file, progress=False)
