"""Lesions of each patient: how many, how large, where.

Here: drawing them, and their sizes against what is lethal. Not here: what a lesion is made of and
how it grows (``simulation.founding``, ``engines``).
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scipy
from numpy.typing import NDArray

from countermove.foundation import ScenarioError, number_text
from countermove.foundation.arrays import Ints
from countermove.scenario import Scenario
from countermove.scenario.lesions import LESION_SIZE, MOST_LESIONS, Lesions, fixed_sizes
from countermove.simulation.drawing_checks import Numbers, outside, reach_of
from countermove.simulation.drawing_laws import (
    Floats,
    block_of,
    check_mass,
    chosen,
    quantile,
    uniforms,
)

NUMBER, SIZE = "lesions.number", "lesions.size"


@dataclass(frozen=True, slots=True)
class PatientLesions:
    """Lesions of some patients, one after another.

    Attributes
    ----------
    start : (patients + 1,) patient i has the lesions start[i] to start[i + 1] - 1
    size : (lesions,) cells at diagnosis
    niche : (lesions,) index into ``niches``
    niches : "bulk" and the scenario's niches
    organ : (lesions,) index into ``organs``
    organs : names; the first one, "", is an organ that is not said
    names : of the first, second, ... lesion of a patient
    """

    start: Ints
    size: Floats
    niche: Ints
    niches: tuple[str, ...]
    organ: Ints
    organs: tuple[str, ...]
    names: tuple[str, ...]

    @property
    def patient(self) -> Ints:
        """(lesions,) row of the patient that each lesion is in."""
        return np.repeat(np.arange(len(self.start) - 1), np.diff(self.start))


def draw_lesions(
    scenario: Scenario, first: int, count: int, values: Mapping[str, Floats] | None = None
) -> PatientLesions:
    """Draw the lesions of patients ``first`` to ``first + count - 1``.

    Parameters
    ----------
    scenario
        Without ``lesions`` each patient has one, the tumor.
    first, count
        First patient's number and how many.
    values
        (count,) numbers in which these patients differ, by path; see ``Drawing.patients``.

    Returns
    -------
    A lesion's size depends on the seed, the patient and its place among the patient's lesions
    alone, not on how many there are (but for lesions that share the cells of ``tumor.start``).

    Raises
    ------
    ScenarioError
        A lesion of less than one cell or of more than the tumor can grow to, or lesions larger
        than the lethal burden; it names the patient.
    """
    lesions = scenario.lesions or Lesions()
    patients = np.arange(first, first + count, dtype=np.uint64)
    number = _numbers(scenario, lesions, patients)
    start = np.concatenate([[0], np.cumsum(number)])
    owner = np.repeat(np.arange(count), number)
    place = np.arange(start[-1]) - start[owner]
    numbers = Numbers(scenario, values or {}, first)
    size = _sizes(lesions, numbers, owner, place)
    _check_sizes(numbers, size, owner, count)
    niches = ("bulk", *scenario.niches)
    niche_of = [niches.index(lesion.niche or "bulk") for lesion in lesions.each]
    organs_of = [lesion.organ or lesion.niche or "" for lesion in lesions.each]
    organs = tuple(dict.fromkeys(["", *organs_of]))
    organ_of = [organs.index(organ) for organ in organs_of]
    named = [lesion.name or str(n + 1) for n, lesion in enumerate(lesions.each)]
    most = int(number.max(initial=0))
    return PatientLesions(
        start=start.astype(np.int64),
        size=size,
        niche=_listed(niche_of, place),
        niches=niches,
        organ=_listed(organ_of, place),
        organs=organs,
        names=tuple(named) or tuple(str(n + 1) for n in range(most)),
    )


def _listed(of_place: list[int], place: Ints) -> Ints:
    """Entry of a list for each lesion, or 0 where lesions are not listed."""
    return np.array(of_place, np.int64)[place] if of_place else np.zeros(len(place), np.int64)


def _numbers(scenario: Scenario, lesions: Lesions, patients: NDArray[np.uint64]) -> Ints:
    """(patients,) how many lesions."""
    how_many = lesions.count
    if how_many.exactly is not None:
        return np.full(len(patients), how_many.exactly)
    known = how_many.chances()
    if known is not None:
        values, weights = np.array(known[0]), known[1]
    else:
        assert how_many.poisson is not None
        values = np.arange(1, MOST_LESIONS + 1)
        logs = values * np.log(how_many.poisson) - scipy.special.gammaln(values + 1.0)
        weights = tuple(np.exp(logs - logs.max()))
    return values[chosen(weights, uniforms(scenario.seed, patients, block_of(NUMBER)))]


def _sizes(lesions: Lesions, numbers: Numbers, owner: Ints, place: Ints) -> Floats:
    """(lesions,) cells: given, drawn, or the tumor's."""
    scenario = numbers.scenario
    tumor = scenario.tumor
    grown = tumor.start is None
    whole = numbers.at("tumor.diagnosed_at" if grown else "tumor.start.cells")
    count = int(owner[-1]) + 1 if len(owner) else 0
    result = np.broadcast_to(whole, (count,))[owner] if count else np.zeros(0)
    if lesions.size is not None:
        size = _drawn(scenario, lesions, numbers.first + owner, place)
    elif grown:
        given = np.array([lesion.size or np.nan for lesion in lesions.each] or [np.nan])
        size = given[np.minimum(place, len(given) - 1)]
        size = np.where(np.isnan(size), result, size)
    else:
        fixed = fixed_sizes(scenario)
        size = np.ones(len(place)) if fixed is None else np.array(fixed)[place]
    _refuse_first(outside(LESION_SIZE, size), size, numbers.first + owner, LESION_SIZE.range_text())
    if grown:
        return size
    return result * (size / np.bincount(owner, weights=size)[owner])


def _drawn(scenario: Scenario, lesions: Lesions, patient: Ints, place: Ints) -> Floats:
    """(lesions,) sizes from their distribution, each lesion by a uniform number of its own."""
    assert lesions.size is not None
    law = lesions.size.law("cells")
    check_mass(law, "lesions.size")
    uniform = np.empty(len(place))
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(place.max(initial=-1) + 2))
    for number, (begin, end) in enumerate(itertools.pairwise(ends)):
        rows = order[begin:end]
        block = block_of(SIZE) + number
        uniform[rows] = uniforms(scenario.seed, patient[rows].astype(np.uint64), block)
    return quantile(law, uniform)


def _check_sizes(numbers: Numbers, size: Floats, owner: Ints, count: int) -> None:
    """Refuse the first patient whose lesions are too small, or larger than can be."""
    patients = numbers.first + np.arange(count)
    lethal = np.broadcast_to(numbers.at("tumor.lethal_at"), (count,))
    reach = np.full(count, np.inf)
    if numbers.scenario.tumor.start is None:
        reach = np.broadcast_to(reach_of(numbers), (count,))
    total = np.bincount(owner, weights=size, minlength=count).astype(float)
    whose = patients[owner]
    _refuse_first(outside(LESION_SIZE, size), size, whose, LESION_SIZE.range_text())
    _refuse_first(size >= reach[owner], size, whose, "less than where births and deaths balance")
    _refuse_first(
        total >= lethal,
        total,
        patients,
        "less than tumor.lethal_at together, not lesions larger than the lethal burden",
    )


def _refuse_first(wrong: NDArray[np.bool_], cells: Floats, patient: Ints, expected: str) -> None:
    """Raise for the first number of cells that is wrong, telling whose it is."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ScenarioError(
            "lesions",
            got=f"{number_text(float(cells[row]))} cells for patient {int(patient[row])}",
            expected=expected,
            remedy="Cut the distribution of sizes off with truncate: [low, high].",
        )
