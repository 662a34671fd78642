"""How tumors evolve resistance to treatment, simulated from a scenario file.

Here: the public names, each fetched from its package on first use, so that importing countermove
costs little. Not here: any work.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countermove.evidence import alteration_of as alteration_of
    from countermove.evidence import claims as claims
    from countermove.evidence import mechanisms as mechanisms
    from countermove.headlines import Headline as Headline
    from countermove.headlines import headline as headline
    from countermove.model import compile_model as compile_model
    from countermove.model.explain import explain as explain
    from countermove.report import plot_attribution as plot_attribution
    from countermove.report import plot_burden as plot_burden
    from countermove.report import plot_clones as plot_clones
    from countermove.report import plot_comparison as plot_comparison
    from countermove.report import plot_composition as plot_composition
    from countermove.report import plot_gains as plot_gains
    from countermove.report import plot_headline as plot_headline
    from countermove.report import plot_looks as plot_looks
    from countermove.report import plot_patient as plot_patient
    from countermove.report import plot_power as plot_power
    from countermove.report import plot_progression as plot_progression
    from countermove.report import plot_spider as plot_spider
    from countermove.report import plot_survival as plot_survival
    from countermove.report import plot_swimmer as plot_swimmer
    from countermove.report import plot_trial as plot_trial
    from countermove.report import plot_waterfall as plot_waterfall
    from countermove.report import write_report as write_report
    from countermove.results import Runs as Runs
    from countermove.results import load_runs as load_runs
    from countermove.scenario import Scenario as Scenario
    from countermove.scenario import from_document as from_document
    from countermove.scenario import json_schema as json_schema
    from countermove.scenario import load as load
    from countermove.scenario import loads as loads
    from countermove.scenario import read as read
    from countermove.scenario import replace as replace
    from countermove.scenario import to_document as to_document
    from countermove.scenario.library import example as example
    from countermove.scenario.library import examples as examples
    from countermove.simulation import Check as Check
    from countermove.simulation import Exact as Exact
    from countermove.simulation import check as check
    from countermove.simulation import clone_size_distribution as clone_size_distribution
    from countermove.simulation import exact as exact
    from countermove.simulation import probability_absent as probability_absent
    from countermove.simulation import simulate as simulate
    from countermove.trials.compare import Comparison as Comparison
    from countermove.trials.compare import compare as compare
    from countermove.trials.power_grid import PowerGrid as PowerGrid
    from countermove.trials.power_grid import power as power
    from countermove.trials.virtual import VirtualTrial as VirtualTrial
    from countermove.trials.virtual import trial as trial

__version__ = "0.1.0"

# Public name -> the package that defines it.
_HOME = {
    "Check": "countermove.simulation",
    "Comparison": "countermove.trials.compare",
    "Exact": "countermove.simulation",
    "Headline": "countermove.headlines",
    "PowerGrid": "countermove.trials.power_grid",
    "Runs": "countermove.results",
    "Scenario": "countermove.scenario",
    "VirtualTrial": "countermove.trials.virtual",
    "alteration_of": "countermove.evidence",
    "check": "countermove.simulation",
    "claims": "countermove.evidence",
    "clone_size_distribution": "countermove.simulation",
    "compare": "countermove.trials.compare",
    "compile_model": "countermove.model",
    "exact": "countermove.simulation",
    "example": "countermove.scenario.library",
    "examples": "countermove.scenario.library",
    "explain": "countermove.model.explain",
    "from_document": "countermove.scenario",
    "headline": "countermove.headlines",
    "json_schema": "countermove.scenario",
    "load": "countermove.scenario",
    "load_runs": "countermove.results",
    "loads": "countermove.scenario",
    "mechanisms": "countermove.evidence",
    "plot_attribution": "countermove.report",
    "plot_burden": "countermove.report",
    "plot_clones": "countermove.report",
    "plot_comparison": "countermove.report",
    "plot_composition": "countermove.report",
    "plot_gains": "countermove.report",
    "plot_headline": "countermove.report",
    "plot_looks": "countermove.report",
    "plot_patient": "countermove.report",
    "plot_power": "countermove.report",
    "plot_progression": "countermove.report",
    "plot_spider": "countermove.report",
    "plot_survival": "countermove.report",
    "plot_swimmer": "countermove.report",
    "plot_trial": "countermove.report",
    "plot_waterfall": "countermove.report",
    "power": "countermove.trials.power_grid",
    "probability_absent": "countermove.simulation",
    "read": "countermove.scenario",
    "replace": "countermove.scenario",
    "simulate": "countermove.simulation",
    "to_document": "countermove.scenario",
    "trial": "countermove.trials.virtual",
    "write_report": "countermove.report",
}

__all__ = [  # noqa: RUF022 (the version first)
    "__version__",
    "Check",
    "Comparison",
    "Exact",
    "Headline",
    "PowerGrid",
    "Runs",
    "Scenario",
    "VirtualTrial",
    "alteration_of",
    "check",
    "claims",
    "clone_size_distribution",
    "compare",
    "compile_model",
    "exact",
    "example",
    "examples",
    "explain",
    "from_document",
    "headline",
    "json_schema",
    "load",
    "load_runs",
    "loads",
    "mechanisms",
    "plot_attribution",
    "plot_burden",
    "plot_clones",
    "plot_comparison",
    "plot_composition",
    "plot_gains",
    "plot_headline",
    "plot_looks",
    "plot_patient",
    "plot_power",
    "plot_progression",
    "plot_spider",
    "plot_survival",
    "plot_swimmer",
    "plot_trial",
    "plot_waterfall",
    "power",
    "probability_absent",
    "read",
    "replace",
    "simulate",
    "to_document",
    "trial",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
