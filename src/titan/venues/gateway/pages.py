"""Histories as a whole: venues give them by the page, and only so many days at once.

Read 2026-11-21: Bybit "Get Trade History" (text of 2026-07-24: 7 days from startTime, at most 100 rows,
newest first, two years back). As ccxt 4.5.90 asks for them: Binance's spot and USD-M trades (at most 1,000,
oldest first; USD-M 7 days at once, half a year back), OKX's fills and bills (100, newest first), Kraken's
TradesHistory (50, newest first, of all pairs, by offset: its times are whole seconds). Elsewhere one page is
all.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

Raw = dict[str, Any]
Ask = Callable[[int, int | None, int], Awaitable[Sequence[Raw]]]
"""From, until where it matters (ms UTC), and how many rows to skip: the rows of one page, in any order."""
DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS


class Pages(NamedTuple):
    """`size` rows make a full page. `span_ms` is how much time one request may cover, 0 for any; then
    nothing is asked for that is older than `kept_ms`."""

    size: int
    newest_first: bool
    span_ms: int = 0
    kept_ms: int = 729 * DAY_MS
    by_offset: bool = False
    of_all: bool = False
    """Asked for without a symbol: pages are full of all markets together."""


FILLS: Final = {
    ("binance", "spot"): Pages(1000, newest_first=False),
    ("binance", "perp"): Pages(1000, newest_first=False, span_ms=WEEK_MS, kept_ms=180 * DAY_MS),
    ("bybit", "spot"): Pages(100, newest_first=True, span_ms=WEEK_MS),
    ("bybit", "perp"): Pages(100, newest_first=True, span_ms=WEEK_MS),
    ("okx", "spot"): Pages(100, newest_first=True),
    ("okx", "perp"): Pages(100, newest_first=True),
    ("kraken", "spot"): Pages(50, newest_first=True, by_offset=True, of_all=True),
}  # fmt: skip
FUNDING: Final = {
    ("binance", "perp"): Pages(1000, newest_first=False),
    ("bybit", "perp"): Pages(100, newest_first=True, span_ms=WEEK_MS),
    ("okx", "perp"): Pages(100, newest_first=True, of_all=True),
}


async def whole(ask: Ask, pages: Pages | None, since_ms: int, now_ms: int) -> list[Raw]:
    """Every row from `since_ms` on, each id once; without `pages` what one page holds."""
    if pages is None:
        return list(await ask(since_ms, None, 0))
    found: dict[str, Raw] = {}
    start, until = max(since_ms, now_ms - pages.kept_ms) if pages.span_ms else since_ms, None
    while True:
        if pages.span_ms:
            until = start + pages.span_ms - 1
        await _through(ask, pages, start, until, found)
        if until is None or until >= now_ms:
            return list(found.values())
        start = until + 1


async def _through(ask: Ask, pages: Pages, start: int, until: int | None, found: dict[str, Raw]) -> None:
    """One span, page by page, until a page is not full or brings nothing new."""
    skip = 0
    while True:
        rows = await ask(start, until, skip)
        new = [row for row in rows if str(row["id"]) not in found]
        found.update((str(row["id"]), row) for row in new)
        if len(rows) < pages.size or not new:
            return
        if pages.by_offset:
            skip += len(rows)
            continue
        times = [int(row["timestamp"]) for row in rows]
        if pages.newest_first:
            until = min(times) + 1  # whether the end is within is not the same everywhere
        else:
            start = max(times)
