"""Here: ``countermove compare`` from the terminal. Not here: its numbers (unit/test_compare)."""

import csv
import json
import re
from pathlib import Path

import pytest

import countermove as cm
from countermove.command_line import several
from countermove.results.run_folder import COMPARE_FIGURES
from support.terminal import SMALL, call

FAST = ("--patients", "4", "--no-report")


def test_policies_are_arms_of_the_same_patients(small):
    text = call("compare", small, "--policies", "continuous,none", *FAST).stdout
    assert "2 arms of the same 4 patients" in text
    assert "none minus continuous" in text
    assert "Progression in all arms against the lowest burden so far (recist)." in text
    assert "Free of the event for longer under none" in " ".join(text.split())
    folder = Path("runs/small-compare")
    rows = list(csv.DictReader((folder / "compare.csv").read_text("utf-8").splitlines()))
    assert {row["arm"] for row in rows} == {"continuous", "none"}
    one, two = (cm.load_runs(folder / f"arm={arm}") for arm in ("continuous", "none"))
    assert one.table["tumor_age"].equals(two.table["tumor_age"])


def test_json_has_all_numbers(small):
    said = json.loads(call("compare", small, "--policies", "continuous,none", *FAST,
                           "--json").stdout)  # fmt: skip
    assert said["arms"] == ["continuous", "none"]
    assert said["criterion"].startswith("Progression in all arms")
    names = {row["endpoint"] for row in said["endpoints"]}
    assert {"overall_survival", "cured", "dose_A", "drug_free"} <= names
    assert said["gains"][0]["better"] + said["gains"][0]["worse"] + said["gains"][0]["alike"] == 4


def test_arms_are_variants_and_a_name_alone_is_the_file_as_it_is(small):
    said = json.loads(
        call(
            "compare", small, "--arm", "usual", "--arm",
            "late=treatment.start=10 days,treatment.drugs=[A]", *FAST, "--json",
        ).stdout
    )  # fmt: skip
    assert said["arms"] == ["usual", "late"]
    dose = {r["arm"]: r["estimate"] for r in said["endpoints"] if r["endpoint"] == "dose_A"}
    assert dose["usual"] > dose["late"] > 0


def test_files_are_arms(small):
    Path("other.yaml").write_text(
        SMALL.replace("policy: continuous, drugs: [A]", "policy: none"), "utf-8"
    )
    said = json.loads(call("compare", small, "other.yaml", *FAST, "--json").stdout)
    assert said["arms"] == ["small", "other"]
    Path("third.yaml").write_text(SMALL + "seed: 5\n", "utf-8")
    error = call("compare", small, "third.yaml", code=2).stderr
    assert "seed: got 1 in small and 5 in third" in error
    call("compare", small, "third.yaml", "--seed", "3", *FAST)


def test_the_same_command_takes_up_what_is_there_and_another_is_refused(small):
    arms = ("--policies", "continuous,none", "--out", "here", *FAST)
    call("compare", small, *arms)
    marked = Path("here/arm=none/outcomes.parquet").stat().st_mtime_ns
    call("compare", small, *arms)
    assert Path("here/arm=none/outcomes.parquet").stat().st_mtime_ns == marked
    error = call("compare", small, *arms, "--seed", "4", code=2).stderr
    assert "got a folder that holds other runs" in error
    call("compare", small, *arms, "--seed", "4", "--replace")
    assert "got the folder of a comparison" in call("plot", "here", code=2).stderr
    done = call("run", small, "--out", "here", code=2)
    assert "got a folder that holds a comparison" in done.stderr
    call("run", small, "--out", "here", "--replace", "--no-report")
    assert not Path("here/compare.csv").exists()


def test_one_page_tells_of_all_arms_and_leads_to_each_report(small):
    text = call(
        "compare", small, "--policies", "continuous,adaptive,none", "--patients", "4"
    ).stdout
    assert "start with compare.html" in " ".join(text.split())
    folder = Path("runs/small-compare")
    page = (folder / "compare.html").read_text("utf-8")
    criterion = (
        "Progression in all arms against baseline, because adaptive pauses drugs (baseline)."
    )
    assert page.count(f"{criterion}</p>") >= 3  # at the top and below both tables
    captions = re.findall("<figcaption>(.*?)</figcaption>", page, re.DOTALL)
    assert len(captions) == 7
    assert sum(criterion in caption for caption in captions) >= 5
    assert re.findall(r'href="([^"]+report.html)"', page) == [
        f"arm%3D{arm}/report.html" for arm in ("continuous", "adaptive", "none")
    ]
    names = {path.name for path in (folder / "figures").iterdir()}
    assert names == {f"{name}{end}" for name in COMPARE_FIGURES for end in (".png", ".svg")}
    call("compare", small, "--policies", "continuous,adaptive,none", *FAST)
    assert not (folder / "compare.html").exists()  # what is not written now is not left
    assert not (folder / "figures").exists()


def test_a_page_of_someone_else_is_never_replaced(small):
    Path("out").mkdir()
    Path("out/compare.html").write_text("mine", "utf-8")
    options = ("compare", small, "--policies", "continuous,none", "--out", "out")
    done = call(*options, "--patients", "2", code=2)
    assert "compare.html: got a file that countermove did not write" in done.stderr
    assert not Path("out/arm=none").exists()


def test_a_page_is_drawn_where_nothing_happens(small):
    long = "a-very-long-name-for-an-arm-of-no-treatment=treatment.policy=none,treatment.drugs=null"
    short = ("--set", "follow_up=1 day", "--patients", "1")
    call("compare", small, *short, "--arm", "a", "--arm", long)
    assert Path("runs/small-compare/compare.html").exists()


def test_an_interrupted_comparison_goes_on_where_it_stopped(small, monkeypatch):
    arms = ("compare", small, "--policies", "continuous,none", *FAST, "--json", "--out")
    whole = json.loads(call(*arms, "whole").stdout)
    real, started = several.run_one, []

    def counted(scenario, settings, **more):
        started.append(scenario.treatment.policy)
        if len(started) == 2:
            raise KeyboardInterrupt
        return real(scenario, settings, **more)

    monkeypatch.setattr(several, "run_one", counted)
    call(*arms, "cut", code=130)
    assert not Path("cut/compare.csv").exists()
    assert json.loads(call(*arms, "cut").stdout) == {**whole, "folder": "cut"}
    assert started == ["continuous", "none", "none"]


REFUSED = {
    "one arm": (["--policies", "continuous"], "arms: got one arm, expected at least two"),
    "no arm": ([], "arms: got no arm"),
    "an unknown policy": (["--policies", "continuous,adaptve"], "Did you mean 'adaptive'?"),
    "fields missing": (
        ["--policies", "continuous,pulsed"],
        "--arm 'pulsed=treatment.policy=pulsed,treatment.on=4 weeks,treatment.off=4 weeks'",
    ),
    "an arm without a name": (["--arm", "=drugs.A.kill=0.1"], "expected NAME=PATH=VALUE"),
    "a path of no field": (["--arm", "a", "--arm", "b=drugs.A.kil=1"], "Did you mean 'kill'?"),
    "an arm twice": (["--arm", "a", "--arm", "a=seed=2"], "two arms called 'a'"),
    "set twice": (["--policies", "continuous,none", "--seed", "2", "--set", "seed=3"],
                  "seed, which --seed sets too"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_compared_is_refused_before_any_work(case, small):
    arguments, words = REFUSED[case]
    done = call("compare", small, *arguments, code=2)
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
    assert not Path("runs").exists()
