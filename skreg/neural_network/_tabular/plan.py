"""What suits a table of so many rows, where a parameter is "auto", and what members are told."""

from collections.abc import Sequence
from dataclasses import fields
from numbers import Real
from typing import NamedTuple

import numpy as np
from sklearn.base import is_classifier
from sklearn.utils._param_validation import InvalidParameterError

from skreg._kernels.optimizers import OPTIMIZERS
from skreg.neural_network._settings import resolve_hidden_units
from skreg.neural_network._tabular.distinct import FEWEST

SMALL = 1500  # rows, below which every row is left out once in place of a common share
_TINY = 64  # rows, below which a batch is all of them
_ROW_VISITS = 320_000
_EPOCHS = 32, 256
LARGE = 100_000  # rows, from which fewer epochs are enough
_ROW_VISITS_OF_LARGE, _LEAST_EPOCHS_OF_LARGE = 3_200_000, 8
# Rows, from which a batch has so many.
_BATCH_SIZES = {0: "auto", _TINY: 32, SMALL: 128, LARGE: 256, 1_000_000: 512}
# Of dropout and l2, for each member in turn.
_FACTORS = ((1.0, 1.0), (0.75, 0.0), (1.5, 10 / 3), (2.0, 10.0))
_MOST_DROPOUT = 0.9
# What else "auto" means.
_USUAL = {
    "hidden_layer_sizes": "256-256-256",
    "early_stopping": False,
    "n_iter_no_change": np.inf,
    "n_members": 4,
}
_SMALL_OF_NUMBERS = _USUAL | {
    "early_stopping": True,
    "n_iter_no_change": 128,  # as errors may fall up to the end, where the rate does
    "n_members": 8,
}
_SMALL_OF_CLASSES = _SMALL_OF_NUMBERS | {
    "hidden_layer_sizes": "128-128-128",
    "n_iter_no_change": 32,  # as the log-loss only rises once a member is too sure
}
_OF_MEMBERS = "hidden_layer_sizes", "batch_size", "max_iter", "warmup", "n_iter_no_change"


class Plan(NamedTuple):
    """How the members of an ensemble are trained."""

    n_members: int
    hidden_layer_sizes: int | str | Sequence[int]
    batch_size: int | str
    max_iter: int
    warmup: int
    n_iter_no_change: float
    n_folds: int | None  # None for a common share of the rows
    keeps_best_epoch: bool
    is_finished: bool  # on all rows


def make_plan(estimator, n_rows):
    """The Plan of an estimator for so many rows."""
    automatic = _suit(is_classifier(estimator), n_rows)
    if not estimator.early_stopping:
        automatic["n_iter_no_change"] = np.inf
    chosen = {name: getattr(estimator, name) for name in automatic}
    warmup = estimator.warmup
    if n_rows >= LARGE and _is_auto(chosen["max_iter"]):
        warmup = min(warmup, automatic["max_iter"] // 4)
    chosen = {k: automatic[k] if _is_auto(v) else v for k, v in chosen.items()}
    keeps_best_epoch = bool(chosen.pop("early_stopping"))
    n_folds = 8 if n_rows < SMALL else None
    is_finished = estimator.finish_on_all_rows
    if _is_auto(is_finished):
        is_finished = not keeps_best_epoch and _can_be_finished(estimator, n_folds)
    return Plan(
        **chosen,
        warmup=warmup,
        n_folds=n_folds,
        keeps_best_epoch=keeps_best_epoch,
        is_finished=bool(is_finished),
    )


def _can_be_finished(estimator, n_folds):
    """Whether members that all left out the same rows can go on from their last epochs."""
    how = estimator.validation_fraction
    is_common = n_folds is None if _is_auto(how) else isinstance(how, Real)
    return is_common and estimator.solver in OPTIMIZERS and not estimator.warm_start


def _suit(is_of_classes, n_rows):
    """The parameters that "auto" stands for."""
    of_small = _SMALL_OF_CLASSES if is_of_classes else _SMALL_OF_NUMBERS
    automatic = dict(of_small if n_rows < SMALL else _USUAL)
    automatic["batch_size"] = next(b for n, b in reversed(_BATCH_SIZES.items()) if n_rows >= n)
    automatic["max_iter"] = _count_epochs(n_rows)
    if n_rows < FEWEST:  # of which none are left out
        automatic["n_iter_no_change"] = np.inf
    return automatic


def _count_epochs(n_rows):
    if n_rows >= LARGE:
        return max(_ROW_VISITS_OF_LARGE // n_rows, _LEAST_EPOCHS_OF_LARGE)
    return int(np.clip(_ROW_VISITS // n_rows, *_EPOCHS))


def _is_auto(value):
    return isinstance(value, str) and value == "auto"


def params_of_members(estimator, member, plan, seed):
    """The constructor parameters of each member, for the class `member`."""
    names = [field.name for field in fields(member)]
    shared = {name: getattr(estimator, name) for name in names}
    shared |= {name: getattr(plan, name) for name in _OF_MEMBERS}
    shared["validation_fraction"] = 0.1  # of which there is no use: members are told which rows
    shared |= {"early_stopping": False, "verbose": False}
    if is_classifier(estimator):
        shared["calibration"] = None  # of the ensemble instead
    if shared["solver"] not in OPTIMIZERS and _is_default(estimator, "dropout"):
        shared["dropout"] = 0.0  # which would be warned of
    seeds = np.random.SeedSequence(seed).generate_state(plan.n_members) >> 1
    n_hidden = len(resolve_hidden_units(shared["hidden_layer_sizes"]))
    bases = shared["dropout"], spread_l2(shared["l2"], n_hidden)
    shared["l2"] = bases[1]
    return [
        {**shared, **_differences(estimator.diversity, i, *bases), "random_state": int(seeds[i])}
        for i in range(plan.n_members)
    ]


def spread_l2(l2, n_hidden):
    """One strength per layer: that of the first, and a tenth of it behind."""
    return [l2, *[l2 / 10] * n_hidden] if isinstance(l2, Real) else l2


def _differences(how, i, dropout, l2):
    """The parameters in which member i differs."""
    if how is None:
        return {}
    if not isinstance(how, str):
        return how[i % len(how)]
    of_dropout, of_l2 = _FACTORS[i % len(_FACTORS)]
    dropout = np.minimum(np.multiply(dropout, of_dropout), _MOST_DROPOUT)
    return {"dropout": dropout.tolist(), "l2": np.multiply(l2, of_l2).tolist()}


def check_diversity(how, member):
    """Refuse what cannot tell members apart.

    Raises
    ------
    InvalidParameterError
        If a list is empty, or of anything but dicts of the parameters of a member, or if one of
        these has a value that it may not have.
    """
    if how is None or isinstance(how, str):
        return
    names = {field.name for field in fields(member)} - {"random_state"}
    if not how or not all(isinstance(each, dict) and names.issuperset(each) for each in how):
        raise InvalidParameterError(
            "diversity must be 'regularization', None, or a list of a dict per member of "
            f"parameters of {member.__name__}, without random_state, got {how!r}."
        )
    for i, each in enumerate(how):
        try:
            member(**each)._validate_params()
        except InvalidParameterError as error:
            raise InvalidParameterError(f"diversity[{i}]: {error}") from None


def _is_default(estimator, name):
    default = next(field.default for field in fields(estimator) if field.name == name)
    return np.array_equal(getattr(estimator, name), default)
