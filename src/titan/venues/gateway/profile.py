"""What differs between the venues, as data: ccxt's options, wallets, streams, and how each is asked.

Names of options: ccxt 4.5.90's own describe(). Capabilities: the pages named in `orders`, `money`, `rights`
and `ids`, read 2026-11-21; Kraken's "Add Order" (text of 2026-08-25) knows fill-or-kill.

Dead man's switches: OKX "Cancel All After" (2026-07-11) takes 0 or 10 to 120 s and Kraken's
"CancelAllOrdersAfter" 0 to 86,400 s, both for the whole account.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from titan.model.instrument import InstrumentKind
from titan.model.order import TimeInForce

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
MARGIN: Final = "margin loans"
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Wallet(NamedTuple):
    """`name` is ours without the venue; `transfer` is ccxt's name for it in a transfer, `balance` the
    parameters that ask for it."""

    name: str
    transfer: str
    balance: Mapping[str, Any]


class Profile(NamedTuple):
    """How Titan uses one venue. Everything that a venue has not is empty or False."""

    venue: str
    ccxt_id: str
    kinds: tuple[InstrumentKind, ...]
    options: Mapping[str, Any] = NOTHING
    wallets: tuple[Wallet, ...] = ()
    streams: tuple[Mapping[str, Any], ...] = (NOTHING,)
    """Parameters of each private stream that must be watched; () where only polling is sure."""
    stop_streams: tuple[Mapping[str, Any], ...] = ()
    """And of those that tell of waiting stops only."""
    lacks_tif: tuple[TimeInForce, ...] = ()
    stops: tuple[InstrumentKind, ...] = ()
    triggers_apart: tuple[InstrumentKind, ...] = ()
    """Where stops live behind entry points of their own until they are triggered."""
    trigger_asks: tuple[Mapping[str, Any], ...] = (MappingProxyType({"trigger": True}),)
    """Parameters that ask for all stops that wait there."""
    position_asks: tuple[Mapping[str, Any], ...] = (NOTHING,)
    """Parameters that together ask for all positions, and orders, of linear contracts."""
    unseen: tuple[str, ...] = ()
    """What an account may hold there that is never asked for, in words: a panic says so."""
    amends: tuple[InstrumentKind, ...] = ()
    leverage: bool = False
    margin_mode: bool = False
    transfers: bool = False
    withdrawals: bool = False
    deposits: bool = False
    funding: bool = False
    fee_tiers: bool = False
    rights: bool = False
    switch: bool = False
    """A dead man's switch over all orders of the account. Binance has one for each USD-M symbol only; Bybit
    cancels when every private socket of `dcp` broke, for institutions only: neither is this."""
    valid_s: float = 10.0
    """How long after signing the venue may still accept a request."""
    first_class: bool = True


def _types(*names: str) -> Mapping[str, Any]:
    return {"types": list(names)}


PROFILES: Final[dict[str, Profile]] = {
    p.venue: p
    for p in (
        Profile(
            "binance", "binance", (SPOT, PERP),
            options={
                "fetchMarkets": _types("spot", "linear"), "fetchMargins": False, "recvWindow": 5000,
                "warnOnFetchOpenOrdersWithoutSymbol": False,
                # ccxt would ask for positions beside the orders' stream, and cannot read them as text
                "watchPositions": {"fetchPositionsSnapshot": False, "awaitPositionsSnapshot": False},
            },
            wallets=(
                Wallet("spot", "spot", {"type": "spot"}),
                Wallet("perp", "linear", {"type": "future", "subType": "linear"}),
                Wallet("funding", "funding", {"type": "funding"}),
            ),
            streams=({"type": "spot"}, {"type": "future", "subType": "linear"}),
            stops=(SPOT, PERP), triggers_apart=(PERP,), amends=(PERP,), leverage=True, margin_mode=True,
            transfers=True, withdrawals=True, deposits=True, funding=True, fee_tiers=True, rights=True,
            unseen=("coin-margined futures", "options", MARGIN, "portfolio margin"), valid_s=5.0,
        ),
        Profile(
            "bybit", "bybit", (SPOT, PERP),
            options={
                "fetchMarkets": _types("spot", "linear"), "recvWindow": 5000, "defaultSubType": "linear",
            },
            wallets=(
                Wallet("unified", "unified", {"type": "unified"}),
                Wallet("funding", "funding", {"type": "funding"}),
            ),
            stops=(SPOT, PERP), amends=(SPOT, PERP), leverage=True, margin_mode=True, transfers=True,
            withdrawals=True, deposits=True, funding=True, fee_tiers=True, rights=True, valid_s=5.0,
            position_asks=tuple(MappingProxyType({"settleCoin": coin}) for coin in ("USDT", "USDC")),
            unseen=("inverse contracts", "options", MARGIN),
        ),
        Profile(
            "okx", "okx", (SPOT, PERP),
            options={
                "fetchMarkets": _types("spot", "swap"), "createOrder": "privatePostTradeOrder",
                "brokerId": None, "defaultType": "swap",
            },
            wallets=(
                Wallet("unified", "trading", NOTHING), Wallet("funding", "funding", {"type": "funding"}),
            ),
            streams=({"type": "ANY"},),  # ccxt subscribes to the channel once, whatever the type
            stop_streams=({"type": "ANY", "trigger": True},),
            stops=(SPOT, PERP), triggers_apart=(SPOT, PERP),
            trigger_asks=(
                {"trigger": True, "ordType": "conditional,oco"}, {"trigger": True, "ordType": "trigger"},
            ),
            amends=(SPOT, PERP), leverage=True, margin_mode=False, transfers=True, withdrawals=True,
            deposits=True, funding=True, fee_tiers=True, rights=True, switch=True, valid_s=30.0,
            unseen=("what borrowed coins are owed", "trading bots", "spreads"),
        ),
        Profile(
            "kraken", "kraken", (SPOT,),
            wallets=(Wallet("spot", "spot", NOTHING),),
            stops=(SPOT,), amends=(SPOT,), withdrawals=True, deposits=True, fee_tiers=True, rights=True,
            switch=True, unseen=("futures", "spot margin positions"), valid_s=60.0,
        ),
        Profile(
            "mexc", "mexc", (SPOT, PERP),
            options={
                "fetchMarkets": {"types": {"spot": True, "swap": {"linear": True, "inverse": False}}},
                "recvWindow": 5000,
            },
            wallets=(Wallet("spot", "spot", {"type": "spot"}), Wallet("perp", "swap", {"type": "swap"})),
            streams=({"type": "spot"}, {"type": "swap"}),
            stops=(PERP,), triggers_apart=(PERP,), leverage=True, transfers=True, withdrawals=True,
            deposits=True, funding=True, fee_tiers=True, rights=True, valid_s=10.0,
        ),
    )
}  # fmt: skip
GENERIC: Final = "ccxt:"


def profile_of(venue: str) -> Profile | None:
    """Of a first-class venue; None for `ccxt:<id>` and for what is no venue."""
    return PROFILES.get(venue)
