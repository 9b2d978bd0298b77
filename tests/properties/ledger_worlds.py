"""Any sequence of events that venues and treasuries can bring upon a ledger, with marks to value it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal as D

from hypothesis import strategies as st

from titan.model.events import Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.portfolio.ledger import Ledger

_FEES = FeeSchedule(maker=D("-0.0001"), taker=D("0.0005"))


def _pair(venue: str, base: str, tick: str, lot: str, quote: str = "USDT") -> list[Instrument]:
    return [
        Instrument(venue, kind, f"{base}{quote}", base, quote, D(tick), D(lot), _FEES)
        for kind in InstrumentKind
    ]


RATE = Instrument("binance", InstrumentKind.SPOT, "USDCUSDT", "USDC", "USDT", D("0.0001"), D("0.01"), _FEES)
"""What says how much USDC is worth."""


INSTRUMENTS = {
    rules.id: rules
    for rules in (
        *_pair("binance", "BTC", "0.01", "0.00001"),
        *_pair("binance", "ETH", "0.1", "0.0001"),
        *_pair("okx", "BTC", "0.1", "0.00000001"),
        *_pair("bybit", "BTC", "0.1", "0.0001", "USDC"),
        RATE,
    )
}
WALLETS = ["binance.spot", "binance.perp", "okx.spot", "bybit.spot", "bybit.perp"]
OWNERS = ["", "BTC:core:1", "BTC:satellite:2", "ETH:core:1"]
ids = st.integers(0, 30).map(str)
amounts = st.decimals("-100", "100", allow_nan=False, places=11)
costs = st.decimals("0", "1", allow_nan=False, places=8)
prices = st.decimals("0.01", "90000", allow_nan=False, places=7)
rates = st.decimals("0.8", "1.2", allow_nan=False, places=6)
owners = st.sampled_from(OWNERS)

Event = tuple[str, tuple[object, ...]]


@st.composite
def fills(draw: st.DrawFn) -> Event:
    rules = draw(st.sampled_from(list(INSTRUMENTS.values())))
    ticks = st.integers(1, 10_000_000)
    fill = Fill(
        id=draw(ids),
        client_id="c",
        instrument=rules.id,
        side=draw(st.sampled_from(list(Side))),
        ticks=draw(ticks),
        lots=draw(st.integers(1, 5) | st.integers(1, 3_000_000)),
        fee=draw(amounts),
        fee_asset=draw(st.sampled_from([rules.base, rules.quote])),
        liquidity=Liquidity.TAKER,
        venue_ns=1,
        local_ns=draw(st.integers(1, 1000)),
        quote_rate=draw(rates) if rules.quote == "USDC" else D(1),
    )
    return "fill", (fill, draw(ticks), draw(owners))


@st.composite
def payments(draw: st.DrawFn) -> Event:
    perp = draw(st.sampled_from([key for key in INSTRUMENTS if ".perp." in key]))
    settle = INSTRUMENTS[perp].settle
    rate = draw(rates) if settle == "USDC" else D(1)
    payment = FundingPayment(draw(ids), perp, D("0.0001"), 1, D(100), draw(amounts), settle, 1, 2, rate)
    return "funding", (payment, draw(st.none() | owners))


@st.composite
def transfers(draw: st.DrawFn) -> Event:
    source, target = draw(st.permutations(WALLETS))[:2]
    amount = draw(st.decimals("0.00000001", "500", allow_nan=False, places=8))
    transfer = Transfer(
        draw(ids), draw(st.sampled_from(["USDT", "USDC", "BTC"])), source, target, amount, draw(costs), 3
    )
    return "transfer", (transfer, draw(owners), draw(prices))


@st.composite
def deposits(draw: st.DrawFn) -> Event:
    asset = draw(st.sampled_from(["USDT", "USDC", "BTC", "ETH"]))
    amount = draw(st.decimals("0.00000001", "100000", allow_nan=False, places=8))
    return "deposit", (draw(st.sampled_from(WALLETS)), asset, amount, draw(prices))


def _key(event: Event) -> tuple[object, ...]:
    kind, (first, *_) = event
    if kind == "deposit":
        return (kind, id(event))
    return (kind, first.id, getattr(first, "instrument", ""))  # type: ignore[attr-defined]


def sequences(max_size: int = 25) -> st.SearchStrategy[list[Event]]:
    """Events with ids that do not contradict one another."""
    return st.lists(
        fills() | fills() | payments() | transfers() | deposits(), max_size=max_size, unique_by=_key
    )


marks = st.fixed_dictionaries(dict.fromkeys(INSTRUMENTS, prices))


def book(ledger: Ledger, event: Event) -> None:
    match event:
        case "fill", (Fill() as fill, int(reference), str(owner)):
            ledger.book_fill(fill, reference_ticks=reference, owner=owner)
        case "funding", (FundingPayment() as payment, owner):
            ledger.book_funding(payment, owner=owner)  # type: ignore[arg-type]
        case "transfer", (Transfer() as transfer, str(owner), D() as price):
            ledger.book_transfer(transfer, owner=owner, price=price if transfer.asset != "USDT" else None)
        case "deposit", (str(wallet), str(asset), D() as amount, D() as price):
            ledger.deposit(wallet, asset, amount, 1, price=price if asset != "USDT" else None)
        case _:
            raise AssertionError(event)


def new_ledger() -> Ledger:
    return Ledger(INSTRUMENTS, currency="USDT")


def booked(events: Sequence[Event]) -> Ledger:
    ledger = new_ledger()
    for event in events:
        book(ledger, event)
    return ledger
