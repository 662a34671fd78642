"""Numbers with unit words, as a paper writes them: ``0.14 /day``, ``8 weeks``, ``1e9 cells``.

Here: which words each dimension knows and how they become base units (days, 1/day, cells, mg, L,
uM, mm, cm3). Not here: which range a field allows (see ``scenario.fields``).
"""

from __future__ import annotations

import math
import numbers
import re
from collections.abc import Mapping
from dataclasses import dataclass

from countermove.foundation.errors import ScenarioError, shown, suggestion, tidy

DAYS_PER_YEAR = 365.25
DAYS_PER_MONTH = DAYS_PER_YEAR / 12
_LONGEST_TEXT = 100
_COMMA = re.compile(r"[-+]?[0-9]+(?:,[0-9]+)+")
_THOUSANDS = re.compile(r"[-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?|[-+]?\.?inf|\.?nan")

_TIME: dict[str, float] = {}
for _words, _days in (
    ("s sec second seconds", 1 / 86400),
    ("min minute minutes", 1 / 1440),
    ("h hr hour hours", 1 / 24),
    ("d day days", 1.0),
    ("week weeks wk wks", 7.0),
    ("month months mo", DAYS_PER_MONTH),
    ("year years yr yrs y", DAYS_PER_YEAR),
):
    _TIME |= dict.fromkeys(_words.split(), _days)

_MASS = {"mg": 1.0, "g": 1e3, "kg": 1e6, "ug": 1e-3, "µg": 1e-3, "μg": 1e-3, "ng": 1e-6}
_VOLUME = {"L": 1.0, "l": 1.0, "mL": 1e-3, "ml": 1e-3, "dL": 0.1, "dl": 0.1, "uL": 1e-6}
_NANOGRAMS = {"ng": 1.0, "ug": 1e3, "µg": 1e3, "μg": 1e3, "mg": 1e6, "g": 1e9, "pg": 1e-3}
_MILLILITERS = {"mL": 1.0, "ml": 1.0, "L": 1e3, "l": 1e3, "dL": 1e2, "dl": 1e2}
_MOLAR = {"uM": 1.0, "µM": 1.0, "μM": 1.0, "nM": 1e-3, "pM": 1e-6, "mM": 1e3, "M": 1e6}
_MOLAR |= {"umol/L": 1.0, "nmol/L": 1e-3, "mmol/L": 1e3, "mol/L": 1e6}


def _per(numerators: Mapping[str, float], denominators: Mapping[str, float]) -> dict[str, float]:
    """Every ``a/b`` of two sets of unit words."""
    return {
        f"{top}/{bottom}": above / below
        for top, above in numerators.items()
        for bottom, below in denominators.items()
    }


@dataclass(frozen=True)
class Dimension:
    """What a number measures.

    Attributes
    ----------
    name
        As messages say it, with its article: "a time".
    base
        The unit used inside the program; empty for a plain number.
    words
        Factor to the base unit for each accepted word.
    bare
        Whether a number without a unit is taken in the base unit.
    example
        A correct value, for messages.
    pattern
        A shorter regular expression for the words; empty to list them.
    """

    name: str
    base: str
    words: Mapping[str, float]
    bare: bool
    example: str
    pattern: str = ""


def _rates() -> dict[str, float]:
    words: dict[str, float] = {}
    for word, days in _TIME.items():
        words |= dict.fromkeys((f"/{word}", f"1/{word}", f"per {word}", f"{word}^-1"), 1 / days)
    return words


DIMENSIONS: dict[str, Dimension] = {
    "time": Dimension("a time", "days", _TIME, True, "8 weeks"),
    "rate": Dimension(
        "a rate",
        "/day",
        _rates(),
        True,
        "0.14 /day",
        r"(1?/ *|per +)({0})|({0})\^-1".format("|".join(_TIME)),
    ),
    "cells": Dimension(
        "a number of cells", "cells", {"cells": 1.0, "cell": 1.0}, True, "1e9 cells"
    ),
    "cell_density": Dimension(
        "a cell density",
        "cells/cm3",
        {"cells/cm3": 1.0, "/cm3": 1.0, "cells/mL": 1.0, "cells/mm3": 1e3},
        True,
        "1e9 cells/cm3",
    ),
    "mass": Dimension("a mass", "mg", _MASS, True, "960 mg"),
    "volume": Dimension("a volume", "L", _VOLUME, True, "106 L"),
    "clearance": Dimension("a clearance", "L/day", _per(_VOLUME, _TIME), True, "30 L/day"),
    "concentration": Dimension("a concentration", "uM", _MOLAR, True, "0.3 uM"),
    "molar_concentration": Dimension("a concentration", "uM", _MOLAR, False, "0.3 uM"),
    "molar_mass": Dimension(
        "a molar mass", "g/mol", {"g/mol": 1.0, "Da": 1.0, "kDa": 1e3}, True, "489.9 g/mol"
    ),
    "length": Dimension(
        "a length",
        "mm",
        {"mm": 1.0, "cm": 10.0, "um": 1e-3, "µm": 1e-3, "μm": 1e-3, "nm": 1e-6},
        False,
        "100 um",
    ),
    "tissue_volume": Dimension(
        "a tissue volume", "cm3", {"cm3": 1.0, "cc": 1.0, "mL": 1.0, "mm3": 1e-3}, True, "0.2 cm3"
    ),
    "marker": Dimension(
        "a marker level", "ng/mL", _per(_NANOGRAMS, _MILLILITERS), True, "1e-8 ng/mL"
    ),
    "fraction": Dimension("a fraction", "", {"%": 0.01}, True, "0.5"),
    "number": Dimension("a number", "", {}, True, "2.5"),
}


def has_unit(value: object) -> bool:
    """Whether a value is text that carries a unit word after its number."""
    return isinstance(value, str) and bool(_split(value)[1])


def _split(text: str) -> tuple[str, str]:
    """Separate the number at the start of a text from what follows it."""
    text = text.strip()
    result = _NUMBER.match(text)
    if result is None:
        return "", text
    return result.group(), text[result.end() :].strip()


def parse_quantity(
    value: object, dimension: str, where: str = "", *, infinite: bool = False
) -> float:
    """Turn a number, or a text of a number and a unit word, into base units.

    Parameters
    ----------
    value
        ``0.14``, ``"0.14 /day"``, ``"1e-9"``.
    dimension
        A key of ``DIMENSIONS``.
    where
        Path named in an error.
    infinite
        Whether infinity is a value.

    Returns
    -------
    The number in the dimension's base unit; never NaN.

    Raises
    ------
    ScenarioError
        Not a number, not finite, no unit where one is needed, or a unit of something else.
    """
    kind = DIMENSIONS[dimension]
    expected = f"{kind.name} such as {kind.example}"
    number, unit = _number_and_unit(value, where, expected)
    if not unit:
        if not kind.bare:
            raise ScenarioError(where, got=f"{shown(value)} without a unit", expected=expected)
        factor = 1.0
    elif (outcome := kind.words.get(" ".join(unit.split()))) is not None:
        factor = outcome
    elif (outcome := kind.words.get(unit.replace(" ", ""))) is not None:
        factor = outcome
    else:
        raise _wrong_unit(value, unit, kind, where)
    result = number * factor
    if math.isnan(result) or (math.isinf(result) and not infinite):
        raise ScenarioError(where, got=shown(value), expected=f"a finite number, {expected}")
    return result


def _number_and_unit(value: object, where: str, expected: str) -> tuple[float, str]:
    """Read the number of a value and the word after it, if any."""
    if isinstance(value, str) and len(value) <= _LONGEST_TEXT:
        digits, unit = _split(value)
        if digits:
            return float(digits.replace(".inf", "inf").replace(".nan", "nan")), unit
    elif isinstance(value, numbers.Real) and not isinstance(value, bool):
        try:
            return float(value), ""
        except OverflowError:
            return math.inf, ""
    raise ScenarioError(where, got=shown(value), expected=expected)


def comma_remedy(text: str) -> str:
    """Say how to write a number that has commas in it; empty where none has."""
    result = _COMMA.match(text.strip())
    if result is None:
        return ""
    digits, rest = result.group(), text.strip()[result.end() :]
    plain, point = f"{digits.replace(',', '')}{rest}", f"{digits.replace(',', '.')}{rest}"
    if digits.count(",") > 1:
        return f"Write it without commas: {plain}."
    if not _THOUSANDS.fullmatch(digits):
        return f"Write a decimal point: {point}."
    return f"Write {plain} if the comma parts thousands, {point} if decimals."


def cells_of_size(value: object, cells_per_cm3: float) -> float | None:
    """Cells in a volume of tumor (``30 cm3``) or in a sphere of a diameter (``2 cm``).

    Parameters
    ----------
    value
        As in a file.
    cells_per_cm3
        Density, cells per cm3.

    Returns
    -------
    The number of cells; None where the value is not a size.
    """
    if not isinstance(value, str):
        return None
    digits, unit = _split(value)
    unit = unit.replace(" ", "")
    if not digits or "n" in digits.lower():
        return None
    if (factor := DIMENSIONS["tissue_volume"].words.get(unit)) is not None:
        return float(digits) * factor * cells_per_cm3
    if (factor := DIMENSIONS["length"].words.get(unit)) is not None:
        across = abs(float(digits)) * factor / 10.0
        sphere = math.pi / 6.0 * across**3 if across < 1e6 else math.inf
        return math.copysign(sphere, float(digits)) * cells_per_cm3
    return None


def _wrong_unit(value: object, unit: str, kind: Dimension, where: str) -> ScenarioError:
    """Say what the unit measures, if anything, and what was wanted instead."""
    remedy = comma_remedy(value) if isinstance(value, str) else ""
    if remedy:
        return ScenarioError(
            where,
            got=shown(value),
            expected=f"{kind.name} such as {kind.example}",
            remedy=remedy,
        )
    others = [
        other.name
        for other in DIMENSIONS.values()
        if other.name != kind.name and unit.replace(" ", "") in other.words
    ]
    what = f" ({others[0]})" if others else f" (unknown unit {shown(unit)})"
    if kind.words:
        remedy = "" if others else suggestion(unit, kind.words)
        if remedy.startswith("Known"):
            remedy = ""
        if others == ["a mass"] and kind.base == "cells":
            remedy = "Write the cells: a gram of tumor is taken for 1e9 cells."
    else:
        remedy = "Give it without a unit."
    return ScenarioError(
        where,
        got=shown(value) + what,
        expected=f"{kind.name} such as {kind.example}",
        remedy=remedy,
    )


def number_text(value: float) -> str:
    """Write a number for a reader: short, without what arithmetic left in its last bits."""
    return exact_text(tidy(value))


def exact_text(value: float) -> str:
    """Write a number so that it is short to read and reads back to the same bits."""
    short = f"{value:g}"
    if float(short) != value:
        return repr(value)
    mantissa, exponent, power = short.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else mantissa
