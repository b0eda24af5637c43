"""The stamp of the cache: one digest of the source of all compiled functions.

Numba knows a function by the file that defines it. Its machine code also contains the helpers that
it calls, which are in other files. Therefore each function is kept under the digest of all files:
after any change, and in a new version, it is compiled again.
"""

import hashlib
from functools import cache
from importlib.resources import files

# The directories of the package whose functions are compiled.
ROOMS = ("_compiler", "_arithmetic", "_products", "_kernels", "augmentation/_kernels")


def _sources(folder, name):
    """The source files in a folder and below, by their names from the package on."""
    found = {}
    for path in folder.iterdir():
        inside = f"{name}/{path.name}"
        if path.name.endswith(".py"):
            found[inside] = path
        elif path.name != "__pycache__" and path.is_dir():
            found |= _sources(path, inside)
    return found


def digest_of(package):
    """The digest of the names and contents of the source files in the rooms of a package.

    Parameters
    ----------
    package : Traversable
        Its directory, or what stands for it in a zip archive.

    Raises
    ------
    OSError
        If a room has no source files, or one that cannot be read.
    """
    digest = hashlib.sha256()
    for room in ROOMS:
        sources = _sources(package.joinpath(*room.split("/")), room)
        if not sources:
            raise FileNotFoundError(f"no source files in {room}")
        for name, path in sorted(sources.items()):
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@cache
def stamp():
    """The digest of this package when its first function was defined."""
    return digest_of(files(__name__.partition(".")[0]))
