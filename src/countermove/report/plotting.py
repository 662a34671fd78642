"""The figures of a run for your own pictures: functions that draw on matplotlib axes.

Here: one function a figure. Not here: the drawing (one file each), files of a run (``figures``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes

from countermove.report.attribution import attribution_on
from countermove.report.burden import burden_on
from countermove.report.clones import clones_on
from countermove.report.composition import composition_on
from countermove.report.patient import seen_on
from countermove.report.progression import progression_on
from countermove.report.responses import spider_on, swimmer_on, waterfall_on
from countermove.report.style import HEIGHT, LINE, SETTINGS, WIDTH
from countermove.report.survival import survival_on
from countermove.results import Runs


def plot_burden(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw tumor burden over time: median, bands and single patients, on a log axis.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Returns
    -------
    The axes. The vertical one is in powers of ten: 9 stands for a billion cells.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_burden(cm.simulate("one_drug_then_relapse", patients=4))
    >>> axes.get_xlabel()
    'Months since treatment started'
    """
    return drawn_on(lambda axes: burden_on(axes, runs), ax)


def plot_composition(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw what the tumor is made of over time: mean share of each type of cell.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_composition(cm.simulate("one_drug_then_relapse", patients=4))
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['ancestral', 'resists_A']
    """
    return drawn_on(lambda axes: composition_on(axes, runs), ax)


def plot_progression(
    runs: Runs, ax: Axes | None = None, *, color: str = LINE, label: str | None = None
) -> Axes:
    """Draw the share of patients free of progression over time (Kaplan and Meier's estimate).

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default. Give the axes of another run to compare: the
        longest follow-up first, where one is in days and another in months.
    color, label
        Of this run's curve.

    Examples
    --------
    >>> import countermove as cm
    >>> two = cm.example("two_drugs_together")
    >>> in_turn = {"treatment": {"policy": "sequential", "drugs": ["A", "B"]}}
    >>> one_by_one = cm.simulate(cm.replace(two, in_turn), patients=4)
    >>> axes = cm.plot_progression(cm.simulate(two, patients=4), label="together")
    >>> axes = cm.plot_progression(one_by_one, axes, color="tab:orange", label="in turn")
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['together', 'in turn']
    """
    return drawn_on(lambda axes: progression_on(axes, runs, color=color, label=label), ax)


def plot_attribution(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw why tumors came back: relapses by mechanism, origin and route.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_attribution(cm.simulate("one_drug_then_relapse", patients=4))
    >>> axes.get_xlabel()
    'Relapses'
    """
    return drawn_on(lambda axes: attribution_on(axes, runs), ax)


def plot_clones(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw the cells of each clone over time on a log axis: median patient and middle half.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_clones(cm.simulate("one_drug_then_relapse", patients=4))
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['ancestral', 'resists_A', 'limit of detection']
    """
    return drawn_on(lambda axes: clones_on(axes, runs), ax)


def plot_patient(runs: Runs, ax: Axes | None = None, *, patient: int | None = None) -> Axes:
    """Draw one patient as scans saw it, with the thresholds of response and progression.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.
    patient
        One of those whose courses were kept; the one in the middle by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_patient(cm.simulate("one_drug_then_relapse", patients=4), patient=2)
    >>> axes.get_ylabel()
    'Cells'
    """
    return drawn_on(lambda axes: seen_on(axes, runs, patient), ax)


def plot_survival(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw progression-free survival by scans, PFS2 where there is one, and overall survival.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_survival(cm.simulate("one_drug_then_relapse", patients=4))
    >>> [text.get_text() for text in axes.get_legend().get_texts()]
    ['PFS by scans', 'overall']
    """
    return drawn_on(lambda axes: survival_on(axes, runs), ax)


def plot_waterfall(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw the best change of each patient's target lesions, the worst first.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_waterfall(cm.simulate("one_drug_then_relapse", patients=4))
    >>> axes.get_ylabel()
    'Change of target lesions'
    """
    return drawn_on(lambda axes: waterfall_on(axes, runs), ax)


def plot_spider(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw each patient's target lesions over time, up to the scan that shows progression.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_spider(cm.simulate("one_drug_then_relapse", patients=4))
    >>> axes.get_xlabel()
    'Months since treatment started'
    """
    return drawn_on(lambda axes: spider_on(axes, runs), ax)


def plot_swimmer(runs: Runs, ax: Axes | None = None) -> Axes:
    """Draw a bar for each patient: time under each line, response, progression, death.

    Parameters
    ----------
    runs
        What `simulate` or `load_runs` returned.
    ax
        Where to draw; axes of a new figure by default.

    Examples
    --------
    >>> import countermove as cm
    >>> axes = cm.plot_swimmer(cm.simulate("one_drug_then_relapse", patients=4))
    >>> axes.get_ylabel()
    'Patients'
    """
    return drawn_on(lambda axes: swimmer_on(axes, runs), ax)


def drawn_on(draw: Callable[[Axes], Any], ax: Axes | None) -> Axes:
    """Draw in the report's look; matplotlib's own settings stay as they were."""
    if ax is None:
        from matplotlib import pyplot as plt

        plt.draw_if_interactive()  # a notebook's backend is loaded here, outside of our settings
        with mpl.rc_context(SETTINGS):
            _, ax = plt.subplots(figsize=(1.2 * WIDTH, 1.2 * HEIGHT), layout="constrained")
    with mpl.rc_context(SETTINGS):
        draw(ax)
    return ax
