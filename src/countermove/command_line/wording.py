"""Numbers and times as a reader wants them, and plain values for JSON.

Here: formatting. Not here: tables (``tables``).
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import click
import numpy as np

from countermove.foundation import tidy

MONTH = 365.25 / 12.0


def number(value: object) -> str:
    """Write a table's cell: four digits, powers of ten for very large and very small numbers."""
    if value is None:
        return "-"
    if not isinstance(value, (float, np.floating)):
        return str(value)
    x = float(value)
    if not math.isfinite(x):
        return "-" if math.isnan(x) else f"{x:g}"
    text = f"{x:.4g}"
    mantissa, mark, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if mark else text


def days(value: float | None) -> str:
    """Write a time in days and, where long, months."""
    if value is None or not math.isfinite(value):
        return "not reached"
    months = f" ({value / MONTH:.1f} months)" if value >= 2.0 * MONTH else ""
    return f"{value:.0f} days{months}"


def percent(share: float | None) -> str:
    """Write a share in percent, never rounded to 0 or 100 unless it is."""
    if share is None or not math.isfinite(share):
        return "-"
    x = 100.0 * share
    if 0.0 < x < 0.1:
        return "<0.1%"
    if 99.9 < x < 100.0:
        return ">99.9%"
    return f"{x:.1f}%"


def plain(value: Any) -> Any:
    """Turn any value into what JSON holds: no NaN, no infinity, no numpy."""
    if isinstance(value, Mapping):
        return {str(name): plain(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, np.integer):
        return int(value)
    if isinstance(value, (float, np.floating)):
        x = float(value)
        return tidy(x) if math.isfinite(x) else (None if math.isnan(x) else f"{x:g}")
    return value


def echo_json(value: Any) -> None:
    """Print a value as JSON."""
    click.echo(json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False))
