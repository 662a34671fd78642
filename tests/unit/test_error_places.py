"""Here: line and column of what is wrong in a file. Not here: what is refused."""

import json
import pickle

import pytest

from countermove.foundation import Place, ScenarioError
from countermove.scenario import loads
from countermove.scenario.yaml_text import place_of

TEXT = """\
countermove: 1
name: Case
tumor:
  birth: 0.14 /day
  death: 0.13
  diagnosed_at: 1e9
drugs:
  A: {kill: 0.04 /day}
  B:
    kill: 0.04 /day
treatment:
  policy: sequential
  drugs:
    - [A]
    - [B]
follow_up: 3 years
"""


def refused(text, format="yaml"):
    with pytest.raises(ScenarioError) as caught:
        loads(text, format)
    return caught.value


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("birth: 0.14 /day", "birth: 3 weeks", (4, 3)),
        ("{kill: 0.04 /day}", "{kill: 3 weeks}", (8, 7)),
        ("  birth: 0.14 /day\n", "", (3, 1)),  # missing: its parent
        ("    kill: 0.04 /day", "    kil: 0.04 /day", (10, 5)),
        ("- [B]", "- [C]", (15, 7)),
        ("3 years", "0 days", (16, 1)),
        ("policy: sequential", "policy: sequentil", (12, 3)),
    ],
)
def test_an_error_names_line_and_column(old, new, place):
    error = refused(TEXT.replace(old, new))
    assert error.place == Place("text", *place)
    line, column = place
    start = f"text, line {line}, column {column}: {error.where}: got "
    assert str(error).startswith(start)


def test_a_missing_part_of_the_whole_file_stands_where_the_file_begins():
    assert refused(TEXT.replace("follow_up: 3 years\n", "")).place == Place("text", 1, 1)


def test_json_has_places_too():
    text = json.dumps({"countermove": 1, "name": "x", "tumor": {"birth": "3 weeks"}}, indent=2)
    error = refused(text, "json")
    assert error.place is not None
    assert text.splitlines()[error.place.line - 1][error.place.column - 1 :].startswith(
        json.dumps(error.where.rpartition(".")[2] if "birth" in error.where else "tumor")
    )


def test_what_an_alias_brings_stands_where_the_alias_does():
    text = TEXT.replace("A: {kill: 0.04 /day}", "A: &a {kill: 3 weeks}")
    assert place_of(text.replace("B:\n    kill: 0.04 /day", "B: *a"), "drugs.B.kill", "f") == Place(
        "f", 9, 3
    )


def test_text_that_cannot_be_read_has_no_places():
    assert place_of("a: [", "a", "f") is None


@pytest.mark.parametrize(
    "text", ["a:\n\tb: 1\n", "a:\n  b: 1\n\tc: 2\n", "a:\n  - x\n  \t- y: [\n"]
)
def test_a_tab_is_called_a_tab(text):
    error = refused(text)
    assert error.got == "a tab"
    assert "spaces" in error.remedy
    line = next(n for n, words in enumerate(text.splitlines(), 1) if "\t" in words)
    assert f"line {line}, " in error.where


def test_a_tab_behind_a_name_is_no_fault():
    assert loads(TEXT.replace("birth: 0", "birth:\t0")).tumor.birth == 0.14


def test_a_place_crosses_a_process_boundary():
    error = refused(TEXT.replace("0.13", "x"))
    again = pickle.loads(pickle.dumps(error))
    assert again.place == error.place
    assert str(again) == str(error)
