"""Here: headlines read, their closed form against `simulate`, what they refuse, what they say.

Not here: whether what fits covers what is true (``statistical/test_headline_recovers``), the
command (``faces/test_cli_headline``).
"""

import numpy as np
import pytest
from matplotlib.figure import Figure

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.headlines import NOBODY, PRIOR, Cohorts
from countermove.headlines.asked import MONTH
from countermove.headlines.cohorts import limits
from countermove.headlines.sentences import ENSEMBLE

FEW = 2000  # members: a quarter of a second
NAMES = list(PRIOR)


@pytest.fixture(scope="module")
def found():
    return cm.headline(
        response_rate="60%", depth=0.7, months_to_progression=5.5, follow_up=24, members=FEW
    )


def one_kind(fraction: float, regrowth: float, kill: float, size: float = 1e10) -> Cohorts:
    """A cohort of patients who hardly differ and none of whom resists throughout."""
    places = np.zeros((1, len(NAMES)))
    given = {"resistant_fraction": fraction, "regrowth": regrowth, "net_kill": kill}
    for name, value in given.items():
        low, high, _ = limits(size)[name]
        places[0, NAMES.index(name)] = np.log(value / low) / np.log(high / low)
    cohorts = Cohorts(places, size)
    cohorts.numbers.update({name: np.zeros(1) for name in NAMES if name.startswith("spread")})
    return cohorts


def day_of(share, *, past, low=0.0, high=4000.0) -> float:
    """Where the share of a cohort of one kind jumps."""
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (low, middle) if past(share(middle)) else (middle, high)
    return high


MEMBERS = [
    (1e-4, 0.02, 0.05),
    (1e-2, 0.01, 0.03),
    (1e-7, 0.05, 0.1),  # falls below what scans show
    (0.2, 0.03, 0.02),  # never a response
]


@pytest.mark.parametrize("member", MEMBERS)
def test_the_closed_form_is_what_simulate_finds(member):
    fraction, regrowth, kill = member
    scenario = cm.from_document(
        {
            "countermove": 1,
            "name": "Two kinds of cells",
            "tumor": {
                "birth": regrowth, "death": 0, "lethal_at": 1e15,
                "start": {"cells": 1e10, "fractions": {"r": fraction}},
            },
            "drugs": {"A": {"kill": regrowth + kill}},
            "alterations": {"r": {"mechanism": "target", "drug": "A", "rate": 0, "fold": "inf"}},
            "treatment": {"policy": "continuous", "drugs": ["A"]},
            "follow_up": "8 years",
        }
    )  # fmt: skip
    table = cm.simulate(scenario, engine="mean_field", patients=1, progress=False).outcomes()
    cohorts = one_kind(*member)
    day = day_of(
        lambda at: cohorts.share(cohorts.progressed(at))[0], past=lambda share: share > 0.5
    )
    assert day == pytest.approx(table["time_to_progression"][0], rel=1e-3)
    lowest = 1.0 - (table["nadir"][0] / 1e10) ** (1.0 / 3.0)
    deep = day_of(
        lambda at: cohorts.share(cohorts.shrunk(at, np.inf))[0], past=lambda s: s < 0.5, high=1.0
    )
    assert deep == pytest.approx(lowest, abs=1e-3)
    assert (cohorts.share(cohorts.shrunk(0.3, np.inf))[0] == 1.0) == bool(table["responded"][0])
    wrong = one_kind(fraction, 1.3 * regrowth, kill)
    off = day_of(lambda at: wrong.share(wrong.progressed(at))[0], past=lambda share: share > 0.5)
    assert abs(off / day - 1.0) > 0.05  # the check would notice


def cohort(**changes) -> Cohorts:
    places = np.full((1, len(NAMES)), 0.5)
    for name, place in changes.items():
        places[0, NAMES.index(name)] = place
    return Cohorts(places, 1e10)


@pytest.mark.parametrize(
    ("name", "responses", "later"),
    [("resistant_fraction", -1, -1), ("regrowth", -1, -1), ("net_kill", 1, None),
     ("resistant_throughout", -1, -1)],
)  # fmt: skip
def test_each_quantity_moves_a_cohort_the_way_it_must(name, responses, later):
    low, high = cohort(**{name: 0.2}), cohort(**{name: 0.9})
    fewer, more = (one.share(one.shrunk(0.3, np.inf))[0] for one in (low, high))
    assert responses * (more - fewer) > 0.0
    if later is not None:
        sooner, after = (one.share(one.progressed(10 * MONTH))[0] for one in (high, low))
        assert later * (after - sooner) > 0.0


def test_progression_grows_with_time_and_shrinking_falls_with_depth():
    generator = np.random.default_rng(3)
    cohorts = Cohorts(generator.random((50, len(NAMES))), 1e10)
    times = [cohorts.share(cohorts.progressed(day)) for day in (0, 30, 90, 300, 900, 3000)]
    assert (np.diff(times, axis=0) >= 0.0).all()
    depths = [cohorts.share(cohorts.shrunk(depth, np.inf)) for depth in (0.0, 0.2, 0.5, 0.9, 0.999)]
    assert (np.diff(depths, axis=0) <= 0.0).all()
    assert (depths[0] == 1.0).all()


def test_a_longer_time_to_progression_is_a_slower_regrowth_and_lasts_longer():
    short, long = (cm.headline(months_to_progression=months, members=FEW) for months in (3, 18))
    assert long.table().loc["regrowth", 0.5] < short.table().loc["regrowth", 0.5]
    assert long.lasting().loc[2, 0.5] > short.lasting().loc[2, 0.5] + 0.1


def test_the_same_seed_gives_the_same_answer(found):
    given = {"response_rate": 0.6, "depth": "70%", "months_to_progression": 5.5, "follow_up": 24}
    assert cm.headline(**given, members=FEW).to_dict() == found.to_dict()
    assert cm.headline(**given, members=FEW, seed=2).to_dict() != found.to_dict()


def test_each_sentence_is_a_claim_word_for_word_or_of_the_ensemble(found):
    plain = {one.id: one.plain for one in cm.claims()}
    every = [one for section in found.sentences().values() for one in section]
    assert {one.source for one in every} - {ENSEMBLE} <= set(plain)
    for one in every:
        assert one.source == ENSEMBLE or one.text == plain[one.source]
        assert str(one).endswith(f"[{one.source}]")
    assert any("beyond the follow-up of 24 months" in one.text for one in every)


def test_every_form_says_that_it_is_about_nobody(found):
    assert NOBODY in repr(found)
    assert NOBODY in found._repr_html_()
    assert found.to_dict()["about"] == NOBODY
    assert found.to_dict()["ensemble"]["effective"] > 50


REFUSED = [
    ({"response_rate": 1.2}, "response_rate: got 1.2"),
    ({"response_rate": 60}, "Write 60%"),
    ({"depth": 70}, "Write 70%"),
    ({"depth": -0.1}, "depth: got -0.1"),
    ({"response_rate": "a lot"}, "response_rate"),
    ({"response_rate": float("nan")}, "response_rate"),
    ({"response_rate": True}, "response_rate"),
    ({"months_to_progression": 0}, "more than 0"),
    ({"months_to_progression": -3}, "months, more than 0"),
    ({"months_to_progression": 30, "follow_up": 24}, "after a follow-up of 24 months"),
    ({"depth": 0.5, "follow_up": 0}, "follow_up"),
    ({"depth": 0.5, "size": 5}, "1e6 to 1e13"),
    ({"depth": 0.5, "seed": -1}, "seed"),
    ({"depth": 0.5, "members": 10}, "members"),
    ({}, "no number to read"),
    ({"follow_up": 24}, "no number to read"),
    ({"response_rate": 0.05, "depth": 0.9}, "Farthest off is the"),
    ({"response_rate": 0.6, "depth": 0.3}, "the same patients"),  # a median of 30% is one half
]


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_impossible_numbers_are_refused(given, said):
    with pytest.raises(ScenarioError) as refused:
        cm.headline(**{"members": FEW, **given})
    assert said in str(refused.value)


def test_a_person_is_no_argument():
    with pytest.raises(TypeError):
        cm.headline(depth=0.5, name="Jane")  # pyright: ignore
    with pytest.raises(TypeError):
        cm.headline("Jane")  # pyright: ignore


def test_units_of_time_are_read():
    weeks = cm.headline(months_to_progression="24 weeks", members=FEW)
    assert weeks.report.months_to_progression == pytest.approx(168 / MONTH)


def test_both_parts_of_the_figure_are_drawn(found):
    course = cm.plot_headline(found, Figure().subplots())
    assert course.get_ylim() == (0, 103)
    fits = cm.plot_headline(found, Figure().subplots(), show="fits")
    assert "fraction" in fits.get_xlabel()
    with pytest.raises(ScenarioError, match="course or fits"):
        cm.plot_headline(found, show="all")  # pyright: ignore
