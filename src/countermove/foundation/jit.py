"""The one set of numba flags every kernel is compiled with.

Here: the ``jit`` decorator. Not here: any kernel, and anything that must import without numba.

Compiled code is cached on disk. The cache looks only at the file a function is written in: after
editing a kernel that kernels in other files call, clear ``__pycache__`` or set ``NUMBA_CACHE_DIR``
to a fresh folder.
"""

import numba

jit = numba.njit(cache=True, nogil=True, error_model="numpy")
"""Decorator: nopython, cached on disk, releases the GIL, IEEE division (1/0 is inf)."""
