"""Classes that folds lack, which searches refuse before any fit."""

import numpy as np


def check_known_classes(splits, y, cv):
    """Refuse folds whose networks would not know a class that they are tested on.

    Raises
    ------
    ValueError
        If the training rows of a Split lack a class of y (n_samples,).
    """
    classes, counts = np.unique(y, return_counts=True)
    for i, split in enumerate(splits, start=1):
        lacking = ~np.isin(classes, y[split.training])
        if lacking.any():
            few = ", ".join(
                f"{c!r} ({n} rows)" for c, n in zip(classes[lacking].tolist(), counts[lacking])
            )
            raise ValueError(
                f"cv={cv!r} leaves fold {i} without training rows of the class {few}: merge rare "
                "classes, leave their rows out, or pass other folds."
            )
