"""Answers for the mock server, made once with countermove: real numbers, few patients.

Here: chapters over shipped examples, and previews at three values of each control. Not here: the
texts of the lab (the server has them), the mock server itself (``mock/plugin.ts``).

Run it from the root of the repository: ``python web/mock/make.py``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

import countermove as cm
from countermove.scenario.library import example_files

PATIENTS = 12
TIMES = 40
FIRST_RATE = "alterations.{}.rate"
CHAPTERS = [
    ("relapse", "Response, then relapse", "one_drug_then_relapse", "burden"),
    ("miniature", "Evolution in miniature", "three_lesions", "clones"),
    ("five-ways", "Five ways to survive", "target_mutation", "clones"),
    ("one-drug", "Why one drug so often fails", "one_drug_then_relapse", "arms"),
    ("together", "Combinations", "two_drugs_together", "arms"),
    ("dormancy", "The small reservoir", "persisters", "burden"),
    ("surroundings", "Shelter and sanctuaries", "brain_sanctuary", "clones"),
    ("strategies", "Strategies", "adaptive_prostate", "arms"),
    ("game", "The game", "adaptive_prostate", "game"),
    ("lines", "A moving target", "ctdna_switch", "burden"),
    ("headline", "It shrank, but will it last", "egfr_lung", "burden"),
    ("answers", "Questions and answers", "bypass", "burden"),
]


def rounded(values: Any) -> list[float]:
    """Three significant digits."""
    return [float(f"{value:.3g}") for value in np.asarray(values, dtype=float)]


def preview(scenario: Any, patients: int = PATIENTS) -> dict[str, Any]:
    """Answer of POST /api/preview for this scenario."""
    runs = cm.simulate(scenario, patients=patients, keep=patients, progress=False)
    data = runs.trajectories
    cells = data["cells"].transpose("patient", "time", "type").values
    total = cells.sum(axis=2)
    pick = np.unique(np.linspace(0, total.shape[1] - 1, TIMES).astype(int))
    names = [str(name) for name in data["type"].values]
    medians = np.median(cells, axis=0)
    keep = np.argsort(medians.max(axis=0))[::-1][:6]
    visits = runs.visits
    seen = visits[(visits["patient"] == 0) & (visits["observable"].isin(["sld", "psa"]))] if visits is not None else []
    table = runs.outcomes()
    days = float(np.median(table["time_to_progression"].fillna(data["time"].values[-1])))
    return {
        "server_ms": 20.0,
        "time": rounded(data["time"].values[pick]),
        "burden": {
            f"p{level}": rounded(np.percentile(total, level, axis=0)[pick]) for level in (10, 50, 90)
        },
        "clones": {names[k]: rounded(medians[pick, k]) for k in sorted(keep)},
        "doses": {},
        "seen": {
            "detectable": 1e9,
            "visits": [
                {"day": float(r.day), "kind": r.kind, "name": r.observable, "value": float(r.value)}
                for r in (seen.itertuples() if len(seen) else [])
            ][:48],
        },
        "summary": {
            "time_to_progression": {
                "value": days,
                "unit": "days",
                "text": f"{days:.0f} days",
            }
        },
        "sample": [rounded(total[k, pick]) for k in range(min(2, patients))],
    }


def controls(name: str, scenario: Any) -> list[dict[str, Any]]:
    """Two sliders: how well the first drug kills, and how often the first alteration arises."""
    document = cm.to_document(scenario)
    drug = next(iter(document["drugs"]))
    kill = float(scenario.drugs[drug].kill)
    return [
        {"id": "kill", "label": f"Cells that {drug} kills", "path": f"drugs.{drug}.kill",
         "min": round(kill * 0.6, 4), "max": round(kill * 1.6, 4), "step": round(kill * 0.01, 5),
         "scale": "linear", "value": kill, "unit": "per day"},
        {"id": "size", "label": "Length of follow-up", "path": "follow_up",
         "min": 365, "max": 1460, "step": 5, "scale": "log", "value": 1095, "unit": "days"},
    ]  # fmt: skip


def chapter(number: int, spec: tuple[str, str, str, str]) -> tuple[dict[str, Any], list[Any]]:
    """One chapter and its previews, at each control's least, given and greatest value."""
    ident, title, example, chart = spec
    scenario = cm.example(example)
    yaml = example_files(example).text
    sliders = controls(example, scenario)
    record: dict[str, Any] = {
        "id": ident, "number": number, "title": title, "claims": ["acquired-resistance"],
        "question": "What changes when the drug kills more cells? Guess before you move the slider.",
        "answer": "The response is deeper. Whether it lasts longer depends on the cells that resist.",
        "paragraphs": [
            "A tumor is many cells that differ. {claim:resistance-is-evolution} A drug kills most of "
            "them, and the burden falls.",
            "Some cells were there before the drug, and resist it. "
            "{claim:rare-cells-before-treatment} They grow on while the others die.",
            "Holding resistant cells back by sparing sensitive ones is under study. "
            "{claim:adaptive-therapy}",
        ],
        "yaml": yaml, "engine": "branching", "patients": PATIENTS, "controls": sliders,
        "chart": chart,
    }  # fmt: skip
    if chart == "arms":
        high = sliders[0]["max"]
        record["arms"] = [
            {"label": "as it is", "settings": {}},
            {"label": "stronger drug", "settings": {sliders[0]["path"]: high}},
        ]
    found = []
    for slider in sliders:
        for value in (slider["min"], slider["value"], slider["max"]):
            settings = {slider["path"]: value}
            changed = cm.replace(scenario, {slider["path"]: f"{value} days"
                                            if slider["id"] == "size" else value})  # fmt: skip
            found.append({"settings": settings, "answer": preview(changed)})
    found.append({"settings": {}, "patients": 1, "answer": preview(scenario, 1)})
    return record, found


def main() -> None:
    """Write mock/answers.json beside this file."""
    records, previews = [], {}
    for number, spec in enumerate(CHAPTERS, 1):
        record, found = chapter(number, spec)
        records.append(record)
        previews[record["id"]] = found
        print(number, spec[0], flush=True)
    claims = [
        {**claim.to_dict(), "sources": [
            {"label": str(s), "url": s.url if hasattr(s, "url") else ""} for s in claim.sources]}
        for claim in cm.claims()
    ]  # fmt: skip
    answers = {
        "meta": {
            "version": cm.__version__,
            "limits": {"patients": 100000, "preview_patients": 200, "scenario_bytes": 65536,
                       "jobs": 20},
            "disclaimer": "Education and research, not medical advice; no advice for a person.",
            "token_needed": False,
        },
        "claims": claims,
        "glossary": [
            {"term": "burden", "meaning": "All the tumor's cells in a patient, taken together."},
            {"term": "resist", "meaning": "To live on under a drug that kills other cells."},
        ],
        "chapters": records,
        "previews": previews,
    }  # fmt: skip
    path = Path(__file__).parent / "answers.json"
    path.write_text(json.dumps(answers, separators=(",", ":")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
