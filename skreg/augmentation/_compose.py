"""Several augmenters, one after the other."""

from collections.abc import Sequence
from typing import ClassVar

from sklearn.base import clone
from sklearn.pipeline import _name_estimators
from sklearn.utils.metaestimators import _BaseComposition

from skreg._typing import Augmenter, RandomState, without_annotations
from skreg._validation import AUGMENTER
from skreg.augmentation._base import BaseAugmenter


class Compose(BaseAugmenter, _BaseComposition):
    """Apply several augmenters, one after the other.

    Each of them sees the rows as the one before it has left them, in the same draw.

    Parameters
    ----------
    augmenters : list of augmenters or of (str, augmenter) tuples
        What to apply, in this order. Without a name, an augmenter is named by its class in lower
        case, with -1, -2, … where that occurs more than once. A name leads to its parameters, as
        in `randomaffine__rotation`, and an augmenter can be replaced by "passthrough".

    probability : float, default=1.0
        Probability, in [0, 1], with which each row is changed by all of them.

    random_state : int, RandomState instance or None, default=None
        Determines what `fit_transform` draws. Inside an estimator, that of the estimator does;
        those of the augmenters are not used.

    Attributes
    ----------
    augmenters_ : list of (str, augmenter) tuples
        The fitted augmenters, without those that are passed through.

    n_features_in_ : int
        Number of features.

    feature_names_in_ : ndarray of shape (n_features_in_,)
        Names of the features, where X had names that are all strings.

    See Also
    --------
    AugmentationSampler : Adds augmented rows to the data.

    Examples
    --------
    >>> from skreg.augmentation import Compose, GaussianNoise, RandomAffine
    >>> both = Compose([RandomAffine(), ("noise", GaussianNoise(sigma=0.1))])
    >>> both.set_params(randomaffine__rotation=5, noise__sigma=0.2)
    Compose(augmenters=[RandomAffine(rotation=5),
                        ('noise', GaussianNoise(sigma=0.2))])
    """

    augmenters_: list[tuple[str, Augmenter]]

    _parameter_constraints: ClassVar[dict] = {
        **BaseAugmenter._parameter_constraints,
        "augmenters": [list, tuple],
    }

    @without_annotations
    def __init__(
        self,
        augmenters: Sequence[Augmenter | tuple[str, Augmenter | str]] = (),
        *,
        probability: float = 1.0,
        random_state: RandomState = None,
    ):
        super().__init__(probability=probability, random_state=random_state)
        self.augmenters = augmenters

    @property
    def _named(self):
        """(name, augmenter) of each, as `_BaseComposition` wants them."""
        if not isinstance(self.augmenters, list | tuple):
            return self.augmenters
        if any(isinstance(_part(item), type) for item in self.augmenters):
            return []  # a class has no parameters to get
        names = iter(_name_estimators([a for a in self.augmenters if not isinstance(a, tuple)]))
        return [item if isinstance(item, tuple) else next(names) for item in self.augmenters]

    @_named.setter
    def _named(self, pairs):
        self.augmenters = pairs

    def get_params(self, deep: bool = True) -> dict:
        """Get the parameters, and with `deep` those of the augmenters.

        Parameters
        ----------
        deep : bool, default=True
            Whether to return the augmenters and their parameters as well.

        Returns
        -------
        params : dict
            Names of parameters, mapped to their values.
        """
        return self._get_params("_named", deep=deep)

    def set_params(self, **params) -> "Compose":
        """Set parameters of this, or of its augmenters as `name__parameter`.

        Parameters
        ----------
        **params : dict
            Names of parameters or of augmenters, and their values.

        Returns
        -------
        self : object
            The same augmenter.
        """
        self._set_params("_named", **params)
        return self

    def _fit(self, X):
        self._check_augmenters()
        return super()._fit(X)

    def _learn(self, X):
        self.augmenters_ = [(name, clone(part)) for name, part in self._parts()]
        for _, part in self.augmenters_:
            part.fit(X)

    def _check_augmenters(self):
        for item in self.augmenters:
            part = _part(item)
            if not (part == "passthrough" or AUGMENTER.is_satisfied_by(part)):
                raise ValueError(
                    'augmenters must be augmenters, or (name, augmenter) tuples, or "passthrough" '
                    f"in place of an augmenter, got {item!r}."
                )
        self._validate_names([name for name, _ in self._named])

    def _parts(self):
        return [pair for pair in self._named if pair[1] != "passthrough"]

    def _augment(self, X, Y, rng):
        for _, augmenter in self.augmenters_:
            X, Y = augmenter.augment(X, Y, rng)
        return X, Y

    @property
    def _mixes_rows(self):
        return any(getattr(part, "_mixes_rows", True) for _, part in self._parts())

    @property
    def _mixes_targets(self):
        return any(getattr(part, "_mixes_targets", False) for _, part in self._parts())

    @property
    def _moves_values(self):
        return all(getattr(part, "_moves_values", False) for _, part in self._parts())

    def _has_effect(self):
        parts = (part for _, part in self._parts())
        return any(not isinstance(part, BaseAugmenter) or part._is_active() for part in parts)


def _part(item):
    """The augmenter of an item, which may be a pair with its name."""
    return item[1] if isinstance(item, tuple) and len(item) == 2 else item
