"""The numba flags every kernel is compiled with.

Here: the decorators ``jit``, ``jit_leaf`` and ``jit_inline``. Not here: any kernel, and anything
that must import without numba.

Compiled code is cached on disk. The cache looks only at the file a function is written in: after
editing a kernel that kernels in other files call, run ``make clean``.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numba

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])


class _Decorator(Protocol):
    """Compiles a function and keeps its signature."""

    def __call__(self, function: _Kernel, /) -> _Kernel: ...


jit: _Decorator = numba.njit(cache=True, nogil=True, error_model="numpy")  # pyright: ignore[reportAssignmentType]
"""Decorator: nopython, cached on disk, releases the GIL, IEEE division (1/0 is inf)."""

jit_leaf: _Decorator = numba.njit(cache=True, nogil=True, error_model="numpy", _nrt=False)  # pyright: ignore[reportCallIssue, reportAssignmentType]
"""The same for a kernel that creates no array: it keeps no reference counts of its arguments.

Counting is two locked instructions for each array argument of each call, more than a draw costs.
Creating an array in such a kernel is a compile-time error.
"""

jit_inline: _Decorator = numba.njit(  # pyright: ignore[reportCallIssue, reportAssignmentType]
    cache=True,
    nogil=True,
    error_model="numpy",
    _nrt=False,
    forceinline=True,
    no_cpython_wrapper=True,
    no_cfunc_wrapper=True,
)
"""A leaf that becomes part of the kernel that calls it: for steps that take large NamedTuples.

A call pushes every field of every array of its arguments, hundreds of words, each time. It cannot
be called from Python, which spares its compilation most of the time.
"""
