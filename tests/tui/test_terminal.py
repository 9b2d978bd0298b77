"""The terminal as its user meets it: keys, mouse, drilling down and back, staleness, pause."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.widgets import DataTable

from tests.tui.pictures import check, lines, text
from tests.tui.stage import SIZES, Clock, S, looked, opened, pressed, says, settled
from tests.views.scripts import STATUS, folder, pair
from titan.cli.tui import source_of
from titan.tui.rows import Rows
from titan.tui.source import Source
from titan.views.status import JournalLine


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("runs") / "demo-live")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(run: Path, clock: Clock) -> Iterator[Source]:
    """Of the run in a few entries; whatever a test made it say is taken back."""
    found = source_of(str(run), now=clock)
    yield found
    found.close()
    says(found)


@pytest.mark.parametrize("size", list(SIZES))
async def test_the_board(source: Source, size: str) -> None:
    async with opened(source, SIZES[size]) as pilot:
        check(pilot.app, f"board-{size}")
        assert max(map(len, lines(pilot.app))) <= SIZES[size][0]


@pytest.mark.parametrize(
    ("key", "name"), [("2", "positions"), ("3", "yield"), ("4", "desk"), ("5", "alerts")]
)
async def test_panels_by_number_at_80x24(source: Source, key: str, name: str) -> None:
    async with opened(source, SIZES["80x24"]) as pilot:
        await pressed(pilot, key)
        check(pilot.app, f"{name}-80x24")


@pytest.mark.parametrize("size", list(SIZES))
async def test_down_to_a_position_and_its_order_and_back(source: Source, size: str) -> None:
    async with opened(source, SIZES[size]) as pilot:
        await pressed(pilot, "2", "enter")
        check(pilot.app, f"holding-{size}")
        await pressed(pilot, "j", "j", "enter")
        assert "torder00000000000000000002" in text(pilot.app)
        assert "60,090" in text(pilot.app)
        await pressed(pilot, "escape")
        assert "transactions, the newest first" in text(pilot.app)
        await pressed(pilot, "escape")
        check(pilot.app, f"positions-again-{size}")
        await pressed(pilot, "escape")
        assert "positions" in text(pilot.app)  # there is nothing behind the board


async def test_orders_are_shown_where_asked(source: Source) -> None:
    async with opened(source) as pilot:
        await pressed(pilot, "2", "enter")
        table = pilot.app.screen.query_one(Rows)
        before = table.row_count
        await pressed(pilot, "o")
        assert table.row_count == before + 2


async def test_a_click_opens_a_row_and_sorts_by_a_head(source: Source) -> None:
    async with opened(source) as pilot:
        table = pilot.app.screen.query_one("#basis", Rows)
        assert table.current == "BTC"
        head = next(n for n, line in enumerate(lines(pilot.app)) if "symbol" in line)
        column = lines(pilot.app)[head].index(" z") + 1
        await pilot.click(offset=(column, head))
        await settled(pilot)
        assert (table.sorting, keys(table)) == ("z", ["ETH", "BTC", "XRP", "SOL", "DOGE"])
        await pilot.click(offset=(column, head))
        await settled(pilot)
        assert keys(table)[0] == "DOGE"
        place = next(n for n, line in enumerate(lines(pilot.app)) if "BTC core 1" in line)
        await pilot.click(offset=(5, place))
        await settled(pilot)
        assert "transactions, the newest first" in text(pilot.app)


def keys(table: DataTable[object]) -> list[str]:
    return [str(row.key.value) for row in table.ordered_rows]


async def test_sorting_keeps_the_cursor_on_its_row(source: Source) -> None:
    async with opened(source) as pilot:
        table = pilot.app.screen.query_one("#basis", Rows)
        await pressed(pilot, "j", "s", "s", "s")
        assert table.sorting == "z"
        assert table.current == "ETH"
        says(source, replace(STATUS, pairs=(pair("BTC", 9.0), *STATUS.pairs[1:])))
        await looked(pilot)
        assert keys(table)[:2] == ["BTC", "ETH"]
        assert table.current == "ETH"


async def test_a_filter_leaves_what_was_asked_for(source: Source) -> None:
    async with opened(source) as pilot:
        table = pilot.app.screen.query_one("#basis", Rows)
        await pressed(pilot, "slash", "e", "t", "enter")
        assert keys(table) == ["ETH"]
        await pressed(pilot, "1", "j")
        assert table.current == "ETH"
        await pressed(pilot, "escape")
        assert len(keys(table)) == 5


async def test_nothing_moves_while_paused(source: Source, clock: Clock) -> None:
    async with opened(source) as pilot:
        await pressed(pilot, "p")
        before = text(pilot.app)
        assert "PAUSED" in before
        says(source, replace(STATUS, nav=D(1), pairs=()))
        clock.now_ns += 60 * S
        await looked(pilot)
        assert text(pilot.app) == before
        await pressed(pilot, "p")
        await looked(pilot)
        assert "PAUSED" not in text(pilot.app)
        assert "100,012.35" not in text(pilot.app)


@pytest.mark.parametrize("size", list(SIZES))
async def test_a_run_that_is_silent_is_not_shown_as_live(source: Source, clock: Clock, size: str) -> None:
    async with opened(source, SIZES[size]) as pilot:
        clock.now_ns += 42 * S
        await looked(pilot)
        assert "STALE: silent for 42 s" in lines(pilot.app)[0]
        assert "nothing here is live" in lines(pilot.app)[2]
        assert "entries open" not in text(pilot.app)


async def test_a_run_that_stopped_says_when(source: Source, clock: Clock) -> None:
    async with opened(source) as pilot:
        says(source, replace(STATUS, state="stopped"))
        clock.now_ns += 3600 * S
        await looked(pilot)
        assert "stopped 1 h 00 m ago" in lines(pilot.app)[0]


async def test_trouble_with_the_journal_is_in_the_head(source: Source) -> None:
    async with opened(source, (80, 24)) as pilot:
        says(source, replace(STATUS, journal=JournalLine("x", 1, 9, "the disk is full")))
        await looked(pilot)
        assert "✕ JOURNAL: the disk is full" in lines(pilot.app)[2]


async def test_real_money_is_unmistakable(source: Source) -> None:
    async with opened(source, (80, 24)) as pilot:
        says(source, replace(STATUS, mode="live", simulated=False))
        await looked(pilot)
        assert "REAL MONEY" in lines(pilot.app)[0]
        assert "SIMULATED" not in text(pilot.app)


async def test_words_of_others_are_no_markup(source: Source) -> None:
    async with opened(source) as pilot:
        assert "price [bold]moved[/]" in text(pilot.app)


async def test_help_explains_keys_and_signs(source: Source) -> None:
    async with opened(source, (80, 24)) as pilot:
        await pressed(pilot, "question_mark")
        check(pilot.app, "help-80x24")
        await pressed(pilot, "escape")
        assert "basis monitor" in text(pilot.app)


async def test_q_leaves(source: Source) -> None:
    async with opened(source) as pilot:
        await pilot.press("q")
        await asyncio.sleep(0)
        await pilot.pause()
        assert not pilot.app.is_running


async def test_where_nothing_ran_it_says_what_to_do(tmp_path: Path, clock: Clock) -> None:
    nothing = Source(tmp_path, f"sqlite:///{tmp_path / 'titan.db'}", clock)
    async with opened(nothing, (80, 24)) as pilot:
        assert "waiting for a run" in text(pilot.app)
        assert "titan run --mode paper --config config/demo" in text(pilot.app)
        await pressed(pilot, "2", "enter", "3", "4", "5")


async def test_it_is_drawn_anew_for_another_size(source: Source) -> None:
    async with opened(source) as pilot:
        assert "yield and inventory" in text(pilot.app)
        await pilot.resize_terminal(80, 24)
        await settled(pilot)
        assert "yield and inventory" not in text(pilot.app)
        await pilot.resize_terminal(160, 50)
        await settled(pilot)
        check(pilot.app, "board-160x50")
