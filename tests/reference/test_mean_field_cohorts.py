"""Here: cohorts of patients who differ, in the engine ``mean_field``: each as alone, bit for bit,
and as equations written independently.

Not here: one patient of it (``unit/test_mean_field``), other engines
(``test_patients_who_differ``).
"""

from functools import cache

import numpy as np
import pytest
from scipy.integrate import solve_ivp

import countermove as cm
from countermove.engines.mean_field import carrying, engine
from countermove.simulation.request import differs
from support.cohorts import same_bits, words

# how often visits come is not what these tests are about
pytestmark = pytest.mark.filterwarnings("ignore:monitoring.imaging.every")

CROWDED = """
countermove: 1
name: Crowded, and dosed
tumor: {birth: 0.2 /day, death: 0.12 /day, diagnosed_at: 1e8 cells,
        growth: {law: logistic, capacity: 1e10 cells, acts_on: birth}}
drugs:
  A:
    kill: 0.2 /day
    ec50: 1 uM
    levels: {kind: one_compartment, dose: 300 mg, every: 1 day, clearance: 50 L/day, volume: 100 L,
             molar_mass: 400, absorption: 3 /day}
alterations: {a: {mechanism: target, drug: A, rate: 1e-6, fold: 50, cost: 0.05}}
treatment: {policy: adaptive, drugs: A, stop_below: 0.5}
niches: {brain: {penetration: 0.2, exchange: 0.003, back: 0.01, capacity: 1e9}}
lesions: {number: {uniform: [1, 3]}, size: {loguniform: [1e6, 1e8]}}
endpoints: {criterion: baseline}
follow_up: 400 days
patients:
  number: 37
  vary:
    drugs.A.levels.clearance: {lognormal_cv: 0.3}
    drugs.A.kill: {lognormal_cv: 0.3}
    alterations.a.rate: {lognormal_cv: 0.3}
    tumor.birth: {lognormal_cv: 0.02}
    tumor.growth.capacity: {lognormal_cv: 0.5}
"""
LOGISTIC = """
countermove: 1
name: Two types under a steady drug
tumor: {birth: 0.14 /day, death: 0.1 /day, start: {cells: 1e9 cells},
        growth: {law: logistic, capacity: 1e10 cells, acts_on: birth}}
drugs: {A: {kill: 0.08}}
alterations: {R: {mechanism: target, drug: A, rate: 1e-5, cost: 0.1}}
treatment: {policy: continuous, drugs: A}
follow_up: 320 days
patients:
  number: 40
  vary:
    drugs.A.kill: {lognormal_cv: 0.3}
    tumor.birth: {lognormal_cv: 0.05}
    tumor.growth.capacity: {lognormal_cv: 0.5}
    alterations.R.rate: {loguniform: [1e-7, 1e-4]}
"""
SWITCHING = """
countermove: 1
name: Switching, slow in some and fast in others
tumor: {birth: 0.1 /day, death: 0.02 /day, start: {cells: 1000 cells}, lethal_at: 1e14 cells,
        growth: {law: logistic, capacity: 1e9 cells, acts_on: birth}}
states: {asleep: {enter: 1e-2 /day, leave: 3e-2 /day, birth: 0, death: 1}}
treatment: {policy: none}
follow_up: 30 days
patients:
  number: 20
  vary:
    states.asleep.enter: {discrete: {values: [0.01, 0.02, 1e4, 2e4]}}
    states.asleep.leave: {discrete: {values: [0.03, 0.05, 3e4]}}
"""


def run(text, **settings):
    return cm.simulate(cm.loads(text), engine="mean_field", progress=False, **settings)


@cache
def together(text, patients):
    """Computed once for all ways to cut the cohort."""
    return run(text, chunk=1000, patients=patients)


@pytest.mark.parametrize("text", [CROWDED, CROWDED[: CROWDED.index("  vary")], LOGISTIC, SWITCHING])
@pytest.mark.parametrize("settings", [{"chunk": 1}, {"chunk": 7, "threads": 2}])
def test_a_patient_has_the_same_bits_alone_and_in_any_chunk(text, settings):
    patients = 9  # chunks of seven and two
    assert same_bits(together(text, patients), run(text, patients=patients, **settings))


@pytest.mark.parametrize("text", [CROWDED, CROWDED[: CROWDED.index("  vary")]])
def test_patients_carried_together_do_not_matter(text, monkeypatch):
    whole = run(text, patients=13)
    monkeypatch.setattr(engine, "GROUP", 3)
    assert same_bits(whole, run(text, patients=13))


def test_recorded_days_do_not_matter():
    few = {"patients": 13}
    assert words(run(CROWDED, every=3.7, **few).table).equals(words(run(CROWDED, **few).table))


def slope(_, n, birth, kill, room, rate, crowds=True):
    crowd = max(0.0, 1.0 - n.sum() / room) if crowds else 1.0
    born = crowd * birth * np.array([1.0, 0.9])
    return [
        (born[0] * (1.0 - rate) - 0.1 - kill) * n[0],
        (born[1] - 0.1) * n[1] + born[0] * rate * n[0],
    ]


def gaps(**more):
    """Largest relative difference of each patient to equations written independently."""
    runs = run(LOGISTIC, origins=False, every=16.0)  # on whole days, which are looked at
    table, courses = runs.outcomes(), runs.trajectories
    days, found = courses["time"].to_numpy(), courses["cells"].to_numpy()
    worst = []
    for patient, row in table.iterrows():
        numbers = (
            row["tumor.birth"],
            row["drugs.A.kill"],
            row["tumor.growth.capacity"],
            row["alterations.R.rate"],
        )
        exact = solve_ivp(
            lambda t, n, own=numbers: slope(t, n, *own, **more),
            (0.0, days[-1]),
            found[patient, 0],
            method="DOP853",
            t_eval=days,
            rtol=1e-12,
            atol=1e-8,
        ).y.T
        worst.append(np.abs(found[patient] / np.maximum(exact, 1e-9) - 1.0)[1:].max())
    return np.array(worst)


def test_each_patient_follows_equations_written_independently():
    assert gaps().max() < 1e-6


def test_the_check_above_would_notice_crowding_left_out():
    assert gaps(crowds=False).min() > 1e-3


def test_only_the_stiff_patients_of_a_cohort_go_to_an_implicit_method(monkeypatch):
    asked = []

    def spy(cells, system, owner, place, tolerance):
        asked.append(owner)
        return inner(cells, system, owner, place, tolerance)

    inner = carrying.integrate
    monkeypatch.setattr(carrying, "integrate", spy)
    runs = run(SWITCHING, patients=9)
    table, cells = runs.outcomes(), runs.trajectories["cells"].to_numpy()
    enter, leave = (table[f"states.asleep.{name}"].to_numpy() for name in ("enter", "leave"))
    stiff = np.maximum(enter, leave) > 1e3
    assert 0 < stiff.sum() < 9
    assert set(asked) == set(np.flatnonzero(stiff))
    for patient in range(9):
        own = (enter[patient], leave[patient])

        def switching(_, n, own=own):
            crowd = max(0.0, 1.0 - n.sum() / 1e9)
            flow = own[0] * n[0] - own[1] * n[1]
            return [(0.1 * crowd - 0.02) * n[0] - flow, flow - 0.02 * n[1]]

        exact = solve_ivp(
            switching, (0.0, 30.0), cells[patient, 0], method="Radau", rtol=1e-10, atol=1e-9
        ).y[:, -1]
        assert cells[patient, -1] == pytest.approx(exact, rel=1e-6)


PLAIN = """
countermove: 1
name: Who differs
tumor: {birth: 0.14 /day, death: 0.13 /day, diagnosed_at: 1e8 cells}
drugs: {A: {kill: 0.05 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-7}}
treatment: {policy: continuous, drugs: A}
follow_up: 100 days
patients: {number: 6COVARIATES}
"""
STARTED = PLAIN.replace("diagnosed_at: 1e8 cells", "start: {cells: 1e8 cells}")
AGE = PLAIN.replace("COVARIATES", ", covariates: {age: {normal: [65, 9]}}")


@pytest.mark.parametrize(
    ("text", "rows", "different"),
    [
        (PLAIN, 1, 1),
        (PLAIN + "lesions: 3\n", 1, 1),
        (PLAIN + "lesions: {number: {discrete: {values: [2]}}}\n", 1, 1),
        (PLAIN + "lesions: [{size: 1e7 cells}, {size: 1e6 cells}]\n", 1, 1),
        (STARTED + "lesions: {number: 1, size: {loguniform: [1e5, 1e7]}}\n", 1, 1),
        (PLAIN + "intrinsic: {alteration: r, share_of_patients: 1}\n", 1, 1),
        (PLAIN + "intrinsic: {alteration: r, share_of_patients: 0}\n", 1, 1),
        (PLAIN + "lesions: {number: {uniform: [1, 4]}}\n", 6, 2),
        (PLAIN + "lesions: {number: {poisson: 3}}\n", 6, 2),
        (PLAIN + "lesions: {size: {loguniform: [1e5, 1e7]}}\n", 6, 6),
        (PLAIN + "intrinsic: {alteration: r, share_of_patients: 0.5}\n", 6, 2),
        (AGE, 6, 1),
    ],
)
def test_patients_who_differ_have_a_row_each_and_those_who_do_not_one_row(text, rows, different):
    text = text.replace("COVARIATES", "")
    table = run(text).outcomes()
    assert len(table) == rows
    assert differs(cm.loads(text)) == (rows > 1)
    if different < rows:
        assert different <= table["final"].nunique() < max(rows, 2)
    else:
        assert table["final"].nunique() == different


def test_a_covariate_stands_in_the_rows_of_the_mean_course():
    assert run(AGE).outcomes()["age"].nunique() == 6
