"""How good a fitted network is for rows that it was not trained on."""

from functools import partial

from sklearn.base import is_regressor

from skreg._training.data import Data
from skreg.neural_network._fitted import attributes_of_view, pack_weights
from skreg.neural_network._rows import Rows
from skreg.neural_network._settings import lay_out, resolve_settings
from skreg.neural_network._targets import units_of
from skreg.neural_network._validator import Validator
from skreg.neural_network._weights import cast_weights


def judge(network, X, y, weights):
    """The score of a fitted network by its `scoring`, as that of an epoch on a validation set.

    Class weights do not count, so that scores are those of scikit-learn's cross-validation.

    Parameters
    ----------
    X : ndarray, SciPy matrix in CSR or BaseRows of shape (n_samples, n_features)
        As `fit` has checked it.

    y : ndarray of shape (n_samples,) or (n_samples, n_outputs)

    weights : ndarray of shape (n_samples,) or None
    """
    settings = resolve_settings(network)
    settings.early_stopping = False
    layout = lay_out(settings, network._choose_loss(), X.shape[1], network.n_outputs_)
    settings.target_units = units_of(network) if is_regressor(network) else None
    Y = network._encode_targets(y, first=False, incremental=True)
    rows = Rows(Data(X, Y, *cast_weights(weights, X.dtype)), y, weights)
    rows = rows.in_units(settings.target_units)
    attributes = partial(attributes_of_view, layout, settings)
    theta = pack_weights(network, settings, layout, X.dtype)
    return Validator(network, settings, layout, rows, attributes)(theta)[1]
