"""Class labels as the trainer wants them, and back."""

import numpy as np
from sklearn.preprocessing import LabelBinarizer, LabelEncoder
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from skreg._training.one_hot import OneHot


def is_multilabel(y):
    """Whether y (n_samples, n_labels) indicates labels."""
    return y is not None and type_of_target(y).startswith("multilabel")


def kind_of_labels(y):
    """What `type_of_target` calls y: "binary", "multiclass" or "multilabel-indicator".

    Raises
    ------
    ValueError
        If y is anything else: continuous, or of several multiclass outputs.
    """
    kind = type_of_target(y, input_name="y")
    if kind == "multiclass-multioutput":
        raise ValueError(
            "y has several outputs of several classes (multiclass-multioutput): fit one classifier "
            "per output, as sklearn.multioutput.MultiOutputClassifier does, or give indicators."
        )
    few = kind == "multiclass" and 2 * np.unique(y).size <= y.size
    if not (few or kind in ("binary", "multilabel-indicator")):  # else nothing is to be warned of
        check_classification_targets(y)
    return kind


def learn_labels(y, kind, classes=None):
    """A fitted encoder of the labels in y or of given classes.

    A LabelBinarizer if y indicates labels, else a LabelEncoder.

    Raises
    ------
    ValueError
        If there are fewer than two classes.
    """
    multilabel = kind.startswith("multilabel")
    if multilabel:
        encoder = LabelBinarizer().fit(y)
    else:
        encoder = LabelEncoder().fit(y if classes is None else classes)
    if classes is not None and len(classes) != len(encoder.classes_):
        raise ValueError(
            f"classes has {len(classes)} classes, but y indicates {len(encoder.classes_)} labels."
        )
    if len(encoder.classes_) < 2 and not multilabel:
        raise ValueError(
            "A classifier needs samples of at least 2 classes in y, but y contains only one class: "
            f"{encoder.classes_[0]}."
        )
    return encoder


def knows_indicators(encoder):
    """Whether an encoder is of indicators of labels."""
    return isinstance(encoder, LabelBinarizer)


def encode_labels(encoder, y, kind, *, must_have_all):
    """Indicators (n_samples, n_outputs) of the labels; one column for two classes, else a OneHot.

    Raises
    ------
    ValueError
        If y holds other labels than the encoder has seen or, with `must_have_all`, fewer; or if
        only one of the two is indicators of labels.
    """
    was, now = knows_indicators(encoder), kind.startswith("multilabel")
    if was != now:
        raise ValueError(
            f"y was {'' if was else 'not '}of indicators of labels in the first call, unlike now."
        )
    known, given = encoder.classes_, np.arange(y.shape[1]) if now else np.unique(y)
    unseen = np.setdiff1d(given, known)
    if unseen.size:
        raise ValueError(f"y has classes {unseen} that are not among the known classes {known}.")
    if must_have_all and len(given) != len(known):
        raise ValueError(
            "warm_start can only be used where y has the same classes as in the previous call to "
            f"fit. Previously got {known}, y has {given}."
        )
    if now:
        return encoder.transform(y)
    codes = np.searchsorted(known, y)
    return OneHot(codes, len(known)) if len(known) > 2 else codes[:, np.newaxis]


def smooth(Y, share, n_classes):
    """Indicators (n_samples, n_outputs) of which a share is spread evenly over the classes."""
    if isinstance(Y, OneHot):
        return Y.smooth(share) if share else Y
    return Y * (1 - share) + share / n_classes if share else Y


def codes(outputs, threshold=0.5):
    """The place of each row's class among the classes, from indicators or probabilities.

    Or from scores, of which zero is the threshold.
    """
    if isinstance(outputs, OneHot):
        return outputs.codes
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > threshold).astype(int)
    return outputs.argmax(axis=1)
