"""Transformers that prepare tables for neural networks."""

from skreg.preprocessing._piecewise import PiecewiseLinearEncoder
from skreg.preprocessing._scaler import SmoothClipScaler

__all__ = ["PiecewiseLinearEncoder", "SmoothClipScaler"]
