"""The folds of a cross-validation, refused where they cannot tell anything."""

import numpy as np
from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from skreg._training.split import all_splits_by
from skreg.neural_network._checks import check_groups, naming
from skreg.neural_network._labels import is_multilabel
from skreg.neural_network._tabular.members import Split


def make_splits(estimator, rows, groups, seed):
    """A Split of Rows for each fold; rows of weight zero are in none.

    Raises
    ------
    ValueError
        If groups are missing, unused or of other rows, if a part of a split has no rows with a
        weight, or if its training rows lack a class.
    """
    cv, y = estimator.cv, rows.y
    with naming("cv"):
        splitter = check_cv(cv, y, classifier=is_classifier(estimator))
    check_groups(groups, splitter, len(y), "cv")
    with naming("cv"):
        splits = all_splits_by(splitter, rows.data._replace(Y=None), y, groups, seed)
    splits = [Split(*parts) for parts in splits]
    if is_classifier(estimator) and not is_multilabel(y):
        check_known_classes(splits, y, cv)
    return splits


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
