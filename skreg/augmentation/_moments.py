"""Mean and standard deviation of features, of the values that are there."""

import numpy as np
from sklearn.preprocessing import StandardScaler
from sklearn.utils import gen_batches


def learn_moments(X):
    """Mean and standard deviation (n_features,), in the dtype of X; NaN where no value is there.

    Raises
    ------
    ValueError
        If a standard deviation is not finite.
    """
    scaler = StandardScaler()
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in gen_batches(X.shape[0], 4096):  # all at once would take the memory of X again
            scaler.partial_fit(X[rows])
        scale = np.sqrt(scaler.var_)
    if not np.isfinite(scale[np.broadcast_to(scaler.n_samples_seen_ > 0, scale.shape)]).all():
        raise ValueError("X has values too large for a standard deviation: scale X.")
    return scaler.mean_.astype(X.dtype), scale.astype(X.dtype)
