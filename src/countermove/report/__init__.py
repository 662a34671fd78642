"""What a run looks like: figures and one page to read, offline and on a phone.

Here: drawing and writing what ``Runs`` holds. Not here: computing any of it. Importing this package
imports matplotlib.
"""

from countermove.report.compare_plotting import plot_comparison, plot_gains
from countermove.report.headline_figure import plot_headline
from countermove.report.page import ADVICE, write_report
from countermove.report.plotting import (
    plot_attribution,
    plot_burden,
    plot_clones,
    plot_composition,
    plot_patient,
    plot_progression,
    plot_spider,
    plot_survival,
    plot_swimmer,
    plot_waterfall,
)
from countermove.report.trial_plotting import plot_looks, plot_power, plot_trial

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
