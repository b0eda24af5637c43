"""What augmentation is worth: test error with and without it, over several seeds.

    python augmentation_study.py FOLDER [--seeds 10] [--only fashion_mnist] [--out results.csv]

FOLDER holds a NAME.npz for each data set, with X, y and, where there is a standard split,
`test_mask` (n_splits, n_samples). Both nets of a pair see the same rows, start from the same
weights and train for the same number of epochs. A seed determines the split, where there is no
standard one, the rows to train on, where not all are used, and everything random in the nets.
"""

import argparse
import csv
import sys
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.stats import ttest_rel
from sklearn.compose import TransformedTargetRegressor
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

from skreg import MLPClassifier, MLPRegressor
from skreg.augmentation import (
    Compose,
    CutMix,
    GaussianNoise,
    Mixup,
    RandomAffine,
    RandomFlip,
    SwapNoise,
)


class Study(NamedTuple):
    """A data set, a net for it, and the augmenters to try."""

    dataset: str
    augmenters: dict
    net: dict
    n_train: int | None = None  # rows, stratified; None for all
    per_class: int | None = None  # rows of each class to train on
    regression: bool = False


OF_CLOTHES = RandomAffine(rotation=8, scale=0, scale_x=0.1, scale_y=0.1, translation=0.05)
OF_DIGITS = RandomAffine(rotation=10, scale=0.1, translation=0.05)
OF_IMAGES = {
    "RandomAffine": OF_CLOTHES,
    "RandomFlip, RandomAffine": Compose([RandomFlip(), OF_CLOTHES]),
}
OF_TABLES = {
    "GaussianNoise": GaussianNoise(sigma=0.1),
    "SwapNoise": SwapNoise(rate=0.1),
    "Mixup": Mixup(alpha=0.2),
    "CutMix": CutMix(alpha=0.2),
}
IMAGES = {"hidden_layer_sizes": (256, 256), "learning_rate_init": 3e-4, "batch_size": 100}
SLOWLY = {"learning_rate_init": 1e-4, "batch_size": 50}
TABLES = {"hidden_layer_sizes": (256, 256), "batch_size": 128, "max_iter": 100}
STUDIES = [
    Study("fashion_mnist", OF_IMAGES, {**IMAGES, **SLOWLY, "max_iter": 600}, n_train=1_000),
    Study("fashion_mnist", OF_IMAGES, {**IMAGES, "max_iter": 100}, n_train=10_000),
    Study("optdigits", {"RandomAffine": OF_DIGITS}, {**IMAGES, "max_iter": 150}),
    Study("coil20", {"RandomAffine": OF_DIGITS}, {**IMAGES, "max_iter": 500}, per_class=10),
    Study("letter", OF_TABLES, TABLES),
    Study("satimage", OF_TABLES, TABLES),
    Study("spambase", OF_TABLES, TABLES),
    Study("isolet1", OF_TABLES, TABLES),
    Study("gal_concrete", OF_TABLES, {**TABLES, "max_iter": 400}, regression=True),
]


def load(folder, study):
    """X (float32; images scaled to [0, 1]), y and the masks of test rows, or None."""
    arrays = np.load(Path(folder, f"{study.dataset}.npz"))
    X = arrays["X"].astype(np.float32)
    if study.augmenters is not OF_TABLES:
        X /= X.max()
    return X, arrays["y"], arrays["test_mask"] if "test_mask" in arrays else None


def split(study, y, masks, seed):
    """Numbers of the rows to train on and to test on."""
    labels = None if study.regression else y
    if masks is not None:
        train, test = (np.flatnonzero(masks[seed % len(masks)] == part) for part in (False, True))
    else:
        train, test = train_test_split(
            np.arange(len(y)), test_size=0.2, random_state=seed, stratify=labels
        )
    if study.per_class:
        rows = np.random.default_rng(seed).permutation(len(y))
        ranks = np.concatenate([np.arange(np.sum(y == label)) for label in np.unique(y)])
        rows = rows[np.argsort(y[rows], kind="stable")]
        return rows[ranks < study.per_class], rows[ranks >= study.per_class]
    if study.n_train:
        labels = None if labels is None else y[train]
        train, _ = train_test_split(
            train, train_size=study.n_train, random_state=seed, stratify=labels
        )
    return train, test


def measure(study, X, y, train, test, augmenter, seed):
    """Share of wrong labels, or root mean squared error in units of the standard deviation."""
    epochs = study.net["max_iter"]
    fixed = {"tol": 0.0, "n_iter_no_change": epochs, "random_state": seed}
    net = {**study.net, **fixed, "augmentation": augmenter}
    X_train, X_test = X[train], X[test]
    if study.augmenters is OF_TABLES:
        scaler = StandardScaler().fit(X_train)
        X_train, X_test = scaler.transform(X_train), scaler.transform(X_test)
    if study.regression:
        model = TransformedTargetRegressor(MLPRegressor(**net), transformer=StandardScaler())
        predicted = model.fit(X_train, y[train]).predict(X_test)
        return float(np.sqrt(np.mean((predicted - y[test]) ** 2)) / y[test].std())
    predicted = MLPClassifier(**net).fit(X_train, y[train]).predict(X_test)
    return float(np.mean(predicted != y[test]))


def run(study, folder, n_seeds):
    """A row of the table per augmenter."""
    X, y, masks = load(folder, study)
    errors = {name: [] for name in ["none", *study.augmenters]}
    for seed in range(n_seeds):
        train, test = split(study, y, masks, seed)
        for name in errors:
            augmenter = study.augmenters.get(name)
            errors[name].append(measure(study, X, y, train, test, augmenter, seed))
            print(f"{study.dataset} {len(train)} {name} {errors[name][-1]:.4f}", file=sys.stderr)
    without = np.array(errors.pop("none"))
    for name, values in errors.items():
        gain = np.array(values) - without
        yield {
            "data set": study.dataset,
            "rows": len(train),
            "augmentation": name,
            "without": f"{without.mean():.4f} ± {without.std(ddof=1):.4f}",
            "with": f"{np.mean(values):.4f} ± {np.std(values, ddof=1):.4f}",
            "difference": f"{gain.mean():+.4f} ± {gain.std(ddof=1) / np.sqrt(len(gain)):.4f}",
            "p": f"{ttest_rel(values, without).pvalue:.2g}",
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--only", nargs="*", help="names of data sets")
    parser.add_argument("--out", default="augmentation_study.csv")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    chosen = [s for s in STUDIES if not arguments.only or s.dataset in arguments.only]
    with open(arguments.out, "w", newline="") as file:
        writer = None
        for study in chosen:
            for row in run(study, arguments.folder, arguments.seeds):
                writer = writer or csv.DictWriter(file, row)
                if file.tell() == 0:
                    writer.writeheader()
                writer.writerow(row)
                file.flush()


if __name__ == "__main__":
    main()
