"""Here: short ways for tests to run the engine `branching`, and to compare samples of counts.

Not here: the independent simulation it is compared with (see ``ssa``).
"""

import numpy as np
from scipy import stats

from countermove.engines.branching import Branching
from countermove.engines.contract import Founding
from countermove.model import CompiledModel, compile_model
from countermove.scenario import loads
from support.given_levels import GivenLevels

NOWHERE = (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))


def compiled(tumor: str, *sections: str) -> CompiledModel:
    """Compile a scenario from its tumor, in flow style, and further sections of YAML."""
    start = "countermove: 1\nname: test\n"
    rest = "\ntreatment: {policy: none}\nfollow_up: 1000 days\n"
    return compile_model(loads(start + f"tumor: {{{tumor}}}\n" + "\n".join(sections) + rest))


def given(cells, patients: int) -> Founding:
    """Patients who start with the same counts per type."""
    counts = np.tile(np.asarray(cells, dtype=float), (patients, 1))
    return Founding(np.zeros(patients, np.int64), np.ones(patients), counts, NOWHERE)


def grown(size: float, patients: int, founder: int = 0) -> Founding:
    """Patients whose tumors grow from one cell to a size."""
    founders = np.full(patients, founder, dtype=np.int64)
    return Founding(founders, np.full(patients, float(size)), None, NOWHERE)


def exposure(edges, levels, *, treated: bool = True) -> GivenLevels:
    """Levels (pieces, drugs) between the given days; the levels are their own peaks."""
    table = np.asarray(levels, dtype=float).reshape(len(edges) - 1, -1)
    return GivenLevels(np.asarray(edges, dtype=float), table, treated)


def counts_over_time(model, founding, course: GivenLevels, times, *, seed: int, leap: float = 30.0):
    """(patients, times, types) counts of the engine, advanced from each time to the next."""
    engine = Branching(model, longest_leap=leap)
    population = engine.start(founding, seed=seed, first=0)
    everyone = np.arange(len(population.cells))
    seen, before = [], float(course.edges[0])
    for time in times:
        engine.advance(population, course.between(before, float(time)).of(model), everyone)
        seen.append(population.cells.copy())
        before = float(time)
    return np.stack(seen, axis=1)


def same_counts(one: np.ndarray, other: np.ndarray) -> float:
    """p-value that two samples of counts share a law: the smallest of four tests, Bonferroni."""
    if max(one.std(), other.std()) == 0.0:
        return float(one[0] == other[0])
    pooled = np.concatenate([one, other])
    edges = np.unique(np.quantile(pooled, np.linspace(0, 1, 21)[1:-1]))
    table = np.array([np.bincount(np.searchsorted(edges, s), minlength=edges.size + 1)
                      for s in (one, other)])  # fmt: skip
    table = table[:, table.sum(axis=0) > 0]
    values = [
        stats.ks_2samp(one, other, method="asymp").pvalue,
        stats.ttest_ind(one, other, equal_var=False).pvalue,
        2.0 * stats.norm.sf(abs(_spread_score(one, other))),
        stats.chi2_contingency(table).pvalue if table.shape[1] > 1 else 1.0,
    ]
    return min(1.0, len(values) * float(np.nanmin(values)))


def _spread_score(one: np.ndarray, other: np.ndarray) -> float:
    """Standard score of the difference of log standard deviations, by fourth moments."""

    def log_sd(sample: np.ndarray) -> tuple[float, float]:
        centered = sample - sample.mean()
        variance = float((centered**2).mean())
        if variance == 0.0:
            return -np.inf, 0.0
        excess = float((centered**4).mean()) / variance**2 - 1.0
        return 0.5 * np.log(variance), excess / (4.0 * sample.size)

    (a, va), (b, vb) = log_sd(one), log_sd(other)
    if not np.isfinite(a - b):
        return 0.0  # rare counts: the other tests judge
    return (a - b) / np.sqrt(max(va + vb, 1e-300))


def same_course(one: np.ndarray, other: np.ndarray) -> float:
    """p-value over all times and types, and their total, of (patients, times, types) counts."""
    columns = [np.concatenate([s, s.sum(axis=2, keepdims=True)], axis=2) for s in (one, other)]
    flat = [s.reshape(len(s), -1).astype(float) for s in columns]
    values = [same_counts(a, b) for a, b in zip(flat[0].T, flat[1].T, strict=True)]
    return min(1.0, len(values) * min(values))
