"""The table of normalizations of hidden layers, between their products and their activations.

What they do is in `normalizing.py`. Each is compiled when it is first used, see `options.py`.
"""

from typing import NamedTuple

from skreg._compiler.jit import helper, inlined_helper
from skreg._compiler.options import Option, integer_of, integers_of, matrix_of, vector_of
from skreg._compiler.views import matrix_at
from skreg._kernels import normalizing
from skreg._kernels.network import N_OUT, OWN, bias_of, units_after
from skreg._kernels.normalizing import row_of


@inlined_helper
def _own_of(theta, layer, n_owned):
    """What the normalization of a layer owns, (n_owned, n_out), as a view."""
    return matrix_at(theta, layer[OWN], n_owned, layer[N_OUT])


_method, _n_owned = normalizing.normalize_batch, 3  # in an option, its own


def _normalize_units(units, theta, weights, normalized, rooms, layers, k, step):
    """Call `_method` with what belongs to the hidden layer in front of layer k."""
    before = layers[k - 1]
    kept, own = units_after(normalized, before, units.shape[0]), _own_of(theta, before, _n_owned)
    _method(units, kept, own, weights, row_of(rooms, k - 1), step)


def _turn_back_delta(delta, theta, gradient, weights, normalized, rooms, layers, k):
    before = layers[k - 1]
    kept = units_after(normalized, before, delta.shape[0])
    owned = _own_of(theta, before, _n_owned), _own_of(gradient, before, _n_owned)
    _method(delta, kept, *owned, bias_of(gradient, before), weights, row_of(rooms, k - 1))


class Owned(NamedTuple):
    """One number for each unit of a layer."""

    segment: str  # the kind of segment in theta
    value: float  # to begin with
    attribute: str  # of fitted estimators: a list of it for each hidden layer


class Normalization:
    """The options of a normalization, and what it owns.

    Parameters
    ----------
    normalize, turn_back : functions as in `normalizing.py`

    owned : tuple of Owned

    fold : callable (own) -> (factors, shifts), or None
        For each unit, what to multiply its weights with and to add to its bias, to predict the same
        without the normalization.

    predict : function (units, scales), or None
        Otherwise, what to do to products, given the first of what is owned.

    by_batch : bool
        Whether a row is normalized in another way where other rows are in the batch.

    least_units : int
        With fewer units, a layer would be constant.
    """

    def __init__(
        self,
        name,
        normalize,
        turn_back,
        owned,
        *,
        fold=None,
        predict=None,
        by_batch=False,
        least_units=1,
    ):
        there, back = (
            {"_method": helper(f), "_n_owned": len(owned)} for f in (normalize, turn_back)
        )
        self.normalize = Option(_normalize_units, name, _TYPES, **there)
        self.turn_back = Option(_turn_back_delta, name, _TYPES_BACK, **back)
        self.predict = predict and Option(predict, name, (matrix_of, vector_of))
        self.owned, self.fold, self.by_batch = owned, fold, by_batch
        self.least_units = least_units


_OF_NETWORK = vector_of, matrix_of, integers_of, integer_of
_TYPES = matrix_of, vector_of, vector_of, *_OF_NETWORK, integer_of
_TYPES_BACK = matrix_of, vector_of, vector_of, vector_of, *_OF_NETWORK
_SCALES_OF_UNITS = Owned("scales", 1.0, "normalization_scales_")
_STATISTICS = (
    Owned("statistics", 0.0, "normalization_means_"),
    Owned("statistics", 1.0, "normalization_variances_"),
)

NORMALIZATIONS = {
    "batch": Normalization(
        "batch",
        normalizing.normalize_batch,
        normalizing.turn_back_batch,
        (_SCALES_OF_UNITS, *_STATISTICS),
        fold=normalizing.fold_batch,
        by_batch=True,
    ),
    "layer": Normalization(
        "layer",
        normalizing.normalize_layer,
        normalizing.turn_back_layer,
        (_SCALES_OF_UNITS,),
        predict=normalizing.predict_layer,
        least_units=2,
    ),
}
