"""The tables beside the journal, and what is read from them: orders, positions, transfers, sagas, stories."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
import sqlalchemy as sa

from tests.storage.stores import BTC, Writing, fill, report, submitted
from titan.model.events import OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.listing import Listing
from titan.model.order import OrderEvent, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.model.recovery import PanicEnded, PanicStep
from titan.model.run import RunBegan
from titan.model.signal import Signal
from titan.storage.positions import positions
from titan.storage.rebuild import rebuild
from titan.storage.schema import fills, instruments, marks, orders, sagas, transfers
from titan.storage.store import Store
from titan.storage.story import near, story_of
from titan.storage.views import every_fill, fills_in, orders_in, rules_of, transfers_in

SPOT = Instrument(
    "binance", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"),
    FeeSchedule(Decimal("0.001"), Decimal("0.001")),
)  # fmt: skip


class Step(msgspec.Struct, frozen=True, tag="saga", tag_field="what"):
    """As sagas journal them, in a room that this one does not know."""

    intent_id: str
    step: str
    local_ns: int


def wish(name: str) -> TransferIntent:
    return TransferIntent(name, "s", "USDT", "binance.spot", "binance.perp", "12.5", "margin is low")


def began(at_ns: int, *, resumed: bool) -> RunBegan:
    return RunBegan("r", "paper", "s", "here", Decimal(1), 1, "0", resumed, at_ns)


def told(url: str, *events: msgspec.Struct, together: bool = False) -> Writing:
    """`together` in one commit, else each in its own."""
    writing = Writing(url)
    for event in events:
        writing.journal(event)
        if not together:
            writing.safe()
    writing.safe()
    return writing


def table(store: Store, which: sa.Table) -> list[tuple[object, ...]]:
    with store.reading() as read:
        return sorted((tuple(row) for row in read.execute(sa.select(which))), key=str)


COURSE: tuple[msgspec.Struct, ...] = (
    wish("t1"), Step("t1", "ask", 5), Step("t1", "look", 6),
    Transfer("t1", "USDT", "binance.spot", "binance.perp", Decimal("12.5"), Decimal("0.1"), 7),
    SagaOutcome(wish("t1"), PairEnd.DONE, 0, 0, "booked", 8),
    wish("t2"), SagaOutcome(wish("t2"), PairEnd.NEEDS_OPERATOR, 0, 0, "no word of it", 9),
    wish("t3"), wish("t4"), SagaOutcome(wish("t4"), PairEnd.REFUSED, 0, 0, "too much", 9),
    Transfer("by hand", "USDT", "a", "b", Decimal(3), Decimal(0), 10),
    PanicStep("panic-1", "binance", "cancel", 11), PanicEnded("panic-1", (), {"binance": "no answer"}, 12),
)  # fmt: skip


@pytest.mark.parametrize("together", [False, True])
def test_transfers_and_sagas_as_they_stand(url: str, together: bool) -> None:
    writing = told(url, *COURSE, together=together)
    states = {t.id: (t.state, t.amount, t.cost) for t in transfers_in(writing.store)}
    assert states == {
        "t1": ("booked", Decimal("12.5"), Decimal("0.1")), "t2": ("needs operator", Decimal("12.5"), 0),
        "t3": ("asked", Decimal("12.5"), 0), "t4": ("refused", Decimal("12.5"), 0),
        "by hand": ("booked", 3, 0),
    }  # fmt: skip
    assert {t.id for t in transfers_in(writing.store, is_open=True)} == {"t2", "t3"}
    with writing.store.reading() as read:
        found = {r.id: (r.kind, r.step, r.steps, r.end) for r in read.execute(sa.select(sagas))}
    assert found == {
        "t1": ("transfer_intent", "look", 2, "done"), "t2": ("transfer_intent", "", 0, "needs operator"),
        "t3": ("transfer_intent", "", 0, ""), "t4": ("transfer_intent", "", 0, "refused"),
        "panic-1": ("panic", "ended", 2, "not flat: binance"),
    }  # fmt: skip
    writing.close()


def test_orders_by_state_and_time_the_newest_last(url: str) -> None:
    writing = told(
        url, submitted("a"), report("a", OrderEvent.ACCEPT), submitted("b"), fill("b", 1, 5),
        submitted("c"), report("c", OrderEvent.TIMEOUT), together=True,
    )  # fmt: skip
    assert [o.client_id for o in orders_in(writing.store)] == ["a", "b", "c"]
    assert [o.client_id for o in orders_in(writing.store, is_open=True)] == ["a", "c"]
    assert [o.client_id for o in orders_in(writing.store, limit=1)] == ["c"]
    assert [o.client_id for o in orders_in(writing.store, since_ns=5)] == ["b"]
    (filled,) = (o for o in orders_in(writing.store) if o.client_id == "b")
    assert (filled.side, filled.type, filled.tif, filled.average_ticks) == ("buy", "limit", "ioc", 100)
    assert [f.owner for f in fills_in(writing.store)] == ["BTC:core:1"]
    writing.close()


def test_positions_are_at_average_cost_and_turn_through_zero(url: str) -> None:
    events = [
        submitted("a", 100),
        fill("a", 1, 10, "0.1", ticks=100, asset="USDT"),
        fill("a", 2, 10, "0.1", ticks=200, asset="USDT"),
        fill("a", 3, 5, "1", side=Side.SELL, ticks=250),
        fill("a", 4, 25, "-1", side=Side.SELL, ticks=100),
        fill("", 5, 2, "0", instrument="kraken.spot.X"),
    ]
    writing = told(url, *events, together=True)
    by_name = {p.instrument: p for p in positions(every_fill(writing.store))}
    btc = by_name[BTC]
    assert (btc.lots, btc.average_ticks, btc.fills) == (-10, 100, 5 - 1)
    assert btc.realised == (250 - 150) * 5 + (100 - 150) * 15
    assert btc.fees == {"USDT": Decimal("0.2"), "BNB": Decimal(0)}
    assert by_name["kraken.spot.X"].lots == 2
    owners = [(p.instrument, p.owner) for p in positions(every_fill(writing.store), by_owner=True)]
    assert owners == [(BTC, "BTC:core:1"), ("kraken.spot.X", "")]
    writing.close()


def test_positions_are_those_of_the_last_run(url: str) -> None:
    """A resumed run goes on with its books; a new one has its own."""
    one = fill("x", 1, 5)
    writing = told(url, began(1, resumed=False), one)
    assert [p.lots for p in positions(every_fill(writing.store))] == [5]
    writing.journal(began(6, resumed=True))
    writing.safe()
    assert [p.lots for p in positions(every_fill(writing.store))] == [5]
    writing.journal(began(6, resumed=False))
    writing.safe()
    assert positions(every_fill(writing.store)) == []
    writing.close()


def test_rules_are_those_last_written(url: str) -> None:
    finer = msgspec.structs.replace(SPOT, tick=Decimal("0.001"))
    writing = told(url, Listing(SPOT, 1), Listing(finer, 2))
    assert rules_of(writing.store) == {BTC: ("BTC", "USDT", Decimal("0.001"), Decimal("0.00001"))}
    writing.close()


def test_tables_made_again_are_the_same(url: str) -> None:
    writing = told(
        url, *COURSE, Listing(SPOT, 1), submitted("a"), report("a", OrderEvent.ACCEPT), fill("a", 1, 5),
        fill("a", 1, 5), submitted("b"), began(3, resumed=False),
    )  # fmt: skip
    everything = (orders, fills, transfers, sagas, instruments, marks)
    before = [table(writing.store, which) for which in everything]
    writing.journal.close()
    with writing.store.writing() as connection:
        connection.execute(sa.update(orders).values(state="odd"))
        connection.execute(sa.insert(marks), [{"name": "the tables are behind", "value": "x"}])
    kinds = [*dict.fromkeys(type(e) for e in COURSE), Listing, Submitted, OrderReport, Fill, RunBegan]
    assert rebuild(writing.store, kinds) == len(COURSE) + 7
    assert [table(writing.store, which) for which in everything] == before
    writing.store.close()


def test_the_story_of_a_saga_has_its_signal_orders_reports_and_refusals(url: str) -> None:
    signal = Signal("s", 1, "OPEN", "BTC", 7, 1, {"z": 2.5})
    refused = Refused("t1-BTC-2-perp", "size", "too large", {"lots": "5"}, 1)
    events = [
        Signal("other", 1, "OPEN", "BTC", 7, 1, {}), signal, wish("t1"), wish("t11"),
        submitted("a", saga="t1"), submitted("b"), report("a", OrderEvent.ACCEPT),
        report("b", OrderEvent.ACCEPT), refused,
        Refused("t11-BTC-2-perp", "size", "too large", {}, 1), fill("a", 1, 5), Step("t1", "end", 5),
    ]  # fmt: skip
    writing = told(url, *events, together=True)
    saga = story_of(writing.store, "t1")
    assert saga is not None
    assert (saga.kind, [e.seq for e in saga.entries]) == ("saga", [2, 3, 5, 7, 9, 11, 12])
    order = story_of(writing.store, "a")
    assert order is not None
    assert (order.kind, [e.seq for e in order.entries], order.sagas) == ("order", [5, 7, 11], ("t1",))
    intent = story_of(writing.store, "i-b")
    assert intent is not None
    assert (intent.kind, [e.seq for e in intent.entries]) == ("intent", [6, 8])
    assert story_of(writing.store, "nothing") is None
    assert near(writing.store, "t1") == ["t1", "t1-BTC-2-perp", "t11", "t11-BTC-2-perp"]
    writing.close()


def test_an_order_forgotten_by_the_writer_comes_back_from_its_row(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("titan.storage.projection.MOST_ENDED", 2)
    writing = Writing(url)
    projection = writing.journal._writer._projection
    projection._room = 4
    for n in range(12):
        for event in (submitted(f"o{n}"), report(f"o{n}", OrderEvent.CANCEL)):
            writing.journal(event)
        writing.safe()
    assert len(projection._known) < 6
    writing.journal(fill("o0", 1, 2))
    writing.safe()
    assert {o.client_id: o.filled_lots for o in orders_in(writing.store)}["o0"] == 2
    writing.close()


@pytest.mark.parametrize("together", [True, False])
def test_a_withdrawal_is_one_row_from_its_asking_to_its_arrival(url: str, together: bool) -> None:
    asked = TransferIntent("w", "s", "USDT", "binance.spot", "bybit.spot", "100", "margin is low")
    left = Transfer("w.out", "USDT", "binance.spot", "transit", Decimal(100), Decimal(0), 5)
    came = Transfer("w", "USDT", "transit", "bybit.spot", Decimal(99), Decimal(1), 9, Decimal(1))
    writing = told(url, asked, left, together=together)
    (row,) = transfers_in(writing.store, is_open=True)
    assert (row.state, row.amount, row.cost) == ("on its way", Decimal(100), Decimal(0))
    for event in (came, SagaOutcome(asked, PairEnd.DONE, 0, 0, "there", 10)):
        writing.journal(event)
    writing.safe()
    (row,) = transfers_in(writing.store)
    assert (row.id, row.source, row.target, row.state) == ("w", "binance.spot", "bybit.spot", "booked")
    assert (row.amount, row.cost) == (Decimal(99), Decimal(1))
    assert not transfers_in(writing.store, is_open=True)
    writing.close()


def test_a_withdrawal_that_failed_says_so(url: str) -> None:
    asked = TransferIntent("w", "s", "USDT", "binance.spot", "bybit.spot", "100", "margin is low")
    writing = told(
        url, asked, Transfer("w.out", "USDT", "binance.spot", "transit", Decimal(100), Decimal(0), 5),
        Transfer("w.back", "USDT", "transit", "binance.spot", Decimal(100), Decimal(0), 9),
        SagaOutcome(asked, PairEnd.ABORTED, 0, 0, "it failed, the money is back", 10),
    )  # fmt: skip
    (row,) = transfers_in(writing.store)
    assert (row.id, row.state, row.amount) == ("w", "aborted", Decimal(100))
    writing.close()
