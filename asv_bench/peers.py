"""Time of training epochs beside other libraries and beside the matrix products alone.

    python peers.py
    python peers.py --python torch=PATH --python jax=PATH --rounds 5 --save peers.json
    python peers.py --shapes 0,4 --libraries skreg,blas --variants plain,off,on

Adam in float32, one core, one thread. A library that `--python` names runs in that interpreter,
all others in this one. For each shape all libraries and variants are measured in turn, `--rounds`
times: ratios to skreg are medians over rounds of the ratio within a round, milliseconds are the
smallest. "blas" are the products of an epoch without anything else, in the order that suits the
cache best; there the ratio is of skreg to them. Percents are what a variant adds.
"""

import argparse
from contextlib import ExitStack
from functools import partial
from typing import NamedTuple

from epochs import LIBRARIES
from measuring import (
    SHAPES,
    Worker,
    ask_in_turn,
    available_cores,
    format_row,
    ratio,
    save,
    serve,
    versions,
    warm_blas,
)

EVERYTHING = {
    "l1": 1e-5,
    "l2": 1e-4,
    "clip_norm": 1.0,
    "label_smoothing": 0.1,
    "learning_rate": "cosine",
    "weighted": True,
}


class Variant(NamedTuple):
    """Options of training, who has them, and the variant whose time they add to."""

    libraries: str
    options: dict
    base: str | None = None


VARIANTS = {
    "plain": Variant("skreg sklearn torch jax blas", {}),
    "dropout": Variant("skreg torch jax", {"dropout": 0.5}, base="plain"),
    "off": Variant("skreg", {"l1": 0.0, "l2": 0.0}),
    "on": Variant("skreg", EVERYTHING, base="off"),
}


class Answers:
    """What the worker of a library answers; it keeps the measurements of one shape."""

    def __init__(self, library, cold_blas):
        self.warms = library in ("sklearn", "blas") and not cold_blas
        self.prepare, self.shape, self.measurements = LIBRARIES[library], None, {}

    def seconds(self, shape, variant):
        if shape != self.shape:
            self.shape, self.measurements = shape, {}
        if variant not in self.measurements:
            options = VARIANTS[variant].options
            self.measurements[variant] = self.prepare(SHAPES[shape], **options)
        if self.warms:
            warm_blas()
        return self.measurements[variant]()


def answer(library, cold_blas):
    answers = Answers(library, cold_blas)
    serve({"seconds": answers.seconds, "versions": versions})


def compare(workers, arguments):
    """Seconds of all rounds, by shape, variant and library."""
    for i in arguments.shapes:
        questions = {
            (variant, library): partial(worker.ask, "seconds", shape=i, variant=variant)
            for variant in arguments.variants
            for library, worker in workers.items()
            if library in VARIANTS[variant].libraries.split()
        }
        results = {variant: {} for variant in arguments.variants}
        for (variant, library), seconds in ask_in_turn(questions, arguments.rounds).items():
            results[variant][library] = seconds
        yield SHAPES[i], results


def cells_of(results, variant, libraries):
    """Per library: milliseconds, ratio to skreg, and percent on top of the base of the variant."""
    base = results.get(VARIANTS[variant].base, {})
    for library in libraries:
        seconds = results[variant].get(library)
        if seconds is None:
            yield "–"
            continue
        text, ours = f"{min(seconds) * 1e3:.2f} ms", results[variant]["skreg"]
        if library == "blas":
            text += f" (skreg ×{ratio(ours, seconds):.2f})"
        elif library != "skreg":
            text += f" (×{ratio(seconds, ours):.2f})"
        if library in base:
            text += f" ({100 * ratio(seconds, base[library]) - 100:+.1f}%)"
        yield text


def parse():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = partial(str.split, sep=",")
    parser.add_argument("--python", action="append", default=[], metavar="LIBRARY=PATH")
    parser.add_argument("--libraries", type=names, help="default: skreg,sklearn,blas and --python")
    parser.add_argument("--variants", type=names, default="plain,dropout", help=", ".join(VARIANTS))
    parser.add_argument("--shapes", type=names, default="0,1,2,3,4", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--core", type=int, default=available_cores()[0])
    parser.add_argument("--cold-blas", action="store_true", help="as a new process finds it")
    parser.add_argument("--save", metavar="FILE.json", help="raw numbers")
    parser.add_argument("--answer", choices=LIBRARIES, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.python = dict(pair.split("=", 1) for pair in arguments.python)
    arguments.shapes = [int(i) for i in arguments.shapes]
    wanted = arguments.libraries or ["skreg", "sklearn", *arguments.python, "blas"]
    arguments.libraries = list(dict.fromkeys(["skreg", *wanted]))
    for name in arguments.variants + arguments.libraries + list(arguments.python):
        if name not in {**VARIANTS, **LIBRARIES}:
            parser.error(f"{name!r} is neither a variant ({', '.join(VARIANTS)}) nor a library")
    return arguments


def main():
    arguments = parse()
    if arguments.answer:
        answer(arguments.answer, arguments.cold_blas)
        return
    with ExitStack() as stack:
        workers = {}
        for library in arguments.libraries:
            more = ["--cold-blas"] if arguments.cold_blas else []
            where = {"cores": {arguments.core}}
            if library in arguments.python:
                where["python"] = arguments.python[library]
            worker = Worker("peers.py", "--answer", library, *more, **where)
            workers[library] = stack.enter_context(worker)
        print(format_row(["rows × features → units, batch size", "variant", *workers]))
        print(format_row(["---"] * (2 + len(workers))))
        everything = {}
        for shape, results in compare(workers, arguments):
            everything[str(shape)] = results
            for variant in results:
                cells = cells_of(results, variant, workers)
                print(format_row([shape, variant, *cells]), flush=True)
        if arguments.save:
            asked = {library: worker.ask("versions") for library, worker in workers.items()}
            save(arguments.save, versions=asked, seconds=everything)


if __name__ == "__main__":
    main()
