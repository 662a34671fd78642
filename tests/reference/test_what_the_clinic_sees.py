"""Here: endpoints of whole runs against slow readings of the same runs' visits.

Not here: one visit's code (``unit/test_recist``), the models of reading
(``unit/test_observation_models``).
"""

import numpy as np
import pytest

import countermove as cm
from countermove.measurement import RESPONSES
from support.clinics import CTDNA, LESIONS, TWO, seen_run, seen_scenario
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


def scans_of(clinic, patient):
    """One patient's scans as a list; None where there was none."""
    start, end = clinic.truth.start[patient : patient + 2]
    return [
        None if np.isnan(scan[: end - start]).any() else scan[: end - start].tolist()
        for scan in clinic.diameters[patient]
    ]


def dead_at(clinic, patient):
    day = clinic.truth.ended[patient]
    return None if np.isnan(day) else float(day)


def same_value(fast, slow):
    if slow is None:
        return bool(np.isnan(fast))
    return fast == slow if isinstance(slow, (str, bool)) else fast == pytest.approx(slow)


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


def second_line(table, patient):
    """Day on which a patient's second line began; None where it did not."""
    return table["time_on_first_line"].iloc[patient] if table["lines"].iloc[patient] > 1 else None


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


@pytest.mark.parametrize("delay", [0, 10, 60])
def test_each_line_is_judged_from_the_last_scan_before_it(delay):
    way = "policy: sequential, drugs: [A, B, [A, B]], guided_by: recist"
    own = seen_scenario(way, lesions=THREE)
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
    assert lines.to_numpy() == pytest.approx(whole)
    assert (table["drug_free"] > 0).any() == (name == "held")


def test_days_without_drug_under_pulses_are_those_of_the_calendar():
    way = "policy: pulsed, drugs: A, on: 14, off: 7, start: 5 days"
    table = seen_run(seen_scenario(way), 20).table
    last = np.where(table["died"], table["overall_survival"], 795.0)
    whole, rest = np.divmod(last, 21.0)
    assert table["drug_free"].to_numpy() == pytest.approx(7.0 * whole + np.maximum(rest - 14.0, 0))


# --- blood ---


def samples_of(clinic, kind, name, patient):
    """(day taken, day known, value) of each sample of a patient."""
    plan = clinic.visits[kind]
    rows = zip(plan.day[patient], plan.known[patient], clinic.values[name][patient], strict=True)
    return [row for row in rows if not np.isnan(row[2])]


def first_rise(samples, factor, row):
    """Day on which the first confirmed rise is known; None where there is none."""
    lowest, count = None, 0
    for _, known, value in samples:
        up = lowest is not None and value > lowest and value > 0 and value >= factor * lowest
        count = count + 1 if up else 0
        if count == row:
            return known
        lowest = value if lowest is None else min(lowest, value)
    return None


@pytest.mark.parametrize(
    ("more", "kind", "name"),
    [(CTDNA, "ctdna", "ctdna.hge"),
     ("marker: {name: psa, every: 28, per_cell: 1e-9, error: 0.2, limit: 0.1, delay: 3 days}",
      "marker", "psa")],
)  # fmt: skip
def test_progression_in_blood_and_its_lead_are_those_of_the_samples(more, kind, name):
    run = seen_run(seen_scenario(more=more), COUNT)
    table, leads = run.table, 0
    for patient in range(COUNT):
        known = first_rise(samples_of(run.clinic, kind, name, patient), 2.0, 2)
        row = table.iloc[patient]
        assert row["molecular_progressed"] == (known is not None)
        assert same_value(row["molecular_time_to_progression"], known)
        both = known is not None and row["imaging_progressed"]
        lead = row["imaging_time_to_progression"] - known if both else None
        assert same_value(row["molecular_lead"], lead)
        leads += lead is not None and lead > 0
    assert leads > 5


SWITCH = "policy: ctdna_switch, drugs: [A, B], rise: 1.5, confirmed_by: ROW"


def first_switch(run, patient, row, alteration):
    """Day on which ctDNA or a scan calls for the second line, read from what was known."""
    clinic, days = run.clinic, []
    name = f"ctdna.vaf({alteration})" if alteration else "ctdna.hge"
    samples = samples_of(clinic, "ctdna", name, patient)
    if alteration:
        there = samples_of(clinic, "ctdna", f"ctdna.detected({alteration})", patient)
        samples = [
            (day, known, value if found else 0.0)
            for (day, known, value), (_, _, found) in zip(samples, there, strict=True)
        ]
    days.append(first_rise(samples, 1.5, row))
    codes = read_scans(scans_of(clinic, patient), clinic.organs[patient]).codes
    known = clinic.visits["imaging"].known[patient]
    days.append(next((float(known[n]) for n, code in enumerate(codes) if code == "PD"), None))
    return days


@pytest.mark.parametrize("alteration", ["", "a"])
@pytest.mark.parametrize("row", [1, 2])
def test_ctdna_switches_on_known_results_alone(row, alteration):
    way = SWITCH.replace("ROW", str(row)) + (f", alteration: {alteration}" if alteration else "")
    run = seen_run(seen_scenario(way, more=CTDNA), COUNT)
    early = 0
    for patient in range(COUNT):
        rise, scan = first_switch(run, patient, row, alteration)
        wanted = min((day for day in (rise, scan) if day is not None), default=None)
        death = dead_at(run.clinic, patient)
        if wanted is not None and wanted >= min(death or np.inf, run.setup.treatment.until):
            wanted = None
        begun = second_line(run.table, patient)
        assert same_value(np.nan if begun is None else begun, wanted), patient
        early += wanted is not None and wanted == rise and (scan is None or rise < scan)
    assert early >= (3 if alteration else COUNT // 3)


def test_one_sample_switches_earlier_than_two():
    day = [
        seen_run(seen_scenario(SWITCH.replace("ROW", row), more=CTDNA), COUNT).table[
            "time_on_first_line"
        ]
        for row in "12"
    ]
    assert (day[0] <= day[1]).mean() > 0.9
    assert day[0].median() < day[1].median()


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


# --- ctDNA of a whole run ---

FALSE_Z = 4.9  # |z| beyond it by chance: 1e-6, two-sided


def ctdna_score(share):
    """Standard score of mean hGE at baseline against deaths times ``share``."""
    text = """
countermove: 1
name: Blood
tumor: {birth: 0.14 /day, death: 0.136 /day, diagnosed_at: 1e9 cells}
drugs: {A: {kill: 0.05 /day}}
monitoring: {ctdna: {every: 28 days, draw: 15 mL}}
treatment: {policy: POLICY, drugs: A}
follow_up: 60 days
"""
    run = seen_run(cm.loads(text.replace("POLICY", "continuous")), 2000)
    model = run.setup.instruments.ctdna
    cells = run.clinic.truth.cells[:, 0].sum(axis=1)
    mean = model.concentration(share * 0.136 * cells)
    read = run.clinic.values["ctdna.hge"][:, 0]
    # a count over the plasma drawn: its variance is its mean over the volume
    return (read - mean).sum() / np.sqrt((mean / model.drawn).sum())


@pytest.mark.statistical
def test_mean_ctdna_at_baseline_is_the_published_concentration():
    assert abs(ctdna_score(1.0)) < FALSE_Z


@pytest.mark.statistical
def test_the_check_above_would_notice_deaths_by_the_drug_of_that_day():
    assert abs(ctdna_score((0.136 + 0.05) / 0.136)) > FALSE_Z


def test_responses_are_words_of_recist(runs):
    for run in runs.values():
        assert set(run.table["best_overall_response"].astype(str)) <= set(RESPONSES)
