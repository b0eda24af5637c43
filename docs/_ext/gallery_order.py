"""The order of examples in the gallery: what newcomers look for comes first."""

_FIRST = (
    "quickstart.py",
    "plot_table.py",
    "plot_tuning.py",
    "plot_overfitting.py",
    "plot_uncertainty.py",
    "plot_regularizers.py",
)


def newcomers_first(filename):
    """Those that are not listed come last, by file name."""
    return _FIRST.index(filename) if filename in _FIRST else len(_FIRST), filename
