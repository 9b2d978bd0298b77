"""The ledger by hand-computed examples: what each event books, and what bad events leave untouched."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
import pytest

from titan.model.errors import LedgerError
from titan.model.events import Transfer
from titan.model.fill import Fill, Finality, FundingPayment, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import coin_worth, delta, gross_exposure, nav, pnl

FEES = FeeSchedule(maker=D("0.0002"), taker=D("0.0005"))
SPOT = Instrument("binance", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", D("0.01"), D("0.001"), FEES)
PERP = Instrument("binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.001"), FEES)
BNB = Instrument("binance", InstrumentKind.SPOT, "BNBUSDT", "BNB", "USDT", D("0.01"), D("0.01"), FEES)
MARKS = {SPOT.id: D("110"), PERP.id: D("111"), BNB.id: D("600")}


def fill(rules: Instrument, side: Side, price: str, lots: int, key: str = "1", **more: object) -> Fill:
    terms = {"fee": D(0), "fee_asset": "USDT", "finality": Finality.FINAL} | more
    ticks = int(D(price) / rules.tick)
    return Fill(
        key,
        "c" + key,
        rules.id,
        side,
        ticks,
        lots,
        liquidity=Liquidity.TAKER,
        venue_ns=5,
        local_ns=7,
        **terms,
    )  # type: ignore[arg-type]


def book(ledger: Ledger, event: Fill, reference: str | None = None, **more: object) -> bool:
    rules = ledger.instruments[event.instrument]
    ticks = event.ticks if reference is None else int(D(reference) / rules.tick)
    return ledger.book_fill(event, reference_ticks=ticks, **more)  # type: ignore[arg-type]


@pytest.fixture
def ledger() -> Ledger:
    ledger = Ledger({rules.id: rules for rules in (SPOT, PERP, BNB)})
    ledger.deposit("binance.spot", "USDT", D(1000), 1)
    ledger.deposit("binance.perp", "USDT", D(500), 1)
    return ledger


def test_a_spot_fill_exchanges_quote_for_base(ledger: Ledger) -> None:
    book(ledger, fill(SPOT, Side.BUY, "100", 2000, fee=D("0.1")), owner="BTC:core:1")
    assert ledger.balance("binance.spot", "BTC") == 2
    assert ledger.balance("binance.spot", "USDT") == D("799.9")
    assert ledger.balance("trading", "BTC") == -2
    assert ledger.balance("trading", "USDT") == 200
    assert ledger.balance("fees", "USDT") == D("0.1")
    lines = [line for line in ledger.entries if line.cause == "fill:1"]
    assert len(lines) == 6
    assert {line.owner for line in lines} == {"BTC:core:1"}
    assert {line.at_ns for line in lines} == {7}
    assert [line.seq for line in ledger.entries] == list(range(len(ledger.entries)))


def test_a_perp_fill_moves_no_principal_until_it_reduces(ledger: Ledger) -> None:
    book(ledger, fill(PERP, Side.SELL, "100", 3000, "1"))
    assert ledger.balance("binance.perp", "USDT") == 500
    assert (ledger.position(PERP.id).lots, ledger.position(PERP.id).cost) == (-3000, D(-300))
    book(ledger, fill(PERP, Side.BUY, "90", 1000, "2"))
    assert ledger.balance("binance.perp", "USDT") == 510
    assert ledger.position(PERP.id).cost == -200
    book(ledger, fill(PERP, Side.BUY, "110", 3000, "3"))
    assert ledger.balance("binance.perp", "USDT") == 490
    after = ledger.position(PERP.id)
    assert (after.lots, after.cost, after.realised) == (1000, D(110), D(-10))


def test_the_released_cost_is_rounded_half_to_even_and_the_rest_stays() -> None:
    rules = msgspec.structs.replace(PERP, tick=D("0.00000001"), lot=D(1))
    ledger = Ledger({rules.id: rules})
    book(ledger, fill(rules, Side.BUY, "1", 1, "1"))
    book(ledger, fill(rules, Side.BUY, "1.00000001", 1, "2"))
    book(ledger, fill(rules, Side.SELL, "2", 1, "3"))
    # cost 2.00000001, half of it 1.000000005: rounds to the even 1.00000000
    assert ledger.balance("binance.perp", "USDT") == D("1.00000000")
    assert ledger.position(rules.id).cost == D("1.00000001")


def test_nav_delta_and_sources_of_a_pair(ledger: Ledger) -> None:
    book(ledger, fill(SPOT, Side.BUY, "100.50", 1000, "1", fee=D("0.10")), "100", owner="p")
    book(ledger, fill(PERP, Side.SELL, "101", 1000, "2", fee=D("0.05")), "101.5", owner="p")
    ledger.book_funding(FundingPayment("f", PERP.id, D("0.0001"), -1000, D(101), D("0.01"), "USDT", 8, 9))
    ledger.book_transfer(Transfer("t", "USDT", "binance.spot", "binance.perp", D(50), D("0.02"), 10))
    assert nav(ledger, MARKS) == D(1500) + D("9.5") - 10 - D("0.15") + D("0.01") - D("0.02")
    told = pnl(ledger, MARKS)
    assert told.basis == D(10) - D("9.5")
    assert (told.fees, told.funding, told.transfers) == (D("-0.15"), D("0.01"), D("-0.02"))
    assert told.slippage == D("-0.5") - D("0.5")
    assert told.total == nav(ledger, MARKS) - ledger.deposits
    assert pnl(ledger, MARKS, owner="p").funding == D("0.01")
    assert delta(ledger, MARKS).base == {"BTC": 0}
    assert delta(ledger, MARKS).total_usd == -1
    assert gross_exposure(ledger, MARKS) == 221


def test_a_fee_in_the_coin_is_valued_when_paid(ledger: Ledger) -> None:
    book(ledger, fill(SPOT, Side.BUY, "100", 1000, "1", fee=D("0.001"), fee_asset="BTC"), owner="p")
    assert ledger.holding("p", SPOT.id) == D("0.999")
    told = pnl(ledger, MARKS)
    assert told.fees == D("-0.1")
    assert told.basis == D("9.99")
    assert told.total == nav(ledger, MARKS) - ledger.deposits


def test_a_fee_in_a_third_asset_needs_its_price(ledger: Ledger) -> None:
    ledger.deposit("binance.spot", "BNB", D(1), 2, price=D(590))
    event = fill(SPOT, Side.BUY, "100", 1000, "1", fee=D("0.01"), fee_asset="BNB")
    with pytest.raises(LedgerError, match="BNB without its price"):
        book(ledger, event)
    book(ledger, event, fee_price=D(595))
    told = pnl(ledger, MARKS)
    assert told.fees == D("-5.95")
    assert told.total == nav(ledger, MARKS) - ledger.deposits


def test_what_comes_twice_is_booked_once(ledger: Ledger) -> None:
    event = fill(SPOT, Side.BUY, "100", 10)
    assert book(ledger, event)
    lines = len(ledger.entries)
    assert not book(ledger, msgspec.structs.replace(event, local_ns=99))
    assert (len(ledger.entries), ledger.ignored) == (lines, 1)
    with pytest.raises(LedgerError, match="twice with different contents"):
        book(ledger, msgspec.structs.replace(event, lots=11))
    # the same id on another instrument is another fill: venues number trades per symbol
    assert book(ledger, fill(PERP, Side.SELL, "100", 10))


def test_funding_without_owner_is_shared_by_size(ledger: Ledger) -> None:
    book(ledger, fill(PERP, Side.SELL, "100", 1000, "1"), owner="a")
    book(ledger, fill(PERP, Side.SELL, "100", 2000, "2"), owner="b")
    payment = FundingPayment("f", PERP.id, D("0.0001"), -3000, D(100), D("0.1"), "USDT", 8, 9)
    assert ledger.book_funding(payment)
    assert not ledger.book_funding(payment)
    assert ledger.sources("a").funding == D("0.03333333")
    assert ledger.sources("b").funding == D("0.06666667")


def test_dust_is_handed_over_without_profit(ledger: Ledger) -> None:
    book(ledger, fill(SPOT, Side.BUY, "100", 1000, "1", fee=D("0.0004"), fee_asset="BTC"), owner="p")
    book(ledger, fill(SPOT, Side.SELL, "105", 999, "2"), owner="p")
    before, whole = pnl(ledger, MARKS, owner="p"), pnl(ledger, MARKS)
    ledger.hand_over("p", MARKS)
    assert ledger.holding("p", SPOT.id) == 0
    assert pnl(ledger, {}, owner="p") == before
    assert pnl(ledger, MARKS) == whole
    assert ledger.holding("", SPOT.id) == D("0.0006")


BAD_FILLS = {
    "unknown instrument": (fill(SPOT, Side.BUY, "100", 1), {"instrument": "x.spot.Y"}, {}),
    "no lots": (fill(SPOT, Side.BUY, "100", 1), {"lots": 0}, {}),
    "negative price": (fill(SPOT, Side.BUY, "100", 1), {"ticks": -5}, {}),
    "no reference": (fill(SPOT, Side.BUY, "100", 1), {}, {"reference": "0"}),
    "NaN fee": (fill(SPOT, Side.BUY, "100", 1), {"fee": D("NaN")}, {}),
    "infinite fee": (fill(PERP, Side.BUY, "100", 1), {"fee": D("Infinity")}, {}),
    "absurdly fine fee": (fill(PERP, Side.BUY, "100", 1), {"fee": D("1e-90")}, {}),
    "float fee": (fill(PERP, Side.BUY, "100", 1), {"fee": 0.1}, {}),
    "fee nobody prices": (fill(SPOT, Side.BUY, "100", 1), {"fee_asset": "XYZ", "fee": D(1)}, {}),
    "reversed": (fill(SPOT, Side.BUY, "100", 1), {"finality": Finality.REVERSED}, {}),
}


@pytest.mark.parametrize("name", BAD_FILLS)
def test_a_bad_fill_changes_nothing(ledger: Ledger, name: str) -> None:
    event, wrong, more = BAD_FILLS[name]
    reference = int(D(more.get("reference", "100")) / D("0.01"))
    before = (list(ledger.entries), ledger.balances(), msgspec.structs.replace(ledger.totals))
    with pytest.raises(LedgerError):
        ledger.book_fill(msgspec.structs.replace(event, **wrong), reference_ticks=reference, owner="p")
    assert (list(ledger.entries), ledger.balances(), ledger.totals) == before
    assert list(ledger.fills()) == []
    assert book(ledger, event), "the same id can still be booked when it comes right"


def test_bad_deposits_funding_and_transfers_change_nothing(ledger: Ledger) -> None:
    before = list(ledger.entries)
    with pytest.raises(LedgerError, match="not a wallet"):
        ledger.deposit("fees", "USDT", D(1), 1)
    with pytest.raises(LedgerError, match="positive"):
        ledger.deposit("binance.spot", "USDT", D(-1), 1)
    with pytest.raises(LedgerError, match="no price"):
        ledger.deposit("binance.spot", "BTC", D(1), 1)
    with pytest.raises(LedgerError, match="not a perp"):
        ledger.book_funding(FundingPayment("f", SPOT.id, D(0), 0, D(1), D(1), "USDT", 1, 1))
    with pytest.raises(LedgerError, match="at cost"):
        ledger.book_transfer(Transfer("t", "USDT", "binance.spot", "binance.perp", D(1), D(-1), 1))
    with pytest.raises(LedgerError, match=r"from binance\.spot to binance\.spot"):
        ledger.book_transfer(Transfer("t", "USDT", "binance.spot", "binance.spot", D(1), D(0), 1))
    assert list(ledger.entries) == before
    assert ledger.deposits == 1500


def test_nothing_is_valued_at_a_guess(ledger: Ledger) -> None:
    book(ledger, fill(PERP, Side.SELL, "100", 1))
    with pytest.raises(LedgerError, match=r"no mark for binance\.perp\.BTCUSDT"):
        nav(ledger, {SPOT.id: D(1)})


def test_an_instrument_without_a_grid_is_refused() -> None:
    with pytest.raises(LedgerError, match="tick"):
        Ledger({SPOT.id: msgspec.structs.replace(SPOT, tick=D(0))})


def test_two_quote_currencies_need_a_choice() -> None:
    other = msgspec.structs.replace(SPOT, symbol="BTCUSDC", quote="USDC")
    with pytest.raises(LedgerError, match="name the ledger's currency"):
        Ledger({SPOT.id: SPOT, other.id: other})
    with pytest.raises(LedgerError, match="nothing says what USDC is worth in USDT") as found:
        Ledger({SPOT.id: SPOT, other.id: other}, currency="USDT")
    assert "USDCUSDT" in found.value.remedy
    euro = msgspec.structs.replace(SPOT, symbol="BTCEUR", quote="EUR")
    ledger = Ledger({SPOT.id: SPOT, euro.id: euro}, currency="USDT")
    with pytest.raises(LedgerError, match="quoted in EUR"):
        book(ledger, fill(euro, Side.BUY, "100", 1))


def test_one_price_of_a_coin_whatever_is_held_of_it() -> None:
    other = msgspec.structs.replace(SPOT, venue="a", symbol="BTCUSDC", quote="USDC")
    rate = msgspec.structs.replace(SPOT, symbol="USDCUSDT", base="USDC")
    ledger = Ledger({i.id: i for i in (PERP, other, SPOT, rate)}, currency="USDT")
    marks = {PERP.id: D(101), other.id: D(100), SPOT.id: D(90), rate.id: D("0.9")}
    assert coin_worth(ledger, "BTC", marks) == 90
    assert coin_worth(ledger, "BTC", {key: marks[key] for key in (PERP.id, SPOT.id)}) == 90
    assert coin_worth(ledger, "BTC", {key: marks[key] for key in (PERP.id, other.id)}) == 101
    assert coin_worth(ledger, "BTC", {}) is None
