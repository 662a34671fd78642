"""Here: the command `headline`. Not here: its answer (``unit/test_headline``)."""

import json
from pathlib import Path

import pytest

import countermove as cm
from countermove.headlines import NOBODY
from support.terminal import call

GIVEN = ("headline", "--response-rate", ".6", "--months-to-progression", "5.5", "--members", "2000")


def test_it_prints_fits_duration_limits_and_that_it_is_about_nobody():
    text = call(*GIVEN).output
    flat = " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 100
    for part in ("What fits", "Expected without progression", "What the numbers cannot tell"):
        assert part in text
    assert NOBODY in flat
    assert "effective number" in flat
    for one in ("response-is-not-durability", "open-which-cells", "proof-by-trial"):
        assert f"[{one}]" in flat


def test_json_is_the_answer_of_python():
    found = json.loads(call(*GIVEN, "--json").stdout)
    own = cm.headline(response_rate=0.6, months_to_progression=5.5, members=2000)
    assert found["fits"]["regrowth"]["50%"] == pytest.approx(own.table().loc["regrowth", 0.5])
    assert found["about"] == NOBODY


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_the_figure_is_written_and_not_over_another(ending, tmp_path):
    file = tmp_path / f"one.{ending}"
    call(*GIVEN, "--figure", str(file))
    before = file.read_bytes()
    assert "a file that is there" in call(*GIVEN, "--figure", str(file), code=2).output
    call(*GIVEN, "--figure", str(file), "--replace")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "no number to read"),
        (("--response-rate", "60"), "Write 60%"),
        (("--depth", ".5", "Jane"), "for no person"),
        (("--depth", ".5", "--name", "Jane"), "No such option"),
        (("--depth", ".5", "--figure", "one.gif"), ".png, .svg, .pdf"),
        (("--response-rate", ".05", "--depth", ".9", "--members", "2000"), "Farthest off"),
    ],
)
def test_it_refuses(words, said, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert said in call("headline", *words, code=2).output
    assert list(Path().iterdir()) == []
