"""Networks as functions of C."""

import numpy as np

from skreg._exporting.refusals import choose
from skreg._kernels.normalizing import EPSILON
from skreg.export._source import block, loop

# Expressions of the score z.
ACTIVATIONS = {
    "identity": "z",
    "logistic": "1.0@ / (1.0@ + exp@(-z))",
    "tanh": "tanh@(z)",
    "relu": "z < 0.0@ ? 0.0@ : z",
    "leaky_relu": "z > 0.0@ ? z : 0.01@ * z",
    "elu": "z > 0.0@ ? z : expm1@(z)",
    "selu": "z > 0.0@ ? 1.0507009873554805@ * z : 1.7580993408473766@ * expm1@(z)",
    "gelu": "0.5@ * z * (1.0@ + tanh@(0.7978845608028654@ * z * (1.0@ + 0.044715@ * z * z)))",
    "silu": "z / (1.0@ + exp@(-z))",
    "mish": "z * tanh@(fmax@(z, 0.0@) + log1p@(exp@(-fabs@(z))))",
    "softplus": "fmax@(z, 0.0@) + log1p@(exp@(-fabs@(z)))",
}
_EACH = """
    for (int j = 0; j < n; j++) {{
        const REAL z = scores[j];
        scores[j] = {};
    }}
"""
# What overwrites n scores by outputs.
LINKS = {
    "identity": "",
    "logistic": _EACH.format(ACTIVATIONS["logistic"]),
    "exp": _EACH.format("exp@(z)"),
    "softmax": """
    REAL highest = scores[0], mass = 0.0@;
    for (int j = 1; j < n; j++)
        highest = fmax@(highest, scores[j]);
    for (int j = 0; j < n; j++) {
        scores[j] = exp@(scores[j] - highest);
        mass += scores[j];
    }
    for (int j = 0; j < n; j++)
        scores[j] /= mass;
""",
}
# What overwrites the n products of a row by normalized ones.
NORMALIZATIONS = {
    "layer": f"""
    REAL mean = 0.0@, squares = 0.0@;
    for (int j = 0; j < n; j++)
        mean += units[j];
    mean /= (REAL)n;
    for (int j = 0; j < n; j++)
        squares += (units[j] - mean) * (units[j] - mean);
    const REAL factor = 1.0@ / sqrt@(squares / (REAL)n + {EPSILON}@);
    for (int j = 0; j < n; j++)
        units[j] = (units[j] - mean) * factor * scales[j];
""",
}
_MULTIPLY = """
static void NAME(const REAL *x, int n_in, const REAL *weights, int n_out, REAL *out)
{
    for (int j = 0; j < n_out; j++)
        out[j] = 0.0@;
    for (int i = 0; i < n_in; i++)
        for (int j = 0; j < n_out; j++)
            out[j] += x[i] * *weights++;
}
"""


def write_scores(source, network, name="scores"):
    """Write a Network; returns the name of a function (x, scores).

    Raises
    ------
    ValueError
        If it has an activation or a normalization that cannot be written, or if weights are not
        finite.
    """
    hidden = [layer.weights.shape[1] for layer in network.layers[:-1]]
    sizes = [max(hidden[k::2]) for k in range(min(len(hidden), 2))]
    lines = [f"REAL {buffer}[{size}];" for buffer, size in zip("ab", sizes)]
    places = ["x", *("ab"[k % 2] for k in range(len(hidden))), "scores"]
    if source.steps:
        places[0], n_in = "z", network.n_in
        lines += [f"REAL z[{n_in}];"]
        lines += loop(n_in, "REAL value = x[j];", *source.steps, "z[j] = value;")
    for layer, *between in zip(network.layers, places, places[1:]):
        lines += _write_layer(source, layer, *between)
    return write_function(source, name, "const REAL *x, REAL *scores", lines)


def write_function(source, name, arguments, lines):
    """Write a static function of these lines; returns its name."""
    return source.function(name, "\n".join([f"static void NAME({arguments})", *block(*lines)]))


def _write_layer(source, layer, before, after):
    n_in, n_out = layer.weights.shape
    weights = _write_array(source, "weights", layer.weights)
    bias = _write_array(source, "bias", layer.bias)
    multiply = source.function("multiply", _MULTIPLY)
    lines = [f"{multiply}({before}, {n_in}, {weights}, {n_out}, {after});"]
    if layer.normalization is not None:
        body = choose(NORMALIZATIONS, "normalization", layer.normalization, "C")
        arguments = "REAL *units, int n, const REAL *scales"
        head = f"static void NAME({arguments})"
        normalize = source.function(layer.normalization, f"{head}\n{{{body}}}")
        scales = _write_array(source, "scales", layer.scales)
        lines.append(f"{normalize}({after}, {n_out}, {scales});")
    z = f"{after}[j] + {bias}[j]"
    if layer.activation != "identity":
        value = choose(ACTIVATIONS, "activation", layer.activation, "C")
        text = f"static REAL NAME(REAL z)\n{{\n    return {value};\n}}"
        z = f"{source.function(layer.activation, text)}({z})"
    return [*lines, *loop(n_out, f"{after}[j] = {z};")]


def _write_array(source, what, values):
    with np.errstate(over="ignore"):
        values = values.astype(source.dtype)
    if not np.isfinite(values).all():
        raise ValueError(f"The {what} cannot be exported to C: they must be finite.")
    return source.array(what, values)


def write_link(source, link, scores, n):
    """Lines that overwrite n scores by outputs.

    Raises
    ------
    ValueError
        If the link cannot be written.
    """
    body = choose(LINKS, "link", link, "C")
    if not body:
        return []
    name = source.function(f"{link}_of_all", f"static void NAME(REAL *scores, int n)\n{{{body}}}")
    return [f"{name}({scores}, {n});"]
