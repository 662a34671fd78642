"""Here: samples of blood of whole runs: what they call for, and what they hold on average.

Not here: scans (``test_what_the_clinic_sees``), the models of reading
(``unit/test_observation_models``).
"""

import numpy as np
import pytest

import countermove as cm
from support.clinics import (
    CTDNA,
    TWO,
    dead_at,
    same_value,
    scans_of,
    second_line,
    seen_run,
    seen_scenario,
)
from support.slow_recist import read_scans

COUNT = 80


def samples_of(clinic, kind, name, patient):
    """(day taken, day known, value) of each sample of a patient."""
    plan = clinic.visits[kind]
    rows = zip(plan.day[patient], plan.known[patient], clinic.values[name][patient], strict=True)
    return [row for row in rows if not np.isnan(row[2])]


def found_in(clinic, kind, name, patient):
    """Return the same, but that reads of an alteration which may be errors are none."""
    samples = samples_of(clinic, kind, name, patient)
    if "vaf" not in name:
        return samples
    there = samples_of(clinic, kind, name.replace("vaf", "detected"), patient)
    return [
        (day, known, value if found else 0.0)
        for (day, known, value), (_, _, found) in zip(samples, there, strict=True)
    ]


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


MARKER = "marker: {name: psa, every: 28, per_cell: 1e-9, error: 0.2, limit: 0.1, delay: 3 days}"
ONE = "policy: continuous, drugs: [A]"
NAMED = "endpoints: {molecular_alteration: a}"
FOLLOWS = "policy: ctdna_switch, drugs: [A, B], alteration: a, rise: 1e6, confirmed_by: 9"


@pytest.mark.parametrize(
    ("more", "way", "own", "name", "least"),
    [
        (CTDNA, TWO, "", "ctdna.hge", 5),
        (MARKER, TWO, "", "psa", 5),
        (CTDNA, ONE, NAMED, "ctdna.vaf(a)", 2),
        (CTDNA, FOLLOWS, "", "ctdna.vaf(a)", 2),  # by default what the policy follows
    ],
)
def test_progression_in_blood_and_its_lead_are_those_of_the_samples(more, way, own, name, least):
    kind = "ctdna" if name.startswith("ctdna") else "marker"
    run = seen_run(seen_scenario(way, more=more, own=own), COUNT)
    table, leads = run.table, 0
    for patient in range(COUNT):
        row = table.iloc[patient]
        last = row["overall_survival"]  # of the first line alone, and of the living
        last = min(last, row["time_on_first_line"]) if row["lines"] > 1 else last
        samples = found_in(run.clinic, kind, name, patient)
        known = first_rise([one for one in samples if one[1] <= last + 1e-9], 2.0, 2)
        assert row["molecular_progressed"] == (known is not None)
        assert same_value(row["molecular_time_to_progression"], known)
        both = known is not None and row["imaging_progressed"]
        lead = row["imaging_time_to_progression"] - known if both else None
        assert same_value(row["molecular_lead"], lead)
        leads += lead is not None and lead > 0
    assert leads > least
    assert table["molecular_progressed"].sum() > least


SWITCH = "policy: ctdna_switch, drugs: [A, B], rise: 1.5, confirmed_by: ROW"


def first_switch(run, patient, row, alteration):
    """Day on which ctDNA or a scan calls for the second line, read from what was known."""
    clinic, days = run.clinic, []
    name = f"ctdna.vaf({alteration})" if alteration else "ctdna.hge"
    samples = found_in(clinic, "ctdna", name, patient)
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


def lines_by_blood(clinic, patient, lines, factor=1.3):
    """Days on which later lines begin by total ctDNA, a sample at a time, or by a scan."""
    blood, plan = clinic.visits["ctdna"], clinic.visits["imaging"]
    scans, organs = scans_of(clinic, patient), clinic.organs[patient]
    hge = clinic.values["ctdna.hge"][patient]
    end = min(dead_at(clinic, patient) or np.inf, 800.0)
    found, began, base, lowest, latest = [], -np.inf, 0, None, None
    days = {*blood.known[patient].tolist(), *plan.known[patient].tolist()}
    for day in sorted(day for day in days if day < end):
        calls = False
        for sample in np.flatnonzero((blood.known[patient] == day) & ~np.isnan(hge)):
            latest = hge[sample]
            if blood.day[patient, sample] > began:
                risen = lowest is not None and latest > lowest and latest >= factor * lowest
                calls = calls or risen
                if not risen:
                    lowest = latest if lowest is None else min(lowest, latest)
        for visit in np.flatnonzero(plan.known[patient] == day):
            if scans[visit] is None:
                continue
            if plan.day[patient, visit] <= began:
                base = visit
            elif read_scans(scans[base : visit + 1], organs).codes[-1] == "PD":
                calls = True
        if calls and len(found) < lines:
            found.append(day)
            taken = (plan.day[patient] <= day) & (plan.known[patient] <= day)
            base = max(n for n in np.flatnonzero(taken) if scans[n] is not None)
            began, lowest = day, latest
    return found


@pytest.mark.parametrize("delay", [0, 10, 50])
def test_a_sample_taken_before_a_line_began_calls_for_no_other(delay):
    way = "policy: ctdna_switch, drugs: [A, B, [A, B]], rise: 1.3, confirmed_by: 1"
    own = seen_scenario(way, more=CTDNA.replace("10 days", f"{delay} days"))
    run = seen_run(own, COUNT)
    for patient in range(COUNT):
        row = run.table.iloc[patient]
        begun = lines_by_blood(run.clinic, patient, 2)
        assert row["lines"] == 1 + len(begun), patient
        ends = np.cumsum([row["time_on_first_line"], row["time_on_second_line"]])
        assert ends[: len(begun)].tolist() == pytest.approx(begun), patient
    assert (run.table["lines"] == 3).sum() > 10


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
