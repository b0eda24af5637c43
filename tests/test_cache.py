"""Numba's cache: never stale, never filled twice, never missed in a second process."""

import hashlib
from pathlib import Path

from skreg._kernels import entries

KERNELS = Path(entries.__file__).parent


def digest_of_helpers(folder=KERNELS):
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.py")):
        if path.name != "entries.py":
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def test_entries_carry_the_digest_of_their_helpers():
    expected = digest_of_helpers()
    assert expected == entries.HELPERS, f'set HELPERS = "{expected}" in {entries.__file__}'
