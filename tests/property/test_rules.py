"""Here: any text is a condition or one of our errors, and conditions come to what they say.

Not here: single sentences of the language (``unit/test_rules_reading``, ``_meaning``).
"""

import math
import sys

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from countermove.foundation import ScenarioError
from countermove.treatment.observations import RESPONSES, Observations
from countermove.treatment.rules import (
    Facts,
    Vocabulary,
    check_condition,
    evaluate,
    observables_needed,
    read_condition,
    text_of,
)
from countermove.treatment.rules.quantities import UNITS
from countermove.treatment.rules.tree import (
    Arithmetic,
    Comparison,
    Logic,
    Missing,
    Name,
    Negative,
    Not,
    Number,
    Word,
    nodes_of,
)

WHERE = "treatment.rules.0.when"
DRUGS = ("A", "b-2")
PANEL = ("t790m", "5q-loss")
OBSERVED = ("volume", "sld", "burden", "ca-125")
VOCABULARY = Vocabulary(
    observables={
        **{"volume": "volume", "sld": "length", "burden": "cells", "ca-125": "marker"},
        **{f"ctdna.vaf({name})": "" for name in PANEL},
    },
    drugs=DRUGS,
    alterations=PANEL,
    panel=PANEL,
    marker="ca-125",
    lines=2,
)
PATIENTS = 6

WORDS = st.sampled_from(
    "and or not missing ( ) < <= == != + - * / . 'PD' 'x 3 0 1e400 weeks ng/mL % psa volume line "
    "recist baseline. nadir.volume drug.on(A) drug.on( ctdna.vaf(t790m) ca-125 time import "
    "__class__ lambda: exec('1') \x00 \ud800 ² µ ≤ = & 5q".split(" ")
)


def read_or_refused(text):
    """The checked tree of a text, or the error that refuses it."""
    try:
        tree = read_condition(text, WHERE, ["ca-125"])
        check_condition(tree, VOCABULARY, WHERE)
    except ScenarioError as error:
        return error
    return tree


@given(st.one_of(st.text(max_size=60), st.lists(WORDS, max_size=25).map(" ".join)))
@example("(" * 3000)
@example("- " * 900 + "1")
@example("not " * 400 + "drug.on(A)")
@example("1+" * 999 + "1")
@example("9" * 2000)
def test_any_text_is_read_or_refused_in_our_own_words(text):
    found = read_or_refused(text)
    if isinstance(found, ScenarioError):
        assert found.where == WHERE
        assert str(found).isprintable()
    else:
        assert read_condition(text_of(found), WHERE, ["ca-125"]) == found
        assert evaluate(found, facts_of([patient_of(0)])).shape == (1,)


AUDITED = {"compile", "exec", "import", "open", "os.system", "subprocess.Popen", "code.__new__"}


EVENTS: list[str] | None = None


def _watch(event, _):
    if EVENTS is not None:
        EVENTS.append(event)


def _watched(action):
    """Events of the interpreter that mean that something was executed or opened."""
    global EVENTS
    if "hooked" not in vars(_watch):
        sys.addaudithook(_watch)
        _watch.hooked = True
    EVENTS = seen = []
    try:
        action()
    finally:
        EVENTS = None
    return AUDITED & set(seen)


@pytest.mark.parametrize(
    "text", ["__import__('os').system('true')", "exec('1')", "open('x')", "(lambda: 1)()"]
)
def test_nothing_of_a_text_is_executed(text):
    def read():
        with pytest.raises(ScenarioError):
            read_condition(text, WHERE)

    read()  # whatever is compiled once and kept is compiled here
    assert not _watched(read)
    assert _watched(lambda: eval("1"))  # the check would notice


# Trees that make no sense are written and read back all the same.
VALUES = st.floats(min_value=0.0, allow_nan=False, allow_infinity=False)
NUMBERS = st.builds(Number, VALUES, st.sampled_from(["", *UNITS]))
QUOTED = st.builds(Word, st.text(max_size=5).filter(lambda t: not ("'" in t and '"' in t)))
NAMES = st.builds(
    Name,
    st.sampled_from(["psa", "ctdna.vaf", "ca-125", "time", "_x", "baseline", "drug.on"]),
    st.sampled_from(["", "A", "5q-loss"]),
    st.sampled_from(["", "baseline", "nadir"]),
)


def _chains(parts, signs):
    return st.lists(st.tuples(st.sampled_from(signs), parts), min_size=1, max_size=3).flatmap(
        lambda rest: parts.map(
            lambda first: Arithmetic(
                (first, *(part for _, part in rest)), tuple(sign for sign, _ in rest)
            )
        )
    )


def _larger(parts):
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Negative, parts),
        st.builds(Not, parts),
        st.builds(Comparison, parts, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), parts),
        st.builds(Logic, st.sampled_from(["and", "or"]), several),
        _chains(parts, "+-"),
        _chains(parts, "*/"),
    )


ANY_TREE = st.recursive(st.one_of(NUMBERS, QUOTED, NAMES, st.builds(Missing, NAMES)), _larger)


@given(ANY_TREE)
def test_a_tree_that_is_written_reads_back_to_itself(tree):
    assert read_condition(text_of(tree), WHERE, ["ca-125"]) == tree


def test_the_check_above_would_notice_lost_parentheses():
    one, two = Number(1.0), Number(2.0)
    tree = Arithmetic((one, Arithmetic((two, one), ("-",))), ("-",))
    assert read_condition(text_of(tree).replace("(", "").replace(")", ""), WHERE) != tree


# Trees that make sense, over what six patients show; None is what was not measured.
CONSTANTS = st.sampled_from([0.0, 1.0, 2.0, 0.5, 1e9, 1e300]).map(Number)
SEEN = st.builds(Name, st.sampled_from(OBSERVED), st.just(""), st.sampled_from(["", "baseline"]))
SEEN |= st.builds(
    Name, st.just("ctdna.vaf"), st.sampled_from(PANEL), st.sampled_from(["", "nadir"])
)
KNOWN = st.sampled_from([Name("time"), Name("visits"), Name("line")])
KNOWN |= st.builds(Name, st.sampled_from(["drug.dose", "drug.days"]), st.sampled_from(DRUGS))


def _numbers(parts):
    return st.one_of(st.builds(Negative, parts), _chains(parts, "+-"), _chains(parts, "*/"))


FIGURES = st.recursive(st.one_of(CONSTANTS, SEEN, KNOWN), _numbers, max_leaves=6)
SIMPLE = st.one_of(
    st.builds(Comparison, FIGURES, st.sampled_from(["<", "<=", ">", ">=", "==", "!="]), FIGURES),
    st.builds(
        Comparison,
        st.just(Name("recist")),
        st.sampled_from(["==", "!="]),
        st.sampled_from(RESPONSES).map(Word),
    ),
    st.builds(Missing, SEEN),
    st.builds(Name, st.just("drug.on"), st.sampled_from(DRUGS)),
)


def _conditions(parts):
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Not, parts), st.builds(Logic, st.sampled_from(["and", "or"]), several)
    )


CONDITIONS = st.recursive(SIMPLE, _conditions, max_leaves=6)
SHOWN = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0, 0.5, 1e9, 1e300, -1e300]))
KEYS = [*OBSERVED, *(f"ctdna.vaf({name})" for name in PANEL)]
PATIENT = st.fixed_dictionaries(
    {
        "latest": st.fixed_dictionaries(dict.fromkeys(KEYS, SHOWN)),
        "baseline": st.fixed_dictionaries(dict.fromkeys(KEYS, SHOWN)),
        "nadir": st.fixed_dictionaries(dict.fromkeys(KEYS, SHOWN)),
        "recist": st.sampled_from(RESPONSES),
        "doses": st.fixed_dictionaries(dict.fromkeys(DRUGS, st.sampled_from([0.0, 0.5, 1.0]))),
        "days": st.fixed_dictionaries(dict.fromkeys(DRUGS, st.sampled_from([0.0, 1.0, 2.0]))),
        "line": st.integers(1, 2),
        "visits": st.integers(0, 2),
    }
)


def patient_of(value):
    """A patient of whom everything measured is one value."""
    drugs, keys = dict.fromkeys(DRUGS, 1.0), dict.fromkeys(KEYS, value)
    shown = {"latest": keys, "baseline": keys, "nadir": keys, "recist": "SD"}
    return {**shown, "doses": drugs, "days": drugs, "line": 1, "visits": 1}


def facts_of(patients, time=1.0):
    def column(values):
        return np.array([math.nan if value is None else value for value in values])

    def moment(name):
        return {key: column(p[name][key] for p in patients) for key in KEYS}

    everyone = np.ones(len(patients), dtype=bool)
    seen = Observations(
        time=time + 3.0,
        visited=everyone,
        scanned=everyone,
        latest=moment("latest"),
        baseline=moment("baseline"),
        nadir=moment("nadir"),
        recist=np.array([RESPONSES.index(p["recist"]) for p in patients]),
    )
    return Facts(
        seen=seen,
        time=time,
        drugs=DRUGS,
        doses=np.array([[p["doses"][drug] for drug in DRUGS] for p in patients]),
        days=np.array([[p["days"][drug] for drug in DRUGS] for p in patients]),
        line=np.array([p["line"] for p in patients]),
        visits=np.array([p["visits"] for p in patients]),
    )


def slow_number(tree, patient, time):
    """A number of one patient; None where it is missing."""
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Name):
        return slow_name(tree, patient, time)
    if isinstance(tree, Negative):
        value = slow_number(tree.part, patient, time)
        return None if value is None else -value
    total = slow_number(tree.parts[0], patient, time)
    for sign, part in zip(tree.signs, tree.parts[1:], strict=True):
        value = slow_number(part, patient, time)
        if total is None or value is None or (sign == "/" and value == 0):
            total = None
            continue
        if sign == "/":
            total = total / value
        else:
            total = {"+": total + value, "-": total - value, "*": total * value}[sign]
        total = None if math.isnan(total) else total  # infinity less infinity
    return total


def slow_name(name, patient, time):
    own = {"time": time, "line": patient["line"], "visits": patient["visits"]}
    if name.thing in own:
        return float(own[name.thing])
    if name.thing.startswith("drug."):
        return patient[{"drug.dose": "doses", "drug.days": "days"}[name.thing]][name.of]
    return patient[name.moment or "latest"][name.key]


def slow(tree, patient, time):
    """Whether a condition holds for one patient."""
    if isinstance(tree, Not):
        return not slow(tree.part, patient, time)
    if isinstance(tree, Logic):
        parts = [slow(part, patient, time) for part in tree.parts]
        return any(parts) if tree.word == "or" else all(parts)
    if isinstance(tree, Missing):
        return slow_number(tree.name, patient, time) is None
    if isinstance(tree, Name):
        return patient["doses"][tree.of] > 0
    if tree.left == Name("recist"):
        return (patient["recist"] == tree.right.text) == (tree.sign == "==")
    left, right = (slow_number(side, patient, time) for side in (tree.left, tree.right))
    if left is None or right is None:
        return False
    return {
        "<": left < right,
        "<=": left <= right,
        ">": left > right,
        ">=": left >= right,
        "==": left == right,
        "!=": left != right,
    }[tree.sign]


@given(CONDITIONS, st.lists(PATIENT, min_size=PATIENTS, max_size=PATIENTS), st.sampled_from([0, 2]))
def test_a_condition_comes_to_what_it_says_for_each_patient(tree, patients, time):
    found = evaluate(tree, facts_of(patients, float(time)))
    assert found.dtype == bool
    assert found.tolist() == [slow(tree, patient, float(time)) for patient in patients]


@given(CONDITIONS)
def test_what_is_needed_is_all_that_is_looked_at(tree):
    facts = facts_of([patient_of(1.0)])
    needed = observables_needed(tree)
    for shown in (facts.seen.latest, facts.seen.baseline, facts.seen.nadir):
        for key in set(shown) - needed:
            del shown[key]
    evaluate(tree, facts)  # no KeyError
    assert ("recist" in needed) == (Name("recist") in nodes_of(tree))
