"""The encoding of rows of a table as functions of C."""

from typing import NamedTuple

import numpy as np

from skreg._exporting.refusals import as_floats, check_levels
from skreg.export._networks import write_function
from skreg.export._source import literal, loop

_SQUEEZE = """
static double NAME(double x, double center, double scale, double bound)
{
    const double z = (x - center) / scale;
    return copysign(bound / hypot(1.0, bound / z), z);
}
"""
# The place of a level, counted from 1: 0 of one that is not known, n + 1 of a missing one.
_FIND_NUMBER = """
static int NAME(double value, const double *levels, int n)
{
    if (isnan(value))
        return n + 1;
    while (n > 0 && levels[n - 1] != value)
        n--;
    return n;
}
"""
_FIND_PLACE = """
static int NAME(double place, int n)
{
    if (isnan(place))
        return n + 1;
    return place >= 0.0 && place < n ? 1 + (int)place : 0;
}
"""
_FIND_STRING = """
static double NAME(const char *level, const char *const *levels, int n)
{
    if (!level)
        return NAN;
    while (n-- > 0) {
        const char *a = level, *b = levels[n];
        while (*a && *a == *b) {
            a++;
            b++;
        }
        if (*a == *b)
            return n;
    }
    return -1.0;
}
"""

_LEVEL = "The number for a string in a column of rows: NAN if it is NULL, -1 if it is not known."


class Levels(NamedTuple):
    """All levels that some encoder knows in a column of categories."""

    column: int
    values: list  # numbers, or else strings

    @property
    def are_strings(self):
        return isinstance(self.values[0], str)


def find_levels(tables):
    """The Levels of each column of categories, by their number.

    Raises
    ------
    ValueError
        If those of a column are neither all strings nor all numbers that float64 tells apart.
    """
    known = {}
    for table in tables:
        for category in table.categories:
            known.setdefault(category.column, {}).update(dict.fromkeys(category.levels.tolist()))
    found = {column: Levels(column, list(values)) for column, values in known.items()}
    for column, levels in found.items():
        name = tables[0].name_of(column)
        check_levels(levels.values, name, "C")
        if not levels.are_strings:
            as_floats(levels.values, np.float64, name, "C")
    return found


def write_finding_of_strings(source, levels):
    """Write what finds the number that stands for a string, if there are columns of strings."""
    lines = []
    for column, values in levels.values():
        if levels[column].are_strings:
            known = source.array("strings", values)
            find = source.function("find_string", _FIND_STRING)
            lines.append(f"if (column == {column})")
            lines.append(f"    return {find}(level, {known}, {len(values)});")
    if lines:
        head = f"double {source.name}_level(int column, const char *level)"
        source.publish(head, _LEVEL, [*lines, "return -1.0;"])


def write_encoding(source, table, levels, name="encode"):
    """Write a Table; returns the name of a function (row, z)."""
    lines, rows = [], []
    for category in table.categories:
        rows.append(f"row{category.column}")
        found = _write_finding(source, category, levels[category.column])
        lines.append(f"const int {rows[-1]} = {found};")
    if table.scaler is not None:
        lines += _write_numbers(source, table, rows)
    if table.with_holes.size:
        holes, n = source.array("holes", table.with_holes), table.with_holes.size
        lines += loop(n, f"*z++ = isnan(row[{holes}[j]]) ? 1.0@ : 0.0@;")
    if table.bins is not None:
        lines += _write_bins(source, table)
    for category, row in zip(table.categories, rows):
        places = source.array("places", category.places.astype(np.int64))
        values = source.array("values", category.values.astype(source.dtype))
        lines += loop(category.n_one_hot, "z[j] = 0.0@;")
        lines += [f"z[{places}[{row}]] = {values}[{row}];", f"z += {category.n_one_hot};"]
    return write_function(source, name, "const double *row, REAL *z", lines)


def _write_finding(source, category, levels):
    """An expression of the row of a Category's tables."""
    n, value = len(levels.values), f"row[{category.column}]"
    if levels.are_strings:
        place = f"{source.function('find_place', _FIND_PLACE)}({value}, {n})"
    else:
        known = source.array("levels", np.array(levels.values, float))
        place = f"{source.function('find_number', _FIND_NUMBER)}({value}, {known}, {n})"
    own = {level: i for i, level in enumerate(category.levels.tolist(), start=1)}
    rows = [own.get(each, 0) for each in levels.values]
    return f"{source.array('rows', np.array([0, *rows, len(own) + 1]))}[{place}]"


def _write_numbers(source, table, rows):
    """Numbers and means, scaled; `numbers` stays, with the center in place of missing ones."""
    squeeze = source.function("squeeze", _SQUEEZE)
    center, scale = (source.array("scaling", part) for part in table.scaler[:2])
    bound, n_numbers = literal(np.float64(table.scaler.bound)), table.numbers.size
    lines = [f"double numbers[{table.scaler.n_features}];"]
    if n_numbers:
        columns = source.array("columns", table.numbers)
        number, missing = f"row[{columns}[j]]", f"{center}[j]"
        lines += loop(n_numbers, f"numbers[j] = isnan({number}) ? {missing} : {number};")
    for category, row in zip(table.categories, rows):
        n_means = category.means.shape[1]
        if n_means:
            means = source.array("means", category.means)
            lines += loop(n_means, f"numbers[{n_numbers} + j] = {means}[{n_means} * {row} + j];")
            n_numbers += n_means
    squeezed = f"{squeeze}(numbers[j], {center}[j], {scale}[j], {bound})"
    return lines + loop(n_numbers, f"*z++ = (REAL){squeezed};")


def _write_bins(source, table):
    bins = table.bins
    places = source.array("places", bins.places.astype(np.int64))
    lower, width = source.array("lower", bins.lower), source.array("width", bins.width)
    share = f"(numbers[{places}[j]] - {lower}[j]) / {width}[j]"
    for function, limit in ("fmax", bins.low), ("fmin", bins.high):
        if np.isfinite(limit).any():
            share = f"{function}({share}, {source.array('limits', limit)}[j])"
    return loop(bins.places.size, f"*z++ = (REAL){share};")
