"""What a fitted model computes, in plain arrays, for those who write it in another language.

Arrays of weights have the dtype that the model predicts in, all others are float64 or integers.
"""

from typing import Any, NamedTuple

import numpy as np


class Layer(NamedTuple):
    """activation(normalized(inputs @ weights) + bias).

    Without a `normalization`, products stay as they are. With "layer", rows are normalized by mean
    and variance of their units and EPSILON of `normalizing.py`, then multiplied by the scales.
    """

    weights: np.ndarray  # (n_in, n_out)
    bias: np.ndarray  # (n_out,)
    activation: str  # a key of ACTIVATIONS
    normalization: str | None  # a key of NORMALIZATIONS; None where weights and bias include it
    scales: np.ndarray | None  # (n_out,)


class Network(NamedTuple):
    """Layers, of which the last one gives scores (activation "identity"), and a link of these."""

    layers: list[Layer]
    link: str  # a key of LINKS, of one number

    @property
    def n_in(self):
        return self.layers[0].weights.shape[0]

    @property
    def dtype(self):
        return self.layers[0].weights.dtype


class Classifier(NamedTuple):
    """A network with an output per class or label, or one only for the second of two classes.

    The class is the one of the largest score or, of two, the second if its score is above zero; so
    is a label. Probabilities are outputs.
    """

    network: Network
    classes: np.ndarray  # (n_classes,), of any type; the numbers of the labels if multilabel
    is_multilabel: bool

    @property
    def is_binary(self):
        """Whether there is one score, of the second of two classes."""
        return self.network.link == "logistic" and not self.is_multilabel

    @property
    def n_features(self):
        return self.network.n_in


class Regressor(NamedTuple):
    """center + scale · outputs; several quantiles of an output are neighbors."""

    network: Network
    center: np.ndarray  # (n_outputs,)
    scale: np.ndarray  # (n_outputs,)
    shape: tuple  # of the n_outputs numbers for a row: (n_targets,) or with n_quantiles last
    needs_float64: bool  # as float32 could not tell targets apart

    @property
    def n_features(self):
        return self.network.n_in

    @property
    def n_outputs(self):
        return len(self.center)


class SmoothClip(NamedTuple):
    """z / √(1 + (z / bound)²), where z = (x − center) / scale; NaN stays NaN."""

    center: np.ndarray  # (n_features,)
    scale: np.ndarray  # (n_features,)
    bound: float

    @property
    def n_features(self):
        return len(self.center)

    @property
    def n_features_out(self):
        return len(self.center)


class Bins(NamedTuple):
    """clip((x[:, places] − lower) / width, low, high), and zero where x is NaN."""

    places: np.ndarray  # (n_bins,), of the feature of each bin
    lower: np.ndarray  # (n_bins,)
    width: np.ndarray  # (n_bins,)
    low: np.ndarray  # (n_bins,), which may be infinite
    high: np.ndarray  # (n_bins,), which may be infinite


class PiecewiseLinear(NamedTuple):
    """Bins, behind the numbers themselves if they are passed through."""

    n_features: int
    bins: Bins
    passthrough: bool

    @property
    def n_features_out(self):
        return len(self.bins.places) + self.n_features * self.passthrough


class Category(NamedTuple):
    """A column of categories. Row 1 + i of a table belongs to level i.

    Row 0 belongs to levels that are not listed, and the last row to missing values.
    """

    column: int
    levels: np.ndarray  # (n_levels,), objects
    means: np.ndarray  # (n_levels + 2, n_means), numbers to scale; n_means may be 0
    places: np.ndarray  # (n_levels + 2,), the one-hot column that is not zero
    values: np.ndarray  # (n_levels + 2,), what is in it
    n_one_hot: int  # columns


class Table(NamedTuple):
    """Rows of a table as a matrix, whose columns are, from left to right,

    1. the `numbers` and then the means of all `categories`, by `scaler`, 0 where missing;
    2. for each column of `with_holes`, 1 where it is missing, else 0;
    3. the `bins`, whose places are among `numbers`, with missing numbers at the scaler's center;
    4. the one-hot columns of each category.

    All this is computed in float64, for columns may be large numbers that hardly differ.
    """

    names: list[str] | None  # of the columns, where they have any
    levels: list[np.ndarray | None]  # of each column, of which those of numbers have none
    numbers: np.ndarray  # places of columns
    categories: list[Category]
    scaler: SmoothClip | None
    with_holes: np.ndarray  # places of columns
    bins: Bins | None

    def name_of(self, column):
        """A column in words for an error."""
        return f"Column {column if self.names is None else repr(self.names[column])}"

    @property
    def n_features_out(self):
        n_scaled = 0 if self.scaler is None else self.scaler.n_features
        n_bins = 0 if self.bins is None else len(self.bins.places)
        n_one_hot = sum(category.n_one_hot for category in self.categories)
        return n_scaled + self.with_holes.size + n_bins + n_one_hot


class TabularClassifier(NamedTuple):
    """A weighted mean of probabilities p, then softmax(log(max(p, 1e-12)) / temperature).

    At a temperature of 1, p is divided by its sum instead. Last, a share `doubt` of probability is
    spread evenly: p + doubt · (1 / n_classes − p). The class is the one of the largest.
    """

    tables: list[Table]  # ways to encode the same columns
    table_of: list[int]  # the place of the one that each member takes
    members: list[Classifier]
    places: list[np.ndarray]  # of the classes of each member, which may have missed some
    votes: np.ndarray  # (n_members,), whose sum is 1
    classes: np.ndarray
    temperature: float
    doubt: float


class TabularRegressor(NamedTuple):
    """A weighted mean of predictions, each clipped to [low, high]."""

    tables: list[Table]  # ways to encode the same columns
    table_of: list[int]  # the place of the one that each member takes
    members: list[Regressor]
    votes: np.ndarray  # (n_members,), whose sum is 1
    low: np.ndarray  # (n_outputs,), which may be −∞
    high: np.ndarray  # (n_outputs,), which may be ∞

    @property
    def shape(self):
        return self.members[0].shape

    @property
    def needs_float64(self):
        return any(member.needs_float64 for member in self.members)


class Unchanged(NamedTuple):
    """Features as they are."""

    n_features: int

    @property
    def n_features_out(self):
        return self.n_features


Description = Any  # one of the above but for parts
