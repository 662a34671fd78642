"""Here: where times that are read at scans are censored, by hand and against visits and ADTTE.

Not here: the rest of a trial (``test_trials_conduct``), its tables (``test_trials_export``).
"""

import dataclasses
import math

import numpy as np
import pytest
from lifelines import CoxPHFitter
from lifelines.statistics import logrank_test

import countermove as cm
from countermove.trials import Arm, Design, conduct, design_power, pool
from countermove.trials.last_scan import last_scan, scans_planned, scans_read, side_by_side
from countermove.trials.outcomes import pool_from_table

NAN, INF = math.nan, math.inf
TWO = (Arm("one", "sequential"), Arm("both", "combination"))
FILE = """
countermove: 1
name: Read at scans
tumor: {birth: 0.14 /day, death: 0.1 /day, diagnosed_at: 1e10 cells, lethal_at: 2e11 cells}
drugs: {A: {kill: 0.07 /day}, B: {kill: 0.05 /day}}
alterations:
  a: {mechanism: target, drug: A, rate: 1e-6}
  b: {mechanism: target, drug: B, rate: 1e-6}
treatment: {policy: sequential, drugs: [A, B], guided_by: recist, start: 10 days}
monitoring: {imaging: {every: 8 weeks, error: 5%, missed: 20%, jitter: 5 days}}
patients:
  number: 80
  vary: {tumor.birth: {normal: [0.14, 0.01], truncate: [0.115, 0.165]}}
follow_up: 2 years
trial:
  arms: {one by one: sequential, both: combination}
  accrual: 8 months
  dropout: 30%
  follow_up: 8 months
"""


@pytest.fixture(scope="module")
def found():
    return cm.trial(cm.loads(FILE), progress=False)


def conducted(*, day, event, dropout, by_scans=True, **own):
    """Two patients an arm, scanned on days 50, 100 and 150, the last not of the second patient."""
    scans = np.array([[50.0, 50.0], [100.0, 100.0], [150.0, INF]])
    plan = Design(arms=TWO, patients=2, follow_up=1000.0)
    arms = [pool(event, scans=scans, by_scans=by_scans, **own) for _ in TWO]
    trial = conduct(plan, arms, seed=1, paired=True)
    order = np.argsort(trial.member)
    entered = np.zeros(2)
    lost = np.empty(2)
    lost[order] = dropout
    return dataclasses.replace(trial, entry=entered, dropout=lost).on(day), order


@pytest.mark.parametrize(
    ("day", "event", "dropout", "time", "happened"),
    [
        (120.0, [INF, INF], [INF, INF], [100.0, 100.0], [False, False]),  # the last before the look
        (170.0, [INF, INF], [INF, INF], [150.0, 100.0], [False, False]),  # one was missed
        (170.0, [INF, INF], [99.0, 20.0], [50.0, 0.0], [False, False]),  # lost before a first scan
        (100.0, [150.0, 100.0], [INF, INF], [100.0, 100.0], [False, True]),  # a scan on the day
        (149.0, [150.0, 130.0], [INF, 129.0], [100.0, 100.0], [False, False]),  # died after loss
        (150.0, [150.0, 130.0], [INF, INF], [150.0, 130.0], [True, True]),  # a death between scans
    ],
)
def test_by_hand(day, event, dropout, time, happened):
    data, order = conducted(day=day, event=event, dropout=dropout)
    assert data.time[order].tolist() == time
    assert data.event[order].tolist() == happened


def test_survival_is_known_to_the_day_of_the_look():
    data, order = conducted(day=120.0, event=[INF, INF], dropout=[INF, 70.0], by_scans=False)
    assert data.time[order].tolist() == [120.0, 70.0]


def test_a_response_that_goes_on_is_known_to_the_last_scan():
    own = {"response_start": [50.0, 50.0], "response_end": [INF, 130.0]}
    data, order = conducted(day=140.0, event=[INF, INF], dropout=[INF, INF], by_scans=False, **own)
    assert data.response[order].tolist() == [50.0, 80.0]
    assert data.response_ended[order].tolist() == [False, True]


def test_pools_of_unlike_length_stand_side_by_side():
    first, second = np.array([[1.0], [2.0]]), np.array([[3.0, 4.0]])
    both = side_by_side([first, second])
    assert both.tolist() == [[1.0, 3.0, 4.0], [2.0, INF, INF]]
    assert side_by_side([first, None]) is None
    row, until = np.array([[0, 1, 2]]), np.array([[9.0, 3.5, 3.5]])
    assert last_scan(both, row, until).tolist() == [[2.0, 3.0, 0.0]]


def test_each_of_many_trials_is_read_so_too(found):
    """Statistics of the power's trials against one made by hand from the same draws."""
    event, scans = np.full(40, INF), np.tile([[50.0], [100.0]], (1, 40))
    event[:10] = np.arange(10) * 3.0 + 60.0
    plan = Design(arms=TWO, patients=40, follow_up=75.0)
    arms = [pool(event, scans=scans, by_scans=True), pool(np.flip(event) + 5.0, scans=scans,
                                                          by_scans=True)]  # fmt: skip
    known = design_power(plan, arms, seed=3, trials=1, paired=True)
    trial = conduct(plan, arms, seed=3, paired=True)
    data = trial.at(-1)
    assert set(data.time[~data.event]) == {50.0}
    # everybody censored at 50 has left before the first event, at 60: nothing can be said
    events = [data.time[data.event & (data.arm == arm)] for arm in (0, 1)]
    test = logrank_test(*events)
    assert abs(known.z[0, 0]) == pytest.approx(math.sqrt(test.test_statistic))


def test_days_are_those_of_scans_that_could_be_judged(found):
    censored = 0
    for runs in found.runs.values():
        scans, table = scans_read(runs, 10.0), runs.table
        last = last_scan(scans, np.arange(len(table)), np.full(len(table), 1e6))
        free = table["imaging_progression_free_survival"].to_numpy()
        none = ~table["imaging_event"].to_numpy()
        censored += none.sum()
        np.testing.assert_allclose(last[none], free[none])
        progressed = table["imaging_progressed"].to_numpy()
        at = last_scan(scans, np.arange(len(table)), free)
        np.testing.assert_allclose(at[progressed], free[progressed])
    assert censored


def test_without_visits_the_planned_days_stand_for_them(found):
    kept = cm.trial(cm.loads(FILE), keep=0, progress=False)
    runs = next(iter(kept.runs.values()))
    assert scans_read(runs, 10.0) is None
    days = scans_planned(runs.table, 56.0)
    assert set(np.arange(1, 5) * 56.0) <= set(days[:, 0])
    assert (np.diff(np.where(np.isinf(days), 1e9, days), axis=0) >= 0.0).all()
    assert kept.table()["events"].tolist() == found.table()["events"].tolist()
    assert scans_planned(runs.table, 0.0) is None
    assert pool_from_table(runs.table).scans is None


@pytest.mark.parametrize(
    "endpoint",
    [
        "progression_free_survival",
        "time_to_progression",
        "progression_free_survival_2",
        "overall_survival",
    ],
)
def test_adtte_gives_the_analysis_again_and_scans_give_adtte(found, endpoint):
    own = cm.trial(cm.replace(cm.loads(FILE), {"trial.endpoint": endpoint}), progress=False)
    tables = own.tables()
    rows = tables["adtte"].query("PRIMFL == 'Y'")
    new, seen = rows["TRT01PN"] == 2, rows["CNSR"] == 0
    test = logrank_test(rows["AVAL"][new], rows["AVAL"][~new], seen[new], seen[~new])
    told = own.table().loc["both"]
    assert test.p_value == pytest.approx(told["log_rank_p"])
    cox = CoxPHFitter().fit(rows.assign(new=new * 1.0, seen=seen)[["AVAL", "seen", "new"]],
                            "AVAL", "seen")  # fmt: skip
    assert math.exp(cox.params_["new"]) == pytest.approx(told["hazard_ratio"], rel=1e-4)
    end = tables["adsl"].set_index("USUBJID")["EOSDY"]
    censored = rows[~seen].set_index("USUBJID")["AVAL"]
    assert len(censored) > 5
    if endpoint == "overall_survival":
        np.testing.assert_allclose(censored, end[censored.index])
        return
    scans = tables["adrs"].query("PARAMCD == 'OVRLRESP' and AVALC != 'NE'")
    last = scans.groupby("USUBJID")["ADY"].max().reindex(censored.index).fillna(0.0)
    np.testing.assert_allclose(censored, last)
    assert (censored < end[censored.index] - 1.0).any()
