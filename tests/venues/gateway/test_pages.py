"""Histories of any length come whole, whatever a venue's page is."""

from __future__ import annotations

import pytest

from titan.venues.gateway.pages import FILLS, FUNDING, Pages, Raw, whole

DAY_MS = 86_400_000
NOW = 100 * DAY_MS


class Venue:
    """Answers as a venue with such pages does; raises where more time is asked for than it allows."""

    def __init__(self, pages: Pages, times: list[int]) -> None:
        self.pages = pages
        self.rows: list[Raw] = [{"id": k, "timestamp": at} for k, at in enumerate(sorted(times))]
        self.asked = 0

    async def ask(self, start: int, until: int | None, skip: int) -> list[Raw]:
        self.asked += 1
        if self.pages.span_ms:
            assert until is not None
            assert until - start < self.pages.span_ms
        end = NOW if until is None else until
        fits = [row for row in self.rows if start <= row["timestamp"] <= end]
        size = self.pages.size
        fits = fits[: len(fits) - skip]
        return fits[-size:] if self.pages.newest_first else fits[:size]


RULES = sorted({*FILLS.values(), *FUNDING.values()})


@pytest.mark.parametrize("pages", RULES, ids=str)
@pytest.mark.parametrize("count", [0, 1, 49, 50, 51, 100, 101, 1000, 2_345])
async def test_every_row_comes_once(pages: Pages, count: int) -> None:
    step = 30 * DAY_MS // max(count, 1)
    venue = Venue(pages, [NOW - 30 * DAY_MS + k * step for k in range(count)])
    found = await whole(venue.ask, pages, NOW - 30 * DAY_MS, NOW)
    assert sorted(row["id"] for row in found) == list(range(count))
    assert venue.asked <= 8 + 2 * count // pages.size + 5


@pytest.mark.parametrize("pages", RULES, ids=str)
async def test_rows_of_one_moment_are_not_lost_at_the_edge_of_a_page(pages: Pages) -> None:
    times = [NOW - DAY_MS + k // 3 for k in range(pages.size * 2 + 7)]
    if pages.by_offset:
        times = [NOW - DAY_MS] * len(times)
    venue = Venue(pages, times)
    found = await whole(venue.ask, pages, NOW - 2 * DAY_MS, NOW)
    assert len(found) == len(times)


async def test_what_no_venue_keeps_is_not_asked_for() -> None:
    pages = Pages(10, newest_first=True, span_ms=7 * DAY_MS, kept_ms=21 * DAY_MS)
    venue = Venue(pages, [NOW - 60 * DAY_MS, NOW - 20 * DAY_MS])
    assert [row["id"] for row in await whole(venue.ask, pages, 0, NOW)] == [1]
    assert venue.asked <= 4


async def test_it_ends_where_a_page_brings_nothing_new() -> None:
    pages = Pages(10, newest_first=True)
    venue = Venue(pages, [NOW - 5] * 30)  # more in one moment than a page can hold
    assert len(await whole(venue.ask, pages, NOW - DAY_MS, NOW)) == 10
    assert venue.asked == 2
