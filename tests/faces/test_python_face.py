"""Here: what a user of Python meets: sources, short forms, progress. Not here: docstrings."""

import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import countermove as cm
from countermove.foundation import EngineRefusal, ScenarioError
from countermove.simulation import bar
from support.terminal import SMALL


@pytest.fixture
def given():
    """Two hundred cells outright, no treatment that reacts."""
    tumor = {"birth": "0.14 /day", "death": "0.13 /day", "start": {"cells": 200}}
    values = {"tumor": tumor, "follow_up": "60 days", "treatment": {"policy": "none"}}
    return cm.replace(cm.example("two_drugs_together"), values)


@pytest.mark.parametrize("call", [cm.check, cm.exact])
def test_a_file_a_path_a_name_and_a_scenario_are_one(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    scenario = cm.loads(SMALL)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    answers = [repr(call(source)) for source in ("small.yaml", Path("small.yaml"), scenario)]
    assert len(set(answers)) == 1
    assert repr(call("bypass")) == repr(call(cm.example("bypass"))) if call is cm.check else True


def test_simulate_takes_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    found = cm.simulate("small.yaml").outcomes()
    assert found.equals(cm.simulate(cm.loads(SMALL)).outcomes())


def test_a_file_comes_before_an_example_of_that_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("bypass").write_text(SMALL, encoding="utf-8")
    assert cm.check("bypass").scenario.name == "A small tumor"


def test_a_misspelt_name_gets_its_neighbor():
    with pytest.raises(ScenarioError, match="two_drugs_together"):
        cm.simulate("two_drug_together")
    with pytest.raises(ScenarioError, match="Scenario"):
        cm.simulate(3)  # pyright: ignore


@pytest.mark.parametrize("name", cm.examples())
def test_every_example_has_a_short_line_and_a_card(name):
    scenario = cm.example(name)
    assert len(repr(scenario)) < 250
    assert str(scenario) == repr(scenario)
    assert scenario.treatment.policy in scenario._repr_html_()
    card = cm.simulate(name, patients=2, keep=0)._repr_html_()
    assert "responded" in card


def test_cards_escape_what_a_user_wrote():
    scenario = cm.replace(cm.example("bypass"), {"name": "<script>"})
    assert "<script>" not in scenario._repr_html_()


def test_completion_shows_fields_and_no_machinery():
    scenario = cm.example("bypass")
    for part in (scenario, scenario.tumor, next(iter(scenario.drugs.values()))):
        shown = [name for name in dir(part) if name[0] != "_"]
        assert set(type(part).model_fields) <= set(shown)
        assert not [n for n in shown if n.startswith("model_") or n in ("copy", "dict", "json")]


def test_covariance_carries_the_standard_deviations(given):
    answer = cm.exact(given)
    spread = answer.covariance_at_end()
    assert np.allclose(np.sqrt(np.diagonal(spread)), list(answer.sd_at_end.values()))
    assert np.allclose(spread, spread.T)
    assert np.isnan(cm.exact("two_drugs_together").covariance_at_end()).all(axis=None)


def test_clone_sizes_have_the_moments_of_exact(given):
    chances = cm.clone_size_distribution(given, ["ancestral"], largest=5000)
    answer = cm.exact(given)
    mean = float((chances * chances.index).sum())
    variance = float((chances * chances.index**2).sum()) - mean**2
    assert chances.sum() == pytest.approx(1.0, abs=1e-9)
    assert mean == pytest.approx(answer.mean_at_end["ancestral"], rel=1e-6)
    assert variance**0.5 == pytest.approx(answer.sd_at_end["ancestral"], rel=1e-6)
    few = cm.clone_size_distribution(given, ["ancestral"], largest=0, day=30)
    assert few[0] == pytest.approx(cm.probability_absent(given, ["ancestral"], 30), rel=1e-6)


def test_no_clone_at_diagnosis_is_what_exact_says():
    both = cm.clone_size_distribution("two_drugs_together", ["resists_A + resists_B"], largest=4)
    answer = cm.exact("two_drugs_together")
    assert both[0] == pytest.approx(answer.no_resistant_at_start["A + B"], rel=1e-6)


def test_clone_sizes_refuse_what_they_cannot(given):
    with pytest.raises(ScenarioError, match="resists_A"):
        cm.clone_size_distribution(given, ["resists_a"])
    with pytest.raises(ScenarioError, match="largest"):
        cm.clone_size_distribution(given, ["ancestral"], largest=-1)
    with pytest.raises(ScenarioError, match="day"):
        cm.clone_size_distribution(given, ["ancestral"], day=1e4)
    with pytest.raises(EngineRefusal, match="day"):
        cm.clone_size_distribution("two_drugs_together", ["resists_A"], day=1)
    with pytest.raises(EngineRefusal, match="intrinsic"):
        cm.clone_size_distribution("intrinsic_resistance", ["ancestral"])


def test_progress_goes_to_a_function_and_nowhere_else_by_default(capsys):
    seen = []
    cm.simulate("one_drug_then_relapse", patients=3, progress=lambda d, n: seen.append((d, n)))
    assert seen[-1] == (3, 3)
    cm.simulate("one_drug_then_relapse", patients=3)
    assert capsys.readouterr().err == ""


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("progress", "expected"), [(None, True), (False, False)])
def test_a_terminal_sees_a_line_that_goes_again(progress, expected, monkeypatch):
    monkeypatch.setattr(bar, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    cm.simulate("one_drug_then_relapse", patients=3, progress=progress)
    text = sys.stderr.getvalue()
    assert ("3 of 3 patients" in text) is expected
    assert text.endswith("\r") or not expected


def test_the_variable_silences_a_terminal(monkeypatch):
    monkeypatch.setattr(bar, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setenv(bar.OFF, "0")
    cm.simulate("one_drug_then_relapse", patients=3)
    assert sys.stderr.getvalue() == ""


@pytest.mark.parametrize(
    "plot", [cm.plot_burden, cm.plot_composition, cm.plot_progression, cm.plot_attribution]
)
@pytest.mark.parametrize("keep", [0, 3])
def test_a_plot_draws_on_the_axes_given_and_leaves_the_figure_alone(plot, keep):
    import matplotlib as mpl

    mpl.use("agg")
    from matplotlib import pyplot as plt

    runs = cm.simulate("one_drug_then_relapse", patients=3, keep=keep)
    figure, axes = plt.subplots(figsize=(5, 4))
    before = dict(mpl.rcParams)
    assert plot(runs, axes) is axes
    assert plot(runs) is not axes
    assert tuple(figure.get_size_inches()) == (5.0, 4.0)
    assert dict(mpl.rcParams) == before
    plt.close("all")


def test_an_assignment_is_told_the_way_to_change():
    with pytest.raises(ScenarioError, match="replace"):
        cm.example("bypass").tumor.birth = 0.2
    assert cm.read("bypass", "tumor.birth") == cm.example("bypass").tumor.birth
    assert cm.replace("bypass", {"tumor.birth": 0.2}).tumor.birth == 0.2


def test_loading_an_examples_name_is_told_the_way():
    with pytest.raises(ScenarioError, match="example\\('bypass'\\)"):
        cm.load("bypass")


def test_the_text_of_a_scenario_is_told_the_way():
    with pytest.raises(ScenarioError, match="read by loads"):
        cm.load("countermove: 1\nname: Case\n")


def test_treatments_are_compared_by_policy_and_scenarios_by_name():
    found = cm.compare("two_drugs_together", ["sequential", "combination"], patients=2)
    assert found.arms == ("sequential", "combination")
    first = cm.example("two_drugs_together")
    with pytest.raises(ScenarioError, match="Give scenarios by name"):
        cm.compare(first, cm.replace(first, {"treatment.policy": "sequential"}))


def test_whole_numbers_of_r_and_matlab_are_whole():
    scenario = cm.example("two_drugs_together")
    assert len(cm.simulate(scenario, patients=3.0, seed=2.0, keep=0).table) == 3
    with pytest.raises(ScenarioError, match="whole"):
        cm.simulate(scenario, patients=2.5)


def test_a_second_curve_keeps_the_longer_axis():
    long = cm.simulate("one_drug_then_relapse", patients=3)
    short = cm.simulate(cm.replace("one_drug_then_relapse", {"follow_up": "100 days"}), patients=3)
    axes = cm.plot_progression(long, label="long")
    last = axes.get_xlim()[1]
    assert cm.plot_progression(short, axes, label="short").get_xlim()[1] == pytest.approx(last)
    from matplotlib import pyplot as plt

    plt.close("all")


def test_a_figure_leaves_a_notebook_interactive():
    pytest.importorskip("matplotlib_inline")
    script = (
        "from IPython.core.interactiveshell import InteractiveShell; InteractiveShell.instance();"
        "import countermove as cm, matplotlib;"
        "cm.plot_survival(cm.simulate('one_drug_then_relapse', patients=2, progress=False));"
        "print(matplotlib.is_interactive())"
    )
    place = {**os.environ, "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=place)
    assert done.stdout.strip().endswith("True"), done.stderr  # or no later figure is shown
