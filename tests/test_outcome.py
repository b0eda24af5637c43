"""What a fit says of its end: only what is known, and only where it helps."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor
from skreg._training.data import Data
from skreg._training.outcome import Outcome, warn_of
from skreg._training.scales import advise_on_scales
from skreg._training.schedules import PLANNED, SCHEDULES

SETTINGS = {
    "max_iter": 8,
    "solver": "adam",
    "is_stochastic": True,
    "learning_rate": "constant",
    "learning_rate_init": 0.1,
    "tol": 1e-4,
    "early_stopping": False,
    "loss": "squared_error",
}
RNG = np.random.default_rng(0)
X = RNG.normal(size=(40, 3))
DATA = Data(X, RNG.normal(size=(40, 1)), None)
CONSTANT = float(np.var(DATA.Y)) / 2  # the loss of predicting the mean
LEVEL = DATA._replace(Y=np.ones((40, 1)))  # where no loss is that of a constant prediction


def said(curve=(1.0, 0.5), end="max_iter", data=LEVEL, losses=(0.0,), **settings):
    """The warning of an end, or None."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        settings = SimpleNamespace(**{**SETTINGS, **settings})
        warn_of(Outcome(len(curve), end, "why"), settings, losses, curve, data)
    assert all(each.category is ConvergenceWarning for each in caught)
    return str(caught[0].message) if caught else None


def test_a_loss_that_still_falls_is_told_in_numbers():
    assert said([1.0, 0.6, 0.4, 0.3]) == (
        "Maximum iterations (8) reached with solver='adam' and the optimization hasn't converged "
        "yet: the second half of the epochs lowered the loss from 0.6 to 0.3, 43% of its total "
        "decrease. Increase max_iter."
    )
    assert said([1.0]).endswith("hasn't converged yet. Increase max_iter.")


@pytest.mark.parametrize(
    ("curve", "warns"),
    [
        ([1.0, 0.1, 0.06, 0.054], False),  # 4.9% of the decrease
        ([1.0, 0.1, 0.06, 0.040], True),
        ([1.0, 0.9999, 0.9998, 0.99985], False),  # no more than tol
        ([1.0, 0.5, 0.6, 0.7], False),  # more epochs do not help
        ([1.0, 1.1, 1.2, 1.3], False),
        ([1.0, 1.0], False),
        ([1.0, np.nan, np.nan], False),
    ],
    ids=str,
)
def test_more_epochs_are_advised_where_the_last_half_of_them_was_worthwhile(curve, warns):
    assert (said(curve) is not None) == warns


def test_a_decrease_to_twice_the_loss_of_a_constant_does_not_count():
    def of_constant(*shares):
        return [share * CONSTANT for share in shares]

    curve = of_constant(1e4, 3.0, 0.9, 0.8)
    assert said(curve) is None
    assert f"total decrease below {2 * CONSTANT:.3g}. Increase" in said(curve, data=DATA)
    narrow = DATA._replace(Y=DATA.Y / 100)  # of which the log-likelihood is positive
    curve = [1e4, -3.0, -3.9, -4.0]
    assert said(curve, data=narrow, losses=curve, loss="gaussian") is None
    assert said(of_constant(1e4, 0.85, 0.81, 0.8), data=DATA) is None
    assert "total decrease. Increase" in said(of_constant(1.9, 1.0, 0.9, 0.8), data=DATA)


@pytest.mark.parametrize("end", ["converged", "max_iter"])
def test_a_loss_that_rose_far_is_divergence_whatever_ended_training(end):
    message = said(curve=(2.0, 30.0, 40.0), end=end, learning_rate="cosine")
    assert "diverged: the loss rose from 2 to 40" in message
    assert "learning_rate_init (it is 0.1)" in message
    assert said(curve=(2.0, 1.0, 15.0), end=end, learning_rate="cosine") is None
    assert said(curve=(0.0, 0.0, 1e-5), end=end, learning_rate="cosine") is None


def test_a_validation_loss_may_rise_as_the_best_epoch_is_kept():
    assert said(curve=(2.0, 30.0, 40.0), end="converged", early_stopping=True) is None


def test_a_fit_that_diverges_slowly_says_so():
    mlp = MLPRegressor(16, solver="sgd", learning_rate_init=10, random_state=0, max_iter=20)
    X, y = load_digits(return_X_y=True)
    with pytest.warns(ConvergenceWarning, match="diverged.*learning_rate_init"):
        mlp.fit(X / 16, y)


UNSCALED = DATA._replace(X=X * 1e4)


@pytest.mark.parametrize("end", ["converged", "max_iter"])
@pytest.mark.parametrize(
    ("data", "losses", "warns"),
    [
        (UNSCALED, [9.0, 1.08], False),
        (UNSCALED, [9.0, 1.12], True),
        (UNSCALED, [0.5, 1.12], True),  # the last epoch is kept
        (DATA, [9.0, 1.9], False),  # as dropout of most units may look
        (DATA, [9.0, 2.1], True),
    ],
)
def test_a_network_that_learned_nothing_says_so(data, losses, warns, end):
    losses = [each * CONSTANT for each in losses]
    message = said(losses, end, data, losses, learning_rate="cosine")
    assert (message is not None) == warns
    if warns:
        scale = "Scale X (root mean squares up to 1e+04), or try" if data is UNSCALED else "Try"
        more = " or a larger max_iter (it is 8)" if end == "max_iter" else ""
        assert message == (
            f"The training loss ended at {losses[-1]:.3g}, but predicting the same for all rows "
            f"has a loss of {CONSTANT:.3g}. {scale} a smaller learning_rate_init (it is 0.1){more}."
        )


def test_scaling_comes_before_more_epochs():
    losses = [each * CONSTANT for each in (9.0, 6.0, 4.0, 3.0)]
    assert "Scale X" in said(losses, "max_iter", UNSCALED, losses)
    assert said(losses, "max_iter", DATA, losses).startswith("Maximum iterations")


def test_with_early_stopping_the_best_epoch_counts_and_not_the_validation_loss():
    ended = {"end": "converged", "early_stopping": True, "curve": (9.0, 9.0), "data": DATA}
    assert said(losses=[0.5 * CONSTANT, 9.0], **ended) is None
    assert "ended at 8, but" in said(losses=[8.0, 9.0], **ended)


def test_the_solver_without_a_rate_is_advised_to_go_on_for_longer():
    message = said([9.0], "converged", UNSCALED, [9.0], solver="lbfgs", is_stochastic=False)
    assert "Scale X (root mean squares up to 1e+04), or try a smaller tol (it is 0.0001)" in message


def test_a_fit_to_unscaled_data_that_learned_nothing_advises_to_scale():
    unscaled, y = X * 1e5, X[:, 0] * X[:, 1]
    mlp = MLPRegressor(16, learning_rate="cosine", max_iter=50, random_state=0)
    (text,) = warnings_of_fit(mlp, unscaled, y)
    assert mlp.score(unscaled, y) < 0
    assert "ended at" in text and "a loss of 0.5. Scale X (root mean squares up to 1e+05)" in text


def test_nothing_is_said_where_there_is_nothing_to_learn():
    constant = DATA._replace(Y=np.ones((40, 1)))
    assert said(end="converged", data=constant, losses=[1.0, 0.9]) is None


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_a_schedule_that_is_planned_for_its_epochs_ends_silently(schedule):
    for curve in ([1.0], [1.0, 0.5]):
        assert (said(curve, learning_rate=schedule) is None) == (schedule in PLANNED)
        assert said(curve, learning_rate=schedule, is_stochastic=False, solver="lbfgs")


@pytest.mark.parametrize("end", ["max_iter", "stalled", "diverged", "infinite"])
def test_scaling_is_advised_where_scales_are_far_from_one(end):
    assert "scale" not in said(end=end)
    assert "scale X (root mean squares up to 2e+03)." in said(
        end=end, data=DATA._replace(X=np.full((40, 2), [1.0, 2e3]))
    )


SCALES = [
    (X * 1e4, "squared_error", 1.0, ["X"]),
    (X * 1e-4, "log_loss", 1.0, ["X"]),
    (csr_array(X * 1e4), "squared_error", 1e4, ["X", "y"]),
    (X.astype(np.float32) * np.float32(1e30), "huber", 1.0, ["X"]),
    (X * [1.0, 0.01, 0.0], "huber", 1e-4, ["y"]),  # one column of a good scale will do
    (X, "binary_log_loss", 1e4, []),
    (X, "poisson", 1e4, []),  # which has a scale of its own
    (X * 0.0, "log_loss", 1.0, []),
]


@pytest.mark.parametrize(("X", "loss", "scale", "named"), SCALES)
def test_what_is_to_be_scaled_is_named(X, loss, scale, named):
    advice = advise_on_scales(Data(X, DATA.Y * scale, None), loss)
    assert [name for name in ("X", "y") if f"{name} (root" in advice] == named
    assert bool(advice) == bool(named)


def warnings_of_fit(mlp, X, y):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        mlp.fit(X, y)
    return [str(each.message) for each in caught if each.category is ConvergenceWarning]


def test_ordinary_programs_do_not_warn():
    X, y = load_digits(return_X_y=True)
    assert warnings_of_fit(MLPClassifier(32, max_iter=100, random_state=0), X / 16, y) == []
    X, y = load_breast_cancer(return_X_y=True)
    mlp = MLPClassifier(early_stopping=True, max_iter=100, random_state=0)
    assert warnings_of_fit(mlp, StandardScaler().fit_transform(X), y) == []


def test_a_fit_judges_by_its_validation_rows_where_they_decide():
    y = RNG.normal(size=40)  # nothing to learn, but what training rows are
    mlp = MLPRegressor(64, early_stopping=True, n_iter_no_change=1000, max_iter=100, tol=0)
    mlp.set_params(random_state=0, learning_rate_init=0.01)
    assert warnings_of_fit(mlp, X, y) == []
    curve = mlp.loss_curve_
    assert curve[50] - curve[-1] > 0.05 * (curve[0] - curve[-1])
    (text,) = warnings_of_fit(mlp.set_params(early_stopping=False), X, y)
    assert text.startswith("Maximum iterations (100)")


def test_unscaled_data_are_found_in_a_fit():
    X, y = load_breast_cancer(return_X_y=True)
    (text,) = warnings_of_fit(MLPClassifier(8, max_iter=2, random_state=0), X, y)
    assert "Scale X (root mean squares up to 1e+03)" in text
    (text,) = warnings_of_fit(
        MLPClassifier(8, max_iter=2, random_state=0), StandardScaler().fit_transform(X), y
    )
    assert "scale" not in text
