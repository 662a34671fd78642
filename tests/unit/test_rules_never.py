"""Here: which rules are said never to act, and that no rule is which does.

Not here: which rules are refused (``test_rules_meaning``).
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from countermove.scenario import Scenario, loads
from countermove.treatment.observations import Observations
from countermove.treatment.rules.evaluate import Facts, evaluate
from countermove.treatment.rules.never import Bounds, can_hold, doubtful_rules
from countermove.treatment.rules.reading import read_condition

TEXT = """
countermove: 1
name: Case
tumor: {birth: 0.3 /day, death: 0.1 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.4 /day}, B: {kill: 0.4 /day}}
alterations: {r: {mechanism: target, drug: A, rate: 1e-6}}
monitoring:
  marker: {name: psa, every: 4 weeks, per_cell: 1e-9 ng/mL, delay: 1 week}
  ctdna: {every: 4 weeks, panel: [r]}
  biopsy: {at: AT}
treatment:
  start: 10 days
  drugs: [A, B]
  rules:
    - {when: "WHEN", then: {next_line: true}}
    - {when: "psa > 1e9", then: {next_line: true}}
follow_up: 100 days
"""


def asked(when: str, at: str = "[progression]") -> Scenario:
    return loads(TEXT.replace("WHEN", when).replace("AT", at))


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("volume < 0", "because volume is 0 or more."),
        ("volume <= -1 cm3", "because volume is 0 or more."),
        ("time > 90 days", "because time is 0 to 90 days."),
        ("time - 5 > 3 months and recist == 'PD'", "can never hold."),
        ("ctdna.vaf(r) > 5", "because ctdna.vaf(r) is 0 to 1."),
        ("5 < ctdna.vaf(r)", "because ctdna.vaf(r) is 0 to 1."),
        ("line > 2", "because line is 1 to 2."),
        ("drug.days(A) > 1 year", "because drug.days(A) is 0 to 90 days."),
        ("psa / baseline.psa < 0 or volume < 0", "can never hold"),
        ("-psa > 0", "can never hold."),
        ("ctdna.vaf(r) * ctdna.vaf(r) > 1", "can never hold."),
        ("1 > 2", "can never hold."),
    ],
)
def test_what_can_never_hold_is_told(when, why):
    (said,) = doubtful_rules(asked(when))
    assert said.startswith(f"treatment.rules.0.when: '{when[:8]}")
    assert why in said


@pytest.mark.parametrize(
    "when",
    [
        "volume <= 0",
        "volume < 0 or recist == 'PD'",
        "time > 89 days",
        "time >= 90 days",
        "not volume < 0",
        "missing(psa) and time > 5",
        "ctdna.vaf(r) > 50 %",
        "volume - baseline.volume < 0",
        "psa / baseline.psa > 2",
        "recist != 'PD'",
        "line == '2'",
        "biopsy.vaf(r) > 0.1",
        "missing(baseline.biopsy.vaf(r))",
        "drug.on(A)",
        "psa < baseline.psa",
    ],
)
def test_what_may_hold_is_no_matter_of_a_word(when):
    assert doubtful_rules(asked(when)) == []


@pytest.mark.parametrize(
    ("at", "count"), [("[progression]", 1), ("[20]", 1), ("[diagnosis]", 0), ("[10, 20]", 0)]
)
def test_a_baseline_of_tissue_taken_later_is_never_there(at, count):
    said = doubtful_rules(asked("biopsy.vaf(r) > baseline.biopsy.vaf(r)", at))
    assert len(said) == count
    assert all("'baseline.biopsy.vaf(r)' is never known" in one for one in said)


BOUNDS = Bounds(90.0, 2, tissue=False)
NUMBERS = st.one_of(
    st.sampled_from(["volume", "baseline.volume", "ctdna.vaf(r)", "time", "line", "drug.days(A)"]),
    st.integers(-3, 100).map(str),
)
SUMS = st.recursive(
    NUMBERS,
    lambda part: st.builds("({} {} {})".format, part, st.sampled_from("+-*/"), part),
    max_leaves=4,
)
COMPARISONS = st.builds(
    "{} {} {}".format, SUMS, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), SUMS
)
CONDITIONS = st.recursive(
    COMPARISONS,
    lambda part: st.one_of(
        st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part),
        st.builds("not ({})".format, part),
    ),
    max_leaves=3,
)
FEW = 12
VALUES = st.lists(
    st.tuples(
        st.floats(0.0, 1e6), st.floats(0.0, 1e6), st.floats(0.0, 1.0), st.floats(0.0, 90.0),
        st.integers(1, 2),
    ),
    min_size=FEW, max_size=FEW,
)  # fmt: skip


@given(CONDITIONS, VALUES, st.floats(0.0, 90.0))
@settings(max_examples=400, deadline=None)
def test_no_condition_holds_that_is_said_never_to(when, values, time):
    volume, first, share, days, line = (np.array(column) for column in zip(*values, strict=True))
    seen = Observations(
        time,
        np.ones(FEW, bool),
        np.ones(FEW, bool),
        {"volume": volume, "ctdna.vaf(r)": share},
        {"volume": first},
        {},
        np.zeros(FEW, np.int64),
    )
    facts = Facts(
        seen, time, ("A",), np.ones((FEW, 1)), days[:, None], line, np.ones(FEW, np.int64)
    )
    tree = read_condition(when, "when", [])
    if evaluate(tree, facts).any():
        assert can_hold(tree, BOUNDS)
