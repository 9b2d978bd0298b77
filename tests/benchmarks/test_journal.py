"""The driver of the journal suite on a few entries: every way through it, and the same number of entries."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import cases
from benchmarks.drivers import journal


@pytest.mark.parametrize(
    "case", [c for c in cases.of(["journal"]) if "postgresql" not in c.variant], ids=lambda case: case.variant
)
def test_every_case_writes_or_reads_all(
    case: cases.Case, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_SKIPPED", 0)
    for name in ("PACED", "BURST", "RECALLED"):
        monkeypatch.setattr(journal, name, 20)
    subject, _, peer = case.variant.partition("-")
    figures = journal.measured(subject, peer, tmp_path)
    assert figures["entries"] == 20
    assert all(value > 0 for value in figures.values())
