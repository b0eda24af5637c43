"""What the log-loss and its link have in common: passes over the rows of scores."""

import numpy as np

from skreg._arithmetic.exponential import exp
from skreg._compiler.jit import helper
from skreg._compiler.rowwise import rowwise

# (scores,), (), room: the largest score of each row, and sums of rows, to `room` (n,)
find_maxima = rowwise(lambda z: (z,), np.maximum)
find_sums = rowwise(lambda z: (z,), np.add)


@helper
def exponentiate(values):
    for j in range(values.size):
        values[j] = exp(values[j])
