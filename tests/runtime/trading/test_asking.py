"""What stands by a journal, without reading the rest of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.runtime.trading.test_left import OPENING
from tests.storage.stores import Writing, fill, report, submitted
from titan.model.errors import StorageError
from titan.model.order import OrderEvent
from titan.model.recovery import Latched, Rearmed
from titan.model.restraint import Lifted
from titan.risk.overrides import REDUCE_ONLY, Scope, scale
from titan.risk.restraints import imposed
from titan.runtime.entries import TYPES
from titan.runtime.trading.asking import in_force
from titan.runtime.trading.left import left_by
from titan.storage.recall import recall
from titan.storage.schema import entries


def _halt(name: str, mode: object = REDUCE_ONLY) -> object:
    return imposed(name, Scope(base="BTC"), mode, reason="drill", by="anna", local_ns=1)  # type: ignore[arg-type]


@pytest.fixture
def writing(tmp_path: Path) -> Writing:
    return Writing(f"sqlite:///{tmp_path / 'titan.db'}")


def test_it_is_what_a_run_that_reads_all_of_it_has(writing: Writing) -> None:
    told = [
        *OPENING, _halt("a"), submitted("o"), report("o", OrderEvent.ACCEPT), _halt("b"), fill("o", 1, 2),
        Latched("panic", "by hand", "anna", 1), Lifted("a", "anna", 2), *OPENING, _halt("c"),
        _halt("b", scale("0.5")), Rearmed("panic", "anna", 3), Latched("drift", "late", "clock", 4),
        Lifted("x", "y", 5),
    ]  # fmt: skip
    for event in told:
        writing.journal(event)  # type: ignore[arg-type]
    writing.safe()
    found, left = in_force(writing.store), left_by(recall(writing.store, TYPES))
    assert {*found.standing(), *found.latches()} == set(left.imposed) == {"b", "c", "latch drift"}
    assert found.standing()["b"][1] == scale("0.5")
    writing.close()


def test_one_that_a_newer_version_wrote_is_never_passed_over(writing: Writing) -> None:
    writing.journal(_halt("a"))  # type: ignore[arg-type]
    writing.safe()
    with writing.store.writing() as write:
        write.execute(sa.update(entries).values(body='{"what":"imposed","of":"tomorrow"}'))
    with pytest.raises(StorageError, match="is not one that this version knows"):
        in_force(writing.store)
    writing.close()
