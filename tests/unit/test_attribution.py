"""Here: what a relapse is attributed to, on constructed courses.

Not here: when a relapse is (``test_endpoints``), the marks lineages carry (``test_origins``).
"""

import numpy as np
import pytest

from countermove.measurement import Relapsed, Watched, attribute, course
from countermove.model import with_origins
from support.small_scenarios import compiled

INF = np.inf
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


def ends_of(burden):
    """Endpoints by a slow reading: response at half, progression at 1.5 times the nadir."""
    lowest = np.minimum.accumulate(burden, axis=1)
    above = (burden[:, 1:] >= 1.5 * np.maximum(lowest[:, :-1], 1.0)).tolist()
    index = [row.index(True) + 1 if True in row else -1 for row in above]
    low = [
        int(row[: i + 1 if i >= 0 else None].argmin())
        for row, i in zip(burden, index, strict=False)
    ]
    rows = np.arange(len(burden))
    rose = np.where(np.array(index) >= 0, np.array(index) * 30.0, np.nan)
    fell = np.where(burden[rows, low] <= 0.5 * burden[:, 0], np.array(low) * 30.0, np.nan)
    none = np.full(len(burden), np.nan)
    seen = Watched(burden[:, 0], burden[rows, low], burden[:, -1], fell, rose, none)
    return course(seen, start=0.0, until=30.0 * burden.shape[1]), np.array(index), np.array(low)


def attributed(model, cells, peaks, *, paused=False, followed=True, start=None):
    """Attribution of courses (tumors, times, types), with peaks (patients, times, drugs)."""
    start = np.arange(len(cells) + 1) if start is None else np.array(start)
    found, index, low = ends_of(np.add.reduceat(cells.sum(axis=2), start[:-1], axis=0))
    patient = np.repeat(np.arange(start.size - 1), np.diff(start))
    tumors, at = np.arange(len(cells)), np.maximum(index, 0)
    seen = Relapsed(
        cells[tumors, low[patient]],
        cells[tumors, at[patient]],
        start,
        peaks[np.arange(start.size - 1), at],
        np.full(start.size - 1, paused),
        followed,
    )
    return attribute(model, found, seen, mechanisms=MECHANISMS)


def why(courses, *, peak=None, model=MODEL, **more):
    """Attribution of one patient whose types take these courses; peak of the drug at each time."""
    times = len(next(iter(courses.values())))
    cells = np.zeros((1, times, model.types))
    for name, counts in courses.items():
        cells[0, :, model.type_names.index(name)] = counts
    peaks = np.array(peak if peak is not None else [0.0] + [INF] * (times - 1), dtype=float)
    result = attributed(model, cells, peaks.reshape(1, times, 1), **more)
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


def test_regrowth_while_no_drug_is_given_is_off_drug():
    courses = {ANCESTRAL: [1e9, 1e7, 1e5, 1e7, 1e9], "t | cycling | bulk": [1, 1, 1, 10, 100]}
    found = why(courses, peak=[0, INF, INF, INF, INF], paused=True)
    assert found == ("ancestral", "off drug", "pre-existing", "direct", "off drug")
    found = why(courses, peak=[0, INF, INF, INF, INF])
    assert found == ("ancestral", "no alteration", "pre-existing", "direct", "acquired")


def test_a_resistant_carrier_found_in_a_pause_keeps_its_mechanism():
    courses = {ANCESTRAL: [1e9, 1e6, 1e3, 10, 1], "t | cycling | bulk": [1, 10, 1e3, 1e5, 1e8]}
    found = why(courses, peak=[0, INF, INF, INF, INF], paused=True)
    assert found == ("t", "target", "pre-existing", "direct", "acquired")


def test_the_lesion_of_a_relapse_is_that_in_which_its_carrier_grew_most():
    times = 3
    cells = np.zeros((5, times, MODEL.types))
    ancestral, t, b = (
        MODEL.type_names.index(f"{g} | cycling | bulk") for g in ("ancestral", "t", "b")
    )
    cells[:, :, ancestral] = [1e9, 1e5, 10]
    cells[0, :, t], cells[1, :, t], cells[2, :, b] = [1, 1e3, 2e8], [1, 1e3, 9e8], [1, 1e3, 1e9]
    cells[4, :, b] = [1, 1e4, 1e9]
    peaks = np.full((2, times, 1), INF)
    result = attributed(MODEL, cells, peaks, start=[0, 3, 5])
    assert result.genotype.tolist() == ["t", "b"]  # t grew most over all lesions, 1.1e9
    assert result.lesion.tolist() == [1, 1]


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


def test_lineages_that_were_not_followed_have_no_known_origin():
    model = compiled(*SECTIONS[:2])
    found = why({"ancestral": FALLS, "b": [1, 1e3, 1e5, 1e7, 1e9]}, model=model, followed=False)
    assert found == ("b", "bypass", "not followed", "direct", "acquired")


def test_patients_are_attributed_apart():
    model, times = MODEL, 3
    cells = np.zeros((3, times, model.types))
    ancestral, t, b = (
        model.type_names.index(f"{g} | cycling | bulk") for g in ("ancestral", "t", "b")
    )
    cells[:, :, ancestral] = [1e9, 1e5, 10]
    cells[0, :, t] = [1, 1e5, 1e9]
    cells[2, :, b] = [1, 1e5, 1e9]
    result = attributed(model, cells, np.full((3, times, 1), INF))
    assert result.genotype.tolist() == ["t", "", "b"]
    assert result.resistance.tolist() == ["acquired", "", "acquired"]
    assert result.lesion.tolist() == [0, -1, 0]
