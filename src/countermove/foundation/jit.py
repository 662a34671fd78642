"""The numba flags every kernel is compiled with.

Here: the decorators ``jit`` and ``jit_leaf``, ``refer`` and ``is_compiled``. Not here: any kernel,
and anything that must import without numba.

What a kernel calls becomes a part of it and is optimized there alone, so that a first run does not
optimize the same code once for every kernel above it. Still every kernel called from Python holds
all that is below it: have few of them, and let large tuples travel by ``refer``.

Compiled code is cached on disk for kernels called from Python. The cache looks only at the file
such a kernel is written in: after editing one that kernels in other files call, run ``make clean``.
"""

import hashlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import numba
from numba.core import cgutils, types
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler
from numba.core.imputils import impl_ret_borrowed
from numba.core.typing.templates import AttributeTemplate
from numba.extending import (
    infer_getattr,
    intrinsic,
    lower_getattr_generic,
    models,
    register_model,
)

_Kernel = TypeVar("_Kernel", bound=Callable[..., Any])
_Value = TypeVar("_Value")


class _Decorator(Protocol):
    """Compiles a function and keeps its signature."""

    def __call__(self, function: _Kernel, /) -> _Kernel: ...


class _PartLibrary(JITCodeLibrary):
    """Code that becomes part of a kernel called from Python, and is optimized there, once."""

    def _optimize_final_module(self) -> None:
        pass

    def _finalize_final_module(self) -> None:
        self._finalize_dynamic_globals()
        self._finalized = True


class _PartCompiler(Compiler):
    """Compiles a part: no machine code of its own, no face to Python."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.state.flags.no_compile = True
        self.state.library = _PartLibrary(self.state.targetctx.codegen(), "part")


_PART = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True, "pipeline_class": _PartCompiler}


def _decorator(**flags: Any) -> _Decorator:
    """Compile with these flags and the common ones: once to be called from Python, once as a part.

    Left to itself numba optimizes a kernel again in each kernel above it, and makes machine code of
    it each time.
    """
    flags |= {"nogil": True, "error_model": "numpy"}

    def decorate(function: _Kernel) -> _Kernel:
        kernel: Any = numba.njit(cache=True, **flags)(function)
        part: Any = numba.njit(**flags, **_PART)(function)
        template = part.get_call_template

        def add_overload(result: Any) -> None:
            name = object()  # by which callers find it, in place of an address
            result.target_context.insert_user_function(name, result.fndesc, [result.library])
            part.overloads[tuple(result.signature.args)] = result._replace(entry_point=name)

        def call_template(args: Any, keywords: Any) -> Any:
            """Call with ``True`` or 0 what is compiled for any bool or int: not once for each."""
            plain = {name: types.unliteral(own) for name, own in keywords.items()}
            return template(tuple(types.unliteral(own) for own in args), plain)

        part.add_overload = add_overload
        kernel.get_call_template, kernel.get_overload = call_template, part.get_overload
        return kernel

    return decorate


jit = _decorator()
"""Decorator: nopython, cached on disk, releases the GIL, IEEE division (1/0 is inf)."""

jit_leaf = _decorator(_nrt=False)
"""The same for a kernel that creates no array: it keeps no reference counts of its arguments.

Counting is two locked instructions for each array argument of each call, more than a draw costs.
Creating an array in such a kernel is a compile-time error.
"""


def is_compiled(kernel: Callable[..., Any]) -> bool:
    """Whether this process, or the cache on disk, holds a kernel in compiled form."""
    dispatcher: Any = kernel
    file = getattr(dispatcher._cache, "_cache_file", None)
    return bool(dispatcher.signatures) or (file is not None and bool(file._load_index()))


class Reference(types.Type):
    """A NamedTuple that stands in the frame of a kernel, known to those it calls by its address."""

    def __init__(self, target: Any) -> None:
        self.target = target
        one = target.instance_class
        whole = f"{one.__module__}.{target}".encode()
        name = hashlib.sha256(whole).hexdigest()[:16]  # short: it is part of every symbol
        super().__init__(name=f"Reference({one.__name__} {name})")


@register_model(Reference)
class _ReferenceModel(models.PrimitiveModel):
    def __init__(self, dmm: Any, fe_type: Any) -> None:
        super().__init__(dmm, fe_type, dmm.lookup(fe_type.target).get_data_type().as_pointer())


@infer_getattr
class _ReferenceAttribute(AttributeTemplate):
    key = Reference

    def generic_resolve(self, value: Any, attribute: str) -> Any:
        """Type of a field; a tuple within the tuple is known by its address too."""
        if attribute not in value.target.fields:
            return None
        result = value.target.types[value.target.fields.index(attribute)]
        return Reference(result) if isinstance(result, types.BaseNamedTuple) else result


@lower_getattr_generic(Reference)
def _field(context: Any, builder: Any, typ: Any, value: Any, attribute: str) -> Any:
    place = typ.target.fields.index(attribute)
    result = typ.target.types[place]
    address = cgutils.gep_inbounds(builder, value, 0, place)
    if isinstance(result, types.BaseNamedTuple):
        return address
    model = context.data_model_manager[result]
    whole = model.get_data_type() == model.get_value_type()  # arrays: one instruction
    field = builder.load(address) if whole else model.load_from_data_pointer(builder, address)
    return impl_ret_borrowed(context, builder, result, field)


def _refer(typing_context: Any, value: Any) -> Any:
    """Put a NamedTuple into the caller's frame."""
    del typing_context
    if isinstance(value, Reference):
        return value(value), lambda context, builder, signature, args: args[0]

    def place(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        del signature
        model = context.data_model_manager[value]
        address = cgutils.alloca_once(builder, model.get_data_type())
        builder.store(model.as_data(builder, args[0]), address)
        return address

    return Reference(value)(value), place


class _Refer(Protocol):
    """Keeps its argument's type, as far as a reader of Python can tell."""

    def __call__(self, value: _Value, /) -> _Value: ...


refer: _Refer = intrinsic(_refer)  # pyright: ignore[reportAssignmentType]
"""In kernels: the same NamedTuple, handed on by its address.

A call pushes every field of every array of a NamedTuple, hundreds of words, and the compiler
follows each of them through every kernel; of a reference it sees one. Reading is as before; a
reference cannot be unpacked, looped over, or returned from the kernel that made it. It keeps
nothing alive: use it in leaves, or on what the caller of a kernel holds.
"""
