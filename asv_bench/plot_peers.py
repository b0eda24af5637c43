"""Draw what `peers.py --save peers.json` has measured, as the documentation shows it.

python plot_peers.py peers.json ../docs/_static/epochs.svg
"""

import argparse
import json
from statistics import median

import matplotlib.pyplot as plt

LIBRARIES = {"sklearn": "scikit-learn", "torch": "PyTorch", "jax": "JAX", "blas": "products alone"}
COLORS = {"sklearn": "#f89939", "torch": "#c0392b", "jax": "#5e97f6", "blas": "#9e9e9e"}


def ratios(seconds):
    """Times beside skreg's, by shape and library: medians over rounds."""
    for shape, variants in seconds.items():
        plain = variants["plain"]
        yield (
            shape,
            {
                name: median(theirs / ours for theirs, ours in zip(plain[name], plain["skreg"]))
                for name in LIBRARIES
                if name in plain
            },
        )


def draw(seconds, target):
    rows = list(ratios(seconds))
    figure, axes = plt.subplots(figsize=(8, 4.2), layout="constrained")
    width = 0.8 / len(LIBRARIES)
    for j, (name, label) in enumerate(LIBRARIES.items()):
        places = [i + (j - 1.5) * width for i in range(len(rows))]
        values = [of_library.get(name, float("nan")) for _, of_library in rows]
        heights = [value - 1 for value in values]
        bars = axes.bar(places, heights, width, bottom=1, label=label, color=COLORS[name])
        axes.bar_label(bars, [f"{value:.2g}" for value in values], fontsize=8, padding=2)
    axes.axhline(1, color="black", linewidth=1)
    axes.set_yscale("log")
    axes.set_yticks([0.5, 1, 2, 5, 10, 20, 50], ["½", "1", "2", "5", "10", "20", "50"])
    axes.set_xticks(
        range(len(rows)),
        [name.replace(" → ", "\n", 1).replace(", ", "\nbatches of ") for name, _ in rows],
        fontsize=8,
    )
    axes.set_ylabel("time of an epoch, skreg = 1")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(frameon=False, ncols=4, loc="upper right")
    figure.savefig(target)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("measured")
    parser.add_argument("target")
    arguments = parser.parse_args()
    with open(arguments.measured) as file:
        draw(json.load(file)["seconds"], arguments.target)
