"""Here: what a relapse is attributed to, on constructed courses.

Not here: when a relapse is (``test_endpoints``), the marks lineages carry (``test_origins``).
"""

import numpy as np
import pytest

from countermove.measurement import Criteria, attribute, course
from countermove.model import with_origins
from small_scenarios import compiled

INF = np.inf
CRITERIA = Criteria(response=0.5, progression=1.5, from_nadir=True, detectable=1.0, lethal=1e15)
SECTIONS = (
    "drugs: {A: {kill: 1, pathway: P}}",
    "alterations: {t: {mechanism: target, drug: A, rate: 1e-6},"
    " u: {mechanism: target, drug: A, rate: 1e-6},"
    " b: {mechanism: bypass, pathway: P, rate: 1e-6}}",
    "states: {asleep: {enter: 0.1, leave: 0.2, protection: 1}}",
    "niches: {brain: {exchange: 0.01, penetration: 0}}",
)
MODEL = with_origins(compiled(*SECTIONS))
MECHANISMS = ["target", "target", "bypass"]
ANCESTRAL = "ancestral | cycling | bulk"


def why(courses: dict[str, list[float]], *, peak=None, model=MODEL, mechanisms=MECHANISMS):
    """Attribution of one patient whose types take these courses; peak of the drug at each time."""
    times = len(next(iter(courses.values())))
    cells = np.zeros((1, times, model.types))
    for name, counts in courses.items():
        cells[0, :, model.type_names.index(name)] = counts
    peaks = np.array(peak if peak is not None else [0.0] + [INF] * (times - 1), dtype=float)
    found = course(cells.sum(axis=2), np.arange(times) * 30.0, CRITERIA)
    result = attribute(model, cells, found, peaks=peaks.reshape(1, times, 1), mechanisms=mechanisms)
    names = ("genotype", "mechanisms", "origin", "route", "resistance")
    return tuple(getattr(result, name)[0] for name in names)


FALLS = [1e9, 1e7, 1e4, 1e2, 10]


def test_a_pre_existing_target_mutant():
    found = why({ANCESTRAL: FALLS, "t | cycling | bulk": [10, 1e3, 1e5, 1e7, 1e9]})
    assert found == ("t", "target", "pre-existing", "direct", "acquired")


def test_a_mutant_that_arose_under_treatment_with_two_mechanisms():
    found = why({ANCESTRAL: FALLS, "t + b | cycling | bulk | arisen": [0, 1e3, 1e5, 1e7, 1e9]})
    assert found == ("t + b", "target + bypass", "arisen under treatment", "direct", "acquired")


def test_one_mechanism_twice_is_named_once():
    found = why({ANCESTRAL: FALLS, "t + u | cycling | bulk": [1, 1e3, 1e5, 1e7, 1e9]})
    assert found[:2] == ("t + u", "target")


def test_a_tumor_that_never_responded_resisted_from_the_start():
    found = why({"t | cycling | bulk": [1e9, 1.2e9, 2e9]})
    assert found == ("t", "target", "pre-existing", "direct", "intrinsic")


def test_a_resistant_clone_that_woke_the_relapse_through_dormancy():
    found = why(
        {
            ANCESTRAL: FALLS,
            "ancestral | asleep | bulk": [1e6, 1e6, 1e6, 1e6, 1e6],
            "t | cycling | bulk | arisen | dormant": [0, 0, 10, 1e6, 1e8],
        }
    )
    assert found == ("t", "target", "arisen under treatment", "dormant state", "acquired")


def test_sensitive_cells_out_of_dormancy():
    found = why({ANCESTRAL: FALLS, "ancestral | cycling | bulk | dormant": [0, 0, 10, 1e6, 1e8]})
    assert found == ("ancestral", "no alteration", "pre-existing", "dormant state", "acquired")


def test_sensitive_cells_that_grow_where_the_drug_does_not_reach():
    found = why({ANCESTRAL: FALLS, "ancestral | cycling | brain": [1e3, 1e4, 1e5, 1e7, 1e9]})
    assert found == ("ancestral", "no alteration", "pre-existing", "sheltered niche", "acquired")


def test_resistant_cells_that_merely_sit_in_the_niche_do_not_need_it():
    found = why({ANCESTRAL: FALLS, "t | cycling | brain": [1e3, 1e4, 1e5, 1e7, 1e9]})
    assert found == ("t", "target", "pre-existing", "direct", "acquired")


@pytest.mark.parametrize(
    "carrier", ["ancestral | cycling | bulk | dormant | sanctuary", "ancestral | asleep | brain",
                "ancestral | cycling | brain | dormant"]
)  # fmt: skip
def test_both_shelters(carrier):
    found = why({ANCESTRAL: FALLS, carrier: [1e3, 1e4, 1e5, 1e7, 1e9]})
    assert found[3] == "dormant state and sheltered niche"


def test_the_shelter_counts_where_most_of_the_carrier_is():
    for asleep, route in ((0.6, "dormant state"), (0.4, "direct")):
        growing = np.array([1e2, 1e3, 1e4, 1e6, 1e8])
        found = why(
            {
                ANCESTRAL: FALLS[:1] * 5 * np.array([1, 0, 0, 0, 0]) + (1 - asleep) * growing,
                "ancestral | asleep | bulk": asleep * growing,
            }
        )
        assert found[3] == route


def test_sensitive_regrowth_after_the_drug_was_stopped_is_no_alteration():
    found = why(
        {ANCESTRAL: [1e9, 1e7, 1e5, 1e7, 1e9], "t | cycling | bulk": [1, 1, 1, 10, 100]},
        peak=[0, INF, INF, INF, INF],
    )
    assert found == ("ancestral", "no alteration", "pre-existing", "direct", "acquired")


def test_the_carrier_is_what_grew_most_since_the_nadir_not_what_is_most():
    found = why(
        {
            ANCESTRAL: [1e9, 4e8, 3e8, 3e8, 3e8],
            "t | cycling | bulk": [0, 1e7, 2e7, 4e7, 9e7],
            "b | cycling | bulk": [0, 1e6, 1e7, 5e7, 2.5e8],
        }
    )
    assert found[:2] == ("b", "bypass")


def test_cells_of_one_genotype_count_together_wherever_they_are():
    grows = np.array([0, 0, 1e6, 1e8, 1e9])
    found = why(
        {
            ANCESTRAL: FALLS,
            "t | cycling | bulk": 0.3 * grows,
            "t | asleep | bulk": 0.3 * grows,
            "b | cycling | bulk": 0.4 * grows,
        }
    )
    assert found[0] == "t"


def test_nothing_is_attributed_without_a_relapse_or_without_a_drug():
    nothing = ("", "", "", "", "")
    assert why({ANCESTRAL: FALLS}) == nothing
    assert why({ANCESTRAL: [1e9, 0, 0]}) == nothing
    assert why({ANCESTRAL: [1e6, 1e7, 1e8]}, peak=[0, 0, 0]) == nothing
    # progression before the first dose, which comes later
    assert why({ANCESTRAL: [1e6, 1e7, 1e6, 1e6]}, peak=[0, 0, 0, INF]) == nothing


def test_a_model_without_origins_still_names_genotype_and_mechanism():
    model = compiled(*SECTIONS[:2])
    found = why({"ancestral": FALLS, "b": [1, 1e3, 1e5, 1e7, 1e9]}, model=model)
    assert found == ("b", "bypass", "pre-existing", "direct", "acquired")


def test_patients_are_attributed_apart():
    model, times = MODEL, 3
    cells = np.zeros((3, times, model.types))
    ancestral, t, b = (
        model.type_names.index(f"{g} | cycling | bulk") for g in ("ancestral", "t", "b")
    )
    cells[:, :, ancestral] = [1e9, 1e5, 10]
    cells[0, :, t] = [1, 1e5, 1e9]
    cells[2, :, b] = [1, 1e5, 1e9]
    found = course(cells.sum(axis=2), np.arange(3) * 30.0, CRITERIA)
    peaks = np.full((3, times, 1), INF)
    result = attribute(model, cells, found, peaks=peaks, mechanisms=MECHANISMS)
    assert result.genotype.tolist() == ["t", "", "b"]
    assert result.resistance.tolist() == ["acquired", "", "acquired"]
