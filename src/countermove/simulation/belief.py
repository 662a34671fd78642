"""What a clinic may believe of its patients: virtual patients, weighed by how well they fit.

Here: drawing them from the scenario's own population, treating each as its patient was treated,
weighing them by the readings, and letting them go on under every candidate. Not here: the choice
(``treatment.looking_ahead``).

For each patient, ``futures`` virtual ones are drawn as patients of the scenario are, with another
seed: the belief knows the population and the readings, and nothing of the truth. Their weights are
the likelihoods of the readings, one after the other (sequential importance sampling, Doucet, de
Freitas & Gordon 2001, *Sequential Monte Carlo Methods in Practice*, chapter 1). Nobody fits well
for long; so that a few do not stand for all, the likelihoods are raised to the largest power up to
1 at which `ENOUGH` of them count (tempering).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from countermove.engines.contract import Population
from countermove.engines.kernels.courses import keep_nothing
from countermove.foundation.arrays import Bools, Floats, Ints
from countermove.measurement import Instruments
from countermove.measurement.imaging import ImagingModel, diameter_of_volume
from countermove.measurement.marker import MarkerModel
from countermove.simulation.cast import Cast, Chosen
from countermove.treatment import Histories, Observations

ENOUGH = 20.0  # effective number of virtual patients that a belief keeps at least
LEAST_ERROR = 0.05  # of a reading, as the belief takes it: virtual patients are never quite real
_Model = TypeVar("_Model", ImagingModel, MarkerModel)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is looked ahead for.

    Attributes
    ----------
    futures : virtual patients for each patient
    objective : ``burden`` or ``control``
    progression : ratio to baseline from which control is lost
    """

    futures: int
    objective: str
    progression: float


class Belief:
    """Virtual patients of a chunk's patients; see the module docstring.

    Parameters
    ----------
    cast
        Of the scenario with the other seed.
    instruments
        What readings are made with.
    plan
        See `Plan`.
    first, count
        The patients.
    start
        Day on which treatment starts.
    """

    def __init__(
        self, cast: Cast, instruments: Instruments, plan: Plan, span: tuple[int, int], start: float
    ) -> None:
        first, self.patients = span
        self.plan, self.instruments = plan, instruments
        virtual = self.patients * plan.futures
        self.chosen: Chosen = cast.choose(first * plan.futures, virtual)
        self.population = self.chosen.start()
        self.histories = Histories(len(cast.model.drugs), virtual, start)
        self.log_weights = np.zeros((self.patients, plan.futures))
        self.baseline = np.full(virtual, np.nan)
        self._start = start
        self._doses = np.zeros((virtual, len(cast.model.drugs)))

    def learn(self, seen: Observations) -> None:
        """Weigh the virtual patients by what has become known today."""
        if np.isnan(self.baseline).all() and seen.time >= self._start - 1e-9:
            self.baseline = self.population.burden.copy()
        new = seen.fresh("volume") & seen.scanned
        if new.any():
            self._weigh(new, self._scan_likelihood(seen.latest["volume"]))
        name = self.instruments.marker_name
        if name and seen.fresh(name).any():
            self._weigh(seen.fresh(name), self._marker_likelihood(seen.latest[name]))

    def _weigh(self, who: Bools, log_density: Floats) -> None:
        own = np.where(np.isnan(log_density), 0.0, np.maximum(log_density, -1e6))
        self.log_weights = np.where(who[:, None], self.log_weights + own, self.log_weights)

    def _scan_likelihood(self, volume: Floats) -> Floats:
        """(patients, futures) log density of the diameter of all that was seen, taken together."""
        density = np.broadcast_to(self.chosen.density, self.population.burden.shape)
        truth = diameter_of_volume(self.population.burden / density)
        read = np.repeat(diameter_of_volume(volume), self.plan.futures)
        result = _blurred(self.instruments.imaging).log_density(read, truth)
        return result.reshape(self.log_weights.shape)

    def _marker_likelihood(self, level: Floats) -> Floats:
        """(patients, futures) log density of the marker, as if it followed the tumor at once."""
        model = self.instruments.marker
        assert model is not None
        read = np.repeat(level, self.plan.futures)
        result = _blurred(model).log_density(read, model.steady(self.population.burden))
        return result.reshape(self.log_weights.shape)

    def futures(self, moves: Floats, who: Bools, horizon: float) -> Floats:
        """See `treatment.looking_ahead.Rollout`."""
        weights = self.weights()
        costs = np.full((len(moves), self.patients), np.nan)
        asked = np.repeat(who, self.plan.futures)
        for number, move in enumerate(moves):
            after = self._under(move, asked, horizon)
            cost = self._cost(after).reshape(weights.shape)
            costs[number, who] = (weights * cost).sum(axis=1)[who]
        return costs

    def weights(self) -> Floats:
        """(patients, futures) shares of each virtual patient in the belief."""
        return np.stack([tempered(row, ENOUGH) for row in self.log_weights])

    def _under(self, move: Floats, asked: Bools, horizon: float) -> Population:
        """Let copies of the virtual patients go on under one move."""
        copy, now = _copied(self.population), self.population.time
        histories = Histories(self.histories.drugs, len(asked), self.histories.start)
        histories.group, histories.members = self.histories.group, self.histories.members
        doses = np.where(asked[:, None], move, self._doses)
        histories.give(now, doses)
        model = self.chosen.model
        for exposure, chosen in histories.together(now, now + horizon, model, copy.peaks):
            self._advance(copy, exposure, chosen[asked[chosen]])
        return copy

    def _advance(self, population: Population, exposure: object, chosen: Ints) -> None:
        living = chosen[np.isnan(population.watch.ended[chosen])]
        self.chosen.engine.advance(population, exposure, living)  # pyright: ignore[reportArgumentType]

    def _cost(self, after: Population) -> Floats:
        """Cost of each virtual future."""
        burden, dead = after.burden, ~np.isnan(after.watch.ended)
        if self.plan.objective == "control":
            lost = dead | (burden > self.plan.progression * self.baseline)
            return lost.astype(np.float64)
        lethal = np.broadcast_to(self.chosen.lethal, burden.shape)
        return np.log10(np.where(dead, lethal, burden) + 1.0)

    def give(self, until: float, doses: Floats) -> None:
        """See `treatment.looking_ahead.Rollout`."""
        now = self.population.time
        self._doses = np.repeat(doses, self.plan.futures, axis=0)
        self.histories.give(now, self._doses)
        model, peaks = self.chosen.model, self.population.peaks
        for exposure, chosen in self.histories.together(now, until, model, peaks):
            self._advance(self.population, exposure, chosen)
        self.population.time = until


def _blurred(model: _Model) -> _Model:
    """Make a model of reading under which some virtual patient always fits."""
    changes: dict[str, float] = {"error": max(model.error, LEAST_ERROR)}
    if isinstance(model, ImagingModel):
        changes["rounding"] = 0.0
    return replace(model, **changes)


def tempered(log_weights: Floats, enough: float) -> Floats:
    """Normalize weights, raised to the largest power up to 1 at which enough of them count.

    Enough is an effective number, ``1 / sum(weights**2)`` (Kish 1965), of at most all of them.
    """
    enough = min(enough, 0.5 * log_weights.size)
    low, high = 0.0, 1.0
    weights = _normal(log_weights)
    if 1.0 / (weights**2).sum() >= enough:
        return weights
    for _ in range(40):
        middle = 0.5 * (low + high)
        weights = _normal(middle * log_weights)
        low, high = (middle, high) if 1.0 / (weights**2).sum() >= enough else (low, middle)
    return _normal(low * log_weights)


def _normal(log_weights: Floats) -> Floats:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def _copied(population: Population) -> Population:
    """Copy virtual patients, random streams included: each candidate meets the same chances."""
    private = {
        name: own.copy() if isinstance(own, np.ndarray) else own
        for name, own in population.private.items()
    }
    return Population(
        population.time,
        population.cells.copy(),
        population.age,
        population.start,
        population.peaks.copy(),
        population.watch._replace(
            **{name: part.copy() for name, part in population.watch._asdict().items()}
        ),
        keep_nothing(population.cells.shape[1]),
        private,
    )
