"""The hash of the audit stream is that of its lines, whenever it is asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from titan.engine.journal import Journal
from titan.model.events import Refused


def test_the_hash_is_that_of_the_saved_file_asked_for_early_late_and_twice(tmp_path: Path) -> None:
    journal, path = Journal(), tmp_path / "journal.jsonl"
    for n in range(3):
        journal(Refused(f"i{n}", "collar", "too far", {}, n))
        journal.save(path)
        for _ in range(2):
            assert journal.digest == hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    assert journal.refusals == [("collar", "too far")] * 3
