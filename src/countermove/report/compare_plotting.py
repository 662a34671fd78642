"""The figures of a comparison for your own pictures: functions that draw on matplotlib axes.

Here: one function a figure. Not here: the drawing (``compare_figures``), figures of one run
(``plotting``).
"""

from __future__ import annotations

from matplotlib.axes import Axes

from countermove.report.compare_figures import PFS, curves_on, gains_on
from countermove.report.plotting import drawn_on
from countermove.trials.compare import Comparison


def plot_comparison(comparison: Comparison, ax: Axes | None = None, *, endpoint: str = PFS) -> Axes:
    """Draw the Kaplan-Meier curve of each arm, with the patients at risk.

    Parameters
    ----------
    comparison
        What `compare` returned.
    ax
        Where to draw; axes of a new figure by default.
    endpoint
        One that is a time, as in ``Comparison.table``.

    Raises
    ------
    ScenarioError
        The endpoint is not a time.

    Examples
    --------
    >>> import countermove as cm
    >>> policies = ["sequential", "combination"]
    >>> found = cm.compare("two_drugs_together", policies=policies, patients=20, progress=False)
    >>> axes = cm.plot_comparison(found)
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['sequential', 'combination']
    """
    return drawn_on(lambda axes: curves_on(axes, comparison, endpoint), ax)


def plot_gains(comparison: Comparison, ax: Axes | None = None, *, endpoint: str = PFS) -> Axes:
    """Draw what each patient gains or loses under each arm, the largest loss first.

    Parameters
    ----------
    comparison
        What `compare` returned.
    ax
        Where to draw; axes of a new figure by default.
    endpoint
        One that is a time, as in ``Comparison.table``.

    Raises
    ------
    ScenarioError
        The endpoint is not a time.

    Examples
    --------
    >>> import countermove as cm
    >>> policies = ["sequential", "combination"]
    >>> found = cm.compare("two_drugs_together", policies=policies, patients=20, progress=False)
    >>> cm.plot_gains(found).get_ylabel()
    'Months gained over sequential'
    """
    return drawn_on(lambda axes: gains_on(axes, comparison, endpoint), ax)
