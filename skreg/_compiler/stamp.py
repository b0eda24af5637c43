"""The stamp of the cache: one digest of the source of all compiled functions.

Numba knows a function by the file that defines it. Its machine code also contains the helpers that
it calls, which are in other files. Therefore each function is kept under the digest of all files:
after any change, and in a new version, it is compiled again.
"""

import hashlib
from functools import cache
from importlib.resources import files

# The directories of the package whose functions are compiled.
ROOMS = (
    "_compiler",
    "_arithmetic",
    "_products",
    "_kernels",
    "_kernels/inputs",
    "augmentation/_kernels",
)


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
        found = package.joinpath(*room.split("/")).iterdir()
        sources = {path.name: path for path in found if path.name.endswith(".py")}
        if not sources:
            raise FileNotFoundError(f"no source files in {room}")
        for name, path in sorted(sources.items()):
            content = path.read_bytes()
            digest.update(f"{room}/{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@cache
def stamp():
    """The digest of this package when its first function was defined."""
    return digest_of(files(__name__.partition(".")[0]))
