"""Here: no policy gives more of a drug than its total, counted dose by dose as levels count
them, nor more in a day than its limit.

Not here: when doses would otherwise be (``test_policies``).
"""

from itertools import pairwise

import numpy as np
import pytest

import countermove as cm
from countermove.foundation import ScenarioError
from countermove.model import drug_levels_of
from countermove.simulation.setup import prepare
from countermove.treatment import Histories, Limits, compile_treatment, policy_of
from support.seeing import scan
from support.small_scenarios import scenario

EVERY = 21.0
DOSED = f"levels: {{kind: one_compartment, dose: 100, every: {EVERY}, half_life: 1}}"


def drugs(levels: str, cumulative: float) -> str:
    levels = levels + ", " if levels else ""
    return (
        f"drugs: {{A: {{kill: 0.1, {levels}limits: {{cumulative: {cumulative}}}}}, B: {{kill: 1}}}}"
    )


def run(own, spans: list[float], dose: float = 1.0):
    """Walk a policy over spans of days as the treatment loop does; returns histories and limits."""
    policy, limits = policy_of(compile_treatment(own), 1), Limits(compile_treatment(own).limits, 1)
    histories = Histories(len(own.drugs), 1, own.treatment.start)
    marks = np.cumsum([0.0, *spans])
    days = np.unique(np.concatenate([marks, policy.moments(float(marks[-1]))]))
    doses, held = np.zeros((1, len(own.drugs))), []
    for day, end in pairwise(days):
        if day in policy.moments(float(marks[-1])):
            doses = dose * policy.decide(scan(float(day), np.ones(1), scanned=False))
        doses = limits.hold(doses, float(end - day))
        histories.give(float(day), doses)
        held.append((float(day), float(end), float(doses[0, 0])))
    return (histories, own), limits, held


def doses_in(histories, until: float) -> list[tuple[float, float]]:
    """(day, multiple) of each dose of the first drug, as its level shows them: where it jumps."""
    histories, own = histories
    (member,), course = histories.members, drug_levels_of(next(iter(own.drugs.values())))
    found = []
    for begin, end, multiple in member.stretches(0):
        days = np.arange(begin, min(end, until) - 1e-6, EVERY)
        for day in days:
            after = course.level(np.array([day - begin + 1e-9]), np.array([day - min(end, until)]))
            before = course.level(np.array([day - begin - 1e-9]), np.array([day - min(end, until)]))
            if after[0] > before[0] + 50:
                found.append((float(day), multiple))
    return found


@pytest.mark.parametrize("span", [1.0, 7.0, 10.0, 14.0, 21.0, 63.0])
@pytest.mark.parametrize(
    ("treatment", "total", "expected"),
    [
        ("policy: continuous, drugs: A", 300, [0, 21, 42]),
        ("policy: continuous, drugs: A", 399, [0, 21, 42]),
        ("policy: continuous, drugs: A, start: 5", 100, [5]),
        ("policy: continuous, drugs: A", 99, []),
        ("policy: pulsed, drugs: A, on: 14, off: 14", 300, [0, 28, 56]),
        ("policy: pulsed, drugs: A, on: 28, off: 14", 300, [0, 21, 42]),
        ("policy: alternating, drugs: [A, B], every: 30", 300, [0, 21, 60]),
        ("policy: alternating, drugs: [A, [A, B]], every: 30", 300, [0, 21, 42]),
        ("policy: sequential, drugs: [B, A, [A, B]], at: [30, 60]", 200, [30, 51]),
    ],
)
def test_whole_doses_up_to_the_total_whatever_days_are_recorded(span, treatment, total, expected):
    own = scenario(drugs(DOSED, total), treatment=treatment, follow_up=200)
    histories, limits, _ = run(own, [span] * int(np.ceil(200 / span)))
    assert doses_in(histories, 200) == [(day, 1.0) for day in expected]
    assert limits.given[0, 0] <= total / 100 * EVERY + 1e-9


@pytest.mark.parametrize("span", [1.0, 9.0, 40.0])
@pytest.mark.parametrize(
    "levels", ["", "levels: 3", "levels: {kind: pulsed, level: 3, on: 1, off: 1}"]
)
def test_days_on_a_drug_without_doses_end_with_its_total(span, levels):
    own = scenario(drugs(levels, 33.5), treatment="policy: pulsed, drugs: A, on: 20, off: 5")
    _, limits, held = run(own, [span] * int(np.ceil(120 / span)))
    assert limits.given[0, 0] == pytest.approx(33.5)
    on = [(begin, end) for begin, end, dose in held if dose == 1.0]
    assert on[-1][1] == pytest.approx(38.5)
    assert all(dose in (0.0, 1.0) for _, _, dose in held)


def test_one_drug_used_up_leaves_the_other():
    own = scenario(drugs("", 10), treatment="policy: combination, drugs: [A, B]")
    policy = policy_of(compile_treatment(own), 1)
    assert policy.moments(1000).tolist() == [0, 10]
    assert policy.decide(scan(9.9, np.ones(1), scanned=False)).tolist() == [[1, 1]]
    assert policy.decide(scan(10, np.ones(1), scanned=False)).tolist() == [[0, 1]]


PER_DAY = (
    f"drugs: {{A: {{kill: 0.1, {DOSED}, limits: {{per_day: {100 / EVERY}}}}}, B: {{kill: 1}}}}"
)


@pytest.mark.parametrize(
    ("treatment", "gap"),
    [
        ("policy: pulsed, drugs: A, on: 7, off: 7", 14),
        ("policy: pulsed, drugs: A, on: 28, off: 14", 21),
        ("policy: alternating, drugs: [A, B], every: 25", 29),
        ("policy: sequential, drugs: [A, B, [A, B]], at: [30, 40]", 19),
    ],
)
def test_a_course_that_doses_again_too_soon_for_the_daily_limit_is_refused(treatment, gap):
    own = scenario(PER_DAY, treatment=treatment, follow_up=200)
    if gap >= EVERY:
        assert policy_of(compile_treatment(own), 1).moments(200).size
        return
    with pytest.raises(ScenarioError) as refused:
        policy_of(compile_treatment(own), 1)
    assert refused.value.where == "drugs.A.limits.per_day"
    assert f"after {gap} days" in refused.value.got


def test_a_reacting_policy_stops_a_drug_on_the_day_its_total_is_used_up():
    own = scenario(
        drugs("", 100),
        treatment="policy: sequential, drugs: [A, B], start: 10",
        follow_up=300,
        tumor="birth: 0.2 /day, death: 0.05 /day, start: {cells: 1e9}",
    )
    setup = prepare(own, "branching", every=50.0)
    decided = setup.calendar.days[setup.calendar.decided]
    assert 110.0 in decided  # begun on day 10, its hundred days
    assert 166.0 in decided  # begun at the first scan after, day 66


# --- the guard behind any policy --------------------------------------------------------------


def test_a_constant_level_is_lowered_for_what_is_left_and_a_saturating_drug_withheld():
    for levels, last in (("levels: 3", 0.25), ("", 0.0)):
        limits = Limits(compile_treatment(scenario(drugs(levels, 22.5))).limits, 1)
        wanted = np.array([[1.0, 1.0]])
        found = [limits.hold(wanted, 10.0)[0, 0] for _ in range(4)]
        assert found == [1.0, 1.0, last, 0.0]
        assert limits.given[0].tolist() == [20 + 10 * last, 40]


def test_a_dosed_drug_is_withheld_rather_than_split_and_stopping_starts_its_doses_anew():
    limits = Limits(compile_treatment(scenario(drugs(DOSED, 300))).limits, 1)
    on, off = np.array([[1.0, 0.0]]), np.zeros((1, 2))
    # doses on days 0 and 21 of the first stretch, one more at once after the pause, then none
    found = [limits.hold(d, 15.0)[0, 0] for d in (on, on, off, on, on, on)]
    assert found == [1, 1, 0, 1, 0, 0]


def test_a_dosed_drug_is_withheld_until_its_daily_limit_allows_the_next_dose():
    limits = Limits(compile_treatment(scenario(PER_DAY)).limits, 1)
    on, off = np.array([[1.0, 0.0]]), np.zeros((1, 2))
    # a dose on day 0; asked for again on days 8 and 16, allowed on day 24, which doses go on from
    found = [limits.hold(d, 4.0)[0, 0] for d in (on, off, on, off, on, off, on, on)]
    assert found == [1, 0, 0, 0, 0, 0, 1, 1]


def test_no_multiple_of_the_dose_exceeds_the_daily_limit():
    limits = Limits(
        compile_treatment(scenario("drugs: {A: {kill: 1, limits: {per_day: 1.5}}}")).limits, 1
    )
    assert limits.hold(np.array([[4.0]]), 1.0).tolist() == [[1.5]]


@pytest.mark.parametrize("seed", range(20))
def test_no_sequence_of_wishes_exceeds_the_total(seed):
    rng = np.random.default_rng(seed)
    levels = ["", "levels: 3", DOSED][seed % 3]
    own = scenario(drugs(levels, float(rng.uniform(50, 500))), follow_up=2000)
    limits, day = Limits(compile_treatment(own).limits, 1), 0.0
    histories = Histories(len(own.drugs), 1, 0.0)
    for _ in range(60):
        span = float(rng.uniform(0.5, 40))
        wanted = np.array([[rng.choice([0.0, 0.5, 1.0]), 1.0]])
        held = limits.hold(wanted, span)
        histories.give(day, held)
        day += span
    total = own.drugs["A"].limits.cumulative
    if levels == DOSED:
        given = 100 * sum(multiple for _, multiple in doses_in((histories, own), day))
        assert given > 0.3 * total
    else:
        given = sum(
            m * (min(end, day) - begin) for begin, end, m in histories.members[0].stretches(0)
        )
        assert given == pytest.approx(limits.given[0, 0])
    assert given <= total * (1 + 1e-9)


def test_patients_are_held_apart():
    limits = Limits(compile_treatment(scenario(drugs("", 10))).limits, 2)
    limits.hold(np.array([[1.0, 1.0], [0.0, 1.0]]), 8.0)
    assert limits.hold(np.ones((2, 2)), 8.0).tolist() == [[0, 1], [1, 1]]


@pytest.mark.parametrize("policy", ["combination", "continuous", "pulsed, on: 50, off: 10"])
def test_a_drug_withheld_by_its_limit_begins_no_line(policy):
    """The other drug goes on: the same line, to the end of follow-up."""
    own = cm.loads(f"""
countermove: 1
name: A limit is no new line
tumor: {{birth: 0.16 /day, death: 0.14 /day, start: {{cells: 1e8}}}}
drugs: {{A: {{kill: 0.04 /day, limits: {{cumulative: 100}}}}, B: {{kill: 0.04 /day}}}}
treatment: {{policy: {policy}, drugs: [[A, B]]}}
patients: 2
follow_up: 1 year
""")
    found = cm.simulate(own, progress=False).outcomes()
    assert (found["lines"] == 1).all()
    assert found["dose_A"].to_numpy() == pytest.approx(100.0)
    assert (found["dose_B"] > 250.0).all()
    assert found["time_on_first_line"].to_numpy() == pytest.approx(found["overall_survival"])
