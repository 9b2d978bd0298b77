"""Client order ids: every id of ours goes to every venue and comes back."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.errors import OrderError
from titan.model.signal import client_order_id
from titan.venues.gateway.ids import FORMATS, format_of, is_ours

LIMITS = {
    "binance": r"^[\.A-Z\:/a-z0-9_-]{1,36}$",
    "bybit": r"^[A-Za-z0-9_-]{1,36}$",
    "okx": r"^[a-zA-Z0-9]{1,32}$",
    "kraken": r"^[0-9a-f]{32}$",
    "mexc": r"^[A-Za-z0-9_-]{1,32}$",
}


@pytest.mark.parametrize("venue", sorted(FORMATS))
@given(intent=st.text(max_size=40), attempt=st.integers(0, 1000))
def test_every_id_of_ours_comes_back(venue: str, intent: str, attempt: int) -> None:
    ours = client_order_id(intent, attempt)
    written = format_of(venue).to_venue(ours)
    assert re.fullmatch(LIMITS[venue], written)
    assert format_of(venue).to_ours(written) == ours


@given(a=st.text(max_size=20), b=st.text(max_size=20))
def test_two_ids_never_become_one_at_kraken(a: str, b: str) -> None:
    kraken = format_of("kraken")
    one, other = client_order_id(a), client_order_id(b)
    assert (kraken.to_venue(one) == kraken.to_venue(other)) == (one == other)


def test_kraken_may_write_it_with_dashes() -> None:
    ours = client_order_id("x")
    written = format_of("kraken").to_venue(ours)
    dashed = "-".join((written[:8], written[8:12], written[12:16], written[16:20], written[20:]))
    assert format_of("kraken").to_ours(dashed.upper()) == ours


@pytest.mark.parametrize("foreign", ["6d1b345e-2821-40e2-ad83-4ecb18a06876", "arb-20240509-00010", "web_7"])
def test_a_foreign_id_stays_as_it_is(foreign: str) -> None:
    assert format_of("kraken").to_ours(foreign) == foreign
    assert not is_ours(foreign)


def test_what_a_venue_would_not_take_is_said_before_sending() -> None:
    for venue, bad in (("okx", "with-dash"), ("kraken", "longer than eighteen characters"), ("binance", "")):
        with pytest.raises(OrderError):
            format_of(venue).to_venue(bad)


def test_no_id_is_no_id() -> None:
    assert format_of("kraken").to_ours(None) == ""
    assert format_of("ccxt:bitget").to_ours("") == ""
