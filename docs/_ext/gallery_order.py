"""The order of examples in the gallery: the quickstart first, then by file name."""


def quickstart_first(filename):
    return filename != "quickstart.py", filename
