"""How functions are compiled, kept and called: the decorators of all compiled code.

The helpers are for functions that other jitted functions call, and Python cannot: what would make
them callable takes a fifth of the time of compiling. `entry` is for the few that Python calls,
`row_entry` for those of them whose rows may be dense or sparse, `plain_entry` for those that know
no dtype, and `address_for_c` for what is called as BLAS is. An entry exists once per dtype (and
form of the rows), under a name of its own: two processes that compile two signatures of one name at
the same time could store one under the index of the other.

Numba counts the references to an array, with two atomic operations for each function that it is
passed to; between small arrays, that takes as long as the arithmetic, and a fifth of the time of
compiling. A caller in Python keeps its arguments alive until the call returns, so helpers and row
entries do not count. They can make no arrays, and return none unless they are inlined.
"""

import sys
from contextlib import contextmanager, suppress
from types import FunctionType

import numba
import numpy as np
from numba import types
from numba.core.errors import NumbaError
from numba.extending import overload

from skreg._compiler.cache import Cache

# No `nnan` or `ninf`: infinities are how divergence is found.
_FAST = {"reassoc", "contract", "arcp", "nsz"}
_COMMON = {"nogil": True, "error_model": "numpy"}

DTYPES = (np.dtype(np.float32), np.dtype(np.float64))

_NOT_FOR_C = {"no_cfunc_wrapper": True}
# Where indices are checked, views are slices, which helpers then return.
_UNCOUNTED = {"_nrt": bool(numba.config.BOUNDSCHECK)}
_UNSEEN = {"no_cpython_wrapper": True, **_NOT_FOR_C, **_UNCOUNTED}
helper = numba.njit(fastmath=_FAST, **_COMMON, **_UNSEEN)
# For functions that return an array, a view of what they are given.
inlined_helper = numba.njit(fastmath=_FAST, inline="always", **_COMMON, **_UNSEEN)
# For functions whose order of operations is their accuracy.
PRECISE_OPTIONS = {"fastmath": {"contract"}, **_COMMON, **_UNSEEN}
precise_helper = numba.njit(**PRECISE_OPTIONS)
_called_by_address = []  # which keeps them alive


def _with_cache(function):
    """Let a compiled function be kept in the cache on disk, where there is one."""
    if not numba.config.DISABLE_JIT:
        # No directory for a cache is writable, or a source file is not readable.
        with suppress(RuntimeError, OSError):
            function._cache = Cache(function.py_func)
    return function


_SIGNS_OF_COUNTS = "NRT required but not enabled", "Only accept returning of array passed"
_WITHOUT_COUNTS = (
    "Options, helpers and row entries count no references, so they can make no arrays: not "
    "by np.zeros and the like, nor by a formula of whole arrays, nor by assigning one slice to "
    "another, which Numba copies. Write a loop over numbers, and into arrays that Python made. A "
    "helper that returns a view is an inlined_helper."
)


@contextmanager
def explaining_counts():
    """Add to an error of Numba's compiler what to do, if references would have to be counted."""
    try:
        yield
    except NumbaError as error:
        if any(sign in str(error) for sign in _SIGNS_OF_COUNTS):
            error.add_note(_WITHOUT_COUNTS)
        raise


def plain_entry(function, *, makes_arrays=True):
    """Compile `function` when it is called."""
    counting = {} if makes_arrays else _UNCOUNTED
    return _with_cache(numba.njit(function, fastmath=_FAST, **_COMMON, **_NOT_FOR_C, **counting))


class SameTypes:
    """An entry to be called again and again, always with arguments of the same types.

    Numba looks up the types of all arguments in each call, which takes some microseconds. This does
    it in the first call, and from then on calls what was compiled for them. Arguments of other
    types would be taken for what they are not, so callers must pass arrays that they made for this
    purpose, or the same ones in all calls.
    """

    def __init__(self, entry):
        self._entry, self._call = entry, None

    def __call__(self, *arguments):
        if self._call is not None:
            return self._call(*arguments)
        with explaining_counts():
            result = self._entry(*arguments)
        compiled = list(getattr(self._entry, "overloads", {}).values())  # none without Numba
        self._call = compiled[0].entry_point if len(compiled) == 1 else self._entry
        return result


def address_for_c(function):
    """The address of a function of integers that returns nothing, for callers in C."""
    compiler = _with_cache(numba.njit(function, no_cpython_wrapper=True, **_COMMON))
    arguments = (types.int64,) * function.__code__.co_argcount
    compiler.compile(arguments)
    compiled = compiler.overloads[arguments]
    _called_by_address.append(compiler)
    return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_cfunc_wrapper_name)


def twin_of(function, name, **bound):
    """A copy of `function` under another name, for which some global names stand for `bound`."""
    names = {**function.__globals__, **bound} if bound else function.__globals__
    twin = FunctionType(function.__code__, names, name)
    twin.__qualname__, twin.__doc__ = name, function.__doc__
    twin.__module__ = function.__module__
    return twin


def _compile_twin(function, *parts, makes_arrays):
    """Compile a copy of `function` under its name with `parts` added."""
    twin = twin_of(function, "_".join([function.__name__, *parts]))
    return plain_entry(twin, makes_arrays=makes_arrays)


def entry(function, *, makes_arrays=True):
    """Compile `function` once per dtype; returns a dict from dtype to the compiled function."""
    return {d: _compile_twin(function, d.name, makes_arrays=makes_arrays) for d in DTYPES}


class _ByForm(dict):
    """Dicts from dtype to the compiled function, each made when its form is first asked for."""

    def __init__(self, function):
        self._function = function

    def __missing__(self, form):
        made = {d: _compile_twin(self._function, form, d.name, makes_arrays=False) for d in DTYPES}
        return self.setdefault(form, made)  # another thread may have been faster


def row_entry(function):
    """Compile `function` once per form of its rows and dtype, each when it is first called."""
    return _ByForm(function)


def _function_of(kind, name, arrays):
    """A function for rows: of `arrays`, a module, or of that which holds their NamedTuple."""
    return getattr(arrays if kind is None else sys.modules[kind.__module__], name)


def by_form(name, *, arrays, returns_arrays=False):
    """The helper of a name that the type of the first argument has, at no cost.

    It is that in the module of the type, a NamedTuple, or in the module `arrays`, of arrays. Where
    one returns arrays, it becomes a part of its callers, which cannot unpack arguments for it.
    """
    # Numba wants to count references in what returns arrays, though it only takes its types there.
    inlining = {"_nrt": True} if returns_arrays else {}
    options = {"fastmath": _FAST, **_COMMON, **_UNSEEN, **inlining}
    inline = "always" if returns_arrays else "never"

    def call(rows, *arguments):
        kind = None if isinstance(rows, np.ndarray) else type(rows)
        return _function_of(kind, name, arrays)(rows, *arguments)

    @overload(call, strict=False, inline=inline, jit_options=options)
    def choose(rows, *arguments):
        kind = None if isinstance(rows, types.Array) else rows.instance_class
        return _function_of(kind, name, arrays).py_func

    return call
