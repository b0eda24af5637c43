"""Biases, added to the scores of a batch."""

from skreg._compiler.jit import helper


@helper
def add_bias(scores, bias):
    for i in range(scores.shape[0]):
        for j in range(bias.size):
            scores[i, j] += bias[j]
