"""Here: endpoints of whole runs against slow readings of the same runs' visits.

Not here: one visit's code (``unit/test_recist``), the models of reading
(``unit/test_observation_models``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.measurement import RESPONSES
from support.clinics import (
    CTDNA,
    LESIONS,
    TWO,
    dead_at,
    same_value,
    scans_of,
    second_line,
    seen_run,
    seen_scenario,
)
from support.slow_recist import endpoints, read_scans, targets_of

pytestmark = pytest.mark.filterwarnings("ignore:monitoring.imaging.every")

COUNT = 80
LOW_LIMIT = "{each: [{size: 9e8, organ: liver}, {size: 8e8, organ: liver}]}"
BEST = ("best_overall_response", "confirmed_response")
HIDDEN = "{each: [{size: 4e9}, {size: 3e9}, {size: 1e7, niche: brain}]}"
THREE = (  # the third is a target only once another has gone
    "{each: [{size: 4e9, organ: liver}, {size: 3.5e9, organ: liver}, {size: 3e9, organ: liver}, "
    "{size: 2e9, organ: lung}]}"
)
WAYS = {
    "two lines": (TWO, LESIONS),
    "one drug": ("policy: continuous, drugs: A", LESIONS),
    "hidden": ("policy: continuous, drugs: A", HIDDEN),
    "small": ("policy: continuous, drugs: [A, B]", LOW_LIMIT),
    "held": ("policy: adaptive, drugs: A", LESIONS),
}


@pytest.fixture(scope="module")
def runs():
    return {
        name: seen_run(seen_scenario(way, lesions=lesions), COUNT)
        for name, (way, lesions) in WAYS.items()
    }


@pytest.mark.parametrize("name", WAYS)
def test_recist_of_a_whole_run_is_what_a_slow_reading_of_its_visits_says(runs, name):
    run = runs[name]
    clinic, organs = run.clinic, run.clinic.organs
    for patient in range(COUNT):
        scans = scans_of(clinic, patient)
        assert np.flatnonzero(clinic.targets[patient]).tolist() == sorted(
            targets_of(scans[0], organs[patient])
        )
        read = read_scans(scans, organs[patient], from_baseline=name == "held")
        days = clinic.visits["imaging"].day[patient]
        slow = endpoints(read, days, dead_at(clinic, patient))
        for column, value in slow.items():
            assert same_value(run.table[column].iloc[patient], value), (patient, column)


def test_every_case_that_recist_tells_apart_occurs_in_these_runs(runs):
    cases, unsure, between = set(), 0, 0
    for name, run in runs.items():
        for patient in range(COUNT):
            scans, organs = scans_of(run.clinic, patient), run.clinic.organs[patient]
            cases |= read_scans(scans, organs, from_baseline=name == "held").cases
        table = run.table
        best, sure = (table[name].astype(str) for name in BEST)
        unsure += (best != sure).sum()
        between += (table["imaging_event"] & ~table["imaging_progressed"]).sum()
    assert cases == {
        "missed",
        "new lesion",
        "20% but not 5 mm",
        "nadir after baseline",
        "back after a complete response",
        "more lesions than targets",
    }
    assert unsure > 5  # a response that no later scan confirmed
    assert between > 5  # death before any scan showed progression


def test_the_slow_reading_would_notice_the_other_criterion(runs):
    run, differ = runs["held"], 0
    for patient in range(COUNT):
        read = read_scans(scans_of(run.clinic, patient), run.clinic.organs[patient])
        slow = endpoints(read, run.clinic.visits["imaging"].day[patient], None)
        fast = run.table["imaging_progression_free_survival"].iloc[patient]
        differ += fast != pytest.approx(slow["imaging_progression_free_survival"])
    assert differ > COUNT // 4


def test_second_progression_is_read_from_the_last_scan_before_the_second_line(runs):
    run, events = runs["two lines"], 0
    clinic, table = run.clinic, run.table
    for patient in range(COUNT):
        begun, death = second_line(table, patient), dead_at(clinic, patient)
        event = np.inf if death is None else death
        days = clinic.visits["imaging"].day[patient].tolist()
        scans, organs = scans_of(clinic, patient), clinic.organs[patient]
        if begun is not None:
            base = max(n for n, scan in enumerate(scans) if scan and days[n] <= begun)
            codes = read_scans(scans[base:], organs).codes
            events += "PD" in codes
            event = min([event, *(days[base + n] for n, c in enumerate(codes) if c == "PD")])
        assert table["event_2"].iloc[patient] == np.isfinite(event)
        if np.isfinite(event):
            assert table["progression_free_survival_2"].iloc[patient] == event
    assert events > 20


def lines_by_scans(clinic, patient, lines):
    """Days on which the second and later lines begin: each judged from the last scan before it."""
    plan, organs = clinic.visits["imaging"], clinic.organs[patient]
    scans, found, began, base = scans_of(clinic, patient), [], -np.inf, 0
    alive_until = dead_at(clinic, patient) or np.inf
    for visit, scan in enumerate(scans):
        known = plan.known[patient, visit]
        if scan is None or known >= min(alive_until, 800.0):
            continue
        if plan.day[patient, visit] <= began:
            base = visit  # taken before the line began, though its result came later
        elif read_scans(scans[base : visit + 1], organs).codes[-1] == "PD" and len(found) < lines:
            found.append(known)
            began, base = known, visit
    return found


JUDGED = (  # the rule is read at visits for blood too, and must not act twice on one scan
    "policy: sequential, drugs: [A, B, [A, B]], guided_by: recist",
    "drugs: [A, B, [A, B]], rules: [{when: recist == 'PD', then: {next_line: true}}]",
)


@pytest.mark.parametrize("way", JUDGED)
@pytest.mark.parametrize("delay", [0, 10, 60])
def test_each_line_is_judged_from_the_last_scan_before_it(delay, way):
    own = seen_scenario(way, lesions=THREE, more=CTDNA)
    run = seen_run(cm.replace(own, {"monitoring.imaging.delay": delay}), COUNT)
    third = 0
    for patient in range(COUNT):
        row = run.table.iloc[patient]
        begun = lines_by_scans(run.clinic, patient, 2)
        assert row["lines"] == 1 + len(begun), patient
        ends = np.cumsum([row["time_on_first_line"], row["time_on_second_line"]])
        assert ends[: len(begun)].tolist() == pytest.approx(begun), patient
        third += len(begun) == 2
    assert third > 10


@pytest.mark.parametrize("name", WAYS)
def test_time_on_lines_adds_up_to_the_course(runs, name):
    table, end = runs[name].table, runs[name].setup.treatment.until
    lines = table[["time_on_first_line", "time_on_second_line", "time_on_later_lines"]].sum(axis=1)
    whole = np.where(table["died"], table["overall_survival"], end)
    if name == "held":  # from the first dose to the last, pauses between included
        assert (lines.to_numpy() <= whole + 1e-9).all()
        assert (lines.to_numpy() >= whole - table["drug_free"].to_numpy() - 1e-9).all()
    else:
        assert lines.to_numpy() == pytest.approx(whole)
    assert (table["drug_free"] > 0).any() == (name == "held")


def test_days_without_drug_under_pulses_are_those_of_the_calendar():
    way = "policy: pulsed, drugs: A, on: 14, off: 7, start: 5 days"
    table = seen_run(seen_scenario(way), 20).table
    last = np.where(table["died"], table["overall_survival"], 795.0)
    whole, rest = np.divmod(last, 21.0)
    assert table["drug_free"].to_numpy() == pytest.approx(7.0 * whole + np.maximum(rest - 14.0, 0))


# --- the truth's answers ---


def test_daily_visits_without_error_give_the_answers_of_the_truth():
    text = """
countermove: 1
name: Exact
tumor: {birth: 0.14 /day, death: 0.12 /day, diagnosed_at: 2e11 cells, lethal_at: 1e14}
drugs: {A: {kill: 0.04 /day}}
alterations: {a: {mechanism: target, drug: A, rate: 3e-5}}
monitoring: {imaging: {every: 1 day, limit: 0 mm}}
treatment: {policy: continuous, drugs: A}
follow_up: 900 days
"""
    table = cm.simulate(cm.loads(text), patients=60).outcomes()
    assert table["progressed"].all()
    assert table["responded"].any()
    late = table["imaging_time_to_progression"] - table["time_to_progression"]
    assert late.min() >= 0.0
    assert late.max() <= 1.05
    who = table["responded"]
    late = (table["imaging_time_to_response"] - table["time_to_response"])[who]
    assert late.between(0.0, 1.0).all()
    assert (table["best_overall_response"].isin(["PR", "CR"]) == who).all()


# --- the criterion on_drug ---


def test_on_drug_counts_scans_a_cycle_after_the_drug_was_begun_and_none_off_it():
    scenario = seen_scenario("policy: adaptive, drugs: A, stop_below: 0.7")
    scenario = cm.replace(scenario, {"endpoints.criterion": "on_drug"})
    run = seen_run(scenario, COUNT, every=1.0)
    table, days = run.table, run.chunk.days
    off = 0
    for patient in range(COUNT):
        on = run.chunk.doses[patient, :, 0] > 0.0  # from each recorded day on
        plan, scans = run.clinic.visits["imaging"].day[patient], scans_of(run.clinic, patient)
        organs, answer = run.clinic.organs[patient], None
        for visit in range(1, len(scans)):
            day = plan[visit]
            before = np.flatnonzero(days < day - 1e-6)
            if scans[visit] is None or not on[before[-1]]:
                continue
            since = before[-1]
            while since > 0 and on[since - 1]:
                since -= 1
            if day - days[since] < 42.0:
                continue
            first = int(np.flatnonzero(plan >= days[since] - 1e-6)[0])
            code = on_drug_code(scans, organs, visit, first)
            if code == "PD":
                answer = day
                break
        assert same_value(table["imaging_time_to_progression"].iloc[patient], answer), patient
        nadir = read_scans(scans, organs).codes
        off += "PD" in nadir and plan[nadir.index("PD")] != answer
    assert off > COUNT // 4  # by the nadir planned regrowth would have been progression


def on_drug_code(scans, organs, visit, first):
    """Code of a scan whose nadir counts from scan ``first`` on; lesions are those of baseline."""
    whole = read_scans(scans[: visit + 1], organs)
    targets = targets_of(scans[0], organs)
    others = [n for n, size in enumerate(scans[0]) if size > 0 and n not in targets]
    scan, earlier = scans[visit], [s for s in scans[first:visit] if s is not None]
    if any(size > 0 and n not in targets and n not in others for n, size in enumerate(scan)):
        return "PD"
    if "back after a complete response" in whole.cases and whole.codes[-1] == "PD":
        if "CR" in whole.codes[:-1] and any(scan[n] > 0 for n in (*targets, *others)):
            return "PD"
    for lesions, share, least in ((targets, 1.2, 0.5), (others, 2.0, 1.0)):
        total = sum(scan[n] for n in lesions)
        lowest = min((sum(s[n] for n in lesions) for s in earlier), default=np.inf)
        if total >= share * lowest * (1 - 1e-9) and total - lowest >= least * (1 - 1e-9):
            return "PD"
    return "other"


def test_responses_are_words_of_recist(runs):
    for run in runs.values():
        assert set(run.table["best_overall_response"].astype(str)) <= set(RESPONSES)
