"""Fitted models as ONNX graphs, which other programs and languages predict with."""

from skreg.onnx._convert import to_onnx
from skreg.onnx._skl2onnx import register

__all__ = ["register", "to_onnx"]
