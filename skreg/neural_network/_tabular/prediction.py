"""Predictions of tabular estimators: what members say, block by block of encoded rows."""

from abc import ABC, abstractmethod

import numpy as np
from sklearn.utils import _safe_indexing, gen_batches
from sklearn.utils.parallel import Parallel, delayed
from sklearn.utils.validation import _num_samples, check_is_fitted

from skreg._interrupts import answer, following, watch
from skreg._products.threads import single_blas_thread
from skreg.neural_network._tabular.encoding import encode, size_of_blocks
from skreg.neural_network._tabular.jobs import count_threads


class PredictsByBlocks(ABC):
    """What tabular estimators predict with.

    Variants of an ensemble are the numbers of its members, or the seeds of its only one.
    """

    def _by_blocks(self, X, function):
        """The results of a function of encoded rows, which are made block by block."""
        check_is_fitted(self)

        def call(X):
            return function(self._encode_block(X))

        size = size_of_blocks(self.encoder_)
        if _num_samples(X) <= size:
            return call(X)
        blocks = list(gen_batches(_num_samples(X), size))
        n_threads = count_threads(self.n_jobs)
        if n_threads > 1:
            return np.concatenate(self._call_in_threads(n_threads, call, X, blocks))
        return np.concatenate([call(_safe_indexing(X, rows)) for rows in blocks])

    def _call_in_threads(self, n_threads, call, X, blocks):
        def answering(rows):
            with following(is_interrupted):
                answer()
                return call(_safe_indexing(X, rows))

        with single_blas_thread():
            is_interrupted = watch()
            jobs = (delayed(answering)(rows) for rows in blocks)
            return Parallel(n_threads, require="sharedmem")(jobs)

    def _encode_block(self, X):
        """Some rows as all members take them."""
        return encode(self.encoder_, self.encoder_._read(X, self), compact=True)

    def _as_block(self, Z):
        """Rows that one encoder has encoded for all members, as `_encode_block` returns them."""
        return Z

    def _rows_for(self, i, encoded):
        """What member i takes of an encoded block."""
        return encoded

    def _vote(self, encoded):
        said = (self._say(i, encoded) for i in range(len(self.estimators_)))
        return sum(vote * each for vote, each in zip(self.votes_, said))

    def _say(self, i, encoded):
        return self._predict_member(self.estimators_[i], self._rows_for(i, encoded))

    @property
    def _varies(self):
        return len(self.estimators_) > 1 or self.estimators_[0]._varies

    def _list_variants(self):
        """Variants to take the spread of, and their weights."""
        if len(self.estimators_) == 1:
            return self.estimators_[0]._list_variants()
        return np.arange(len(self.estimators_)), self.votes_

    def _draw_variants(self, n_samples, rng):
        if len(self.estimators_) == 1:
            return self.estimators_[0]._draw_variants(n_samples, rng)
        return rng.choice(len(self.estimators_), n_samples, p=self.votes_)

    def _vary(self, encoded, variants):
        """Yield what each variant says of an encoded block: probabilities or numbers."""
        if len(self.estimators_) > 1:
            return (self._say(i, encoded) for i in variants)
        (member,) = self.estimators_
        said = member._vary(self._rows_for(0, encoded), variants)
        return (self._adopt(member, each) for each in said)

    def _ballot(self, member, Z):
        """What a member says as it is judged by `_loss_on`, and averaged by votes."""
        return self._predict_member(member, Z)

    def _prediction_of(self, ballot):
        """What a ballot predicts."""
        return ballot

    @abstractmethod
    def _predict_member(self, member, Z):
        """What a member says of encoded rows: probabilities or numbers."""

    @abstractmethod
    def _adopt(self, member, prediction):
        """What a member says as the ensemble would say it."""
