"""Curves, a number per epoch: to add one, or to keep the curve of before, costs next to nothing.

A curve is a tuple of tuples whose lengths are distinct powers of two, as the digits of a binary
number. None is ever changed, so states, copies and what undoes an epoch share them, and each number
is moved only as often as the curve has doubled since. An empty tuple is a curve without numbers.
"""

from itertools import chain


def extend(curve, value):
    """A curve with one more number."""
    last = (value,)
    while curve and len(curve[-1]) == len(last):
        curve, last = curve[:-1], curve[-1] + last
    return *curve, last


def last_of(curve):
    return curve[-1][-1]


def values_of(curve):
    """All numbers, as a new list."""
    return list(chain.from_iterable(curve))
