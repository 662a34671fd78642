"""Few cells: the exact event-by-event simulation of one patient over one leap.

Here: Gillespie's direct method with crowding recomputed at each event. Not here: many cells
(``kernels.leaps``).
"""

from countermove.engines.kernels.crowding import crowd, crowding_factor
from countermove.engines.kernels.draws import exponential, uniform
from countermove.engines.kernels.leaps import open_lineage
from countermove.engines.kernels.tuples import CAPACITY, LINEAGES, RECORDING, ROWS, SUBS
from countermove.foundation.jit import jit_leaf as jit

FEW = 100.0


@jit
def _rates_of(kind, sub, factor, step, network):
    """(birth, death, leaving) of one cell of a type."""
    at = factor[network.growth.niche[sub]]
    b, d = crowd(step.birth[kind], step.death[kind], step.cycle[kind], at, network.growth.numbers)
    leaving = 0.0
    for e in range(network.move_start[kind], network.move_start[kind + 1]):
        leaving += step.moving[e]
    return b, d, leaving


@jit
def _fill_factors(factor, cells, occupied, count, growth, subs):
    """Crowding factor of each niche into ``factor`` (niches,)."""
    niche, law, capacity, numbers = growth.niche, growth.law, growth.capacity, growth.numbers
    factor[:] = 0.0
    for i in range(count):
        factor[niche[occupied[i] % subs]] += cells[occupied[i]]
    for n in range(law.size):
        factor[n] = crowding_factor(factor[n], law[n], capacity[n], numbers)


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
def run_events(tumor, step, network, stop, work):
    """Run a tumor event by event, for at most a leap, until it has ``stop`` cells.

    Returns the days that passed and the population.
    """
    begin, length, state = step.begin, step.length, tumor.stream
    edge_start, edge_target, chance = network.edge_start, network.edge_target, step.chance
    move_start, move_target, move_rate = network.move_start, network.move_target, step.moving
    cells, variant, growth, book = tumor.cells, tumor.variant, network.growth, tumor.book
    subs = book[SUBS]
    occupied, factor = work.occupied, work.niches[1]
    count, population = 0, 0.0
    for row in range(book[LINEAGES] * subs):
        if cells[row] > 0.0:
            occupied[count] = row
            count += 1
            population += cells[row]
    time = 0.0
    while 0.0 < population < stop and count < ROWS - 2:
        _fill_factors(factor, cells, occupied, count, growth, subs)
        total = 0.0
        for i in range(count):
            row = occupied[i]
            if cells[row] > 0.0:
                kind = variant[row // subs] * subs + row % subs
                b, d, leaving = _rates_of(kind, row % subs, factor, step, network)
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
                b, d, leaving = _rates_of(kind, row % subs, factor, step, network)
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
                    target = open_lineage(tumor, edge_target[e], chosen // subs, begin + time)
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
