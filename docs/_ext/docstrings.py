"""Make docstrings into reStructuredText without loose ends.

Those inherited from scikit-learn refer to its documentation: the words stay, the links go. Shapes
such as (n_layers_ - 1,) hold names that would be read as links: they become code.
"""

import re

_ROLE = re.compile(r":[a-z:]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")
_SHAPE = re.compile(r"(?<=of shape )\([^)`]*\)")
_LINK = re.compile(r"\b\w+_\b(?:\[\w+\])?")


def _as_code(shape):
    return _LINK.sub(r"``\g<0>``", shape.group())


def _as_words(role):
    words = role.group(1)
    return f"``{words}``" if words.endswith("_") else words


def _tie_loose_ends(app, what, name, obj, options, lines):
    text = _SHAPE.sub(_as_code, "\n".join(lines))
    if not (getattr(obj, "__module__", None) or "").startswith("skreg"):
        text = _ROLE.sub(_as_words, text)
    lines[:] = text.split("\n")


def setup(app):
    app.connect("autodoc-process-docstring", _tie_loose_ends, priority=400)  # before numpydoc
    return {"parallel_read_safe": True, "parallel_write_safe": True}
