"""A trade's record, computed by hand beside the ledger."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest

from titan.model.errors import LedgerError
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairType
from titan.model.signal import Purpose
from titan.portfolio.ledger import Ledger
from titan.portfolio.trades import Story, TradeRecord, trade_record, trade_records

FREE = FeeSchedule(maker=D(0), taker=D(0))
SPOT, PERP = (
    Instrument("binance", kind, "BTCUSDT", "BTC", "USDT", D("0.01"), D("0.001"), FREE)
    for kind in InstrumentKind
)
OWNER = "BTC:core:1"
STORY = Story(clips=4, aborted=1, reason="CONTRACT")
MARKS = {SPOT.id: D(100), PERP.id: D(100)}


def fill(key: str, rules: Instrument, side: Side, price: str, lots: int, at: int, fee: str = "0.01") -> Fill:
    ticks = int(D(price) / rules.tick)
    return Fill(key, key, rules.id, side, ticks, lots, D(fee), "USDT", Liquidity.TAKER, at, at)


def book(ledger: Ledger, *fills: Fill, owner: str = OWNER) -> None:
    for each in fills:
        ledger.book_fill(each, reference_ticks=each.ticks, owner=owner)


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger({SPOT.id: SPOT, PERP.id: PERP})
    ledger.deposit("binance.spot", "USDT", D(1000), 0)
    book(
        ledger,
        fill("1", SPOT, Side.BUY, "100", 500, 10),
        fill("2", PERP, Side.SELL, "101", 500, 11),
        fill("3", SPOT, Side.BUY, "102", 500, 20),
        fill("4", PERP, Side.SELL, "103", 500, 21),
    )
    ledger.book_funding(FundingPayment("f", PERP.id, D(0), -1000, D(100), D("0.03"), "USDT", 25, 25))
    return ledger


def test_a_round_trip(ledger: Ledger) -> None:
    book(
        ledger,
        fill("5", SPOT, Side.SELL, "110", 1000, 30, fee="0.02"),
        fill("6", PERP, Side.BUY, "110.55", 1000, 31, fee="0.02"),
    )
    assert trade_record(ledger, OWNER, {}, STORY) == TradeRecord(
        id=OWNER,
        pair="BTC",
        type=PairType.CORE,
        opened_ns=10,
        closed_ns=31,
        spot_size=D(1),
        perp_size=D(1),
        notional=D(101),
        entry_basis_bps=D("99.0099"),
        exit_basis_bps=D("50"),
        funding=D("0.03"),
        basis=D(9) - D("8.55"),
        fees=D("-0.08"),
        slippage=D(0),
        transfers=D(0),
        stablecoin=D(0),
        total=D("0.40"),
        clips=4,
        aborted=1,
        reason="CONTRACT",
    )


def test_an_open_pair_is_valued_at_the_marks(ledger: Ledger) -> None:
    trade = trade_record(ledger, OWNER, MARKS, msgspec.structs.replace(STORY, reason=""))
    assert trade.closed_ns is None
    assert trade.exit_basis_bps is None
    assert trade.basis == D(-1) + D(2)
    with pytest.raises(LedgerError, match="no mark"):
        trade_record(ledger, OWNER, {}, STORY)


def test_an_aborted_pair_whose_perp_never_filled(ledger: Ledger) -> None:
    book(
        ledger,
        fill("7", SPOT, Side.BUY, "100", 10, 40),
        fill("8", SPOT, Side.SELL, "99", 10, 41),
        owner="BTC:satellite:2",
    )
    trade = trade_record(ledger, "BTC:satellite:2", {}, Story(1, 1, "perp leg rejected"))
    assert (trade.perp_size, trade.spot_size, trade.notional) == (0, D("0.01"), 1)
    assert trade.entry_basis_bps is trade.exit_basis_bps is None
    assert (trade.type, trade.total) == (PairType.SATELLITE, D("-0.03"))


def test_dust_below_a_lot_does_not_keep_a_trade_open(ledger: Ledger) -> None:
    dusty = msgspec.structs.replace(fill("7", SPOT, Side.BUY, "100", 10, 40, "0.0004"), fee_asset="BTC")
    book(ledger, dusty, fill("8", SPOT, Side.SELL, "99", 9, 41), owner="BTC:core:2")
    assert trade_record(ledger, "BTC:core:2", MARKS, STORY).closed_ns == 41


def test_only_holdings_that_traded_have_records(ledger: Ledger) -> None:
    records = trade_records(ledger, MARKS, {"ETH:core:9": STORY, OWNER: STORY})
    assert [trade.id for trade in records] == [OWNER]
    with pytest.raises(LedgerError, match="never had a fill"):
        trade_record(ledger, "ETH:core:9", MARKS, STORY)
    for stranger in ("", "foreign", "BTC:gamble:1"):
        with pytest.raises(LedgerError, match="no pair position"):
            trade_record(ledger, stranger, MARKS, STORY)


@pytest.mark.parametrize(
    "wrong", [{"total": D(1)}, {"closed_ns": 9}, {"id": ""}, {"notional": D(0)}, {"aborted": 5}]
)
def test_a_record_that_contradicts_itself_cannot_be_made(ledger: Ledger, wrong: dict[str, object]) -> None:
    trade = trade_record(ledger, OWNER, MARKS, STORY)
    with pytest.raises(LedgerError):
        msgspec.convert(msgspec.structs.asdict(trade) | wrong, TradeRecord)
    with pytest.raises(LedgerError):
        TradeRecord(**(msgspec.structs.asdict(trade) | wrong))


def test_the_basis_is_of_what_was_kept_and_the_money_of_all_that_was_done(ledger: Ledger) -> None:
    """A clip whose spot leg failed: its perp lots, at another price, were bought back at once."""
    sold, back = fill("5", PERP, Side.SELL, "202", 100, 30), fill("6", PERP, Side.BUY, "203", 100, 31)
    before = trade_record(ledger, OWNER, MARKS, STORY)
    ledger.book_fill(sold, reference_ticks=sold.ticks, owner=OWNER, purpose=Purpose.ENTRY, saga="r-BTC-9")
    ledger.book_fill(back, reference_ticks=back.ticks, owner=OWNER, purpose=Purpose.HEDGE, saga="r-BTC-9")
    after = trade_record(ledger, OWNER, MARKS, STORY)
    assert (after.entry_basis_bps, after.exit_basis_bps) == (before.entry_basis_bps, None)
    assert after.total == before.total - D("0.1") - D("0.02")
