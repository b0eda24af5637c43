"""scikit-learn's callbacks (version 1.9 and later) around the steps of a search."""


class Tasks:
    """Tell the callbacks of a search of the whole of it and of each step.

    Parameters
    ----------
    search : estimator

    context : CallbackContext or None
        Context of its fit; None with an older scikit-learn.
    """

    def __init__(self, search, context):
        self._search, self._context = search, context

    def begin(self):
        """Tell that the search begins."""
        if self._context is not None:
            self._context = self._context.subcontext(task_name="search", max_subtasks=None)
            self._context.call_on_fit_task_begin(estimator=self._search)

    def begin_step(self, n_candidates):
        """Tell that candidates are tried; returns what their evaluation has to be passed."""
        if self._context is None:
            return {}
        n_fits = n_candidates * self._search.n_splits_
        own = {"max_subtasks": n_fits, "sequential_subtasks": False}
        self._step = self._context.subcontext(task_name="candidates", **own)
        self._step.call_on_fit_task_begin(estimator=self._search)
        return {"callback_ctx": self._step}

    def end_step(self):
        """Tell that they were tried; returns whether a callback wants no more."""
        if self._context is None:
            return False
        return self._step.call_on_fit_task_end(estimator=self._search)

    def end(self):
        """Tell that the search has ended."""
        if self._context is not None:
            self._context.call_on_fit_task_end(estimator=self._search)
