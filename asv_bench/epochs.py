"""How each library trains: functions that return a measurement of the seconds of an epoch.

Each imports its library itself, so that every process loads one alone. A measurement is short and
meant to be repeated; what comes first and once (data, compilation) is done before.
"""

import itertools
import time

from measuring import FOREVER, N_CLASSES, make_noise


def seconds_of(function, *arguments):
    start = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - start


def time_estimator(estimator, shape, weights=None, **parameters):
    """Seconds of an epoch: of a long fit less those of a short one, so that set-up cancels."""
    X, y = make_noise(shape.n_samples, shape.n_features)
    fixed = {"batch_size": shape.batch_size, "tol": 0, "n_iter_no_change": FOREVER}
    arguments = (X, y) if weights is None else (X, y, weights)

    def fit(epochs):
        estimator(shape.hidden, max_iter=epochs, **fixed, **parameters).fit(*arguments)

    def measure():
        short = seconds_of(fit, shape.epochs)
        return (seconds_of(fit, 3 * shape.epochs) - short) / (2 * shape.epochs)

    fit(1)
    return measure


def time_skreg(shape, weighted=False, **parameters):
    import numpy as np

    from skreg import MLPClassifier

    weights = np.linspace(0.5, 1.5, shape.n_samples) if weighted else None
    return time_estimator(MLPClassifier, shape, weights, **parameters)


def time_sklearn(shape):
    from sklearn.neural_network import MLPClassifier

    return time_estimator(MLPClassifier, shape)


def time_calls(epoch, n_epochs):
    """A measurement of the mean seconds of so many calls, after a first one."""

    def measure():
        return seconds_of(lambda: [epoch() for _ in range(n_epochs)]) / n_epochs

    epoch()
    return measure


def time_torch(shape, dropout=0.0):
    import torch
    from torch.nn import CrossEntropyLoss, Dropout, Linear, ReLU, Sequential

    torch.set_num_threads(1)
    X, y = map(torch.from_numpy, make_noise(shape.n_samples, shape.n_features))
    stages, n_in = [], shape.n_features
    for n_units in shape.hidden:
        stages += [Linear(n_in, n_units), ReLU(), *([Dropout(dropout)] if dropout else [])]
        n_in = n_units
    net, loss = Sequential(*stages, Linear(n_in, N_CLASSES)), CrossEntropyLoss()
    adam = torch.optim.Adam(net.parameters(), fused=True)

    def epoch():
        for rows in torch.randperm(len(X)).split(shape.batch_size):
            adam.zero_grad(set_to_none=True)
            loss(net(X[rows]), y[rows]).backward()
            adam.step()

    return time_calls(epoch, 2 * shape.epochs)


def time_jax(shape, dropout=0.0):
    """One jitted call per epoch: a scan over whole batches, and a step with what is left."""
    import jax
    import optax
    from jax import numpy as jnp

    X, y = map(jnp.asarray, make_noise(shape.n_samples, shape.n_features))
    n_rest = len(X) % shape.batch_size
    adam = optax.adam(1e-3)

    def objective(theta, x, targets, key):
        for W, b in theta[:-1]:
            x = jax.nn.relu(x @ W + b)
            if dropout:
                key, mine = jax.random.split(key)
                kept = jax.random.bernoulli(mine, 1 - dropout, x.shape)
                x = jnp.where(kept, x / (1 - dropout), 0)
        W, b = theta[-1]
        return optax.softmax_cross_entropy_with_integer_labels(x @ W + b, targets).mean()

    def step(state, rows):
        theta, moments, key = state
        key, mine = jax.random.split(key)
        gradient = jax.grad(objective)(theta, X[rows], y[rows], mine)
        updates, moments = adam.update(gradient, moments, theta)
        return (optax.apply_updates(theta, updates), moments, key), None

    @jax.jit
    def epoch(state):
        theta, moments, key = state
        key, mine = jax.random.split(key)
        order = jax.random.permutation(mine, len(X))
        batches = order[: len(X) - n_rest].reshape(-1, shape.batch_size)
        state, _ = jax.lax.scan(step, (theta, moments, key), batches)
        return step(state, order[-n_rest:])[0] if n_rest else state

    sizes, draw = (shape.n_features, *shape.hidden, N_CLASSES), jax.random.normal
    keys = jax.random.split(jax.random.key(0), len(sizes))
    pairs = zip(keys, sizes, sizes[1:])
    theta = [(draw(key, (a, b)) / a**0.5, jnp.zeros(b)) for key, a, b in pairs]
    states = [(theta, adam.init(theta), keys[-1])]

    def advance():
        states[0] = jax.block_until_ready(epoch(states[0]))

    return time_calls(advance, 2 * shape.epochs)


def time_blas(shape):
    import numpy as np

    sizes = (shape.n_features, *shape.hidden, N_CLASSES)
    n_batches, n_rest = divmod(shape.n_samples, shape.batch_size)
    products = []  # of a layer and a size of batches, and how often
    for rows, count in ((shape.batch_size, n_batches), (n_rest, int(n_rest > 0))):
        for k, (n_in, n_out) in enumerate(itertools.pairwise(sizes)):
            x, W, delta = (
                np.ones(size, np.float32) for size in ((rows, n_in), (n_in, n_out), (rows, n_out))
            )
            triples = [(x, W, np.empty_like(delta)), (x.T, delta, np.empty_like(W))]
            triples += [(delta, W.T, np.empty_like(x))] if k else []
            products.append((count, triples))

    def epoch():
        for count, triples in products:
            for _ in range(count):
                for left, right, out in triples:
                    np.dot(left, right, out)

    return time_calls(epoch, 2 * shape.epochs)


LIBRARIES = {
    "skreg": time_skreg,
    "sklearn": time_sklearn,
    "torch": time_torch,
    "jax": time_jax,
    "blas": time_blas,
}
