"""Here: compiling an engine before its first run. Not here: what compiled kernels compute."""

import importlib
import sys

import pytest

import countermove as cm
from countermove.engines.registry import ENGINES
from countermove.foundation.jit import is_compiled
from countermove.model import compile_model
from countermove.simulation import first_run, request
from support.terminal import SMALL, call

VARIED = {"patients.vary": {"tumor.death": {"lognormal_cv": 0.2}}}
SCENARIOS = {"alike": {}, "differ": VARIED}


def scenario_of(kind):
    return cm.replace(cm.loads(SMALL), SCENARIOS[kind])


@pytest.mark.parametrize("kind", SCENARIOS)
@pytest.mark.parametrize("engine", ["branching", "mean_field"])
def test_what_is_compiled_ahead_is_what_a_run_calls(kind, engine):
    scenario = scenario_of(kind)
    parts = ENGINES[engine].parts(differ=kind == "differ")
    for part in parts:
        if part.compile is not None:
            part.compile(compile_model(scenario))
    ahead = [kernel for part in parts for kernel in part.kernels if part.compile is not None]
    before = [list(kernel.signatures) for kernel in ahead]
    cm.simulate(scenario, engine=engine, progress=False)
    assert [list(kernel.signatures) for kernel in ahead] == before
    assert all(is_compiled(kernel) for part in parts for kernel in part.kernels)


def test_a_kernel_is_compiled_once_it_was_called(tmp_path, monkeypatch):
    code = "from countermove.foundation.jit import jit\n@jit\ndef kernel(x):\n    return x + 1.0\n"
    (tmp_path / "never_seen.py").write_text(code, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    kernel = importlib.import_module("never_seen").kernel
    assert not is_compiled(kernel)
    assert kernel(1.0) == 2.0
    assert is_compiled(kernel)


def test_nothing_is_prepared_for_an_engine_that_was_compiled():
    scenario = scenario_of("alike")
    cm.simulate(scenario, progress=False)
    assert first_run.setup_to_compile(request(scenario)) is None


@pytest.mark.parametrize("python", [sys.executable, "no-such-program"])
def test_an_engine_is_compiled_with_and_without_help(monkeypatch, python):
    asked = request(scenario_of("alike"))
    monkeypatch.setattr(first_run, "_done", lambda part: False)
    monkeypatch.setattr(sys, "executable", python)
    first_run.compile_engine(asked, first_run.prepare(asked.scenario, "branching"))
    monkeypatch.undo()
    assert first_run.setup_to_compile(asked) is None


@pytest.mark.parametrize("quiet", [False, True])
def test_a_pipe_is_told_that_the_engine_is_compiled(small, monkeypatch, quiet):
    monkeypatch.setattr(first_run, "setup_to_compile", lambda asked: object())
    monkeypatch.setattr(first_run, "compile_engine", lambda asked, setup: None)
    done = call("run", small, "--no-report", *(["--json"] if quiet else []))
    said = ["Compiling the engine, first run of this kind", "Compiled in 0 s"]
    assert done.stderr.splitlines() == ([] if quiet else said)


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    return "small.yaml"
