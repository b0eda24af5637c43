"""How many targets 90% intervals contain, and how wide they are, beside those of MAPIE.

    python interval_study.py --data FOLDER --splits 0 1 --save intervals.jsonl

FOLDER is as for `table_variants.py`, of whose tables those of regression are taken. A split takes
`--rows` random rows, or four fifths of a smaller table, to train on, and at most 10 000 others to
test on. "skreg" is `TabularMLPRegressor().fit` of all training rows and its `predict_interval`.
"MAPIE" is `SplitConformalRegressor` around the same estimator, which is fitted to four fifths of
them and conformalized on the others.

Prints coverage in percent and the mean width in units of the standard deviation of y, the mean over
splits for each table and ± its standard error over tables below. Results are kept in the file that
`--save` names, and what is there is not computed again.
"""

import argparse
import json
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
from mapie.regression import SplitConformalRegressor
from sklearn.model_selection import train_test_split
from table_variants import MOST_TEST_ROWS, load
from threadpoolctl import threadpool_limits

from skreg import TabularMLPRegressor

COVERAGE = 0.9
SHARE_OF_MAPIE = 0.2  # of the training rows, to conformalize on


def fit_ours(X, y, seed):
    """A function of X that returns intervals (n_samples, 2, 1)."""
    model = TabularMLPRegressor(random_state=seed).fit(X, y)
    return lambda X_test: model.predict_interval(X_test, COVERAGE)[1]


def fit_mapie(X, y, seed):
    X, X_held, y, y_held = train_test_split(X, y, test_size=SHARE_OF_MAPIE, random_state=seed)
    model = TabularMLPRegressor(random_state=seed).fit(X, y)
    mapie = SplitConformalRegressor(model, confidence_level=COVERAGE, prefit=True)
    mapie.conformalize(X_held, y_held)
    return lambda X_test: mapie.predict_interval(X_test)[1]


METHODS = {"skreg": fit_ours, "MAPIE": fit_mapie}


def measure(table, folder, split, n_rows):
    """Coverage and mean width of each method, and the number of training rows."""
    X, y, _ = load(table, folder)
    n_train = min(n_rows, len(y) * 4 // 5)
    n_test = min(MOST_TEST_ROWS, len(y) - n_train)
    how = {"train_size": n_train, "test_size": n_test, "random_state": split}
    X, X_test, y, y_test = train_test_split(X, y, **how)
    result = {"table": table, "split": split, "rows": n_train}
    for name, fit in METHODS.items():
        with threadpool_limits(1):
            lower, upper = fit(X, y, split)(X_test)[:, :, 0].T
        result[f"coverage of {name}"] = 100 * np.mean((lower <= y_test) & (y_test <= upper))
        result[f"width of {name}"] = np.mean(upper - lower) / y_test.std()
    return result


def list_regressions(folder):
    """The names of the tables of regression."""
    abouts = {path.stem: json.loads(path.read_text()) for path in sorted(folder.glob("*.json"))}
    return [name for name, about in abouts.items() if about["task"] == "regression"]


def print_table(results):
    frame = pd.DataFrame(results).drop(columns="split")
    means = frame.groupby("table").mean()
    print("| Table | Rows | Coverage | Coverage of MAPIE | Width | Width of MAPIE |")
    print("| --- | --- | --- | --- | --- | --- |")
    columns = [f"{what} of {name}" for what in ("coverage", "width") for name in METHODS]
    for table, row in means.iterrows():
        cells = [f"{row[column]:.{1 if 'coverage' in column else 2}f}" for column in columns]
        print(f"| {table} | {row['rows']:.0f} | {' | '.join(cells)} |")
    cells = [f"{means[column].mean():.2f} ± {means[column].sem():.2f}" for column in columns]
    print(f"| mean | | {' | '.join(cells)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, metavar="FOLDER", required=True)
    parser.add_argument("--only", nargs="*", help="names of tables")
    parser.add_argument("--splits", nargs="*", type=int, default=[0])
    parser.add_argument("--rows", type=int, default=2000)
    parser.add_argument("--save", type=Path, metavar="FILE", default=Path("intervals.jsonl"))
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # networks that stop after their epochs
    known = arguments.save.read_text().splitlines() if arguments.save.exists() else []
    results = {(each["table"], each["split"]): each for each in map(json.loads, known)}
    tables = arguments.only or list_regressions(arguments.data)
    for split in arguments.splits:
        for table in tables:
            if (table, split) in results:
                continue
            results[table, split] = measure(table, arguments.data, split, arguments.rows)
            with arguments.save.open("a") as file:
                file.write(json.dumps(results[table, split]) + "\n")
    print_table(results.values())


if __name__ == "__main__":
    main()
