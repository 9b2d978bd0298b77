"""All tables of a run, as rows that a client gets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.api.stage import Clock
from tests.runtime.watching.test_frame import frame
from tests.views.scripts import ENDED, HELD, NOW, PERP, SPOT, STATUS, folder, replica
from titan.api.rows.picture import picture
from titan.api.tables import TABLES
from titan.api.watcher import Watcher
from titan.runtime.trading.framing import FrameFile
from titan.views.board import board
from titan.views.frame import NAME


@pytest.fixture
def watcher(tmp_path: Path) -> Iterator[Watcher]:
    place = folder(tmp_path / "run")
    made = Watcher(place, f"sqlite:///{place / 'titan.db'}", Clock())
    yield made
    made.stop()


def rows(watcher: Watcher, channel: str, table: str) -> dict[str, Any]:
    return {key: msgspec.json.decode(row) for key, row in watcher.tables[channel].rows(table).items()}


def test_what_is_kept_is_the_picture(watcher: Watcher) -> None:
    """Kept piece by piece, as things change, it is the same as drawn at once."""
    watcher.look()
    whole = picture(board(STATUS, replica(), NOW + 10**9 // 2), replica())
    for channel, tables in TABLES.items():
        for table in tables:
            if (channel, table) == ("metrics", "gateway"):
                continue
            drawn = {key: msgspec.to_builtins(row) for key, row in whole[channel].get(table, ())}
            assert rows(watcher, channel, table) == msgspec.json.decode(msgspec.json.encode(drawn)), table


def test_every_table_has_what_the_journal_tells(watcher: Watcher) -> None:
    watcher.look()
    assert set(rows(watcher, "status", "holdings")) == {HELD, "ETH:satellite:8"}
    assert set(rows(watcher, "status", "ended")) == {ENDED}
    assert len(rows(watcher, "fills", "fills")) == 6
    assert rows(watcher, "fills", "fills")[f"{PERP.id} f2"]["price"] == "60090.0"
    assert len(rows(watcher, "orders", "done")) == 6
    assert {one["state"] for one in rows(watcher, "sagas", "done").values()} == {"done"}
    assert [one["outcome"] for one in rows(watcher, "opportunities", "signals").values()] == [
        "entered",
        "entered",
    ]


def test_a_frame_brings_quotes_and_ladders(watcher: Watcher) -> None:
    file = FrameFile(watcher.follower.folder / NAME)
    file.write(msgspec.msgpack.encode(frame(1, NOW, run_id=STATUS.run_id)))
    watcher.look()
    quote = rows(watcher, "markets", "quotes")[SPOT.id]
    assert (quote["bid"], quote["ask"], quote["base"], quote["tick"]) == (1.0, 3.0, "BTC", "0.01")
    assert rows(watcher, "markets", "books")[SPOT.id]["bids"] == [[100.0, 1.0], [99.5, 2.0]]
    before = watcher.tables["markets"].version
    watcher.look()
    assert watcher.tables["markets"].version == before
    file.close()  # the run ended: what was heard last is no price any more
    watcher.look()
    assert rows(watcher, "markets", "books") == {}
