"""A journal becomes what a restart needs, wherever it was cut."""

from __future__ import annotations

from decimal import Decimal

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, pair_intent
from titan.execution.booking import book, rebuild
from titan.execution.memory import fold
from titan.execution.panic_plan import owned_by
from titan.model.events import OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.listing import Listing
from titan.model.order import OrderEvent, Side
from titan.model.pair import PairEnd, PairOutcome, TransferIntent
from titan.model.recovery import Baseline, Deposited, Latched, PanicEnded, PanicStep, Rearmed
from titan.model.signal import Intent, Purpose, Signal
from titan.model.step import SagaStep
from titan.portfolio.ledger import Ledger

USDT = Decimal(1000)


def sent(n: int, instrument: str = SPOT.id, saga: str = "", side: Side = Side.BUY) -> Submitted:
    intent = Intent(f"i{n}", "s", f"owner{n}", instrument, side, 10, Purpose.ENTRY, 5_000_000, saga=saga)
    return Submitted(f"c{n}", intent, n)


def filled(n: int, client_id: str, lots: int = 5, instrument: str = SPOT.id, **changes: object) -> Fill:
    fill = Fill(
        f"f{n}", client_id, instrument, Side.BUY, 5_000_000, lots, Decimal("0.1"), "USDT", Liquidity.TAKER,
        n, n,
    )  # fmt: skip
    return msgspec.structs.replace(fill, **changes)


def report(n: int, event: OrderEvent, at: int) -> OrderReport:
    return OrderReport(f"c{n}", event, at, at)


def transfer_wish(name: str) -> TransferIntent:
    return TransferIntent(name, "s", "USDT", "binance.spot", "binance.perp", "12.50", "margin")


WHOLE = [
    Deposited("binance.spot", "USDT", USDT, 1),
    pair_intent(4, 2, id="w1"), sent(1, saga="w1"), sent(2, PERP.id, "w1", Side.SELL),
    SagaStep("w1", "clip", 1, (0, 0), 3),
    report(1, OrderEvent.ACCEPT, 4), filled(1, "c1"), filled(1, "c1"), report(2, OrderEvent.TIMEOUT, 5),
    transfer_wish("w2"), Signal("s", 1, "OPEN", "BTC", 7, 6, {}),
    FundingPayment("p1", PERP.id, Decimal("0.0001"), -1, Decimal(50_000), Decimal(5), "USDT", 7, 7),
    FundingPayment("p1", PERP.id, Decimal("0.0001"), -1, Decimal(50_000), Decimal(5), "USDT", 7, 8),
    filled(2, "nobody", 3), Latched("panic", "drawdown", "brain", 9),
    Baseline("binance", SPOT.id, Decimal(3), 10), PanicStep("p", "binance", "cancel", 11),
]  # fmt: skip


def test_orders_are_remembered_with_what_was_heard_of_them() -> None:
    memory = fold(WHOLE)
    assert list(memory.orders) == ["c1", "c2"]
    assert [o.submitted.client_id for o in memory.orders_of("w1")] == ["c1", "c2"]
    assert memory.orders["c1"].heard == [report(1, OrderEvent.ACCEPT, 4), filled(1, "c1")]
    assert memory.orders["c2"].reports[0].event is OrderEvent.TIMEOUT
    assert memory.orders["c1"].fills == [filled(1, "c1")]
    assert memory.foreign == [filled(2, "nobody", 3)]
    assert memory.intent("c1") == sent(1, saga="w1").intent
    assert memory.intent("nobody") is None
    assert memory.orders_of("none") == ()
    assert (memory.last_ns, memory.entries, memory.passed) == (11, len(WHOLE), {"Signal": 1})


def test_a_wish_for_one_order_is_open_until_it_is_sent_or_refused() -> None:
    one, two, three = (msgspec.structs.replace(sent(n).intent, id=f"i{n}") for n in (1, 2, 3))
    story = [one, two, three, sent(1), Refused("i2", "size", "too large", {}, 6), two]
    assert list(fold(story).unsent) == ["i3"]
    assert fold([*story, PanicEnded("p", ("binance",), {}, 9)]).unsent == {}


def test_open_wishes_steps_latches_and_panics_are_those_without_an_end() -> None:
    memory = fold(WHOLE)
    assert list(memory.wishes) == ["w1", "w2"]
    assert memory.steps["w1"] == [SagaStep("w1", "clip", 1, (0, 0), 3)]
    assert memory.latches["panic"].reason == "drawdown"
    assert memory.panics() == ["p"]
    assert memory.baselines["binance", SPOT.id].amount == 3
    memory(PairOutcome(pair_intent(4, 2, id="w1"), PairEnd.DONE, 4, 2, 0, "", 12))
    memory(
        Transfer("the venue's name", "USDT", "binance.spot", "binance.perp", Decimal("12.5"), Decimal(0), 13)
    )
    memory(PanicEnded("p", ("binance",), {}, 14))
    assert memory.wishes == {}
    assert memory.steps == {}
    assert memory.panics() == []
    assert "panic" in memory.latches  # until somebody re-arms
    memory(Rearmed("panic", "operator", 15))
    assert memory.latches == {}


def test_a_transfer_ends_the_wish_of_its_own_name_first() -> None:
    memory = fold([transfer_wish("a"), transfer_wish("b")])
    memory(Transfer("b", "USDT", "binance.spot", "binance.perp", Decimal("12.5"), Decimal(0), 1))
    assert list(memory.wishes) == ["a"]


def test_the_ledger_is_the_same_as_the_one_that_lived() -> None:
    living, memory = Ledger(INSTRUMENTS), fold([])
    for event in WHOLE:
        memory(event)
        if isinstance(event, Fill | FundingPayment | Transfer | Deposited):
            book(living, event, memory.intent)
    again = Ledger(INSTRUMENTS)
    assert rebuild(again, memory.bookings, memory.intent) == 4
    assert again.balances() == living.balances()
    assert [b.owner for b in again.fills()] == ["owner1", ""]
    assert again.balance("binance.spot", "USDT") == USDT - 8 * Decimal("0.5") - Decimal("0.2")


def test_a_fill_that_nobody_ordered_is_for_whose_position_it_closed() -> None:
    memory = fold([sent(1), filled(1, "c1", 7), filled(2, "", 5, side=Side.SELL)])
    ledger = Ledger(INSTRUMENTS)
    rebuild(ledger, memory.bookings, memory.intent)
    assert [b.owner for b in ledger.fills()] == ["owner1", "owner1"]


def test_a_fee_that_nothing_prices_never_keeps_a_fill_out_of_the_books() -> None:
    ledger = Ledger(INSTRUMENTS)
    fill = filled(1, "c1", fee_asset="BNB")
    assert book(ledger, fill, fold([sent(1)]).intent)
    assert not book(ledger, fill, fold([sent(1)]).intent)
    assert ledger.balance("binance.spot", "BNB") == 0
    assert ledger.balance("binance.spot", "BTC") == Decimal("0.00005")


ANY = st.one_of(
    st.builds(sent, st.integers(1, 4), st.sampled_from(list(INSTRUMENTS)), st.sampled_from(["", "w1", "w2"])),
    st.builds(report, st.integers(1, 5), st.sampled_from(list(OrderEvent)), st.integers(0, 99)),
    st.builds(filled, st.integers(1, 9), st.sampled_from(["c1", "c2", "c3", "x"])),
    st.sampled_from([*WHOLE, Rearmed("panic", "me", 1), PanicEnded("p", (), {}, 1)]),
)


@given(st.lists(ANY, max_size=30), st.integers(0, 30), st.integers(0, 30))
@settings(max_examples=200, deadline=None)
def test_any_cut_of_a_journal_folds_and_nothing_is_lost_or_doubled(
    events: list[msgspec.Struct], begin: int, end: int
) -> None:
    part = events[begin : begin + end]
    memory = fold(part)
    fills = {(e.instrument, e.id) for e in part if isinstance(e, Fill)}
    heard = [f for o in memory.orders.values() for f in o.fills]
    kept = [*heard, *(f for f in memory.foreign if isinstance(f, Fill))]
    assert {(f.instrument, f.id) for f in kept} == fills
    assert len(kept) == len(fills) == sum(isinstance(b, Fill) for b in memory.bookings)
    assert set(memory.orders) == {e.client_id for e in part if isinstance(e, Submitted)}
    assert sum(len(o) for o in memory.sagas.values()) <= len(memory.orders)


def test_the_end_of_a_panic_ends_holdings_and_sagas_but_not_money_on_its_way() -> None:
    """Long and short meet in the house; nobody believes to hold anything, also after a restart."""
    events = [
        Deposited("binance.spot", "USDT", USDT, 1), pair_intent(4, 2, id="w1"), transfer_wish("w2"),
        sent(1, saga="w1"), filled(1, "c1", 7),
        PanicStep("p", "", "began", 2), sent(2, saga="p", side=Side.SELL),
        msgspec.structs.replace(filled(2, "c2", 6, side=Side.SELL), ticks=4_900_000),
    ]  # fmt: skip
    events[6] = msgspec.structs.replace(
        events[6],
        intent=msgspec.structs.replace(events[6].intent, owner=""),  # type: ignore[attr-defined]
    )
    memory, ledger = fold([*events, PanicEnded("p", ("binance",), {}, 9)]), Ledger(INSTRUMENTS)
    rebuild(ledger, memory.bookings, memory.intent)
    assert list(memory.wishes) == ["w2"]
    assert ledger.holding("owner1", SPOT.id) == 0
    assert ledger.holding("", SPOT.id) == Decimal("0.00001")  # dust of one lot
    assert ledger.holders() == [""]
    assert not book(ledger, PanicEnded("p", ("binance",), {}, 9), memory.intent)


def test_what_a_panic_may_sell_is_what_fills_bought_and_not_what_lay_there() -> None:
    coin = Decimal("0.00001")
    other = msgspec.structs.replace(SPOT, symbol="BTCUSDC", quote="USDC")
    memory = fold(
        [
            Listing(SPOT, 1), Listing(PERP, 1), Listing(other, 1),
            Deposited("binance.spot", "BTC", USDT, 1, USDT),
            filled(1, "c1", 9, fee=coin, fee_asset="BTC"), filled(2, "c2", 3, other.id, side=Side.SELL),
            filled(3, "c3", 5, PERP.id), filled(4, "c4", 5, "okx.spot.BTCUSDT"),
        ]
    )  # fmt: skip
    fills = [one for one in memory.bookings if isinstance(one, Fill)]
    assert owned_by(fills, memory.instruments) == {other.id: 5 * coin}
    assert owned_by(fills[:1], memory.instruments) == {other.id: 8 * coin}
    assert owned_by([filled(5, "c5", 1, side=Side.SELL)], memory.instruments) == {}
