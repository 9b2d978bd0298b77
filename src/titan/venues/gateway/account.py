"""What a venue says of an account: balances, positions, orders, fills, fees, funding. Queries only.

Each class is one port of `titan.ports`; a gateway has those that its venue has. All raise the four kinds of
VenueError.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace

from titan.model.account import Balance, FeeTier, MarginMode, VenueOrder, VenuePosition
from titan.model.errors import InstrumentError, VenueBusy
from titan.model.fill import Fill, FundingPayment
from titan.model.instrument import FeeSchedule, InstrumentKind
from titan.model.order import OrderType
from titan.venues.gateway.call import Caller
from titan.venues.gateway.ids import IdFormat
from titan.venues.gateway.lookup import Lookup
from titan.venues.gateway.pages import FILLS, FUNDING, Raw, whole
from titan.venues.gateway.profile import NOTHING, Profile, Wallet
from titan.venues.gateway.reports import MS, Reports, fill_of, untraded_order, venue_order
from titan.venues.gateway.rules import Listed, decimal
from titan.venues.gateway.wallets import cash

Find = Callable[[str], Listed | None]
Ready = Callable[[], Awaitable[None]]
_UNNAMED: Final = Wallet("", "", NOTHING)
BYBIT_ORDERS: Final = 50
MOST_PAGES: Final = 200
UNTRADED: Final = "untraded"
"""Stands in an instrument's name for its kind where Titan trades no such thing."""


async def known_already() -> None:
    """The rules are there."""


class Desk:
    """What the parts share: the caller, the profile and the instruments. `ready` is awaited before what is
    said of the whole account is read: without the rules an order or a position would not be understood, and
    passed over.
    """

    def __init__(self, profile: Profile, caller: Caller, find: Find, ready: Ready = known_already) -> None:
        self.profile, self.caller, self._find, self.ready = profile, caller, find, ready
        self.client: Any = caller.client

    def listed(self, instrument: str) -> Listed:
        """Raises InstrumentError for what the venue does not trade."""
        found = self._find(instrument)
        if found is None:
            raise InstrumentError(f"{instrument} is not traded at {self.profile.venue}")
        return found

    def by_symbol(self, symbol: object) -> Listed | None:
        return self._find(str(symbol))

    def name_of(self, one: Mapping[str, Any]) -> str:
        """The instrument of an order or a position. What Titan does not trade (dated futures, options) has a
        name that no instrument has: it can be seen and told, not traded; a position counts contracts then.
        """
        listed = self.by_symbol(one.get("symbol"))
        if listed is not None:
            return listed.instrument.id
        return self.untraded(one)

    def untraded(self, one: Mapping[str, Any]) -> str:
        """The name of what Titan trades no such thing as: a margin position has a spot market's symbol."""
        return f"{self.profile.venue}.{UNTRADED}.{one.get('symbol') or (one.get('info') or {}).get('symbol')}"


class Balances:
    """Implements BalanceQuery."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def fetch_balances(self) -> Sequence[Balance]:
        """Every asset of every wallet that is not empty, without unrealised profit."""
        found: list[Balance] = []
        for wallet in self._desk.profile.wallets or (_UNNAMED,):
            found.extend(await self._of(wallet))
        return found

    async def _of(self, wallet: Wallet) -> list[Balance]:
        client, venue = self._desk.client, self._desk.profile.venue
        said = await self._desk.caller.query(lambda: client.fetch_balance(dict(wallet.balance)))
        name = f"{venue}.{wallet.name}" if wallet.name else venue
        rows, exact = [], cash(venue, wallet.name, said)
        for asset, total in (said.get("total") or {}).items():
            free = decimal((said.get("free") or {}).get(asset))
            held = decimal((said.get("used") or {}).get(asset), decimal(total) - free)
            held = exact[asset] - free if asset in exact else held
            if free or held:
                rows.append(Balance(name, str(asset), free, held))
        return rows


class Positions:
    """Implements PositionQuery."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def fetch_positions(self) -> Sequence[VenuePosition]:
        """All that the venue tells of, what Titan does not trade included (`Desk.name_of`). In a hedge mode
        an instrument may be there twice, long and short.
        """
        await self._desk.ready()
        client, found = self._desk.client, dict[tuple[str, bool], VenuePosition]()
        for ask in self._desk.profile.position_asks:
            said = await self._desk.caller.query(lambda: client.fetch_positions(None, dict(ask)))  # noqa: B023
            for one in said:
                position = self._position(one)
                if position is not None:
                    found[position.instrument, position.lots > 0] = position
        return list(found.values())

    def _position(self, one: Mapping[str, Any]) -> VenuePosition | None:
        listed = self._desk.by_symbol(one.get("symbol"))
        size = abs(decimal(one.get("contracts")))
        if size == 0:
            return None
        traded = listed is not None and listed.instrument.kind is InstrumentKind.PERP
        lots = listed.lots(size) if listed is not None and traded else math.ceil(size)
        return VenuePosition(
            instrument=self._desk.name_of(one) if traded else self._desk.untraded(one),
            lots=-lots if one.get("side") == "short" else lots,
            entry=decimal(one.get("entryPrice")),
            mark=decimal(one.get("markPrice")),
            unrealised=decimal(one.get("unrealizedPnl")),
            leverage=decimal(one.get("leverage"), Decimal(1)),
            margin_mode=MarginMode.ISOLATED if one.get("marginMode") == "isolated" else MarginMode.CROSS,
            liquidation=decimal(one.get("liquidationPrice")),
        )


class Orders:
    """Implements OrderQuery."""

    def __init__(self, desk: Desk, ids: IdFormat, reports: Reports) -> None:
        self._desk, self._ids, self._reports = desk, ids, reports
        self._lookup = Lookup(desk.profile, desk.client)

    async def open_orders(self) -> Sequence[VenueOrder]:
        """Of all instruments, stops included, and of what Titan does not trade (`Desk.name_of`)."""
        await self._desk.ready()
        profile, found = self._desk.profile, []
        asks: list[dict[str, Any]] = [dict(p) for p in profile.streams] or [{}]
        if len(asks) == 1 and InstrumentKind.PERP in profile.kinds:  # one account, asked by category
            linear = {"type": "swap", "subType": "linear"}
            asks = [{"type": "spot"}, *({**linear, **ask} for ask in profile.position_asks)]
        asks += [{**ask, **more} for ask in asks if profile.triggers_apart for more in profile.trigger_asks]
        for ask in asks:
            if ask.get("trigger") and ask.get("type") == "spot" and len(profile.triggers_apart) == 1:
                continue
            found.extend(await self._ask(ask))
        orders = {}
        for one in found:
            listed = self._desk.by_symbol(one.get("symbol"))
            if listed is None:
                order = untraded_order(one, self._desk.name_of(one))
            else:
                order = venue_order(one, listed, self._ids)
            ours = order.client_id or self._reports.client_id_of(order.venue_id)
            orders[order.venue_id] = replace(order, client_id=ours)
        return list(orders.values())

    async def _ask(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        """All pages: Bybit tells 20 orders at a time, or 50 where asked to ("Get Open & Closed Orders", read
        2026-11-21), and where the rest begins.
        """
        client, found = self._desk.client, list[dict[str, Any]]()
        if self._desk.profile.venue == "bybit":
            params = params | {"limit": BYBIT_ORDERS}
        for _ in range(MOST_PAGES):
            asked = dict(params)
            said = await self._desk.caller.query(
                lambda: client.fetch_open_orders(None, None, None, asked)  # noqa: B023
            )
            found += said
            cursors = [c for one in said if (c := (one.get("info") or {}).get("nextPageCursor"))]
            if not cursors or len(said) < BYBIT_ORDERS:
                return found
            params = params | {"cursor": cursors[0]}
        raise VenueBusy(f"more than {len(found)} orders rest at {self._desk.profile.venue}", retry_after_ns=0)

    async def find_order(self, client_id: str, instrument: str) -> VenueOrder | None:
        await self._desk.ready()
        listed, written = self._desk.listed(instrument), self._ids.to_venue(client_id)
        kind = listed.instrument.kind
        sent = self._reports.sent.get(client_id)
        venue_id = next(iter(sorted(sent.venue_ids)), "") if sent else ""
        stop = sent is None or sent.intent.type is OrderType.STOP
        for apart in (False, True) if stop and kind in self._desk.profile.triggers_apart else (False,):
            raw = await self._desk.caller.query(
                lambda: self._lookup.find(listed, written, venue_id, apart=apart)  # noqa: B023
            )
            if raw is not None:
                return replace(venue_order(raw, listed, self._ids), client_id=client_id)
        return None

    async def fills_since(self, instrument: str, since_ns: int) -> Sequence[Fill]:
        """All fills of this account, ours or not, oldest first; `client_id` is empty where it is not ours."""
        await self._desk.ready()
        listed, client = self._desk.listed(instrument), self._desk.client
        pages = FILLS.get((self._desk.profile.venue, str(listed.instrument.kind)))
        symbol = None if pages is not None and pages.of_all else listed.symbol

        async def ask(start: int, until: int | None, skip: int) -> list[Raw]:
            params = {} if until is None else {"until": until}
            params |= {"ofs": skip} if skip else {}
            size = pages.size if pages is not None else None
            fetch = client.fetch_my_trades
            return list(await self._desk.caller.query(lambda: fetch(symbol, start, size, params)))

        said = await whole(ask, pages, since_ns // MS, self._desk.caller.now() // MS)
        fills = {}
        for one in said:
            if one.get("symbol") != listed.symbol:
                continue
            key = f"{instrument}-{one['id']}"
            fills[key] = fill_of(one, listed, self._reports.owner(one), key, self._desk.caller.now())
        return sorted(fills.values(), key=lambda f: f.venue_ns)


class Funding:
    """Implements FundingHistory."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def funding_since(self, instrument: str, since_ns: int) -> Sequence[FundingPayment]:
        """Oldest first. Rate, mark and position are 0 where the venue does not say them."""
        listed, client = self._desk.listed(instrument), self._desk.client
        venue, now = self._desk.profile.venue, self._desk.caller.now()
        pages = FUNDING.get((venue, str(listed.instrument.kind)))
        symbol = None if pages is not None and pages.of_all else listed.symbol

        async def ask(start: int, until: int | None, skip: int) -> list[Raw]:
            del skip
            params: dict[str, Any] = {} if until is None else {"until": until}
            size = None
            if venue == "okx":  # ccxt asks for the latest, whatever is wanted
                params = {"begin": str(start)} | ({} if until is None else {"end": str(until)})
            elif pages is not None:
                params["limit"] = size = pages.size  # ccxt calls it `size` at Bybit, which does not listen
            fetch = client.fetch_funding_history
            return list(await self._desk.caller.query(lambda: fetch(symbol, start, size, params)))

        said = await whole(ask, pages, since_ns // MS, now // MS)
        payments = [self._payment(one, listed, now) for one in said if one.get("symbol") == listed.symbol]
        return sorted((p for p in payments if p.venue_ns >= since_ns), key=lambda p: p.venue_ns)

    def _payment(self, one: Mapping[str, Any], listed: Listed, now: int) -> FundingPayment:
        info = one.get("info") or {}
        amount = decimal(one.get("amount"))
        if self._desk.profile.venue == "bybit":  # a fee there: positive when paid
            amount = -amount
        rate = decimal(one.get("rate") or info.get("rate") or info.get("feeRate"))
        size = info.get("execQty")
        return FundingPayment(
            id=f"{listed.instrument.id}-funding-{one.get('id') or one.get('timestamp')}",
            instrument=listed.instrument.id,
            rate=rate,
            position_lots=listed.lots(size) if size else 0,
            mark=decimal(info.get("markPrice")),
            amount=amount,
            asset=str(one.get("code") or listed.instrument.settle),
            venue_ns=int(decimal(one.get("timestamp"))) * MS,
            local_ns=now,
        )


class Fees:
    """Implements FeeTiers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def fee_tier(self, instrument: str) -> FeeTier:
        listed, client = self._desk.listed(instrument), self._desk.client
        said = await self._desk.caller.query(lambda: client.fetch_trading_fee(listed.symbol))
        return FeeTier(instrument, FeeSchedule(decimal(said.get("maker")), decimal(said.get("taker"))))
