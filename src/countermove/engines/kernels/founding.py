"""Cells at diagnosis: rounding of expected counts, and their spread over niches and genotypes.

Here: draws made once per patient, before time starts. Not here: growth from one cell
(``kernels.patients``).
"""

import numpy as np

from countermove.engines.kernels.draws import binomial, exponential, uniform
from countermove.foundation.jit import jit


@jit
def draw_clocks(streams, clocks):
    """Fill each patient's hazard until the next mutation, in place."""
    for p in range(clocks.size):
        clocks[p] = exponential(streams[p])


@jit
def round_counts(streams, cells):
    """Round expected counts up or down at random, keeping their means, in place."""
    for p in range(cells.shape[0]):
        for k in range(cells.shape[1]):
            whole = np.floor(cells[p, k])
            part = cells[p, k] - whole
            if part > 0.0:
                cells[p, k] = whole + (1.0 if uniform(streams[p]) < part else 0.0)


@jit
def scatter_cells(streams, cells, chosen, source, target, share):
    """Move cells from source to target types, each with its share, in place.

    Edges are sorted by source; a source's shares are of the cells it has at first. ``share`` is
    (1 or tumors, edges).
    """
    for p in range(cells.shape[0]):
        if not chosen[p]:
            continue
        row = p if share.shape[0] > 1 else 0
        e = 0
        while e < source.size:
            kind = source[e]
            left, rest = cells[p, kind], 1.0
            while e < source.size and source[e] == kind:
                moved = 0.0
                if left > 0.0:
                    moved = binomial(streams[p], left, min(1.0, share[row, e] / rest))
                cells[p, target[e]] += moved
                left -= moved
                rest = max(rest - share[row, e], 1e-300)
                e += 1
            cells[p, kind] = left
