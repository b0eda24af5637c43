"""Options: functions that other jitted code calls by their address.

A choice between functions reaches jitted code as an integer, the address of one of them. So that
code is the same for all of them, and an option is compiled, and kept in the cache on disk, on its
own, when it is first used.

The caller and the function must agree on the types of the arguments, which nothing can check at the
call. So there is one rule: arrays are C-contiguous, writeable and of one floating dtype or int64,
or vectors of float64; numbers are of that dtype or int64; and the types of an option are those its
table gives.
"""

import numba
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from skreg._compiler.arrays import are_plain
from skreg._compiler.jit import entry, explaining_counts, twin_of


def vector_of(dtype):
    return types.Array(numba.from_dtype(dtype), 1, "C")


def matrix_of(dtype):
    return types.Array(numba.from_dtype(dtype), 2, "C")


def sums_of(dtype):
    return types.Array(types.float64, 1, "C")


def number_of(dtype):
    return numba.from_dtype(dtype)


def integer_of(dtype):
    return types.int64


def integers_of(dtype):
    return types.Array(types.int64, 2, "C")


_interpreted = {}  # what stands for an address where Numba is switched off (NUMBA_DISABLE_JIT)


class Option:
    """A function that is compiled for a dtype when its address is first asked for.

    Parameters
    ----------
    template : function
        Its name is that of the option with `name` added.

    types_of : sequence of functions from a dtype to the type of an argument

    makes_arrays : bool
        Whether it does, for which references are counted.

    bound : what global names of the template stand for
    """

    def __init__(self, template, name, types_of, *, makes_arrays=False, **bound):
        self._twin = twin_of(template, f"{template.__name__.lstrip('_')}_{name}", **bound)
        self._types_of, self._makes_arrays, self._addresses = types_of, makes_arrays, {}

    @property
    def by_dtype(self):
        """The functions that Numba compiles, which is asked for few of them."""
        made = vars(self).get("_functions")
        # Another thread may be faster, and call the addresses of its functions: those stay.
        if made is None:
            made = entry(self._twin, makes_arrays=self._makes_arrays)
        return vars(self).setdefault("_functions", made)

    def address(self, dtype):
        if dtype not in self._addresses:
            self._addresses[dtype] = self._compile(dtype)
        return self._addresses[dtype]

    def _compile(self, dtype):
        function = self.by_dtype[dtype]
        if numba.config.DISABLE_JIT:
            _interpreted[id(function)] = function
            return id(function)
        arguments = tuple(type_of(dtype) for type_of in self._types_of)
        with explaining_counts():
            function.compile(arguments)
        compiled = function.overloads[arguments]
        _check_result(compiled.signature.return_type, dtype, function.__name__)
        return compiled.library.get_pointer_to_function(compiled.fndesc.llvm_func_name)


def _check_result(kind, dtype, name):
    """A caller would write over its own memory where a result is larger than what it expects."""
    if kind not in (types.none, number_of(dtype)):
        raise TypeError(
            f"{name} must return nothing or a number of {dtype}, got {kind}. Write literals as "
            "type(z)(0.5), and start sums with a number of that dtype."
        )


def _are_allowed(kinds):
    arrays = [kind for kind in kinds if isinstance(kind, types.Array)]
    rest = [kind for kind in kinds if kind != sums_of(None) or kind == kinds[0]]
    dtypes = {getattr(kind, "dtype", kind) for kind in rest} - {types.int64}
    is_ours = all(are_plain(kind.dtype, kind.ndim, kind) for kind in arrays)
    return is_ours and len(dtypes) == 1 and isinstance(dtypes.pop(), types.Float)


def _caller(result_of):
    """An intrinsic (address, arguments) that calls a function of the type given by arguments."""

    @intrinsic
    def call(typing, address, arguments):
        kinds = tuple(arguments)
        if not _are_allowed(kinds):
            raise TypingError(f"an option cannot be called with {kinds}")
        result = result_of(kinds)

        def generate(context, builder, signature, given):
            kind = context.call_conv.get_function_type(result, kinds)
            function = builder.inttoptr(given[0], kind.as_pointer())
            values = cgutils.unpack_tuple(builder, given[1], len(kinds))
            convention = context.call_conv
            status, value = convention.call_function(builder, function, result, kinds, values)
            with cgutils.if_unlikely(builder, status.is_error):
                convention.return_status_propagate(builder, status)
            return context.get_dummy_value() if result == types.none else value

        return result(address, arguments), generate

    return call


def _interpret(address, arguments):
    return _interpreted[address](*arguments)


# (address, arguments): call the option at an address. `run` returns nothing, and `evaluate` a
# number of the dtype of the first argument.
run = evaluate = _interpret
if not numba.config.DISABLE_JIT:
    run = _caller(lambda kinds: types.none)
    evaluate = _caller(lambda kinds: kinds[0].dtype)
