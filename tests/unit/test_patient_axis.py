"""Here: numbers drawn per patient against compiling that one patient's scenario, bit for bit.

Not here: what the numbers mean (``test_dose_response``, ``test_mechanisms``), drawing them.
"""

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.model import compile_model, with_origins
from countermove.scenario import load, read, replace
from support.helpers import ROOT
from support.random_scenarios import random_scenario
from support.small_scenarios import scenario

EVERYTHING = load(Path(ROOT) / "tests/scenarios/valid/everything.yaml")
NUMBERS = ("kill", "stop", "hill", "ec50", "rate", "cost", "fold", "strength", "retention",
           "enter", "leave", "birth", "death", "mutation", "exchange", "back", "capacity", "share",
           "shelter", "protection")  # fmt: skip
OF_LEVELS = ("level", "dose", "every", "half_life", "clearance", "volume", "absorption", "on",
             "off", "bioavailability", "molar_mass", "intercompartmental",
             "peripheral_volume")  # fmt: skip
USELESS = {  # fields of a part that only other kinds of it may give
    "target": ("strength", "retention"),
    "processing": ("strength", "fold"),
    "bypass": ("fold", "retention"),
    "efflux": ("fold", "strength"),
    "death_evasion": ("fold", "retention"),
}
POWER = scenario(
    "drugs: {A: {kill: 0.3, levels: {kind: two_compartment, dose: 5, every: 2, clearance: 3,"
    " volume: 2, peripheral_volume: 7, intercompartmental: 2, absorption: 4}}}",
    tumor="birth: 0.2, death: 0.05, diagnosed_at: 1e9,"
    " growth: {law: power, exponent: 0.75, reference: 1e6, acts_on: death}",
)


def paths_of(scenario) -> list[str]:
    """Every path of a number that the model reads and the scenario may give."""
    found = ["tumor.birth", "tumor.death"]
    found += [f"tumor.growth.{n}" for n in ("capacity", "exponent", "reference")]
    found += [f"interactions.{pair}" for pair in scenario.interactions]
    for kind in ("drugs", "alterations", "states", "niches"):
        for name, part in getattr(scenario, kind).items():
            unused = USELESS.get(getattr(part, "mechanism", kind), ())
            unused = ("hill",) if kind == "drugs" and part.levels is None else unused
            found += [f"{kind}.{name}.{field}" for field in NUMBERS if field not in unused]
            found += [f"{kind}.{name}.levels.{field}" for field in OF_LEVELS]
            for field in ("enter_under", "held_by", "protection", "penetration", "shelter"):
                found += [f"{kind}.{name}.{field}.{drug}" for drug in scenario.drugs]
            found += [f"{kind}.{name}.levels.levels.{number}" for number in range(3)]
    return [path for path in found if number_at(scenario, path) is not None]


def number_at(scenario, path: str) -> float | None:
    try:
        value = read(scenario, path)
    except ScenarioError:
        return None
    return float(value) if isinstance(value, (int, float)) else None


def nearby(scenario, path: str) -> tuple[float, object]:
    """Another number that is valid at a path, and the scenario with it."""
    own = number_at(scenario, path)
    assert own is not None
    # as people write numbers: what a scenario reads sheds the noise of arithmetic
    near = [float(f"{own * factor:.9g}") for factor in (1.05, 0.95)]
    tried = [*near, 0.05] if np.isfinite(own) else [50.0]
    for value in tried:
        try:
            if value != own:
                said = f"{value!r} uM" if path.endswith("ec50") else value
                return value, replace(scenario, {path: said})
        except ScenarioError:
            continue
    raise AssertionError(f"no other number than {own} is valid at {path}")


def same_bits(one, other) -> None:
    assert one.patients == other.patients == 1
    for part in ("parameters", "levels"):
        for name, mine in getattr(one, part)._asdict().items():
            assert np.array_equal(mine, getattr(getattr(other, part), name), equal_nan=True), name
    for name in ("genotype", "state", "niche", "origin", "law"):
        assert np.array_equal(getattr(one.structure, name), getattr(other.structure, name))
    for way in ("mutation", "moves"):
        for mine, theirs in zip(
            getattr(one.structure.layout, way), getattr(other.structure.layout, way), strict=True
        ):
            assert np.array_equal(mine, theirs)
    rng = np.random.default_rng(1)
    levels = rng.choice([0.0, 0.3, 2.0, 40.0, np.inf], (5, len(one.drugs)))
    for phase in ("before", "under"):
        mine, theirs = one.rates(levels, phase=phase), other.rates(levels, phase=phase)
        for name in ("birth", "death", "cycle", "mutation", "moves"):
            assert np.array_equal(getattr(mine, name), getattr(theirs, name)), name


@cache
def compiled_once():
    return compile_model(EVERYTHING)


@pytest.mark.parametrize("path", paths_of(EVERYTHING))
def test_a_drawn_number_is_what_the_scenario_with_it_compiles_to(path):
    value, alone = nearby(EVERYTHING, path)
    own = number_at(EVERYTHING, path)
    cohort = compile_model(EVERYTHING, {path: np.array([own, value, own])})
    assert cohort.patients == 3
    same_bits(cohort.one(1), compile_model(alone))
    if own > 0.0:  # otherwise there are edges that this patient never takes
        same_bits(cohort.one(2), compiled_once())


@pytest.mark.parametrize("path", paths_of(POWER))
def test_the_same_of_a_power_law_and_two_compartments(path):
    value, alone = nearby(POWER, path)
    cohort = compile_model(POWER, {path: np.array([value, number_at(POWER, path)])})
    same_bits(cohort.one(0), compile_model(alone))


def test_the_paths_above_are_all_there_are():
    everything = paths_of(EVERYTHING)
    assert len(everything) > 90
    for word in (
        "held_by.gefitinib",
        "levels.on",
        "penetration.gefitinib",
        "interactions.",
        "back",
    ):
        assert any(word in path for path in everything), word
    assert "tumor.growth.exponent" in paths_of(POWER)


@pytest.mark.parametrize("split", [False, True], ids=["", "origins"])
@pytest.mark.parametrize("seed", [None, 3, 5, 8, 13])
def test_no_spread_gives_the_bits_of_one_patient(seed, split):
    own = EVERYTHING if seed is None else random_scenario(seed)
    one = compile_model(own)
    values = {path: np.full(3, number_at(own, path)) for path in paths_of(own)}
    cohort = compile_model(own, values)
    if split:
        one, cohort = with_origins(one), with_origins(cohort)
    for patient in range(3):
        same_bits(cohort.one(patient), one)


@pytest.mark.parametrize("split", [False, True], ids=["", "origins"])
def test_rates_of_a_cohort_are_those_of_each_patient(split):
    rng = np.random.default_rng(2)
    draws = {path: (number_at(EVERYTHING, path) or 0.0) * rng.uniform(0.3, 1.0, 4)
             for path in paths_of(EVERYTHING)}  # fmt: skip
    cohort = compile_model(EVERYTHING, draws)
    cohort = with_origins(cohort) if split else cohort
    levels = rng.choice([0.0, 0.5, 8.0, np.inf], (4, 2, 3, len(cohort.drugs)))
    peak = levels * rng.choice([1.0, 3.0], levels.shape)
    found = cohort.rates(levels, peak=peak)
    assert found.moves.shape == (4, 2, 3, cohort.moves.source.size)
    assert cohort.birth.shape == (4, cohort.types)
    for patient in range(4):
        one = cohort.one(patient)
        alone = one.rates(levels[patient], peak=peak[patient])
        for name in ("birth", "death", "cycle", "mutation", "moves"):
            assert np.array_equal(getattr(found, name)[patient], getattr(alone, name))
        assert np.array_equal(one.mutation.rate, cohort.mutation.rate[patient])
        assert np.array_equal(one.growth.capacity, cohort.growth.capacity[patient])
    assert np.ptp(found.birth, axis=0).max() > 0.0
    with pytest.raises(ValueError, match=r"expected \(4, ..., drugs\)"):
        cohort.rates(np.zeros(len(cohort.drugs)))


def test_what_only_some_patients_have_is_there_for_all():
    own = scenario("drugs: {A: {kill: 1}}", "states: {s: {leave: 0.1}}", "niches: {n: {share: 0}}")
    assert compile_model(own).moves.source.size == 2
    drawn = {
        "states.s.enter": np.array([0.0, 0.2]),
        "niches.n.capacity": np.array([1e6, 1e7]),
        "niches.n.exchange": np.array([0.0, 0.01]),
    }
    cohort = compile_model(own, drawn)
    assert cohort.moves.source.size == 2 + 2 + 2 * 2  # leave, enter, exchange there and back
    rates = cohort.rates(np.zeros((2, 1))).moves
    assert sorted(rates[0]) == [0, 0, 0, 0, 0, 0, 0.1, 0.1]
    assert sorted(rates[1]) == [0.01] * 4 + [0.1] * 2 + [0.2] * 2
    assert not cohort.growth.is_linear
    assert cohort.growth.capacity[:, 1].tolist() == [1e6, 1e7]
    assert cohort.growth.numbers.shape == (2, 4)


def test_a_patient_whose_mutations_exceed_every_division_is_named():
    own = scenario("alterations: {a: {mechanism: death_evasion, rate: 0.2}}")
    with pytest.raises(ScenarioError, match=r"add up to 1.2 in genotype 'ancestral' of patient 2"):
        compile_model(own, {"alterations.a.rate": np.array([0.1, 0.9, 1.2])})


def test_drawn_numbers_that_do_not_fit_are_refused_by_their_path():
    for values, said in (
        ({"tumor.birth": np.ones(3), "tumor.death": np.ones(2)}, "tumor.death: got 2 drawn"),
        ({"tumor.birth": np.array([1.0, np.nan])}, "tumor.birth: got 2 drawn numbers, some not"),
        ({"tumor.birth": np.ones((2, 2))}, "tumor.birth: got 2x2 drawn numbers"),
    ):
        with pytest.raises(ScenarioError, match=said):
            compile_model(POWER, values)


def test_a_path_the_model_does_not_use_changes_nothing():
    cohort = compile_model(POWER, {"tumor.diagnosed_at": np.array([1e8, 1e9])})
    assert cohort.patients == 2
    same_bits(cohort.one(1), compile_model(POWER))
    with pytest.raises(IndexError, match="patient 2 of 2"):
        cohort.one(2)


def test_what_patients_share_is_held_once():
    cohort = compile_model(POWER, {"drugs.A.kill": np.linspace(0.1, 0.2, 1000)})
    rows = {name: array.shape[0] for name, array in cohort.parameters._asdict().items()}
    assert rows.pop("kill") == 1000
    assert set(rows.values()) == {1}
