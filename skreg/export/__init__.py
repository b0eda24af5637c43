"""Fitted models as source code in C, which needs neither Python nor a library."""

from skreg.export._convert import to_c

__all__ = ["to_c"]
