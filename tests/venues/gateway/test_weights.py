"""What requests cost in the venues' windows."""

from __future__ import annotations

import pytest

from titan.venues.gateway.limiter import Charge
from titan.venues.gateway.weights import LIMITS, Request, limits_of


@pytest.mark.parametrize(
    ("venue", "request_", "charges"),
    [
        ("binance", Request("public", "GET", "depth", 1), [Charge("spot weight", 5)]),
        (
            "binance", Request("private", "POST", "order", 0.2),
            [Charge("spot weight", 1), Charge("spot orders 10s", 1)],
        ),
        (
            "binance", Request("fapiPrivate", "POST", "algoOrder", 0),
            [Charge("perp weight", 1), Charge("perp orders 10s", 1), Charge("perp orders 1m", 1)],
        ),
        ("binance", Request("sapi", "GET", "account/apiRestrictions", 0.1), [Charge("sapi weight", 1)]),
        (
            "bybit", Request("private", "POST", "v5/order/create", 2.5),
            [Charge("requests", 1), Charge("orders", 1)],
        ),
        ("okx", Request("private", "POST", "trade/cancel-order", 0.33), [Charge("cancels", 1)]),
        ("kraken", Request("private", "POST", "AddOrder", 0), [Charge("orders", 1)]),
        ("kraken", Request("private", "POST", "Balance", 3), [Charge("counter", 1)]),
        ("kraken", Request("private", "POST", "TradesHistory", 6), [Charge("counter", 4)]),
        ("kraken", Request("private", "POST", "QueryLedgers", 3), [Charge("counter", 4)]),
        ("ccxt:bitget", Request("public", "GET", "any", 1), [Charge("requests", 1)]),
    ],
)  # fmt: skip
def test_a_request_costs_what_its_venue_publishes(
    venue: str, request_: Request, charges: list[Charge]
) -> None:
    assert list(limits_of(venue).charges(request_)) == charges


@pytest.mark.parametrize("venue", sorted(LIMITS))
def test_every_charge_has_a_window(venue: str) -> None:
    limits = LIMITS[venue]
    windows = {w.name for w in (*limits.by_ip, *limits.by_key)}
    for section in ("public", "private", "fapiPrivate", "sapi", "contractPrivate"):
        for path in ("order", "v5/order/amend", "trade/amend-order", "CancelOrder", "Ledgers", "else"):
            for method in ("GET", "POST", "PUT"):
                charged = limits.charges(Request(section, method, path, 1))
                assert {c.window for c in charged} <= windows
