"""scikit-learn's callbacks (version 1.9 and later) around the epochs of a fit."""

from skreg._training.monitor import Hooks

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
        if hasattr(estimator, "_init_callback_context"):
            self._context = estimator._init_callback_context(max_subtasks=n_epochs)
        self._are_set = bool(getattr(estimator, "_skl_callbacks", ()))

    def begin_fit(self, X, y, sample_weight, attributes_of):
        """`attributes_of(theta)` are what an estimator needs to predict with a theta."""
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._task = {"estimator": self._estimator, "X": X, "y": y, "metadata": metadata}
        self._attributes_of = attributes_of
        if self._context is not None:
            self._context.call_on_fit_task_begin(**self._task)

    def begin_epoch(self, theta):
        if self._are_set:
            self._epoch = self._context.subcontext(task_name="epoch")
            self._epoch.call_on_fit_task_begin(**self._task, **self._fitted_with(theta))

    def end_epoch(self, theta):
        if not self._are_set:
            return False
        return self._epoch.call_on_fit_task_end(**self._task, **self._fitted_with(theta))

    def abandon_epoch(self):
        if self._are_set:
            self._epoch.call_on_fit_task_end(estimator=self._estimator)

    def end_fit(self, theta):
        if self._context is not None:
            self._context.call_on_fit_task_end(**self._task, **self._fitted_with(theta))

    def _fitted_with(self, theta):
        """How to make an estimator that predicts with a theta; done only where one is wanted."""

        return {"reconstruction_attributes": lambda: self._attributes_of(theta.copy())}
