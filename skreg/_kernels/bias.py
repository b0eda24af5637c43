"""Biases: added to the scores of a batch, and their gradient."""

from skreg._kernels.jit import helper


@helper
def add_bias(scores, bias):
    for i in range(scores.shape[0]):
        for j in range(bias.size):
            scores[i, j] += bias[j]


@helper
def overwrite_by_sums(sums, delta):
    """sums[j] = Σᵢ delta[i, j]."""
    for j in range(sums.size):
        sums[j] = delta[0, j]
    for i in range(1, delta.shape[0]):
        for j in range(sums.size):
            sums[j] += delta[i, j]
