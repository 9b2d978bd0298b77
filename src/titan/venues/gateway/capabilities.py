"""What can be done at a venue through the gateway: of a first-class venue by our own table, which its double
proves; of any other by ccxt's word alone.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from titan.model.instrument import InstrumentKind
from titan.model.order import OrderType, TimeInForce
from titan.venues.gateway.profile import Profile


class Capabilities(msgspec.Struct, frozen=True):
    """`order_types` and `times_in_force` by the model's names, lower case."""

    kinds: tuple[str, ...]
    order_types: tuple[str, ...]
    times_in_force: tuple[str, ...]
    stops: tuple[str, ...]
    """Kinds of instrument that have stop orders."""
    amends: tuple[str, ...]
    """Kinds whose resting orders can be changed in place."""
    leverage: bool
    margin_mode: bool
    positions: bool
    funding: bool
    transfers: bool
    withdrawals: bool
    deposits: bool
    fee_tiers: bool
    rights: bool
    switch: bool
    streams: bool
    """Orders and fills by a private stream; without it they are polled."""


_WORDS: Final = {
    "amends": "orders cannot be amended in place: cancel and send a new one",
    "leverage": "leverage cannot be set",
    "margin_mode": "the margin mode cannot be set for an instrument",
    "positions": "no positions: it trades spot only",
    "funding": "no history of funding payments",
    "transfers": "no transfers between wallets",
    "withdrawals": "no withdrawals",
    "deposits": "no deposit addresses",
    "fee_tiers": "the account's own fees cannot be asked for: base rates are assumed",
    "rights": "what a key may do cannot be asked for",
    "switch": "no dead man's switch over all orders",
    "streams": "no private streams: orders and fills are polled",
}


def capabilities(profile: Profile, client: Any) -> Capabilities:
    if not profile.first_class:
        return _by_ccxt(client)
    types = [OrderType.MARKET, OrderType.LIMIT, *([OrderType.STOP] if profile.stops else [])]
    return Capabilities(
        kinds=tuple(str(k) for k in profile.kinds),
        order_types=tuple(t.name.lower() for t in types),
        times_in_force=tuple(t.name.lower() for t in TimeInForce if t not in profile.lacks_tif),
        stops=tuple(str(k) for k in profile.stops),
        amends=tuple(str(k) for k in profile.amends),
        leverage=profile.leverage,
        margin_mode=profile.margin_mode,
        positions=InstrumentKind.PERP in profile.kinds,
        funding=profile.funding,
        transfers=profile.transfers,
        withdrawals=profile.withdrawals,
        deposits=profile.deposits,
        fee_tiers=profile.fee_tiers,
        rights=profile.rights,
        switch=profile.switch,
        streams=bool(profile.streams),
    )


def _by_ccxt(client: Any) -> Capabilities:
    def has(name: str) -> bool:
        return bool(client.has.get(name))

    stops = has("createStopOrder") or has("createTriggerOrder") or has("createStopMarketOrder")
    kinds = tuple(k for k, name in (("spot", "spot"), ("perp", "swap")) if has(name))
    return Capabilities(
        kinds=kinds,
        order_types=("market", "limit", *(("stop",) if stops else ())),
        times_in_force=("gtc", "ioc", "fok", "post_only"),
        stops=kinds if stops else (),
        amends=kinds if client.has.get("editOrder") is True else (),
        leverage=has("setLeverage"),
        margin_mode=has("setMarginMode"),
        positions=has("fetchPositions"),
        funding=has("fetchFundingHistory"),
        transfers=False,  # wallets have no names of ours there
        withdrawals=has("withdraw"),
        deposits=has("fetchDepositAddress"),
        fee_tiers=has("fetchTradingFee"),
        rights=False,
        switch=has("cancelAllOrdersAfter"),
        streams=False,
    )


def lacks(profile: Profile, can: Capabilities) -> tuple[str, ...]:
    """Sentences, for a user who asks what this venue cannot do."""
    said = [words for name, words in _WORDS.items() if not getattr(can, name)]
    if "stop" not in can.order_types:
        said.append("no stop orders")
    elif profile.first_class and len(profile.stops) < len(profile.kinds):
        said.append(f"stop orders for {', '.join(profile.stops)} only")
    if profile.amends and len(profile.amends) < len(profile.kinds):
        said.append(f"amends {', '.join(profile.amends)} orders only")
    said.extend(f"no {t.name} orders" for t in profile.lacks_tif)
    if not profile.first_class:
        said += [
            "market data is polled, about once a second: the book is never in step with the venue",
            "its rate limits are not known: 10 requests a second are assumed",
            "how it answers has been checked against nothing: begin with small orders",
        ]
    return tuple(said)
