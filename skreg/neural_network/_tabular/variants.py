"""What an ensemble says in turn: each of its members, or of a single one its passes of dropout."""

import numpy as np


class VariantsMixin:
    """Variants of an ensemble are the numbers of its members, or the seeds of its only one."""

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

    def _vary(self, Z, variants):
        """Yield what each variant says of encoded rows: probabilities or numbers."""
        if len(self.estimators_) > 1:
            return (self._predict_member(i, Z) for i in variants)
        return (self._adopt(0, each) for each in self.estimators_[0]._vary(Z, variants))
