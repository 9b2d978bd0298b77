"""Nothing is written into a journal that cannot be read back from it."""

from __future__ import annotations

import re
from pathlib import Path

import titan
from titan.runtime.entries import TYPES


def test_every_entry_that_is_written_can_be_read() -> None:
    """All structs of the package that are tagged as entries are in the table, and no two have one tag."""
    tagged = re.compile(r'^class (\w+)\(msgspec\.Struct[^)]*tag_field="what"', re.MULTILINE)
    sources = Path(titan.__file__).parent.rglob("*.py")
    found = {name for file in sources for name in tagged.findall(file.read_text(encoding="utf-8"))}
    assert found - {"Pruned"} == {t.__name__ for t in TYPES}
    assert len({t.__struct_config__.tag for t in TYPES}) == len(TYPES)
