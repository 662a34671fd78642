"""Here: which conditions and actions make sense in a scenario, and what is said of the others.

Not here: the grammar (``test_rules_reading``), what rules do (``test_rules_policy``).
"""

import pytest

from countermove.foundation import ScenarioError
from countermove.scenario import Scenario
from countermove.scenario.monitoring import Monitoring
from countermove.treatment.rules import Then, checked_rules, vocabulary_of
from support.small_scenarios import scenario

MONITORED = Monitoring.model_validate(
    {
        "marker": {"name": "psa", "every": "4 weeks", "per_cell": "1e-8 ng/mL"},
        "ctdna": {"every": "4 weeks", "panel": ["t790m"]},
    }
)
DRUGS = (
    "drugs: {gefitinib: {kill: 0.1, levels: 3}, osimertinib: {kill: 0.1, levels: "
    "{kind: one_compartment, dose: 80 mg, every: 1 day, half_life: 48 h, volume: 900 L, "
    "molar_mass: 500}, ec50: 0.01 uM, limits: {per_day: 160 mg}}}"
)
ALTERATIONS = (
    "alterations: {t790m: {mechanism: target, drug: gefitinib, fold: inf, rate: 1e-8}, "
    "met_amp: {mechanism: target, drug: gefitinib, fold: inf, rate: 1e-8}}"
)


def asked(monitoring: Monitoring | None = MONITORED, lines="[gefitinib, osimertinib]") -> Scenario:
    plain = scenario(DRUGS, ALTERATIONS, treatment=f"policy: sequential, drugs: {lines}")
    return plain.model_copy(update={"monitoring": monitoring}) if monitoring else plain


def accepted(when, then=None, own=None):
    return checked_rules([(when, then or Then(next_line=True))], own or asked())[0]


def refused(when="psa > 4", then=None, own=None, where="treatment.rules.0.when"):
    with pytest.raises(ScenarioError) as caught:
        accepted(when, then, own)
    assert caught.value.where == where
    return str(caught.value)


@pytest.mark.parametrize(
    "when",
    [
        "psa < 0.5 * baseline.psa",
        "psa > 4 ng/mL or psa > 4 or psa > 4 ug/L",
        "ctdna.vaf(t790m) > 0.1 % and drug.on(gefitinib)",
        "ctdna.reads(t790m) >= 5 and ctdna.detected(t790m) == 1",
        "ctdna.hge > 10 hge/mL",
        "recist == 'PD' and 'NE' != recist",
        "line == 2 or line == '1' or line > 7",
        "time > 12 weeks and drug.days(gefitinib) < 30",
        "volume / baseline.volume <= 0.343",
        "sld > 1.2 * nadir.sld and sld - nadir.sld >= 5 mm",
        "burden / volume > 1e9 cells / 1 cm3",
        "(volume - baseline.volume) / time > 0.01",
        "burden > 2 * 3 / (4 - 1)",
        "visits >= 2 and drug.dose(osimertinib) < 50 %",
        "not missing(nadir.ctdna.vaf(t790m))",
        "1 < 2",
    ],
)
def test_what_makes_sense_is_accepted(when):
    accepted(when)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("psaa > 4", "got 'psaa' at character 1, which is never measured"),
        ("psaa > 4", "Did you mean 'psa'?"),
        ("time > 3 and vlume > 4", "got 'vlume' at character 14"),
        ("psa > baseline.ca125", "got 'baseline.ca125' at character 7, which is never measured"),
        ("psa > baseline.psaa", "Did you mean 'psa'?"),
        ("psa > baseline.time", "expected something that is measured after 'baseline.'"),
        ("nadir.drug.on(gefitinib)", "something that is measured after 'nadir.'"),
        ("drug.on(gefitinb)", "got 'gefitinb' at character 9 in drug.on(gefitinb)"),
        ("drug.on(gefitinb)", "Did you mean 'gefitinib'?"),
        ("drug.on", "got 'drug.on' at character 1, expected a drug in parentheses after it"),
        ("drug.off(gefitinib)", "Did you mean 'drug.on(gefitinib)'?"),
        ("ctdna.vaf(met_amp) > 0", "Add 'met_amp' to monitoring.ctdna.panel."),
        ("ctdna.vaf(t79m) > 0", "got 't79m' at character 11"),
        ("baseline.ctdna.vaf(t79m) > 0", "got 't79m' at character 20"),
        ("ctdna.vaf > 0", "expected an alteration in parentheses after it"),
        ("psa(3) > 4", "Did you mean 'psa'?"),
        ("psa", "got 'psa' at character 1, which is a number, expected a condition"),
        ("psa and 3 > 2", "Compare it with something, as psa > 0."),
        ("psa > 2 and 3", "got '3' at character 13, which is a number"),
        ("not psa", "got 'psa' at character 5"),
        ("ctdna.detected(t790m) and psa > 4", "as ctdna.detected(t790m) == 1"),
        ("recist", "as recist == 'PD'"),
        ("'PD'", "which is a word in quotes"),
        ("recist == 'XX'", "got \"'XX'\" at character 11, expected one of NE, CR, PR, SD, PD"),
        ("recist == 'pd'", "Did you mean 'PD'?"),
        ("recist > 'SD'", "got '>' at character 8 with a response, expected '==' or '!='"),
        ("recist == PD", "Write a response in quotes, as recist == 'PD'."),
        ("recist == 4", "expected a response in quotes, as 'PD'"),
        ("recist == recist", "expected a response in quotes"),
        ("psa == 'PD'", "Quotes are for recist and line."),
        ("recist + 1 > 2", "which is a response, expected a number"),
        ("missing(recist)", "Write recist == 'NE'."),
        ("missing(time)", "which is never missing"),
        ("drug.on(gefitinib) == 1", "Join conditions by and, or, not."),
        ("(psa > 3) + 1 > 2", "which is a condition, expected a number"),
        ("line == 3", "got '3' at character 9 as the line, expected a line from 1 to 2"),
        ("line == 1.5", "expected a line from 1 to 2"),
        ("line == '3'", "expected a line from 1 to 2"),
        ("line == 'PD'", "expected a line from 1 to 2"),
        ("line > '1'", "got '>' at character 6 with a word in quotes"),
        ("line == recist", "which is a response, expected a number"),
        ("line > 2 weeks", "in days, expected one without a unit"),
        ("psa > 4 weeks", "got '4 weeks' at character 7 in days, expected one in ng/mL"),
        ("psa > volume", "in cm3, expected one in ng/mL"),
        ("psa + time > 3", "in days, expected one in ng/mL"),
        ("psa > baseline.psa * 2 weeks", "in ng/mL days, expected one in ng/mL"),
        ("time > 1 / (2 weeks)", "in days^-1, expected one in days"),
        ("psa / 0 > 1", "got '0' at character 7, as a divisor, expected a divisor other than 0"),
        ("psa / (2 - 2 * 1) > 1", "expected a divisor other than 0"),
        ("1 / -0 > psa", "expected a divisor other than 0"),
        ("psa > 1e308 * 10", "expected a finite number"),
    ],
)
def test_what_makes_no_sense_is_refused(when, said):
    assert said in refused(when)


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("psa > 4", "A serum marker is measured where monitoring.marker is given."),
        ("ctdna.vaf(t790m) > 0", "Add monitoring.ctdna"),
        ("nadir.ctdna.hge > 0", "Add monitoring.ctdna"),
    ],
)
def test_what_is_not_monitored_is_refused(when, said):
    assert said in refused(when, own=asked(None))


def test_where_there_is_one_line_there_is_no_second():
    own = scenario(DRUGS, treatment="policy: none")
    assert "no line: there is none" in refused("line == 1", own=own)


def test_a_marker_named_like_a_word_of_the_language_is_refused():
    marker = MONITORED.marker.model_copy(update={"name": "volume"})
    own = asked(MONITORED.model_copy(update={"marker": marker}))
    assert "got 'volume'" in refused("psa > 4", own=own, where="monitoring.marker.name")


def test_a_marker_whose_name_is_no_plain_word():
    marker = MONITORED.marker.model_copy(update={"name": "ca-125"})
    own = asked(MONITORED.model_copy(update={"marker": marker}))
    assert vocabulary_of(own).observables["ca-125"] == "marker"
    accepted("ca-125 > 2 * nadir.ca-125", own=own)


@pytest.mark.parametrize(
    ("then", "where", "said"),
    [
        (Then(), "then", "got no action"),
        (Then(start=("gefitinb",)), "then.start", "Did you mean 'gefitinib'?"),
        (Then(hold=("x",)), "then.hold", "expected a drug of this scenario"),
        (Then(dose={"x": 1.0}), "then.dose", "expected a drug of this scenario"),
        (Then(start=("gefitinib",), stop=("gefitinib",)), "then.stop", "under 'start'"),
        (Then(start=("gefitinib",), hold=("gefitinib",)), "then.hold", "under 'start'"),
        (Then(stop=("gefitinib",), hold=("gefitinib",)), "then.hold", "under 'stop'"),
        (Then(stop=("gefitinib",), dose={"gefitinib": 0.5}), "then.dose", "under 'stop'"),
        (Then(dose={"gefitinib": 0.0}), "then.dose.gefitinib", "more than 0"),
        (Then(dose={"gefitinib": float("nan")}), "then.dose.gefitinib", "got nan"),
        (Then(dose={"gefitinib": float("inf")}), "then.dose.gefitinib", "got inf"),
        (
            Then(dose={"osimertinib": 2.5}),
            "then.dose.osimertinib",
            "got 2.5, 200 mg per day, expected at most 2, as drugs.osimertinib.limits.per_day",
        ),
    ],
)
def test_actions_that_make_no_sense_are_refused(then, where, said):
    assert said in refused(then=then, where=f"treatment.rules.0.{where}")


@pytest.mark.parametrize(
    "then",
    [
        Then(start=("gefitinib",), dose={"gefitinib": 0.5}),
        Then(hold=("gefitinib",), dose={"gefitinib": 0.5}),
        Then(stop=("gefitinib",), start=("osimertinib",), dose={"osimertinib": 2.0}),
        Then(next_line=True, hold=("gefitinib",)),
    ],
)
def test_actions_that_go_together(then):
    assert accepted("psa > 4", then).then == then


def test_rules_that_contradict_each_other_are_refused():
    start, stop = Then(start=("gefitinib",)), Then(stop=("gefitinib",))
    with pytest.raises(ScenarioError) as caught:
        checked_rules([("psa > 4", start), ("time > 3", stop), ("(psa>4)", stop)], asked())
    assert caught.value.where == "treatment.rules.2.then.stop"
    assert "rule 0 has under 'start' with the same condition" in str(caught.value)
    checked_rules([("psa > 4", start), ("psa > 5", stop)], asked())
