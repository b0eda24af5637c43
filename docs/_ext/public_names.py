"""Warn of public names that the API reference forgets."""

from pathlib import Path

from sphinx.util import logging

import skreg
import skreg.augmentation
import skreg.export
import skreg.inspection
import skreg.model_selection
import skreg.onnx
import skreg.preprocessing

_MODULES = (
    skreg,
    skreg.augmentation,
    skreg.inspection,
    skreg.model_selection,
    skreg.export,
    skreg.onnx,
    skreg.preprocessing,
)
_logger = logging.getLogger(__name__)


def _check(app):
    listed = Path(app.srcdir, "api", "index.rst").read_text(encoding="utf-8").split()
    for module in _MODULES:
        for name in module.__all__:
            if name not in listed:
                _logger.warning("docs/api/index.rst does not list %s.%s", module.__name__, name)


def setup(app):
    app.connect("builder-inited", _check)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
