"""A file of C in the making: constants and functions, under names that no other file has."""

import re
from textwrap import dedent

import numpy as np

_TYPES = {"float32": "float", "float64": "double", "int64": "int"}
_PER_LINE = 8  # numbers


class Source:
    """Declarations of one file, in order.

    In the text of functions, REAL is the type that networks compute in, and @ ends constants and
    names of functions of <math.h> that are of this type.

    Parameters
    ----------
    name : str
        With which all names in the file begin.

    dtype : np.float32 or np.float64
        What networks compute in.
    """

    def __init__(self, name, dtype):
        self.name, self.dtype = name, np.dtype(dtype)
        self.real = _TYPES[self.dtype.name]
        self.functions = []  # (head, purpose) of those that programs call
        self.steps = []  # lines that overwrite `value`, feature j, in front of the network
        self._parts, self._known = [], {}

    def array(self, what, values):
        """The name of a constant array, which is there once for the same values.

        Parameters
        ----------
        what : str
            With which its name begins.

        values : ndarray of numbers or list of str
        """
        kind, key = "char *const", (what, *values)
        if isinstance(values, np.ndarray):
            values = np.ascontiguousarray(values).ravel()
            kind, key = _TYPES[values.dtype.name], (values.dtype, values.tobytes())
        if key not in self._known:
            name = self._known[key] = f"{self.name}_{what}{len(self._known)}"
            head = f"static const {kind} {name}[{len(values)}]"
            self.add_as_it_is(f"{head} = {{\n{_list(map(literal, values))}\n}};")
        return self._known[key]

    def function(self, name, text):
        """The name of a function, which is there once; its text calls it NAME."""
        whole = f"{self.name}_{name}"
        if whole not in self._known:
            self._known[whole] = whole
            self.add(re.sub(r"\bNAME\b", whole, text))
        return whole

    def publish(self, head, purpose, lines):
        """Append a function of these lines that programs call."""
        self.add("\n".join([comment(purpose), head, *block(*lines)]))
        self.functions.append((self._typed(head), purpose))

    def add(self, text):
        """Append a text, with REAL and @ as above."""
        self.add_as_it_is(self._typed(dedent(text).strip("\n")))

    def _typed(self, text):
        suffix = "f" if self.real == "float" else ""
        return re.sub(r"\bREAL\b", self.real, text).replace("@", suffix)

    def add_as_it_is(self, text):
        self._parts.append(f"{text}\n")

    def as_file(self, title, inputs):
        """The whole file, with a comment on its functions and their inputs at the top.

        Parameters
        ----------
        title : str
            The first line of the comment.

        inputs : list of str
            Lines on the inputs.
        """
        about = [title, ""]
        for head, purpose in self.functions:
            about += [head, f"    {purpose}"]
        about += ["", *inputs] if inputs else []
        heads = "".join(f"{head};\n" for head, _ in self.functions)
        parts = [comment("\n".join(about)) + "\n", "#include <math.h>\n", heads, *self._parts]
        return "\n".join(parts)


def block(*lines):
    """Lines in braces."""
    return ["{", *(f"    {line}" for line in lines), "}"]


def loop(n, *lines):
    """Lines for each j below n."""
    first, *rest = block(*lines)
    return [f"for (int j = 0; j < {n}; j++) {first}", *rest]


def _list(texts):
    """A few of them on each line."""
    texts = list(texts)
    rows = range(0, len(texts), _PER_LINE)
    return ",\n".join(", ".join(texts[start : start + _PER_LINE]) for start in rows)


def literal(value):
    """A number or a string in C, of which a compiler makes the same."""
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, int | np.integer):
        is_lowest = value == np.iinfo(np.int64).min  # the sign is no part of a constant
        return f"({value + 1} - 1)" if is_lowest else str(value)
    if np.isinf(value):
        return "HUGE_VAL" if value > 0 else "-HUGE_VAL"
    return str(value) + ("f" if isinstance(value, np.float32) else "")


def _string(text):
    """A string literal of ASCII alone, with other characters as bytes of UTF-8."""
    plain = {byte: chr(byte) for byte in range(32, 127) if chr(byte) not in '"\\?'}
    return '"' + "".join(plain.get(byte, f"\\{byte:03o}") for byte in text.encode()) + '"'


def comment(text):
    """Lines of a comment, whatever is in them."""
    text = text.encode("ascii", "backslashreplace").decode()
    for sign in ("*/", "/*", "??"):
        text = text.replace(sign, " ".join(sign))
    return "\n".join(["/*", *(f" * {line}".rstrip() for line in text.splitlines()), " */"])
