"""What spot tells an account of itself: orders, deals and balances.

www.mexc.com/api-docs/spot-v3, "Websocket User Data Streams" (read 2026-11-21).
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from titan.doubles.account import Balance
from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.mexc.spot_orders import client_of, id_of, money_of, spent, status_of, trade_id, type_of
from titan.doubles.mexc.spot_wire import Body, push
from titan.doubles.orders import AccountEvent, BalanceUpdate, Fill, Order, OrderUpdate
from titan.doubles.protobuf import message
from titan.doubles.world import World
from titan.model.order import Side

ORDERS: Final = "spot@private.orders.v3.api.pb"
DEALS: Final = "spot@private.deals.v3.api.pb"
ACCOUNT: Final = "spot@private.account.v3.api.pb"
TOPICS: Final = frozenset({ORDERS, DEALS, ACCOUNT})
_TYPES: Final = {"LIMIT": 1, "LIMIT_MAKER": 2, "IMMEDIATE_OR_CANCEL": 3, "FILL_OR_KILL": 4, "MARKET": 5}
_STATES: Final = {"NEW": 1, "FILLED": 2, "PARTIALLY_FILLED": 3, "CANCELED": 4, "PARTIALLY_CANCELED": 5}
_WHY: Final = {"transfer": "CONTRACT_TRANSFER", "deposit": "DEPOSIT", "withdraw": "WITHDRAW"}
_NOTHING: Final = Balance(Decimal(0), Decimal(0), Decimal(0))
Told = tuple[str, bytes]
"""Topic and frame."""


class Private:
    """Remembers the balances told last, because the venue tells by how much they changed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._told = world.account.balances("spot")
        self._change = "ENTRUST"

    def tell(self, event: AccountEvent, market: MarketText | None) -> Iterator[Told]:
        """The frames of an event; `market` is that of its order."""
        now = self._world.now_ms()
        if isinstance(event, OrderUpdate) and market is not None and event.change != "reject":
            o, fill, symbol = event.order, event.fill, market.symbol
            data = _order(market, o, fill)
            yield ORDERS, push(ORDERS, Body.ORDERS, data, symbol, sent=now)
            if fill is not None:
                data = _deal(market, o, fill)
                yield DEALS, push(DEALS, Body.DEALS, data, symbol, sent=now)
            self._change = {"new": "ENTRUST_PLACE", "fill": "ENTRUST"}.get(event.change, "ENTRUST_CANCEL")
            if event.change == "new":
                one = o.instrument
                yield from self._balances((one.base, one.quote), self._change, event.time_ns)
        elif isinstance(event, BalanceUpdate) and event.wallet == "spot":
            yield from self._balances(event.assets, _WHY.get(event.why, self._change), event.time_ns)

    def _balances(self, assets: tuple[str, ...], why: str, at_ns: int) -> Iterator[Told]:
        present, now = self._world.account.balances("spot"), self._world.now_ms()
        for asset in assets:
            before, after = self._told.get(asset, _NOTHING), present.get(asset, _NOTHING)
            if before == after:
                continue
            self._told[asset] = after
            data = message(
                asset, f"{asset.encode().hex():0>32}", plain(after.free), plain(after.free - before.free),
                plain(after.locked), plain(after.locked - before.locked), why, at_ns // MS,
            )  # fmt: skip
            yield ACCOUNT, push(ACCOUNT, Body.ACCOUNT, data, sent=now, made=at_ns // MS)


def _order(m: MarketText, o: Order, fill: Fill | None) -> bytes:
    amount = money_of(o)
    left = max(amount - o.quote_filled, Decimal(0)) if o.is_open else Decimal(0)
    return message(
        id_of(o.id), client_of(o), m.price(o.limit_ticks), m.size(o.lots), plain(amount), plain(o.average),
        _TYPES[type_of(o)], 1 if o.side is Side.BUY else 2, fill is not None and fill.maker, plain(left),
        m.size(o.left), m.size(fill.lots) if fill else None, m.size(o.filled_lots), plain(o.quote_filled),
        _STATES[status_of(o)], o.created_ns // MS,
    )  # fmt: skip


def _deal(m: MarketText, o: Order, f: Fill) -> bytes:
    return message(
        m.price(f.ticks), m.size(f.lots), spent(o, f), 1 if f.side > 0 else 2, f.maker, False, trade_id(f),
        client_of(o), id_of(o.id), plain(f.fee), f.fee_asset, f.time_ns // MS,
    )  # fmt: skip
