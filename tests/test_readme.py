"""The programs in README.md run as they are, and none warns its user."""

import re
import warnings
from pathlib import Path

import pytest

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
PROGRAMS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("program", PROGRAMS)
def test_programs_run_without_a_warning(program, capsys):
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        exec(program, {})
    assert capsys.readouterr().out


def test_links_work_outside_of_the_repository():
    targets = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert not [target for target in targets if not target.startswith("https://")]
