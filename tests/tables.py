"""A table with columns of every kind, and one of the same columns with what it does not hold."""

import numpy as np
import pandas as pd


def make_table(n_rows=60):
    """A table with what columns can hold: few and many levels, holes, and constants."""
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "number": rng.normal(size=n_rows) * 10 + 1000,
            "pet": rng.choice(["cat", "dog", None], n_rows),
            "holes": np.where(rng.random(n_rows) < 0.3, np.nan, rng.normal(size=n_rows)),
            "constant": 1.0,
            "pair": rng.choice(["a", "b"], n_rows),
            "flag": rng.random(n_rows) < 0.5,
            "one": "same",
            "city": pd.Categorical(rng.permutation(np.arange(n_rows) % 8).astype(str)),
        }
    )


def unlike(table):
    """Rows with unknown levels, and with holes where there were none."""
    other = table.copy()
    other["pair"] = "c"
    other["number"] = np.where(np.arange(len(other)) % 2, np.nan, 5 * other["number"])
    other["city"] = np.where(np.arange(len(other)) % 3, "nowhere", "5")
    return other
