"""The policy that asks a function of the user's own.

Here: finding the function, asking it, and refusing what is no answer. Not here: whether a file may
name one at all (``simulation.request``).

The function is called as ``function(seen, memory)`` at every decision of a whole chunk of patients,
and returns the dose of each drug until the next one, (patients, drugs), in multiples of the full
dose. ``seen`` is `Observations`; ``memory`` is a dictionary of its own, which begins with
``patients`` (how many), ``first`` (the number of the first), ``drugs`` (names), ``lines`` (lines,
drugs), ``start`` and ``stop``.
"""

from __future__ import annotations

import importlib
import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, cast

import numpy as np

from countermove.foundation import SAME_DAY, EngineFailure, ScenarioError, shown
from countermove.treatment.observations import Floats, Observations

WHERE = "treatment.python"
MOST_DOSE = 1e6  # multiples of the full dose; no level overflows below it
LONGEST_WAIT = 60.0  # seconds that one decision may take
Asked = Callable[[Observations, dict[str, Any]], Any]


def function_named(name: str) -> Asked:
    """Find ``module:callable``; this imports the module.

    Raises
    ------
    ScenarioError
        There is no such module, or no such function in it.
    """
    module, _, wanted = name.partition(":")
    if not module or not wanted:
        raise ScenarioError(WHERE, got=shown(name), expected="module:callable")
    try:
        result = getattr(_imported(module), wanted)
    except ImportError as error:
        raise ScenarioError(
            WHERE,
            got=f"{shown(name)}: {error}",
            expected="a module that can be imported",
            remedy="Run where it lies, or set PYTHONPATH.",
        ) from None
    except AttributeError:
        raise ScenarioError(
            WHERE, got=shown(name), expected=f"a function of that name in {module}"
        ) from None
    if not callable(result):
        raise ScenarioError(WHERE, got=shown(name), expected="a function, which it is not")
    return cast("Asked", result)


def _imported(module: str) -> ModuleType:
    """Import a module, from the working folder too, which a command's own path lacks."""
    here = os.getcwd()
    if here in sys.path:
        return importlib.import_module(module)
    sys.path.append(here)
    try:
        return importlib.import_module(module)
    finally:
        sys.path.remove(here)


@dataclass(slots=True)
class Python:
    """Doses that a function of the user's own gives.

    Attributes
    ----------
    name : ``module:callable``; imported when it is first asked
    lines : (lines, drugs) full doses of each line
    drugs : names
    start, stop : days between which drugs may be given
    patients : how many
    first : number of the first of them
    wait : seconds that one decision may take
    function : see the module; None until it is first asked
    memory : the function's own, and what it is told
    """

    name: str
    lines: Floats
    drugs: tuple[str, ...]
    start: float
    stop: float
    patients: int
    first: int = 0
    wait: float = LONGEST_WAIT
    function: Asked | None = None
    memory: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        self.memory = {
            "patients": self.patients,
            "first": self.first,
            "drugs": self.drugs,
            "lines": self.lines.copy(),
            "start": self.start,
            "stop": self.stop,
        }

    def moments(self, until: float) -> Floats:
        """See `Policy`."""
        days = np.array([self.start, self.stop])
        return days[days < until]

    def decide(self, seen: Observations) -> Floats:
        """See `Policy`.

        Raises
        ------
        EngineFailure
            The function fails, takes too long, or gives what are no doses.
        """
        if seen.time < self.start - SAME_DAY or seen.time >= self.stop - SAME_DAY:
            return np.zeros((self.patients, self.lines.shape[1]))
        return self._checked(self._ask(seen), seen)

    def _ask(self, seen: Observations) -> Any:
        """Call the function, and wait no longer than allowed."""
        answer: list[Any] = []
        function = self.function or function_named(self.name)
        self.function = function

        def call() -> None:
            try:
                answer.append((function(seen, self.memory), None))
            except BaseException as error:  # whatever the user's code raises is told
                answer.append((None, error))

        asked = threading.Thread(target=call, daemon=True)
        asked.start()
        asked.join(self.wait)
        if not answer:
            said = f"no answer within {self.wait:g} s"
            raise self._failure(said, seen, "an answer to each visit in that time")
        given, error = answer[0]
        if error is not None:
            said = f"{type(error).__name__}: {error}"
            raise self._failure(said, seen, "a function that answers") from error
        return given

    def _checked(self, given: Any, seen: Observations) -> Floats:
        shape = (self.patients, len(self.drugs))
        try:
            doses = np.array(given, dtype=float)
        except (TypeError, ValueError):
            raise self._failure(shown(given), seen, f"doses of shape {shape}") from None
        if doses.shape != shape:
            raise self._failure(f"an array of shape {doses.shape}", seen, f"shape {shape}")
        wrong = ~((doses >= 0.0) & (doses <= MOST_DOSE))
        if wrong.any():
            patient, drug = (int(place) for place in np.argwhere(wrong)[0])
            who = f"patient {self.first + patient}"
            said = f"{doses[patient, drug]:g} of {self.drugs[drug]} for {who}"
            raise self._failure(said, seen, "multiples of the full dose, 0 to 1e6")
        return doses

    def _failure(self, got: str, seen: Observations, expected: str) -> EngineFailure:
        last = self.first + self.patients - 1
        whom = f"patient {last}" if self.patients == 1 else f"patients {self.first} to {last}"
        return EngineFailure(
            WHERE,
            got=f"{got}, at the visit of day {seen.time:g} of {whom}",
            expected=expected,
            remedy="Mend the function; finished patients are kept.",
        )
