"""Here: an engine that fails on the way: one message, and an exit code of its own.

Not here: what is refused before any work (test_cli_errors).
"""

import json
import pickle
from pathlib import Path

import pytest
from scipy.optimize import OptimizeResult

import countermove as cm
from countermove.engines.branching import engine as branching
from countermove.engines.mean_field import carrying, stiff
from countermove.foundation import CountermoveError, EngineFailure
from countermove.results import load_runs
from support.terminal import call


@pytest.fixture
def without_room(monkeypatch):
    """Branching runs out of room, as its kernel says in the book's fifth place."""
    real = branching.check_room

    def full(book):
        book[4] = 1
        real(book)

    monkeypatch.setattr(branching, "check_room", full)


def test_no_room_in_a_leap_is_one_message_with_the_option_to_give(small, without_room):
    done = call("run", small, "--out", "deep/out", code=3)
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: engine branching: got more mutants within one leap")
    assert "--longest-leap" in done.stderr
    assert not Path("deep").exists()
    error = json.loads(call("run", small, "--json", code=3).stderr)["error"]
    assert error["kind"] == "EngineFailure"


def test_a_stiff_system_that_no_method_solves_is_one_message(small, monkeypatch):
    failed = OptimizeResult(success=False, y=None)
    monkeypatch.setattr(stiff.scipy.integrate, "solve_ivp", lambda *_args, **_more: failed)

    def all_stiff(*arguments):
        arguments[-1].place[:] = 0.0  # every tumor needs an implicit method from the first piece on

    monkeypatch.setattr(carrying, "walk", all_stiff)
    done = call("run", small, "--engine", "mean_field", "--out", "out", code=3)
    assert "Error: engine mean_field: got no result from LSODA or Radau within" in done.stderr
    assert done.stderr.splitlines()[-1].endswith("use --engine branching.")
    assert not Path("out").exists()


def test_a_failure_is_caught_by_its_class_and_crosses_processes(small, without_room):
    with pytest.raises(CountermoveError) as caught:
        cm.simulate(cm.load(small), out="out")
    assert isinstance(caught.value, EngineFailure)
    assert isinstance(caught.value, RuntimeError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not Path("out").exists()


def test_the_longest_leap_reaches_the_engine_and_the_record(small):
    call("run", small, "--no-report", "--longest-leap", "0.5", "--out", "out", code=0)
    runs = load_runs("out")
    assert runs.provenance["settings"]["longest_leap"] == 0.5
    expected = cm.simulate(cm.load(small), longest_leap=0.5).outcomes()
    assert runs.outcomes().equals(expected)
    assert "longest_leap" in call("run", small, "--longest-leap", "-1", code=2).stderr
    none = call("run", small, "--longest-leap", "1", "--engine", "mean_field", code=2).stderr
    assert "expected none on engine 'mean_field'" in none
