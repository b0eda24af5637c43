"""Subnormal numbers, with which processors are slow: each result of that size is replaced by zero.

They are too small for the usual form of a float. The probabilities of very unlikely classes are
such numbers, and they count for nothing beside the others. Whoever sets this mode of the processor
restores the one before.
"""

import platform

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_WORD = ir.IntType(32)
_FLUSH_TO_ZERO = 1 << 15
_HAS_MXCSR = platform.machine().lower() in {"x86_64", "amd64"}


def _access(builder, name, pointer):
    """Load or store the register that says how this thread's arithmetic rounds."""
    address = builder.bitcast(pointer, cgutils.voidptr_t)
    kind = ir.FunctionType(ir.VoidType(), [cgutils.voidptr_t])
    builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [address])


@intrinsic
def _flush_subnormals(typing):
    def generate(context, builder, signature, arguments):
        pointer = cgutils.alloca_once(builder, _WORD)
        _access(builder, "llvm.x86.sse.stmxcsr", pointer)
        before = builder.load(pointer)
        builder.store(builder.or_(before, ir.Constant(_WORD, _FLUSH_TO_ZERO)), pointer)
        _access(builder, "llvm.x86.sse.ldmxcsr", pointer)
        return before

    return types.uint32(), generate


@intrinsic
def _restore_subnormals(typing, before):
    def generate(context, builder, signature, arguments):
        pointer = cgutils.alloca_once(builder, _WORD)
        builder.store(arguments[0], pointer)
        _access(builder, "llvm.x86.sse.ldmxcsr", pointer)
        return context.get_dummy_value()

    return types.none(types.uint32), generate


@numba.extending.register_jitable
def _leave_as_it_is():
    return 0


@numba.extending.register_jitable
def _restore_nothing(before):
    pass


# () -> what to restore: from now on, this thread's results are zero where they would be subnormal.
# On other processors than those of the x86 family nothing changes.
flush_subnormals = _leave_as_it_is
restore_subnormals = _restore_nothing  # (what `flush_subnormals` returned)
if _HAS_MXCSR and not numba.config.DISABLE_JIT:
    flush_subnormals, restore_subnormals = _flush_subnormals, _restore_subnormals
