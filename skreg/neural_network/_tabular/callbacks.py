"""scikit-learn's callbacks (version 1.9 and later) around the networks of a fit."""

from skreg._interrupts import answered


class EnsembleCallbacks:
    """Tell the callbacks that were set on an estimator of its fit and of each network in it.

    Those that scikit-learn propagates to the parts of an estimator, such as its ProgressBar, also
    hear of the epochs of networks.

    Parameters
    ----------
    estimator : BaseTabularMLP, PathCV or None
        None has no callbacks.

    part : str
        What a network is to the estimator.
    """

    def __init__(self, estimator, part="member"):
        self._estimator, self._part, self._context = estimator, part, None
        # The second is of a meta-estimator.
        if getattr(estimator, "_skl_callbacks", ()) or hasattr(estimator, "_parent_callback_ctx"):
            how = {"max_subtasks": None, "sequential_subtasks": False}
            self._context = estimator._init_callback_context(**how)

    def begin_fit(self, X, y, weights, n_parts):
        """Tell of the rows as they were given, once it is known how many networks there are."""
        if self._context is None:
            return
        metadata = None if weights is None else {"sample_weight": weights}
        self._task = {"estimator": self._estimator, "X": X, "y": y, "metadata": metadata}
        self._context.max_subtasks = n_parts
        with answered:
            self._context.call_on_fit_task_begin(**self._task)

    def fit_member(self, i, member, fit):
        """Call `fit` as the task of network i; returns whether there should be no more of them."""
        if self._context is None:
            fit()
            return False
        task = self._context.subcontext(task_name=self._part, task_id=i)
        with task.propagate_callback_context(member):
            with answered:
                task.call_on_fit_task_begin(**self._task)
            try:
                fit()
            except KeyboardInterrupt:
                task.call_on_fit_task_end(estimator=self._estimator)
                raise
            alone = {"reconstruction_attributes": lambda: self._estimator._attributes_of(member)}
            with answered:
                return task.call_on_fit_task_end(**self._task, **alone)

    def end_fit(self):
        """Tell that the estimator is fitted."""
        if self._context is not None:
            self._context.call_on_fit_task_end(**self._task, reconstruction_attributes={})
