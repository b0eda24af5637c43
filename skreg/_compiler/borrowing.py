"""Arrays without reference counts, for the time of a call.

Numba counts the references to an array, with two atomic operations for each function that it is
passed to; between small arrays, that takes as long as the arithmetic. The caller of a kernel keeps
the arguments alive until the kernel returns, so the kernel need not count. A borrowed array has no
counter, and neither have its parts and views. None of them may be kept any longer, or be returned.
"""

import numba
from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic


def _can_be_borrowed(kind):
    if isinstance(kind, types.BaseTuple):
        return all(map(_can_be_borrowed, kind))
    return isinstance(kind, (types.Array, types.Number))


def _uncounted(context, builder, kind, value):
    """The same value of LLVM, in which arrays have no owners."""
    if isinstance(kind, types.BaseTuple):
        for i, kind_of_part in enumerate(kind):
            part = builder.extract_value(value, i)
            part = _uncounted(context, builder, kind_of_part, part)
            value = builder.insert_value(value, part, i)
    elif isinstance(kind, types.Array):
        model = context.data_model_manager[kind]
        for i in map(model.get_field_position, ("meminfo", "parent")):
            nobody = cgutils.get_null_value(value.type.elements[i])
            value = builder.insert_value(value, nobody, i)
    return value


@intrinsic
def _borrow(typing, value):
    if not _can_be_borrowed(value):
        raise TypingError(f"{value} cannot be borrowed")

    def generate(context, builder, signature, given):
        return _uncounted(context, builder, value, given[0])

    return value(value), generate


# (value) -> the same array or number, or tuple of such values
borrow = (lambda value: value) if numba.config.DISABLE_JIT else _borrow
