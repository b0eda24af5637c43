"""The forms that rows of X may have in jitted code: the files of a folder."""

from pkgutil import iter_modules

from skreg._kernels import inputs

FORMS = tuple(sorted(module.name for module in iter_modules(inputs.__path__)))
