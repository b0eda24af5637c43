"""Names that users of other libraries type, and what they are called here."""

import re
from difflib import get_close_matches

PARAMETERS = {  # and arguments of `fit`
    "alpha": "l2",
    "batch_norm": "normalization",
    "batch_normalization": "normalization",
    "batches": "batch_size",
    "decay": "l2",
    "dropout_rate": "dropout",
    "epochs": "max_iter",
    "eval_set": "X_val, y_val",
    "hidden_layers": "hidden_layer_sizes",
    "hidden_units": "hidden_layer_sizes",
    "layer_norm": "normalization",
    "layers": "hidden_layer_sizes",
    "lr": "learning_rate_init",
    "max_epochs": "max_iter",
    "metric": "scoring",
    "n_epochs": "max_iter",
    "n_estimators": "n_members",
    "n_iter": "max_iter",
    "optimizer": "solver",
    "p": "dropout",
    "patience": "n_iter_no_change",
    "seed": "random_state",
    "validation_data": "X_val, y_val",
    "validation_split": "validation_fraction",
}
VALUES = {  # of parameters
    "activation": {
        "linear": "identity",
        "none": "identity",
        "sigmoid": "logistic",
        "swish": "silu",
    },
    "class_weight": {"auto": "balanced"},
    "learning_rate": {
        "cosine_annealing": "cosine",
        "exponential": "invscaling",
        "plateau": "adaptive",
        "reduce_on_plateau": "adaptive",
    },
    "loss": {
        "l1": "absolute_error",
        "l2": "squared_error",
        "mae": "absolute_error",
        "mse": "squared_error",
        "pinball": "quantile",
        "smooth_l1": "huber",
    },
    "normalization": {
        "batch_norm": "batch",
        "batch_normalization": "batch",
        "batchnorm": "batch",
        "layer_norm": "layer",
        "layer_normalization": "layer",
        "layernorm": "layer",
    },
    "scoring": {
        "acc": "accuracy",
        "auc": "roc_auc",
        "cross_entropy": "neg_log_loss",
        "log_loss": "neg_log_loss",
        "mae": "neg_mean_absolute_error",
        "mse": "neg_mean_squared_error",
        "rmse": "neg_root_mean_squared_error",
    },
    "solver": {
        "adamw": "adam",
        "bfgs": "lbfgs",
        "l_bfgs": "lbfgs",
        "momentum": "sgd",
        "nadam": "adam",
        "rmsprop": "adam",
    },
}
EXPLANATIONS = {  # of what has another meaning here
    "alpha": "l2 is alpha / batch_size, or alpha / n_samples with solver='lbfgs'.",
    "adamw": "Its weight decay is the parameter weight_decay.",
}
_LIKENESS = 0.7  # of a typing error


def find_meant(typed, names, aliases):
    """The one of `names` that was probably meant, or what `aliases` call it; None if unknown.

    What an alias stands for may be none of `names`: arguments of `fit`, which are several.
    """
    key = _key(typed)
    if key in aliases:
        meant = aliases[key]
        return meant if meant in names or "," in meant else None
    by_key = {name.lower(): name for name in names}
    close = get_close_matches(key, by_key, n=1, cutoff=_LIKENESS)
    return by_key[close[0]] if close else None


def suggest(typed, meant, where=""):
    """A sentence that offers what was meant, with a space in front; nothing for None."""
    if meant is None:
        return ""
    names = " and ".join(map(repr, meant.split(", ")))
    explanation = EXPLANATIONS.get(_key(typed))
    return f" Did you mean {names}{where}?" + (f" {explanation}" if explanation else "")


def _key(typed):
    return re.sub(r"[\s-]+", "_", typed.strip().lower())
