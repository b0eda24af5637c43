"""What the log-loss and its link have in common."""

from skreg._kernels.exponential import exp
from skreg._kernels.jit import helper


@helper
def shift_rows_by_maximum(scores):
    for i in range(scores.shape[0]):
        highest = scores[i, 0]
        for j in range(1, scores.shape[1]):
            highest = max(highest, scores[i, j])
        for j in range(scores.shape[1]):
            scores[i, j] -= highest


@helper
def exponentiate(values):
    for j in range(values.size):
        values[j] = exp(values[j])
