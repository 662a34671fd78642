"""Here: line, column and near names in the terminal's errors. Not here: reading (unit tests)."""

import json
from pathlib import Path

import pytest

from support.terminal import SMALL, call


def test_an_error_of_a_file_has_line_and_column(small):
    Path(small).write_text(SMALL.replace("0.8 /day", "3 weeks"), encoding="utf-8")
    done = call("check", small, code=2)
    assert done.stderr.startswith("Error: small.yaml, line 4, column 13: drugs.A.kill: got ")
    error = json.loads(call("check", small, "--json", code=2).stderr)["error"]
    assert (error["file"], error["line"], error["column"]) == ("small.yaml", 4, 13)
    assert error["where"] == "drugs.A.kill"


def test_so_has_one_that_an_engine_raises_later(small):
    text = SMALL + "engine: exact\n"
    Path(small).write_text(text.replace("diagnosed_at", "growth: {law: gompertz, capacity: 1e9}, "
                                        "diagnosed_at"), encoding="utf-8")  # fmt: skip
    done = call("check", small, code=2)
    assert done.stderr.startswith("Error: small.yaml, line ")


def test_a_value_that_an_option_set_has_no_place_in_the_file(small):
    done = call("check", small, "--set", "drugs.A.kill=3 weeks", code=2)
    assert done.stderr.startswith("Error: drugs.A.kill: got ")
    sweep = ("--sweep", "treatment.policy=sequential,alternating", "--set", "seed=2")
    assert ", line " not in call("run", small, *sweep, code=2).stderr
    assert ", line " not in call("run", small, *sweep[:2], code=2).stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("one_drug_then_relaps", "Did you mean 'one_drug_then_relapse'?"),
        ("one_drug_then_relaps.yaml", "Did you mean 'one_drug_then_relapse'?"),
        ("smal.yaml", "Did you mean 'small.yaml'?"),
        ("nothing/like/it.yaml", "See them with: countermove examples."),
        ("zzz", "See them with: countermove examples."),
    ],
)
@pytest.mark.parametrize("command", ["run", "check", "explain"])
def test_a_misspelt_name_gets_its_neighbor(small, command, name, words):
    done = call(command, name, code=2)
    assert "got no such file, expected a scenario file, or the name of a shipped" in done.stderr
    assert done.stderr.rstrip().endswith(words)
