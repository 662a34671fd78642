"""Here: what rules give after the visits they are shown, patient by patient.

Not here: conditions (``test_rules_meaning``), their values (``property/test_rules``).
"""

import numpy as np
import pytest

from countermove.foundation import ScenarioError
from countermove.treatment import compile_treatment, policy_of
from countermove.treatment.observations import RESPONSES, Observations
from countermove.treatment.rules import Rules, Then, checked_rules, read_rules
from support.seeing import scan
from support.small_scenarios import scenario

pytestmark = pytest.mark.filterwarnings("ignore:monitoring.imaging.every")

DRUGS = "drugs: {A: {kill: 0.1, levels: 3}, B: {kill: 0.1, levels: 3}, C: {kill: 0.1, levels: 3}}"
GOING = "volume >= 0"


def rules_policy(own, patients, rules):
    """Rules of a scenario's drugs and lines, whatever its own policy is."""
    compiled = compile_treatment(own)
    drugs, span = compiled.limits.names, (compiled.start, compiled.stop)
    return Rules(rules, drugs, compiled.lines, *span, patients)


def policy(*given, lines="[A, B]", patients=1, more="start: 0"):
    """Rules as (condition, actions) over lines of drugs."""
    own = scenario(DRUGS, treatment=f"policy: sequential, drugs: {lines}, {more}")
    made = rules_policy(own, patients, ())
    made.rules = checked_rules([(when, Then(**then)) for when, then in given], own)
    return made


def visit(time, volume, *, visited=None, recist=None, baseline=None, scanned=None):
    """What was seen at one visit; volumes (patients,)."""
    volume = np.array(volume, dtype=float)
    everyone = np.ones(volume.size, dtype=bool)
    codes = [RESPONSES.index(r) for r in recist or ["NE"] * volume.size]
    visited = everyone if visited is None else np.array(visited)
    return Observations(
        time=time,
        visited=visited,
        scanned=visited if scanned is None else np.array(scanned),
        latest={"volume": volume},
        baseline={"volume": everyone * 10.0 if baseline is None else np.array(baseline)},
        nadir={"volume": volume},
        recist=np.array(codes),
    )


def course(made: Rules, *volumes, every=10.0, drug="A"):
    """Doses of one drug to one patient at visits that show these volumes."""
    doses = [made.decide(visit(every * n, [volume])) for n, volume in enumerate(volumes)]
    return np.array(doses)[:, 0, made.drugs.index(drug)].tolist()


def test_the_first_line_starts_at_treatment_start_and_all_ends_at_its_stop():
    made = policy(lines="[[A, B], C]", more="start: 5, stop: 20")
    assert made.moments(100.0).tolist() == [5.0, 20.0]
    assert made.moments(10.0).tolist() == [5.0]
    given = [made.decide(visit(day, [1.0], visited=[day == 0.0])) for day in (0.0, 5.0, 9.0, 20.0)]
    assert np.array(given)[:, 0].tolist() == [[0, 0, 0], [1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_a_treatment_without_lines_waits_for_a_rule():
    made = policy(("volume > 3", {"start": ("B",)}))
    made.lines = made.lines[:0]
    assert course(made, 1, 2, 4, 1, drug="B") == [0, 0, 1, 1]


def test_a_stopped_drug_stays_stopped_until_a_later_visit_starts_it():
    made = policy(("volume < 2", {"stop": ("A",)}), ("volume > 8", {"start": ("A",)}))
    assert course(made, 5, 1, 5, 9, 5) == [1, 0, 0, 1, 1]


def test_a_held_drug_comes_back_at_the_next_visit_that_does_not_hold_it():
    made = policy(("volume < 2", {"hold": ("A",)}))
    assert course(made, 5, 1, 1, 5, 1) == [1, 0, 0, 1, 0]


def test_nothing_changes_for_a_patient_who_is_not_visited():
    made = policy((GOING, {"hold": ("A",)}), patients=2)
    first = made.decide(visit(0.0, [5.0, 5.0], visited=[True, False]))
    second = made.decide(visit(1.0, [5.0, 5.0], visited=[False, False]))
    third = made.decide(visit(2.0, [-1.0, 5.0], visited=[False, True]))
    assert first[:, 0].tolist() == second[:, 0].tolist() == [0, 1]
    assert third[:, 0].tolist() == [0, 0]


def test_a_dose_stays_and_does_not_start_a_drug():
    made = policy(
        ("volume < 2", {"dose": {"A": 0.5, "B": 0.25}}),
        ("volume > 8", {"stop": ("A",)}),
        ("volume == 7", {"start": ("A", "B")}),
    )
    days = [(5, 1, 0), (1, 0.5, 0), (5, 0.5, 0), (9, 0, 0), (1, 0, 0), (7, 0.5, 0.25)]
    for number, (volume, a, b) in enumerate(days):
        got = made.decide(visit(10.0 * number, [volume]))[0].tolist()
        assert got == [a if number else 1, b, 0]


def test_one_rule_may_start_at_a_dose():
    made = policy((GOING, {"start": ("C",), "dose": {"C": 0.5}}))
    assert course(made, 1, drug="C") == [0.5]


@pytest.mark.parametrize(
    ("first", "second", "doses"),
    [
        ({"stop": ("A",)}, {"hold": ("A",)}, [0, 0]),
        ({"hold": ("A",)}, {"stop": ("A",)}, [0, 1]),
        ({"start": ("A",)}, {"hold": ("A",)}, [1, 1]),
        ({"hold": ("A",)}, {"start": ("A",)}, [0, 1]),
        ({"dose": {"A": 0.5}}, {"dose": {"A": 0.25}}, [0.5, 0.5]),
        ({"dose": {"A": 0.5}}, {"stop": ("A",)}, [0.5, 0.5]),
        ({"stop": ("A",)}, {"dose": {"A": 0.5}}, [0, 0]),
        ({"stop": ("B",)}, {"stop": ("A",)}, [0, 0]),
    ],
)
def test_the_first_claim_on_a_drug_wins(first, second, doses):
    made = policy(("volume > 1", first), ("volume > 2", second))
    assert course(made, 5, 0) == doses


def test_the_next_line_ends_one_and_begins_the_other_and_the_last_goes_on():
    made = policy(("recist == 'PD'", {"next_line": True}), lines="[A, [B, C]]", patients=2)
    seen = [["SD", "PD"], ["SD", "PD"], ["PD", "NE"], ["PD", "PD"]]
    doses = [made.decide(visit(n, [1.0, 1.0], recist=codes)) for n, codes in enumerate(seen)]
    assert np.array(doses)[:, 0].tolist() == [[1, 0, 0], [1, 0, 0], [0, 1, 1], [0, 1, 1]]
    assert np.array(doses)[:, 1].tolist() == [[0, 1, 1]] * 4
    assert made.line.tolist() == [2, 2]


def test_two_rules_go_on_by_one_line_and_a_hold_does_not_keep_it():
    made = policy(
        ("volume > 2", {"hold": ("A", "B")}),
        ("volume > 3", {"next_line": True}),
        ("volume > 4", {"next_line": True}),
        lines="[A, B, C]",
    )
    doses = [made.decide(visit(n, [volume]))[0].tolist() for n, volume in enumerate((1, 5, 1, 5))]
    assert doses == [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_drug_an_earlier_rule_starts_is_kept_when_its_line_ends():
    made = policy(("volume > 2", {"start": ("A",)}), ("volume > 3", {"next_line": True}))
    assert made.decide(visit(0.0, [5.0]))[0].tolist() == [1, 1, 0]


def test_own_actions_of_a_rule_come_before_those_of_its_line():
    made = policy((GOING, {"next_line": True, "hold": ("B",)}), lines="[A, [B, C]]")
    assert made.decide(visit(0.0, [5.0]))[0].tolist() == [0, 0, 1]


def test_rules_see_what_was_given_before_the_visit():
    made = policy(
        ("drug.on(A)", {"stop": ("A",), "start": ("B",)}),
        ("drug.on(B)", {"stop": ("B",), "start": ("A",)}),
    )
    doses = [made.decide(visit(n, [1.0]))[0].tolist() for n in range(4)]
    assert doses == [[0, 1, 0], [1, 0, 0], [0, 1, 0], [1, 0, 0]]


def test_time_days_on_a_drug_visits_lines_and_doses_are_remembered():
    made = policy(
        ("time == 10", {"hold": ("A",)}),
        ("drug.days(A) == 20 and drug.dose(A) == 1", {"next_line": True}),
        ("line == 2 and visits == 6", {"start": ("C",)}),
        more="start: 10",
    )
    doses = [made.decide(visit(10.0 * n, [1.0]))[0].tolist() for n in range(6)]
    assert doses == [[0, 0, 0], [1, 0, 0], [0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 1, 1]]
    assert made.days.tolist() == [[20.0, 10.0, 0.0]]


def test_visits_count_scans_only():
    made = policy(("visits >= 2", {"stop": ("A",)}))
    given = [made.decide(visit(n, [1.0], scanned=[n % 2 == 1])) for n in range(5)]
    assert np.array(given)[:, 0, 0].tolist() == [1, 1, 1, 0, 0]


def test_what_is_missing_makes_no_comparison_true():
    nan = float("nan")
    rules = (
        ("volume < 5 * baseline.volume", {"stop": ("A",)}),
        ("volume / baseline.volume != 7", {"stop": ("A",)}),
        ("missing(baseline.volume)", {"start": ("C",)}),
    )
    made = policy(*rules, patients=3)
    doses = made.decide(visit(0.0, [1.0, nan, 1.0], baseline=[nan, 1.0, 1.0]))
    assert doses.tolist() == [[1, 0, 1], [1, 0, 0], [0, 0, 0]]


def test_a_quotient_by_what_was_seen_to_be_nothing_is_missing():
    made = policy(("volume / baseline.volume > 1", {"stop": ("A",)}), patients=2)
    doses = made.decide(visit(0.0, [1.0, 0.0], baseline=[0.0, 0.0]))
    assert doses[:, 0].tolist() == [1, 1]


def test_adaptive_therapy_written_as_rules_is_adaptive_therapy():
    readings = np.array([[10, 6, 5, 4.9, 9, 10, 10.1, 7], [10, 4, 11, 4, 4, 12, 12, 12]])
    built_in = policy_of(
        compile_treatment(scenario(DRUGS, treatment="policy: adaptive, drugs: A")), 2
    )
    made = policy(
        ("volume < 0.5 * baseline.volume", {"hold": ("A",)}),
        ("not drug.on(A) and volume <= baseline.volume", {"hold": ("A",)}),
        patients=2,
    )
    for number, volume in enumerate(readings.T):
        wanted = built_in.decide(scan(10.0 * number, volume, scanned=True))
        assert made.decide(visit(10.0 * number, volume)).tolist() == wanted.tolist()


def test_rules_are_read_from_a_scenario():
    own = scenario(DRUGS, treatment="policy: sequential, drugs: [A, B]")
    actions = {"hold": "A", "next_line": True}
    rules = [{"when": "sld > 2 cm and recist == 'PD'", "then": actions}]
    treatment = type(own.treatment).model_validate(
        {"policy": "rules", "drugs": ["A", "B"], "rules": rules}
    )
    (rule,) = read_rules(own.model_copy(update={"treatment": treatment}))
    assert rule.then == Then(hold=("A",), next_line=True)
    made = rules_policy(own, 3, (rule,))
    assert made.needed == {"sld", "recist"}
    rules[0]["when"] = "sdl > 2 cm"
    treatment = type(own.treatment).model_validate(
        {"policy": "rules", "drugs": ["A", "B"], "rules": rules}
    )
    with pytest.raises(ScenarioError, match="Did you mean 'sld'"):
        read_rules(own.model_copy(update={"treatment": treatment}))
