"""What Binance tells an account about itself: executionReport and its kin on spot, ORDER_TRADE_UPDATE on
futures.

developers.binance.com, "User Data Streams" of both (read 2026-11-21).
"""

from __future__ import annotations

from typing import Final

from titan.doubles.binance.calls import MS
from titan.doubles.binance.numbers import Words, fixed
from titan.doubles.binance.order_bodies import STATUS, tif_of, type_of
from titan.doubles.orders import BalanceUpdate, OrderUpdate
from titan.doubles.world import World

Body = dict[str, object]

_CHANGE: Final = {
    "new": "NEW", "fill": "TRADE", "cancel": "CANCELED", "expire": "EXPIRED", "reject": "REJECTED",
    "amend": "REPLACED", "trigger": "NEW",
}  # fmt: skip


def execution_report(world: World, event: OrderUpdate) -> Body:
    o, f, m = event.order, event.fill, world.markets[event.order.inst]
    words, at = Words(m), event.time_ns // MS
    return {
        "e": "executionReport", "E": at, "s": o.instrument.symbol, "c": o.client_id, "S": o.side.name,
        "o": type_of(o), "f": tif_of(o), "q": words.qty(o.lots), "p": words.px(o.limit_ticks),
        "P": words.px(o.stop_ticks), "F": "0.00000000", "g": -1,
        "C": o.client_id if event.change == "cancel" else "", "x": _CHANGE[event.change],
        "X": STATUS[o.state], "r": "NONE", "i": o.id, "l": words.qty(f.lots if f else 0),
        "z": words.qty(o.filled_lots), "L": words.px(f.ticks if f else 0), "n": fixed(f.fee if f else 0),
        "N": f.fee_asset if f else None, "T": at, "t": f.id if f else -1, "I": o.id * 2 + len(o.fills),
        "w": o.is_open, "m": f.maker if f else False, "M": False, "O": o.created_ns // MS,
        "Z": fixed(o.quote_filled), "Y": fixed(o.instrument.notional(f.ticks, f.lots) if f else 0),
        "Q": "0.00000000", "W": o.created_ns // MS, "V": "EXPIRE_TAKER",
    }  # fmt: skip


def account_position(world: World, event: BalanceUpdate) -> Body:
    balances, at = world.account.balances("spot"), event.time_ns // MS
    rows = [
        {"a": asset, "f": fixed(balances[asset].free), "l": fixed(balances[asset].locked)}
        for asset in event.assets
        if asset in balances
    ]
    return {"e": "outboundAccountPosition", "E": at, "u": at, "B": rows}


def order_trade_update(world: World, event: OrderUpdate) -> Body:
    o, f, m = event.order, event.fill, world.markets[event.order.inst]
    words, at = Words(m), event.time_ns // MS
    forced = bool(o.extra.get("liquidation"))
    change = "AMENDMENT" if event.change == "amend" else _CHANGE[event.change]
    inner: Body = {
        "s": o.instrument.symbol, "c": o.client_id, "S": o.side.name,
        "o": "LIQUIDATION" if forced else type_of(o), "f": tif_of(o), "q": words.qty(o.lots),
        "p": words.px(o.limit_ticks), "ap": fixed(o.average, words.price_places + 4),
        "sp": words.px(o.stop_ticks), "x": change, "X": STATUS[o.state], "i": o.id,
        "l": words.qty(f.lots if f else 0), "z": words.qty(o.filled_lots), "L": words.px(f.ticks if f else 0),
        "n": fixed(f.fee if f else 0), "N": o.instrument.settle, "T": at, "t": f.id if f else 0, "b": "0",
        "a": "0", "m": f.maker if f else False, "R": o.reduce_only, "wt": "CONTRACT_PRICE", "ot": type_of(o),
        "ps": "BOTH", "cp": False, "rp": fixed(f.realised if f else 0), "pP": False, "si": 0, "ss": 0,
        "V": "EXPIRE_TAKER", "pm": "NONE", "gtd": 0,
    }  # fmt: skip
    return {"e": "ORDER_TRADE_UPDATE", "E": at, "T": at, "o": inner}


_WHY: Final = {
    "order": "ORDER", "funding": "FUNDING_FEE", "transfer": "DEPOSIT", "deposit": "DEPOSIT",
    "withdraw": "WITHDRAW",
}  # fmt: skip


def account_update(world: World, event: BalanceUpdate) -> Body:
    """Balances and every open position of the asset; a flat one is told once, when it was just closed."""
    at = event.time_ns // MS
    balances = world.account.balances("perp")
    shown = [
        {"a": a, "wb": fixed(balances[a].total), "cw": fixed(balances[a].total), "bc": "0"}
        for a in event.assets
        if a in balances
    ]
    held = [
        {
            "s": p.market.instrument.symbol, "pa": f"{p.size:f}", "ep": f"{p.entry:f}",
            "bep": f"{p.entry:f}", "cr": "0", "up": fixed(p.unrealised),
            "mt": "isolated" if p.isolated else "cross", "iw": "0", "ps": "BOTH",
        }
        for p in (world.account.positions() if event.why == "order" else ())
        if p.lots or p.updated_ns // MS == at
    ]  # fmt: skip
    return {"e": "ACCOUNT_UPDATE", "E": at, "T": at, "a": {"m": _WHY[event.why], "B": shown, "P": held}}
