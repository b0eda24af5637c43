"""The oracle: networks, losses and training as plain formulas, slow and in NumPy alone.

Written from the formulas, not from the kernels; of skreg it takes nothing but the streams of random
numbers. Conventions: `coefs` and `intercepts` are
lists with one array per layer, `drops` a list of what multiplies the inputs of each layer;
`activation` is one name or one per hidden layer, `parameter` the number that a loss depends on.
"""

import math
from types import SimpleNamespace

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logsumexp, softmax, xlogy
from scipy.stats import norm
from sklearn.metrics import r2_score
from sklearn.utils import check_random_state

from skreg._training.random import INITIAL_WEIGHTS, VALIDATION_SPLIT, stream
from tests import naive_normalization

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def _logistic_slope(z):
    return expit(z) * expit(-z)


def _where_positive(z, right, left):
    return np.where(z > 0, right, left)


def _exp_of_negative(z):
    return np.exp(np.minimum(z, 0))


def _expm1_of_negative(z):
    return np.expm1(np.minimum(z, 0))


def _softplus(z):
    return np.logaddexp(0, z)


def _gelu_inner(z):
    return np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)


def _gelu_slope(z):
    inner = np.sqrt(2 / np.pi) * (1 + 3 * 0.044715 * z**2)
    return expit(2 * _gelu_inner(z)) + z * 2 * inner * _logistic_slope(2 * _gelu_inner(z))


def _sech_squared(z):
    e = np.exp(-2 * np.abs(z))
    return 4 * e / (1 + e) ** 2


def _mish_slope(z):
    return np.tanh(_softplus(z)) + z * _sech_squared(_softplus(z)) * expit(z)


ACTIVATIONS = {  # function and slope, both of the score
    "identity": (lambda z: z, np.ones_like),
    "logistic": (expit, _logistic_slope),
    "tanh": (np.tanh, _sech_squared),
    "relu": (lambda z: _where_positive(z, z, 0), lambda z: _where_positive(z, 1.0, 0.0)),
    "leaky_relu": (
        lambda z: _where_positive(z, z, 0.01 * z),
        lambda z: _where_positive(z, 1.0, 0.01),
    ),
    "elu": (
        lambda z: _where_positive(z, z, _expm1_of_negative(z)),
        lambda z: _where_positive(z, 1.0, _exp_of_negative(z)),
    ),
    "selu": (
        lambda z: _SELU_SCALE * _where_positive(z, z, _SELU_ALPHA * _expm1_of_negative(z)),
        lambda z: _SELU_SCALE * _where_positive(z, 1.0, _SELU_ALPHA * _exp_of_negative(z)),
    ),
    # ½·(1 + tanh(u)) = 1 / (1 + exp(−2·u))
    "gelu": (lambda z: z * expit(2 * _gelu_inner(z)), _gelu_slope),
    "silu": (lambda z: z * expit(z), lambda z: expit(z) + z * _logistic_slope(z)),
    "mish": (lambda z: z * np.tanh(_softplus(z)), _mish_slope),
    "softplus": (_softplus, expit),
}
LINKS = {
    "identity": lambda z: z,
    "logistic": expit,
    "softmax": lambda z: softmax(z, axis=1),
    "exp": np.exp,
    "gaussian": lambda z: np.where(np.arange(z.shape[1]) % 2, _softplus(z) + 1e-6, z),
    "quantiles": lambda z: np.cumsum(np.where(np.arange(z.shape[1]), _softplus(z), z), axis=1),
}


def mean_over_outputs(function):
    """The loss of rows (n, k) out of values and slopes of each number."""

    def loss(scores, Y, parameter):
        values, slopes = function(scores, Y, parameter)
        return values.mean(axis=1), slopes / Y.shape[1]

    return loss


@mean_over_outputs
def squared_error(scores, Y, parameter):
    return (scores - Y) ** 2 / 2, scores - Y


@mean_over_outputs
def absolute_error(scores, Y, parameter):
    return np.abs(scores - Y), np.sign(scores - Y)


@mean_over_outputs
def huber(scores, Y, delta):
    error = np.abs(scores - Y)
    values = np.where(error <= delta, error**2 / 2, delta * (error - delta / 2))
    return values, np.where(error <= delta, scores - Y, delta * np.sign(scores - Y))


@mean_over_outputs
def quantile(scores, Y, level):
    values = np.where(Y >= scores, level * (Y - scores), (1 - level) * (scores - Y))
    return values, np.select([Y > scores, Y < scores], [-level, 1 - level], 0.0)


@mean_over_outputs
def poisson(scores, Y, parameter):
    return np.exp(scores) - Y + xlogy(Y, Y) - Y * scores, np.exp(scores) - Y


@mean_over_outputs
def gamma(scores, Y, parameter):
    return Y * np.exp(-scores) - 1 - np.log(Y) + scores, 1 - Y * np.exp(-scores)


def gaussian(scores, Y, parameter):
    means, variances = scores[:, ::2], _softplus(scores[:, 1::2]) + 1e-6
    errors, slopes = means - Y, np.empty_like(scores)
    slopes[:, ::2] = errors / variances
    slopes[:, 1::2] = (1 - errors**2 / variances) / (2 * variances) * expit(scores[:, 1::2])
    values = -norm.logpdf(Y, means, np.sqrt(variances))
    return values.mean(axis=1), slopes / Y.shape[1]


def quantiles(scores, Y, levels):
    parts = [LINKS["quantiles"](part) for part in np.hsplit(scores, Y.shape[1])]
    levels, targets = np.asarray(levels), [np.repeat(y[:, None], len(levels), axis=1) for y in Y.T]
    pairs = [quantile(part, y, levels) for part, y in zip(parts, targets)]
    values, slopes = (np.stack(each, axis=1) for each in zip(*pairs))
    slopes = np.flip(np.cumsum(np.flip(slopes, axis=2), axis=2), axis=2) / Y.shape[1]
    slopes[:, :, 1:] *= expit(scores.reshape(slopes.shape)[:, :, 1:])
    return values.mean(axis=1), slopes.reshape(scores.shape)


def binary_log_loss(scores, Y, parameter):
    return np.sum(np.logaddexp(0, scores) - Y * scores, axis=1), expit(scores) - Y


def log_loss(scores, Y, parameter):
    values = logsumexp(scores, axis=1) - np.sum(Y * scores, axis=1)
    return values, softmax(scores, axis=1) - Y


LOSSES = {  # values (n,) and slopes (n, k)
    "squared_error": squared_error,
    "absolute_error": absolute_error,
    "huber": huber,
    "quantile": quantile,
    "poisson": poisson,
    "gamma": gamma,
    "gaussian": gaussian,
    "quantiles": quantiles,
    "binary_log_loss": binary_log_loss,
    "log_loss": log_loss,
}
LINK_OF_LOSS = {
    **dict.fromkeys(LOSSES, "identity"),
    "poisson": "exp",
    "gamma": "exp",
    "gaussian": "gaussian",
    "quantiles": "quantiles",
    "binary_log_loss": "logistic",
    "log_loss": "softmax",
}
PARAMETER_OF_LOSS = {"huber": "delta", "quantile": "quantile", "quantiles": "quantile"}


def count_scores(loss, parameter):
    """How many scores a loss has for each target."""
    return {"gaussian": 2, "quantiles": np.size(parameter)}.get(loss, 1)


def draw_targets(loss, n, k, rng):
    """Random targets (n, k) that a loss has a value for."""
    if loss == "log_loss":
        return np.eye(k)[rng.integers(0, k, n)]
    if loss == "binary_log_loss":
        return rng.integers(0, 2, (n, k)).astype(float)
    if loss == "poisson":
        return rng.poisson(1.5, (n, k)).astype(float)
    return rng.gamma(2.0, size=(n, k)) if loss == "gamma" else rng.normal(size=(n, k))


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


def round_rate(rate):
    """The multiple of 2⁻¹⁶ next to a rate, below 1."""
    return min(np.floor(rate * 65536 + 0.5), 65535) / 65536


def draw_kept(key, size, rate):
    """Which of `size` units are kept: by two neighboring bytes each of a ring of four, signed."""
    places = np.arange(-(-size // 4), dtype=np.uint64)
    words = mix(((places * np.uint64(_A)) & np.uint64(_FULL)) ^ np.uint64(key))
    ring = words.astype(">u4").view(np.uint8).reshape(-1, 4).astype(int)
    drawn = (256 * ring + np.roll(ring, -1, axis=1)).T.ravel()[:size]
    return (drawn + 32768) % 65536 / 65536 >= round_rate(rate)


def draw_drops(seed, step, n, units, rates):
    """What the inputs of each layer, (n, units[k]), are multiplied with."""
    return [
        _draw_drop(draw_key(seed, step, k), n * width, rate).reshape(n, width)
        for k, (width, rate) in enumerate(zip(units, rates))
    ]


def _draw_drop(key, size, rate):
    return draw_kept(key, size, rate) / (1 - round_rate(rate))


def per_layer(value, n_layers):
    """What is given once for all layers, or once per layer, as a tuple of one per layer."""
    return (value,) * n_layers if np.ndim(value) == 0 else tuple(value)


def forward(coefs, intercepts, X, activation, drops=None, normalizations=None):
    """The inputs and the scores of each layer."""
    inputs, scores, activations = [], [], per_layer(activation, len(coefs) - 1)
    for k, (coef, intercept) in enumerate(zip(coefs, intercepts)):
        x = X if k == 0 else ACTIVATIONS[activations[k - 1]][0](scores[-1])
        inputs.append(x if drops is None else x * drops[k])
        z = inputs[-1] @ coef
        if normalizations is not None and k < len(coefs) - 1:
            z = normalizations[k].forward(z)
        scores.append(z + intercept)
    return inputs, scores


def predict(coefs, intercepts, X, activation, link, normalizations=None):
    scores = forward(coefs, intercepts, X, activation, None, normalizations)[1]
    return LINKS[link](scores[-1])


def loss_and_gradients(
    coefs,
    intercepts,
    X,
    Y,
    factors,
    activation,
    loss,
    drops=None,
    parameter=None,
    normalizations=None,
):
    """Σᵢ factorᵢ·lossᵢ and its gradients with respect to coefs and intercepts."""
    inputs, scores = forward(coefs, intercepts, X, activation, drops, normalizations)
    activations = per_layer(activation, len(coefs) - 1)
    values, slopes = LOSSES[loss](scores[-1], Y, parameter)
    delta, of_coefs, of_intercepts = factors[:, None] * slopes, [], []
    for k in reversed(range(len(coefs))):
        of_intercepts.insert(0, delta.sum(axis=0))
        if normalizations is not None and k < len(coefs) - 1:
            delta = normalizations[k].backward(delta)
        of_coefs.insert(0, inputs[k].T @ delta)
        if k > 0:
            delta = delta @ coefs[k].T
            delta = delta * (1 if drops is None else drops[k])
            delta = delta * ACTIVATIONS[activations[k - 1]][1](scores[k - 1])
    return np.sum(factors * values), of_coefs, of_intercepts


def penalty(coefs, l1, l2, group_l1=0.0):
    """For strengths of all layers, or of each; that of groups is of the first."""
    strengths = zip(coefs, per_layer(l1, len(coefs)), per_layer(l2, len(coefs)), strict=True)
    total = sum(a * np.abs(w).sum() + b * (w**2).sum() / 2 for w, a, b in strengths)
    return total + group_l1 * np.sum(norms_of_rows(coefs[0]))


def norms_of_rows(W):
    return np.sqrt(np.sum(np.reshape(W, (len(W), -1)) ** 2, axis=1))


def clip(gradients, clip_norm):
    """Gradients of all parameters, scaled down together where they are longer than a norm."""
    norm = np.sqrt(sum(np.sum(gradient**2) for gradient in gradients))
    if clip_norm is None or norm <= clip_norm:
        return gradients
    return [gradient * (clip_norm / norm) for gradient in gradients]


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


def group_prox(W, steps, strength):
    """The W' that minimizes Σ (W' − W)² / (2·steps) + strength·Σᵢ ‖row i of W'‖, row by row."""
    found = np.zeros_like(W)
    for row, step, out in zip(W, np.broadcast_to(steps, W.shape), found):

        def excess(t, row=row, step=step):  # of ‖w(t)‖ over t, relative
            return np.linalg.norm(row / (t + strength * step)) - 1

        if np.linalg.norm(row / (strength * step)) > 1:
            t = brentq(excess, 0, np.linalg.norm(row), xtol=1e-300, rtol=1e-15)
            out[:] = row * t / (t + strength * step)
    return found


def shorten_columns(W, bound):
    norms = np.sqrt(np.sum(W**2, axis=0))
    return W * np.minimum(1, bound / np.maximum(norms, 1e-300))


def follow(W, steps, group_l1, max_norm):
    """What comes behind the step of a weight matrix."""
    W = group_prox(W, steps, group_l1) if group_l1 else W
    return W if max_norm == np.inf else shorten_columns(W, max_norm)


class SGD:
    """Proximal gradient with inertia; Nesterov's takes the gradient at the point ahead."""

    def __init__(self, parameters, settings):
        self.settings = settings
        self.w = [w.copy() for w in parameters]
        self.velocity = [np.zeros_like(w) for w in parameters]

    def step(
        self, i, point, gradient, rate, l1, l2, weight_decay=0.0, group_l1=0.0, max_norm=np.inf
    ):
        """Where the gradient of parameter i is to be taken next; `gradient` is that at `point`."""
        momentum, w = self.settings.momentum, self.w[i] * (1 - rate * weight_decay)
        pushed = w + momentum * self.velocity[i]
        new = soft_threshold(pushed - rate * (gradient + l2 * point), rate * l1)
        new = follow(new, rate, group_l1, max_norm)
        self.w[i], self.velocity[i] = new, new - w
        return new + momentum * self.velocity[i] if self.settings.nesterovs_momentum else new


class Adam:
    """With epsilon as in scikit-learn: added to the root of the moment before its correction."""

    def __init__(self, parameters, settings):
        self.settings = settings
        self.w = [w.copy() for w in parameters]
        self.m = [np.zeros_like(w) for w in parameters]
        self.v = [np.zeros_like(w) for w in parameters]
        self.t = [0] * len(parameters)

    def step(
        self, i, point, gradient, rate, l1, l2, weight_decay=0.0, group_l1=0.0, max_norm=np.inf
    ):
        s, g = self.settings, gradient + l2 * point
        self.t[i] += 1
        self.m[i] = s.beta_1 * self.m[i] + (1 - s.beta_1) * g
        self.v[i] = s.beta_2 * self.v[i] + (1 - s.beta_2) * g**2
        m, v = self.m[i] / (1 - s.beta_1 ** self.t[i]), self.v[i] / (1 - s.beta_2 ** self.t[i])
        metric = rate / (np.sqrt(v) + s.epsilon / np.sqrt(1 - s.beta_2 ** self.t[i]))
        kept = point * (1 - rate * weight_decay)
        new = soft_threshold(kept - metric * m, metric * l1)
        self.w[i] = follow(new, metric, group_l1, max_norm)
        return self.w[i]


OPTIMIZERS = {"sgd": SGD, "adam": Adam}


def _cycle(x):
    """Half a cosine from 1 at x = 0 to 0 at x = 1."""
    return (1 + np.cos(np.pi * x)) / 2


def _constant(s, epoch, mass, n_reductions):
    return s.learning_rate_init


def _invscaling(s, epoch, mass, n_reductions):
    return s.learning_rate_init / (mass + 1) ** s.power_t


def _adaptive(s, epoch, mass, n_reductions):
    return s.learning_rate_init / 5**n_reductions


def _cosine(s, epoch, mass, n_reductions):
    n_cycles, n_epochs = s.n_restarts + 1, max(s.max_iter - s.warmup, 1)
    middle = max(epoch - s.warmup, 0) + 0.5
    return s.learning_rate_init * _cycle(middle * n_cycles % n_epochs / n_epochs)


def share_of_flat_cosine(s, epoch):
    x = (max(epoch - s.warmup, 0) + 0.5) / max(s.max_iter - s.warmup, 1) % 1
    return 1.0 if x < 0.5 else (1 + np.cos(np.pi * (2 * x - 1))) / 2


def _flat_cosine(s, epoch, mass, n_reductions):
    return s.learning_rate_init * share_of_flat_cosine(s, epoch)


def _one_cycle(s, epoch, mass, n_reductions):
    x = (max(epoch - s.warmup, 0) + 0.5) / max(s.max_iter - s.warmup, 1) % 1
    if x < 0.3:
        share = 1 - (1 - 1 / 25) * _cycle(x / 0.3)
    else:
        share = 1e-5 + (1 - 1e-5) * _cycle((x - 0.3) / 0.7)
    return s.learning_rate_init * share


SCHEDULES = {  # functions of epochs done, the weight of the rows since the warmup, and reductions
    "constant": _constant,
    "invscaling": _invscaling,
    "adaptive": _adaptive,
    "cosine": _cosine,
    "flat_cosine": _flat_cosine,
    "one_cycle": _one_cycle,
}


def learning_rate(s, epoch, mass, n_reductions):
    """The rate of a schedule; epoch 1, …, warmup has so many (warmup + 1)-ths of its first rate."""
    rate = SCHEDULES[s.learning_rate](s, epoch, mass, n_reductions)
    return rate * (epoch + 1) / (s.warmup + 1) if epoch < s.warmup else rate


def draw_order(n, seed, epoch):
    """Fisher and Yates: from the last place down, each gets a random one of those not yet drawn."""
    order, key = list(range(n)), draw_key(seed, epoch, -1 & _FULL)
    for i in range(n - 1, 0, -1):
        j = mix((i * _A & _FULL) ^ key) * (i + 1) >> 32
        order[i], order[j] = order[j], order[i]
    return np.array(order)


def _glorot(n_in, n_out):
    return np.sqrt(6 / (n_in + n_out))


def _glorot_of_logistic(n_in, n_out):
    return np.sqrt(2 / (n_in + n_out))


def _he(n_in, n_out):
    return np.sqrt(6 / n_in)


def _lecun(n_in, n_out):
    return np.sqrt(3 / n_in)


BOUNDS = {  # of uniform weights in front of an activation
    **dict.fromkeys(["identity", "tanh", "relu", "softplus"], _glorot),
    **dict.fromkeys(["leaky_relu", "elu", "gelu", "silu", "mish"], _he),
    "logistic": _glorot_of_logistic,
    "selu": _lecun,
}


def initial_scores(Y, weights, loss, parameter):
    """The scores that those of targets without a scale begin near; None for those of any number."""
    mean = np.average(Y, axis=0, weights=weights)
    if LINK_OF_LOSS[loss] == "exp":
        return np.log(_round(mean))
    if count_scores(loss, parameter) == 1:
        return None
    deviation = _round(np.sqrt(np.average((Y - mean) ** 2, axis=0, weights=weights)))
    least, step = Y[weights > 0].min(axis=0), 2.0 ** (np.frexp(deviation)[1] - 24)
    mean = least + np.round((mean - least) / step) * step
    if loss == "gaussian":
        return np.ravel(np.stack([mean, np.log(np.expm1(deviation**2))], axis=1))
    quantiles = norm.ppf(parameter, mean[:, None], deviation[:, None])
    return np.ravel(np.hstack([quantiles[:, :1], np.log(np.expm1(np.diff(quantiles)))]))


def _round(values):
    """Values of 24 bits."""
    return values.astype(np.float32).astype(np.float64)


def draw_initial_weights(units, activation, seed, scores=None):
    """Weights and biases; weights in front of scores that are given are small."""
    rng, coefs, intercepts = stream(seed, INITIAL_WEIGHTS), [], []
    names = per_layer(activation, len(units) - 2)
    last = "logistic" if names and names[-1] == "logistic" else "identity"
    for n_in, n_out, name in zip(units, units[1:], (*names, last)):
        bound = BOUNDS[name](n_in, n_out)
        coefs.append(rng.uniform(-bound, bound, (n_in, n_out)))
        intercepts.append(rng.uniform(-bound, bound, n_out))
    if scores is not None:
        coefs[-1], intercepts[-1] = 0.1 * coefs[-1], scores
    return coefs, intercepts


def score(Y, outputs, weights, loss):
    if loss == "log_loss":
        return np.average(Y.argmax(axis=1) == outputs.argmax(axis=1), weights=weights)
    if loss == "binary_log_loss":
        return np.average(((outputs > 0.5) == (Y > 0.5)).all(axis=1), weights=weights)
    return r2_score(Y, outputs, sample_weight=weights)


def split(Y, weights, fraction, loss, seed):
    """Rows to train and to validate on, without those of weight zero: a share of each label."""
    order = list(stream(seed, VALIDATION_SPLIT).permutation(np.flatnonzero(weights)))
    if loss == "log_loss":
        order = _interleave(order, Y.argmax(axis=1))
    elif loss == "binary_log_loss" and Y.shape[1] == 1:
        order = _interleave(order, Y[:, 0] > 0.5)
    n_held_out = min(max(math.ceil(round(fraction * len(order), 6)), 2), len(order) - 1)
    return np.sort(order[n_held_out:]), np.sort(order[:n_held_out])


def _interleave(order, labels):
    """Rows by their place among those of their label, in the given order."""
    places = {}
    for label in set(labels):
        own = [row for row in order if labels[row] == label]
        places |= {row: (rank + 0.5) / len(own) for rank, row in enumerate(own)}
    return sorted(order, key=places.get)


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
    """Coefs and intercepts: averages, or without Nesterov's way ahead where a penalty shows.

    And the normalizations behind them, to predict with.
    """
    parameters, moments = [*run.coefs, *run.intercepts, *run.scales], _average_moments(run)
    if s.weight_averaging:
        parameters, moments = run.average, run.average_moments
    elif np.any(s.l1) or s.group_l1 or s.max_norm is not None:
        parameters = run.optimizer.w
    coefs, intercepts, scales = _share_out(parameters, len(run.coefs))
    return coefs, intercepts, _make_normalizations(s, scales, moments, None)


def _share_out(parameters, n_layers):
    """Coefs, intercepts and scales out of one list."""
    return parameters[:n_layers], parameters[n_layers : 2 * n_layers], parameters[2 * n_layers :]


def _average_moments(run):
    """Means and variances of each hidden layer, averaged over the batches so far."""
    averages = [[naive_normalization.average(seen) for seen in zip(*each)] for each in run.moments]
    return [each or (0.0, 1.0) for each in averages]


def _make_normalizations(s, scales, moments, weights):
    owned = [(scale, *each) for scale, each in zip(scales, moments)]
    return naive_normalization.make(s.normalization, owned, weights)


def fit(X, Y, loss, weights, parameters):
    """Retrace a whole fit with a stochastic solver; `parameters` are those of the estimator."""
    s = SimpleNamespace(**parameters)
    s.parameter = parameters.get(PARAMETER_OF_LOSS.get(loss))
    seed = check_random_state(s.random_state).randint(np.iinfo(np.int32).max)
    n_scores = Y.shape[1] * count_scores(loss, s.parameter)
    units = (X.shape[1], *s.hidden_layer_sizes, n_scores)
    weights, held_out = np.ones(len(X)) if weights is None else weights, None
    if s.early_stopping:
        rows, rest = split(Y, weights, s.validation_fraction, loss, seed)
        held_out = X[rest], Y[rest], weights[rest]
        X, Y, weights = X[rows], Y[rows], weights[rows]
    scores = initial_scores(Y, weights, loss, s.parameter)
    coefs, intercepts = draw_initial_weights(units, s.activation, seed, scores)
    run = SimpleNamespace(coefs=coefs, intercepts=intercepts, loss_curve=[])
    run.scales = [np.ones(n) for n in units[1:-1]] if s.normalization else []
    run.moments = [[] for _ in units[1:-1]]
    run.validation_scores, run.validation_loss_curve = [], []
    run.average = [part.copy() for part in coefs + intercepts + run.scales]
    run.average_moments = _average_moments(run)
    parameters = coefs + intercepts + run.scales
    run.optimizer, run.n_steps, run.n_iter = OPTIMIZERS[s.solver](parameters, s), 0, 0
    patience, best_rank, best = Patience(s), (-np.inf, -np.inf), None
    for epoch in range(s.max_iter):
        mass = max(epoch - s.warmup, 0) * weights.sum()
        rate = learning_rate(s, epoch, mass, patience.n_reductions)
        order = np.arange(len(X))
        if s.shuffle:
            order = draw_order(len(X), seed, epoch)
        _run_epoch(run, s, X[order], Y[order], weights[order], loss, units, seed, rate, epoch)
        run.n_iter += 1
        value = run.loss_curve[-1]
        if held_out is not None:
            rank = _validate(run, s, loss, *held_out)
            value = -rank[0]
            if rank > best_rank:
                best_rank, best = rank, settled(run, s)
        if patience.is_over(value, rate):
            break
    run.coefs, run.intercepts, run.normalizations = settled(run, s) if held_out is None else best
    return run


def _validate(run, s, loss, X, Y, weights):
    """Record the score and the loss; returns both such that more is better."""
    coefs, intercepts, normalizations = settled(run, s)
    scores = forward(coefs, intercepts, X, s.activation, None, normalizations)[1][-1]
    values, _ = LOSSES[loss](scores, Y, s.parameter)
    run.validation_loss_curve.append(np.average(values, weights=weights))
    outputs = LINKS[LINK_OF_LOSS[loss]](scores)
    suits_score = loss in ("log_loss", "binary_log_loss", "squared_error")
    value = score(Y, outputs, weights, loss) if suits_score else -run.validation_loss_curve[-1]
    run.validation_scores.append(value)
    return run.validation_scores[-1], -run.validation_loss_curve[-1]


def _strengths(s, n_layers, epoch):
    """Arguments of a step for each weight matrix and each vector of biases."""
    share = share_of_flat_cosine(s, epoch) if s.weight_decay_schedule == "flat_cosine" else 1
    decays = [share * decay for decay in per_layer(s.weight_decay, n_layers)]
    groups = [s.group_l1] + [0.0] * (n_layers - 1)
    bounds = [np.inf] * n_layers
    if s.max_norm is not None:
        one = np.ndim(s.max_norm) == 0
        bounds = [s.max_norm] * (n_layers - 1) + [np.inf] if one else s.max_norm
    l1, l2 = per_layer(s.l1, n_layers), per_layer(s.l2, n_layers)
    return [*zip(l1, l2, decays, groups, bounds, strict=True)] + [(0, 0)] * n_layers


def _run_epoch(run, s, X, Y, weights, loss, units, seed, rate, epoch):
    size = min(200, len(X)) if s.batch_size == "auto" else min(s.batch_size, len(X))
    n_layers = len(units) - 1
    share = share_of_flat_cosine(s, epoch) if s.dropout_schedule == "flat_cosine" else 1
    rates = [share * p for p in (s.input_dropout, *per_layer(s.dropout, n_layers - 1))]
    strengths = _strengths(s, n_layers, epoch) + [(0, 0)] * len(run.scales)
    total, mean_weight = 0.0, weights.mean()
    for start in range(0, len(X), size):
        x, y, w = (part[start : start + size] for part in (X, Y, weights))
        drops = draw_drops(seed, run.n_steps, len(x), units, rates)
        factors = w / (mean_weight * len(x))
        layers = _make_normalizations(s, run.scales, _average_moments(run), w)
        more = s.activation, loss, drops, s.parameter, layers
        value, of_coefs, of_intercepts = loss_and_gradients(
            run.coefs, run.intercepts, x, y, factors, *more
        )
        of_scales = [layer.scales_gradient for layer in layers or ()]
        total += (value + penalty(run.coefs, s.l1, s.l2, s.group_l1)) * len(x)
        gradients = clip(of_coefs + of_intercepts + of_scales, s.clip_norm)
        parameters = [
            run.optimizer.step(i, point, gradient, rate, *strength)
            for i, (point, gradient, strength) in enumerate(
                zip(run.coefs + run.intercepts + run.scales, gradients, strengths, strict=True)
            )
        ]
        run.coefs, run.intercepts, run.scales = _share_out(parameters, n_layers)
        for seen, layer in zip(run.moments, layers or ()):
            if s.normalization == "batch" and not layer.is_frozen:
                seen.append((layer.means, layer.variances))
        run.n_steps += 1
        keep = min(s.weight_averaging, (1 + run.n_steps) / (10 + run.n_steps))
        run.average = [keep * a + (1 - keep) * w for a, w in zip(run.average, run.optimizer.w)]
        pairs = zip(run.average_moments, _average_moments(run))
        run.average_moments = [
            [keep * a + (1 - keep) * m for a, m in zip(*pair, strict=True)] for pair in pairs
        ]
    run.loss_curve.append(total / len(X))
