"""ccxt's errors as the four kinds of `model.errors`, with nothing of the request in their text.

    VenueBusy      429, 418, a ban, "too many", or nobody there: not done, may be asked again after a while
    VenueRefused   the venue answered no
    VenueUnknown   an order, transfer or withdrawal left us and no answer came back that tells its fate
    VenueFatal     the key does not open, the account is closed

A lost answer is never a refusal: whatever was sent and timed out, broke off, or was answered with 5xx may
have been done. What certainly never left (the connection was refused) may be tried again. Codes after which
nobody knows what became of a request stand in `UNSURE`, those that say "later" in `BUSY`. Read 2026-11-21,
in the text of the date in brackets:

    Binance  errors.md of binance-spot-api-docs (2026-07-21): -1006, -1007 "execution status unknown", -1008
             overloaded. USD-M "General Info": a 503 with -1008 has certainly failed, one with "Unknown
             error" may have been done
    Bybit    v5 "Error Codes" (2026-07-24): timeouts of placing, cancelling and amending (170007, 170146,
             170147, 170310), server errors (10000, 10016, 170001, 170032; of money 131003, 131201), 40004
             "check the order status again"; later: 429, 10006, 10429, 110079, 170005, 170191, 170222, 131230
    OKX      v5 "REST API Error Code" (2026-07-13): 50004 and 51149 "does not mean that the request was
             successful or failed", 50001, 50026 (5xx), 50013 "systems are busy" though its status is 429;
             later: 50011, 50040, 50061
    Kraken   "Spot Error Messages", "Spot REST Rate Limits" (2026-05-27): EGeneral:Internal error[:code],
             EService:Unavailable, Deadline elapsed; Busy, Timeout and EDatabase as ccxt 4.5.90 maps them.
             A lockout lasts about 15 minutes (support page 360001491786), a throttled call names its end
    MEXC     spot "General Info": 5xx is unknown; the contract codes 500 to 504 and 510 as ccxt 4.5.90 maps
             them
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from datetime import datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from typing import Final

import aiohttp
import ccxt
import msgspec

from titan.model.errors import VenueBusy, VenueError, VenueFatal, VenueRefused, VenueUnknown
from titan.venues.socket.http import NotConnected

NS: Final = 1_000_000_000
_LONGEST: Final = 300
_SHORTEST_SECRET: Final = 6


class Doing(Enum):
    """What the request was for: only a change can be left in doubt."""

    QUERY = "query"
    CHANGE = "change"


class Answer(msgspec.Struct):
    """What came back for the last request of one call; status 0 when nothing did."""

    status: int = 0
    headers: Mapping[str, str] = {}
    body: str = ""


ANSWER: Final[ContextVar[Answer | None]] = ContextVar("answer", default=None)
"""Set anew for each call; ccxt's own `last_http_response` is shared by calls that run together."""

UNSURE: Final[dict[str, frozenset[str]]] = {
    "binance": frozenset({"-1006", "-1007"}),
    "bybit": frozenset(
        {
            "10000", "10016", "40004", "131003", "131201", "170001", "170007", "170032", "170146", "170147",
            "170310",
        }
    ),
    "okx": frozenset({"50001", "50004", "50013", "50026", "51149"}),
    "kraken": frozenset(
        {
            "EGeneral:Internal error", "EGeneral:Unknown error", "EService:Timeout", "EService:Unavailable",
            "EService:Busy", "EService:Deadline elapsed", "EDatabase:Internal error",
        }
    ),
    "mexc": frozenset({"500", "501", "503", "504"}),
}  # fmt: skip
BUSY: Final[dict[str, frozenset[str]]] = {
    "binance": frozenset({"-1003", "-1008", "-1015", "-1034"}),
    "bybit": frozenset(
        {"429", "10006", "10018", "10429", "110079", "131230", "170005", "170191", "170222"}
    ),
    "okx": frozenset({"50011", "50040", "50061"}),
    "kraken": frozenset(
        {
            "EAPI:Rate limit exceeded", "EOrder:Rate limit exceeded", "EOrder:Domain rate limit exceeded",
            "EAuth:Rate limit exceeded", "EAuth:Too many requests", "EGeneral:Too many requests",
            "EGeneral:Temporary lockout", "EService:Throttled",
        }
    ),
    "mexc": frozenset({"429", "510"}),
}  # fmt: skip
_BAN_S: Final[dict[tuple[str, int], int]] = {("bybit", 403): 600, ("binance", 418): 120}
"""Seconds to keep away where the venue bans an address and sends no Retry-After."""
_LOCKED_S: Final = {"EGeneral:Temporary lockout": 900, "EAPI:Rate limit exceeded": 3}
"""The same by Kraken's words; its page says "a few seconds" for the second."""
_THROTTLED: Final = re.compile(r"EService:Throttled:(\d+)")


def venue_error(
    venue: str,
    error: BaseException,
    answer: Answer,
    doing: Doing,
    *,
    now_ns: int = 0,
    hidden: tuple[str, ...] = (),
) -> VenueError:
    """The one error of ours that says what `error` means. `hidden` are values that its text must not show."""
    codes, words = _said(answer.body)
    text = f"{venue}: {_shown(error, answer, codes, words, hidden)}"
    if _is_busy(venue, error, answer, codes):
        return VenueBusy(text, retry_after_ns=_retry_after(venue, answer, codes, now_ns))
    if answer.status == 0 and _is_transport(error) and never_left(error):
        return VenueBusy(text, retry_after_ns=NS, remedy="the venue was not reached; nothing was sent")
    if _is_lost(venue, error, answer, codes):
        if doing is Doing.QUERY:
            return VenueBusy(text, retry_after_ns=NS)
        return VenueUnknown(text, remedy="it may have been done; look it up before anything else")
    if isinstance(error, ccxt.PermissionDenied) and not isinstance(
        error, ccxt.AccountSuspended | ccxt.AccountNotEnabled
    ):
        return VenueRefused(text, remedy="this key has no permission for it; change that at the venue")
    if isinstance(error, ccxt.AuthenticationError):
        return VenueFatal(text, remedy=f"check the key with `titan doctor --venue {venue}`")
    if isinstance(error, ccxt.InvalidNonce):
        return VenueRefused(text, remedy=f"check the clock with `titan doctor --venue {venue}`")
    return VenueRefused(text)


def overtaken(venue: str, error: BaseException) -> bool:
    """Whether the venue refused a request unread, because a later nonce of the same key came first: requests
    that are under way together take ways of their own (Kraken, "nonce": must increase with every request)."""
    return venue == "kraken" and isinstance(error, ccxt.InvalidNonce)


def never_left(error: BaseException) -> bool:
    """Whether the request certainly did not reach the venue: there never was a connection."""
    cause = error.__cause__ or error
    return isinstance(
        cause, NotConnected | aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError | socket.gaierror
    )


def reason_of(error: VenueError) -> str:
    """The text for an order's report."""
    return error.message.partition(": ")[2] or error.message


def _is_transport(error: BaseException) -> bool:
    """Nothing came back, as opposed to ccxt having refused to send."""
    cause = error.__cause__
    if isinstance(cause, aiohttp.ClientError | asyncio.TimeoutError | OSError):
        return True
    return isinstance(error, ccxt.NetworkError | aiohttp.ClientError | asyncio.TimeoutError | OSError)


def _is_busy(venue: str, error: BaseException, answer: Answer, codes: tuple[str, ...]) -> bool:
    if _one_of(UNSURE, venue, codes):
        return False
    if answer.status in (418, 429) or (venue, answer.status) in _BAN_S or _one_of(BUSY, venue, codes):
        return True
    return answer.status < 500 and isinstance(error, ccxt.RateLimitExceeded | ccxt.DDoSProtection)


def _is_lost(venue: str, error: BaseException, answer: Answer, codes: tuple[str, ...]) -> bool:
    """A request went out and nothing tells what became of it."""
    if answer.status == 0:
        return _is_transport(error)
    if answer.status >= 500 or answer.status == 408:
        return True
    if _one_of(UNSURE, venue, codes) or isinstance(error, ccxt.BadResponse | ccxt.RequestTimeout):
        return True
    if not isinstance(error, ccxt.BaseError):
        return True
    return 200 <= answer.status < 300 and not codes and isinstance(error, ccxt.ExchangeNotAvailable)


def _one_of(table: Mapping[str, frozenset[str]], venue: str, codes: tuple[str, ...]) -> bool:
    """Whether a code stands in the table; Kraken's may have more behind them."""
    known = table.get(venue, frozenset())
    return any(code in known or ":".join(code.split(":")[:2]) in known for code in codes)


def _retry_after(venue: str, answer: Answer, codes: tuple[str, ...], now_ns: int) -> int:
    for code in codes:
        throttled = _THROTTLED.fullmatch(code)
        if throttled is not None and now_ns:
            return min(max(int(throttled[1]) * NS - now_ns, NS), 900 * NS)
        if code in _LOCKED_S:
            return _LOCKED_S[code] * NS
    headers = {name.lower(): value for name, value in answer.headers.items()}
    said = headers.get("retry-after", "")
    if said.replace(".", "", 1).isdigit():
        return int(float(said) * NS)
    if said:
        try:
            at: datetime = parsedate_to_datetime(said)
        except ValueError:
            return NS
        return max(NS, int(at.timestamp()) * NS - now_ns)
    reset = headers.get("x-bapi-limit-reset-timestamp", "")
    if reset.isdigit() and now_ns:
        return min(max(int(reset) * 1_000_000 - now_ns, NS // 10), 60 * NS)
    return _BAN_S.get((venue, answer.status), 1) * NS


def _said(body: str) -> tuple[tuple[str, ...], str]:
    """The codes of a body and the venue's words, wherever the five venues put them."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        return (), ""
    codes: list[str] = []
    words: list[str] = []
    for part in _parts(document):
        for name in ("code", "retCode", "ret_code", "sCode"):
            if name in part and str(part[name]) not in ("0", "200", ""):
                codes.append(str(part[name]))
        for name in ("msg", "retMsg", "message", "sMsg"):
            if isinstance(part.get(name), str) and part[name]:
                words.append(str(part[name]))
        errors = part.get("error")
        if isinstance(errors, list):
            codes.extend(str(e).replace(": ", ":") for e in errors)
            words.extend(str(e) for e in errors)
    return tuple(codes), "; ".join(dict.fromkeys(words))


def _parts(document: object) -> Iterator[dict[str, object]]:
    """The object itself, and the first of its list `data` (OKX answers by order)."""
    if isinstance(document, list):
        document = document[0] if document else None
    if isinstance(document, dict):
        inner = document.get("data")
        if isinstance(inner, list) and inner and isinstance(inner[0], dict):
            yield inner[0]
        yield document


def _shown(
    error: BaseException, answer: Answer, codes: tuple[str, ...], words: str, hidden: tuple[str, ...]
) -> str:
    """The venue's own words; never ccxt's, which carry signed addresses."""
    if words or codes:
        code = next((c for c in codes if c not in words), "")
        text = f"{words} ({code})" if words and code else words or code
    elif answer.status:
        text = f"answered HTTP {answer.status}"
    elif _is_transport(error):
        text = f"no answer ({type(error.__cause__ or error).__name__})"
    else:
        text = f"not sent: {_local(error)}"
    for secret in hidden:
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "[redacted]")
    return text[:_LONGEST]


def _local(error: BaseException) -> str:
    """What ccxt itself objected to; without anything that looks like an address."""
    text = str(error)
    return type(error).__name__ if "://" in text else f"{type(error).__name__}: {text}"
