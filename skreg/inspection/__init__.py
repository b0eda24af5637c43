"""Pictures of what skreg does; they need matplotlib."""

from skreg.inspection._augmentation import AugmentationDisplay
from skreg.inspection._loss_curves import LossCurveDisplay
from skreg.inspection._path import RegularizationPathDisplay
from skreg.inspection._search import SearchDisplay

__all__ = ["AugmentationDisplay", "LossCurveDisplay", "RegularizationPathDisplay", "SearchDisplay"]
