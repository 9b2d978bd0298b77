"""Our client order ids in each venue's format, and back.

Ours are 26 characters, `t` and 25 of [0-9a-v] (`model.signal.client_order_id`): 125 bits. Binance, Bybit, OKX
and MEXC take them as they are. Read 2026-11-21, in the text of the date in brackets:

    Binance  USD-M "New Order", "New Algo Order": ^[.A-Z:/a-z0-9_-]{1,36}$. Spot names no format any more
             (rest-api.md, 2026-07-21): its older error text has neither dots, colons nor slashes, nor have we
    Bybit    "Place Order" (2026-07-24): orderLinkId, 36 letters, digits, dashes and underscores, never again
    OKX      "Place order" (2026-07): clOrdId, 32 letters and digits
    Kraken   "Spot Client Order Identifiers" (2026-05-27): cl_ord_id, a UUID with or without dashes, or free
             text of up to 18 characters
    MEXC     newClientOrderId and externalOid as ccxt 4.5.90 sends them; 32 is our own caution

At Kraken the 125 bits stand behind the three bits 111 as 32 hex digits, so the way back needs no memory.

USD-M and OKX strategies name triggered orders after the order that they place; the id stays ours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, NamedTuple

from titan.model.errors import OrderError

_ALPHABET: Final = "0123456789abcdefghijklmnopqrstuv"
_OURS: Final = re.compile(r"t[0-9a-v]{25}")
_HEX: Final = re.compile(r"[0-9a-f]{32}")
_BITS: Final = 125
_MARK: Final = 0b111 << _BITS


def is_ours(client_id: str) -> bool:
    """Whether Titan made this id."""
    return _OURS.fullmatch(client_id) is not None


class IdFormat(NamedTuple):
    """How a venue writes ids: `to_venue` and `to_ours` undo each other for every id of ours."""

    allowed: re.Pattern[str]
    encode: Callable[[str], str]
    decode: Callable[[str], str]

    def to_venue(self, client_id: str) -> str:
        """Raises OrderError for an id that the venue would not take."""
        written = self.encode(client_id)
        if not self.allowed.fullmatch(written):
            raise OrderError(f"the venue takes no client order id like {client_id!r}")
        return written

    def to_ours(self, written: str | None) -> str:
        """The id as we know it; "" for none. An id that is not ours stays as it is."""
        return self.decode(written) if written else ""


def _same(text: str) -> str:
    return text


def _to_hex(client_id: str) -> str:
    if not is_ours(client_id):
        return client_id
    value = 0
    for letter in client_id[1:]:
        value = value << 5 | _ALPHABET.index(letter)
    return f"{_MARK | value:032x}"


def _from_hex(written: str) -> str:
    plain = written.replace("-", "").lower()
    if not _HEX.fullmatch(plain):
        return written
    value = int(plain, 16)
    if value >> _BITS != _MARK >> _BITS:
        return written
    return "t" + "".join(_ALPHABET[(value >> shift) & 31] for shift in range(120, -1, -5))


def _as_it_is(pattern: str) -> IdFormat:
    return IdFormat(re.compile(pattern), _same, _same)


PLAIN: Final = _as_it_is(r"[A-Za-z0-9_-]{1,32}")
"""For venues of which nothing is published: what nearly all take."""

FORMATS: Final[dict[str, IdFormat]] = {
    "binance": _as_it_is(r"[A-Za-z0-9_-]{1,36}"),
    "bybit": _as_it_is(r"[A-Za-z0-9_-]{1,36}"),
    "okx": _as_it_is(r"[A-Za-z0-9]{1,32}"),
    "kraken": IdFormat(re.compile(r"[0-9a-f]{32}|[ -~]{1,18}"), _to_hex, _from_hex),
    "mexc": _as_it_is(r"[A-Za-z0-9_-]{1,32}"),
}


def format_of(venue: str) -> IdFormat:
    return FORMATS.get(venue, PLAIN)
