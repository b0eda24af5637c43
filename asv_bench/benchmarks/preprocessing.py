"""Time and memory of encoding 100 000 rows of a table."""

import numpy as np
import pandas as pd

from skreg.preprocessing import PiecewiseLinearEncoder, SmoothClipScaler, TableEncoder

N_ROWS = 100_000


def make_table():
    """Ten numbers, some zero-inflated or missing, and six categories, one of 5000 levels."""
    rng = np.random.default_rng(0)
    numbers = rng.standard_normal((N_ROWS, 10))
    numbers[:, 5:7] *= rng.random((N_ROWS, 2)) < 0.1
    numbers[rng.random((N_ROWS, 10)) < [0.05] * 2 + [0] * 8] = np.nan
    table = pd.DataFrame(numbers).rename(columns="x{}".format)
    for n_levels in (2, 5, 5, 12, 40, 5000):
        levels = [f"level {j}" for j in range(n_levels)]
        codes = rng.integers(0, n_levels, N_ROWS)
        table[f"c{table.shape[1]}"] = pd.Categorical.from_codes(codes, levels)
    return table, rng.integers(0, 2, N_ROWS)


class Encoders:
    """Each transformer; those of numbers on the ten numbers in float32."""

    param_names = ("transformer",)
    params = (["SmoothClipScaler", "PiecewiseLinearEncoder", "TableEncoder", "of strings"],)

    def setup(self, name):
        self.X, self.y = make_table()
        encoders = {
            "SmoothClipScaler": SmoothClipScaler(),
            "PiecewiseLinearEncoder": PiecewiseLinearEncoder(),
        }
        if name in encoders:
            self.X = self.X.iloc[:, :10].to_numpy(np.float32)
        elif name == "of strings":
            categories = self.X.select_dtypes("category").columns
            self.X = self.X.astype(dict.fromkeys(categories, str))
        self.encoder = encoders.get(name, TableEncoder()).fit(self.X, self.y)

    def time_fit(self, *_):
        """Seconds of a fit."""
        self.encoder.fit(self.X, self.y)

    def time_transform(self, *_):
        """Seconds of encoding all rows."""
        self.encoder.transform(self.X)

    def time_transform_one_row(self, *_):
        """Seconds of encoding a single row."""
        self.encoder.transform(self.X[:1])

    def peakmem_fit_transform(self, *_):
        """Peak memory of the process, up to 110 MB of it the result."""
        self.encoder.fit_transform(self.X, self.y)
