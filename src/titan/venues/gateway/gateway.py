"""One key at one venue, ready to trade: every port that the venue has, over one ccxt client.

A part that the venue has not is None, so whoever needs it must ask; `lacks` says the same in words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from titan.model.credentials import Credentials
from titan.model.instrument import Instrument, InstrumentKind
from titan.ports import DeadMansSwitch
from titan.venues.addresses import Addresses
from titan.venues.gateway.account import Balances, Desk, Fees, Funding, Orders, Positions
from titan.venues.gateway.call import Caller
from titan.venues.gateway.capabilities import Capabilities, capabilities, lacks
from titan.venues.gateway.client import TIMEOUT_MS, build, generic_profile
from titan.venues.gateway.entry import AmendingEntry, Entry
from titan.venues.gateway.ids import format_of
from titan.venues.gateway.money import (
    LeverageSetting,
    MarginModeSetting,
    Moves,
    Switch,
    SymbolSwitch,
)
from titan.venues.gateway.networks import Networks
from titan.venues.gateway.payouts import Incoming, Payouts
from titan.venues.gateway.profile import Profile, profile_of
from titan.venues.gateway.removal import Removal
from titan.venues.gateway.reports import Reports
from titan.venues.gateway.rights import Rights
from titan.venues.gateway.rules import Listed, listed
from titan.venues.gateway.streams import CHECK_S, Streams


class Gateway:
    """Made by `open_gateway`. Call `instruments` first; everything else needs the rules. What is asked of the
    whole account (orders, positions) asks for the rules itself where they are not known yet.
    """

    def __init__(
        self, profile: Profile, caller: Caller, can: Capabilities, check_s: float = CHECK_S
    ) -> None:  # fmt: skip
        self.profile, self.caller, self.capabilities = profile, caller, can
        self.client = caller.client
        self._by_id: dict[str, Listed] = {}
        self._by_symbol: dict[str, Listed] = {}
        self._loading = asyncio.Lock()
        self.rules: Final[dict[str, Instrument]] = {}
        """By id, as `instruments` told them last; the same mapping all the time."""
        self.remembered = False
        """Whether they are of an earlier process: they are asked for anew before anything of the account."""
        ids = format_of(profile.venue)
        reports = Reports(ids, self.find, caller.now)
        desk = self._desk = Desk(profile, caller, self.find, self._ready)
        amending = AmendingEntry(profile, caller, ids, self.find, reports) if can.amends else None
        self.entry: Entry = amending or Entry(profile, caller, ids, self.find, reports)
        self.amends = amending
        self.streams = Streams(profile, caller, self.entry, check_s=check_s)
        self.balances = Balances(desk)
        self.orders = Orders(desk, ids, reports)
        self.removal = Removal(desk)
        self.positions = Positions(desk) if can.positions else None
        self.funding = Funding(desk) if can.funding else None
        self.fees = Fees(desk) if can.fee_tiers else None
        self.leverage = LeverageSetting(desk) if can.leverage else None
        self.margin_mode = MarginModeSetting(desk) if can.margin_mode else None
        self.transfers = Moves(desk) if can.transfers else None
        networks = Networks(desk)
        self.withdrawals = Payouts(desk, networks) if can.withdrawals else None
        self.deposits = Incoming(desk, networks) if can.deposits else None
        self.limits = Rights(desk) if can.rights else None
        self.switch = Switch(desk) if can.switch else None

    async def instruments(self) -> Sequence[Instrument]:
        """Implements InstrumentRules: asks the venue anew."""
        markets = await self.caller.query(lambda: self.client.load_markets(True))
        self.remembered = False
        self._learn(markets)
        return self.known()

    def _learn(self, markets: Mapping[str, Any]) -> None:
        found = (listed(self.profile.venue, m, self.client.precisionMode) for m in markets.values())
        for one in found:
            if one is not None:
                self._by_id[one.instrument.id] = one
                self._by_symbol[one.symbol] = one
                self.rules[one.instrument.id] = one.instrument

    def catalogue(self, instruments: Sequence[str]) -> list[dict[str, object]]:
        """What ccxt was told of these (ids), for `recollect` in a later process."""
        return [self.client.markets[one.symbol] for i in instruments if (one := self.find(i)) is not None]

    def recollect(self, markets: Sequence[Mapping[str, object]]) -> None:
        """The rules as an earlier process was told them, until the venue answers."""
        self.remembered = True
        self._learn(self.client.set_markets(list(markets)))

    def known(self) -> Sequence[Instrument]:
        """Those of the last `instruments`."""
        return [one.instrument for one in self._by_id.values()]

    async def _ready(self) -> None:
        """Know the rules; asked for once."""
        async with self._loading:
            if not self.rules or self.remembered:
                await self.instruments()

    def find(self, name: str) -> Listed | None:
        """By our id or by ccxt's symbol."""
        return self._by_id.get(name) or self._by_symbol.get(name)

    def switch_of(self, instruments: Sequence[str]) -> DeadMansSwitch | None:
        """The dead man's switch that covers orders of these instruments: that of the account, else
        Binance's of each perp. None where the venue has none for any of them.
        """
        kinds = {one: self._desk.listed(one).instrument.kind for one in instruments}
        perps = [one for one, kind in kinds.items() if kind is InstrumentKind.PERP]
        if self.switch is None and self.profile.venue == "binance" and perps:
            return SymbolSwitch(self._desk, perps)
        return self.switch

    def start(self) -> None:
        """Listen to the account's streams, and poll what is open."""
        self.streams.start()

    async def close(self) -> None:
        await self.streams.close()
        await self.entry.close()
        await self.client.close()

    def lacks(self) -> tuple[str, ...]:
        """What this venue has not, in plain words."""
        return lacks(self.profile, self.capabilities)


def open_gateway(
    venue: str,
    *,
    now: Callable[[], int],
    addresses: Addresses | None = None,
    credentials: Credentials | None = None,
    timeout_ms: int = TIMEOUT_MS,
    check_s: float = CHECK_S,
) -> Gateway:
    """A gateway of a first-class venue or of `ccxt:<id>`; nothing is sent yet. Raises ConfigError for a venue
    that nobody knows. `addresses` are the real ones where they are not given; `now` is ns UTC; `check_s` is
    how often an open order is asked for although the streams are up.
    """
    profile = profile_of(venue) or generic_profile(venue)
    client = build(profile, addresses, credentials, timeout_ms=timeout_ms)
    hidden = (credentials.key, credentials.secret, credentials.passphrase) if credentials else ()
    return Gateway(profile, Caller(venue, client, now, hidden), capabilities(profile, client), check_s)
