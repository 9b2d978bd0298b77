"""Whatever comes by stream or poll, twice, late or in any order: each fill once, and the end last."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Order, OrderEvent, OrderRequest, OrderType, Side, TimeInForce
from titan.model.signal import Intent, Purpose, client_order_id
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.reports import Reports, Sent
from titan.venues.gateway.rules import Listed

LISTED = Listed(
    Instrument(
        "kraken", InstrumentKind.SPOT, "BTCUSD", "BTC", "USD", Decimal("0.1"), Decimal("0.01"),
        FeeSchedule(Decimal(0), Decimal(0)),
    ),
    "BTC/USD", Decimal(1),
)  # fmt: skip
IDS = format_of("kraken")
OURS = client_order_id("a")


def _reports(tif: TimeInForce = TimeInForce.GTC) -> tuple[Reports, Sent, list[VenueEvent]]:
    reports = Reports(
        IDS, lambda name: LISTED if name in ("BTC/USD", LISTED.instrument.id) else None, lambda: 5
    )
    intent = Intent(
        "a", "s", "o", LISTED.instrument.id, Side.BUY, 100, Purpose.ENTRY, 1, OrderType.LIMIT, 1000, tif=tif
    )
    sent = Sent(OURS, intent, LISTED, 1)
    reports.add(sent)
    events: list[VenueEvent] = []
    reports.subscribe(events.append)
    return reports, sent, events


def _order(status: str, filled: str) -> dict[str, Any]:
    return {
        "id": "V1", "clientOrderId": IDS.to_venue(OURS), "status": status, "filled": filled, "amount": "1",
        "timestamp": 1, "info": {},
    }  # fmt: skip


def _trade(id_: str, amount: str) -> dict[str, Any]:
    return {
        "id": id_, "order": "V1", "symbol": "BTC/USD", "side": "buy", "price": "100.0", "amount": amount,
        "takerOrMaker": "maker", "fee": {"cost": "0.01", "currency": "USD"}, "timestamp": 2, "info": {},
    }  # fmt: skip


LIFE: list[tuple[str, dict[str, Any]]] = [
    ("order", _order("open", "0")), ("trade", _trade("1", "0.30")), ("order", _order("open", "0.30")),
    ("trade", _trade("2", "0.20")), ("order", _order("canceled", "0.50")),
]  # fmt: skip


@given(st.permutations(LIFE), st.lists(st.sampled_from(LIFE), max_size=6))
def test_any_order_and_any_repetition_tell_the_same(
    shuffled: list[tuple[str, dict[str, Any]]], again: list[tuple[str, dict[str, Any]]]
) -> None:
    reports, sent, events = _reports()
    for what, said in [*shuffled, *again]:
        (reports.order if what == "order" else reports.trade)(said)
    fills = [e for e in events if isinstance(e, Fill)]
    assert sorted((f.id, f.lots) for f in fills) == [
        ("kraken.spot.BTCUSD-1", 30),
        ("kraken.spot.BTCUSD-2", 20),
    ]
    assert isinstance(events[-1], OrderReport)
    assert events[-1].event is OrderEvent.CANCEL
    assert sum(isinstance(e, OrderReport) and e.event is OrderEvent.CANCEL for e in events) == 1
    _follows_the_table(events)
    assert sent.done


def _follows_the_table(events: list[VenueEvent]) -> None:
    """Applied to the model's own order, none of the events raises."""
    order = Order(OrderRequest(OURS, "a", "s", LISTED.instrument.id, Side.BUY, OrderType.LIMIT, 100), 0)
    for event in events:
        if isinstance(event, Fill):
            order.apply_fill(event.ticks, event.lots, 0)
        elif isinstance(event, OrderReport):
            order.apply(event.event, 0)


def test_a_fill_that_comes_before_its_order_id_is_known_waits_for_it() -> None:
    reports, _, events = _reports()
    assert not reports.trade(_trade("1", "1.00"))
    assert events == []
    reports.name(OURS, "V1")
    (fill,) = events
    assert isinstance(fill, Fill)
    assert (fill.client_id, fill.ticks, fill.lots, fill.liquidity) == (OURS, 1000, 100, Liquidity.MAKER)
    assert (fill.fee, fill.fee_asset, fill.venue_ns) == (Decimal("0.01"), "USD", 2_000_000)


def test_a_fee_is_in_the_coin_that_the_venue_names_whatever_is_guessed() -> None:
    reports, _, events = _reports()
    reports.name(OURS, "V1")
    reports.trade(
        {**_trade("1", "1.00"), "fee": {"cost": "0.01", "currency": "BTC"}, "info": {"feeCurrency": "USD"}}
    )
    (fill,) = events
    assert isinstance(fill, Fill)
    assert (fill.fee, fill.fee_asset) == (Decimal("0.01"), "USD")


@pytest.mark.parametrize(
    ("tif", "cancelling", "event"),
    [
        (TimeInForce.IOC, False, OrderEvent.EXPIRE),
        (TimeInForce.IOC, True, OrderEvent.CANCEL),
        (TimeInForce.GTC, False, OrderEvent.CANCEL),
    ],
)
def test_the_remainder_of_an_ioc_expires(tif: TimeInForce, cancelling: bool, event: OrderEvent) -> None:
    reports, sent, events = _reports(tif)
    sent.cancelling = cancelling
    reports.order(_order("canceled", "0"))
    assert [e.event for e in events if isinstance(e, OrderReport)] == [OrderEvent.ACCEPT, event]


def test_turned_down_before_it_rested_is_a_reject_and_after_it_a_cancel() -> None:
    reports, _, events = _reports()
    reports.order(_order("rejected", "0"))
    assert [e.event for e in events if isinstance(e, OrderReport)] == [OrderEvent.REJECT]
    reports, _, events = _reports()
    reports.order(_order("open", "0"))
    reports.order(_order("rejected", "0"))
    assert [e.event for e in events if isinstance(e, OrderReport)] == [OrderEvent.ACCEPT, OrderEvent.CANCEL]


def test_orders_and_fills_of_others_are_nobodys() -> None:
    reports, _, events = _reports()
    assert reports.order(_order("open", "0") | {"clientOrderId": "web-1", "id": "V9"}) is None
    assert not reports.trade(_trade("1", "1.00") | {"order": "V9"})
    assert events == []


def test_a_fill_that_cannot_be_is_counted_and_not_told() -> None:
    reports, _, events = _reports()
    reports.name(OURS, "V1")
    for nonsense in ({"amount": "0.005"}, {"price": "0"}, {"side": None}, {"amount": None}):
        assert not reports.trade(_trade("1", "1.00") | nonsense)
    assert events == []
    assert reports.strange == 4
