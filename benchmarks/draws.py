"""Speed of our draws next to numba's Generator(PCG64), in one run.

Here: millions of draws a second on one core, compile time excluded, best of several turns taken
alternately. Not here: whether the draws are right (see ``tests/statistical/test_draws.py``).

Run: ``python benchmarks/draws.py``. Parameters are read from an array at each draw, as an engine
does, so no setup can be moved out of the loop.
"""

import time
from collections.abc import Callable

import numba
import numpy as np

from countermove.engines.kernels import draws
from countermove.foundation.streams import patient_streams

DRAWS = 1_000_000
TURNS = 7


@numba.njit
def _sum0(draw, state, a):
    total = 0.0
    for _ in a:
        total += draw(state)
    return total


@numba.njit
def _sum1(draw, state, a):
    total = 0.0
    for x in a:
        total += draw(state, x)
    return total


@numba.njit
def _sum2(draw, state, a, b):
    total = 0.0
    for i in range(a.size):
        total += draw(state, a[i], b[i])
    return total


def looped(draw: Callable, parameters: int) -> Callable:
    """Compile a loop that adds up one draw for each row of the columns a and b."""
    if parameters == 0:
        return numba.njit(lambda source, a, b: _sum0(draw, source, a))
    if parameters == 1:
        return numba.njit(lambda source, a, b: _sum1(draw, source, a))
    return numba.njit(lambda source, a, b: _sum2(draw, source, a, b))


_normal = numba.njit(lambda g: g.standard_normal())
_uniform = numba.njit(lambda g: g.random())
_exponential = numba.njit(lambda g: g.standard_exponential())
_poisson = numba.njit(lambda g, mean: g.poisson(mean))
_binomial = numba.njit(lambda g, n, p: g.binomial(np.int64(n), p))
_gamma = numba.njit(lambda g, shape: g.standard_gamma(shape))
_negative_binomial = numba.njit(lambda g, n, p: g.negative_binomial(np.int64(n), p))

JOBS = [
    ("uniform", draws.uniform, _uniform, ()),
    ("normal", draws.normal, _normal, ()),
    ("exponential", draws.exponential, _exponential, ()),
    ("gamma(0.5)", draws.gamma, _gamma, (0.5,)),
    ("gamma(3)", draws.gamma, _gamma, (3.0,)),
    ("poisson(0.01)", draws.poisson, _poisson, (0.01,)),
    ("poisson(1)", draws.poisson, _poisson, (1.0,)),
    ("poisson(9)", draws.poisson, _poisson, (9.0,)),
    ("poisson(1000)", draws.poisson, _poisson, (1000.0,)),
    ("poisson(1e6)", draws.poisson, _poisson, (1e6,)),
    ("binomial(100, .05)", draws.binomial, _binomial, (100.0, 0.05)),
    ("binomial(1000, .3)", draws.binomial, _binomial, (1000.0, 0.3)),
    ("binomial(1e6, .13)", draws.binomial, _binomial, (1e6, 0.13)),
    ("negative_binomial(5, .1)", draws.negative_binomial, _negative_binomial, (5.0, 0.1)),
]


def rate(loop: Callable, source: object, columns: list[np.ndarray]) -> float:
    """Millions of draws a second of CPU time in one turn."""
    begin = time.process_time()
    loop(source, *columns)
    return DRAWS / (time.process_time() - begin) / 1e6


def main() -> None:
    """Print the table."""
    state = patient_streams(1, 0, 1, 0)[0]
    generator = np.random.Generator(np.random.PCG64(1))
    print(f"{'M draws/s/core':<26}{'ours':>8}{'numba':>8}{'ratio':>8}")
    for name, own, other, values in JOBS:
        columns = [np.full(DRAWS, v) for v in (*values, 1.0, 1.0)[:2]]
        ours, peer = looped(own, len(values)), looped(other, len(values))
        rate(ours, state, columns), rate(peer, generator, columns)
        pairs = [(rate(ours, state, columns), rate(peer, generator, columns)) for _ in range(TURNS)]
        fast, slow = (max(column) for column in zip(*pairs, strict=True))
        print(f"{name:<26}{fast:>8.0f}{slow:>8.0f}{fast / slow:>8.2f}")


if __name__ == "__main__":
    main()
