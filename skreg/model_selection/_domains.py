"""What a parameter may be, in the terms of each search.

A domain has a method for each search, named after what the search calls it: the `distribution` of
RandomizedSearchCV, the `dimension` of scikit-optimize, the `optuna` distribution. The latter two
packages are only imported when asked for.
"""

from typing import NamedTuple

from scipy import stats


class Range(NamedTuple):
    """Numbers from `low` to `high`, uniform or with a uniform logarithm."""

    low: float
    high: float
    is_log: bool = False

    def distribution(self):
        if self.is_log:
            return stats.loguniform(self.low, self.high)
        return stats.uniform(self.low, self.high - self.low)

    def dimension(self):
        from skopt.space import Real

        return Real(self.low, self.high, prior="log-uniform" if self.is_log else "uniform")

    def optuna(self):
        from optuna.distributions import FloatDistribution

        return FloatDistribution(self.low, self.high, log=self.is_log)


class Integers(NamedTuple):
    """Integers from `low` to `high`, both included, equally likely."""

    low: int
    high: int

    def distribution(self):
        return stats.randint(self.low, self.high + 1)

    def dimension(self):
        from skopt.space import Integer

        return Integer(self.low, self.high)

    def optuna(self):
        from optuna.distributions import IntDistribution

        return IntDistribution(self.low, self.high)


class Choices(NamedTuple):
    """A few values, equally likely."""

    values: tuple

    def distribution(self):
        return list(self.values)

    def dimension(self):
        from skopt.space import Categorical

        return Categorical(list(self.values))

    def optuna(self):
        from optuna.distributions import CategoricalDistribution

        return CategoricalDistribution(self.values)
