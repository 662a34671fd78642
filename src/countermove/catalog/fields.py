"""Fields of ``reported.yaml``: plain checks with errors that name the number and the field.

Here: one row of numbers, read and refused. Not here: an entry's folder (``catalog.folders``).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from countermove.foundation import ScenarioError, shown, suggestion

# Where a number comes from: what was read, by whoever wrote the entry.
STATUSES = ("published text read", "data read", "exact theory", "abstract only")
TIERS = ("quick", "full")
ENGINES = ("genealogies", "space", "fits to patients")
TEXTS = ("why", "not_expressible", "ask", "series")
NEEDED = ("id", "says", "unit", "place", "status")
FIELDS = (
    *NEEDED,
    "value",
    "tolerance",
    "why",
    "at_least",
    "at_most",
    "differs",
    "waits_for",
    "not_expressible",
    "tier",
    "ask",
    "set",
    "x",
    "series",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """One number of a paper.

    Attributes
    ----------
    id : its name within the entry
    says : what it is the number of
    unit : empty for a share or a ratio
    place : where in the paper it stands
    status : one of `STATUSES`
    low, high : what agrees with it; the value and its tolerance, or a bound
    value : as printed; None for a bound alone
    why : why the tolerance is what it is
    differs : (ours, why) where countermove is known to give another number
    waits_for : one of `ENGINES`, where no engine can compute it yet
    not_expressible : what a scenario cannot say, where it cannot
    tier : ``quick``, or ``full`` for what takes long
    ask : a word for the entry's check, such as what is to be computed
    changes : settings of the scenario changed for this number, by path
    x, series : where it stands in the entry's figure
    """

    id: str
    says: str
    unit: str
    place: str
    status: str
    low: float
    high: float
    value: float | None
    why: str
    differs: tuple[float, str] | None = None
    waits_for: str = ""
    not_expressible: str = ""
    tier: str = "quick"
    ask: str = ""
    changes: Mapping[str, object] = field(default_factory=dict[str, object])
    x: float | None = None
    series: str = ""

    @property
    def tolerance(self) -> float | None:
        """Half the width of what agrees; None for a bound."""
        return None if self.value is None else (self.high - self.low) / 2.0

    @property
    def computed(self) -> bool:
        """Whether an engine of this version can give it."""
        return not (self.waits_for or self.not_expressible)


def reported(row: Mapping[str, Any], where: str) -> Reported:
    """Read one number.

    Raises
    ------
    ScenarioError
        A field is missing, unknown or not of its kind; a value has no tolerance.
    """
    where = f"{where}.{row['id']}" if isinstance(row.get("id"), str) and row["id"] else where
    for name in row:
        if name not in FIELDS:
            raise wrong(f"{where}.{name}", "an unknown field", "a field of a number", name, FIELDS)
    for name in NEEDED:
        text = row.get(name)
        if not isinstance(text, str) or (not text.strip() and name != "unit"):
            raise wrong(f"{where}.{name}", shown(text), "a text", "", ())
    _one_of(row["status"], STATUSES, f"{where}.status")
    _one_of(row.get("tier", "quick"), TIERS, f"{where}.tier")
    for name in TEXTS:
        if not isinstance(row.get(name, ""), str):
            raise wrong(f"{where}.{name}", shown(row[name]), "a text", "", ())
    waits = row.get("waits_for", "")
    if waits:
        _one_of(waits, ENGINES, f"{where}.waits_for")
    if waits and row.get("not_expressible"):
        raise wrong(f"{where}.waits_for", "not_expressible as well", "one of the two", "", ())
    low, high, value = _agrees(row, where)
    changes = row.get("set") or {}
    if not isinstance(changes, Mapping):
        raise wrong(f"{where}.set", shown(changes), "settings by path", "", ())
    return Reported(
        **{name: row[name] for name in NEEDED},
        low=low,
        high=high,
        value=value,
        why=str(row.get("why", "")),
        differs=_differs(row.get("differs"), f"{where}.differs"),
        waits_for=waits,
        not_expressible=str(row.get("not_expressible", "")),
        tier=row.get("tier", "quick"),
        ask=str(row.get("ask", "")),
        changes=changes,
        x=_number(row["x"], f"{where}.x") if "x" in row else None,
        series=str(row.get("series", "")),
    )


def _agrees(row: Mapping[str, Any], where: str) -> tuple[float, float, float | None]:
    """Lowest and highest number that agrees, and the one printed."""
    bounds = [name for name in ("at_least", "at_most") if name in row]
    if ("value" in row) == bool(bounds):
        got = "both a value and a bound" if bounds else "no number"
        raise wrong(f"{where}.value", got, "a value with its tolerance, or a bound", "", ())
    if not str(row.get("why", "")).strip():
        raise wrong(f"{where}.why", "nothing", "why the tolerance or bound is what it is", "", ())
    if "value" in row:
        value = _number(row["value"], f"{where}.value")
        tolerance = _number(row.get("tolerance"), f"{where}.tolerance")
        if tolerance < 0.0:
            raise wrong(f"{where}.tolerance", shown(tolerance), "0 or more", "", ())
        return value - tolerance, value + tolerance, value
    low, high = -math.inf, math.inf
    if "at_least" in row:
        low = _number(row["at_least"], f"{where}.at_least")
    if "at_most" in row:
        high = _number(row["at_most"], f"{where}.at_most")
    if low > high:
        expected = f"no more than at_most, {shown(high)}"
        raise wrong(f"{where}.at_least", shown(low), expected, "", ())
    return low, high, None


def _differs(given: object, where: str) -> tuple[float, str] | None:
    if given is None:
        return None
    if not isinstance(given, Mapping) or set(given) != {"ours", "why"}:
        raise wrong(where, shown(given), "our number and why: {ours: ..., why: ...}", "", ())
    if not isinstance(given["why"], str) or not given["why"].strip():
        raise wrong(f"{where}.why", shown(given["why"]), "why ours is another number", "", ())
    return _number(given["ours"], f"{where}.ours"), given["why"]


def _number(given: object, where: str) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise wrong(where, shown(given), "a number", "", ())
    if not math.isfinite(given):
        raise wrong(where, shown(given), "a finite number", "", ())
    return float(given)


def _one_of(given: object, known: tuple[str, ...], where: str) -> None:
    if given not in known:
        expected = "one of: " + ", ".join(known)
        raise wrong(where, shown(given), expected, str(given), known)


def wrong(where: str, got: str, expected: str, given: str, known: tuple[str, ...]) -> ScenarioError:
    """Return the error of a field, with the nearest known name where there is one."""
    near = suggestion(given, known) if given else ""
    return ScenarioError(where, got=got, expected=expected, remedy=near if "mean" in near else "")
