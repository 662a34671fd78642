"""A worker process of the lab: takes a task, says how far it is, sends the answer.

Here: the loop of the process. Not here: the tasks (``work``), who gives them (``crew``).
"""

from __future__ import annotations

import json
import os
import signal
import sys
import warnings
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

NICE = 10  # for long jobs, so that a slider does not wait for them


def serve_tasks(pipe: Connection, long: bool) -> None:
    """Answer tasks until the pipe closes.

    Parameters
    ----------
    pipe
        Takes (task, what is given); sends ``progress`` (done, total) and then one of ``done``
        (JSON), ``refused`` (fields of an error) or ``failed`` (a sentence).
    long
        Whether tasks are long ones, which give way to others.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's to answer
    if long:
        with suppress(OSError, AttributeError):
            os.nice(NICE)
    warnings.simplefilter("ignore")
    with suppress(EOFError, OSError):
        while True:
            task, given = pipe.recv()
            pipe.send(_answer(pipe, task, given))


def _answer(pipe: Connection, task: str, given: dict[str, Any]) -> tuple[str, Any]:
    from countermove.foundation import EngineFailure, ScenarioError
    from countermove.lab.limits import error_fields
    from countermove.lab.work import TASKS

    def say(done: int, total: int) -> None:
        pipe.send(("progress", (done, total)))

    try:
        answer = TASKS[task](given, say)
        return "done", json.dumps(answer, allow_nan=False, separators=(",", ":")).encode()
    except (ScenarioError, EngineFailure) as error:
        return "refused", error_fields(error)
    except (BrokenPipeError, EOFError):
        raise
    except MemoryError:
        return "failed", "The memory did not suffice."
    except Exception as error:  # a fault of ours: said in a word, told whole on the terminal
        sys.excepthook(type(error), error, error.__traceback__)
        return "failed", f"A fault of the program ({type(error).__name__})."
