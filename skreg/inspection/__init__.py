"""Pictures of what skreg does; they need matplotlib."""

from skreg.inspection._augmentation import AugmentationDisplay

__all__ = ["AugmentationDisplay"]
