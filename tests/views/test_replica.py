"""The replica of a run: what its journal says, however it is heard."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tests.views.scripts import (
    ENDED,
    HELD,
    HOUR,
    NOW,
    PERP,
    SPOT,
    STATUS,
    leg,
    outcome,
    replica,
    script,
    wish,
)
from titan.model.events import OrderReport, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.listing import Listing
from titan.model.order import OrderEvent, OrderState, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairOutcome, PairType, TransferIntent
from titan.model.recovery import Latched, PanicEnded
from titan.model.run import RunBegan
from titan.model.signal import Purpose
from titan.portfolio.ledger import Ledger
from titan.runtime.entries import TYPES as WRITTEN
from titan.views.board import board
from titan.views.replica import KEPT, TYPES, Replica


def test_a_holding_has_its_reason_its_legs_and_what_they_cost() -> None:
    held = replica().holdings[HELD]
    assert (held.units, held.flight, held.orders, held.fills) == (100, "", 2, 2)
    assert held.signal is not None
    assert held.signal.name == "CORE_OPEN"
    assert {name: leg.lots for name, leg in held.legs.items()} == {SPOT.id: 10_000, PERP.id: -100}
    assert round(held.entry_basis_bps or 0, 6) == 15.0
    assert held.fees == {"USDT": D("12.009")}


def test_one_that_ended_knows_what_it_made_with_its_share_of_the_funding() -> None:
    (ended,) = replica().closed
    assert (ended.id, ended.units, ended.closing) == (ENDED, 0, "basis back at its mean")
    assert ended.closed_ns == NOW - HOUR
    assert ended.realised("USDT") == {
        "funding": D("0.3005"), "basis": D("8.5"), "fees": D("-12.0335"),
    }  # fmt: skip
    assert ended.realised("USDC") is None


def test_funding_is_shared_out_to_the_last_unit() -> None:
    folded = replica()
    shares = [one.funding for one in (*folded.holdings.values(), *folded.closed)]
    assert sum(shares) == folded.funding["USDT"] == D("0.9015")


def test_a_vacuum_takes_funding_the_other_way_round_as_in_the_ledger() -> None:
    """It is long what the core is short: the venue pays for the difference."""
    lent = msgspec.structs.replace(
        wish("r-sentinel.BTC-8-entry", "BTC:vacuum:7", Purpose.ENTRY, 40, "forced selling"),
        type=PairType.VACUUM, reverse=True,
    )  # fmt: skip
    payment = FundingPayment("p1", PERP.id, D("0.0001"), -60, D(60_000), D("0.36"), "USDT", NOW, NOW)
    events = [
        *script()[:14],
        (NOW - HOUR, lent),
        *leg(7, lent, SPOT, Side.SELL, 4_000, 6_000_000, NOW - HOUR),
        *leg(8, lent, PERP, Side.BUY, 40, 597_000, NOW - HOUR), (NOW, payment),
    ]  # fmt: skip
    folded = replica(events)
    shares = {one.id: one.funding for one in folded.holdings.values()}
    assert shares == {HELD: D("0.6"), "BTC:vacuum:7": D("-0.24")}
    ledger = Ledger({SPOT.id: SPOT, PERP.id: PERP})
    owners = {e.client_id: e.intent.owner for _, e in events if isinstance(e, Submitted)}
    for _, event in events:
        if isinstance(event, Fill):
            ledger.book_fill(event, reference_ticks=event.ticks, owner=owners[event.client_id])
    ledger.book_funding(payment)
    assert shares == {owner: ledger.sources(owner).funding for owner in shares}


@given(st.lists(st.integers(0, 40), max_size=4))
def test_it_is_the_same_however_it_is_heard(again: list[int]) -> None:
    """Reading on from any place, twice or more, changes nothing."""
    folded, whole = Replica(), script()
    entries = [(seq, *one) for seq, one in enumerate(whole, 1)]
    for start in (*again, 0):
        for seq, at_ns, event in entries[: start or None]:
            folded(seq, at_ns, event)
    assert board(STATUS, folded, NOW) == board(STATUS, replica(), NOW)
    assert folded.missing == 0


def test_what_was_never_heard_is_counted() -> None:
    folded = Replica()
    for seq in (1, 2, 5):
        folded(seq, NOW, Listing(SPOT, NOW))
    assert (folded.seq, folded.missing) == (5, 2)


@given(
    st.lists(
        st.tuples(
            st.sampled_from([SPOT, PERP]), st.sampled_from(Side), st.integers(1, 50), st.integers(1, 999)
        ),
        max_size=30,
    )
)  # fmt: skip
def test_positions_are_the_ledgers(trades: list[tuple[object, Side, int, int]]) -> None:
    ledger = Ledger({SPOT.id: SPOT, PERP.id: PERP}, currency="USDT")
    folded = Replica()
    folded(1, 0, Listing(SPOT, 0))
    folded(2, 0, Listing(PERP, 0))
    for n, (rules, side, lots, ticks) in enumerate(trades):
        name = rules.id  # type: ignore[attr-defined]
        fill = Fill(f"f{n}", "t", name, side, ticks, lots, D(0), "USDT", Liquidity.TAKER, n, n)
        ledger.book_fill(fill, reference_ticks=ticks)
        folded(3 + 2 * n, n, fill)
        folded(4 + 2 * n, n, fill)  # told again: counts once
    assert {p.instrument: p for p in ledger.positions()} == folded.positions


def test_an_order_is_followed_to_its_end() -> None:
    events = script()
    sent = next(n for n, (_, event) in enumerate(events) if isinstance(event, OrderReport))
    folded = replica(events[:sent])
    (one,) = folded.working.values()
    assert one.order.state is OrderState.PENDING
    name = one.order.request.client_id
    folded(sent + 1, NOW, OrderReport(name, OrderEvent.CANCEL, NOW, NOW))
    assert folded.working == {}
    assert [gone.order.state for gone in folded.ended] == [OrderState.CANCELLED]


def test_a_withdrawal_is_on_its_way_until_it_arrives_or_comes_back() -> None:
    folded = replica()
    wish = TransferIntent("w", "sentinel", "USDT", "binance.spot", "bybit.spot", "100", "why")
    folded(folded.seq + 1, NOW, wish)
    folded(folded.seq + 1, NOW, Transfer("w.out", "USDT", "binance.spot", "transit", D(100), D(0), NOW))
    assert (folded.transfers["w"].state, "w" in folded.wishes) == ("on its way", True)
    folded(folded.seq + 1, NOW, Transfer("w", "USDT", "transit", "bybit.spot", D(99), D(1), NOW))
    assert (folded.transfers["w"].state, folded.transfers["w"].cost) == ("booked", D(1))
    assert "w" not in folded.wishes


def test_one_that_came_back_is_wished_for_until_its_saga_says_so() -> None:
    folded = replica()
    wish = TransferIntent("w", "sentinel", "USDT", "binance.spot", "bybit.spot", "100", "why")
    folded(folded.seq + 1, NOW, wish)
    folded(folded.seq + 1, NOW, Transfer("w.out", "USDT", "binance.spot", "transit", D(100), D(0), NOW))
    folded(folded.seq + 1, NOW, Transfer("w.back", "USDT", "transit", "binance.spot", D(100), D(0), NOW))
    assert (folded.transfers["w"].state, "w" in folded.wishes) == ("came back", True)
    folded(folded.seq + 1, NOW, SagaOutcome(wish, PairEnd.REFUSED, 0, 0, "it came back", NOW))
    assert (folded.transfers["w"].state, "w" in folded.wishes) == ("refused", False)


def test_a_new_run_begins_with_nothing_but_what_was_imposed() -> None:
    folded = replica()
    folded(folded.seq + 1, NOW, Latched("panic", "a drill", "me", NOW))
    folded(folded.seq + 1, NOW, RunBegan("next", "paper", "sentinel", "", D(1), 7, "0.1.0", False, NOW))
    assert (folded.holdings, folded.positions, len(folded.values)) == ({}, {}, 0)
    assert list(folded.latches) == ["panic"]


def test_a_panic_leaves_no_holding() -> None:
    folded = replica()
    folded(folded.seq + 1, NOW, PanicEnded("p", ("binance",), {}, NOW))
    assert folded.holdings == {}
    assert folded.closed[-1].closing == "panic"


def test_of_what_ended_only_the_last_is_kept() -> None:
    folded, seq = Replica(), 0
    for n in range(3 * KEPT):
        meant = wish(f"r-sentinel.BTC-{n}-entry", f"BTC:satellite:{n}", Purpose.ENTRY, 1, "why")
        for event in (meant, PairOutcome(meant, PairEnd.REFUSED, 0, 0, 0, "no", n)):
            seq += 1
            folded(seq, n, event)
    assert (len(folded.closed), len(folded.alerts), folded.holdings, folded.wishes) == (KEPT, KEPT, {}, {})


def test_it_knows_types_that_a_journal_has() -> None:
    assert set(TYPES) <= set(WRITTEN)
    assert all(issubclass(one, msgspec.Struct) for one in TYPES)


def test_a_clip_that_was_given_back_is_no_part_of_the_entry_basis() -> None:
    """Its spot leg failed, and the repair bought the perp back: the same as in a trade's record."""
    held = replica().holdings[HELD]
    more = wish("r-sentinel.BTC-8-entry", HELD, Purpose.ENTRY, 10, "funding")
    sold = list(leg(7, more, PERP, Side.SELL, 10, 1_200_000, NOW - HOUR))
    back = [
        (at, msgspec.structs.replace(e, intent=msgspec.structs.replace(e.intent, purpose=Purpose.HEDGE)))
        if isinstance(e, Submitted) else (at, e)
        for at, e in leg(8, more, PERP, Side.BUY, 10, 1_201_000, NOW - HOUR)
    ]  # fmt: skip
    events = [*script(), (NOW - HOUR, more), *sold, *back, (NOW - HOUR, outcome(more, NOW - HOUR, 0))]
    again = replica(events).holdings[HELD]
    assert (again.entry_basis_bps, again.exit_basis_bps) == (held.entry_basis_bps, None)
    assert again.legs[PERP.id].lots == held.legs[PERP.id].lots
    # A clip under way, one leg of which is filled already, does not show either.
    assert replica([*script(), (NOW - HOUR, more), *sold]).holdings[HELD].entry_basis_bps == 15.0
