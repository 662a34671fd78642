r"""One step of Dormand and Prince's 5(4) pair for mean trajectories, several tumors side by side.

Here: the right-hand side with crowding, one step, and how long the next one is. Not here: the walk
over pieces of constant rates (``kernels.lanes``), how rates become arrays
(``mean_field.system``), stiff systems (``mean_field.stiff``).

Arrays are (types, lanes): a lane is a tumor with rates, a time and a step of its own, so that loops
run over lanes in vector registers while no tumor's result depends on who sits beside it.

With the crowding factor :math:`\phi` of a type's crowd (the cells of its niche, or all types as
they weigh on it where each is crowded apart),

.. math:: \dot n_k = (c_k + \gamma_k\phi_k)\,n_k + \sum_{l \to k} (c_{lk} + \gamma_{lk}\phi_l)\,n_l
          = \rho_k n_k + i_k

Each step is taken on :math:`y_k = n_k e^{-\lambda_k\tau}` with :math:`\lambda_k` the net rate
:math:`\rho_k` at its beginning (Lawson 1967, doi:10.1137/0704033): growth and decay at constant
rates are exact, and the step only has to resolve how crowding moves and what flows in.

Step control: Hairer, Norsett and Wanner, Solving Ordinary Differential Equations I (1993), II.4,
with the largest scaled error over types.
"""

import math
from typing import NamedTuple

import numpy as np

from countermove.engines.kernels.crowding import (
    LOGISTIC,
    ON_BIRTH,
    crowding_factor,
    least_factor,
)
from countermove.foundation.arrays import Floats, Ints
from countermove.foundation.jit import jit_leaf

LANES = 32
WEIGHTS = np.array(
    [
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0, 0.0],
        [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84, 0.0],
        [71 / 57600, 0.0, -71 / 16695, 71 / 1920, -17253 / 339200, 22 / 525, -1 / 40],
    ]
)
"""Rows 1 to 6: the stages, the last of them the new value; row 7: fifth less fourth order."""
NET, RATE, INFLOW, SCALED, NEW, POWERS, INVERSES, SLOTS = 7, 8, 9, 10, 11, 12, 17, 22
# slots: seven slopes of y (the first is the inflow at the step's beginning); net rates then; net
# rates, inflow, y and n of a stage; exp(c lambda h) for c = 1/5, 3/10, 4/5, 8/9, 1; their inverses
PATIENCE = 64  # steps within one piece before their number is looked at
MANY_STEPS = 50_000.0  # steps still ahead beyond which an implicit solver is cheaper
MOST = 1e200  # cells
STEEPEST = 200.0  # largest |lambda| times step, so that no exponential overflows


class Local(NamedTuple):
    """The rates that each lane sees now; see the module docstring for how they enter.

    Attributes
    ----------
    crowd : (types,) the crowd that each type feels: its niche, or one of its own
    law : (crowds,) growth law, by the codes of ``kernels.crowding``
    source, target : (edges,) types
    linear : nothing is crowded
    apart : each type has a crowd of its own, in which cells count by ``weight``
    constant, crowded : (types, lanes) 1/day
    fixed, scaled : (edges, lanes) 1/day; constant, and in proportion to the source's crowding
    capacity : (crowds, lanes) cells
    numbers : (lanes, 4) as ``kernels.crowding`` reads them
    weight : (crowds, types, lanes) what a cell counts in a crowd; empty unless ``apart``
    """

    crowd: Ints
    law: Ints
    source: Ints
    target: Ints
    linear: bool
    apart: bool
    constant: Floats
    crowded: Floats
    fixed: Floats
    scaled: Floats
    capacity: Floats
    numbers: Floats
    weight: Floats


class Clock(NamedTuple):
    """Time of each lane; all (lanes,).

    Attributes
    ----------
    length : of the piece it is in, days
    ahead : days from the beginning of that piece to the end of the walk
    now : days since that piece began
    step : days; of a step just judged, 0 where it was refused or none was taken
    pace : longest next step, days; 0 once at the end, -1 where it is stiff
    memory : logarithm of the error of the last good step
    error : of the last step, in units of the tolerance
    tries : steps tried in this piece
    """

    length: Floats
    ahead: Floats
    now: Floats
    step: Floats
    pace: Floats
    memory: Floats
    error: Floats
    tries: Floats


@jit_leaf
def _weigh(cells, weight, phi):
    """Add to each crowd (crowds, lanes) what every cell counts in it."""
    for n in range(phi.shape[0]):
        for k in range(cells.shape[0]):
            for v in range(cells.shape[1]):
                phi[n, v] += weight[n, k, v] * cells[k, v]


@jit_leaf
def _fill_crowds(cells, local, phi):
    """Fill ``phi`` (crowds, lanes) with crowding factors."""
    crowd, law, capacity, numbers = local.crowd, local.law, local.capacity, local.numbers
    lanes = cells.shape[1]
    for n in range(law.size):
        for v in range(lanes):
            phi[n, v] = 1.0 if local.linear else 0.0
    if local.linear:
        return
    if local.apart:
        _weigh(cells, local.weight, phi)
    else:
        for k in range(cells.shape[0]):
            n = crowd[k]
            for v in range(lanes):
                phi[n, v] += cells[k, v]
    for n in range(law.size):
        if law[n] == LOGISTIC:
            for v in range(lanes):
                least = least_factor(numbers[v, ON_BIRTH])
                phi[n, v] = min(1.0, max(least, 1.0 - phi[n, v] / capacity[n, v]))
        else:
            for v in range(lanes):
                phi[n, v] = crowding_factor(phi[n, v], law[n], capacity[n, v], numbers[v])


@jit_leaf
def fill_slopes(rate, inflow, cells, local, phi):
    """Fill net rates and inflow (types, lanes); ``phi`` (crowds, lanes) is room."""
    constant, crowded, fixed, scaled = local.constant, local.crowded, local.fixed, local.scaled
    source, target, crowd = local.source, local.target, local.crowd
    lanes = cells.shape[1]
    _fill_crowds(cells, local, phi)
    for k in range(cells.shape[0]):
        n = crowd[k]
        for v in range(lanes):
            rate[k, v] = constant[k, v] + crowded[k, v] * phi[n, v]
        for v in range(lanes):
            inflow[k, v] = 0.0
    for e in range(source.size):
        k, j, n = source[e], target[e], crowd[source[e]]
        for v in range(lanes):
            inflow[j, v] += (fixed[e, v] + scaled[e, v] * phi[n, v]) * cells[k, v]


@jit_leaf
def _fill_powers(step, work):
    """Fill the exponentials of a step from one per type and lane: c lambda h in ninetieths."""
    lanes = step.size
    unit, back = work[SCALED], work[NEW]
    for k in range(work.shape[1]):
        for v in range(lanes):
            unit[k, v] = math.exp(work[NET, k, v] * step[v] * (1.0 / 90.0))
        for v in range(lanes):
            back[k, v] = 1.0 / unit[k, v]
    for side in range(2):
        base = work[SCALED + side]
        first = POWERS + side * (INVERSES - POWERS)
        one, two, three = work[first], work[first + 1], work[first + 2]
        four, five = work[first + 3], work[first + 4]
        for k in range(work.shape[1]):
            for v in range(lanes):
                x2 = base[k, v] * base[k, v]
                x8 = (x2 * x2) * (x2 * x2)
                x9 = x8 * base[k, v]
                x18 = x9 * x9
                x72 = (x18 * x18) * (x18 * x18)
                one[k, v] = x18
                two[k, v] = x18 * x9
                three[k, v] = x72
                four[k, v] = x72 * x8
                five[k, v] = x72 * x18


@jit_leaf
def _slope(slot, power, local, work, phi):
    """Turn the stage y in ``SCALED`` into cells in ``NEW`` and into a slope of y."""
    scaled, new, grown = work[SCALED], work[NEW], work[POWERS + power]
    rate, inflow, net = work[RATE], work[INFLOW], work[NET]
    shrunk, out = work[INVERSES + power], work[slot]
    lanes = new.shape[1]
    for k in range(new.shape[0]):
        for v in range(lanes):
            new[k, v] = scaled[k, v] * grown[k, v]
    fill_slopes(rate, inflow, new, local, phi)
    for k in range(new.shape[0]):
        for v in range(lanes):
            out[k, v] = (rate[k, v] - net[k, v]) * scaled[k, v] + inflow[k, v] * shrunk[k, v]


@jit_leaf
def _combine(out, step, slot, work):
    """Fill ``out`` with a step along the slopes so far, weighted for a stage."""
    for k in range(out.shape[0]):
        for v in range(step.size):
            out[k, v] = 0.0
        for j in range(slot):
            weight = WEIGHTS[slot, j]
            if weight != 0.0:
                for v in range(step.size):
                    out[k, v] += weight * work[j, k, v]
        for v in range(step.size):
            out[k, v] *= step[v]


@jit_leaf
def _add(out, base):
    """Add ``base`` to ``out``, in place."""
    for k in range(out.shape[0]):
        for v in range(out.shape[1]):
            out[k, v] += base[k, v]


@jit_leaf
def take_stages(cells, local, step, work, phi):
    """Fill slopes 1 to 6, and leave the new y, cells, net rates and inflow in their slots."""
    _fill_powers(step, work)
    for slot in range(1, 7):
        _combine(work[SCALED], step, slot, work)
        _add(work[SCALED], cells)
        _slope(slot, min(slot - 1, 4), local, work, phi)


@jit_leaf
def judge_step(cells, step, tolerance, work, error):
    """Fill ``error`` with the largest scaled error of each lane.

    A new value below zero by more than the tolerance counts as an error of its own size; one below
    zero by less becomes zero. Counts stop at ``MOST``, so that nothing overflows.
    """
    relative, absolute = tolerance
    lanes = step.size
    off, new, grown = work[SCALED], work[NEW], work[POWERS + 4]
    for v in range(lanes):
        error[v] = 0.0
    _combine(off, step, 7, work)
    for k in range(cells.shape[0]):
        for v in range(lanes):
            off[k, v] = max(abs(off[k, v] * grown[k, v]), -new[k, v])
        for v in range(lanes):
            scale = absolute + relative * max(cells[k, v], new[k, v])
            error[v] = max(error[v], off[k, v] / scale)
        for v in range(lanes):
            new[k, v] = min(max(new[k, v], 0.0), MOST)


@jit_leaf
def accept(cells, took, work):
    """Take the new cells, net rates and inflow in the lanes whose step was good, in place."""
    new, net, first, rate, inflow = work[NEW], work[NET], work[0], work[RATE], work[INFLOW]
    for k in range(cells.shape[0]):
        for v in range(took.size):
            cells[k, v] = new[k, v] if took[v] > 0.0 else cells[k, v]
        for v in range(took.size):
            net[k, v] = rate[k, v] if took[v] > 0.0 else net[k, v]
        for v in range(took.size):
            first[k, v] = inflow[k, v] if took[v] > 0.0 else first[k, v]


@jit_leaf
def choose_steps(clock, work):
    """Fill the lanes' next steps, even ones up to the piece's end; whether any is left to take."""
    length, now, pace, step = clock.length, clock.now, clock.pace, clock.step
    pending = False
    for v in range(step.size):
        left = length[v] - now[v]
        if left <= 0.0 or pace[v] <= 0.0:
            step[v] = 0.0
            continue
        pending = True
        steepest = 0.0
        for k in range(work.shape[1]):
            steepest = max(steepest, abs(work[NET, k, v]))
        longest = min(pace[v], STEEPEST / max(steepest, 1e-300))
        if longest >= 0.999 * left:
            step[v] = left
        else:
            step[v] = min(longest, 0.5 * left) if longest > 0.5 * left else longest
    return pending


@jit_leaf
def first_pace(cells, relative, work, clock):
    """Fill a first step for each lane from its fastest relative change among types that matter."""
    for v in range(clock.pace.size):
        fastest, total = 1e-12, 0.0
        for k in range(cells.shape[0]):
            total += cells[k, v]
        for k in range(cells.shape[0]):
            if total > 0.0:
                there = max(cells[k, v], 1e-6 * total)
                fastest = max(fastest, abs(work[NET, k, v]), work[0, k, v] / there)
        clock.pace[v] = 2.0 * relative**0.2 / fastest
        clock.memory[v] = -9.2


@jit_leaf
def keep_time(clock):
    """Move the clocks of good steps on, choose the next pace, and mark who turned out stiff."""
    length, now, pace, step = clock.length, clock.now, clock.pace, clock.step
    memory, error, tries = clock.memory, clock.error, clock.tries
    for v in range(step.size):
        took = step[v]
        if took <= 0.0:
            continue
        tries[v] += 1.0
        log_error = math.log(max(error[v], 1e-12)) if error[v] < 1e300 else 700.0
        if log_error <= 0.0:
            factor = 0.9 * math.exp(0.04 * memory[v] - 0.17 * log_error)
            grown = took * min(8.0, max(0.2, factor))
            pace[v] = max(grown, pace[v]) if took < pace[v] else grown
            memory[v] = max(log_error, -9.2)
            ended = took >= length[v] - now[v]
            now[v] = length[v] if ended else now[v] + took
        else:
            pace[v] = took * max(0.1, 0.9 * math.exp(-0.2 * log_error))
            step[v] = 0.0
        crawls = tries[v] > PATIENCE and (clock.ahead[v] - now[v]) / took > MANY_STEPS
        if (crawls and now[v] < length[v]) or pace[v] < 1e-13 * length[v]:
            pace[v] = -1.0
