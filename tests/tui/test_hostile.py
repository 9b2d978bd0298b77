"""What a terminal meets besides a good run: too little room, too much of everything, files that are gone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import msgspec
import pytest
from msgspec.structs import replace

from tests.tui.pictures import check, lines, text
from tests.tui.stage import Clock, S, looked, opened, pressed, says, settled
from tests.views.scripts import HELD, NOW, PERP, STATUS, folder, pair
from titan.cli.tui import source_of
from titan.model.events import Refused
from titan.model.fill import FundingPayment
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store
from titan.tui.palette import DIM
from titan.tui.rows import Rows
from titan.tui.source import Source
from titan.views.status import HoldingLine, Status

LONG = "VERYLONGTOKENNAME"
LOST = {"funding": D("-1234567.8"), "basis": D("-98765.4"), "fees": D("-4567.8"), "slippage": D("-12")}


def crowd(many: int) -> Status:
    """As many positions, with names and amounts that no column was made for."""
    return replace(
        STATUS, nav=D("98765432.10"), pnl=LOST,
        pairs=tuple(pair(f"{LONG}{n}", n % 7 - 3.0, spot_mid=1.23e-7 * (n + 1), perp_mid=1.24e-5 * (n + 1))
                    for n in range(many)),
        holdings=tuple(
            HoldingLine(f"{LONG}{n}:satellite:{n}", f"{LONG}{n}", "satellite", f"binance.spot.{LONG}{n}USDT",
                        f"binance.perp.{LONG}{n}USDT", D("123456789.123"), D("123456789.123"),
                        D("98765432.11") * 10 ** (n % 5), LOST)
            for n in range(many)
        ),
    )  # fmt: skip


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(tmp_path: Path, clock: Clock) -> Iterator[Source]:
    found = source_of(str(folder(tmp_path / "demo-live")), now=clock)
    yield found
    found.close()


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (100, 30), (160, 50)])
async def test_no_figure_is_ever_cut(source: Source, size: tuple[int, int]) -> None:
    says(source, crowd(200))
    async with opened(source, size) as pilot:
        for key, name in (("1", "basis"), ("2", "holdings")):
            await pressed(pilot, key, "end")
            table = pilot.app.screen.query_one(f"#{name}", Rows)
            assert table.row_count >= 200
            for column in table.ordered_columns:
                if str(column.key.value) not in ("pair", "id", "action"):
                    cells = table.get_column(column.key)
                    assert max(cell.cell_len for cell in cells) <= column.width, column.key
        assert max(map(len, lines(pilot.app))) <= size[0]


async def test_a_name_that_has_no_room_says_so(source: Source) -> None:
    says(source, crowd(3))
    async with opened(source, (80, 24)) as pilot:
        assert "VERYLONG…" in text(pilot.app)


async def test_in_a_small_window_what_matters_least_goes_first(source: Source) -> None:
    async with opened(source, (60, 20)) as pilot:
        check(pilot.app, "board-60x20")
        await pressed(pilot, "2")
        check(pilot.app, "positions-60x20")
        await pilot.resize_terminal(30, 8)
        await settled(pilot)
        await pressed(pilot, "3", "4", "5", "1", "enter", "escape", "question_mark", "escape")


async def test_another_size_keeps_the_row(source: Source) -> None:
    async with opened(source) as pilot:
        await pressed(pilot, "j", "j")
        table = pilot.app.screen.query_one("#basis", Rows)
        assert table.current == "SOL"
        for size in ((60, 20), (80, 24), (160, 50)):
            await pilot.resize_terminal(*size)
            await settled(pilot)
            assert table.current == "SOL"


async def test_what_is_old_has_no_colour(source: Source, clock: Clock) -> None:
    async with opened(source) as pilot:
        clock.now_ns += 60 * S
        await looked(pilot)
        table = pilot.app.screen.query_one("#holdings", Rows)
        drawn = [cell for column in table.ordered_columns for cell in table.get_column(column.key)]
        assert {str(cell.style) for cell in drawn} == {DIM}
        assert not any(cell.spans for cell in drawn)


async def test_an_alert_without_a_story_is_read_whole(source: Source) -> None:
    said = "the door " + "is shut " * 20
    says(source, replace(STATUS, closed={"margin": said}))
    async with opened(source, (80, 24)) as pilot:
        await pressed(pilot, "5", "enter")
        assert said.strip() in " ".join(one.message for one in pilot.app._notifications)


async def test_files_that_make_no_sense_are_told(source: Source) -> None:
    (source.folder / "status.json").write_text('{"run_id":')
    async with opened(source, (100, 30)) as pilot:
        await pressed(pilot, "5")
        assert "status.json is not what a run of this version writes" in text(pilot.app).replace("…", "")
        says(source)
        await looked(pilot)
        assert "is not what a run" not in text(pilot.app)


async def test_a_journal_that_is_damaged_is_told_and_the_rest_goes_on(tmp_path: Path, clock: Clock) -> None:
    place = folder(tmp_path / "torn")
    for log in place.glob("titan.db-*"):
        log.unlink()
    (place / "titan.db").write_bytes(b"no database " * 500)
    source = source_of(str(place), now=clock)
    async with opened(source, (80, 24)) as pilot:
        assert "the journal cannot be read" in text(pilot.app)
        assert "NAV 100,012.35" in text(pilot.app)
        await pressed(pilot, "2", "enter")
    source.close()


async def test_a_folder_that_goes_away_and_comes_back_with_another_run(source: Source, clock: Clock) -> None:
    async with opened(source) as pilot:
        assert "BTC sat 3" in text(pilot.app)
        shutil.rmtree(source.folder)
        clock.now_ns += 10 * S
        await looked(pilot)
        await pressed(pilot, "2", "enter", "escape")
        assert "STALE" in lines(pilot.app)[0]
        folder(source.folder, replace(STATUS, at_ns=clock.now_ns, holdings=()), few=6)
        await looked(pilot)
        assert "STALE" not in text(pilot.app)
        assert "BTC sat 3" not in text(pilot.app)  # it was the other's


def grown(source: Source, event: msgspec.Struct) -> None:
    """By one entry."""
    store = open_store(source.url)
    journal = StoredJournal(store, now=lambda: NOW, deliver=lambda act: act())
    journal(event)
    journal.close()
    store.close()


async def test_a_position_is_read_again_only_when_the_journal_has_more_of_it(
    source: Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its journal grows many times a second; reading a week of it again each time would be a core's work."""
    read: list[str] = []
    transactions = source.transactions
    monkeypatch.setattr(source, "transactions", lambda one: read.append(one.id) or transactions(one))
    async with opened(source) as pilot:
        await pressed(pilot, "2", "enter")
        assert read == [HELD]
        grown(source, Refused("r-y", "collar", "elsewhere", {}, NOW))
        await looked(pilot)
        assert read == [HELD]
        grown(source, FundingPayment("p2", PERP.id, D("0.0001"), -100, D(60_100), D("0.6"), "USDT", NOW, NOW))
        await looked(pilot)
        assert read == [HELD, HELD]
        assert "+1.20" in text(pilot.app)
