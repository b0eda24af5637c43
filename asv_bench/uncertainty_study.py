"""How likely test targets are under predicted distributions, beside those of two papers.

    python uncertainty_study.py --data FOLDER --splits 0 1 --save uncertainty.jsonl

FOLDER has the tables `gal_*` with the standard splits of Hernández-Lobato & Adams (2015), as files
`.npz` with X, y and `test_mask`, and `.json` with the results of MC dropout (Gal & Ghahramani,
2016) that the authors publish with the splits. Those of deep ensembles are of the first table of
Lakshminarayanan, Pritzel & Blundell (2017).

"skreg" is `TabularMLPRegressor(loss="gaussian")` with default parameters. The distribution of a
test row is one normal distribution, with the mean and the standard deviation that it predicts.
Prints the mean log-likelihood per row and the root mean squared error, both in units of y, ± the
standard error over splits. Results are kept in the file that `--save` names, and what is there is
not computed again.
"""

import argparse
import json
import math
import warnings
from pathlib import Path

import numpy as np
from scipy.stats import norm
from threadpoolctl import threadpool_limits

from skreg import TabularMLPRegressor

# Log-likelihood, root mean squared error, and their standard deviations over splits.
DEEP_ENSEMBLES = {
    "concrete": (-3.06, 0.18, 6.03, 0.58),
    "energy": (-1.38, 0.22, 2.09, 0.29),
    "kin8nm": (1.20, 0.02, 0.09, 0.00),
    "naval": (5.63, 0.05, 0.00, 0.00),
    "power": (-2.79, 0.04, 4.11, 0.17),
    "protein": (-2.83, 0.02, 4.71, 0.06),
    "wine_red": (-0.94, 0.12, 0.64, 0.04),
    "yacht": (-1.18, 0.21, 1.58, 0.48),
}
COLUMNS = ("Table", "Splits", "Log-likelihood", "MC dropout", "Deep ensembles")
COLUMNS += ("RMSE", "MC dropout", "Deep ensembles")


def read(folder, table):
    """X, y, masks of the test rows of each split, and what is known of the table."""
    path = Path(folder) / f"gal_{table}"
    arrays, facts = np.load(f"{path}.npz"), json.loads(Path(f"{path}.json").read_text())
    return arrays["X"].astype(float), arrays["y"].astype(float), arrays["test_mask"], facts


def measure(X, y, is_test, seed):
    """The mean log-likelihood and the root mean squared error for the test rows."""
    model = TabularMLPRegressor(loss="gaussian", random_state=seed)
    with threadpool_limits(1):
        mean, std = model.fit(X[~is_test], y[~is_test]).predict(X[is_test], return_std=True)
    error = np.sqrt(np.mean((y[is_test] - mean) ** 2))
    return {"log_likelihood": norm.logpdf(y[is_test], mean, std).mean(), "rmse": error}


def compute(options):
    """Compute what the file does not hold yet; returns all results of the tables asked for."""
    path = Path(options.save)
    known = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    done = {(each["table"], each["split"]) for each in known}
    for split in options.splits:
        for table in options.only:
            X, y, masks, _ = read(options.data, table)
            if (table, split) in done or split >= len(masks):
                continue
            result = {"table": table, "split": split, **measure(X, y, masks[split], split)}
            known.append(result)
            with path.open("a") as file:
                file.write(json.dumps(result) + "\n")
    return known


def with_error(mean, deviation, n, digits):
    """Mean ± standard error."""
    return f"{mean:.{digits}f} ± {deviation / np.sqrt(n):.{digits}f}".replace("-", "−")


def compare(values, dropout, ensembles, n):
    """Cells of a figure: ours for some splits, and the means and deviations of others for n."""
    digits = max(2, 2 - math.floor(math.log10(abs(dropout["mean"]))))
    ours = with_error(np.mean(values), np.std(values, ddof=1), len(values), digits)
    return (
        ours,
        with_error(dropout["mean"], dropout["std"], n, digits),
        with_error(*ensembles, n, 2),
    )


def print_table(results, options):
    rows = [COLUMNS]
    for table in options.only:
        own = [each for each in results if each["table"] == table]
        if len(own) < 2:
            continue
        facts, others = read(options.data, table)[3], DEEP_ENSEMBLES[table]
        theirs, n = facts["reference_results"], facts["split"]["n_splits"]
        likelihoods, errors = ([each[name] for each in own] for name in ("log_likelihood", "rmse"))
        cells = compare(likelihoods, theirs["mc_dropout_test_loglik"], others[:2], n)
        cells += compare(errors, theirs["mc_dropout_test_rmse"], others[2:], n)
        rows.append((table, str(len(own)), *cells))
    print(".. list-table::\n   :header-rows: 1\n")
    for row in rows:
        print("   * - " + "\n     - ".join(row))


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True, help="folder of the tables")
    parser.add_argument("--save", default="uncertainty.jsonl")
    parser.add_argument("--only", nargs="+", choices=[*DEEP_ENSEMBLES], default=[*DEEP_ENSEMBLES])
    parser.add_argument("--splits", nargs="+", type=int, default=[*range(20)])
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    print_table(compute(options), options)


if __name__ == "__main__":
    main()
