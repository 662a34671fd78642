"""How tumors evolve resistance to treatment, simulated from a scenario file.

Here: the public names, each fetched from its package on first use, so that importing countermove
costs little. Not here: any work.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countermove.scenario import json_schema as json_schema
    from countermove.scenario import load as load
    from countermove.scenario import loads as loads
    from countermove.scenario import read as read
    from countermove.scenario import replace as replace

__version__ = "0.1.0"

# Public name -> the package that defines it.
_HOME = {
    "json_schema": "countermove.scenario",
    "load": "countermove.scenario",
    "loads": "countermove.scenario",
    "read": "countermove.scenario",
    "replace": "countermove.scenario",
}

__all__ = ["__version__", "json_schema", "load", "loads", "read", "replace"]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
