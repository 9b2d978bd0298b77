"""The public frames of Kraken's WebSocket v1, for captures: arrays of channel id, content, name and pair.

Source: docs.kraken.com/api/docs/websocket-v1 (book, trade, ticker, spread, ohlc), read in November 2026.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from titan.venues.kraken.book import Written
from titan.venues.kraken.wire import of_text

if TYPE_CHECKING:
    from titan.venues.kraken.line import Kept, SpotLine

_FRAME: Final = msgspec.json.Decoder(list[msgspec.Raw])
_TEXT: Final = msgspec.json.Decoder(str)
_TRADES: Final = msgspec.json.Decoder(list[list[str | int]])


class Content(
    msgspec.Struct, rename={"all_asks": "as", "all_bids": "bs", "asks": "a", "bids": "b", "checksum": "c"}
):
    """A snapshot (`as`, `bs`) or changed levels (`a`, `b`); each is price, size, time and maybe `r`."""

    all_asks: list[list[str]] | None = None
    all_bids: list[list[str]] | None = None
    asks: list[list[str]] = []
    bids: list[list[str]] = []
    checksum: str | None = None


_CONTENT: Final = msgspec.json.Decoder(Content)


def hear(line: SpotLine, frame: bytes, recv: int, connection: int) -> None:
    """One array. Raises what `line.BROKEN` names for what is broken."""
    parts = _FRAME.decode(frame)
    if len(parts) < 4:
        line.tally.say_unknown("array", frame, recv)
        return
    name, symbol = _TEXT.decode(parts[-2]), _TEXT.decode(parts[-1])
    if not name.startswith(("book", "trade", "ticker", "spread", "ohlc")):
        line.tally.say_unknown(f"array {name[:40]}", frame, recv)
        return
    if not name.startswith(("book", "trade")):
        line.tally.passed[f"{name.partition('-')[0]} of the old protocol"] += 1
        return
    kept = line.keep(symbol)
    if kept is None:
        return
    if name == "trade":
        _trades(line, kept, parts[1], recv, connection)
        return
    kept.book.depth(int(name.partition("-")[2] or 10))
    _book(kept, [_CONTENT.decode(part) for part in parts[1:-2] if bytes(part) != b"null"], recv, connection)


def _book(kept: Kept, contents: list[Content], recv: int, connection: int) -> None:
    first = contents[0]
    if first.all_asks is not None or first.all_bids is not None:
        bids, asks = first.all_bids or [], first.all_asks or []
        ts = max((_ns(level[2]) for level in (*bids, *asks)), default=recv)
        kept.book.snapshot(ts, recv, connection, _levels(bids), _levels(asks), None)
        return
    bids = [level for content in contents for level in content.bids]
    asks = [level for content in contents for level in content.asks]
    checksum = next((content.checksum for content in contents if content.checksum is not None), None)
    ts = max((_ns(level[2]) for level in (*bids, *asks)), default=recv)
    crc = int(checksum) if checksum is not None else None
    kept.book.update(ts, recv, connection, _levels(bids), _levels(asks), crc)


def _trades(line: SpotLine, kept: Kept, content: msgspec.Raw, recv: int, connection: int) -> None:
    for trade in _TRADES.decode(content):
        px, qty, when, side = map(str, trade[:4])
        if not kept.deals.new_of(connection, tuple(trade)):
            line.tally.noticed["trades known already"] += 1
            continue
        line.deal(kept, _ns(when), recv, connection, {"b": 1, "s": -1}[side], float(px), float(qty))


def _levels(levels: list[list[str]]) -> list[Written]:
    return [of_text(level[0], level[1]) for level in levels]


def _ns(seconds: str) -> int:
    """`1534614057.321597` exactly."""
    whole, _, fraction = seconds.partition(".")
    ns = int(whole) * 1_000_000_000 + int(fraction[:9].ljust(9, "0") or 0)
    if not 1_262_304_000_000_000_000 <= ns < 4_102_444_800_000_000_000:
        raise ValueError("a time that cannot be")
    return ns
