"""Speed of mean-field solves (job S4) next to a plain Dopri5 and scipy's LSODA, in one run.

Here: four types, two drugs, logistic growth, 37 segments of 30 days that switch A, off, B, off;
rtol 1e-6; solves a second on one core, compile time excluded, best of several turns taken
alternately; and each solver's largest error against an answer at a tight tolerance. Not here:
whether the engine is right (see ``tests/reference/test_mean_field_published.py``).

Run: ``python -m benchmarks.s4``. The prototype knows these four types by heart and takes one
patient at a time.
"""

import math
import time

import numba
import numpy as np
from scipy.integrate import solve_ivp

from countermove.engines.kernels.lanes import Into, walk
from countermove.engines.mean_field.system import build, exposed_of
from countermove.model import Exposure, compile_model
from countermove.model.arrays import Dosing
from countermove.scenario import loads

PATIENTS, TURNS, RTOL, SEGMENTS, DAYS = 8_000, 7, 1e-6, 37, 30.0
BIRTH, DEATH, KILL, RATE, CAPACITY = 0.14, 0.13, 0.04, 4.2e-8, 2e11
FLOOR = 1e-6  # cells: absolute tolerance is RTOL * FLOOR for every solver
SCENARIO = f"""
countermove: 1
name: two drugs, logistic
tumor:
  birth: {BIRTH}
  death: {DEATH}
  growth: {{law: logistic, capacity: {CAPACITY}, acts_on: birth}}
  diagnosed_at: 1e9 cells
drugs:
  A: {{kill: {KILL}}}
  B: {{kill: {KILL}}}
alterations:
  RA: {{mechanism: target, drug: A, rate: {RATE}}}
  RB: {{mechanism: target, drug: B, rate: {RATE}}}
combine: highest
treatment: {{policy: none}}
follow_up: 3 years
"""
PATTERN = np.array([[1.0, 0.0], [0.0, 0.0], [0.0, 1.0], [0.0, 0.0]])
ON = np.tile(PATTERN, (10, 1))[:SEGMENTS]


@numba.njit(error_model="numpy")
def _plain_slope(y, a, b, out):
    crowd = max(0.0, 1.0 - (y[0] + y[1] + y[2] + y[3]) / CAPACITY)
    birth = BIRTH * crowd
    out[0] = (birth * (1.0 - 2.0 * RATE) - DEATH - KILL * max(a, b)) * y[0]
    out[1] = (birth * (1.0 - RATE) - DEATH - KILL * b) * y[1] + RATE * birth * y[0]
    out[2] = (birth * (1.0 - RATE) - DEATH - KILL * a) * y[2] + RATE * birth * y[0]
    out[3] = (birth - DEATH) * y[3] + RATE * birth * (y[1] + y[2])


@numba.njit(error_model="numpy")
def plain_dopri5(y, on, rtol, atol):
    """Carry one patient over the segments, in place: the textbook method."""
    k = np.empty((7, 4))
    z, new = np.empty(4), np.empty(4)
    h = 1.0
    for segment in range(on.shape[0]):
        a, b = on[segment]
        t = 0.0
        _plain_slope(y, a, b, k[0])
        while t < DAYS:
            last = t + h >= DAYS
            step = DAYS - t if last else h
            for i in range(4):
                z[i] = y[i] + step * 0.2 * k[0, i]
            _plain_slope(z, a, b, k[1])
            for i in range(4):
                z[i] = y[i] + step * (3 / 40 * k[0, i] + 9 / 40 * k[1, i])
            _plain_slope(z, a, b, k[2])
            for i in range(4):
                z[i] = y[i] + step * (44 / 45 * k[0, i] - 56 / 15 * k[1, i] + 32 / 9 * k[2, i])
            _plain_slope(z, a, b, k[3])
            for i in range(4):
                z[i] = y[i] + step * (
                    19372 / 6561 * k[0, i]
                    - 25360 / 2187 * k[1, i]
                    + 64448 / 6561 * k[2, i]
                    - 212 / 729 * k[3, i]
                )
            _plain_slope(z, a, b, k[4])
            for i in range(4):
                z[i] = y[i] + step * (
                    9017 / 3168 * k[0, i]
                    - 355 / 33 * k[1, i]
                    + 46732 / 5247 * k[2, i]
                    + 49 / 176 * k[3, i]
                    - 5103 / 18656 * k[4, i]
                )
            _plain_slope(z, a, b, k[5])
            for i in range(4):
                new[i] = y[i] + step * (
                    35 / 384 * k[0, i]
                    + 500 / 1113 * k[2, i]
                    + 125 / 192 * k[3, i]
                    - 2187 / 6784 * k[4, i]
                    + 11 / 84 * k[5, i]
                )
            _plain_slope(new, a, b, k[6])
            total = 0.0
            for i in range(4):
                off = step * (
                    71 / 57600 * k[0, i]
                    - 71 / 16695 * k[2, i]
                    + 71 / 1920 * k[3, i]
                    - 17253 / 339200 * k[4, i]
                    + 22 / 525 * k[5, i]
                    - k[6, i] / 40
                )
                total += (off / (atol + rtol * max(abs(y[i]), abs(new[i])))) ** 2
            error = math.sqrt(total / 4)
            factor = min(10.0, max(0.2, 0.9 * max(error, 1e-10) ** -0.2))
            if error <= 1.0:
                t = DAYS if last else t + step
                y[:] = new
                k[0] = k[6]
                h = max(h, step * factor) if last else step * factor
            else:
                h = step * factor


@numba.njit(error_model="numpy")
def _plain_all(cells, on, rtol, atol):
    for patient in range(cells.shape[0]):
        plain_dopri5(cells[patient], on, rtol, atol)


def _scipy_slope(_, y, a, b):
    birth = BIRTH * max(0.0, 1.0 - y.sum() / CAPACITY)
    born = RATE * birth * y
    net = np.array(
        [
            birth * (1 - 2 * RATE) - DEATH - KILL * max(a, b),
            birth * (1 - RATE) - DEATH - KILL * b,
            birth * (1 - RATE) - DEATH - KILL * a,
            birth - DEATH,
        ]
    )
    return net * y + np.array([0.0, born[0], born[0], born[1] + born[2]])


def lsoda(cells, rtol, atol):
    """Carry patients over the segments with scipy, in place."""
    for patient in range(cells.shape[0]):
        y = cells[patient]
        for a, b in ON:
            y = solve_ivp(
                _scipy_slope, (0.0, DAYS), y, method="LSODA", args=(a, b), rtol=rtol, atol=atol
            ).y[:, -1]
        cells[patient] = y


def cohort(patients):
    """Patients of different burdens and clones at the start."""
    spread = np.random.default_rng(4).uniform(0.5, 2.0, (patients, 4))
    return spread * np.array([1e9, 800.0, 800.0, 1e-3])


def main():
    """Print solves a second, the ratio of ours to each, and each solver's error."""
    model = compile_model(loads(SCENARIO))
    segment, drug = np.nonzero(ON > 0.0)
    since = segment * DAYS
    dosing = Dosing(drug, since, since + DAYS, np.ones(drug.size))
    exposed = exposed_of(Exposure(0.0, SEGMENTS * DAYS, dosing), np.array([SEGMENTS * DAYS]))
    system = build(model, np.zeros(1, np.int64), exposed, np.zeros((1, ON.shape[1])))

    def ours(cells, rtol, atol):
        room = np.zeros((1, *cells.shape)), np.empty((len(cells), 2))
        walk(cells, np.zeros(len(cells), np.int64), system, (rtol, atol), Into(*room))

    solvers = {
        "countermove": (ours, PATIENTS),
        "plain numba Dopri5": (lambda c, r, a: _plain_all(c, ON, r, a), PATIENTS),
        "scipy LSODA": (lsoda, 8),
    }
    exact = cohort(8)
    ours(exact, 1e-12, 1e-12 * FLOOR)
    error, best = {}, dict.fromkeys(solvers, math.inf)
    for name, (solve, _) in solvers.items():
        cells = cohort(8)
        solve(cells, RTOL, RTOL * FLOOR)
        error[name] = np.abs(cells / exact - 1.0).max()
    for _ in range(TURNS):
        for name, (solve, count) in solvers.items():
            cells = cohort(count)
            begun = time.perf_counter()
            solve(cells, RTOL, RTOL * FLOOR)
            best[name] = min(best[name], (time.perf_counter() - begun) / count)
    print(f"{'S4, one core':22s}{'solves/s':>12s}{'ours / it':>12s}{'error':>12s}")
    for name, took in best.items():
        print(f"{name:22s}{1 / took:12,.0f}{took / best['countermove']:12.2f}{error[name]:12.1e}")


if __name__ == "__main__":
    main()
