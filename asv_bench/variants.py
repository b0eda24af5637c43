"""Changes to the defaults of networks for tables, which `table_variants.py` compares.

Variants are parameters, or functions that change a model after its fit to X and y.
"""

from itertools import cycle

import numpy as np
from sklearn.base import clone, is_classifier
from sklearn.model_selection import KFold

from skreg.augmentation import CutMix, FeatureDropout, GaussianNoise, Mixup, SwapNoise
from skreg.neural_network._tabular.members import Table
from skreg.neural_network._tabular.plan import make_plan
from skreg.neural_network._tabular.splits import split_table
from skreg.neural_network._temperature import find_temperature, log_of


def refit(model, X, y):
    """Train all members anew on all rows, with the votes and the temperature found before."""
    Z = clone(model.encoder_).fit_transform(X, y)
    for member in model.estimators_:
        member.set_params(max_iter=member.n_iter_, early_stopping=False).fit(Z, y)


def finish(model, X, y):
    """Train all members on all rows for an eighth of the epochs more, at a low rate."""
    Z = clone(model.encoder_).fit_transform(X, y)
    for i, member in enumerate(model.estimators_):
        going_on = clone(member).set_params(
            max_iter=max(member.n_iter_ // 8, 1),
            learning_rate_init=member.learning_rate_init / 4,
            early_stopping=False,
            warm_start=True,  # from the weights below
            warmup=1,
        )
        going_on.coefs_, going_on.intercepts_ = member.coefs_, member.intercepts_
        model.estimators_[i] = going_on.fit(Z, y)


def vote_equally(model, X, y):
    model.votes_ = np.full(len(model.estimators_), 1 / len(model.estimators_))


def give_own_temperatures(model, X, y):
    """One temperature for each member, from the rows that it left out, and none for their mean."""
    if not is_classifier(model):
        return
    Z, codes = model.encoder_.transform(X), np.searchsorted(model.classes_, y)
    how = model.validation_fraction, make_plan(model, len(y)), Table(Z, y, None)
    splits = cycle(split_table(*how, labels=codes, groups=None, seed=model._seed))
    for member, (_, left_out) in zip(model.estimators_, splits):
        temperature = find_temperature(log_of(member.predict_proba(Z[left_out])), codes[left_out])
        member.coefs_[-1][:] /= temperature
        member.intercepts_[-1][:] /= temperature
    model.temperature_ = 1.0


def of_members(factors=((1, 1), (0.75, 0), (1.5, 10 / 3), (2, 10)), **differences):
    """`diversity` with factors of dropout and l2, and more parameters, with a value per member."""
    members = [
        {"dropout": 0.2 * dropout, "l2": [3e-4 * l2] + 3 * [3e-5 * l2]} for dropout, l2 in factors
    ]
    for name, values in differences.items():
        members = [{**member, name: value} for member, value in zip(members, values)]
    return {"diversity": members}


DEFAULT = "default"
VARIANTS = {
    DEFAULT: {},
    "equal votes": vote_equally,
    "one temperature per member": give_own_temperatures,
    "finished on all rows": finish,
    "refitted on all rows": refit,
    "a sixteenth left out": {"validation_fraction": 1 / 16},
    "an eighth left out per member": {
        "validation_fraction": KFold(8, shuffle=True, random_state=0)
    },
    "another seed": {"random_state": 100},
    "two hidden layers of 256": {"hidden_layer_sizes": "256-256"},
    "two hidden layers of 256, 60 epochs": {"hidden_layer_sizes": "256-256", "max_iter": 60},
    "two hidden layers of 256, 120 epochs": {"hidden_layer_sizes": "256-256", "max_iter": 120},
    "batches of 256, rate 0.008": {"batch_size": 256, "learning_rate_init": 0.008},
    "members alike": {"diversity": None},
    "members from weaker to stronger": of_members(((0.25, 0), (0.75, 1), (1.5, 10 / 3), (2.5, 10))),
    "members of four activations": of_members(activation=["silu", "mish", "gelu", "relu"]),
    "Gaussian noise 0.05": {"augmentation": GaussianNoise(0.05)},
    "CutMix of a fifth of the rows": {"augmentation": CutMix(probability=0.2)},
    "32 bins": {"n_bins": 32},
    "8 bins": {"n_bins": 8},
    "gradient norm up to 1": {"clip_norm": 1.0},
    "label smoothing 0.05": {"label_smoothing": 0.05},
    "rate 0.003": {"learning_rate_init": 0.003},
    "one cycle": {"learning_rate": "one_cycle", "warmup": 0},
    "2 members": {"n_members": 2},
    "batches of 64": {"batch_size": 64},
    "input dropout 0.05": {"input_dropout": 0.05},
    "8 members": {"n_members": 8},
    "80 epochs": {"max_iter": 80},
    "160 epochs": {"max_iter": 160},
    "best epoch by loss": {"early_stopping": True},
    "Gaussian noise 0.1": {"augmentation": GaussianNoise(0.1)},
    "Gaussian noise 0.02": {"augmentation": GaussianNoise(0.02)},
    "CutMix": {"augmentation": CutMix()},
    "Mixup 0.2": {"augmentation": Mixup(0.2)},
    "swap noise 0.05": {"augmentation": SwapNoise(0.05)},
    "feature dropout 0.05": {"augmentation": FeatureDropout(0.05)},
    "input dropout 0.1": {"input_dropout": 0.1},
    "48 bins": {"n_bins": 48},
    "two hidden layers of 512": {"hidden_layer_sizes": "512-512"},
    "three hidden layers of 384": {"hidden_layer_sizes": "384-384-384"},
    "members of three sizes": of_members(
        hidden_layer_sizes=["256-256-256", "384-384-384", "192-192-192", "256-256-256"]
    ),
    "members of three rates": of_members(learning_rate_init=[0.005, 0.003, 0.008, 0.005]),
    "rate 0.008": {"learning_rate_init": 0.008},
    "constant rate 0.001": {"learning_rate": "constant", "learning_rate_init": 0.001},
    "batches of 256": {"batch_size": 256},
    "no warm-up": {"warmup": 0},
    "β₂ = 0.99": {"beta_2": 0.99},
}
