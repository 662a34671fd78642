"""Here: what readings depend on and what they do not, and that no policy reaches the truth.

Not here: endpoints from readings (``reference/test_what_the_clinic_sees``).
"""

import gc
import sys

import numpy as np
import pytest

import countermove as cm
from support.clinics import CTDNA, TWO, same, seen_run, seen_scenario
from support.cohorts import words

pytestmark = pytest.mark.filterwarnings("ignore:monitoring")

MARKER = "marker: {name: psa, every: 30, per_cell: 1e-9, error: 0.2, jitter: 3 days, delay: 2 days}"
BIOPSY = "biopsy: {at: [diagnosis, 100, progression], regions: 2}"
ALL = f"{CTDNA}\n  {MARKER}\n  {BIOPSY}"
RULES = (
    "rules: [{when: recist == 'PD' or psa > 2 * nadir.psa, then: {next_line: true}}], drugs: [A, B]"
)
CLOSED = {
    "sequential": TWO,
    "guided by a marker": "policy: sequential, drugs: [A, B], guided_by: psa",
    "adaptive": "policy: adaptive, drugs: [A, B]",
    "ctdna_switch": "policy: ctdna_switch, drugs: [A, B], rise: 1.5",
    "rules": RULES,
    "open": "policy: continuous, drugs: A",
}


@pytest.mark.parametrize("policy", CLOSED)
def test_no_outcome_depends_on_what_is_recorded_or_how_patients_are_handled(policy):
    scenario = seen_scenario(CLOSED[policy], more=ALL)
    settings = {"patients": 5, "progress": False}
    whole = words(cm.simulate(scenario, **settings).table)
    for own in (
        {"every": 1.0, "keep": 3},
        {"every": 91.0, "keep": 0, "chunk": 4},
        {"every": 800.0, "threads": 1, "chunk": 1},
        {"threads": 2, "chunk": 3},
    ):
        assert words(cm.simulate(scenario, **settings, **own).table).equals(whole), own


def readings(run):
    return {**run.clinic.values, "diameters": run.clinic.diameters}


def test_a_patient_is_read_the_same_alone_or_in_a_cohort():
    scenario = seen_scenario(CLOSED["ctdna_switch"], more=ALL)
    whole, alone = readings(seen_run(scenario, 20)), readings(seen_run(scenario, 1, first=13))
    for name, values in whole.items():
        assert same(values[13:14], alone[name]), name


def test_adding_a_marker_or_ctdna_changes_no_reading_of_a_scan():
    plain = seen_run(seen_scenario(CLOSED["open"]), 20)
    more = seen_run(seen_scenario(CLOSED["open"], more=ALL), 20)
    assert same(plain.clinic.diameters, more.clinic.diameters)
    assert same(plain.clinic.visits["imaging"].day, more.clinic.visits["imaging"].day)


@pytest.mark.parametrize("delay", [0, 10])
def test_readings_are_the_same_under_another_policy_while_the_truth_is(delay):
    """A rule that never holds, read in closed loop, against drugs given in open loop."""
    never = "rules: [{when: burden > 1e14 cells, then: {next_line: true}}], drugs: [A, B]"
    more = ALL.replace("delay: 10 days", f"delay: {delay} days")
    one = seen_run(seen_scenario(CLOSED["open"], more=more), 30, engine="mean_field")
    other = seen_run(seen_scenario(never, more=more), 30, engine="mean_field")
    np.testing.assert_allclose(one.clinic.truth.cells, other.clinic.truth.cells, rtol=1e-6)
    for kind, plan in one.clinic.visits.items():
        assert same(plan.day, other.clinic.visits[kind].day)
    for name, values in readings(one).items():
        np.testing.assert_allclose(values, readings(other)[name], rtol=1e-5, err_msg=name)


def test_patients_who_switch_on_other_days_were_read_alike_until_then():
    runs = [
        seen_run(seen_scenario(CLOSED[name], more=ALL), 30, engine="mean_field")
        for name in ("ctdna_switch", "sequential")
    ]
    apart = np.minimum(*(run.table["time_on_first_line"].to_numpy() for run in runs))
    for name, values in readings(runs[0]).items():
        kind = "imaging" if name == "diameters" else runs[0].setup.instruments.names[name]
        before = runs[0].clinic.visits[kind].day < apart[:, None]
        other = readings(runs[1])[name]
        np.testing.assert_allclose(values[before], other[before], rtol=1e-5, err_msg=name)
        assert before.sum() > 30


# --- rules say what built-in policies do ---

SAME_DOSES = {
    "adaptive": (
        "policy: adaptive, drugs: A, stop_below: 0.5, restart_above: 0.9",
        "drugs: A, rules: [{when: burden < 0.5 * baseline.burden or "
        "(not drug.on(A) and burden <= 0.9 * baseline.burden), then: {hold: A}}]",
    ),
    "containment": (
        "policy: containment, drugs: A, level: 0.8",
        "drugs: A, rules: [{when: burden <= 0.8 * baseline.burden, then: {hold: A}}]",
    ),
    "strike_twice": (
        "policy: strike_twice, drugs: [A, B], strike_below: 0.2",
        "drugs: [A, B], rules: [{when: line == 1 and time > 0 and (burden < 0.2 * baseline.burden "
        "or burden > nadir.burden), then: {next_line: true}}]",
    ),
    "sequential": (
        TWO,
        "drugs: [A, B], rules: [{when: recist == 'PD', then: {next_line: true}}]",
    ),
    "ctdna": (
        "policy: ctdna_switch, drugs: [A, B], rise: 2, confirmed_by: 1",
        "drugs: [A, B], rules: [{when: recist == 'PD' or (line == 1 and ctdna.hge > 0 and "
        "ctdna.hge > nadir.ctdna.hge and ctdna.hge >= 2 * nadir.ctdna.hge), "
        "then: {next_line: true}}]",
    ),
}


@pytest.mark.parametrize("name", SAME_DOSES)
def test_rules_that_say_a_built_in_policy_give_its_doses(name):
    found, more = [], CTDNA if name == "ctdna" else ""
    for way in SAME_DOSES[name]:
        scenario = seen_scenario(way, more=more)
        scenario = cm.replace(scenario, {"endpoints.criterion": "baseline"})
        found.append(cm.simulate(scenario, patients=30, every=7.0, progress=False))
    one, other = found
    assert words(one.table).equals(words(other.table))
    assert same(one.trajectories["on"], other.trajectories["on"])
    assert len(set(one.table["dose_A"])) > 8  # patients are treated each in their own way


# --- a policy sees what the clinic sees ---

SHOWN = []


def peeking(seen, memory):
    """Keep what it is given, then spoil it."""
    SHOWN.append((seen, memory))
    for values in (seen.latest, seen.baseline, seen.nadir, seen.day):
        for own in values.values():
            own[:] = -1.0
        values.clear()
    for flags in (seen.visited, seen.scanned, seen.recist, *seen.new.values()):
        flags[:] = 0
    memory["lines"][:] = 7.0
    return quiet(seen, memory)


def quiet(seen, memory):
    """Give the first drug and touch nothing."""
    del seen
    return np.tile([1.0, 0.0], (memory["patients"], 1))


def python(function, more=ALL):
    way = f"policy: python, drugs: [A, B], python: '{__name__}:{function}'"
    return seen_scenario(way, more=more)


def reached_from(given, *, steps=6):
    """Everything reached from what is given, as the garbage collector sees it."""
    skip = (type, type(sys), type(reached_from))
    found, front = {id(one): one for one in given}, list(given)
    for _ in range(steps):
        after = [
            one
            for one in gc.get_referents(*front)
            if id(one) not in found and not isinstance(one, skip)
        ]
        found |= {id(one): one for one in after}
        front = after
        bases = [one.base for one in after if isinstance(one, np.ndarray) and one.base is not None]
        found |= {id(one): one for one in bases}
        front += bases
    return list(found.values())


def test_nothing_that_a_policy_is_given_leads_to_the_truth():
    SHOWN.clear()
    run = seen_run(python("peeking"), 5)
    truth = run.clinic.truth
    arrays = [one for one in reached_from(SHOWN[-1]) if isinstance(one, np.ndarray)]
    hidden = [truth.cells, run.clinic.diameters, truth.ended, *run.clinic.latest.values()]
    hidden += [*run.clinic.baseline.values(), *run.clinic.nadir.values(), run.clinic.targets]
    assert len(arrays) > 3
    for one in arrays:
        assert one.ndim <= 2
        assert one.size <= 10
        assert not any(np.shares_memory(one, own) for own in hidden)
    assert any(one is truth.cells for one in reached_from([run.clinic]))  # the walk finds it


def test_spoiling_what_it_is_given_changes_nothing():
    spoiled, kept = (seen_run(python(name), 10) for name in ("peeking", "quiet"))
    assert words(spoiled.table).equals(words(kept.table))
    assert same(spoiled.clinic.diameters, kept.clinic.diameters)


# --- a line of a marker's own unit ---


def lines_by_marker(clinic, patient, lines):
    """Days on which later lines begin: at a rise over the lowest since the line began."""
    plan, end = clinic.visits["marker"], clinic.truth.ended[patient]
    end = 800.0 if np.isnan(end) else end
    found, began, lowest = [], -np.inf, np.inf
    rows = zip(plan.day[patient], plan.known[patient], clinic.values["psa"][patient], strict=True)
    for day, known, value in rows:
        if np.isnan(value) or known >= end or day <= began:
            continue
        least = max(lowest, min(5.0, clinic.values["psa"][patient, 0]))  # the limit, as a floor
        if value > 0 and value >= 1.728 * least and len(found) < lines:
            found.append(known)
            began, lowest = known, value
        else:
            lowest = min(lowest, value)
    return found


@pytest.mark.parametrize("delay", [2, 45])
def test_sequential_by_a_marker_goes_on_at_a_rise_over_the_lowest(delay):
    """The floor of a burden, in cells, once hid every marker's nadir."""
    way = "policy: sequential, drugs: [A, B, [A, B]], guided_by: psa"
    more = MARKER.replace("delay: 2 days", f"delay: {delay} days, limit: 5")
    run = seen_run(seen_scenario(way, more=more), 40)
    for patient in range(40):
        row = run.table.iloc[patient]
        begun = lines_by_marker(run.clinic, patient, 2)
        assert row["lines"] == 1 + len(begun), patient
        ends = np.cumsum([row["time_on_first_line"], row["time_on_second_line"]])
        assert ends[: len(begun)].tolist() == pytest.approx(begun), patient
    assert (run.table["lines"] == 3).sum() > 5


def test_the_delay_of_a_result_changes_no_reading():
    """Blood is drawn before what is given that day: here a pulse begins or ends on every sample."""
    way = "policy: pulsed, drugs: A, on: 28, off: 28"
    more = "ctdna: {every: 28 days, panel: [a]}"
    late = more.replace("28 days", "28 days, delay: 10 days")
    one, other = (seen_run(seen_scenario(way, more=own), 30) for own in (more, late))
    for name, values in readings(one).items():
        assert same(values, readings(other)[name]), name


def test_a_nadir_counts_from_baseline_on():
    more = "biopsy: {at: [diagnosis, 30], error_rate: 0.2}"
    way = "policy: continuous, drugs: A, start: 60 days"
    clinic = seen_run(seen_scenario(way, more=more), 10).clinic
    for name in ("biopsy.reads(a)", "biopsy.reads(b)"):
        assert same(clinic.baseline[name], clinic.values[name][:, 1])
        assert same(clinic.nadir[name], clinic.values[name][:, 1])


# --- the average course, where patients are read apart ---

PLAIN = """
countermove: 1
name: Average
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells}
drugs: {A: {kill: 0.06 /day}}
alterations: {a: {mechanism: target, drug: A, rate: 1e-5}}
monitoring: {LOOKED}
treatment: {policy: continuous, drugs: A}
patients: {number: 12}
follow_up: 800 days
engine: mean_field
"""


@pytest.mark.parametrize(
    ("looked", "rows"),
    [
        ("imaging: {every: 56}", 1),
        ("imaging: {every: 56, rounding: 1 mm, limit: 10 mm, delay: 5 days}", 1),
        ("marker: {name: psa, every: 28, per_cell: 1e-9}", 1),
        ("imaging: {every: 56, error: 0.2}", 12),
        ("imaging: {every: 56, jitter: 5 days}", 12),
        ("imaging: {every: 56, missed: 0.3}", 12),
        ("marker: {name: psa, every: 28, per_cell: 1e-9, error: 0.2}", 12),
        ("ctdna: {every: 28}", 12),
    ],
)
def test_the_average_course_has_a_row_each_where_patients_are_read_apart(looked, rows):
    scenario = cm.loads(PLAIN.replace("LOOKED", looked))
    table = cm.simulate(scenario, progress=False).table
    assert len(table) == rows
    assert table["time_to_progression"].nunique() == 1  # the truth is one
    seen = ["imaging_time_to_progression", "depth_of_response", "molecular_time_to_progression"]
    apart = max(table[name].nunique(dropna=False) for name in seen)
    assert (apart > 1) == (rows > 1)
    if rows > 1:
        chunked = cm.simulate(scenario, progress=False, chunk=5).table
        assert words(chunked).equals(words(table))


# --- days of visits, biopsies at progression, lines ---

LOOKED = {
    "imaging": {"every": 56, "limit": 0},
    "marker": {"name": "psa", "every": 28, "per_cell": "4e-10 ng/mL"},
}


def test_every_reading_is_of_the_cells_of_its_day():
    """Leaps are added up, and may end a rounding error before the day of a visit."""
    own = cm.replace("adaptive_prostate", {"monitoring": LOOKED})
    runs = cm.simulate(own, keep=100, every=1.0, progress=False)
    cells = runs.trajectories["burden"].to_numpy()
    start = runs.trajectories["time"].to_numpy()[0]
    for name, unit in (("burden", 1.0), ("psa", 1 / 4e-10)):
        seen = runs.visits[runs.visits["observable"] == name]
        true = cells[seen["patient"], (seen["day"] - start).astype(int)]
        assert len(seen) > 1000
        np.testing.assert_allclose(seen["value"] * unit, true, rtol=0.01)


def test_each_progression_calls_for_one_biopsy_and_it_is_on_record():
    own = seen_scenario(more="biopsy: {at: [progression], regions: 1}")
    runs = cm.simulate(own, patients=40, progress=False)
    taken = runs.visits[runs.visits["observable"] == "biopsy.vaf(a)"]
    assert (taken["known"] >= taken["day"]).all()
    assert taken["value"].between(0, 1).all()
    count = taken.groupby("patient").size().reindex(range(40), fill_value=0)
    assert ((count > 0) == runs.table["imaging_progressed"].to_numpy(dtype=bool)).all()
    assert (count <= runs.table["lines"].to_numpy()).all()
    assert (count == 2).any()


HELD = "policy: rules, drugs: [[A, B]], rules: [{when: time > 100 and time < 200, then: {hold: B}}]"


def test_to_hold_one_drug_of_two_is_no_new_line():
    table = seen_run(seen_scenario(HELD), 10).table
    assert (table["lines"] == 1).all()
    other = HELD.replace("hold: B", "stop: B")
    assert (seen_run(seen_scenario(other), 10).table["lines"] == 2).all()
