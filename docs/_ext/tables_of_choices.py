"""The directive `choices`: tables of what a parameter may be, made from the tables in the code.

Words come from the first paragraph of a docstring, numbers from calling the code.
"""

import re
from inspect import getdoc
from types import SimpleNamespace

import numpy as np
from sphinx.util.docutils import SphinxDirective

from skreg._kernels import activations, exponential, losses, optimizers
from skreg._training import lbfgs, schedules
from skreg.neural_network._base import BaseMLP

_POINTS = np.array([-2.0, -0.5, 0.0, 0.5, 2.0])


def _escape(text):
    """Signs of mathematics are not markup, except in code between backticks."""
    return re.sub(r"(`[^`]*`)|([*|_])", lambda found: found[1] or "\\" + found[2], text)


def _first_paragraph(*candidates):
    """The first paragraph of the first docstring there is, as one line."""
    for thing in candidates:
        doc = getdoc(getattr(thing, "py_func", thing)) if thing is not None else None
        if doc:
            return _escape(" ".join(doc.split("\n\n")[0].split()))
    return ""


def _numbers(values):
    return (f"{value:.3g}".replace("-", "−") for value in values)


def _activations():
    yield "`activation`", *(f"f({point})" for point in _numbers(_POINTS)), "Notes"
    for name, code in activations.ACTIVATIONS.items():
        units = _POINTS.copy()
        activations.activate(units, code)
        function = getattr(activations, f"_activate_{name}", None)
        doc = _first_paragraph(function, getattr(exponential, name, None))
        yield f'`"{name}"`', *_numbers(units), doc


def _losses():
    yield "Loss", "Of one row"
    for name in losses.LOSSES:
        yield f"`{name}`", _first_paragraph(getattr(losses, f"_{name}", None))


def _links():
    yield "`out_activation_`", *(f"Score {point}" for point in _numbers(_POINTS))
    for name, code in losses.LINKS.items():
        outputs = _POINTS[None].copy()
        losses.apply_link(outputs, code)
        yield f'`"{name}"`', *_numbers(outputs[0])


def _solvers():
    yield "`solver`", "Method"
    others = {"lbfgs": lbfgs}
    (allowed,) = BaseMLP._parameter_constraints["solver"]
    names = list(optimizers.OPTIMIZERS)
    for name in names + sorted(allowed.options.difference(names)):
        doc = _first_paragraph(getattr(optimizers, f"_step_{name}", None), others.get(name))
        yield f'`"{name}"`', doc


def _schedules():
    settings = SimpleNamespace(learning_rate_init=0.1, power_t=0.5)
    states = [(0, 0), (9999, 0), (9999, 1)]
    yield "`learning_rate`", "At the start", "After 9999 rows", "And one reduction", "Notes"
    for name, function in schedules.SCHEDULES.items():
        rates = (
            f"{function(settings, SimpleNamespace(t=t, n_reductions=n)):.3g}" for t, n in states
        )
        yield f'`"{name}"`', *rates, _first_paragraph(function)


_TABLES = {
    "ACTIVATIONS": _activations,
    "LOSSES": _losses,
    "LINKS": _links,
    "SOLVERS": _solvers,
    "SCHEDULES": _schedules,
}


def _as_list_table(rows):
    lines = [".. list-table::", "   :header-rows: 1", ""]
    for row in rows:
        for j, cell in enumerate(row):
            lines.append(("   * - " if j == 0 else "     - ") + cell)
    return "\n".join(lines)


class Choices(SphinxDirective):
    """`.. choices:: ACTIVATIONS` is replaced by a table."""

    required_arguments = 1

    def run(self):
        return self.parse_text_to_nodes(_as_list_table(_TABLES[self.arguments[0]]()))


def setup(app):
    app.add_directive("choices", Choices)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
