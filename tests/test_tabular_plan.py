"""What is automatic follows the number of rows."""

import pytest

from skreg import TabularMLPClassifier
from skreg.neural_network._tabular.plan import make_plan, params_of_members

EXPECTED = {  # rows to batch size, epochs and warmup
    63: ("auto", 256, 4),
    64: (32, 256, 4),
    1_499: (32, 213, 4),
    1_500: (128, 213, 4),
    20_000: (128, 32, 4),
    99_999: (128, 32, 4),
    100_000: (256, 32, 4),
    250_000: (256, 12, 3),
    1_000_000: (512, 8, 2),
    50_000_000: (512, 8, 2),
}


@pytest.mark.parametrize("n_rows", EXPECTED)
def test_batches_grow_and_epochs_fall_with_the_rows(n_rows):
    plan = make_plan(TabularMLPClassifier(), n_rows)
    assert (plan.batch_size, plan.max_iter, plan.warmup) == EXPECTED[n_rows]
    for params in params_of_members(TabularMLPClassifier(), TabularMLPClassifier._member, plan, 0):
        assert (
            tuple(params[name] for name in ("batch_size", "max_iter", "warmup"))
            == (EXPECTED[n_rows])
        )


def test_what_is_chosen_stays():
    mlp = TabularMLPClassifier(batch_size=7, max_iter=5, warmup=5)
    plan = make_plan(mlp, 1_000_000)
    assert (plan.batch_size, plan.max_iter, plan.warmup) == (7, 5, 5)
    assert make_plan(TabularMLPClassifier(warmup=1), 1_000_000).warmup == 1
