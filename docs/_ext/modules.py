"""The directive `modules`: the modules of a package, with the first lines of their docstrings."""

import ast
from pathlib import Path

from sphinx.util.docutils import SphinxDirective
from tables_of_choices import as_list_table, escape

import skreg

_ROOT = Path(skreg.__file__).parent


def _rows(folder):
    yield "Module", "Purpose"
    for path in sorted(folder.glob("*.py")):
        doc = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
        if doc and path.name != "__init__.py":
            yield f"`{path.stem}`", escape(doc.splitlines()[0])


class Modules(SphinxDirective):
    """`.. modules:: skreg/_kernels` is replaced by a table of the modules in `skreg/_kernels`."""

    required_arguments = 1

    def run(self):
        folder = _ROOT.parent / self.arguments[0]
        return self.parse_text_to_nodes(as_list_table(_rows(folder), widths="20 80"))


def setup(app):
    app.add_directive("modules", Modules)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
