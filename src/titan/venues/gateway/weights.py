"""The venues' published rate limits, and what a request costs in them.

The weight of each endpoint is what ccxt keeps in its tables (kept current by many); this module says what one
unit of ccxt means at a venue, and which windows it counts in. A window's scope is the address we come from
(`ip`) or the key.

Read 2026-11-21, in the text of the date in brackets:

- Binance: 6,000 weight a minute and IP, 100 orders in 10 s (spot `exchangeInfo` recorded 2026-07-02,
  rest-api.md of binance-spot-api-docs, 2026-07-21); 2,400 weight a minute and IP, 300 orders in 10 s and
  1,200 a minute by account (USD-M "General Info" and `exchangeInfo` recorded 2026-07-03); 12,000 a minute
  for /sapi, as ccxt 4.5.90 counts it. Used weight comes back in X-MBX-USED-WEIGHT-1M,
  X-SAPI-USED-IP-WEIGHT-1M and X-MBX-ORDER-COUNT-*.
- Bybit, "Rate Limit Rules" (2026-07-24): 600 requests in 5 s and IP; by UID 10 orders, amends and cancels a
  second each (spot has 20 orders and 20 cancels; a path does not tell which, so 10), 50 reads of orders,
  other endpoints less, as ccxt weighs them.
- OKX, "Overview: Rate Limits" (2026-07-04): orders, amends and cancels apart, each by user and instrument, 60
  in 2 s (their own pages); ours are counted over all instruments. The rest by endpoint, as ccxt weighs it.
- Kraken, "Spot REST Rate Limits" and "Spot Trading Limits" (2026-05-27): by key a counter of 20 that falls by
  0.5 a second (Intermediate; Pro: 1), where ledgers and trade histories cost 4; orders by pair have one of
  60 that falls by 1 a second (Starter), where a cancel within 5 s costs 8: we count every order call as 1,
  over all pairs, and a cancel that meets the limit is asked again. Public calls: one a second
  and IP (support page 206548367).
- MEXC, spot "General Info" (undated copy): 500 weight in 10 s for each endpoint, by IP or by UID; ours is
  over all. 20 contract requests in 2 s stand in its older documentation of contracts; 5 spot orders a second
  are our own caution: no page was found.

Elsewhere 10 requests a second.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from titan.venues.gateway.limiter import Charge, Window


class Request(NamedTuple):
    """One call as ccxt names it; `cost` is ccxt's."""

    section: str
    method: str
    path: str
    cost: float


class Limits(NamedTuple):
    """Windows by address and by key, what a request costs, and which headers tell of which window."""

    by_ip: tuple[Window, ...]
    by_key: tuple[Window, ...]
    charges: Callable[[Request], tuple[Charge, ...]]
    learned: Callable[[str, Mapping[str, str]], Sequence[tuple[str, float]]]


def _nothing_learned(url: str, headers: Mapping[str, str]) -> Sequence[tuple[str, float]]:
    del url, headers
    return ()


def _binance(request: Request) -> tuple[Charge, ...]:
    section, order = (
        request.section,
        request.path in ("order", "algoOrder") and request.method in ("POST", "PUT"),
    )
    if section.startswith("fapi"):
        weight = Charge("perp weight", max(request.cost, 1))
        return (weight, Charge("perp orders 10s", 1), Charge("perp orders 1m", 1)) if order else (weight,)
    if section.startswith("sapi"):
        return (Charge("sapi weight", request.cost * 10),)
    weight = Charge("spot weight", max(request.cost * 5, 1))
    return (weight, Charge("spot orders 10s", 1)) if order else (weight,)


_BINANCE_HEADERS: Final = {
    ("spot", "x-mbx-used-weight-1m"): "spot weight",
    ("spot", "x-mbx-order-count-10s"): "spot orders 10s",
    ("spot", "x-sapi-used-ip-weight-1m"): "sapi weight",
    ("perp", "x-mbx-used-weight-1m"): "perp weight",
    ("perp", "x-mbx-order-count-10s"): "perp orders 10s",
    ("perp", "x-mbx-order-count-1m"): "perp orders 1m",
}


def _binance_learned(url: str, headers: Mapping[str, str]) -> Sequence[tuple[str, float]]:
    side = "perp" if "/fapi/" in url else "spot"
    found = []
    for name, value in headers.items():
        window = _BINANCE_HEADERS.get((side, name.lower()))
        if window is not None and value.isdigit():
            found.append((window, float(value)))
    return found


def _by_order_word(
    places: Mapping[str, str], rest: str, always: tuple[Charge, ...] = ()
) -> Callable[[Request], tuple[Charge, ...]]:
    """Paths that end as in `places` have windows of their own; what else is private counts in `rest`."""

    def charges(request: Request) -> tuple[Charge, ...]:
        for ending, window in places.items():
            if request.method != "GET" and request.path.endswith(ending):
                return (*always, Charge(window, 1))
        return (*always, Charge(rest, max(request.cost, 0.01))) if "rivate" in request.section else always

    return charges


def _okx(request: Request) -> tuple[Charge, ...]:
    private = "rivate" in request.section
    for ending, window in (("trade/order", "orders"), ("amend-order", "amends"), ("cancel-order", "cancels")):
        if private and request.method == "POST" and request.path.endswith(ending):
            return (Charge(window, 1),)
    return (Charge("private" if private else "public", request.cost),)


def _kraken(request: Request) -> tuple[Charge, ...]:
    if "rivate" not in request.section:
        return (Charge("public", 1),)
    if request.cost == 0 or request.path in ("AddOrder", "AmendOrder", "CancelOrder", "EditOrder"):
        return (Charge("orders", 1),)
    history = request.path in ("Ledgers", "QueryLedgers", "TradesHistory", "QueryTrades")
    return (Charge("counter", 4 if history else request.cost / 3),)


_MEXC_PLACES: Final = ("order/create", "planorder/place")


def _mexc(request: Request) -> tuple[Charge, ...]:
    if "contract" in request.section:
        charge = Charge("perp", max(request.cost / 2, 1))
        return (charge, Charge("perp orders", 1)) if request.path in _MEXC_PLACES else (charge,)
    weight = Charge("spot weight", max(request.cost, 1))
    order = request.path == "order" and request.method == "POST"
    return (weight, Charge("spot orders", 1)) if order else (weight,)


def _plain(request: Request) -> tuple[Charge, ...]:
    del request
    return (Charge("requests", 1),)


LIMITS: Final[dict[str, Limits]] = {
    "binance": Limits(
        (Window("spot weight", 6000, 60), Window("perp weight", 2400, 60), Window("sapi weight", 12000, 60)),
        (
            Window("spot orders 10s", 100, 10), Window("perp orders 10s", 300, 10),
            Window("perp orders 1m", 1200, 60),
        ),
        _binance, _binance_learned,
    ),
    "bybit": Limits(
        (Window("requests", 600, 5),),
        (Window("orders", 10, 1), Window("amends", 10, 1), Window("cancels", 10, 1), Window("reads", 50, 1)),
        _by_order_word(
            {"order/create": "orders", "order/amend": "amends", "order/cancel": "cancels"}, "reads",
            (Charge("requests", 1),),
        ),
        _nothing_learned,
    ),
    "okx": Limits(
        (Window("public", 20, 2),),
        (
            Window("orders", 60, 2), Window("amends", 60, 2), Window("cancels", 60, 2),
            Window("private", 20, 2),
        ),
        _okx, _nothing_learned,
    ),
    "kraken": Limits(
        (Window("public", 15, 15),), (Window("counter", 20, 40), Window("orders", 60, 60)),
        _kraken, _nothing_learned,
    ),
    "mexc": Limits(
        (Window("spot weight", 500, 10), Window("perp", 20, 2)),
        (Window("spot orders", 5, 1), Window("perp orders", 4, 2)),
        _mexc, _nothing_learned,
    ),
}  # fmt: skip
PLAIN: Final = Limits((Window("requests", 10, 1),), (), _plain, _nothing_learned)


def limits_of(venue: str) -> Limits:
    return LIMITS.get(venue, PLAIN)
