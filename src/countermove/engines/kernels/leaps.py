"""One leap of one patient: moves, birth and death, mutation, each an exact flow.

Here: the splitting of ``model.md`` 6a. Not here: how long a leap may be (``branching.plan``), few
cells (``kernels.events``), growth to a size (``kernels.growing``).

A patient's cells stand in rows ``lineage * subs + sub``. Without recording, lineages are the
variants of the model; with it, every mutation opens a lineage of its own. ``variant[lineage]``
tells which types its rows are.

Arrays that travel together: ``edges`` is (start (types + 1,), target (edges,)); ``book`` is
[recording, lineages, capacity, subs, overflow]; ``log`` is (variant, parent, born) per lineage.
"""

import math

import numpy as np

from countermove.engines.kernels.birth_death import (
    BIRTH,
    DEATH,
    FIELDS,
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
from countermove.foundation.jit import jit as jit_arrays
from countermove.foundation.jit import jit_leaf as jit

ONE_BY_ONE = 24.0  # mutants in a leap up to which each gets its own birth time
EARLY, LATE = 0.5 - 0.5 / math.sqrt(3.0), 0.5 + 0.5 / math.sqrt(3.0)  # Gauss points of a leap
STACK = 2048
RECORDING, LINEAGES, CAPACITY, SUBS, OVERFLOW = range(5)
KIND, START, BEGIN, END, COUNT, LINEAGE = range(6)


@jit
def crowded_flows(flows, cells, variant, rates, time, growth, niches, book):
    """Rates of every type under crowding; `leap` works out the transitions it needs.

    ``rates`` is (birth, death, cycle, mutating) per type; ``growth`` is (niche of sub, law,
    capacity, numbers); ``niches`` (3, niches) is scratch. Each niche's crowding is that of its
    expected population half-way through the leap, so it is right to second order in the leap.
    """
    birth, death, cycle, mutating = rates
    niche, law, capacity, numbers = growth
    subs = book[SUBS]
    now, factor, change = niches[0], niches[1], niches[2]
    now[:] = 0.0
    change[:] = 0.0
    lineages = book[LINEAGES]
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
                b, d = crowd(birth[kind], death[kind], cycle[kind], factor[n], numbers)
                change[n] += count * (b - d)
    for n in range(law.size):
        if now[n] > 0.0:
            middle = now[n] * math.exp(0.5 * time * change[n] / now[n])
            factor[n] = crowding_factor(middle, law[n], capacity[n], numbers)
    for first in range(0, birth.size, subs):
        for sub in range(subs):
            kind = first + sub
            b, d = crowd(birth[kind], death[kind], cycle[kind], factor[niche[sub]], numbers)
            set_rates(flows[kind], b, d, mutating[kind])


@jit
def fill_niches(totals, cells, niche, book):
    """Add up the cells of each niche into ``totals`` (niches,)."""
    subs = book[SUBS]
    totals[:] = 0.0
    for row in range(book[LINEAGES] * subs):
        totals[niche[row % subs]] += cells[row]


@jit
def feel_own_crowding(state, cells, variant, rates, time, growth, niches, book):
    """Correct a leap for the crowding that its own chance brought about.

    The flows were drawn under the crowding of an expected population; chance carried it elsewhere,
    and on the way there the cells would have felt it. The difference of the factor at the mean of
    both ends acts as a small extra birth or death, which makes the spread of counts right to second
    order in the leap. ``niches`` holds the totals before the leap, and the factors it was drawn
    under.
    """
    birth, _, cycle = rates
    niche, law, capacity, numbers = growth
    subs = book[SUBS]
    begun, factor, change = niches[0], niches[1], niches[2]
    fill_niches(change, cells, niche, book)
    for n in range(law.size):
        middle = 0.5 * (begun[n] + change[n])
        change[n] = crowding_factor(middle, law[n], capacity[n], numbers) - factor[n]
    for row in range(book[LINEAGES] * subs):
        if cells[row] > 0.0:
            kind = variant[row // subs] * subs + row % subs
            most = birth[kind] - cycle[kind] if numbers[ON_BIRTH] > 0.0 else numbers[ADDED]
            extra = math.expm1(most * change[niche[row % subs]] * time)
            if extra > 0.0:
                cells[row] += poisson(state, cells[row] * extra)
            elif extra < 0.0:
                cells[row] -= binomial(state, cells[row], -extra)


@jit
def move(state, cells, variant, chance, moved, book):
    """Redistribute cells within each lineage by transition matrices ``chance`` (variants, s, s).

    ``moved`` (s,) is scratch.
    """
    subs = book[SUBS]
    for lineage in range(book[LINEAGES]):
        first = lineage * subs
        table = chance[variant[lineage]]
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
                gone = binomial(state, left, min(1.0, p / share))
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
def _count(state, clock, load):
    """Draw how many mutations a hazard of at least the clock's holds; winds the clock up again."""
    count = 1.0 + poisson(state, load - clock[0])
    clock[0] = exponential(state)
    return count


@jit
def _again(state, clock, load, stack, depth, batch):
    """Wind the clock by a hazard; where it strikes, push the batch whose cells mutated."""
    if load < clock[0]:
        clock[0] -= load
        return depth
    if depth < STACK:
        for i in range(len(batch)):
            stack[depth, i] = batch[i]
        stack[depth, COUNT] = _count(state, clock, load)
    return depth + 1


@jit
def open_lineage(book, log, child, parent, born):
    """Give one new mutant cell its row: its type's own, or a lineage of its own when recording."""
    subs = book[SUBS]
    if book[RECORDING] == 0:
        return child
    if book[LINEAGES] >= book[CAPACITY]:
        book[OVERFLOW] = 1
        return parent * subs + child % subs
    variant, parents, births = log
    lineage = book[LINEAGES]
    book[LINEAGES] += 1
    variant[lineage] = child // subs
    parents[lineage] = parent
    births[lineage] = born
    return lineage * subs + child % subs


@jit
def _mutate_singly(state, clock, flows, mutations, span, arrivals, records, work, depth):
    """Draw birth time, type and descendants of each mutant of the batch at ``depth``."""
    edge_start, edge_target, chance = mutations
    time, now = span
    book, log = records
    stack = work[0]
    kind, parent = np.int64(stack[depth, KIND]), np.int64(stack[depth, LINEAGE])
    start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
    first, last = edge_start[kind], edge_start[kind + 1]
    for _ in range(np.int64(stack[depth, COUNT])):
        child = edge_target[_pick_edge(state, first, last, chance)]
        born = start + _birth_time(state, begin, end, flows[kind, GROWTH], time - start)
        row = open_lineage(book, log, child, parent, now + born)
        rest, rate = time - born, flows[child, GROWTH]
        g = growth_integral(rate, rest)
        ratio = (rate + flows[child, DEATH]) * g
        after = descend_one(state, flows[child, DEATH] * g / (1.0 + ratio), ratio / (1.0 + ratio))
        arrivals[row] += after
        if flows[child, HAZARD] > 0.0:
            path = rest + (after - 1.0) * path_weight(rate, rest, g)
            batch = (np.float64(child), born, 1.0, after, 0.0, np.float64(row // book[SUBS]))
            depth = _again(state, clock, flows[child, HAZARD] * path, stack, depth, batch)
    return depth


@jit
def _mutate_together(state, clock, flows, mutations, time, arrivals, subs, work, depth):
    """Spread the mutants of the batch at ``depth`` over types and two birth times.

    The two Gauss points carry the first four cumulants of their descendants, but for growth within
    the leap beyond its third power.
    """
    edge_start, edge_target, chance = mutations
    stack, flow = work[0], work[1]
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
            mutants = left if ends else binomial(state, left, min(1.0, p / share))
            left -= mutants
            share = max(share - p, 1e-300)
            if mutants == 0.0:
                continue
            child, rest = edge_target[e], time - born
            fill_flow(flow, flows[child, BIRTH], flows[child, DEATH], flows[child, MUTATING], rest)
            after = descend(state, mutants, flow)
            arrivals[child] += after
            if flow[HAZARD] > 0.0:
                path = mutants * rest + (after - mutants) * flow[PATH]
                batch = (np.float64(child), born, mutants, after, 0.0, np.float64(child // subs))
                depth = _again(state, clock, flow[HAZARD] * path, stack, depth, batch)
    return depth


@jit
def _mutate(state, clock, flows, mutations, span, arrivals, records, work):
    """Draw the mutants of the batch at the bottom of the stack, and theirs in turn."""
    book, stack = records[0], work[0]
    depth = 1
    while depth > 0:
        depth -= 1
        if stack[depth, COUNT] <= ONE_BY_ONE or book[RECORDING] == 1:
            depth = _mutate_singly(
                state, clock, flows, mutations, span, arrivals, records, work, depth
            )
        else:
            depth = _mutate_together(
                state, clock, flows, mutations, span[0], arrivals, book[SUBS], work, depth
            )
        if depth > STACK:
            book[OVERFLOW] = 2
            depth = STACK


@jit
def leap(state, clock, cells, variant, flows, mutations, span, arrivals, records, work):
    """Birth, death and mutation of all cells of one patient over one leap.

    ``mutations`` is (edge start, edge target, chance); ``span`` (length, time at its start);
    ``records`` (book, log).
    """
    book, stack, time = records[0], work[0], span[0]
    subs = book[SUBS]
    mutated = False
    for row in range(book[LINEAGES] * subs):
        before = cells[row]
        if before == 0.0:
            continue
        lineage = row // subs
        kind = variant[lineage] * subs + row - lineage * subs
        flow = flows[kind]
        if flow[MEAN] == UNKNOWN:
            fill_transition(flow, time)
        after = descend(state, before, flow)
        cells[row] = after
        if flow[HAZARD] == 0.0:
            continue
        load = flow[HAZARD] * (before * time + (after - before) * flow[PATH])
        if load < clock[0]:
            clock[0] -= load
            continue
        mutated = True
        stack[0, KIND] = kind
        stack[0, START] = 0.0
        stack[0, BEGIN] = before
        stack[0, END] = after
        stack[0, COUNT] = _count(state, clock, load)
        stack[0, LINEAGE] = lineage
        _mutate(state, clock, flows, mutations, span, arrivals, records, work)
    if mutated:
        for row in range(book[LINEAGES] * subs):
            cells[row] += arrivals[row]
            arrivals[row] = 0.0


@jit_arrays
def workspace(types, subs, niches):
    """Return scratch space: (stack, one flow, flows of all types, moved cells, niches)."""
    return (
        np.empty((STACK + 1, 6)),
        np.empty(FIELDS),
        np.empty((types, FIELDS)),
        np.empty(subs),
        np.empty((3, niches)),
    )
