"""RECIST 1.1 read scan by scan in plain Python, from the text of Eisenhauer et al. 2009.

Here: targets, codes and endpoints of one patient. Not here: the fast reading it is compared with.
Diameters in cm; a scan that was missed is None; a lesion not seen is 0.
"""

from dataclasses import dataclass, field

HAIR = 1e-9  # relative: a threshold missed by rounding alone is met


def targets_of(baseline, organs):
    """Numbers of the target lesions: the largest first, five in all, two in an organ."""
    order = sorted(range(len(baseline)), key=lambda lesion: (-baseline[lesion], lesion))
    chosen, used = [], {}
    for lesion in order:
        organ = organs[lesion]
        full = organ >= 0 and used.get(organ, 0) == 2
        if baseline[lesion] < 1.0 * (1 - HAIR) or full or len(chosen) == 5:
            continue
        used[organ] = used.get(organ, 0) + 1
        chosen.append(lesion)
    return chosen


@dataclass
class Reading:
    """Codes of every scan after baseline, and which cases occurred."""

    codes: list = field(default_factory=list)
    cases: set = field(default_factory=set)
    sums: list = field(default_factory=list)


def read_scans(scans, organs, *, from_baseline=False):
    """Codes of one patient's scans; the first is baseline."""
    found = Reading(codes=["NE"])
    baseline = scans[0]
    if baseline is None:
        raise AssertionError("tests start from a baseline that was read")
    targets = targets_of(baseline, organs)
    if len(targets) < sum(size >= 1.0 for size in baseline):
        found.cases.add("more lesions than targets")
    others = [n for n, size in enumerate(baseline) if size > 0 and n not in targets]
    base = nadir = sum(baseline[n] for n in targets)
    other_nadir = sum(baseline[n] for n in others)
    found.sums.append(base)
    complete = False
    for scan in scans[1:]:
        if scan is None:
            found.codes.append("NE")
            found.cases.add("missed")
            found.sums.append(None)
            continue
        total, rest = sum(scan[n] for n in targets), sum(scan[n] for n in others)
        new = any(size > 0 and n not in targets and n not in others for n, size in enumerate(scan))
        least = base if from_baseline else nadir
        grew = total >= 1.2 * least * (1 - HAIR) and total > least
        if targets and grew and total - least < 0.5 * (1 - HAIR):
            found.cases.add("20% but not 5 mm")
            grew = False
        if not targets:
            grew = rest >= 1.2 * other_nadir * (1 - HAIR) and rest - other_nadir >= 0.5 * (1 - HAIR)
        worse = bool(targets and others) and rest >= 2 * other_nadir * (1 - HAIR)
        worse = worse and rest - other_nadir >= 1.0 * (1 - HAIR) and rest > other_nadir
        if complete and (total > 0 or rest > 0):
            found.cases.add("back after a complete response")
            code = "PD"
        elif new:
            found.cases.add("new lesion")
            code = "PD"
        elif grew or worse:
            if targets and total < 1.2 * base:
                found.cases.add("nadir after baseline")
            code = "PD"
        elif not targets and not others:
            code = "NE"  # nothing to follow
        elif total == 0 and rest == 0:
            code, complete = "CR", True
        elif targets and total <= 0.7 * base * (1 + HAIR):
            code = "PR"
        else:
            code = "SD"
        nadir = min(nadir, total)
        other_nadir = other_nadir if from_baseline else min(other_nadir, rest)
        found.codes.append(code)
        found.sums.append(total)
    return found


def endpoints(reading, days, death):
    """Endpoints of one patient: days since treatment start, death or None."""
    end = event = None
    seen = [(d, c) for d, c in zip(days, reading.codes, strict=True)]
    best, confirmed, first = "NE", "NE", None
    pending = {"CR": None, "PR": None}
    last, stable, control, before_pd = 0.0, False, False, []
    for place, (day, code) in enumerate(seen):
        if place == 0 or code == "NE" or (death is not None and day > death):
            continue
        if code == "PD":
            end, event = day, True
            break
        before_pd.append((place, day, code))
        last = day
        stable = stable or day >= 42
        control = control or day >= 42 or code in ("CR", "PR")
        first = day if first is None and code in ("CR", "PR") else first
    progressed = event is True
    codes = [code for _, _, code in before_pd]
    otherwise = "SD" if stable else "PD" if progressed else "NE"
    best = "CR" if "CR" in codes else "PR" if "PR" in codes else otherwise
    sure = set()
    for _, day, code in before_pd:
        denied = {"CR": ("PR", "SD"), "PR": ("SD",)}
        good = {"CR": ("CR",), "PR": ("CR", "PR")}
        for kind in ("CR", "PR"):
            if code in denied[kind]:
                pending[kind] = None
            elif code in good[kind]:
                if pending[kind] is None:
                    pending[kind] = day
                elif day - pending[kind] >= 28:
                    sure.add(kind)
    confirmed = "CR" if "CR" in sure else "PR" if "PR" in sure else otherwise
    if not progressed:
        end, event = (death, True) if death is not None else (last, False)
    return {
        "imaging_progressed": progressed,
        "imaging_time_to_progression": end if progressed else None,
        "imaging_progression_free_survival": end,
        "imaging_event": event,
        "best_overall_response": best,
        "confirmed_response": confirmed,
        "imaging_time_to_response": first,
        "imaging_duration_of_response": None if first is None else end - first,
        "disease_control": control,
    }
