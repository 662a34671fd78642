"""One leap of one tumor: moves, birth and death, mutation, each an exact flow.

Here: the splitting of ``model.md`` 6a. Not here: how long a leap may be (``branching.plan``), few
cells (``kernels.events``), leap after leap (``kernels.patients``).

A tumor's cells stand in rows ``lineage * subs + sub``. Without recording, lineages are the
variants of the model; with it, every mutation opens a lineage of its own. ``variant[lineage]``
tells which types its rows are. What travels together is one tuple; see ``kernels.tuples``.
"""

import math

import numpy as np

from countermove.engines.kernels.birth_death import (
    BIRTH,
    DEATH,
    GROWTH,
    HAZARD,
    MEAN,
    MUTATING,
    PATH,
    UNKNOWN,
    descend,
    descend_one,
    fill_flow,
    fill_transition,
    growth_integral,
    path_weight,
    set_rates,
)
from countermove.engines.kernels.crowding import ADDED, ON_BIRTH, crowd, crowding_factor
from countermove.engines.kernels.draws import binomial, exponential, poisson, uniform
from countermove.engines.kernels.tuples import (
    CAPACITY,
    LINEAGES,
    OVERFLOW,
    RECORDING,
    STACK,
    STACK_FULL,
    SUBS,
)
from countermove.foundation.jit import jit_leaf as jit

ONE_BY_ONE = 24.0  # mutants in a leap up to which each gets its own birth time
EARLY, LATE = 0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0)  # Gauss points of a leap
KIND, START, BEGIN, END, COUNT, LINEAGE = range(6)


@jit
def crowded_flows(tumor, step, network, work):
    """Rates of every type under crowding into ``work.flows``; `grow` works out the transitions.

    Each niche's crowding is that of its expected population half-way through the leap, so it is
    right to second order in the leap.
    """
    cells, variant = tumor.cells, tumor.variant
    niche, law, capacity, numbers = network.growth
    subs = tumor.book[SUBS]
    now, factor, change = work.niches[0], work.niches[1], work.niches[2]
    now[:] = 0.0
    change[:] = 0.0
    lineages = tumor.book[LINEAGES]
    for lineage in range(lineages):
        for sub in range(subs):
            now[niche[sub]] += cells[lineage * subs + sub]
    for n in range(law.size):
        factor[n] = crowding_factor(now[n], law[n], capacity[n], numbers)
    for lineage in range(lineages):
        for sub in range(subs):
            count = cells[lineage * subs + sub]
            if count > 0.0:
                n, kind = niche[sub], variant[lineage] * subs + sub
                b, d = crowd(
                    step.birth[kind], step.death[kind], step.cycle[kind], factor[n], numbers
                )
                change[n] += count * (b - d)
    for n in range(law.size):
        if now[n] > 0.0:
            middle = now[n] * math.exp(0.5 * step.length * change[n] / now[n])
            factor[n] = crowding_factor(middle, law[n], capacity[n], numbers)
    for first in range(0, step.birth.size, subs):
        for sub in range(subs):
            kind = first + sub
            at = factor[niche[sub]]
            b, d = crowd(step.birth[kind], step.death[kind], step.cycle[kind], at, numbers)
            set_rates(work.flows[kind], b, d, step.mutating[kind])


@jit
def fill_niches(totals, tumor, niche):
    """Add up the cells of each niche into ``totals`` (niches,)."""
    subs = tumor.book[SUBS]
    totals[:] = 0.0
    for row in range(tumor.book[LINEAGES] * subs):
        totals[niche[row % subs]] += tumor.cells[row]


@jit
def correct_crowding(tumor, step, network, work):
    """Correct a leap for the crowding that its own chance brought about.

    The flows were drawn under the crowding of an expected population; chance carried it elsewhere,
    and on the way there the cells would have felt it. The difference of the factor at the mean of
    both ends acts as a small extra birth or death, which makes the spread of counts right to second
    order in the leap. ``work.niches`` holds the totals before the leap, and the factors it was
    drawn under.
    """
    niche, law, capacity, numbers = network.growth
    cells, subs = tumor.cells, tumor.book[SUBS]
    begun, factor, change = work.niches[0], work.niches[1], work.niches[2]
    fill_niches(change, tumor, niche)
    for n in range(law.size):
        middle = 0.5 * (begun[n] + change[n])
        change[n] = crowding_factor(middle, law[n], capacity[n], numbers) - factor[n]
    for row in range(tumor.book[LINEAGES] * subs):
        if cells[row] > 0.0:
            kind = tumor.variant[row // subs] * subs + row % subs
            most = step.birth[kind] - step.cycle[kind]
            if numbers[ON_BIRTH] == 0.0:
                most = numbers[ADDED]
            extra = math.expm1(most * change[niche[row % subs]] * step.length)
            if extra > 0.0:
                cells[row] += poisson(tumor.stream, cells[row] * extra)
            elif extra < 0.0:
                cells[row] -= binomial(tumor.stream, cells[row], -extra)


@jit
def move(tumor, chance, moved):
    """Redistribute cells within each lineage by transition matrices ``chance`` (variants, s, s).

    ``moved`` (s,) is scratch.
    """
    cells, subs = tumor.cells, tumor.book[SUBS]
    for lineage in range(tumor.book[LINEAGES]):
        first = lineage * subs
        table = chance[tumor.variant[lineage]]
        busy = False
        for sub in range(subs):
            busy = busy or cells[first + sub] > 0.0
        if not busy:
            continue
        moved[:] = 0.0
        for sub in range(subs):
            left = cells[first + sub]
            if left == 0.0:
                continue
            share = 1.0
            for other in range(subs):
                p = table[sub, other]
                if other == sub or p <= 0.0:
                    continue
                gone = binomial(tumor.stream, left, min(1.0, p / share))
                moved[other] += gone
                left -= gone
                share -= p
                if left == 0.0:
                    break
            moved[sub] += left
        for sub in range(subs):
            cells[first + sub] = moved[sub]


@jit
def _birth_time(state, begin, end, rate, length):
    """Time of a mutation within ``length``, its density the mean path from ``begin`` to ``end``."""
    top = max(begin, end)
    per_whole = (end - begin) / growth_integral(rate, length)
    while True:
        s = uniform(state) * length
        u = uniform(state) * top
        if u <= min(begin, end) or u <= begin + per_whole * growth_integral(rate, s):
            return s


@jit
def _pick_edge(state, first, last, chance):
    """Draw one of the mutation edges ``first`` to ``last - 1``, by their probability."""
    if last - first == 1:
        return first
    total = 0.0
    for e in range(first, last):
        total += chance[e]
    u = uniform(state) * total
    for e in range(first, last):
        u -= chance[e]
        if u < 0.0:
            return e
    return last - 1


@jit
def _count(tumor, load):
    """Draw how many mutations a hazard of at least the clock's holds; winds the clock up again."""
    count = 1.0 + poisson(tumor.stream, load - tumor.clock[0])
    tumor.clock[0] = exponential(tumor.stream)
    return count


@jit
def _again(tumor, load, stack, depth, batch):
    """Wind the clock by a hazard; where it strikes, push the batch whose cells mutated."""
    if load < tumor.clock[0]:
        tumor.clock[0] -= load
        return depth
    if depth < STACK:
        for i in range(len(batch)):
            stack[depth, i] = batch[i]
        stack[depth, COUNT] = _count(tumor, load)
    return depth + 1


@jit
def open_lineage(tumor, child, parent, born):
    """Give one new mutant cell its row: its type's own, or a lineage of its own when recording."""
    book = tumor.book
    subs = book[SUBS]
    if book[RECORDING] == 0:
        return child
    if book[LINEAGES] >= book[CAPACITY]:
        book[OVERFLOW] = 1
        return parent * subs + child % subs
    lineage = book[LINEAGES]
    book[LINEAGES] += 1
    tumor.variant[lineage] = child // subs
    tumor.parent[lineage] = parent
    tumor.born[lineage] = born
    return lineage * subs + child % subs


@jit
def _mutate_singly(tumor, step, flows, network, work, depth):
    """Draw birth time, type and descendants of each mutant of the batch at ``depth``."""
    stack, time, subs = work.stack, step.length, tumor.book[SUBS]
    kind, parent = np.int64(stack[depth, KIND]), np.int64(stack[depth, LINEAGE])
    start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
    first, last = network.edge_start[kind], network.edge_start[kind + 1]
    for _ in range(np.int64(stack[depth, COUNT])):
        child = network.edge_target[_pick_edge(tumor.stream, first, last, step.chance)]
        born = start + _birth_time(tumor.stream, begin, end, flows[kind, GROWTH], time - start)
        row = open_lineage(tumor, child, parent, step.begin + born)
        rest, rate = time - born, flows[child, GROWTH]
        g = growth_integral(rate, rest)
        ratio = (rate + flows[child, DEATH]) * g
        alpha = flows[child, DEATH] * g / (1.0 + ratio)
        after = descend_one(tumor.stream, alpha, ratio / (1.0 + ratio))
        work.arrivals[row] += after
        if flows[child, HAZARD] > 0.0:
            path = rest + (after - 1.0) * path_weight(rate, rest, g)
            batch = (np.float64(child), born, 1.0, after, 0.0, np.float64(row // subs))
            depth = _again(tumor, flows[child, HAZARD] * path, stack, depth, batch)
    return depth


@jit
def _mutate_together(tumor, step, flows, network, work, depth):
    """Spread the mutants of the batch at ``depth`` over types and two birth times.

    The two Gauss points carry the first four cumulants of their descendants, but for growth within
    the leap beyond its third power.
    """
    edge_start, edge_target, chance = network.edge_start, network.edge_target, step.chance
    stack, flow, time, subs = work.stack, work.flow, step.length, tumor.book[SUBS]
    kind = np.int64(stack[depth, KIND])
    start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
    left, share = stack[depth, COUNT], 1.0
    rate, length = flows[kind, GROWTH], time - start
    per_whole = (end - begin) / growth_integral(rate, length)
    early = begin + per_whole * growth_integral(rate, EARLY * length)
    late = begin + per_whole * growth_integral(rate, LATE * length)
    total = 0.0
    for e in range(edge_start[kind], edge_start[kind + 1]):
        total += chance[e]
    for half in range(2):
        born = start + (EARLY if half == 0 else LATE) * length
        weight = (early if half == 0 else late) / ((early + late) * total)
        for e in range(edge_start[kind], edge_start[kind + 1]):
            p = chance[e] * weight
            ends = half == 1 and e == edge_start[kind + 1] - 1
            mutants = left if ends else binomial(tumor.stream, left, min(1.0, p / share))
            left -= mutants
            share = max(share - p, 1e-300)
            if mutants == 0.0:
                continue
            child, rest = edge_target[e], time - born
            fill_flow(flow, flows[child, BIRTH], flows[child, DEATH], flows[child, MUTATING], rest)
            after = descend(tumor.stream, mutants, flow)
            work.arrivals[child] += after
            if flow[HAZARD] > 0.0:
                path = mutants * rest + (after - mutants) * flow[PATH]
                batch = (np.float64(child), born, mutants, after, 0.0, np.float64(child // subs))
                depth = _again(tumor, flow[HAZARD] * path, stack, depth, batch)
    return depth


@jit
def _mutate(tumor, step, flows, network, work):
    """Draw the mutants of the batch at the bottom of the stack, and theirs in turn."""
    book, depth = tumor.book, 1
    while depth > 0:
        depth -= 1
        if work.stack[depth, COUNT] <= ONE_BY_ONE or book[RECORDING] == 1:
            depth = _mutate_singly(tumor, step, flows, network, work, depth)
        else:
            depth = _mutate_together(tumor, step, flows, network, work, depth)
        if depth > STACK:
            book[OVERFLOW] = STACK_FULL
            depth = STACK


@jit
def grow(tumor, step, flows, network, work):
    """Birth, death and mutation of all cells over one leap, under the flows given."""
    cells, subs, time = tumor.cells, tumor.book[SUBS], step.length
    mutated = False
    for row in range(tumor.book[LINEAGES] * subs):
        before = cells[row]
        if before == 0.0:
            continue
        lineage = row // subs
        kind = tumor.variant[lineage] * subs + row - lineage * subs
        flow = flows[kind]
        if flow[MEAN] == UNKNOWN:
            fill_transition(flow, time)
        after = descend(tumor.stream, before, flow)
        cells[row] = after
        if flow[HAZARD] == 0.0:
            continue
        load = flow[HAZARD] * (before * time + (after - before) * flow[PATH])
        if load < tumor.clock[0]:
            tumor.clock[0] -= load
            continue
        mutated = True
        work.stack[0, KIND] = kind
        work.stack[0, START] = 0.0
        work.stack[0, BEGIN] = before
        work.stack[0, END] = after
        work.stack[0, COUNT] = _count(tumor, load)
        work.stack[0, LINEAGE] = lineage
        _mutate(tumor, step, flows, network, work)
    if mutated:
        for row in range(tumor.book[LINEAGES] * subs):
            cells[row] += work.arrivals[row]
            work.arrivals[row] = 0.0


@jit
def leap(tumor, step, network, work):
    """Birth, death and mutation over one leap, crowding included: the one body of every leap."""
    if network.linear:
        grow(tumor, step, step.flow, network, work)
        return
    # after the cells have moved: they crowd where they are
    crowded_flows(tumor, step, network, work)
    fill_niches(work.niches[0], tumor, network.growth.niche)
    grow(tumor, step, work.flows, network, work)
    correct_crowding(tumor, step, network, work)
