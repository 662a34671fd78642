"""Few cells: the exact event-by-event simulation of one patient over one leap.

Here: Gillespie's direct method with crowding recomputed at each event. Not here: many cells
(``kernels.leaps``).
"""

import numpy as np

from countermove.engines.kernels.crowding import crowd, crowding_factor
from countermove.engines.kernels.draws import exponential, uniform
from countermove.engines.kernels.leaps import CAPACITY, LINEAGES, RECORDING, SUBS, open_lineage
from countermove.foundation.jit import jit

FEW = 100.0
ROWS = 4096  # occupied rows kept; few cells occupy few rows, growth within a leap adds some


@jit
def _rates_of(kind, sub, factor, rates, moves, growth):
    """(birth, death, leaving) of one cell of a type."""
    birth, death, cycle = rates
    move_start, _, move_rate = moves
    at = factor[growth[0][sub]]
    b, d = crowd(birth[kind], death[kind], cycle[kind], at, growth[3])
    leaving = 0.0
    for e in range(move_start[kind], move_start[kind + 1]):
        leaving += move_rate[e]
    return b, d, leaving


@jit
def _factors(cells, occupied, count, subs, growth):
    niche, law, capacity, numbers = growth
    now = np.zeros(law.size)
    for i in range(count):
        now[niche[occupied[i] % subs]] += cells[occupied[i]]
    for n in range(law.size):
        now[n] = crowding_factor(now[n], law[n], capacity[n], numbers)
    return now


@jit
def _occupy(occupied, count, row, cells):
    """Add one cell to a row, listing the row when it was empty."""
    if cells[row] == 0.0:
        for i in range(count):
            if occupied[i] == row:
                cells[row] = 1.0
                return count
        occupied[count] = row
        count += 1
    cells[row] += 1.0
    return count


@jit
def run_events(state, cells, variant, rates, edges, chance, moves, growth, span, book, log):
    """Run a patient event by event.

    ``span`` is (begin, length, stop): from time ``begin``, for at most ``length`` days, until the
    population reaches ``stop`` cells. Returns the days that passed and the population.
    """
    begin, length, stop = span
    edge_start, edge_target = edges
    move_start, move_target, move_rate = moves
    subs = book[SUBS]
    occupied = np.empty(ROWS, np.int64)
    count, population = 0, 0.0
    for row in range(book[LINEAGES] * subs):
        if cells[row] > 0.0:
            occupied[count] = row
            count += 1
            population += cells[row]
    time = 0.0
    while 0.0 < population < stop and count < ROWS - 2:
        factor = _factors(cells, occupied, count, subs, growth)
        total = 0.0
        for i in range(count):
            row = occupied[i]
            if cells[row] > 0.0:
                kind = variant[row // subs] * subs + row % subs
                b, d, leaving = _rates_of(kind, row % subs, factor, rates, moves, growth)
                total += cells[row] * (b + d + leaving)
        if total <= 0.0:
            return length, population
        time += exponential(state) / total
        if time >= length:
            return length, population
        u = uniform(state) * total
        chosen, b, d, leaving = -1, 0.0, 0.0, 0.0
        for i in range(count):
            row = occupied[i]
            if cells[row] > 0.0:
                chosen = row
                kind = variant[row // subs] * subs + row % subs
                b, d, leaving = _rates_of(kind, row % subs, factor, rates, moves, growth)
                weight = cells[row] * (b + d + leaving)
                if u < weight:
                    break
                u -= weight
        kind = variant[chosen // subs] * subs + chosen % subs
        u = uniform(state) * (b + d + leaving)
        if u < b:
            population += 1.0
            u /= b
            target = chosen
            for e in range(edge_start[kind], edge_start[kind + 1]):
                if u < chance[e]:
                    target = open_lineage(book, log, edge_target[e], chosen // subs, begin + time)
                    break
                u -= chance[e]
            count = _occupy(occupied, count, target, cells)
        elif u < b + d:
            population -= 1.0
            cells[chosen] -= 1.0
        else:
            u -= b + d
            target = chosen
            for e in range(move_start[kind], move_start[kind + 1]):
                target = chosen - chosen % subs + move_target[e] % subs
                if u < move_rate[e]:
                    break
                u -= move_rate[e]
            cells[chosen] -= 1.0
            count = _occupy(occupied, count, target, cells)
        if count >= ROWS - 2:
            count = _compact(occupied, count, cells)
        if book[RECORDING] == 1 and book[LINEAGES] >= book[CAPACITY]:
            return time, population
    return time, population


@jit
def _compact(occupied, count, cells):
    kept = 0
    for i in range(count):
        if cells[occupied[i]] > 0.0:
            occupied[kept] = occupied[i]
            kept += 1
    return kept
