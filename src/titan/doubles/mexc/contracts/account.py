"""MEXC's contract account: assets, positions, leverage and modes, transfers, funding, fees.

www.mexc.com/api-docs/futures "Account and Trading Endpoints" (read 2026-11-21). Money comes from and goes to
spot by the spot API. `frozenBalance` is what open orders hold, without the margin of positions. The double
has one leverage for both sides of a contract, and judges isolated margin as cross.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.account import ZERO, Balance
from titan.doubles.feeds import Body
from titan.doubles.market_text import MS, MarketText
from titan.doubles.mexc.contracts import listing as wire
from titan.doubles.mexc.contracts.gate import Refused, because
from titan.doubles.mexc.contracts.listing import Handler, Listing, Params, choice, chosen, number, page, paged
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as Undone
from titan.doubles.rounds import Round, Rounds
from titan.doubles.world import World

WALLET: Final = "perp"
LONG, SHORT = 1, 2
ISOLATED, CROSS = 1, 2
HEDGED, ONE_WAY = 1, 2
_EIGHT: Final = Decimal("1e-8")


class Account:
    """Handlers by method and path, and the bodies that streams push. `mode` is 1 hedge, 2 one-way."""

    def __init__(self, world: World, listing: Listing) -> None:
        self._world, self._listing, self._account = world, listing, world.account
        self.rounds = Rounds(world)
        self.mode = ONE_WAY
        routes: dict[tuple[str, str], Handler] = {
            ("GET", "account/assets"): lambda _: [self.asset(coin) for coin in sorted(self._held())],
            ("GET", "account/asset/{currency}"): lambda p: self.asset(str(p["currency"])),
            ("GET", "account/transfer_record"): self.transfers,
            ("GET", "account/tiered_fee_rate"): self.fees,
            ("GET", "account/tiered_fee_rate/v2"): self.fees,
            ("GET", "account/risk_limit"): self.risk_limits,
            ("GET", "position/open_positions"): self.positions,
            ("GET", "position/list/history_positions"): self.past_positions,
            ("GET", "position/funding_records"): self.funding,
            ("GET", "position/leverage"): lambda p: self._sides(listing.named(p.get("symbol"))),
            ("POST", "position/change_leverage"): self.change_leverage,
            ("GET", "position/position_mode"): lambda _: self.mode,
            ("POST", "position/change_position_mode"): self.change_mode,
            ("POST", "position/change_margin"): self.change_margin,
        }
        self.routes: Final = {(how, f"/api/v1/private/{path}"): h for (how, path), h in routes.items()}

    # Money.

    def _held(self) -> dict[str, Balance]:
        """Every coin that contracts are settled in, and what else is there."""
        coins = {m.instrument.settle: Balance(ZERO, ZERO, ZERO) for m in self._listing.all}
        return coins | self._account.balances(WALLET)

    def asset(self, coin: str) -> Body:
        held = self._held().get(coin)
        if held is None:
            raise Refused(600)
        own = [p for p in self._account.positions() if p.lots and p.market.instrument.settle == coin]
        unrealised = sum((p.unrealised for p in own), ZERO)
        margin = sum((p.initial_margin for p in own), ZERO)
        equity, free = held.total + unrealised, number(held.free)
        frozen = max(equity - held.free - margin, ZERO).quantize(_EIGHT)
        return {
            "currency": coin, "positionMargin": number(margin), "availableBalance": free,
            "cashBalance": number(held.total), "frozenBalance": number(frozen), "equity": number(equity),
            "unrealized": number(unrealised), "bonus": 0, "availableCash": free, "availableOpen": free,
        }  # fmt: skip

    def transfers(self, params: Params) -> Body:
        rows: list[Body] = [
            {
                "id": m.id, "txid": f"{m.id:032x}", "currency": m.asset, "amount": number(m.amount),
                "type": "IN" if m.target == WALLET else "OUT", "state": "SUCCESS",
                "createTime": m.time_ns // MS, "updateTime": m.time_ns // MS,
            }
            for m in reversed(self._account.history("transfer"))
            if WALLET in (m.source, m.target)
        ]  # fmt: skip
        return paged(params, chosen(params, rows, "currency", "type", "state"))

    def fees(self, params: Params) -> Body:
        market = self._listing.named(params.get("symbol") or self._listing.all[0].symbol)
        fees, held = market.instrument.fees, self._held()[market.instrument.settle]
        maker, taker = number(fees.maker), number(fees.taker)
        return {
            "symbol": market.symbol, "level": 0, "dealAmount": 0, "walletBalance": number(held.total),
            "makerFee": maker, "takerFee": taker, "makerFeeDiscount": 1, "takerFeeDiscount": 1,
            "realMakerFee": maker, "realTakerFee": taker,
        }  # fmt: skip

    # Positions.

    def positions(self, params: Params) -> list[Body]:
        rows = [self.position(one) for one in self.rounds.all() if not one.closed_ns]
        return chosen(params, rows, "symbol", "positionId")

    def past_positions(self, params: Params) -> list[Body]:
        closed = sorted((r for r in self.rounds.all() if r.closed_ns), key=lambda r: -r.closed_ns)
        wanted = {"positionType": params.get("type") or params.get("position_type"), **params}
        rows = [*map(self.position, closed)]
        return page(params, chosen(wanted, rows, "symbol", "positionType", time="updateTime"))

    def position(self, one: Round) -> Body:
        """As REST and the stream show it. Orders that close it freeze a part."""
        market, end = self._listing.of(one.inst), one.closed_ns or self._world.now()
        closed = _average(market, one.closed_value, one.closed_lots)
        frozen = sum(o.left for o in self._world.desk.open_orders(one.inst) if o.reduce_only)
        paid = [f for f in self._account.funding if f.inst == one.inst and one.opened_ns <= f.time_ns <= end]
        funding = sum((f.amount for f in paid), ZERO)
        body: Body = {
            "positionId": one.number, "symbol": market.symbol, "positionType": LONG if one.long else SHORT,
            "openType": self._open_type(one.inst), "state": 3 if one.closed_ns else 1, "holdVol": one.lots,
            "frozenVol": min(frozen, one.lots), "closeVol": one.closed_lots, "liquidatePrice": 0,
            "holdFee": number(funding), "realised": number(one.realised - one.fee + funding),
            "leverage": self._account.leverage[one.inst], "createTime": one.opened_ns // MS,
            "updateTime": one.updated_ns // MS, "autoAddIm": False, "version": one.changes,
            "closeAvgPrice": number(closed), "newCloseAvgPrice": number(closed),
            "closeProfitLoss": number(one.realised), "fee": number(-one.fee), "totalFee": number(one.fee),
        }  # fmt: skip
        return body | self._value(one, market)

    def _value(self, one: Round, market: MarketText) -> Body:
        """Prices, margin and profit of what is held."""
        now, margin, gained = self._account.position(one.inst), ZERO, ZERO
        entry = _average(market, one.opened_value, one.opened_lots)
        if not one.closed_ns:
            entry, margin, gained = now.entry, now.initial_margin, now.unrealised
        share = (gained / margin).quantize(_EIGHT) if margin else ZERO
        return {
            "holdAvgPrice": number(entry), "openAvgPrice": number(entry), "newOpenAvgPrice": number(entry),
            "holdAvgPriceFullyScale": f"{entry:f}", "openAvgPriceFullyScale": f"{entry:f}",
            "oim": number(margin), "im": number(margin), "pnl": number(gained),
            "unRealizedPnl": number(gained), "profitRatio": number(share),
        }  # fmt: skip

    def funding(self, params: Params) -> Body:
        rows: list[Body] = []
        for paid in reversed(self._account.funding):
            market = self._listing.of(paid.inst)
            value = abs(market.market.size(paid.lots)) * paid.mark
            side = LONG if paid.lots > 0 else SHORT
            row: Body = {"id": paid.id, "symbol": market.symbol, "positionType": side}
            row |= {"positionValue": number(value), "funding": number(paid.amount)}
            rows.append(row | {"rate": number(paid.rate), "settleTime": paid.time_ns // MS})
        return paged(params, chosen(params, rows, "symbol", time="settleTime"))

    # Settings.

    def _open_type(self, inst: int) -> int:
        return ISOLATED if self._account.isolated[inst] else CROSS

    def _sides(self, market: MarketText) -> list[Body]:
        one, inst = market.instrument, market.market.index
        keeps = number(one.maintenance_margin)
        usual: Body = {
            "symbol": market.symbol, "level": 1, "maxVol": wire.MOST, "mmr": keeps, "currentMmr": keeps,
            "imr": number(one.initial_margin), "leverage": self._account.leverage[inst],
            "openType": self._open_type(inst), "limitBySys": False, "maxLeverage": one.max_leverage,
        }  # fmt: skip
        return [usual | {"positionType": side} for side in (LONG, SHORT)]

    def risk_limits(self, params: Params) -> Body:
        markets = [self._listing.named(params["symbol"])] if params.get("symbol") else self._listing.all
        return {m.symbol: self._sides(m) for m in markets}

    def margin_for(self, inst: int, params: Params, *, isolated: bool) -> None:
        """Take the margin mode and leverage that a request carries. Raises Refused 600, 2006, 2027."""
        if isolated and not params.get("leverage"):
            raise Refused(600, "Leverage cannot be null for isolated margin")
        try:
            if self._account.isolated[inst] != isolated:
                self._account.set_isolated(inst, isolated)
        except Undone as e:
            raise Refused(2027) from e
        if params.get("leverage"):
            self._set_leverage(inst, params)

    def _set_leverage(self, inst: int, params: Params) -> None:
        value = wire.decimal(params, "leverage", 2006)
        if value != int(value):
            raise Refused(2006)
        try:
            self._account.set_leverage(inst, int(value))
        except Undone as e:
            raise because(e.reason) from e

    def change_leverage(self, params: Params) -> None:
        """Of an open position by its number, else by symbol, margin mode and side."""
        if params.get("positionId"):
            self._set_leverage(self._held_by(params), params)
            return
        choice(params, "positionType", 2, 600)
        inst = self._listing.named(params.get("symbol")).market.index
        self.margin_for(inst, params, isolated=choice(params, "openType", 2, 2002) == ISOLATED)

    def _held_by(self, params: Params) -> int:
        """The contract of an open position. Raises Refused 2009."""
        found = [
            r for r in self.rounds.all() if not r.closed_ns and str(r.number) == str(params["positionId"])
        ]
        if not found:
            raise Refused(2009)
        return found[0].inst

    def change_mode(self, params: Params) -> None:
        mode = choice(params, "positionMode", 2, 600)
        busy = any(p.lots for p in self._account.positions())
        busy = busy or any(self._listing.has(o.inst) for o in self._world.desk.open_orders())
        if mode != self.mode and busy:
            raise because(Refusal.ORDERS_OR_POSITION_OPEN)
        self.mode = mode

    def change_margin(self, params: Params) -> None:
        """Raises Refused: 2009 without that position; else 604, as margin is judged cross here."""
        self._held_by({"positionId": "", **params})
        raise Refused(604, "This double judges isolated margin as cross and cannot move it")


def _average(market: MarketText, value: int, lots: int) -> Decimal:
    """0 where there are none."""
    return (market.instrument.tick * value / max(lots, 1)).quantize(Decimal("1e-10")).normalize()
