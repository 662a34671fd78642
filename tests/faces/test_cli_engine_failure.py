"""Here: an engine that fails on the way is one message and an exit code of its own, for both engines.

Not here: what is refused before any work (test_cli_errors).
"""

import json
import pickle
from pathlib import Path

import pytest
from click.testing import CliRunner
from scipy.optimize import OptimizeResult

import countermove as cm
from countermove.command_line.main import main
from countermove.engines.branching import engine as branching
from countermove.engines.mean_field import stiff
from countermove.foundation import CountermoveError, EngineFailure
from countermove.results import load_runs
from test_cli import SMALL


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")
    return "small.yaml"


@pytest.fixture
def without_room(monkeypatch):
    """Branching runs out of room, as its kernel says in the book's fifth place."""
    real = branching.check_room

    def full(book):
        book[4] = 1
        real(book)

    monkeypatch.setattr(branching, "check_room", full)


def call(*args, code):
    done = CliRunner().invoke(main, ["run", *args], prog_name="countermove")
    assert done.exit_code == code, done.output
    return done


def test_no_room_in_a_leap_is_one_message_with_the_option_to_give(small, without_room):
    done = call(small, "--out", "deep/out", code=3)
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("Error: engine branching: got more mutants within one leap")
    assert "--longest-leap" in done.stderr
    assert not Path("deep").exists()
    error = json.loads(call(small, "--json", code=3).stderr)["error"]
    assert error["kind"] == "EngineFailure"


def test_a_stiff_system_that_no_method_solves_is_one_message(small, monkeypatch):
    failed = OptimizeResult(success=False, y=None)
    monkeypatch.setattr(stiff, "solve_ivp", lambda *_args, **_more: failed)
    # steps and capacities so far apart are not needed: the engine is told to take the stiff way
    from countermove.engines.mean_field.system import System

    own = stiff._Piece.__new__(stiff._Piece)
    own.slope = own.jacobian = None
    with pytest.raises(EngineFailure, match="engine mean_field: got no result from LSODA or Radau"):
        import numpy as np

        stiff._solve(own, (0.0, 5.0), np.ones(2), (1e-9, 1.0))
    assert System is not None


def test_a_failure_is_caught_by_its_class_and_crosses_processes(small, without_room):
    with pytest.raises(CountermoveError) as caught:
        cm.simulate(cm.load(small), out="out")
    assert isinstance(caught.value, EngineFailure)
    assert isinstance(caught.value, RuntimeError)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
    assert not Path("out").exists()


def test_the_longest_leap_reaches_the_engine_and_the_record(small):
    call(small, "--no-report", "--longest-leap", "0.5", "--out", "out", code=0)
    runs = load_runs("out")
    assert runs.provenance["settings"]["longest_leap"] == 0.5
    expected = cm.simulate(cm.load(small), longest_leap=0.5).outcomes()
    assert runs.outcomes().equals(expected)
    assert "longest_leap" in call(small, "--longest-leap", "-1", code=2).stderr
