"""Compiling an engine before its first run, in two processes where there are cores for both.

Here: whether it was compiled before, and the compiling. Not here: what is compiled (the engines),
what is said of it (``command_line.progress``).
"""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys

from countermove.engines.contract import Part
from countermove.engines.registry import ENGINES
from countermove.foundation.jit import is_compiled
from countermove.scenario import from_document, to_document
from countermove.simulation.patients import run_chunk
from countermove.simulation.request import Request
from countermove.simulation.setup import Setup, prepare


def setup_to_compile(asked: Request) -> Setup | None:
    """Prepare a run whose engine must be compiled first; None where it was compiled before.

    Raises
    ------
    ScenarioError
        The patients cannot be drawn.
    """
    engine = asked.choice.engine
    rows = [ENGINES[engine].parts(differ=differ) for differ in (False, True)]
    kernels = [kernel for parts in rows for part in parts for kernel in part.kernels]
    if all(is_compiled(kernel) for kernel in kernels):
        return None
    setup = prepare(asked.scenario, engine)
    if all(map(_done, _parts(engine, setup.cast.differ))):
        return None
    setup.cast.check()
    return setup


def compile_engine(asked: Request, setup: Setup) -> None:
    """Compile all that a run needs; compiled code is kept on disk for later runs.

    A second process compiles a part of it. Where it cannot, this one compiles everything.
    """
    engine = asked.choice.engine
    own, *others = _parts(engine, setup.cast.differ)
    helped = not all(map(_done, others)) and (os.cpu_count() or 1) > 1
    helper = _start_helper(asked) if helped else None
    try:
        if own.compile is not None and not _done(own):
            own.compile(setup.model)
        if helper is not None:
            helper.wait()
    finally:
        if helper is not None and helper.poll() is None:
            helper.terminate()
            helper.wait()
    run_chunk(setup, 0, 1, 0)  # whatever is left


def help_compiling() -> None:
    """Compile every part but the first one, of an engine and a scenario told on standard input."""
    gc.set_threshold(50_000)  # compiling makes many objects and leaves little garbage
    told = json.load(sys.stdin)
    setup = prepare(from_document(told["document"]), told["engine"])
    for part in _parts(told["engine"], setup.cast.differ)[1:]:
        if part.compile is not None and not _done(part):
            part.compile(setup.model)


def _parts(engine: str, differ: bool) -> tuple[Part, ...]:
    return ENGINES[engine].parts(differ=differ)


def _done(part: Part) -> bool:
    return all(is_compiled(kernel) for kernel in part.kernels)


def _start_helper(asked: Request) -> subprocess.Popen[str] | None:
    told = {"document": to_document(asked.scenario), "engine": asked.choice.engine}
    quiet, call = subprocess.DEVNULL, help_compiling.__name__
    try:
        helper = subprocess.Popen(
            [sys.executable, "-c", f"from {__name__} import {call}; {call}()"],
            stdin=subprocess.PIPE,
            stdout=quiet,
            stderr=quiet,
            text=True,
        )
        assert helper.stdin is not None
        json.dump(told, helper.stdin)
        helper.stdin.close()
    except OSError:
        return None
    return helper
