"""Standard normal numbers from random bits: the quantile function, in float32 and without branches.

Noise needs no more digits than float32 has, whatever it is added to. Loops over these functions
vectorize.
"""

import numpy as np

from skreg._compiler.jit import precise_helper

_ONE, _TWO = np.float32(1), np.float32(2)
_LN_2, _SQRT_2 = np.float32(np.log(2)), np.float32(np.sqrt(2))
_MANTISSA, _EXPONENT_OF_ONE = np.int32(0x007FFFFF), np.int32(0x3F800000)
_ATANH = tuple(np.float32(1 / i) for i in (9, 7, 5, 3, 1))  # atanh(s) / s in powers of s²
# erf⁻¹(x) / x in powers of w − 2.5 and √w − 3, where w = −log(1 − x²) (Giles, 2010, single
# precision: "Approximating the erfinv function").
_CENTER = tuple(
    np.float32(c)
    for c in (
        *(2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087),
        *(-0.00125372503, -0.00417768164, 0.246640727, 1.50140941),
    )
)
_TAIL = tuple(
    np.float32(c)
    for c in (
        *(-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773),
        *(-0.0076224613, 0.00943887047, 1.00167406, 2.83297682),
    )
)


@precise_helper
def log(x):
    """The natural logarithm of a normal float32 between 2⁻¹²⁶ and 2¹²⁷, to 2e-7 near 1.

    With x = 2ⁿ·m and ½√2 ≤ m < √2, log(x) = n·log(2) + 2·atanh((m − 1) / (m + 1)).
    """
    bits = np.float32(x * _SQRT_2).view(np.int32)
    n = np.float32((bits >> np.int32(23)) - np.int32(127))
    m = np.int32((bits & _MANTISSA) | _EXPONENT_OF_ONE).view(np.float32) / _SQRT_2
    s = (m - _ONE) / (m + _ONE)
    series, square = np.float32(0), s * s
    for c in _ATANH:
        series = series * square + c
    return n * _LN_2 + _TWO * s * series


@precise_helper
def normal_quantile(word):
    """The quantile of the standard normal at (u + ½) / 2²³, where u is the upper 23 bits of `word`.

    In float32; it reaches from −5.29 to 5.29.
    """
    half = np.int32(word >> np.uint32(9)) - np.int32(1 << 22)  # 23 bits around zero
    x = (np.float32(half) + np.float32(0.5)) * np.float32(2.0**-22)
    w = -log((_ONE - x) * (_ONE + x))
    near, far = w - np.float32(2.5), np.sqrt(w) - np.float32(3)
    center = tail = np.float32(0)
    for c in _CENTER:
        center = center * near + c
    for c in _TAIL:
        tail = tail * far + c
    return _SQRT_2 * x * (center if w < np.float32(5) else tail)
