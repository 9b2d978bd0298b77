"""The client: every number text, no address but ours, nothing of the key in what is shown."""

from __future__ import annotations

import json
import logging
import logging.config
import re

import pytest

from titan.model.credentials import Credentials
from titan.model.errors import ConfigError
from titan.venues.addresses import Addresses
from titan.venues.gateway.client import build, generic_profile
from titan.venues.gateway.gateway import open_gateway
from titan.venues.gateway.profile import PROFILES
from titan.venues.gateway.weights import LIMITS, Request, limits_of

OURS = ("http://127.0.0.1:1", "ws://127.0.0.1:2", "http://127.0.0.1:3", "ws://127.0.0.1:4")


@pytest.mark.parametrize("venue", sorted(PROFILES))
def test_with_the_addresses_of_a_double_no_other_host_is_left(venue: str) -> None:
    client = build(PROFILES[venue], Addresses(venue, *OURS), None)
    hosts = set(re.findall(r"(?:https?|wss?)://[^/\"]+", json.dumps(client.urls["api"])))
    assert hosts <= set(OURS)
    if venue in ("binance", "mexc"):
        assert hosts == set(OURS)


def test_futures_have_their_own_hosts() -> None:
    api = build(PROFILES["binance"], Addresses("binance", *OURS), None).urls["api"]
    assert api["fapiPrivate"].startswith(OURS[2])
    assert api["private"].startswith(OURS[0])
    assert api["ws"]["linear"].startswith(OURS[3])
    api = build(PROFILES["mexc"], Addresses("mexc", *OURS), None).urls["api"]
    assert api["contract"]["private"].startswith(OURS[2])
    assert api["spot"]["private"].startswith(OURS[0])


@pytest.mark.parametrize("venue", sorted(PROFILES))
def test_numbers_stay_text_and_ccxt_s_own_limiter_is_off(venue: str) -> None:
    client = build(PROFILES[venue], None, None)
    assert client.safe_number({"a": "0.10000000000000000001"}, "a") == "0.10000000000000000001"
    assert client.on_json_response('{"a": 0.1234567890123456789, "b": 12}') == {
        "a": "0.1234567890123456789", "b": 12,
    }  # fmt: skip
    assert client.enableRateLimit is False


def test_an_amount_of_money_is_never_rounded() -> None:
    client = build(PROFILES["binance"], None, None)
    assert client.currency_to_precision("USDT", "12.3456789") == "12.3456789"


def test_a_key_is_not_in_what_a_gateway_shows() -> None:
    key = Credentials("okx", "mine", "key-of-mine-0123456789", "secret-of-mine-012", "pass-of-mine")
    gateway = open_gateway("okx", now=lambda: 0, credentials=key)
    shown = repr(gateway) + repr(gateway.client) + str(gateway.client) + repr(vars(gateway.caller))
    assert "secret-of-mine" not in shown
    assert "pass-of-mine" not in shown


def test_ccxt_logs_no_signed_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = build(PROFILES["binance"], None, None)
    logging.config.dictConfig({"version": 1, "incremental": False, "disable_existing_loggers": False})
    client.logger.debug("%s", "a signed request")
    assert "a signed request" not in caplog.text


def test_any_exchange_of_ccxt_is_a_venue_that_says_what_it_lacks() -> None:
    gateway = open_gateway("ccxt:bitget", now=lambda: 0)
    assert gateway.client.id == "bitget"
    said = " ".join(gateway.lacks())
    assert "polled" in said
    assert "10 requests a second" in said
    with pytest.raises(ConfigError, match="no exchange nosuch"):
        open_gateway("ccxt:nosuch", now=lambda: 0)
    with pytest.raises(ConfigError):
        open_gateway("nosuch:thing", now=lambda: 0)
    assert generic_profile("ccxt:kucoin").first_class is False


@pytest.mark.parametrize(
    ("venue", "section", "method", "path", "charged"),
    [
        ("binance", "private", "POST", "order", {"spot weight": 1, "spot orders 10s": 1}),
        ("binance", "private", "DELETE", "order", {"spot weight": 1}),
        (
            "binance",
            "fapiPrivate",
            "POST",
            "order",
            {"perp weight": 1, "perp orders 10s": 1, "perp orders 1m": 1},
        ),
        ("bybit", "private", "POST", "v5/order/create", {"requests": 1, "orders": 1}),
        ("bybit", "private", "POST", "v5/order/cancel", {"requests": 1, "cancels": 1}),
        ("okx", "private", "POST", "trade/cancel-order", {"cancels": 1}),
        ("okx", "public", "GET", "public/time", {"public": 0.2}),
        ("kraken", "private", "POST", "AddOrder", {"orders": 1}),
        ("mexc", "spot private", "POST", "order", {"spot weight": 1, "spot orders": 1}),
        ("mexc", "contract private", "POST", "order/create", {"perp": 1, "perp orders": 1}),
        ("ccxt:bitget", "private", "POST", "anything", {"requests": 1}),
    ],
)
def test_requests_are_charged_as_the_venue_does(
    venue: str, section: str, method: str, path: str, charged: dict[str, float]
) -> None:
    found = limits_of(venue).charges(Request(section, method, path, 0.2))
    assert {c.window: round(c.weight, 6) for c in found} == charged
    limits = limits_of(venue)
    assert set(charged) <= {w.name for w in (*limits.by_ip, *limits.by_key)}


def test_used_weight_is_read_from_binance_s_headers() -> None:
    learned = LIMITS["binance"].learned("https://x/api/v3/order", {"x-mbx-used-weight-1m": "42", "Date": "x"})
    assert list(learned) == [("spot weight", 42.0)]
    learned = LIMITS["binance"].learned("https://x/fapi/v1/order", {"X-MBX-ORDER-COUNT-10S": "7"})
    assert list(learned) == [("perp orders 10s", 7.0)]
