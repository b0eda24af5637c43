"""Which columns are categories, and the codes of their levels."""

import re

import numpy as np

UNKNOWN = -1  # the code of a level that was not there in fit; a missing value has the last code

_REFUSED = {
    "date": "holds dates or times: turn them into numbers first, such as the year, the day of the "
    "week or the days since an event",
    "mixed": "mixes strings and other values: convert it to one type, or list it in "
    "categorical_features",
    "string": "holds strings: list it in categorical_features, or turn it into numbers",
    "category": "holds categories: list it in categorical_features, or turn it into numbers",
}
_HELD = {
    "category": "categories",
    "date": "dates",
    "string": "strings",
    "mixed": "strings",
    "other": "values of another type",
}
_WRONG_TYPE = "holds values of type {}, but the argument must be a string or a real number"
_MANY = "holds {} different strings in {} rows, which look like "
_LISTED = ", or list it in categorical_features if these are categories"
_TEXT = "text or names: drop it, turn it into numbers (for example with TfidfVectorizer)"
_FORMS = (  # of strings, and what they look like and are best converted by
    (
        re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*", re.IGNORECASE),
        "numbers: convert it with pandas.to_numeric, where errors='coerce' makes other strings "
        "missing",
    ),
    (
        re.compile(r"\s*(\d{4}([-/.])\d\d?\2\d\d?|\d\d?([-/.])\d\d?\3\d{2,4})\b.*"),
        "dates: convert it with pandas.to_datetime and then to numbers, such as the year, the day "
        "of the week or the days since an event",
    ),
    (
        re.compile(
            r"\s*[-+(]?\s*[$€£¥]?\s*[-+]?(\d{1,3}([,.' ]\d{3})+|\d+)([.,]\d+)?\s*[%$€£¥]?\)?\s*"
        ),
        "numbers with other characters: remove these with Series.str.replace, and convert it with "
        "pandas.to_numeric",
    ),
)
_FEW = 16  # strings, of which fewer may all be different and categories nonetheless


def find_categorical(columns, categorical_features):
    """A mask of the columns that are categories; errors of those that are no numbers either."""
    if isinstance(categorical_features, str):  # "from_dtype"
        chosen = np.array([column.kind in ("category", "string") for column in columns])
    else:
        chosen = _as_mask(categorical_features, columns)
    for column, is_categorical in zip(columns, chosen):
        if not is_categorical and column.kind in _REFUSED:
            column.refuse(_REFUSED[column.kind])
        if not is_categorical and column.kind == "other":
            column.refuse(_WRONG_TYPE.format(column.name_type()), TypeError)
    return chosen


def _as_mask(chosen, columns):
    mask = np.zeros(len(columns), dtype=bool)
    if chosen is None:
        return mask
    chosen, names = np.asarray(chosen), [column.name for column in columns]
    places = {name: j for j, name in enumerate(names) if isinstance(name, str)}
    if chosen.dtype == bool:
        if chosen.shape != mask.shape:
            raise ValueError(
                "categorical_features as a mask must have a value for each of the "
                f"{len(mask)} columns, got the shape {chosen.shape}."
            )
        return chosen
    for each in chosen.tolist():
        place = places.get(each) if isinstance(each, str) else each
        if not isinstance(place, int) or not 0 <= place < len(names):
            raise ValueError(f"categorical_features has {each!r}, but the columns are {names}.")
        mask[place] = True
    return mask


def find_levels(column, rows, max_categories, *, may_be_text):
    """The levels (n_levels,) in some rows (slice or numbers), as objects in rising order."""
    codes, levels = column.to_levels()
    codes = codes[rows]
    levels = [levels[code] for code in np.unique(codes) if code >= 0]
    if may_be_text and column.kind == "string":
        n_levels, n_rows = len(levels), len(codes)
        is_unique = n_levels == np.count_nonzero(codes >= 0) and n_levels >= _FEW
        if is_unique or n_levels > max(max_categories, n_rows / 2):
            column.refuse(_MANY.format(n_levels, n_rows) + _describe_strings(levels) + _LISTED)
    return _sort(levels)


def _describe_strings(strings):
    """What most of the strings look like, and what to do with them."""
    for form, description in _FORMS:
        if np.mean([form.fullmatch(string) is not None for string in strings]) > 0.5:
            return description
    return _TEXT


def _sort(levels):
    try:
        levels = sorted(levels)
    except TypeError:
        levels = sorted(levels, key=lambda level: (str(type(level)), str(level)))
    array = np.empty(len(levels), dtype=object)
    array[:] = levels
    return array


def find_codes(column, levels):
    """The place (n,) of each value in sorted levels; of missing ones behind, else `UNKNOWN`."""
    codes, found = column.to_levels()
    if found and len(levels) and _are_strings(found).isdisjoint(_are_strings(levels)):
        before, now = ("strings", "other values")[:: 1 if isinstance(levels[0], str) else -1]
        column.refuse(f"held {before} in fit and holds {now} now")
    places = {level: code for code, level in enumerate(levels)}
    by_place = np.array([places.get(level, UNKNOWN) for level in found] + [len(levels)])
    return by_place[codes]


def find_numbers(column):
    """The numbers (n,) of a column that held numbers in fit too; NaN where they are missing.

    They are of any type and may be a view of the table.
    """
    if column.kind not in ("number", "empty"):
        column.refuse(f"held numbers in fit and holds {_HELD[column.kind]} now")
    try:
        numbers = column.to_numbers()
    except OverflowError:  # of large integers among objects
        column.refuse("has numbers that are too large for float64")
    if np.isinf(numbers.astype(np.float64, copy=False)).any():
        column.refuse("has infinite values (inf): replace them, for example by missing values")
    return numbers


def _are_strings(levels):
    return {isinstance(level, str) for level in levels}
