"""Formulas as MathML, which browsers render by themselves: no scripts, no fonts, no network.

Bars are made plain characters around a group. As operators, which is what `latex2mathml` makes of
them, many math fonts stretch the left one to the height of the line and set the right one as small
as the script behind it.
"""

import re

from docutils import nodes
from latex2mathml.converter import convert

_NORM = re.compile(r"\\l[Vv]ert\b.*?\\r[Vv]ert(?![A-Za-z])", re.DOTALL)
_BAR = re.compile(r"<mo(?: stretchy=\"false\")?>(&#x02016;|&#x0007C;)</mo>")


def _to_mathml(latex, **options):
    grouped = _NORM.sub(r"{\g<0>}", latex)
    return _BAR.sub(
        r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', convert(grouped, **options)
    )


def _visit_inline(translator, node):
    translator.body.append(_to_mathml(node.astext()))
    raise nodes.SkipNode


def _visit_block(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS="math-block"))
    translator.body.append(_to_mathml(node.astext(), display="block"))
    translator.body.append("</div>")
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
