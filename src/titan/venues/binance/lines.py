"""Binance's three public lines."""

from __future__ import annotations

from typing import Final

from titan.model.instrument import InstrumentKind
from titan.venues.binance.line import Line as BinanceLine
from titan.venues.sink import Sink
from titan.venues.stream import Channel, Line, Rules

_SPOT: Final = {
    Channel.TRADES: "trade",
    Channel.DEPTH: "depth@100ms",
    Channel.BBO: "bookTicker",
    Channel.KLINES: "kline_1m",
}
_PUBLIC: Final = {Channel.TRADES: "trade", Channel.DEPTH: "depth@100ms", Channel.BBO: "bookTicker"}
_MARKET: Final = {
    Channel.MARK: "markPrice@1s",
    Channel.INDEX: "markPrice@1s",
    Channel.FUNDING: "markPrice@1s",
    Channel.LIQUIDATIONS: "forceOrder",
    Channel.KLINES: "kline_1m",
}
_SPOT_RULES: Final = Rules(
    topics_a_connection=200, topics_a_request=100, requests_a_second=4.0, connects_a_minute=50.0,
    weight_a_minute=4000.0,
)  # fmt: skip
_PERP_RULES: Final = _SPOT_RULES._replace(requests_a_second=8.0, weight_a_minute=1600.0)


def lines(sink: Sink) -> tuple[Line, ...]:
    """Spot, and the two sockets of USD-M, all writing into `sink`."""
    spot, perp = InstrumentKind.SPOT, InstrumentKind.PERP
    return (
        BinanceLine(sink, "spot", "/stream", spot, _SPOT_RULES, _SPOT, {}),
        BinanceLine(sink, "perp-public", "/public/stream", perp, _PERP_RULES, _PUBLIC, {}),
        BinanceLine(
            sink, "perp-market", "/market/stream", perp, _PERP_RULES, _MARKET,
            {Channel.OPEN_INTEREST: "/fapi/v1/openInterest?symbol={}"},
        ),
    )  # fmt: skip


def line_for(kind: InstrumentKind) -> str:
    """The name of the line that carries the books of a kind of instrument."""
    return "spot" if kind is InstrumentKind.SPOT else "perp-public"
