"""exp, expm1, log, log1p and what follows from them, in the dtype of the argument, without libm.

With x = n·ln 2 + r and |r| ≤ ln(2)/2, exp(x) = 2ⁿ·(1 + p(r)), where p is the Taylor series of
exp(r) − 1, long enough for the dtype, and 2ⁿ is put together from its bits. With s = x / (2 + x),
log(1 + x) = 2·artanh(s), whose series is short for 0 ≤ x ≤ 1; log(m·2ⁿ) = n·ln 2 + log(m) for
√½ ≤ m < √2. Loops over these functions vectorize.
"""

import math
from decimal import Decimal

import numpy as np
from numba import types
from numba.extending import intrinsic, overload

from skreg._compiler.jit import PRECISE_OPTIONS, helper, precise_helper

_LOG2_E = math.log2(math.e)
_LN_2 = Decimal("0.693147180559945309417232121458176568")
_LN_2_64 = float(_LN_2)


def _constants(dtype):
    """ln 2 in two parts (the first with trailing zero bits), limits of x, Taylor coefficients."""
    as_int = np.int32 if dtype is np.float32 else np.int64
    cut = as_int(-(1 << 12) if dtype is np.float32 else -(1 << 27))
    high = (dtype(_LN_2).view(as_int) & cut).view(dtype)
    low = dtype(_LN_2 - Decimal(float(high)))
    lowest, highest = (-87.3, 88.3) if dtype is np.float32 else (-708.3, 709.4)
    degree = 7 if dtype is np.float32 else 13
    taylor = tuple(dtype(1 / math.factorial(i)) for i in range(degree, 0, -1))
    return high, low, dtype(lowest), dtype(highest), taylor


_HIGH_32, _LOW_32, _LOWEST_32, _HIGHEST_32, _TAYLOR_32 = _constants(np.float32)
_HIGH_64, _LOW_64, _LOWEST_64, _HIGHEST_64, _TAYLOR_64 = _constants(np.float64)


_BITS = {types.float32: types.int32, types.float64: types.int64}
_NUMBERS = {bits: number for number, bits in _BITS.items()}


def _cast(kinds):
    """An intrinsic that takes the bits of a number for another kind, which compiles fast."""

    @intrinsic
    def cast(typing, value):
        kind = kinds[value]

        def generate(context, builder, signature, given):
            return builder.bitcast(given[0], context.get_value_type(kind))

        return kind(value), generate

    return cast


_bits_of, _number_of = _cast(_BITS), _cast(_NUMBERS)


def _reduce(x):
    """The same for the interpreter, where Numba is switched off (NUMBA_DISABLE_JIT)."""
    return np.exp(x), type(x)(0)


@overload(_reduce, jit_options=PRECISE_OPTIONS)
def _overload_reduce(x):
    """2ⁿ and exp(r) − 1; x is clipped to where both are finite."""
    if x == types.float32:

        def reduce_float32(x):
            x = _LOWEST_32 if x < _LOWEST_32 else x  # nan stays nan
            x = _HIGHEST_32 if x > _HIGHEST_32 else x
            n = np.floor(x * np.float32(_LOG2_E) + np.float32(0.5))
            r = (x - n * _HIGH_32) - n * _LOW_32
            p = np.float32(0.0)
            for c in _TAYLOR_32:
                p = p * r + c
            power = _number_of(np.int32((np.int32(n) + np.int32(127)) << np.int32(23)))
            return power, p * r

        return reduce_float32

    def reduce_float64(x):
        x = _LOWEST_64 if x < _LOWEST_64 else x
        x = _HIGHEST_64 if x > _HIGHEST_64 else x
        n = np.floor(x * _LOG2_E + 0.5)
        r = (x - n * _HIGH_64) - n * _LOW_64
        p = 0.0
        for c in _TAYLOR_64:
            p = p * r + c
        power = _number_of((np.int64(n) + 1023) << 52)
        return power, p * r

    return reduce_float64


@helper
def exp(x):
    power, p = _reduce(x)
    return power + power * p


@helper
def expm1(x):
    """exp(x) − 1, accurate near zero."""
    power, p = _reduce(x)
    return power * p + (power - type(x)(1))


_ARTANH_64 = tuple(2 / i for i in range(35, 0, -2))
_ARTANH_32 = tuple(np.float32(c) for c in _ARTANH_64[-9:])


def _series_of_artanh(square):
    """The same for the interpreter; 2·artanh(s) / s as a function of s²."""
    s = max(np.sqrt(square), type(square)(1e-20))
    return type(square)(2 * np.arctanh(s) / s)


@overload(_series_of_artanh, jit_options=PRECISE_OPTIONS)
def _overload_series_of_artanh(square):
    coefficients = _ARTANH_32 if square == types.float32 else _ARTANH_64

    def series(square):
        p = type(square)(0)
        for c in coefficients:
            p = p * square + c
        return p

    return series


@precise_helper
def log1p(x):
    """log(1 + x) for 0 ≤ x ≤ 1."""
    s = x / (x + type(x)(2))
    return s * _series_of_artanh(s * s)


def _split(x):
    """The same for the interpreter."""
    m, n = np.frexp(x)
    if m < np.sqrt(0.5):
        m, n = 2 * m, n - 1
    return type(x)(m), type(x)(n)


_ROOT_OF_HALF_32 = np.sqrt(np.float32(0.5)).view(np.int32)
_ROOT_OF_HALF_64 = np.sqrt(np.float64(0.5)).view(np.int64)


@overload(_split, jit_options=PRECISE_OPTIONS)
def _overload_split(x):
    """m and n with x = m·2ⁿ and √½ ≤ m < √2, out of the bits of x."""
    if x == types.float32:

        def split_float32(x):
            bits = _bits_of(x)
            n = np.int32(bits - _ROOT_OF_HALF_32) >> np.int32(23)
            return _number_of(np.int32(bits - (n << np.int32(23)))), np.float32(n)

        return split_float32

    def split_float64(x):
        bits = _bits_of(x)
        n = (bits - _ROOT_OF_HALF_64) >> 52
        return _number_of(bits - (n << 52)), np.float64(n)

    return split_float64


@precise_helper
def log(x):
    """The natural logarithm of a number that is positive and not subnormal; nan of inf and nan."""
    m, n = _split(x)
    s = (m - type(x)(1)) / (m + type(x)(1))
    return n * type(x)(_LN_2_64) + s * _series_of_artanh(s * s) + (x - x)


@helper
def logistic(x):
    """1 / (1 + exp(−x)), without overflow."""
    one = type(x)(1)
    e = exp(-abs(x))
    return (one if x >= 0 else e) / (one + e)


@helper
def tanh(x):
    """(1 − exp(−2|x|)) / (1 + exp(−2|x|)) with the sign of x; accurate near zero by expm1."""
    minus = expm1(type(x)(-2) * abs(x))
    return math.copysign(-minus / (minus + type(x)(2)), x)
