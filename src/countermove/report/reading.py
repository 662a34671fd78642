"""Reading from ``Runs`` what several figures need.

Here: the clock from treatment start, groups of types. Not here: drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from countermove.foundation import SAME_DAY, CountermoveError, parse_quantity
from countermove.foundation.arrays import Floats
from countermove.results import Runs

UNTREATED = "none"
OTHERS = "other"
SMALLEST_SEEN_CM3 = np.pi / 6.0 * 0.5**3
FEWEST_ALIVE = 0.1  # of the patients kept: a median of fewer says little
SMALLEST_SEEN = 0.002  # groups that never reach this mean share cannot be seen in a picture


def quantity(document: Mapping[str, Any], path: str, dimension: str) -> float | None:
    """Read the number at a dotted path, in base units; None where there is none."""
    value: Any = document
    for part in path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if value is None:
        return None
    try:
        return float(parse_quantity(value, dimension, path))
    except CountermoveError:
        return None


def treated(runs: Runs) -> bool:
    """Whether the scenario treats at all."""
    policy = runs.document.get("treatment", {}).get("policy", UNTREATED)
    return policy != UNTREATED and runs.trajectories.sizes["drug"] > 0


def clock(runs: Runs) -> tuple[Floats, str]:
    """Days since treatment start (diagnosis when untreated) and how to call that."""
    days = runs.trajectories["time"].to_numpy().astype(np.float64)
    if not treated(runs):
        return days, "since diagnosis"
    start = quantity(runs.document, "treatment.start", "time") or 0.0
    return days - start, "since treatment started"


def alive(runs: Runs) -> NDArray[np.bool_]:
    """(kept, times) whether each patient whose course was kept lives at each recorded time."""
    kept = runs.trajectories.sizes["patient"]
    start = quantity(runs.document, "treatment.start", "time") or 0.0
    died = runs.table["died"].to_numpy(dtype=bool)[:kept]
    last = runs.table["overall_survival"].to_numpy(dtype=np.float64)[:kept] + start
    end = np.where(died, last, np.inf)
    days = runs.trajectories["time"].to_numpy().astype(np.float64)
    return np.asarray(days[None, :] <= end[:, None] + SAME_DAY, dtype=np.bool_)


def enough_alive(runs: Runs) -> NDArray[np.bool_]:
    """Tell where (times,) a tenth of the patients kept are alive: a median of fewer wanders."""
    lives = alive(runs)
    return np.asarray(lives.sum(axis=0) >= FEWEST_ALIVE * len(lives), dtype=np.bool_)


def detection_limit(runs: Runs) -> float:
    """Cells of the smallest lesion that is seen."""
    given = quantity(runs.document, "monitoring.imaging.limit", "cells")
    given = given if given else quantity(runs.document, "endpoints.detectable", "cells")
    density = quantity(runs.document, "tumor.cells_per_cm3", "cell_density") or 1e9
    return given if given and given >= 1.0 else SMALLEST_SEEN_CM3 * density


def grouped_types(runs: Runs, most: int) -> tuple[list[str], Floats]:
    """Cells of each kind of cell: types alike but for their origin are taken together.

    Parameters
    ----------
    runs
        The runs.
    most
        Groups shown; those that matter least, or are too few to see, are joined as ``other``.

    Returns
    -------
    Names, in the model's order (``other`` last), and cells (patients, times, groups).
    """
    data = runs.trajectories
    words = [data["genotype"].to_numpy().astype(str)]
    for name in ("state", "niche"):
        values = data[name].to_numpy().astype(str)
        words += [values] if np.unique(values).size > 1 else []
    labels = [", ".join(parts) for parts in zip(*words, strict=True)]
    names = list(dict.fromkeys(labels))
    cells = data["cells"].to_numpy()
    groups = np.stack(
        [cells[:, :, [label == name for label in labels]].sum(axis=2) for name in names], axis=2
    )
    shares = mean_shares(groups)
    largest = shares.max(axis=0, initial=0.0)
    by_weight = sorted(range(len(names)), key=lambda i: -(largest[i] + shares[:, i].mean()))
    seen = [i for i in by_weight if largest[i] >= SMALLEST_SEEN] or [0]
    rest = [i for i in range(len(names)) if largest[i] > 0.0 and i not in seen]
    if len(seen) + bool(rest) > most:
        seen, rest = seen[: most - 1], [*seen[most - 1 :], *rest]
    kept = sorted(seen)
    if not rest:
        return [names[i] for i in kept], groups[:, :, kept]
    joined = np.concatenate([groups[:, :, kept], groups[:, :, rest].sum(2, keepdims=True)], axis=2)
    other = f"{OTHERS} ({len(rest)} type{'s' if len(rest) > 1 else ''})"
    return [*(names[i] for i in kept), other], joined


def mean_shares(cells: Floats) -> Floats:
    """Mean over patients of the share of each group, (times, groups); those without cells left out.

    Rows of zeros where no patient has a cell left.
    """
    total = cells.sum(axis=2, keepdims=True)
    share = np.divide(cells, total, out=np.zeros_like(cells), where=total > 0.0)
    living = (total[:, :, 0] > 0.0).sum(axis=0)
    return share.sum(axis=0) / np.maximum(living, 1)[:, None]
