"""Here: compiled levels against the courses, and averages over time against adaptive quadrature.

Not here: the closed forms of levels (``test_pharmacokinetics``), rates at given levels
(``test_dose_response``).
"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, quad_vec

from countermove.foundation.jit import jit
from countermove.model import (
    Dosing,
    Into,
    Stretch,
    average_rates,
    compile_model,
    drug_levels_of,
    patient_of,
    with_origins,
    workspace,
)
from countermove.model.arrays import levels_of, rate_arrays
from countermove.model.averages import GONE
from countermove.model.level_kernels import level_of
from support.small_scenarios import scenario

INF = np.inf


@jit
def level_at(levels, patient, drug, since, until):
    return level_of(levels_of(levels, patient), drug, since, until)


LEVELS = {
    "constant": "3",
    "pulsed": "{kind: pulsed, level: 4, on: 1.5, off: 5.5}",
    "bolus": "{kind: one_compartment, dose: 4, every: 1, half_life: 1}",
    "absorbed": "{kind: one_compartment, dose: 4, every: 0.5, half_life: 2.4, absorption: 4.5}",
    "fast": "{kind: one_compartment, dose: 90, every: 7, half_life: 0.2, absorption: 30}",
    "two": "{kind: two_compartment, dose: 20, every: 21, clearance: 5, volume: 2,"
    " peripheral_volume: 20, intercompartmental: 8}",
    "two absorbed": "{kind: two_compartment, dose: 20, every: 3, clearance: 5, volume: 2,"
    " peripheral_volume: 6, intercompartmental: 2, absorption: 6}",
    "table": "{kind: table, times: [0, 2, 3, 30], levels: [0, 5, 1, 2]}",
}


def own_scenario(*levels: str, hill: float = 1.7):
    drugs = ", ".join(
        f"d{i}: {{kill: {0.3 - 0.1 * i}, stop: {0.4 * i}, hill: {hill}, levels: {LEVELS[name]}}}"
        for i, name in enumerate(levels)
    )
    return scenario(
        f"drugs: {{{drugs}}}",
        "alterations: {r: {mechanism: target, drug: d0, fold: 20, rate: 1e-4, cost: 0.1}}",
        "states: {p: {enter: 0.01, enter_under: {d0: 0.1}, leave: 0.2, held_by: {d0: 0.7},"
        " birth: 0.3, protection: 0.9}}",
    )


def dosing(*stretches: tuple[int, float, float, float]) -> Dosing:
    drug, since, until, multiple = np.array(stretches, dtype=float).reshape(-1, 4).T
    return Dosing(drug.astype(np.int64), since.copy(), until.copy(), multiple.copy())


class Averager:
    """The kernel with its arrays; ``peak`` goes on rising."""

    def __init__(self, model) -> None:
        self.model, self.peak = model, np.zeros(len(model.drugs))
        self.mean = rate_arrays(model.structure.layout)
        self.work = workspace(model.arrays)

    def __call__(self, given: Dosing, begin: float, end: float, *, patient=0, treated=True):
        into = Into(self.mean, self.peak, self.work)
        stretch = Stretch(float(begin), float(end), treated)
        average_rates(patient_of(self.model.arrays, patient), given, stretch, into)
        return np.concatenate([np.copy(a) for a in self.mean])


def levels_on(own, given: Dosing, time: float) -> np.ndarray:
    """(drugs,) the levels of all stretches at one time, from the courses."""
    found = np.zeros(len(own.drugs))
    courses = [drug_levels_of(drug) for drug in own.drugs.values()]
    for drug, since, until, multiple in zip(*given, strict=True):
        past = time - until if np.isfinite(until) else -1.0
        found[drug] += multiple * courses[drug].level(np.array(time - since), np.array(past))
    found[found < GONE] = 0.0
    return found


def expected(own, given: Dosing, begin: float, end: float) -> np.ndarray:
    """The same averages by adaptive quadrature between all times at which any level jumps."""
    model = compile_model(own)
    marks = {begin, end, *given.since, *given.until}
    for drug, since in zip(given.drug, given.since, strict=True):
        course = drug_levels_of(list(own.drugs.values())[drug])
        marks |= {since + t for t in course.breaks(0.0, end - since, INF)}

    def rates(time: float) -> np.ndarray:
        found = model.rates(levels_on(own, given, time))
        return np.concatenate([found.birth, found.death, found.cycle, found.mutation, found.moves])

    inside = sorted(t for t in marks if begin <= t <= end)
    parts = [
        quad_vec(rates, a + 1e-9, b - 1e-9, epsrel=1e-8, epsabs=1e-10)[0]
        for a, b in pairwise(inside)
        if b - a > 1e-8
    ]
    return np.sum(parts, axis=0) / (end - begin)


@pytest.mark.parametrize("name", LEVELS)
@pytest.mark.parametrize("stop", [INF, 9.3])
def test_compiled_levels_are_those_of_the_course(name, stop):
    own = scenario(f"drugs: {{A: {{kill: 1, levels: {LEVELS[name]}}}}}")
    levels, course = compile_model(own).levels, drug_levels_of(own.drugs["A"])
    days = np.sort(np.r_[np.random.default_rng(0).uniform(-1, 90, 400), 0.0, 7.0, 9.3, 21.0, 30.0])
    past = days - stop if np.isfinite(stop) else np.full(days.shape, -1.0)
    found = [level_at(levels, 0, 0, a, b) for a, b in zip(days, past, strict=True)]
    assert found == pytest.approx(course.level(days, past), rel=1e-12, abs=0.0)


def test_levels_of_each_patient_are_those_of_its_own_course():
    own = scenario(f"drugs: {{A: {{kill: 1, levels: {LEVELS['absorbed']}}}}}")
    half_lives = np.array([0.3, 2.4, 30.0])
    cohort = compile_model(own, {"drugs.A.levels.half_life": half_lives})
    for patient, half_life in enumerate(half_lives):
        drug = own.drugs["A"]
        other = drug.levels.model_copy(update={"half_life": half_life})
        course = drug_levels_of(drug.model_copy(update={"levels": other}))
        for day in (0.0, 0.7, 40.2):
            found = level_at(cohort.levels, patient, 0, day, -1.0)
            assert found == pytest.approx(float(course.level(np.array(day), np.array(-1.0))), 1e-12)


CASES = {
    "constant": (["constant"], [(0, 0, INF, 1)], 0, 50),
    "pulses": (["pulsed"], [(0, 0, INF, 1)], 3.3, 47.7),
    "bolus from the start": (["bolus"], [(0, 0, INF, 1)], 0, 12.5),
    "bolus settled": (["bolus"], [(0, 0, INF, 1)], 40.3, 68.9),
    "bolus into settling": (["bolus"], [(0, 2.25, INF, 0.5)], 0, 60),
    "absorbed": (["absorbed"], [(0, 0, INF, 1)], 0, 21),
    "fast": (["fast"], [(0, 0, INF, 1)], 0, 30),
    "two compartments": (["two"], [(0, 0, INF, 1)], 0, 63),
    "two compartments, absorbed": (["two absorbed"], [(0, 0, INF, 2)], 10, 40),
    "table": (["table"], [(0, 1, INF, 1)], 0, 50),
    "stopped": (["bolus"], [(0, 0, 10, 3)], 0, 60),
    "stopped in between": (["absorbed"], [(0, 0, 8.2, 1), (0, 14, INF, 2)], 2, 30),
    "dose raised": (["bolus"], [(0, 0, 10, 1), (0, 10, INF, 2)], 5, 80),
    "two drugs": (["bolus", "two"], [(0, 0, INF, 1), (1, 0, INF, 1)], 0, 42),
    "two drugs settled": (["bolus", "pulsed"], [(0, 1, INF, 1), (1, 3.5, INF, 1)], 40, 90),
    "no common period": (["bolus", "pulsed"], [(0, 1, INF, 1), (1, 3.5, INF, 1)], 40, 50),
    "nothing": (["bolus"], [], 0, 5),
    "not yet": (["bolus"], [(0, 9, INF, 1)], 0, 5),
}


ROUGH = {"table": 1e-4, "absorbed": 1e-4, "fast": 1e-4}  # levels that rise from nothing


@pytest.mark.parametrize("case", CASES)
def test_averages_are_integrals_over_time(case):
    names, stretches, begin, end = CASES[case]
    own = own_scenario(*names)
    given = dosing(*stretches)
    found = Averager(compile_model(own))(given, begin, end)
    assert found == pytest.approx(
        expected(own, given, begin, end), rel=ROUGH.get(case, 1e-5), abs=1e-8
    )


def test_growth_over_years_of_daily_doses_by_scalar_quadrature():
    own = own_scenario("bolus", hill=2.5)
    model, given = compile_model(own), dosing((0, 0, INF, 1))
    found = Averager(model)(given, 0, 1095)

    def net(time: float) -> float:
        rates = model.rates(levels_on(own, given, time))
        return float(rates.birth[0] - rates.death[0])

    early = sum(quad(net, day, day + 1 - 1e-9, epsrel=1e-9)[0] for day in range(40))
    late = quad(net, 100, 101 - 1e-9, epsrel=1e-10)[0] * (1095 - 40)
    assert found[0] - found[model.types] == pytest.approx((early + late) / 1095, rel=1e-6)


def test_the_check_above_would_notice_transients_left_out():
    model, given = compile_model(own_scenario("bolus")), dosing((0, 0, INF, 1))
    first, later = (Averager(model)(given, a, a + 5) for a in (0, 100))
    assert first != pytest.approx(later, rel=1e-3)


@pytest.mark.parametrize("origins", [False, True])
def test_a_stretch_is_the_mean_of_its_parts_and_the_past_leaves_no_trace(origins):
    model = compile_model(own_scenario("bolus", "pulsed"))
    model = with_origins(model) if origins else model
    given = dosing((0, 0, 50, 1), (1, 10, INF, 1), (0, 70, INF, 1.5))
    whole, parts = Averager(model), Averager(model)
    warm = Averager(model)
    warm(given, 0, 150)
    if origins:  # which edges are open moves with the highest level so far: from its top on
        whole.peak[:] = parts.peak[:] = warm.peak
    cuts = np.array([0, 0.5, 40.2, 61, 69, 100, 131, 150])
    pieces = [parts(given, a, b) for a, b in pairwise(cuts)]
    assert np.diff(cuts) @ pieces / 150 == pytest.approx(whole(given, 0, 150), rel=1e-7)
    assert np.array_equal(warm(given, 131, 150), pieces[-1])  # though other periods came before
    assert parts.peak == pytest.approx(warm.peak)


def test_before_treatment_nothing_is_judged_and_under_it_the_highest_level_counts():
    model = with_origins(compile_model(own_scenario("bolus")))
    average, given = Averager(model), dosing((0, 0, 12, 1))
    before = average(given, 0, 0.0, treated=False)
    moves = slice(3 * model.types, 3 * model.types + model.mutation.source.size)
    assert (before[moves] > 0).sum() == (model.mutation.when & 1 > 0).sum()
    during, after = average(given, 0, 12), average(given, 300, 320)
    none = model.rates(np.zeros(1), peak=average.peak)
    assert np.array_equal(after[moves], none.mutation)
    assert average.peak[0] == pytest.approx(8.0, rel=1e-3)  # 4 / (1 - 1/2), just after a dose
    assert not np.array_equal(during[: model.types], after[: model.types])
    exact = model.rates(np.array([5.0]), peak=np.array([5.0])).birth
    steady = Averager(with_origins(compile_model(own_scenario("constant"))))
    assert steady(dosing((0, 0, INF, 5 / 3)), 4.0, 4.0)[: model.types] == pytest.approx(exact)


@jit
def averaged_cohort(patients, given, stretch, into, out):
    for number in range(out.shape[0]):
        into.peak[:] = 0.0
        average_rates(patient_of(patients, number), given, stretch, into)
        out[number] = into.mean.death


def test_a_patient_has_the_same_bits_alone_and_in_a_cohort_called_from_a_kernel():
    own = own_scenario("absorbed", "bolus")
    rng = np.random.default_rng(4)
    values = {
        "drugs.d0.levels.half_life": rng.lognormal(0.5, 0.4, 6),
        "drugs.d1.levels.every": rng.choice([1.0, 2.0, 0.77], 6),
        "drugs.d1.hill": rng.uniform(1.0, 3.0, 6),
    }
    cohort = compile_model(own, values)
    given = dosing((0, 0, INF, 1), (1, 3, INF, 1))
    out = np.zeros((6, cohort.types))
    shared = Averager(cohort)
    into = Into(shared.mean, shared.peak, shared.work)
    averaged_cohort(cohort.arrays, given, Stretch(0.0, 200.0, True), into, out)
    for patient in range(6):
        alone = Averager(cohort.one(patient))(given, 0.0, 200.0)
        assert np.array_equal(alone[cohort.types : 2 * cohort.types], out[patient])
    assert np.ptp(out[:, 0]) > 1e-3
