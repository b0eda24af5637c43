"""Transformers that prepare tables for neural networks."""

from skreg.preprocessing._piecewise import PiecewiseLinearEncoder
from skreg.preprocessing._scaler import SmoothClipScaler
from skreg.preprocessing._table import TableEncoder

__all__ = ["PiecewiseLinearEncoder", "SmoothClipScaler", "TableEncoder"]
