"""Inherited docstrings refer to the documentation of scikit-learn: keep the words, not the link."""

import re

_ROLE = re.compile(r":[a-z:]+:`~?([^`<]+?)(?:\s*<[^`]*>)?`")


def _remove_roles(app, what, name, obj, options, lines):
    if not (getattr(obj, "__module__", None) or "").startswith("skreg"):
        lines[:] = _ROLE.sub(r"\1", "\n".join(lines)).split("\n")


def setup(app):
    app.connect("autodoc-process-docstring", _remove_roles, priority=400)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
