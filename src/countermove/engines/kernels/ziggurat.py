"""Tables for drawing from a falling density by the ziggurat method.

Here: 256 layers of equal area under a density. Not here: the draws that use them
(see ``engines.kernels.draws``).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

LAYERS = 256
Curve = Callable[[float], float]


def ziggurat(
    *, density: Curve, inverse: Curve, tail_area: Curve
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Cut the area under a density into 256 equal layers, the lowest with the tail.

    Parameters
    ----------
    density, inverse
        A density on x >= 0 that falls from 1 at x = 0, in any units of area, and its inverse.
    tail_area
        Area under the density beyond x.

    Returns
    -------
    (257,) right edges, falling from the width of a rectangle as large as the lowest layer, then
    the start of the tail, to 0; and (257,) the density there.

    Notes
    -----
    Source: Marsaglia and Tsang (2000), The ziggurat method for generating random variables. The
    start of the tail is found by bisection: too near 0 and the layers overshoot the peak.
    """
    near, far = 1.0, 20.0
    while True:
        start = 0.5 * (near + far)
        if not near < start < far:
            break
        if _edges(start, density, inverse, tail_area) is None:
            near = start
        else:
            far = start
    edges = _edges(far, density, inverse, tail_area)
    if edges is None:
        raise ValueError("no start of the tail below 20 gives 256 layers of equal area")
    edges.append(0.0)
    return np.array(edges), np.array([density(x) for x in edges])


def _edges(start: float, density: Curve, inverse: Curve, tail_area: Curve) -> list[float] | None:
    """Stack layers from a tail start; None when they pass the peak before the last."""
    area = start * density(start) + tail_area(start)
    edges = [area / density(start), start]
    while len(edges) < LAYERS:
        height = density(edges[-1]) + area / edges[-1]
        if height >= 1.0:
            return None
        edges.append(inverse(height))
    passes = density(edges[-1]) + area / edges[-1] > 1.0
    return None if passes else edges
