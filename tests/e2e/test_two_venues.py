"""A live run on doubles of two venues, money sent from one to the other: the books are what both have."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from tests.doubles.tapes import lively, write
from tests.e2e.live import play
from titan.doubles.rails import Rails, address_of
from titan.model.pair import TransferIntent
from titan.portfolio.entries import TRANSIT
from titan.runtime.trading import opening
from titan.runtime.trading.run import Run

VENUE = """
[venues.{here}]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "{tape}"
[venues.{here}.withdraw]
key = "owner"
to = ["{there} USDT TRC20 {address}"]
"""
SETTINGS = """
[live]
folder = "{folder}"
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 3600
"""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    tape = write(tmp_path / "tape", lively(240))
    text = SETTINGS.format(folder=tmp_path / "run")
    for here, there in (("binance", "bybit"), ("bybit", "binance")):
        text += VENUE.format(here=here, there=there, tape=tape, address=address_of(there, "USDT", "TRX"))
    (tmp_path / "titan.toml").write_text(text)
    before = sys.getswitchinterval()
    yield tmp_path / "titan.toml"
    sys.setswitchinterval(before)


async def test_money_goes_round_while_a_run_trades_at_both(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "Rails", lambda: Rails(seconds=0.5))
    monkeypatch.setattr("titan.doubles.account.SETTLES_NS", 300_000_000)

    async def round_trip(run: Run) -> None:
        engine = run.parts.engine
        for n, (here, there) in enumerate((("binance", "bybit"), ("bybit", "binance"))):
            wish = TransferIntent(
                f"{run.run_id}-{n}",
                "sentinel",
                "USDT",
                f"{here}.spot",
                f"{there}.spot",
                "250",
                "margin",
                patience_ns=20_000_000_000,
            )
            engine.fulfil(run.parts.strategy, [wish])
        while engine.moving:
            await asyncio.sleep(0.05)

    played = await play(place, monkeypatch, round_trip)
    run = played.run
    assert (played.last.state, played.last.notes) == ("stopped", ())
    ledger = run.parts.ledger
    for index in range(2):
        assert ledger.has("transfer", f"{run.run_id}-{index}")
    assert ledger.balance(TRANSIT, "USDT") == 0
    assert ledger.balance("transfers", "USDT") == Decimal(2)
    assert played.ours() == played.theirs()
