"""One leap of one patient: moves, birth and death, mutation, each an exact flow.

Here: the splitting of ``model.md`` 6a. Not here: how long a leap may be (``branching.plan``), few
cells (``kernels.events``), growth to a size (``kernels.growing``).

A patient's cells stand in rows ``lineage * subs + sub``. Without recording, lineages are the variants
of the model; with it, every mutation opens a lineage of its own. ``variant[lineage]`` tells which
types its rows are.

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
    MUTATING,
    PATH,
    descend,
    fill_flow,
    growth_integral,
)
from countermove.engines.kernels.crowding import ON_BIRTH, crowd, crowding_factor
from countermove.engines.kernels.draws import binomial, exponential, poisson, uniform
from countermove.foundation.jit import jit

ONE_BY_ONE = 24.0  # mutants in a leap up to which each gets its own birth time
NODES = np.array([0.06943184420297371, 0.33000947820757187, 0.6699905217924281, 0.930568155797026])
WEIGHTS = np.array(
    [0.17392742256872693, 0.3260725774312731, 0.3260725774312731, 0.17392742256872693]
)
STACK = 2048
RECORDING, LINEAGES, CAPACITY, SUBS, OVERFLOW = range(5)
KIND, START, BEGIN, END, COUNT, LINEAGE = range(6)


@jit
def crowded_factors(cells, lineages, variant, subs, rates, time, growth):
    """Crowding factor of each niche at its expected population half-way through the leap.

    ``rates`` is (birth, death) per type; ``growth`` is (niche of sub, law, capacity, numbers). The
    midpoint follows from the mean growth now, so the factor is right to second order in the leap.
    """
    birth, death = rates
    niche, law, capacity, numbers = growth
    now = np.zeros(law.size)
    for row in range(lineages * subs):
        now[niche[row % subs]] += cells[row]
    factor = np.empty(law.size)
    for n in range(law.size):
        factor[n] = crowding_factor(now[n], law[n], capacity[n], numbers)
    change = np.zeros(law.size)
    for lineage in range(lineages):
        for sub in range(subs):
            count = cells[lineage * subs + sub]
            if count > 0.0:
                kind = variant[lineage] * subs + sub
                b, d = crowd(birth[kind], death[kind], factor[niche[sub]], numbers)
                change[niche[sub]] += count * (b - d)
    for n in range(law.size):
        if now[n] > 0.0:
            middle = now[n] * math.exp(0.5 * time * change[n] / now[n])
            factor[n] = crowding_factor(middle, law[n], capacity[n], numbers)
    return factor


@jit
def fill_crowded_flows(flows, factor, rates, mutating, time, growth, subs):
    """Flows of every type under the crowding factors of its niche."""
    birth, death = rates
    niche, numbers = growth[0], growth[3]
    for kind in range(birth.size):
        b, d = crowd(birth[kind], death[kind], factor[niche[kind % subs]], numbers)
        fill_flow(flows[kind], b, d, mutating[kind], time)


@jit
def move(state, cells, lineages, variant, subs, chance):
    """Redistribute cells within each lineage by transition matrices ``chance`` (variants, s, s)."""
    moved = np.empty(subs)
    for lineage in range(lineages):
        first = lineage * subs
        table = chance[variant[lineage]]
        moved[:] = 0.0
        busy = False
        for sub in range(subs):
            left = cells[first + sub]
            if left == 0.0:
                continue
            busy = True
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
        if busy:
            for sub in range(subs):
                cells[first + sub] = moved[sub]


@jit
def _birth_time(state, begin, end, rate, length):
    """Time of a mutation within ``length``, its density the mean path from ``begin`` to ``end``."""
    whole = growth_integral(rate, length)
    top = max(begin, end)
    while True:
        s = uniform(state) * length
        if uniform(state) * top <= begin + (end - begin) * growth_integral(rate, s) / whole:
            return s


@jit
def _pick_edge(state, first, last, chance):
    """Draw one of the mutation edges ``first`` to ``last - 1``, by their probability."""
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
def _found(state, clock, mutants, child, born, lineage, flows, arrivals, work, depth, time):
    """Advance new mutants to the end of the leap; push them when they mutate again themselves."""
    stack, scratch = work
    rest = time - born
    flow = scratch
    fill_flow(flow, flows[child, BIRTH], flows[child, DEATH], flows[child, MUTATING], rest)
    after = descend(state, mutants, flow)
    load = flow[HAZARD] * (mutants * rest + (after - mutants) * flow[PATH])
    if load < clock[0]:
        clock[0] -= load
        return after, depth
    if depth < STACK:
        stack[depth, KIND] = child
        stack[depth, START] = born
        stack[depth, BEGIN] = mutants
        stack[depth, END] = after
        stack[depth, COUNT] = _count(state, clock, load)
        stack[depth, LINEAGE] = lineage
    return after, depth + 1


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
def mutate(state, clock, flows, edges, chance, time, now, arrivals, book, log, work):
    """Draw the mutants of the batches on the stack (the first one is there), and theirs in turn."""
    edge_start, edge_target = edges
    stack = work[0]
    subs = book[SUBS]
    depth = 1
    while depth > 0:
        depth -= 1
        kind = np.int64(stack[depth, KIND])
        start, begin, end = stack[depth, START], stack[depth, BEGIN], stack[depth, END]
        parent = np.int64(stack[depth, LINEAGE])
        count = stack[depth, COUNT]
        first, last = edge_start[kind], edge_start[kind + 1]
        rate, length = flows[kind, GROWTH], time - start
        if count <= ONE_BY_ONE or book[RECORDING] == 1:
            for _ in range(np.int64(count)):
                child = edge_target[_pick_edge(state, first, last, chance)]
                born = start + _birth_time(state, begin, end, rate, length)
                row = open_lineage(book, log, child, parent, now + born)
                after, depth = _found(
                    state, clock, 1.0, child, born, row // subs, flows, arrivals, work, depth, time
                )
                arrivals[row] += after
        else:
            whole = growth_integral(rate, length)
            total = 0.0
            for e in range(first, last):
                total += chance[e]
            norm = 0.0
            for node in range(NODES.size):
                path = begin + (end - begin) * growth_integral(rate, NODES[node] * length) / whole
                norm += WEIGHTS[node] * path
            left, share = count, 1.0
            for e in range(first, last):
                for node in range(NODES.size):
                    path = (
                        begin + (end - begin) * growth_integral(rate, NODES[node] * length) / whole
                    )
                    p = chance[e] / total * WEIGHTS[node] * path / norm
                    ends = e == last - 1 and node == NODES.size - 1
                    mutants = left if ends else binomial(state, left, min(1.0, p / share))
                    left -= mutants
                    share = max(share - p, 1e-300)
                    if mutants > 0.0:
                        child = edge_target[e]
                        born = start + NODES[node] * length
                        after, depth = _found(
                            state,
                            clock,
                            mutants,
                            child,
                            born,
                            child // subs,
                            flows,
                            arrivals,
                            work,
                            depth,
                            time,
                        )
                        arrivals[child] += after
        if depth > STACK:
            book[OVERFLOW] = 2
            depth = STACK


@jit
def leap(state, clock, cells, arrivals, variant, flows, edges, chance, time, now, book, log, work):
    """Birth, death and mutation of all cells of one patient over one leap."""
    subs, lineages = book[SUBS], book[LINEAGES]
    stack = work[0]
    mutated = False
    for lineage in range(lineages):
        for sub in range(subs):
            row = lineage * subs + sub
            before = cells[row]
            if before == 0.0:
                continue
            kind = variant[lineage] * subs + sub
            flow = flows[kind]
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
            mutate(state, clock, flows, edges, chance, time, now, arrivals, book, log, work)
    if mutated:
        for row in range(book[LINEAGES] * subs):
            cells[row] += arrivals[row]
            arrivals[row] = 0.0


@jit
def workspace():
    """Return scratch space that `leap` needs: (stack, one flow)."""
    return np.empty((STACK + 1, 6)), np.empty(FIELDS)
