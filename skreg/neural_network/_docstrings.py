"""Docstrings of classes that share parameters: the text of each is written in one place."""

import inspect
import re

_SHARED_FIRST = ("Parameters", "References")
_SHARED_LAST = ("Attributes",)
_ORDER = ("", "Parameters", "Attributes", "See Also", "References", "Examples")


def with_texts_of_parents(cls):
    """Join the sections of the docstrings of its parents to that of a class."""
    for parent in cls.__bases__:
        cls.__doc__ = join_sections(cls.__doc__, parent.__doc__)
    return cls


def join_sections(doc, shared):
    """`doc` with the entries of the sections of `shared`, a docstring of numpydoc, in its own."""
    if not doc or not shared:  # as under python -OO
        return doc
    sections, others = _sections(doc), _sections(shared)
    for name in _SHARED_FIRST:
        sections[name] = _merge(others.get(name, ""), sections.get(name, ""))
    for name in _SHARED_LAST:
        sections[name] = _append(sections.get(name, ""), others.get(name, ""))
    joined = sections.pop("")
    for name in sorted(sections, key=_ORDER.index):
        joined += f"\n\n{name}\n{'-' * len(name)}\n{sections[name]}" if sections[name] else ""
    return joined + "\n"


def _sections(doc):
    """Title to text of each section; the title of what is in front of the first is empty."""
    parts = re.split(r"^(\w[\w ]*)\n-{3,}\n", inspect.cleandoc(doc), flags=re.MULTILINE)
    return {"": parts[0].strip(), **dict(zip(parts[1::2], map(str.rstrip, parts[2::2])))}


def _merge(shared, own):
    """The entries of both, those of the same name as in `own`."""
    entries = {_name_of(entry): entry for text in (shared, own) for entry in _entries(text)}
    return "\n\n".join(entries.values())


def _entries(text):
    """What begins at the margin, each with the indented lines behind."""
    return [entry.strip("\n") for entry in re.split(r"\n(?=\S)", text) if entry.strip()]


def _name_of(entry):
    """The name of a parameter, or the number of a reference."""
    return re.match(r"(?:\.\. )?\S+", entry)[0]


def _append(own, shared):
    """The entries of both, without those of `shared` whose names `own` has."""
    entries = {_name_of(entry): entry for text in (shared, own) for entry in _entries(text)}
    names = dict.fromkeys(_name_of(entry) for text in (own, shared) for entry in _entries(text))
    return "\n\n".join(entries[name] for name in names)
