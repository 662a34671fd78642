"""Here: rates of random models against the formulas written again, and what no dose may break.

Not here: each mechanism by hand (``unit/test_mechanisms``).
"""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countermove.model import compile_model
from countermove.model.dose_response import occupancy
from support.random_scenarios import plain_rates, random_scenario

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=60)
@given(seed=SEEDS)
def test_rates_are_the_formulas_of_the_model(seed):
    scenario = random_scenario(seed)
    model = compile_model(scenario)
    rng = np.random.default_rng(seed + 1)
    levels = np.where(
        rng.random(len(model.drugs)) < 0.2, 0.0, 10 ** rng.uniform(-3, 3, len(model.drugs))
    )
    found = model.rates(levels)
    by_name = dict(zip(model.drugs, levels.tolist(), strict=True))
    felt = []
    for k in range(model.types):
        row = model.genotypes.levels[model.genotype[k]].tolist()
        carried = dict(zip(model.genotypes.alterations, row, strict=True))
        kind = (carried, model.states[model.state[k]], model.niches[model.niche[k]])
        birth, death, stress = plain_rates(scenario, kind, by_name)
        felt.append(stress)
        assert found.birth[k] == pytest.approx(birth, rel=1e-9, abs=1e-12)
        assert found.death[k] == pytest.approx(death, rel=1e-9, abs=1e-12)
    for edge, (source, target) in enumerate(
        zip(model.moves.source, model.moves.target, strict=True)
    ):
        rate = _move(scenario, model, int(source), int(target), felt[source])
        assert found.moves[edge] == pytest.approx(rate, rel=1e-9, abs=1e-12)


def _move(scenario, model, source, target, felt) -> float:
    if model.state[source] == model.state[target]:
        away = max(model.niche[source], model.niche[target])
        niche = scenario.niches[model.niches[away]]
        return niche.exchange if model.niche[target] == away else niche.return_rate
    if model.state[target] > 0:
        state = scenario.states[model.states[model.state[target]]]
        return state.enter + sum(rate * felt[d] for d, rate in state.enter_under.items())
    state = scenario.states[model.states[model.state[source]]]
    return state.leave * float(np.prod([1 - h * felt[d] for d, h in state.held_by.items()]))


@settings(max_examples=25)
@given(seed=SEEDS)
def test_saturating_levels_are_the_limit_of_high_ones(seed):
    model = compile_model(random_scenario(seed))
    high, endless = (model.rates(np.full(len(model.drugs), x)) for x in (1e40, np.inf))
    for name in ("birth", "death", "moves"):
        assert getattr(endless, name) == pytest.approx(getattr(high, name), rel=1e-9, abs=1e-12)


@settings(max_examples=25)
@given(seed=SEEDS)
def test_rates_are_finite_and_no_combination_kills_less_than_its_strongest_drug(seed):
    scenario = random_scenario(seed)
    model = compile_model(scenario)
    rng = np.random.default_rng(seed)
    levels = 10 ** rng.uniform(-300, 300, (5, len(model.drugs)))
    together = model.rates(levels)
    for values in (together.birth, together.death, together.moves, together.mutation):
        assert np.isfinite(values).all()
        assert (values >= 0).all()
    plain = not any(d.cycle_specific for d in scenario.drugs.values())
    plain &= all(not a.restored_by and not a.blocked_by for a in scenario.alterations.values())
    plain &= not any(d.restores.death for d in scenario.drugs.values())
    if plain:
        for j in range(len(model.drugs)):
            alone = np.zeros_like(levels)
            alone[:, j] = levels[:, j]
            assert (together.death >= model.rates(alone).death * (1 - 1e-9) - 1e-12).all()
            assert (together.birth <= model.rates(alone).birth * (1 + 1e-9)).all()


@given(
    exposure=st.floats(0, np.inf),
    fold=st.floats(1e-300, np.inf),
    hill=st.floats(0.01, 100),
)
@example(exposure=1e308, fold=1e-300, hill=100.0)
@example(exposure=5e-324, fold=1e300, hill=100.0)
def test_occupancy_is_a_share_and_rises_with_exposure(exposure, fold, hill):
    low, high = (occupancy(x, fold, hill) for x in (exposure, exposure * 2))
    assert 0.0 <= low <= high <= 1.0
