"""What a preview says, in few characters: for pages that carry it with them.

Here: leaving out what no chart of a chapter shows, fewer times, fewer digits; values as
JavaScript. Not here: simulating (``work``), the folder (``export``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

DIGITS = 3
TOLD = ("patients", "time_to_progression", "overall_survival", "responded", "cured")
LEAST = 0.1  # cells; fewer are none in a chart


def thin(preview: Mapping[str, Any], points: int) -> dict[str, Any]:
    """Keep what a chapter shows of a preview.

    Parameters
    ----------
    preview
        As ``work.preview`` answers.
    points
        Most recorded times.
    """
    size = len(preview["time"])
    if size <= points:
        kept = list(range(size))
    else:
        kept = sorted({round(k * (size - 1) / (points - 1)) for k in range(points)})

    def few(row: Sequence[float]) -> list[float]:
        return [0.0 if row[i] < LEAST else rounded(row[i]) for i in kept]

    result: dict[str, Any] = {
        "time": [rounded(preview["time"][i], 5) for i in kept],
        "burden": {name: few(row) for name, row in preview["burden"].items()},
        "clones": {name: few(row) for name, row in preview["clones"].items()},
        "doses": {name: [rounded(row[i], 2) for i in kept] for name, row in _doses(preview)},
        "seen": {"detectable": preview["seen"]["detectable"], "visits": []},
        "summary": {
            name: {key: one[key] for key in ("value", "unit", "text")}
            for name, one in preview["summary"].items()
            if name in TOLD
        },
    }
    if preview.get("criterion"):
        result["criterion"] = preview["criterion"]
    if preview["patients"] == 1:  # a single course has no band
        result["burden"] = {"p50": result["burden"]["p50"]}
    blood = {
        name: {key: [_or_none(v) for v in one[key]] for key in ("days", "value")}
        for name, one in preview.get("ctdna", {}).items()
        if name == "ctdna.hge" or "vaf(" in name
    }
    return {**result, "ctdna": blood} if blood else result


def script(target: str, value: Any) -> str:
    """JavaScript that gives a value to a name."""
    return f"{target}={_js(value)};\n"


def rounded(value: float, digits: int = DIGITS) -> float:
    """Round to significant digits."""
    return float(f"{value:.{digits}g}")


def _doses(preview: Mapping[str, Any]) -> list[tuple[str, list[float]]]:
    return list(preview.get("doses", {}).items())


def _or_none(value: float | None) -> float | None:
    return None if value is None else rounded(value)


def _js(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(k))}:{_js(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_js, value)) + "]"
    if isinstance(value, float):
        return _number(value) if math.isfinite(value) else "null"
    return json.dumps(value)


def _number(value: float) -> str:
    """Write a number in its shortest form: 1.2e10, 3e-5."""
    mantissa, power = f"{value:.12e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    short = f"{mantissa}e{int(power)}"
    plain = f"{value:.10g}"
    return short if "e" in plain or len(short) < len(plain) else plain
