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
    AVERAGE,
    BEGUN,
    CAPACITY,
    EXPECTED,
    FACTOR,
    LINEAGES,
    OVERFLOW,
    RECORDING,
    STACK,
    STACK_FULL,
    SUBS,
)
from countermove.foundation.jit import jit_leaf as jit

SLIGHT = 1e-3  # correction of a leap below which its own chance is a thousandth of the leap's
ONE_BY_ONE = 24.0  # mutants in a leap up to which each gets its own birth time
EARLY, LATE = 0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0)  # Gauss points of a leap
TYPE, START, BEGIN, END, COUNT, LINEAGE = range(6)


@jit
def _project(tumor, step, network, work, part):
    """Work out expected cells of each niche a part of a leap ahead, in ``work.niches[EXPECTED]``.

    Under the factors in ``work.niches[FACTOR]``, and before moves.
    """
    niche, numbers = network.growth.niche, network.growth.numbers
    subs = tumor.book[SUBS]
    factor, expected = work.niches[FACTOR], work.niches[EXPECTED]
    for kind in range(step.birth.size):
        if step.alike[kind] == kind:
            at = factor[niche[kind % subs]]
            b, d = crowd(step.birth[kind], step.death[kind], step.cycle[kind], at, numbers)
            work.flows[kind, MEAN] = math.exp((b - d) * part * step.length)
    expected[:] = 0.0
    for row in range(tumor.book[LINEAGES] * subs):
        count = tumor.cells[row]
        if count > 0.0:
            kind = step.alike[tumor.variant[row // subs] * subs + row % subs]
            expected[niche[row % subs]] += count * work.flows[kind, MEAN]


@jit
def crowded_flows(tumor, step, network, work):
    """Rates of all types that differ under crowding into ``work.flows``.

    Each niche's factor is its average over the leap by Simpson's rule, along the expected course.
    `grow` works out the transitions of the types it meets.
    """
    growth = network.growth
    niche, law, capacity, numbers = growth.niche, growth.law, growth.capacity, growth.numbers
    subs = tumor.book[SUBS]
    begun, factor, expected = work.niches[BEGUN], work.niches[FACTOR], work.niches[EXPECTED]
    average = work.niches[AVERAGE]
    fill_niches(begun, tumor, niche)
    for n in range(law.size):
        factor[n] = crowding_factor(begun[n], law[n], capacity[n], numbers)
        average[n] = factor[n] / 6.0
    _project(tumor, step, network, work, 0.5)
    for n in range(law.size):
        factor[n] = crowding_factor(expected[n], law[n], capacity[n], numbers)
        average[n] += factor[n] * 4.0 / 6.0
    _project(tumor, step, network, work, 1.0)
    for n in range(law.size):
        average[n] += crowding_factor(expected[n], law[n], capacity[n], numbers) / 6.0
    for kind in range(step.birth.size):
        if step.alike[kind] == kind:
            at = average[niche[kind % subs]]
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

    The flows were drawn under the crowding of an expected course; chance carried the tumor
    elsewhere, and on the way there the cells would have felt it. The difference of the factors at
    the two mean populations acts as a small extra birth or death, which makes the spread of counts
    right to second order in the leap.
    """
    growth = network.growth
    niche, law, capacity, numbers = growth.niche, growth.law, growth.capacity, growth.numbers
    cells, subs = tumor.cells, tumor.book[SUBS]
    begun, expected, change = work.niches[BEGUN], work.niches[EXPECTED], work.niches[FACTOR]
    fill_niches(change, tumor, niche)
    for n in range(law.size):
        came, meant = 0.5 * (begun[n] + change[n]), 0.5 * (begun[n] + expected[n])
        change[n] = crowding_factor(came, law[n], capacity[n], numbers)
        change[n] -= crowding_factor(meant, law[n], capacity[n], numbers)
    for row in range(tumor.book[LINEAGES] * subs):
        if cells[row] > 0.0:
            kind = tumor.variant[row // subs] * subs + row % subs
            most = step.birth[kind] - step.cycle[kind]
            if numbers[ON_BIRTH] == 0.0:
                most = numbers[ADDED]
            extra = most * change[niche[row % subs]] * step.length
            if abs(extra) < SLIGHT:
                extra *= 1.0 + 0.5 * extra
                cells[row] = math.floor(cells[row] * (1.0 + extra) + uniform(tumor.stream))
                continue
            extra = math.expm1(extra)
            if extra > 0.0:
                cells[row] += poisson(tumor.stream, cells[row] * extra)
            else:
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
    kind, parent = np.int64(stack[depth, TYPE]), np.int64(stack[depth, LINEAGE])
    start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
    growth = flows[step.alike[kind], GROWTH]
    first, last = network.edge_start[kind], network.edge_start[kind + 1]
    for _ in range(np.int64(stack[depth, COUNT])):
        child = network.edge_target[_pick_edge(tumor.stream, first, last, step.chance)]
        born = start + _birth_time(tumor.stream, begin, end, growth, time - start)
        row = open_lineage(tumor, child, parent, step.begin + born)
        flow = flows[step.alike[child]]
        rest, rate = time - born, flow[GROWTH]
        g = growth_integral(rate, rest)
        ratio = (rate + flow[DEATH]) * g
        alpha = flow[DEATH] * g / (1.0 + ratio)
        after = descend_one(tumor.stream, alpha, ratio / (1.0 + ratio))
        work.arrivals[row] += after
        if flow[HAZARD] > 0.0:
            path = rest + (after - 1.0) * path_weight(rate, rest, g)
            batch = (np.float64(child), born, 1.0, after, 0.0, np.float64(row // subs))
            depth = _again(tumor, flow[HAZARD] * path, stack, depth, batch)
    return depth


@jit
def _mutate_together(tumor, step, flows, network, work, depth):
    """Spread the mutants of the batch at ``depth`` over types and two birth times.

    The two Gauss points carry the first four cumulants of their descendants, but for growth within
    the leap beyond its third power.
    """
    edge_start, edge_target, chance = network.edge_start, network.edge_target, step.chance
    stack, flow, time, subs = work.stack, work.flow, step.length, tumor.book[SUBS]
    kind = np.int64(stack[depth, TYPE])
    start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
    left, share = stack[depth, COUNT], 1.0
    rate, length = flows[step.alike[kind], GROWTH], time - start
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
            own = flows[step.alike[child]]
            fill_flow(flow, own[BIRTH], own[DEATH], own[MUTATING], rest)
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
        flow = flows[step.alike[kind]]
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
        work.stack[0, TYPE] = kind
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
    grow(tumor, step, work.flows, network, work)
    correct_crowding(tumor, step, network, work)
