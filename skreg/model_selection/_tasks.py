"""The steps of a search: scikit-learn's callbacks (version 1.9) around them, and lost workers."""

from concurrent.futures import CancelledError

from skreg._validation import warn_user

_MOST_ATTEMPTS = 4  # at a step, each of which costs a worker


class Tasks:
    """Tell the callbacks of a search of the whole of it and of each step.

    Parameters
    ----------
    search : estimator

    context : CallbackContext or None
        Context of its fit; None with an older scikit-learn.
    """

    def __init__(self, search, context):
        self._search, self._root = search, context

    def begin(self):
        """Tell that the search begins."""
        if self._root is not None:
            self._context = self._root.subcontext(task_name="search", max_subtasks=None)
            self._context.call_on_fit_task_begin(estimator=self._search)

    def begin_step(self, n_candidates):
        """Tell that candidates are tried; returns what their evaluation has to be passed."""
        if self._root is None:
            return {}
        n_fits = n_candidates * self._search.n_splits_
        own = {"max_subtasks": n_fits, "sequential_subtasks": False}
        self._step = self._context.subcontext(task_name="candidates", **own)
        self._step.call_on_fit_task_begin(estimator=self._search)
        return {"callback_ctx": self._step}

    def end_step(self):
        """Tell that they were tried; returns whether a callback wants no more."""
        if self._root is None:
            return False
        return self._step.call_on_fit_task_end(estimator=self._search)

    def attempt_step(self, evaluate, *args):
        """Call `evaluate(*args)`, and again if a cluster lost what a worker had to evaluate.

        joblib sends arrays to some workers of Dask, with which they may die, and raises
        CancelledError.
        """
        for _ in range(_MOST_ATTEMPTS - 1):
            try:
                return evaluate(*args)
            except CancelledError:
                self.end_step()
                warn_user("A worker of the cluster died; what it had is evaluated again.")
        return evaluate(*args)

    def end(self):
        """Tell that the search has ended."""
        if self._root is not None:
            self._context.call_on_fit_task_end(estimator=self._search)


class OwnTasks(Tasks):
    """The same for a search that does in its own `fit` what scikit-learn's does around it.

    Parameters
    ----------
    search : estimator

    data : dict
        X, y and metadata, as callbacks want them.
    """

    def __init__(self, search, data):
        super().__init__(search, None)
        self._data = {"estimator": search, **data}
        if hasattr(search, "_init_callback_context"):
            self._root = search._init_callback_context(max_subtasks=1 + bool(search.refit))
            self._root.call_on_fit_task_begin(**self._data)

    def begin_fits(self, n_candidates):
        """Tell that candidates are tried; returns what scikit-learn is passed for each fit."""
        n_fits = n_candidates * self._search.n_splits_
        step = self.begin_step(n_candidates).get("callback_ctx")
        if step is None:
            return [{}] * n_fits
        how = {"task_name": "candidate-split-evaluation"}
        contexts = [step.subcontext(task_id=i, **how) for i in range(n_fits)]
        return [{"caller": self._search, "callback_ctx": context} for context in contexts]

    def refit(self, estimator, fit):
        """Call `fit` as the task that fits the best candidate to all data."""
        if self._root is None:
            fit()
            return
        task = self._root.subcontext(task_name="refit-with-best-params")
        with task.propagate_callback_context(estimator):
            task.call_on_fit_task_begin(**self._data)
            fit()
        task.call_on_fit_task_end(**self._data)

    def end_all(self):
        """Tell that the fit of the search has ended."""
        if self._root is not None:
            self._root.call_on_fit_task_end(**self._data)
