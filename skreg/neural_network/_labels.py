"""Class labels as the trainer wants them, and back."""

from typing import NamedTuple

import numpy as np
from sklearn.preprocessing import LabelBinarizer
from sklearn.utils._missing import is_pandas_na, is_scalar_nan
from sklearn.utils.multiclass import check_classification_targets, type_of_target, unique_labels

from skreg._training.one_hot import OneHot

_NUMBERS = frozenset("biuf")  # kinds of dtypes; of text, `unique_labels` gives the narrowest
_FEWEST = 20  # rows: of the classes of so many it never warns
_FEW = 0.1  # of the rows: so many classes are nothing that scikit-learn might warn of


class Labels(NamedTuple):
    """A checked y."""

    y: np.ndarray  # (n_samples,) classes, or (n_samples, n_labels) indicators
    is_multilabel: bool
    present: np.ndarray  # the classes in y, sorted, or the numbers of its columns


class Encoding(NamedTuple):
    """How a classifier encodes labels."""

    classes: np.ndarray
    binarizer: LabelBinarizer | None  # of indicators; None if each row has one class

    @property
    def is_multilabel(self):
        return self.binarizer is not None

    @property
    def has_output_per_class(self):
        """Whether probabilities are a softmax, which makes the only class of one certain."""
        return len(self.classes) != 2 and not self.is_multilabel


def is_multilabel(y):
    """Whether y (n_samples, n_labels) indicates labels."""
    return y is not None and type_of_target(y).startswith("multilabel")


def check_classes(classes):
    """Refuse what cannot be the `classes` of a first `partial_fit`.

    Raises
    ------
    ValueError
        If it is empty or no vector.
    """
    if np.ndim(classes) != 1 or not np.size(classes):
        raise ValueError(f"classes must be a vector of all classes of y, got {classes!r}.")


def check_types(labels, name):
    """Refuse missing labels, and strings among labels of other types.

    NumPy would make strings of all, and scikit-learn only finds NaN among numbers.

    Raises
    ------
    ValueError
        If some labels are missing, or some but not all are strings.
    """
    if labels is None or (
        not isinstance(labels, list | tuple) and np.asarray(labels).dtype.kind in _NUMBERS
    ):
        return
    values = np.ravel(np.asarray(labels, dtype=object))
    one_of = {type(value): value for value in values}
    n_strings = sum(issubclass(kind, str) for kind in one_of)
    is_mixed = 0 < n_strings < len(one_of)
    if not is_mixed and not any(value is None or is_pandas_na(value) for value in one_of.values()):
        return
    n_missing = sum(v is None or is_pandas_na(v) or is_scalar_nan(v) for v in values)
    if n_missing:
        raise ValueError(
            f"{name} has missing labels, {n_missing} of {values.size}: leave these samples out, or "
            "give them a label of their own."
        )
    listed = ", ".join(sorted(kind.__name__ for kind in one_of))
    raise ValueError(
        f"{name} mixes labels of several types ({listed}): make them all strings, or all numbers."
    )


def check_labels(y):
    """Labels, with scikit-learn's warning where there are more classes than half the rows.

    Raises
    ------
    ValueError
        If y is no labels: continuous, or of several multiclass outputs.
    """
    kind = type_of_target(y, input_name="y")
    if kind == "multiclass-multioutput":
        raise ValueError(
            "y has several outputs of several classes (multiclass-multioutput): fit one classifier "
            "per output, as sklearn.multioutput.MultiOutputClassifier does, or pass indicators."
        )
    if kind == "multilabel-indicator":
        return Labels(y, True, np.arange(y.shape[1]))
    if kind == "unknown":
        _refuse_objects(y)
    if kind not in ("binary", "multiclass"):
        check_classification_targets(y)  # raises an error that says what y seems to be
    present = np.unique(y) if y.dtype.kind in _NUMBERS else unique_labels(y)
    if y.size > _FEWEST and present.size > _FEW * y.size:
        check_classification_targets(y)
    return Labels(y, False, present)


def _refuse_objects(y):
    """Say of labels that are neither numbers nor strings to NumPy how to make them so."""
    names = sorted({type(value).__name__ for value in y.ravel()})
    is_number = len(names) == 1 and isinstance(y.flat[0], int | float | np.generic)
    dtype = names[0].rstrip("_") if is_number else "str"
    raise ValueError(
        f"Unknown label type: y holds objects of type {' and '.join(names)}. Convert them to "
        f"numbers or strings, for example by y.astype({dtype!r})."
    )


def learn_labels(labels, classes=None):
    """The Encoding of labels, or of given classes.

    Raises
    ------
    ValueError
        If other classes are given than y indicates.
    """
    if not labels.is_multilabel:
        return Encoding(labels.present if classes is None else classes, None)
    if classes is not None and len(classes) != len(labels.present):
        raise ValueError(
            f"classes has {len(classes)} classes, but y indicates {len(labels.present)} labels."
        )
    return Encoding(labels.present, LabelBinarizer().fit(labels.y))


def encode_labels(encoding, labels, *, must_have_all):
    """Indicators (n_samples, n_outputs): a column for two classes, else a OneHot, or y's own.

    Raises
    ------
    ValueError
        If there are other labels than the encoding knows or, with `must_have_all`, fewer; or if
        only one of the two is multilabel.
    """
    was, now = encoding.is_multilabel, labels.is_multilabel
    if was != now:
        raise ValueError(
            f"y must {'' if was else 'not '}be a multilabel indicator, as in the first call."
        )
    known, present = encoding.classes, labels.present
    places = np.minimum(np.searchsorted(known, present), len(known) - 1)
    unseen = present[known[places] != present]
    if unseen.size:
        raise ValueError(f"y has classes {unseen} that are not among the known classes {known}.")
    if must_have_all and len(present) != len(known):
        raise ValueError(
            "warm_start can only be used where y has the same classes as in the previous call to "
            f"fit. Previously got {known}, y has {present}."
        )
    if now:
        return encoding.binarizer.transform(labels.y)
    places = np.searchsorted(known, labels.y)
    return OneHot(places, len(known)) if encoding.has_output_per_class else places[:, np.newaxis]


def smooth(Y, share, n_classes):
    """Indicators (n_samples, n_outputs) of which a share is spread evenly over the classes."""
    if isinstance(Y, OneHot):
        return Y.smooth(share) if share else Y
    return Y * (1 - share) + share / n_classes if share else Y


def codes(outputs, n_classes, threshold=0.5):
    """The place of each row's class among the classes, from indicators or probabilities.

    Or from scores, of which zero is the threshold.
    """
    if isinstance(outputs, OneHot):
        return outputs.codes
    if n_classes == 2:
        return (outputs[:, 0] > threshold).astype(int)
    return outputs.argmax(axis=1)
