"""What arrays hold: short names for their types.

Here: the types alone. Not here: arrays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Words = NDArray[np.uint64]
Complexes = NDArray[np.complex128]
