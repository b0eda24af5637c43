"""Keys of random numbers: those of the oracle, and different for whatever is drawn."""

import pytest

from skreg._arithmetic import hashing
from tests import naive
from tests.compiled import callable_from_python

draw_key = callable_from_python(hashing.draw_key)

SEEDS = [0, 1, 2, 12345, 2**31 - 2]
STEPS = [0, 1, 2, 1000, 2**31, 2**32, 2**40 + 7]
STREAMS = [0, 1, 2, 3, 2**31, 2**32 - 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_keys_are_those_of_the_oracle(seed):
    for step in STEPS:
        for stream in STREAMS:
            assert draw_key(seed, step, stream) == naive.draw_key(seed, step, stream)


def test_keys_differ_for_every_seed_step_and_stream():
    keys = {draw_key(seed, step, stream) for seed in SEEDS for step in STEPS for stream in STREAMS}
    assert len(keys) == len(SEEDS) * len(STEPS) * len(STREAMS)
