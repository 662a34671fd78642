"""Here: when each policy gives which drug, and that only scans make it switch.

Not here: levels that follow (``test_histories``), totals not to be exceeded (``test_limits``).
"""

import numpy as np
import pytest

from countermove.engines.contract import unwatched
from countermove.engines.kernels.courses import Courses, Kept, keep_nothing
from countermove.measurement import Criteria
from countermove.model import compile_model
from countermove.simulation.calendar import make_calendar
from countermove.simulation.treatment_loop import treat
from countermove.treatment import (
    Histories,
    Limits,
    LinesOfTherapy,
    compile_treatment,
    policy_of,
)
from countermove.treatment.observations import RESPONSES
from support.seeing import scan
from support.small_scenarios import scenario

DRUGS = "drugs: {A: {kill: 0.1}, B: {kill: 0.1}, C: {kill: 0.1}}"


def fixed(treatment: str, follow_up: float = 100.0):
    return policy_of(
        compile_treatment(scenario(DRUGS, treatment=treatment, follow_up=follow_up)), 2
    )


def given(policy, day: float) -> str:
    """Names of the drugs given on a day, the same to both patients and in full."""
    doses = policy.decide(scan(day, np.ones(2), scanned=False))
    assert (doses[0] == doses[1]).all()
    assert set(doses.ravel().tolist()) <= {0.0, 1.0}
    return "".join(name for name, dose in zip("ABC", doses[0], strict=True) if dose)


def course_of_treatment(policy, until: float = 100.0) -> list[tuple[float, str]]:
    """(day, drugs) from each moment on, held until just before the next."""
    days = policy.moments(until)
    assert (np.diff(days) > 0).all()
    found = []
    for number, day in enumerate(days):
        drugs = given(policy, float(day))
        end = days[number + 1] if number + 1 < days.size else until
        assert given(policy, float(day) + 1e-6) == given(policy, float(end) - 1e-6) == drugs
        found.append((pytest.approx(float(day)), drugs))
    return found


@pytest.mark.parametrize(
    ("treatment", "expected"),
    [
        ("policy: none", []),
        ("policy: continuous, drugs: [B]", [(0, "B")]),
        ("policy: continuous, drugs: B, start: 12, stop: 50", [(12, "B"), (50, "")]),
        ("policy: combination, drugs: [A, [B, C]], start: 3", [(3, "ABC")]),
        ("policy: combination, drugs: [A, B], stop: 400", [(0, "AB")]),
        (
            "policy: sequential, drugs: [A, [B, C], A], at: [30, 40]",
            [(0, "A"), (30, "BC"), (40, "A")],
        ),
        (
            "policy: sequential, drugs: [A, B, C], start: 5, at: [30, 60], stop: 45",
            [(5, "A"), (30, "B"), (45, "")],
        ),
        (
            "policy: alternating, drugs: [A, B, C], every: 20, start: 10",
            [(10, "A"), (30, "B"), (50, "C"), (70, "A"), (90, "B")],
        ),
        (
            "policy: alternating, drugs: [A, B], every: 25",
            [(0, "A"), (25, "B"), (50, "A"), (75, "B")],
        ),
        (
            "policy: alternating, drugs: [A, [A, B]], every: 30, stop: 60",
            [(0, "A"), (30, "AB"), (60, "")],
        ),
        (
            "policy: pulsed, drugs: [A, C], on: 10, off: 30, start: 5",
            [(5, "AC"), (15, ""), (45, "AC"), (55, ""), (85, "AC"), (95, "")],
        ),
        (
            "policy: pulsed, drugs: A, on: 10, off: 30, stop: 45",
            [(0, "A"), (10, ""), (40, "A"), (45, "")],
        ),
        (
            "policy: pulsed, drugs: A, on: 10, off: 30, stop: 25",
            [(0, "A"), (10, ""), (25, "")],
        ),
    ],
)
def test_fixed_policies_give_what_they_say_when_they_say_it(treatment, expected):
    policy = fixed(treatment)
    assert course_of_treatment(policy) == expected
    first = expected[0][0] if expected else 100.0
    if first > 0:
        assert given(policy, 0.0) == given(policy, first - 1e-6) == ""


def on_progression(treatment: str = "drugs: [A, B, C]", endpoints: str = "{detectable: 100 cells}"):
    text = f"policy: sequential, {treatment}"
    return policy_of(
        compile_treatment(scenario(DRUGS, f"endpoints: {endpoints}", treatment=text)), 1
    )


def lines_seen(policy, burdens: list[float], every: float = 10.0, start: float = 0.0) -> str:
    """Lines given at scans that show these burdens."""
    found = ""
    for number, burden in enumerate(burdens):
        doses = policy.decide(scan(start + every * number, np.array([burden]), scanned=True))
        found += "".join(n for n, d in zip("ABC", doses[0], strict=True) if d) or "-"
    return found


@pytest.mark.parametrize(
    ("burdens", "lines"),
    [
        ([1000, 500, 800, 865, 900], "AAABB"),  # 1.728 x 500 = 864
        ([1000, 500, 864, 864], "AABB"),  # at the threshold exactly; then a new reference
        ([1000, 500, 863.999, 400, 690, 692], "AAAAAB"),  # from the lowest so far
        ([1000, 1728, 2985, 2986, 9999], "ABBCC"),  # each line has its own reference; C is the last
        ([1000, 10, 172, 173], "AAAB"),  # below what can be seen nothing counts
        ([1000, 0, 0, 172, 173], "AAAAB"),  # also from nothing
        ([0, 0, 0], "AAA"),
        ([50, 20, 86, 87], "AAAB"),  # a baseline below what can be seen is its own floor
    ],
)
def test_the_next_line_begins_at_the_scan_that_shows_progression(burdens, lines):
    assert lines_seen(on_progression(), burdens) == lines


def test_progression_from_baseline_ignores_the_nadir():
    policy = on_progression(endpoints="{criterion: baseline, detectable: 1 cell}")
    assert lines_seen(policy, [1000, 100, 900, 1727, 1729, 1730]) == "AAAABB"


def test_what_happens_between_scans_is_not_seen():
    policy = on_progression()
    policy.decide(scan(0.0, np.array([1000.0]), scanned=True))
    for day in (1.0, 2.0):
        doses = policy.decide(scan(day, np.array([1e6]), scanned=False))
        assert doses[0].tolist() == [1, 0, 0]
    assert lines_seen(policy, [1e6], start=10.0) == "B"


def test_nothing_before_the_start_or_from_the_stop_on():
    policy = on_progression("drugs: [A, B], start: 20, stop: 50")
    assert lines_seen(policy, [1000, 5000, 1000, 900, 2000, 9000, 9000]) == "--AAB--"
    assert policy.moments(1000).tolist() == [20, 50]
    assert policy.moments(30).tolist() == [20]


def test_guided_by_recist_the_next_line_begins_at_its_progression():
    text = "policy: sequential, drugs: [A, B, C], guided_by: recist"
    policy, given = policy_of(compile_treatment(scenario(DRUGS, treatment=text)), 2), []
    visits = [["NE", "NE"], ["PR", "SD"], ["PD", "SD"], ["NE", "PD"], ["PD", "NE"]]
    for day, codes in enumerate(visits):
        seen = scan(50.0 * day, [1e9, 1e9], recist=[RESPONSES.index(code) for code in codes])
        given.append(["ABC"[int(row.argmax())] for row in policy.decide(seen)])
    assert given == [["A", "A"], ["A", "A"], ["B", "A"], ["B", "B"], ["C", "B"]]


def test_patients_switch_apart():
    text = "policy: sequential, drugs: [A, B]"
    policy = policy_of(compile_treatment(scenario(DRUGS, treatment=text)), 3)
    policy.decide(scan(0.0, np.full(3, 1e9), scanned=True))
    doses = policy.decide(scan(56.0, np.array([1e9, 2e9, 0.0]), scanned=True))
    assert doses.tolist() == [[1, 0, 0], [0, 1, 0], [1, 0, 0]]


class Scripted:
    """An engine that makes burdens follow a script, whatever the exposure."""

    def __init__(self, script):
        self.script, self.seen = script, []
        self.model = compile_model(scenario(DRUGS, treatment="policy: continuous, drugs: [A]"))

    def advance(self, population, exposure, chosen):
        self.seen.append((exposure, chosen.copy()))
        population.cells[chosen] = self.script(exposure.end)


def crowd(patients, first):
    """Patients of one tumor and one type, whose course is kept on four days."""
    cells = np.full((patients, 1), first)
    population = unwatched(cells, np.full(patients, np.nan), np.arange(patients + 1), drugs=3)
    days = np.array([0.0, 60.0, 80.0, 120.0])
    slots = np.full(patients, days.size)
    kept = Kept(days, np.zeros((patients, 4, 1)), slots, True)
    population.courses = Courses(kept, keep_nothing(1).visits)
    return population


CRITERIA = Criteria(0.343, 1.728, "recist", 1.0, 56.0)


class EveryFifty:
    """A clinic that sees the burden of everyone, exactly, every fifty days."""

    def __init__(self, population):
        patients = population.start.size - 1
        self.population, self.codes = population, np.zeros(patients, dtype=np.int64)
        self.latest = {"burden": np.full(patients, np.nan)}
        self.day, self.baseline, self.nadir = dict(self.latest), dict(self.latest), {}

    def look(self, day, alive):
        who = alive & (day % 50 == 0)
        if who.any():
            self.latest = {"burden": np.where(who, self.population.burden, np.nan)}
        return who, who, {"burden": who}

    def begin_line(self, who, day):
        pass

    def finish(self):
        pass


def run_loop(own, policy, engine, population, calendar, clinic=None):
    patients = population.start.size - 1
    return treat(
        engine, population, policy, calendar, criteria=CRITERIA, clinic=clinic,
        histories=Histories(len(own.drugs), patients, 0.0),
        limits=Limits(compile_treatment(own).limits, patients),
    )  # fmt: skip


def test_the_loop_shows_a_policy_only_what_scans_showed():
    text = "policy: sequential, drugs: [A, B]"
    own = scenario(DRUGS, "monitoring: {imaging: {every: 50}}", treatment=text)
    policy, shown = policy_of(compile_treatment(own), 1), []

    class Watched:
        def moments(self, until):
            return policy.moments(until)

        def decide(self, seen):
            shown.append((seen.time, float(seen.latest["burden"][0]), bool(seen.scanned[0])))
            return policy.decide(seen)

    # a burden that is high only between the scans of days 0, 50 and 100
    engine = Scripted(lambda day: 1e9 if day % 50 == 0 else 1e12)
    calendar = make_calendar(np.array([0.0, 50, 75, 100]), start=0.0, until=120.0)
    population = crowd(1, 1e9)
    record = run_loop(own, Watched(), engine, population, calendar, EveryFifty(population))
    assert shown == [(0, 1e9, True), (50, 1e9, True), (75, 1e9, False), (100, 1e9, True)]
    assert record.doses[0].tolist() == [[1, 0, 0]] * 4
    assert record.given.tolist() == [[120, 0, 0]]
    assert record.lines.tolist() == [1]


def test_the_dead_are_given_nothing_and_no_engine_moves_them():
    own = scenario(DRUGS, treatment="policy: continuous, drugs: [A]")
    population, seen = crowd(2, 1e9), []

    class Lethal(Scripted):
        def advance(self, population, exposure, chosen):
            if chosen.size:
                seen.append(chosen.tolist())
            if exposure.end == 75.0:
                population.watch.ended[0] = 70.0

    calendar = make_calendar(np.array([0.0, 50, 75]), start=0.0, until=120.0)
    record = run_loop(own, policy_of(compile_treatment(own), 2), Lethal(None), population, calendar)
    assert seen == [[0, 1], [0, 1], [1]]
    assert record.given[:, 0].tolist() == [70.0, 120.0]
    assert record.doses[:, :, 0].tolist() == [[1, 1, 0, 0], [1, 1, 1, 1]]
    assert record.lines.tolist() == [1, 1]


def doses_of(*rows):
    return np.array(rows, dtype=float)


def test_a_line_is_a_regimen_given_for_the_first_time():
    lines = LinesOfTherapy(2)
    a, b, both, none = [1, 0], [0, 1], [1, 1], [0, 0]
    for first, second in ((none, a), (a, none), (none, b), (a, [0.5, 0]), (both, b), (a, both)):
        lines.count(doses_of(first, second), doses_of(first, second))
    assert lines.number.tolist() == [2, 3]  # A, then A+B; A, then B, then A+B
    # what a limit withholds does not make a new regimen of the rest
    lines = LinesOfTherapy(1)
    lines.count(doses_of(both), doses_of(both))
    lines.count(doses_of(both), doses_of(b))
    assert lines.number.tolist() == [1]
