"""Descriptions of transformers, and of ensembles over an encoded table."""

import numpy as np

from skreg._exporting.description import (
    Bins,
    Category,
    PiecewiseLinear,
    SmoothClip,
    Table,
    TabularClassifier,
    TabularRegressor,
)
from skreg._exporting.networks import describe_classifier, describe_regressor
from skreg.preprocessing._targets import encode_means


def describe_scaler(scaler):
    """The SmoothClip of a fitted SmoothClipScaler."""
    return SmoothClip(scaler.center_, scaler.scale_, float(scaler.max_absolute_value))


def describe_piecewise(encoder):
    """The PiecewiseLinear of a fitted PiecewiseLinearEncoder."""
    return PiecewiseLinear(encoder.n_features_in_, _describe_bins(encoder), encoder.passthrough)


def _describe_bins(encoder):
    bins = encoder._bins()
    low, high = (np.broadcast_to(np.float64(limit), bins[0].shape) for limit in bins[3:])
    return Bins(*bins[:3], low, high)


def describe_table(encoder):
    """The Table of a fitted TableEncoder."""
    nominal = np.flatnonzero(encoder.is_categorical_)
    numeric = np.flatnonzero(~encoder.is_categorical_)
    levels = [None] * encoder.n_features_in_
    for column, known in zip(nominal, encoder.categories_):
        levels[column] = known
    names = getattr(encoder, "feature_names_in_", None)
    scaler, bins = encoder.scaler_, encoder.piecewise_encoder_
    if bins is not None:
        bins = _describe_bins(bins)
        bins = bins._replace(places=encoder._bent[bins.places])
    return Table(
        None if names is None else list(names),
        levels,
        numeric[encoder._varying],
        _describe_categories(encoder, nominal),
        None if scaler is None else describe_scaler(scaler),
        numeric[encoder._with_holes],
        bins,
    )


def _describe_categories(encoder, nominal):
    """A Category of each column with one-hot columns, which all have that have mean targets."""
    categories, hot = [], getattr(encoder, "_one_hot", None)
    starts = hot.starts.tolist() if encoder._nominal.size else []
    ends = [*starts[1:], hot.n_columns] if starts else []
    for i, (j, start, end) in enumerate(zip(encoder._nominal, starts, ends)):
        levels = encoder.categories_[j]
        codes = np.arange(-1, len(levels) + 1)
        entries = hot.first[i] + codes
        places, values = hot.columns[entries] - start, hot.values[entries]
        means = _describe_means(encoder, j, codes)
        categories.append(Category(int(nominal[j]), levels, means, places, values, end - start))
    return categories


def _describe_means(encoder, j, codes):
    """Mean targets (n_codes, n_targets) of codes of a feature of categories, if it has any."""
    if j not in encoder._many:
        return np.empty((codes.size, 0))
    n_many, place = encoder._many.size, np.flatnonzero(encoder._many == j)[0]
    means = encode_means(encoder.target_encoders_, np.tile(codes[:, None], n_many))
    return means.reshape(codes.size, n_many, -1)[:, place]


def _describe_tables(estimator):
    """The Tables of an ensemble, and which of them each member takes."""
    shared = [estimator.encoder_] * len(estimator.estimators_)
    encoders = getattr(estimator, "encoders_", shared)  # which searches have
    distinct = {id(encoder): encoder for encoder in encoders}
    table_of = [list(distinct).index(id(encoder)) for encoder in encoders]
    return list(map(describe_table, distinct.values())), table_of


def describe_tabular_classifier(estimator):
    """The TabularClassifier of a fitted TabularMLPClassifier."""
    members = [describe_classifier(member) for member in estimator.estimators_]
    return TabularClassifier(
        *_describe_tables(estimator),
        members,
        [np.searchsorted(estimator.classes_, member.classes) for member in members],
        estimator.votes_,
        estimator.classes_,
        estimator.temperature_,
        estimator.doubt_,
    )


def describe_tabular_regressor(estimator):
    """The TabularRegressor of a fitted TabularMLPRegressor."""
    limits = estimator._range if estimator.clip_predictions else (-np.inf, np.inf)
    members = [describe_regressor(member) for member in estimator.estimators_]
    shape = estimator.n_outputs_, members[0].n_outputs // estimator.n_outputs_
    return TabularRegressor(
        *_describe_tables(estimator),
        members,
        estimator.votes_,
        *(np.broadcast_to(np.reshape(limit, (-1, 1)), shape).ravel() for limit in limits),
    )
