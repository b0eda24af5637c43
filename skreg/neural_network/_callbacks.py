"""scikit-learn's callbacks (version 1.9 and later) around the epochs of a fit."""

from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _get_feature_names

from skreg._training.monitor import Hooks
from skreg.neural_network._normalization import ATTRIBUTES

try:
    from sklearn.callback import CallbackSupportMixin
except ImportError:  # an older scikit-learn

    class CallbackSupportMixin:
        """In place of scikit-learn's, where there is none."""


class Callbacks(Hooks):
    """Tell the callbacks that were set on an estimator of its fit and of each epoch.

    Parameters
    ----------
    n_epochs : int
        Most epochs of the fit.
    """

    def __init__(self, estimator, n_epochs):
        self._estimator, self._context, self._epoch = estimator, None, None
        self._are_set = bool(getattr(estimator, "_skl_callbacks", ()))
        if self._are_set or hasattr(estimator, "_parent_callback_ctx"):  # of a meta-estimator
            self._context = estimator._init_callback_context(max_subtasks=n_epochs)

    def begin_fit(self, X, rows, attributes_of):
        """Tell of the Rows of X to train on; `attributes_of(state)` are those as of an epoch."""
        if not self._are_set:
            return
        metadata = None if rows.weights is None else {"sample_weight": rows.weights}
        task = {"X": _with_names(X, rows), "y": rows.y, "metadata": metadata}
        self._task, self._attributes_of = {"estimator": self._estimator, **task}, attributes_of
        self._context.call_on_fit_task_begin(**self._task)

    def begin_epoch(self, state):
        if self._are_set:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._task, **self._fitted_at(state))

    def end_epoch(self, state):
        if not self._are_set:
            return False
        return self._epoch.call_on_fit_task_end(**self._task, **self._fitted_at(state))

    def abandon_epoch(self):
        if self._are_set:
            self._epoch.call_on_fit_task_end(estimator=self._estimator)

    def end_fit(self):
        """Tell that the estimator is fitted."""
        if self._are_set:
            own = {"reconstruction_attributes": self._copy_weights}
            self._context.call_on_fit_task_end(**self._task, **own)

    def _fitted_at(self, state):
        """How to make an estimator as of an epoch; done only where one is wanted."""
        return {"reconstruction_attributes": lambda: self._attributes_of(state)}

    def _copy_weights(self):
        fitted = vars(self._estimator)
        names = ["coefs_", "intercepts_", *(n for n in ATTRIBUTES if fitted[n] is not None)]
        return {name: [part.copy() for part in fitted[name]] for name in names}


def _with_names(X, rows):
    """Rows of X as given, if that is a frame, else as checked.

    So an estimator that knows the names of its features can be applied to them.
    """
    if _get_feature_names(X) is None:
        return rows.data.X
    return X if rows.numbers is None else _safe_indexing(X, rows.numbers)
