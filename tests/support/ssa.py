"""An independent exact simulation of model.md, to judge engines by.

Here: Gillespie's direct method for cells of several types that divide, die, mutate at division,
move and crowd each other, at rates constant between given days; written from the mathematics alone,
with numpy's generator. Not here: anything of countermove's, which is what it judges.
"""

from dataclasses import dataclass

import numba
import numpy as np

LAWS = {"exponential": 0, "logistic": 1, "gompertz": 2, "power": 3}


@dataclass(frozen=True)
class Process:
    """Rates of K cell types over P consecutive spans of time, and of crowding in G places.

    Attributes
    ----------
    ends : (P,) days at which each span ends; the last is the end of the process
    birth, death : (P, K) 1/day, before crowding
    mutation : (K, K) chance that one daughter of a division is of the other type
    moves : (P, K, K) 1/day, zero diagonal
    place : (K,) which place a type lives in
    law, capacity : (G,) of each place; a name of `LAWS`
    on_birth : crowding multiplies birth; otherwise ``added`` times its lack is added to death
    exponent, reference : of the power law
    """

    ends: np.ndarray
    birth: np.ndarray
    death: np.ndarray
    mutation: np.ndarray
    moves: np.ndarray
    place: np.ndarray
    law: tuple[str, ...] = ("exponential",)
    capacity: tuple[float, ...] = (1.0,)
    on_birth: bool = True
    added: float = 0.0
    exponent: float = 1.0
    reference: float = 1.0


def process(ends, birth, death, *, mutation=(), moves=(), place=None, **crowding) -> Process:
    """Build a `Process`; single rates are repeated over spans, pairs listed as (from, to, value).

    The value of a move may be one rate or one per span.
    """
    ends = np.atleast_1d(np.asarray(ends, dtype=float))
    birth, death = (np.atleast_1d(np.asarray(r, dtype=float)) for r in (birth, death))
    kinds = birth.shape[-1]
    table, paths = np.zeros((kinds, kinds)), np.zeros((ends.size, kinds, kinds))
    for source, target, chance in mutation:
        table[source, target] += chance
    for source, target, rate in moves:
        paths[:, source, target] += rate
    shape = (ends.size, kinds)
    where = np.zeros(kinds, dtype=np.int64) if place is None else np.asarray(place, dtype=np.int64)
    birth, death = (np.ascontiguousarray(np.broadcast_to(r, shape)) for r in (birth, death))
    return Process(ends, birth, death, table, paths, where, **crowding)


def simulate(process: Process, start, times, patients: int, seed: int) -> np.ndarray:
    """(patients, times, K) counts at the given days, which must not pass the process's end."""
    rng = np.random.default_rng([seed, 0x55A])
    times = np.asarray(times, dtype=float)
    if np.any(np.diff(times) < 0.0) or times[-1] > process.ends[-1]:
        raise ValueError("times: must rise, and end with the process")
    laws = np.array([LAWS[name] for name in process.law])
    crowding = (laws, np.asarray(process.capacity, dtype=float), process.place)
    numbers = (process.on_birth, process.added, process.exponent, process.reference)
    start = np.asarray(start, dtype=np.int64)
    counts = np.empty((patients, times.size, start.size), dtype=np.int64)
    rates = (process.birth, process.death, process.mutation, process.moves)
    _simulate(rng, start, process.ends, times, rates, crowding, numbers, counts)
    return counts


@numba.njit(cache=True)
def _free(cells, law, capacity, numbers):
    """Share of growth that crowding leaves, at most 1; on death it may turn growth into decline."""
    if law == 0:
        return 1.0
    if law == 1:
        share = 1.0 - cells / capacity
    elif law == 2:
        share = 1.0 - np.log(max(cells, 1)) / np.log(capacity)
    else:
        share = (max(cells, 1) / numbers[3]) ** (numbers[2] - 1.0)
    return min(max(share, 0.0 if numbers[0] else -1.0), 1.0)


@numba.njit(cache=True)
def _simulate(rng, start, ends, times, rates, crowding, numbers, counts):
    birth, death, mutation, moves = rates
    law, capacity, place = crowding
    kinds = start.size
    stay = np.empty(kinds)
    for kind in range(kinds):
        stay[kind] = 1.0 - mutation[kind].sum()
    size = np.zeros(law.size, np.int64)
    free = np.empty(law.size)
    load = np.empty((kinds, 3))
    for patient in range(counts.shape[0]):
        cells = start.copy()
        now, span, seen = 0.0, 0, 0
        while seen < times.size:
            while span < ends.size - 1 and ends[span] <= now:
                span += 1
            until = min(ends[span], times[seen])
            if span == ends.size - 1:
                until = times[seen]
            size[:] = 0
            for kind in range(kinds):
                size[place[kind]] += cells[kind]
            for g in range(law.size):
                free[g] = _free(size[g], law[g], capacity[g], numbers)
            total = 0.0
            for kind in range(kinds):
                share = free[place[kind]]
                b, d = birth[span, kind], death[span, kind]
                if numbers[0]:
                    b *= share
                else:
                    d += numbers[1] * (1.0 - share)
                load[kind, 0] = cells[kind] * b
                load[kind, 1] = cells[kind] * d
                load[kind, 2] = cells[kind] * moves[span, kind].sum()
                total += load[kind, 0] + load[kind, 1] + load[kind, 2]
            wait = np.inf
            if total > 0.0:
                wait = rng.standard_exponential() / total
            if now + wait >= until:
                now = until
                while seen < times.size and times[seen] <= now:
                    counts[patient, seen] = cells
                    seen += 1
                continue
            now += wait
            left = rng.random() * total
            which, what = -1, -1
            for kind in range(kinds):
                for event in range(3):
                    if load[kind, event] > 0.0:
                        which, what = kind, event
                        left -= load[kind, event]
                        if left < 0.0:
                            break
                if left < 0.0:
                    break
            if what == 1:
                cells[which] -= 1
            elif what == 0:
                daughter = which
                u = rng.random() - stay[which]
                if u > 0.0:
                    for other in range(kinds):
                        if mutation[which, other] > 0.0:
                            daughter = other
                            u -= mutation[which, other]
                            if u < 0.0:
                                break
                cells[daughter] += 1
            else:
                u = rng.random() * moves[span, which].sum()
                target = which
                for other in range(kinds):
                    if moves[span, which, other] > 0.0:
                        target = other
                        u -= moves[span, which, other]
                        if u < 0.0:
                            break
                cells[which] -= 1
                cells[target] += 1
