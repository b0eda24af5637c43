"""The oracle: networks, losses and training as plain formulas, slow and in NumPy alone.

Written from the formulas, not from the kernels; of skreg it takes nothing but the streams of random
numbers. Conventions: `coefs` and `intercepts` are lists with one array per layer, `drops` a list of
what multiplies the inputs of each layer.
"""

from types import SimpleNamespace

import numpy as np
from scipy.special import expit, logsumexp, softmax
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state

from skreg._training.random import INITIAL_WEIGHTS, VALIDATION_SPLIT, stream


def _logistic_slope(z):
    return expit(z) * expit(-z)


ACTIVATIONS = {  # function and slope, both of the score
    "identity": (lambda z: z, np.ones_like),
    "logistic": (expit, _logistic_slope),
    "tanh": (np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    "relu": (lambda z: np.where(z > 0, z, 0), lambda z: np.where(z > 0, 1.0, 0.0)),
}
LINKS = {"identity": lambda z: z, "logistic": expit, "softmax": lambda z: softmax(z, axis=1)}


def squared_error(scores, Y):
    return np.mean((scores - Y) ** 2, axis=1) / 2, (scores - Y) / Y.shape[1]


def binary_log_loss(scores, Y):
    return np.sum(np.logaddexp(0, scores) - Y * scores, axis=1), expit(scores) - Y


def log_loss(scores, Y):
    values = logsumexp(scores, axis=1) - np.sum(Y * scores, axis=1)
    return values, softmax(scores, axis=1) - Y


LOSSES = {  # values (n,) and slopes (n, k)
    "squared_error": squared_error,
    "binary_log_loss": binary_log_loss,
    "log_loss": log_loss,
}
LINK_OF_LOSS = {
    "squared_error": "identity",
    "binary_log_loss": "logistic",
    "log_loss": "softmax",
}

_A, _B, _C, _FULL = 0x9E3779B1, 0x7FEB352D, 0x846CA68B, 0xFFFFFFFF


def mix(x):
    """The hash of integers below 2³², of any width that holds their products."""
    x = x ^ (x >> 16)
    x = (x * _B) & _FULL
    x = x ^ (x >> 15)
    x = (x * _C) & _FULL
    return x ^ (x >> 16)


def draw_key(seed, step, layer):
    key = mix(seed & _FULL)
    for part in (seed >> 32, step & _FULL, step >> 32, layer):
        key = mix((key * _A + part) & _FULL)
    return key


def draw_kept(key, size, rate):
    """Which of `size` units are kept."""
    places = np.arange(size, dtype=np.uint64)
    drawn = mix(((places * np.uint64(_A)) & np.uint64(_FULL)) ^ np.uint64(key))
    return drawn >= np.floor(rate * 2.0**32)


def draw_drops(seed, step, n, units, rates):
    """What the inputs of each layer, (n, units[k]), are multiplied with."""
    return [
        draw_kept(draw_key(seed, step, k), n * width, rate).reshape(n, width) / (1 - rate)
        if rate > 0
        else np.ones((n, width))
        for k, (width, rate) in enumerate(zip(units, rates))
    ]


def forward(coefs, intercepts, X, activation, drops=None):
    """The inputs and the scores of each layer."""
    inputs, scores = [], []
    for k, (coef, intercept) in enumerate(zip(coefs, intercepts)):
        x = X if k == 0 else ACTIVATIONS[activation][0](scores[-1])
        inputs.append(x if drops is None else x * drops[k])
        scores.append(inputs[-1] @ coef + intercept)
    return inputs, scores


def predict(coefs, intercepts, X, activation, link):
    return LINKS[link](forward(coefs, intercepts, X, activation)[1][-1])


def loss_and_gradients(coefs, intercepts, X, Y, factors, activation, loss, drops=None):
    """Σᵢ factorᵢ·lossᵢ and its gradients with respect to coefs and intercepts."""
    inputs, scores = forward(coefs, intercepts, X, activation, drops)
    values, slopes = LOSSES[loss](scores[-1], Y)
    delta, of_coefs, of_intercepts = factors[:, None] * slopes, [], []
    for k in reversed(range(len(coefs))):
        of_coefs.insert(0, inputs[k].T @ delta)
        of_intercepts.insert(0, delta.sum(axis=0))
        if k > 0:
            delta = delta @ coefs[k].T
            delta = delta * (1 if drops is None else drops[k])
            delta = delta * ACTIVATIONS[activation][1](scores[k - 1])
    return np.sum(factors * values), of_coefs, of_intercepts


def penalty(coefs, l1, l2):
    return sum(l1 * np.abs(w).sum() + l2 * (w**2).sum() / 2 for w in coefs)


def shares(weights, n):
    """sᵢ / Σᵢ sᵢ."""
    return np.full(n, 1 / n) if weights is None else weights / weights.sum()


def flatten(coefs, intercepts):
    return np.concatenate([np.ravel(part) for part in (*coefs, *intercepts)])


def unflatten(theta, units):
    """The coefs and intercepts of a net with n_features, hidden units and n_outputs."""
    sizes = [(n_in, n_out) for n_in, n_out in zip(units, units[1:])] + [(n,) for n in units[1:]]
    ends = np.cumsum([np.prod(size) for size in sizes])
    parts = [part.reshape(size) for part, size in zip(np.split(theta, ends[:-1]), sizes)]
    return parts[: len(units) - 1], parts[len(units) - 1 :]


def soft_threshold(u, threshold):
    return np.sign(u) * np.maximum(np.abs(u) - threshold, 0)


class SGD:
    """Proximal gradient with inertia; Nesterov's takes the gradient at the point ahead."""

    def __init__(self, parameters, settings):
        self.settings = settings
        self.w = [w.copy() for w in parameters]
        self.velocity = [np.zeros_like(w) for w in parameters]

    def step(self, i, point, gradient, rate, l1, l2):
        """Where the gradient of parameter i is to be taken next; `gradient` is that at `point`."""
        momentum, w = self.settings.momentum, self.w[i]
        pushed = w + momentum * self.velocity[i]
        new = soft_threshold(pushed - rate * (gradient + l2 * point), rate * l1)
        self.w[i], self.velocity[i] = new, new - w
        return new + momentum * self.velocity[i] if self.settings.nesterovs_momentum else new


class Adam:
    """With epsilon as in scikit-learn: added to the root of the moment before its correction."""

    def __init__(self, parameters, settings):
        self.settings = settings
        self.m = [np.zeros_like(w) for w in parameters]
        self.v = [np.zeros_like(w) for w in parameters]
        self.t = [0] * len(parameters)

    def step(self, i, point, gradient, rate, l1, l2):
        s, g = self.settings, gradient + l2 * point
        self.t[i] += 1
        self.m[i] = s.beta_1 * self.m[i] + (1 - s.beta_1) * g
        self.v[i] = s.beta_2 * self.v[i] + (1 - s.beta_2) * g**2
        m, v = self.m[i] / (1 - s.beta_1 ** self.t[i]), self.v[i] / (1 - s.beta_2 ** self.t[i])
        metric = rate / (np.sqrt(v) + s.epsilon / np.sqrt(1 - s.beta_2 ** self.t[i]))
        return soft_threshold(point - metric * m, metric * l1)


OPTIMIZERS = {"sgd": SGD, "adam": Adam}
SCHEDULES = {
    "constant": lambda s, t, n_reductions: s.learning_rate_init,
    "invscaling": lambda s, t, n_reductions: s.learning_rate_init / (t + 1) ** s.power_t,
    "adaptive": lambda s, t, n_reductions: s.learning_rate_init / 5**n_reductions,
}


def draw_order(n, seed, epoch):
    """Fisher and Yates: from the last place down, each gets a random one of those not yet drawn."""
    order, key = list(range(n)), draw_key(seed, epoch, -1 & _FULL)
    for i in range(n - 1, 0, -1):
        j = mix((i * _A & _FULL) ^ key) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return np.array(order)


def draw_initial_weights(units, activation, seed):
    rng, coefs, intercepts = stream(seed, INITIAL_WEIGHTS), [], []
    for n_in, n_out in zip(units, units[1:]):
        bound = np.sqrt((2 if activation == "logistic" else 6) / (n_in + n_out))
        coefs.append(rng.uniform(-bound, bound, (n_in, n_out)))
        intercepts.append(rng.uniform(-bound, bound, n_out))
    return coefs, intercepts


def score(Y, outputs, weights, loss):
    if loss == "squared_error":
        return r2_score(Y, outputs, sample_weight=weights)
    if loss == "log_loss":
        return np.average(Y.argmax(axis=1) == outputs.argmax(axis=1), weights=weights)
    return np.average(((outputs > 0.5) == (Y > 0.5)).all(axis=1), weights=weights)


def split(Y, fraction, loss, seed):
    """Rows to train and to validate on."""
    labels = None
    if loss == "log_loss":
        labels = Y.argmax(axis=1)
    elif loss == "binary_log_loss" and Y.shape[1] == 1:
        labels = Y[:, 0]
    return train_test_split(
        np.arange(len(Y)),
        test_size=int(np.ceil(fraction * len(Y))),
        stratify=labels,
        random_state=int(stream(seed, VALIDATION_SPLIT).integers(1 << 32)),
    )


class Patience:
    """Stop, or lower an adaptive rate, when nothing has improved by tol for too many epochs."""

    def __init__(self, settings):
        self.settings, self.best, self.n_bad, self.n_reductions = settings, np.inf, 0, 0

    def is_over(self, loss, rate):
        self.n_bad = self.n_bad + 1 if loss > self.best - self.settings.tol else 0
        self.best = min(self.best, loss)
        if self.n_bad <= self.settings.n_iter_no_change:
            return False
        if self.settings.learning_rate != "adaptive" or rate <= 1e-6:
            return True
        self.n_bad, self.n_reductions = 0, self.n_reductions + 1
        return False


def settled(run, s):
    """Coefs and intercepts without Nesterov's way ahead, where l1 is to be seen to make zeros."""
    if s.solver == "sgd" and s.nesterovs_momentum and s.l1 > 0:
        return run.optimizer.w[: len(run.coefs)], run.optimizer.w[len(run.coefs) :]
    return list(run.coefs), list(run.intercepts)


def fit(X, Y, loss, weights=None, **parameters):
    """Retrace a whole fit with a stochastic solver; `parameters` are those of the estimator."""
    s = SimpleNamespace(**parameters)
    seed = check_random_state(s.random_state).randint(np.iinfo(np.int32).max)
    units = (X.shape[1], *s.hidden_layer_sizes, Y.shape[1])
    weights, held_out = np.ones(len(X)) if weights is None else weights, None
    if s.early_stopping:
        rows, rest = split(Y, s.validation_fraction, loss, seed)
        held_out = X[rest], Y[rest], weights[rest]
        X, Y, weights = X[rows], Y[rows], weights[rows]
    coefs, intercepts = draw_initial_weights(units, s.activation, seed)
    run = SimpleNamespace(coefs=coefs, intercepts=intercepts, loss_curve=[], validation_scores=[])
    run.optimizer, run.n_steps, run.n_iter = OPTIMIZERS[s.solver](coefs + intercepts, s), 0, 0
    patience, best_score, best = Patience(s), -np.inf, None
    for epoch in range(s.max_iter):
        rate = SCHEDULES[s.learning_rate](s, epoch * len(X), patience.n_reductions)
        order = np.arange(len(X))
        if s.shuffle:
            order = draw_order(len(X), seed, epoch)
        _run_epoch(run, s, X[order], Y[order], weights[order], loss, units, seed, rate)
        run.n_iter += 1
        value = run.loss_curve[-1]
        if held_out is not None:
            outputs = predict(*settled(run, s), held_out[0], s.activation, LINK_OF_LOSS[loss])
            run.validation_scores.append(score(held_out[1], outputs, held_out[2], loss))
            value = -run.validation_scores[-1]
            if -value > best_score:
                best_score, best = -value, settled(run, s)
        if patience.is_over(value, rate):
            break
    run.coefs, run.intercepts = settled(run, s) if held_out is None else best
    return run


def _run_epoch(run, s, X, Y, weights, loss, units, seed, rate):
    size = min(200, len(X)) if s.batch_size == "auto" else min(s.batch_size, len(X))
    hidden = len(units) - 2
    dropout = (s.dropout,) * hidden if np.isscalar(s.dropout) else tuple(s.dropout)
    total, mean_weight = 0.0, weights.mean()
    for start in range(0, len(X), size):
        x, y, w = (part[start : start + size] for part in (X, Y, weights))
        drops = draw_drops(seed, run.n_steps, len(x), units, (s.input_dropout, *dropout))
        factors = w / (mean_weight * len(x))
        value, of_coefs, of_intercepts = loss_and_gradients(
            run.coefs, run.intercepts, x, y, factors, s.activation, loss, drops
        )
        total += (value + penalty(run.coefs, s.l1, s.l2)) * len(x)
        parameters = []
        for i, (w, g) in enumerate(
            zip(run.coefs + run.intercepts, of_coefs + of_intercepts, strict=True)
        ):
            l1, l2 = (s.l1, s.l2) if i < len(run.coefs) else (0, 0)
            parameters.append(run.optimizer.step(i, w, g, rate, l1, l2))
        run.coefs, run.intercepts = parameters[: len(run.coefs)], parameters[len(run.coefs) :]
        run.n_steps += 1
    run.loss_curve.append(total / len(X))
