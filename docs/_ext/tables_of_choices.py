"""The directive `choices`: tables of what a parameter may be, made from the tables in the code.

Words come from the first paragraph of a docstring, numbers from calling the code.
"""

import re
from inspect import cleandoc, getdoc
from types import SimpleNamespace

import numpy as np
from sphinx.util.docutils import SphinxDirective

from skreg._arithmetic import exponential
from skreg._kernels import activations, links, losses, optimizers
from skreg._training import lbfgs, schedules
from skreg.model_selection import _tunables
from skreg.neural_network._classifier import MLPClassifier
from skreg.neural_network._parameters import NetworkParameters

_POINTS = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])
_SETTINGS = {
    "learning_rate_init": 0.1,
    "power_t": 0.5,
    "max_iter": 10,
    "n_restarts": 0,
    "warmup": 0,
}
_EPOCHS = (0, 2, 5, 9)  # of those ten
_ROWS = 1000  # in each of them


def escape(text):
    """Signs of mathematics are no markup, except in code between backticks; nor is "z." a list."""
    return re.sub(r"(`[^`]*`)|([*|_]|^\w\.)", lambda found: found[1] or "\\" + found[2], text)


def _first_paragraph(doc):
    """The first paragraph of a docstring as one line."""
    return escape(" ".join(cleandoc(doc or "").split("\n\n")[0].split()))


def _doc_of(function):
    return _first_paragraph(getdoc(getattr(function, "py_func", function)))


def _numbers(values):
    return (f"{value:.3g}".replace("-", "−") for value in values)


def _run(option, values):
    """What an option makes of scores in float64, as one row."""
    row = values[None].copy()
    option.by_dtype[row.dtype](row, np.zeros_like(values))
    return row[0]


def _activations():
    yield "`activation`", *(f"f({point})" for point in _numbers(_POINTS)), "f(z)", "Initial weights"
    for name, row in activations.ACTIVATIONS.items():
        doc = row.doc or getdoc(getattr(exponential, name).py_func)
        numbers = _numbers(_run(row.activate, _POINTS))
        yield f'`"{name}"`', *numbers, _first_paragraph(doc), f"`{row.bound.__name__}`"


def _bounds():
    yield "Initial weights", "b"
    for bound_of in dict.fromkeys(row.bound for row in activations.ACTIVATIONS.values()):
        yield f"`{bound_of.__name__}`", _doc_of(bound_of)


def _losses(names):
    yield "`loss`", "Of one output", "y", "`out_activation_`", "Parameter"
    for name in names:
        row = losses.LOSSES[name]
        code = f"`{row.parameter}`" if row.parameter else ""
        yield f'`"{name}"`', _first_paragraph(row.doc), row.targets, f'`"{row.link}"`', code


def _regression_losses():
    yield from _losses(losses.REGRESSION_LOSSES)


def _classification_losses():
    yield "Loss", "Of one row", "`out_activation_`"
    for name in losses.CLASSIFICATION_LOSSES:
        row = losses.LOSSES[name]
        yield f"`{name}`", _first_paragraph(row.doc), f'`"{row.link}"`'


def _links():
    yield "`out_activation_`", *(f"Score {point}" for point in _numbers(_POINTS)), "Prediction"
    for name, option in links.LINKS.items():
        doc = _first_paragraph(links.DOCSTRINGS[name])
        yield f'`"{name}"`', *_numbers(_run(option, _POINTS)), doc


def _solvers():
    yield "`solver`", "Method"
    (allowed,) = NetworkParameters._parameter_constraints["solver"]
    names = list(optimizers.OPTIMIZERS)
    for name in names:
        yield f'`"{name}"`', _first_paragraph(optimizers.OPTIMIZERS[name].doc)
    others = {"lbfgs": lbfgs}
    for name in sorted(allowed.options.difference(names)):
        yield f'`"{name}"`', _doc_of(others[name])


def _rate(name, epoch):
    """The rate of an epoch; an adaptive one has been reduced once before the last."""
    settings = SimpleNamespace(learning_rate=name, **_SETTINGS)
    reductions = int(epoch == _EPOCHS[-1])
    state = SimpleNamespace(epoch=epoch, mass=_ROWS * epoch, n_reductions=reductions)
    return schedules.learning_rate(settings, state)


def _schedules():
    yield "`learning_rate`", *(f"Epoch {epoch + 1}" for epoch in _EPOCHS), "Rate"
    for name, function in schedules.SCHEDULES.items():
        rates = _numbers(_rate(name, epoch) for epoch in _EPOCHS)
        yield f'`"{name}"`', *rates, _doc_of(function)


def _domain(domain):
    """A range in words, or choices as a list."""
    if isinstance(domain, _tunables.Choices):
        return ", ".join(f"`{value!r}`".replace("'", '"') for value in domain.values)
    low, high = (f"{value:g}" for value in domain[:2])
    return f"{low} to {high}" + (", log-uniform" if getattr(domain, "is_log", False) else "")


def _grid(values):
    texts = (f"{value:g}" if isinstance(value, float) else f"{value}" for value in values)
    return ", ".join(texts)


def _tunable_parameters():
    yield "`include`", "Parameter", "Grid", "Range", "Remark"
    for name, row in _tunables.TUNABLES.items():
        tunable = row.tunable
        if callable(tunable):
            tunable = tunable(MLPClassifier(), None, None, ())
        cells = f"`{row.parameter}`", _grid(tunable.grid), _domain(tunable.domain)
        yield f'`"{name}"`', *cells, row.why


def _tunable_augmenters():
    yield "Augmenter", "Parameter", "Grid", "Range"
    for cls, row in _tunables.AUGMENTERS.items():
        for name, tunable in row.items():
            domain = f"{_domain(tunable.domain)} {tunable.source}"
            yield f"`{cls.__name__}`", f"`{name}`", _grid(tunable.grid), domain


_TABLES = {
    "ACTIVATIONS": _activations,
    "BOUNDS": _bounds,
    "CLASSIFICATION_LOSSES": _classification_losses,
    "REGRESSION_LOSSES": _regression_losses,
    "LINKS": _links,
    "SOLVERS": _solvers,
    "SCHEDULES": _schedules,
    "TUNABLES": _tunable_parameters,
    "AUGMENTERS": _tunable_augmenters,
}


_SOURCES = {"TUNABLES": _tunables}


def as_list_table(rows, widths="auto"):
    lines = [".. list-table::", "   :header-rows: 1", f"   :widths: {widths}", ""]
    for row in rows:
        for j, cell in enumerate(row):
            lines.append(("   * - " if j == 0 else "     - ") + cell)
    return "\n".join(lines)


class References(SphinxDirective):
    """`.. references:: TUNABLES` is replaced by the references of that table's module."""

    required_arguments = 1

    def run(self):
        doc = getdoc(_SOURCES[self.arguments[0]])
        return self.parse_text_to_nodes(doc.partition("References\n----------\n")[2])


class Choices(SphinxDirective):
    """`.. choices:: ACTIVATIONS` is replaced by a table."""

    required_arguments = 1

    def run(self):
        return self.parse_text_to_nodes(as_list_table(_TABLES[self.arguments[0]]()))


def setup(app):
    app.add_directive("choices", Choices)
    app.add_directive("references", References)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
