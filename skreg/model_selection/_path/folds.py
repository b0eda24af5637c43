"""The folds of a cross-validation, refused where they cannot tell anything."""

from sklearn.base import is_classifier
from sklearn.model_selection import check_cv

from skreg._training.split import all_splits_by
from skreg.model_selection._classes import check_known_classes
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
