"""Spot's pushes by their field numbers.

github.com/mexcdevelop/websocket-proto as of 2026-06-17, which added `tradeId` to deals and `version` to the
book ticker.
"""

from __future__ import annotations

from enum import IntEnum

from titan.doubles.market_text import TextLevels
from titan.doubles.protobuf import field, message, repeated


class Body(IntEnum):
    """What a push carries."""

    LIMIT_DEPTHS = 303
    ORDERS = 304
    DEALS = 306
    ACCOUNT = 307
    KLINE = 308
    QUOTE_BATCH = 311
    AGGRE_DEPTHS = 313
    AGGRE_DEALS = 314
    AGGRE_QUOTE = 315


def levels(number: int, side: TextLevels) -> bytes:
    return repeated(number, [message(price, size) for price, size in side])


def push(channel: str, body: Body, data: bytes, symbol: str = "", *, sent: int = 0, made: int = 0) -> bytes:
    """A whole frame; times in ms."""
    return field(1, channel) + field(3, symbol) + field(5, made) + field(6, sent) + repeated(body, [data])
