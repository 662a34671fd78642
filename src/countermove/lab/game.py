"""The game: the reader makes the moves and sees what a clinic sees.

Here: one turn, replayed from the seed and the moves so far, and afterwards the truth and what other
strategies would have done with the same patient. Not here: the patient (``game.yaml``), the page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from countermove.foundation import ScenarioError, shown
from countermove.lab import showing
from countermove.scenario import Scenario, loads, replace
from countermove.simulation import simulate
from countermove.treatment.observations import RESPONSES

if TYPE_CHECKING:
    from countermove.results import Runs

TURN = 56.0  # days between moves, those of the scans
WORDS = {
    "CR": "nothing left to see",
    "PR": "shrunk by three tenths or more",
    "SD": "little changed",
    "PD": "grown by a fifth or more",
}
BOTH = ["A", "B"]
OTHERS: dict[str, dict[str, Any]] = {
    "imaging-only clinic": {"policy": "sequential", "drugs": BOTH, "guided_by": "recist"},
    "ctDNA clinic": {"policy": "ctdna_switch", "drugs": BOTH},
    "best by look-ahead": {
        "policy": "look_ahead",
        "drugs": ["A", "B", BOTH],
        "pause": True,
        "futures": 100,
        "objective": "control",
        "horizon": "48 weeks",
    },
}


def patient(seed: int) -> Scenario:
    """Return the patient of a seed, not treated yet."""
    text = (resources.files("countermove.lab") / "game.yaml").read_text(encoding="utf-8")
    return replace(loads(text), {"seed": seed})


def play(seed: int, moves: Sequence[Mapping[str, Any]], *, reveal: bool) -> dict[str, Any]:
    """Replay the moves; tell what a clinic has seen by the day of the next one.

    Parameters
    ----------
    seed
        Of the patient.
    moves
        For each turn its ``day``, a multiple of 56, and the ``drugs`` from that day on.
    reveal
        Whether the truth is told, and what others would have done.

    Raises
    ------
    ScenarioError
        A move is not one.
    """
    scenario = patient(seed)
    given = [_move(move, turn, scenario) for turn, move in enumerate(moves)]
    if len(given) * TURN > scenario.follow_up:
        raise ScenarioError(
            "moves",
            got=f"{len(given)}",
            expected=f"at most {int(scenario.follow_up // TURN)}, until the game ends",
        )
    runs = _course(scenario, _treatment(given))
    row = runs.table.iloc[0]
    lived, died = float(row["overall_survival"]), bool(row["died"])
    day = len(given) * TURN
    over: bool | str = False
    if died and lived <= day:
        day, over = lived, "died"
    elif day >= scenario.follow_up:
        over = "ended"
    result: dict[str, Any] = {
        "day": day,
        "over": over,
        "turn": TURN,
        "until": scenario.follow_up,
        "visits": _seen(runs, day),
        "moves": [{"day": turn * TURN, "drugs": drugs} for turn, drugs in enumerate(given)],
        "options": list(scenario.drugs),
    }
    return {**result, **_truth(scenario, runs, day)} if reveal else result


def _move(move: Mapping[str, Any], turn: int, scenario: Scenario) -> list[str]:
    day, drugs = move.get("day"), move.get("drugs")
    if day != turn * TURN:
        raise ScenarioError(
            f"moves.{turn}.day", got=shown(day), expected=f"{turn * TURN:.0f}, the day of that turn"
        )
    if not isinstance(drugs, list) or any(name not in scenario.drugs for name in drugs):
        raise ScenarioError(
            f"moves.{turn}.drugs",
            got=shown(drugs),
            expected=f"a list of any of {', '.join(scenario.drugs)}",
        )
    return [name for name in scenario.drugs if name in drugs]


def _treatment(moves: Sequence[list[str]]) -> dict[str, Any]:
    """Write moves as rules by day; the last move lasts to the end."""
    rules: list[dict[str, Any]] = []
    for turn, drugs in enumerate(moves):
        when = f"time >= {turn * TURN:.0f} days"
        if turn + 1 < len(moves):
            when += f" and time < {(turn + 1) * TURN:.0f} days"
        then = {"start": drugs, "stop": [name for name in BOTH if name not in drugs]}
        rules.append({"when": when, "then": {key: names for key, names in then.items() if names}})
    return {"policy": "rules", "rules": rules} if rules else {"policy": "none"}


def untreated(scenario: Scenario) -> Runs:
    """Simulate a patient to whom nothing is given."""
    return _course(scenario, {"policy": "none"})


def _course(scenario: Scenario, treatment: Mapping[str, Any]) -> Runs:
    treated = replace(scenario, {"treatment": treatment})
    return simulate(treated, every=7.0, threads=1, progress=False)


def _seen(runs: Runs, day: float) -> list[dict[str, Any]]:
    """Tell what visits up to a day showed, in words."""
    assert runs.visits is not None
    table: Any = runs.visits[runs.visits["known"] <= day]
    result = []
    for (when, kind), part in table.groupby(["day", "kind"], observed=True):
        values = dict(zip(part["observable"].astype(str), part["value"].astype(float), strict=True))
        if kind == "imaging":
            size, code = values.get("sld", 0.0) * 10.0, int(values.get("recist", 0.0))
            response = RESPONSES[code] if 0 < code < len(RESPONSES) else ""
            word = WORDS.get(response, "")
            told = f"Scan: {size:.0f} mm" + (f", {word}" if word else "") + "."
            one = {"value": round(size, 1), "unit": "mm", "response": response}
        elif kind == "ctdna":
            shares = {
                name.partition("(")[2][:-1]: value
                for name, value in values.items()
                if name.startswith("ctdna.vaf")
                and values.get(name.replace("vaf", "detected"), 0.0) > 0.0
            }
            listed = ", ".join(f"{name} {share:.2%} of reads" for name, share in shares.items())
            genomes = values.get("ctdna.hge", 0.0)
            told = f"Blood: {genomes:.1f} tumor genomes per mL; {listed or 'no alteration found'}."
            one = {"value": round(genomes, 3), "unit": "genomes/mL", "shares": shares}
        else:
            continue
        result.append({"day": float(when), "kind": str(kind), **one, "text": told})
    return result


def _truth(scenario: Scenario, runs: Runs, day: float) -> dict[str, Any]:
    """Cells by clone up to a day, and what other strategies would have come to."""
    known = showing.courses(runs, scenario)
    last = sum(time <= day for time in known["time"])
    compared = []
    for label, treatment in OTHERS.items():
        other = _course(scenario, treatment)
        row = other.table.iloc[0]
        course = showing.courses(other, scenario)
        compared.append(
            {
                "label": label,
                "days": round(float(row["overall_survival"]), 1),
                "outcome": "died" if bool(row["died"]) else "alive at the end",
                "burden": course["burden"]["p50"],
                "doses": course["doses"],
            }
        )
    clones = {name: row[:last] for name, row in known["clones"].items()}
    truth = {"time": known["time"][:last], "clones": clones, "course": known["time"]}
    return {"truth": truth, "compared": compared}
