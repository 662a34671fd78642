"""Here: random RECIST courses against a slow reading of the rules, by visit and as a whole.

Not here: each edge by hand (``unit/test_recist``).
"""

import math

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from countermove.measurement import RESPONSES, Assessor, Recist, recist_course, responses

SEEDS = st.integers(0, 2**32 - 1)
CLOSE = 1e-9


def cohort(seed):
    """Diameters on a coarse grid, so that thresholds are met exactly; zeros, gaps and flags."""
    rng = np.random.default_rng(seed)
    patients, visits, lesions = rng.integers(1, 9), rng.integers(1, 9), rng.integers(1, 8)
    shape = (patients, visits, lesions)
    start = rng.choice([0.0, 0.5, 0.9, 1.0, 2.0, 5.0], size=(patients, 1, lesions))
    factor = rng.choice([0.0, 0.3, 0.7, 0.9, 1.0, 1.0, 1.2, 1.44, 2.0], size=shape)
    factor[:, 0] = 1.0
    read = start * factor
    appears = rng.random((patients, visits, lesions)) < 0.02
    read = np.where(appears & (read == 0.0), 0.4, read)
    cleared = rng.random((patients, visits, 1)) < 0.15
    read = np.where(cleared & (np.arange(visits) > 0)[None, :, None], 0.0, read)
    gaps = rng.choice([0.0, 0.05, 0.3])
    read[rng.random(shape) < gaps] = np.nan
    read[rng.random((patients, visits)) < gaps] = np.nan
    flags = {
        "new": rng.random((patients, visits)) < 0.03,
        "worse": rng.random((patients, visits)) < 0.03,
    }
    if rng.random() < 0.5:
        flags["targets"] = (rng.random((patients, lesions)) < 0.5) & (np.arange(lesions) < 5)
    days = np.cumsum(rng.choice([7.0, 14.0, 28.0, 56.0], size=(patients, visits)), axis=1)
    days -= days[:, :1]
    deaths = np.where(rng.random(patients) < 0.3, rng.uniform(0, 300, patients).round(), np.nan)
    criteria = Recist(seen=float(rng.choice([0.0, 0.45])))
    return read, days, flags, deaths, criteria


def grown(now, lowest, share, least):
    if lowest is None or now <= lowest:
        return False
    return now >= lowest * (1 + share) * (1 - CLOSE) and now - lowest >= least * (1 - CLOSE)


def slow_codes(rows, new, worse, marked, rule):
    """One patient's codes, lesion by lesion; ``marked``: targets, or None to choose them."""
    rows = [[None if math.isnan(x) else (0.0 if x < rule.seen else x) for x in r] for r in rows]
    first = rows[0]
    measurable = [k for k, x in enumerate(first) if x is not None and x >= rule.measurable]
    if marked is None:
        targets = sorted(measurable, key=lambda k: (-first[k], k))[: rule.most_targets]
    else:
        targets = [k for k in measurable if marked[k]]
    others = [k for k, x in enumerate(first) if x and k not in targets]
    absent = [k for k in range(len(first)) if k not in targets and k not in others]
    base = sum(first[k] for k in targets)
    lowest = base if targets else None
    lowest_other = sum(first[k] for k in others) if others else None
    had_complete, found = False, ["NE"]
    for visit in range(1, len(rows)):
        row = rows[visit]
        read = [row[k] for k in targets if row[k] is not None]
        beside = [row[k] for k in others if row[k] is not None]
        all_read, all_beside = len(read) == len(targets), len(beside) == len(others)
        if targets:
            spread = grown(sum(beside), lowest_other, rule.unequivocal, rule.unequivocal_least)
        else:
            spread = grown(sum(beside), lowest_other, rule.progression, rule.least)
        if all(x is None for x in first):
            code = "NE"
        elif (
            new[visit]
            or worse[visit]
            or any(row[k] for k in absent)
            or grown(sum(read), lowest, rule.progression, rule.least)
            or spread
            or (had_complete and any(x > 0 for x in read + beside))
        ):
            code = "PD"
        elif not (targets or others) or not (all_read if targets else all_beside):
            code = "NE"
        elif all_beside and sum(read) + sum(beside) == 0:
            code = "CR"
        elif targets and sum(read) <= base * (1 - rule.response) * (1 + CLOSE):
            code = "PR"
        else:
            code = "SD"
        had_complete = had_complete or code == "CR"
        if targets and all_read:
            lowest = min(lowest, sum(read))
        if others and all_beside:
            lowest_other = min(lowest_other, sum(beside))
        found.append(code)
    return found


def slow_course(codes, days, death, rule):
    """One patient's endpoints by trying every pair of visits."""
    seen = [(d, c) for d, c in list(zip(days, codes, strict=True))[1:] if not d > death]
    ends = [d for d, c in seen if c == "PD"]
    progression = ends[0] if ends else None
    seen = [(d, c) for d, c in seen if progression is None or d < progression]
    evaluable = [d for d, c in seen if c != "NE"]
    event = progression is not None or not math.isnan(death)
    if progression is not None:
        end = progression
    else:
        end = max(evaluable, default=0.0) if math.isnan(death) else death

    def confirmed(good):
        for i, (day, code) in enumerate(seen):
            for j in range(i + 1, len(seen)):
                between = {c for _, c in seen[i : j + 1]} - {"NE"}
                sure = seen[j][0] - day >= rule.confirmed_after
                if code in good and seen[j][1] in good and sure and between <= set(good):
                    return day
        return None

    def response(complete, some):
        if complete is not None:
            return "CR", some
        if some is not None:
            return "PR", some
        if any(d >= rule.stable_after for d in evaluable):
            return "SD", None
        return ("PD" if progression is not None else "NE"), None

    complete = next((d for d, c in seen if c == "CR"), None)
    some = next((d for d, c in seen if c in ("CR", "PR")), None)
    return {
        "progression": progression,
        "free": end,
        "event": event,
        "best": response(complete, some),
        "confirmed": response(confirmed(("CR",)), confirmed(("CR", "PR"))),
        "controlled": some is not None or any(d >= rule.control for d in evaluable),
    }


@settings(max_examples=150)
@given(seed=SEEDS)
@example(seed=0)
def test_codes_are_those_of_a_slow_reading(seed):
    read, _, flags, _, criteria = cohort(seed)
    found = responses(read, **flags, criteria=criteria).codes
    for i in range(read.shape[0]):
        marked = flags["targets"][i] if "targets" in flags else None
        slow = slow_codes(read[i].tolist(), flags["new"][i], flags["worse"][i], marked, criteria)
        assert [RESPONSES[k] for k in found[i]] == slow


@settings(max_examples=150)
@given(seed=SEEDS)
def test_endpoints_are_those_of_a_slow_reading(seed):
    read, days, flags, deaths, criteria = cohort(seed)
    found = recist_course(read, days, **flags, deaths=deaths, criteria=criteria)
    for i in range(read.shape[0]):
        words = [RESPONSES[k] for k in found.codes[i]]
        slow = slow_course(words, days[i].tolist(), deaths[i], criteria)
        assert found.progressed[i] == (slow["progression"] is not None)
        if found.progressed[i]:
            assert found.time_to_progression[i] == slow["progression"]
            assert days[i, found.progression_index[i]] == slow["progression"]
        assert found.progression_free[i] == slow["free"]
        assert found.event[i] == slow["event"]
        assert found.controlled[i] == slow["controlled"]
        for best, (code, since) in (
            (found.best, slow["best"]),
            (found.confirmed, slow["confirmed"]),
        ):
            assert RESPONSES[best.code[i]] == code
            assert best.ended[i] == (since is not None and slow["event"])
            if since is None:
                assert np.isnan([best.time_to_response[i], best.duration[i]]).all()
            else:
                assert best.time_to_response[i] == since
                assert best.duration[i] == slow["free"] - since


@settings(max_examples=150)
@given(seed=SEEDS)
def test_visit_by_visit_is_as_the_whole(seed):
    read, _, flags, _, criteria = cohort(seed)
    whole = responses(read, **flags, criteria=criteria)
    one = Assessor(read[:, 0], targets=flags.get("targets"), criteria=criteria)
    for visit in range(1, read.shape[1]):
        new, worse = flags["new"][:, visit], flags["worse"][:, visit]
        assert (one.visit(read[:, visit], new=new, worse=worse) == whole.codes[:, visit]).all()
        np.testing.assert_array_equal(one.sums, whole.sums[:, visit])
    np.testing.assert_array_equal(one.targets, whole.targets)


@settings(max_examples=100)
@given(seed=SEEDS)
def test_a_patient_not_visited_is_as_if_the_day_had_not_been(seed):
    read, _, flags, _, criteria = cohort(seed)
    patients, visits = read.shape[:2]
    there = np.random.default_rng(seed + 1).random((patients, visits)) < 0.6
    one = Assessor(read[:, 0], targets=flags.get("targets"), criteria=criteria)
    for visit in range(1, visits):
        rest = {name: flags[name][:, visit] for name in ("new", "worse")}
        one.visit(read[:, visit], who=there[:, visit], **rest)
    there[:, 0] = True
    for i in range(patients):
        mine = {name: flags[name][i : i + 1, there[i]] for name in ("new", "worse")}
        if "targets" in flags:
            mine["targets"] = flags["targets"][i : i + 1]
        alone = responses(read[i : i + 1, there[i]], **mine, criteria=criteria)
        assert one.codes[i] == alone.codes[0, -1]


@settings(max_examples=60)
@given(seed=SEEDS)
def test_a_restart_is_a_new_baseline(seed):
    read, _, _, _, criteria = cohort(seed)
    read = np.where(np.isnan(read), 1.0, read)  # all assessed: the latest scan is the baseline
    patients, visits = read.shape[:2]
    again = np.random.default_rng(seed + 1).integers(0, visits, patients)
    one = Assessor(read[:, 0], criteria=criteria)
    for visit in range(visits):
        if visit:
            one.visit(read[:, visit])
        one.restart(again == visit)
    for i in range(patients):
        alone = responses(read[i : i + 1, again[i] :], criteria=criteria)
        assert one.codes[i] == alone.codes[0, -1]


def test_the_random_courses_reach_every_response():
    seen = set()
    for seed in range(60):
        read, _, flags, _, criteria = cohort(seed)
        seen |= set(responses(read, **flags, criteria=criteria).codes[:, 1:].ravel().tolist())
    assert seen == set(range(len(RESPONSES)))
