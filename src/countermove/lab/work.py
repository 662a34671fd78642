"""What a worker of the lab does: check, preview, run, compare, reproduce, play, tell.

Here: each task by name, plain values in, JSON out. Not here: processes (``worker``, ``crew``), the
web (``app``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from countermove.foundation import ScenarioError
from countermove.lab import game, showing, story
from countermove.lab.arms import Arms, arms_asked, offered
from countermove.lab.asked import Asked, asked, refuse_large
from countermove.lab.files import write_files
from countermove.lab.limits import JOB_PATIENTS, PREVIEW_PATIENTS
from countermove.results.sentences import criterion_sentence
from countermove.scenario import Scenario, replace, scenario_hash, to_document
from countermove.simulation import check as check_scenario
from countermove.simulation import simulate
from countermove.trials.arms import arms_of, settled

if TYPE_CHECKING:
    from countermove.results import Runs

Say = Callable[[int, int], None]
POINTS = 120  # recorded times of a preview


def warm(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Compile what requests need, so that no request waits for it."""
    for engine in given.get("engines", ("mean_field", "branching")):
        simulate("one_drug_then_relapse", patients=2, engine=engine, threads=1, progress=False)
        simulate("ctdna_switch", patients=2, engine=engine, threads=1, progress=False)
    return {"warm": True}


def check(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Check a scenario as the command does; say what a form shows."""
    one = asked(given["yaml"], given.get("settings"))
    done = check_scenario(one.scenario)
    refuse_large(one.scenario, int(given.get("patients") or 1), done.types)
    if "policies" in given:
        engine = given.get("engine")
        base = replace(one.scenario, {"engine": engine}) if engine else one.scenario
        settled(arms_of(base, *arms_asked(base, given["policies"], given.get("fields"))))
    return {
        "ok": True,
        "name": one.scenario.name,
        "hash": scenario_hash(one.scenario),
        "notes": one.notes,
        "engine": done.engine,
        "why_not": done.against,
        "genotypes": done.genotypes,
        "types": done.types,
        "yaml": one.text,
        "form": form(one.scenario),
    }


def form(scenario: Scenario) -> dict[str, Any]:
    """Return what a form edits, with the whole resolved document beside it."""
    treatment = scenario.treatment
    return {
        "patients": scenario.patients.number,
        "follow_up_days": scenario.follow_up,
        "seed": scenario.seed,
        "policy": treatment.policy,
        "policies": list(offered(scenario)),
        "needs": {name: fields for name, fields in offered(scenario).items() if fields},
        "lines": [list(line) if not isinstance(line, str) else [line] for line in treatment.drugs],
        "drugs": list(scenario.drugs),
        "alterations": list(scenario.alterations),
        "birth": scenario.tumor.birth,
        "death": scenario.tumor.death,
        "detectable": scenario.detectable_cells,
        "document": to_document(scenario),
    }


def preview(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Simulate a few patients, at once."""
    begin = time.perf_counter()
    one = asked(given["yaml"], given.get("settings"))
    engine = given.get("engine") or "mean_field"
    patients = int(given.get("patients") or (1 if engine == "mean_field" else 100))
    patients = min(patients, PREVIEW_PATIENTS)
    _bounded(one.scenario, patients)
    runs = simulate(
        one.scenario,
        patients=patients,
        seed=given.get("seed"),
        engine=engine,
        every=max(1.0, one.scenario.follow_up / POINTS),
        keep=patients,
        threads=1,
        progress=False,
    )
    result = showing.courses(runs, one.scenario)
    result |= {"summary": showing.sums(runs), "engine": engine, "patients": patients}
    result |= {"criterion": _criterion(runs, one.scenario)}
    result |= {"notes": one.notes, "attribution": showing.reasons(runs.table)}
    return {"server_ms": round(1000.0 * (time.perf_counter() - begin), 1), **result}


def run(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Simulate a cohort and write its files."""
    one, patients, seed = _job(given)
    engine = given.get("engine")
    settings = {"patients": patients, "seed": seed, "engine": engine}
    runs = simulate(one.scenario, **settings, threads=1, progress=say, chunk=_chunk(patients))
    write_files(Path(given["folder"]), one, settings, {"": runs.outcomes()})
    return {
        "kind": "run",
        "name": one.scenario.name,
        "criterion": _criterion(runs, one.scenario),
        **showing.courses(runs, one.scenario),
        "summary": showing.sums(runs),
        "km": showing.curves(runs.table, one.scenario.follow_up),
        "attribution": showing.reasons(runs.table),
        "provenance": runs.provenance,
    }


def compare(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Treat the same patients under several policies, and write the files."""
    from countermove.trials.compare import compare as compare_arms

    one, patients, seed = _job(given)
    arms_given = arms_asked(one.scenario, given["policies"], given.get("fields"))
    number = sum(map(len, arms_given))
    before = [0]

    def told(done: int, total: int) -> None:
        say(before[0] + done, total * number)
        before[0] += total * (done == total)

    settings = {"patients": patients, "seed": seed, "engine": given.get("engine")}
    result = compare_arms(
        one.scenario,
        **arms_given._asdict(),
        **settings,
        threads=1,
        keep=200,
        progress=told,
        chunk=_chunk(patients),
    )
    tables = {name: runs.outcomes() for name, runs in result.runs.items()}
    write_files(Path(given["folder"]), one, {**settings, **_told(arms_given)}, tables)
    end = one.scenario.follow_up
    arms = [
        {
            "label": name,
            **showing.courses(runs, one.scenario),
            "summary": showing.sums(runs),
            "km": showing.curves(runs.table, end),
            "attribution": showing.reasons(runs.table),
        }
        for name, runs in result.runs.items()
    ]
    table = result.table().reset_index()
    rows = [
        {
            name: showing.plain([value])[0] if isinstance(value, float) else str(value)
            for name, value in row.items()
        }
        for row in table.to_dict("records")
    ]
    first = {name: arms[0][name] for name in ("time", "burden", "clones", "summary", "km")}
    return {
        "kind": "compare",
        "name": one.scenario.name,
        "criterion": result.criterion,
        **first,
        "attribution": arms[0]["attribution"],
        "arms": arms,
        "table": rows,
    }


def reproduce(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Recompute the quick numbers of an entry of the catalog."""
    from countermove.catalog import entry
    from countermove.catalog import reproduce as recompute

    result = recompute(entry(given["name"]), full=False).document()
    say(1, 1)
    return {"kind": "reproduce", "name": given["name"], **result}


def play(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """One turn of the game."""
    return game.play(given["seed"], given["moves"], reveal=bool(given.get("reveal")))


def tell(given: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """One patient from the first cell on."""
    return story.tell(given["seed"])


def _chunk(patients: int) -> int:
    """Patients between two words on progress; no number depends on it."""
    return max(50, min(2000, patients // 50))


def _criterion(runs: Runs, scenario: Scenario) -> str:
    return criterion_sentence(runs.provenance, to_document(scenario))


def _told(arms: Arms) -> dict[str, Any]:
    return {name: value for name, value in arms._asdict().items() if value}


def _job(given: Mapping[str, Any]) -> tuple[Asked, int, int]:
    one = asked(given["yaml"], given.get("settings"))
    patients = int(given.get("patients") or one.scenario.patients.number)
    if patients > JOB_PATIENTS:
        raise ScenarioError(
            "patients",
            got=f"{patients:,}",
            expected=f"at most {JOB_PATIENTS:,} in the lab",
            remedy="Run it from the command line.",
        )
    _bounded(one.scenario, patients)
    seed = given.get("seed")
    return one, patients, one.scenario.seed if seed is None else int(seed)


def _bounded(scenario: Scenario, patients: int) -> None:
    refuse_large(scenario, patients, 0)
    if len(scenario.alterations) + len(scenario.states) + len(scenario.niches) > 3:
        refuse_large(scenario, patients, check_scenario(scenario).types)


TASKS: dict[str, Callable[[Mapping[str, Any], Say], dict[str, Any]]] = {
    task.__name__: task for task in (warm, check, preview, run, compare, reproduce, play, tell)
}
