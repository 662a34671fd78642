"""The engines there are, and what each can do: one row each.

Here: the rows, and making an engine by name. Not here: which engine a scenario gets
(``simulation.choose``), any engine itself. A new engine is one folder with a ``create``, a
``CAPABILITIES`` and ``parts``, and one row.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from countermove.engines.contract import Capabilities, Engine, Part
from countermove.model import CompiledModel


@dataclass(frozen=True, slots=True)
class EngineRow:
    """One engine.

    Attributes
    ----------
    name : as in a scenario file
    package : where ``create``, ``CAPABILITIES`` and ``parts`` are
    when : when it is preferred, for whoever asks why it was not chosen
    """

    name: str
    package: str
    when: str

    @property
    def capabilities(self) -> Capabilities:
        """What the engine can do."""
        result: Capabilities = import_module(self.package).CAPABILITIES
        return result

    def parts(self, *, differ: bool) -> tuple[Part, ...]:
        """List what a first run compiles; ``differ`` says whether patients do."""
        result: tuple[Part, ...] = import_module(self.package).parts(differ=differ)
        return result


_ROWS = (
    EngineRow(
        "branching",
        "countermove.engines.branching",
        "it draws every patient's chance, which few resistant cells decide",
    ),
    EngineRow(
        "mean_field",
        "countermove.engines.mean_field",
        "it gives the mean course, which cannot show that few resistant cells decide",
    ),
    EngineRow(
        "exact",
        "countermove.engines.exact",
        "it gives probabilities, not courses of patients: ask for those by `countermove exact`, or "
        "countermove.exact in Python",
    ),
)

ENGINES: Mapping[str, EngineRow] = {row.name: row for row in _ROWS}
"""Every engine by name, the one preferred for courses of patients first."""


def create(
    name: str,
    model: CompiledModel,
    *,
    longest_leap: float | None = None,
    clones: bool = False,
) -> Engine:
    """Make an engine that moves a model forward.

    Parameters
    ----------
    name
        One of `ENGINES` that has ``courses``.
    model
        Compiled.
    longest_leap
        Days; the engine's own by default. For engines with ``leaps``.
    clones
        Record every clone. For engines with ``lineages``.
    """
    result: Engine = import_module(ENGINES[name].package).create(
        model, longest_leap=longest_leap, clones=clones
    )
    return result
