"""Here: small made-up ``Runs`` for tests of results and report. Not here: simulation."""

from typing import Any

import numpy as np

from countermove.results import Runs, outcome_table, provenance, trajectory_dataset

START_OF_TREATMENT = 10.0


def document(name: str = "A made-up lesion", **changes: Any) -> dict[str, Any]:
    """A resolved scenario in its long form, as far as results and report look at it."""
    return {
        "countermove": 1,
        "name": name,
        "description": "Numbers made up to test pictures.",
        "sources": ["doi:10.7554/eLife.00747", "pmid:23805382"],
        "tumor": {"birth": "0.14 /day", "death": "0.13 /day", "lethal_at": "1e12 cells"},
        "drugs": {"A": {"kill": "0.04 /day"}, "B": {"kill": "0.04 /day"}},
        "alterations": {
            "resists_A": {"mechanism": "target"},
            "mdr1": {"mechanism": "efflux"},
        },
        "treatment": {
            "policy": "sequential",
            "drugs": [["A"], ["B"]],
            "start": f"{START_OF_TREATMENT:g} days",
        },
        "endpoints": {"response": 0.343, "progression": 1.728, "reference": "nadir"},
        "follow_up": "1090 days",
        "seed": 1,
        **changes,
    }


def made_up_runs(
    patients: int = 60,
    *,
    kept: int | None = None,
    types: int = 4,
    course: str = "relapse",
    treated: bool = True,
    seed: int = 5,
    resolved: dict[str, Any] | None = None,
) -> Runs:
    """Courses with the shape of a response and a relapse.

    Parameters
    ----------
    patients, kept
        Rows of the outcome table, and trajectories kept.
    types
        Number of cell types, one sensitive and the rest resistant.
    course
        ``relapse``; ``cured``: everyone goes extinct; ``stable``: nobody responds or progresses.
    treated
        Whether there are drugs.
    """
    rng = np.random.default_rng(seed)
    kept = patients if kept is None else kept
    time = np.arange(0.0, 1101.0, 14.0)
    since = np.maximum(time - START_OF_TREATMENT, 0.0) if treated else np.zeros(time.size)
    cells = _cells(rng, time, since, shape=(patients, types), course=course)
    on, drugs = _dosing(time, patients, treated)
    genotypes = ["ancestral", "resists_A", "mdr1", "resists_A + mdr1"]
    genotypes += [f"resists_{i}" for i in range(4, types)]
    shown = genotypes[:types]
    dataset = trajectory_dataset(
        cells[:kept],
        on[:kept],
        time=time,
        names={
            "type": shown,
            "genotype": shown,
            "state": ["cycling"] * types,
            "niche": ["bulk"] * types,
            "origin": ["at diagnosis"] * types,
            "drug": drugs,
        },
    )
    scenario = document() if resolved is None else resolved
    return Runs(
        trajectories=dataset,
        table=outcome_table(_outcomes(rng, cells, time, drugs)),
        provenance=provenance(scenario, seed=seed, engine="branching", why_not={"exact": "chance"}),
        document=scenario,
    )


def _cells(rng, time, since, *, shape, course):
    patients, types = shape
    start = 10 ** rng.normal(9.0, 0.3, (patients, 1))
    fall = {"relapse": 0.03, "cured": 0.2, "stable": 0.0001}[course]
    cells = np.zeros((patients, time.size, types))
    cells[:, :, 0] = start * np.exp(-fall * since * rng.uniform(0.8, 1.2, (patients, 1)))
    for k in range(1, types):
        seeds = 10 ** rng.uniform(-3, 3, (patients, 1)) * (course == "relapse")
        cells[:, :, k] = seeds * np.exp(0.02 / k**0.1 * since)
    cells = np.floor(cells)
    return cells


def _dosing(time, patients, treated):
    if not treated:
        return np.zeros((patients, time.size, 0)), []
    on = np.zeros((patients, time.size, 2))
    on[:, (time >= START_OF_TREATMENT) & (time < 500), 0] = 1.0
    on[:, time >= 500, 1] = 1.0
    return on, ["A", "B"]


def _by_scans(progressed, responded, at, to_response, end):
    """Clinical endpoints of a clinic that sees everything at once."""
    none, no = np.full(at.size, np.nan), np.zeros(at.size, dtype=bool)
    best = np.where(responded, "PR", np.where(progressed, "PD", "SD"))
    until = np.fmin(at, end)
    return {
        "best_overall_response": best,
        "confirmed_response": best,
        "disease_control": responded | ~progressed,
        "depth_of_response": np.where(responded, -60.0, 5.0),
        "imaging_time_to_response": to_response,
        "imaging_duration_of_response": np.where(responded, until - to_response, np.nan),
        "imaging_response_ended": responded & progressed,
        "imaging_progressed": progressed,
        "imaging_time_to_progression": at,
        "imaging_progression_free_survival": until,
        "imaging_event": progressed,
        "progression_free_survival_2": np.full(at.size, end),
        "event_2": no,
        "molecular_progressed": no,
        "molecular_time_to_progression": none,
        "molecular_lead": none,
        "time_on_first_line": np.minimum(until, end),
        "time_on_second_line": end - until,
        "time_on_later_lines": np.zeros(at.size),
        "drug_free": np.zeros(at.size),
    }


def _outcomes(rng, cells, time, drugs):
    burden = cells.sum(axis=2)
    first = int(np.searchsorted(time, START_OF_TREATMENT)) - 1
    under, days = burden[:, first:], time[first:] - time[first]
    baseline, lowest = under[:, 0], np.minimum.accumulate(under, axis=1)
    above = (under[:, 1:] >= 1.728 * np.maximum(lowest[:, :-1], 1e6)) & (under[:, 1:] > 0)
    progressed = above.any(axis=1)
    at = np.where(progressed, days[above.argmax(axis=1) + 1], np.nan)
    low = under <= 0.343 * baseline[:, None]
    responded = low.any(axis=1)
    to_response = np.where(responded, days[low.argmax(axis=1)], np.nan)
    nadir = np.where(progressed, lowest[:, -1], lowest.min(axis=1))
    pick = rng.integers(0, 3, baseline.size)

    def words(*options):
        return np.where(progressed, np.array(options, dtype=object)[pick], "")

    return {
        "tumor_age": np.full(baseline.size, 1866.0),
        "baseline": baseline,
        "intrinsic_carrier": np.zeros(baseline.size, dtype=bool),
        "nadir": nadir,
        "best_response": nadir / baseline,
        "responded": responded,
        "time_to_response": to_response,
        "progressed": progressed,
        "time_to_progression": at,
        "progression_free_survival": np.fmin(at, days[-1]),
        "died": np.zeros(baseline.size, dtype=bool),
        "overall_survival": np.full(baseline.size, days[-1]),
        "duration_of_response": np.where(responded, np.fmin(at, days[-1]) - to_response, np.nan),
        "response_ended": responded & progressed,
        "cured": burden[:, -1] == 0,
        "final": burden[:, -1],
        "relapse_genotype": words("resists_A", "mdr1", "ancestral"),
        "relapse_mechanisms": words("target", "efflux", "no alteration"),
        "relapse_origin": words("pre-existing", "arisen under treatment", "pre-existing"),
        "relapse_route": words("direct", "dormant state", "sheltered niche"),
        "resistance": words("acquired", "acquired", "intrinsic"),
        "lesions": np.ones(baseline.size, dtype=int),
        "largest_lesion": baseline,
        "lesions_left": (burden[:, -1] > 0).astype(int),
        "new_lesions": np.zeros(baseline.size, dtype=int),
        "relapse_lesion": np.where(progressed, "1", ""),
        **_by_scans(progressed, responded, at, to_response, days[-1]),
        "eligible": np.ones(baseline.size, dtype=bool),
        "lines": np.full(baseline.size, 2 if drugs else 0),
        **{f"dose_{drug}": np.full(baseline.size, 500.0) for drug in drugs},
    }
