"""What a run looks like: figures and one page to read, offline and on a phone.

Here: drawing and writing what ``Runs`` holds; what a run does not need, comparisons, trials and
power among it, is fetched on first use. Not here: computing any of it. Drawing imports matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from countermove.report.compare_plotting import plot_comparison as plot_comparison
    from countermove.report.compare_plotting import plot_gains as plot_gains
    from countermove.report.headline_figure import plot_headline as plot_headline
    from countermove.report.page import ADVICE as ADVICE
    from countermove.report.page import write_report as write_report
    from countermove.report.plotting import plot_attribution as plot_attribution
    from countermove.report.plotting import plot_burden as plot_burden
    from countermove.report.plotting import plot_clones as plot_clones
    from countermove.report.plotting import plot_composition as plot_composition
    from countermove.report.plotting import plot_patient as plot_patient
    from countermove.report.plotting import plot_progression as plot_progression
    from countermove.report.plotting import plot_spider as plot_spider
    from countermove.report.plotting import plot_survival as plot_survival
    from countermove.report.plotting import plot_swimmer as plot_swimmer
    from countermove.report.plotting import plot_waterfall as plot_waterfall
    from countermove.report.trial_plotting import plot_looks as plot_looks
    from countermove.report.trial_plotting import plot_power as plot_power
    from countermove.report.trial_plotting import plot_trial as plot_trial

_HOMES = {
    "ADVICE": "page",
    "plot_attribution": "plotting",
    "plot_burden": "plotting",
    "plot_clones": "plotting",
    "plot_comparison": "compare_plotting",
    "plot_composition": "plotting",
    "plot_gains": "compare_plotting",
    "plot_headline": "headline_figure",
    "plot_looks": "trial_plotting",
    "plot_patient": "plotting",
    "plot_power": "trial_plotting",
    "plot_progression": "plotting",
    "plot_spider": "plotting",
    "plot_survival": "plotting",
    "plot_swimmer": "plotting",
    "plot_trial": "trial_plotting",
    "plot_waterfall": "plotting",
    "write_report": "page",
}

__all__ = [
    "ADVICE",
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
    "write_report",
]


def __getattr__(name: str) -> Any:
    """Fetch a public name from its module."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
