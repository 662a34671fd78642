"""``python -m benchmarks``: every job, every peer and every limit, as one table.

Here: what is run in which size, and the table. Not here: how anything is measured.
"""

import argparse
import contextlib
import io
import json
from pathlib import Path

from benchmarks import lab, lab_load, own, peers, whole
from benchmarks.network import JOBS

QUICK = {"peer_seconds": 1.0, "s1": 10_000, "s2": 3_000, "s3": 100, "cohort": 10_000}
FULL = {"peer_seconds": 20.0, "s1": 50_000, "s2": 20_000, "s3": 500, "cohort": 1_000_000}


def measure(sizes: dict, say) -> dict:
    """Measure everything; ``say`` is told what is under way."""
    found: dict = {"own": {}, "peers": {}, "exact": {}}
    say("the limit of bare draws")
    found["draws"] = own.bare_draws()
    for name, run, size in (
        ("S1", own.run_s1, "s1"),
        ("S2", own.run_s2_treatment, "s2"),
        ("S2 full", own.run_s2_full, "s2"),
        ("S3", own.run_s3, "s3"),
    ):
        say(f"countermove {name}")
        found["own"][name] = run(sizes[size])
    say("countermove S2 full with frequent mutation, and S3 at leaps of half a day")
    found["own"]["S2 full, u=1e-6"] = own.run_s2_full(sizes["s2"], 1e-6)
    found["own"]["S3, leaps of 0.5 d"] = own.run_s3(sizes["s3"], 0.5)
    for job, network in JOBS.items():
        gone = network().extinction()
        found["exact"][job] = 1.0 - gone if job == "S1" else gone
        for name, (*_, by_event) in peers.PEERS.items():
            if job == "S2" and by_event:
                found["peers"][job, name] = _extrapolated(found["peers"]["S1", name])
                continue
            say(f"{name} {job}")
            found["peers"][job, name] = peers.measure(name, job, sizes["peer_seconds"])
    say("import, threads and memory")
    found["start"] = whole.start_up()
    count = sizes["cohort"]
    found["one thread"] = whole.cohort(count // 10, 1)
    found["two threads"] = whole.cohort(count // 10, 2)
    found["streamed"] = whole.cohort(count, 2, streamed=True)
    say("patients who differ, and lesions")
    for kind in ("dosed", "varied", "lesions"):
        found[kind] = whole.cohort(count // 10, 1, kind=kind)
    found["varied, streamed"] = whole.cohort(count, 2, streamed=True, kind="varied")
    found["cohort"] = count
    return found


def _extrapolated(on_s1: dict) -> dict:
    """Speed on S2 of a simulator that takes event by event, from its events a second on S1."""
    if "per_s" not in on_s1:
        return on_s1
    events = on_s1["per_s"] * JOBS["S1"]().mean_events
    return {"per_s": events / JOBS["S2"]().mean_events, "note": "from its events/s on S1"}


def table(found: dict) -> str:
    """Lay everything out in text."""
    step = max(found["draws"].values())
    lines = [
        "Bare limit: exact birth-death steps/s/core from "
        + ", ".join(f"{cells} cells {rate:,.0f}" for cells, rate in found["draws"].items()),
        "",
        f"{'job, simulator':42s}{'per s, core':>14s}{'ours / it':>14s}{'limit / it':>14s}  right?",
    ]
    for job, row in found["own"].items():
        checks = ", ".join(f"{k} {v}" for k, v in row.items() if k != "per_s")
        if job in found["exact"]:
            checks += f" (exact {found['exact'][job]:.4f})"
        if job.endswith("u=1e-6"):
            checks += " (exact .5346, .6827)"
        lines.append(_line(f"{job}, countermove", row, row["per_s"], step, checks))
        for (of, name), peer in found["peers"].items():
            if of == job:
                lines.append(_line(f"  {name}", peer, row["per_s"], step, _remark(job, peer)))
    lines.append("")
    lines += [f"{name:42s}{seconds:14.3f} s" for name, seconds in found["start"].items()]
    one, two, whole_run = found["one thread"], found["two threads"], found["streamed"]
    few = found["cohort"] // 10
    for name, run, count in (
        ("one thread", one, few),
        ("two threads", two, few),
        ("two threads, streamed to disk", whole_run, found["cohort"]),
    ):
        lines.append(f"simulate, {count:,} patients of S2, {name}: " + _run(run, count))
    for name, kind, many in (
        ("drug A dosed daily, one thread", "dosed", few),
        ("the same in patients who differ in five numbers, one thread", "varied", few),
        ("the same, two threads, streamed to disk", "varied, streamed", found["cohort"]),
        ("five lesions each, one thread", "lesions", few),
    ):
        lines.append(f"simulate, {many:,} patients of S2, {name}: " + _run(found[kind], many))
    lines += _ratios(found)
    if "seconds" in one and "seconds" in two:
        lines.append(f"two threads are {one['seconds'] / two['seconds']:.2f} times one")
    return "\n".join(lines)


def _ratios(found: dict) -> list[str]:
    """Lines that hold patients who differ, and lesions, against the uniform cohort."""
    dosed, varied = found["dosed"], found["varied"]
    one, lesions = found["one thread"], found["lesions"]
    lines = []
    if "cpu" in dosed and "cpu" in varied:
        share = dosed["cpu"] / varied["cpu"]
        lines.append(f"patients who differ run at {share:.0%} of the speed of those who do not")
    if "cpu" in one and "cpu" in lesions:
        lines.append(f"five lesions cost {lesions['cpu'] / one['cpu']:.2f} times one")
    return lines


def _run(run: dict, patients: int) -> str:
    if "note" in run:
        return run["note"]
    speed = patients / run["seconds"]
    return (
        f"{run['seconds']:.1f} s, {speed:,.0f} patients/s ({patients / run['cpu']:,.0f} a core "
        f"second), peak {run['peak_mib']:.0f} MiB"
    )


def _remark(job: str, peer: dict) -> str:
    if "runs" not in peer:
        return peer.get("note", "")
    p, n = peer["alive"], peer["runs"]
    word, p = ("alive", p) if job == "S1" else ("extinct", 1.0 - p)
    return f"{word} {p:.4f} +- {(p * (1 - p) / n) ** 0.5:.4f}, {n:,} runs"


def _line(name: str, row: dict, ours: float, step: float, remark: str) -> str:
    if "per_s" not in row:
        return f"{name:42s}{'-':>14s}{'-':>14s}{'-':>14s}  {remark}"
    speed = row["per_s"]
    shown = f"{speed:,.0f}" if speed >= 10 else f"{speed:.2g}"
    return f"{name:42s}{shown:>14s}{ours / speed:>14,.1f}{step / speed:>14,.0f}  {remark}"


def s4() -> str:
    """Output of the benchmark of mean-field solves."""
    from benchmarks.s4 import main as run

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        run()
    return text.getvalue().rstrip()


def mean_cohort() -> str:
    """Output of the benchmark of varied mean-field cohorts."""
    from benchmarks.mean_cohort import main as run

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        run()
    return text.getvalue().rstrip()


def proof(say) -> list[str]:
    """Lines of the benchmark of a trial, of power and of a comparison's memory."""
    from benchmarks.proof import lines

    say("a trial, power over a grid, and the memory of a comparison")
    return list(lines(whole=False))


def main() -> None:
    """Measure, print the table, and write the figures where asked."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes, under two minutes")
    parser.add_argument("--json", type=Path, help="also write every figure to this file")
    given = parser.parse_args()
    found = measure(QUICK if given.quick else FULL, lambda what: print(f"... {what}", flush=True))
    print("\n" + table(found) + "\n", flush=True)
    found["S4"] = s4()
    print(found["S4"] + "\n", flush=True)
    found["mean_field cohort"] = mean_cohort()
    print(found["mean_field cohort"] + "\n", flush=True)
    found["proof"] = proof(lambda what: print(f"... {what}", flush=True))
    print("\n".join(found["proof"]) + "\n", flush=True)
    found["lab"] = [*lab.lines(), *lab_load.lines()]
    print("\n".join(found["lab"]))
    if given.json:
        found["peers"] = {f"{job}, {name}": row for (job, name), row in found["peers"].items()}
        given.json.write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
