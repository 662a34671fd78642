"""The figures of trials for your own pictures: functions that draw on matplotlib axes.

Here: one function a figure. Not here: the drawing (``trial_figures``, ``power_figures``), figures
of one run (``plotting``) and of a comparison (``compare_plotting``).
"""

from __future__ import annotations

from matplotlib.axes import Axes

from countermove.report.plotting import drawn_on
from countermove.report.power_figures import power_on
from countermove.report.trial_figures import trial_curves_on, trial_looks_on
from countermove.trials.power_grid import PowerGrid
from countermove.trials.virtual import VirtualTrial


def plot_trial(virtual: VirtualTrial, ax: Axes | None = None) -> Axes:
    """Draw the Kaplan-Meier curve of the endpoint in each arm, with the patients at risk.

    Parameters
    ----------
    virtual
        What `trial` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"usual": "sequential", "new": "combination"}, "follow_up": "2 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> axes = cm.plot_trial(cm.trial(scenario, patients=40, progress=False))
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['usual', 'new']
    """
    return drawn_on(lambda axes: trial_curves_on(axes, virtual), ax)


def plot_looks(virtual: VirtualTrial, ax: Axes | None = None) -> Axes:
    """Draw the log-rank z of each look that was taken, against the bounds of both sides.

    Parameters
    ----------
    virtual
        What `trial` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"usual": "sequential", "same": "sequential"}, "follow_up": "2 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": {**own, "looks": [0.5, 1]}})
    >>> cm.plot_looks(cm.trial(scenario, patients=40, progress=False)).get_ylabel()
    'Log-rank z'
    """
    return drawn_on(lambda axes: trial_looks_on(axes, virtual), ax)


def plot_power(grid: PowerGrid, ax: Axes | None = None) -> Axes:
    """Draw power against the size of the trial, or the first number that was swept.

    Parameters
    ----------
    grid
        What `power` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> own = {"arms": {"usual": "sequential", "new": "combination"}, "follow_up": "2 years"}
    >>> scenario = cm.replace("two_drugs_together", {"trial": own})
    >>> found = cm.power(scenario, {"trial.patients": [6, 12]}, trials=50, progress=False)
    >>> cm.plot_power(found).get_xlabel()
    'Patients'
    """
    return drawn_on(lambda axes: power_on(axes, grid), ax)
