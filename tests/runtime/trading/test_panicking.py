"""What a panic takes from a run's journal: missing, broken, of another mode; and a run beside a panic."""

from __future__ import annotations

from contextlib import AsyncExitStack
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from titan.model.errors import ConfigError
from titan.model.events import Submitted
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.listing import Listing
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.recovery import Latched, PanicEnded, PanicStep
from titan.model.run import RunBegan
from titan.model.signal import Intent, Purpose
from titan.runtime.clock import WallClock
from titan.runtime.trading.knowing import known, owned
from titan.runtime.trading.opening import open_journal
from titan.runtime.trading.plan import Plan, read_plan
from titan.storage.journal import StoredJournal
from titan.storage.schema import entries
from titan.storage.store import open_store

SPOT = Instrument(
    "kraken", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"),
    FeeSchedule(Decimal(0), Decimal(0)),
)  # fmt: skip
BOUGHT = Fill("f", "c", SPOT.id, Side.BUY, 5_000_000, 1000, Decimal(0), "USDT", Liquidity.TAKER, 2, 2)
PANICS = (PanicStep("panic-1", "", "began", 3, "why"), Latched("panic", "why", "me", 3))


def began(mode: str) -> RunBegan:
    return RunBegan("r", mode, "s", "here", Decimal(1), 1, "0", False, 1)


def written(place: Path, *events: msgspec.Struct) -> str:
    url = f"sqlite:///{place / 'titan.db'}"
    store = open_store(url)
    journal = StoredJournal(store, now=lambda: 1, deliver=lambda call: call())
    for event in events:
        journal(event)
    journal.close()
    store.close()
    return url


def test_coins_that_a_live_run_bought_are_its_own(tmp_path: Path) -> None:
    pages: list[str] = []
    memory = known(written(tmp_path, began("live"), Listing(SPOT, 1), BOUGHT), pages.append)
    assert owned(memory) == {SPOT.id: Decimal("0.01")}
    assert pages == []


@pytest.mark.parametrize("mode", ["paper", "observe"])
def test_coins_that_were_bought_on_paper_are_not_ours_to_sell(tmp_path: Path, mode: str) -> None:
    pages: list[str] = []
    order = Submitted("x", _reduction("panic-1"), 4)
    other = Submitted("y", _reduction("a-pair"), 2)
    url = written(tmp_path, began(mode), Listing(SPOT, 1), other, BOUGHT, *PANICS, order)
    memory = known(url, pages.append)
    assert owned(memory) == {}
    assert mode in pages[0]
    assert (list(memory.panics()), set(memory.latches), set(memory.orders)) == (["panic-1"], {"panic"}, {"x"})


def test_a_journal_that_is_not_there_stops_no_panic_and_is_told(tmp_path: Path) -> None:
    pages: list[str] = []
    memory = known(f"sqlite:///{tmp_path / 'none.db'}", pages.append)
    assert memory.entries == 0
    assert "no coins are known" in pages[0]


def test_a_broken_journal_stops_no_panic_and_what_can_be_read_counts(tmp_path: Path) -> None:
    url, pages = written(tmp_path, began("live"), Listing(SPOT, 1), BOUGHT, *PANICS), list[str]()
    store = open_store(url)
    with store.engine.begin() as write:
        last = write.execute(sa.select(sa.func.max(entries.c.seq))).scalar()
        write.execute(sa.update(entries).where(entries.c.seq == last).values(body=b'{"what":"none"}'))
    store.close()
    memory = known(url, pages.append)
    assert owned(memory) == {SPOT.id: Decimal("0.01")}
    assert "known in part only" in pages[0]


@pytest.mark.parametrize("new", [False, True])
async def test_a_run_does_not_begin_in_the_middle_of_a_panic(tmp_path: Path, new: bool) -> None:
    written(tmp_path, began("live"), *PANICS)
    async with AsyncExitStack() as closing:
        with pytest.raises(ConfigError, match="began and did not end"):
            await open_journal(_plan(tmp_path), WallClock(), closing, new=new)
    written(tmp_path, PanicEnded("panic-1", ("kraken",), {}, 5))
    async with AsyncExitStack() as closing:
        _, left = await open_journal(_plan(tmp_path), WallClock(), closing, new=False)
        assert set(left.memory.latches) == {"panic"}


def _plan(place: Path) -> Plan:
    text = f'[live]\nfolder = "{place}"\n[venues.kraken]\ninstruments = ["spot.BTCUSDT"]\n'
    (place / "titan.toml").write_text(text)
    return read_plan(place, "live", {}, {})


def _reduction(saga: str) -> Intent:
    return Intent(
        "x", "", "house", SPOT.id, Side.SELL, 1, Purpose.EXIT, 1, OrderType.MARKET, tif=TimeInForce.IOC,
        saga=saga,
    )  # fmt: skip
