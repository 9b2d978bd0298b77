"""OKX's account: balances, positions, settings, fees, bills, transfers, withdrawals, the key itself.

okx.com/docs-v5 "Trading Account" and "Funding Account" (read 2026-11-21). Spot and swaps share the trading
account (18); the funding account (6) stands beside it. Positions are one-way (net mode).
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from titan.doubles.account import ZERO, Movement, Position
from titan.doubles.keys import ApiKey
from titan.doubles.market_text import MS, MarketText, plain
from titan.doubles.money import coins, in_spot_orders, value_of
from titan.doubles.okx.account import private_bodies as bodies
from titan.doubles.okx.account import reasons
from titan.doubles.okx.account.batches import Params, page
from titan.doubles.okx.bodies import Body
from titan.doubles.okx.errors import Refused
from titan.doubles.okx.listing import Listing
from titan.doubles.refusal import Refused as Undone
from titan.doubles.world import World

USER: Final = "44705892343619584"
CHAINS: Final = ("ERC20", "TRC20")
RIGHTS: Final = {"read": "read_only", "trade": "trade", "withdraw": "withdraw"}


def amount_of(params: Params, name: str) -> Decimal:
    """Raises Refused 51000 for what is no positive number."""
    try:
        value = Decimal(str(params.get(name) or ""))
    except InvalidOperation:
        raise Refused("51000", f"Parameter {name} error") from None
    if not value.is_finite() or value <= 0:
        raise Refused("51000", f"Parameter {name} error")
    return value


class Wallets:
    """Handlers by method and path; each takes the parameters and the key, and gives the rows."""

    def __init__(self, world: World, listing: Listing) -> None:
        self._world = world
        self._listing = listing
        self._home = "perp" if world.account.unified else "spot"
        self._wallets = {"18": self._home, "6": "fund"}
        self.routes: Final[dict[tuple[str, str], Callable[[Params, ApiKey], list[Body]]]] = {
            ("GET", "/api/v5/account/config"): self.config,
            ("GET", "/api/v5/account/balance"): lambda p, _: [self.account(p.get("ccy"))],
            ("GET", "/api/v5/account/positions"): self.positions,
            ("GET", "/api/v5/account/leverage-info"): self.leverage,
            ("POST", "/api/v5/account/set-leverage"): self.set_leverage,
            ("POST", "/api/v5/account/set-position-mode"): self.set_position_mode,
            ("GET", "/api/v5/account/trade-fee"): self.fees,
            ("GET", "/api/v5/account/bills"): self.bills,
            ("GET", "/api/v5/account/bills-archive"): self.bills,
            ("GET", "/api/v5/asset/balances"): self.funding_balances,
            ("GET", "/api/v5/asset/currencies"): self.currencies,
            ("POST", "/api/v5/asset/transfer"): self.transfer,
            ("GET", "/api/v5/asset/transfer-state"): self.transfer_state,
            ("GET", "/api/v5/asset/deposit-address"): self.deposit_address,
            ("GET", "/api/v5/asset/deposit-history"): lambda _p, _k: [],
            ("POST", "/api/v5/asset/withdrawal"): self.withdraw,
            ("GET", "/api/v5/asset/withdrawal-history"): self.withdrawals,
        }

    def config(self, _params: Params, key: ApiKey) -> list[Body]:
        rights = ",".join(told for permission, told in RIGHTS.items() if key.may(permission))
        return [bodies.config(user=USER, label=key.name, permissions=rights, level="3", hedged=False)]

    def account(self, only: object = None) -> Body:
        """The trading account, as REST and the `account` channel show it."""
        now = self._world.now_ms()
        wanted = {w for w in str(only or "").split(",") if w}
        positions = [p for p in self._world.account.positions() if p.lots]
        rows, total, margins, keeps = [], ZERO, ZERO, ZERO
        for asset, held in sorted(self._world.account.balances(self._home).items()):
            own = [p for p in positions if p.market.instrument.settle == asset]
            upl = sum((p.unrealised for p in own), ZERO)
            margin = sum((p.initial_margin for p in own), ZERO)
            keep = sum((p.maintenance_margin for p in own), ZERO)
            equity = held.total + upl
            usd = value_of(self._world, asset, equity)
            total, margins, keeps = total + usd, margins + margin, keeps + keep
            spot = in_spot_orders(self._world, asset)
            if not wanted or asset in wanted:
                rows.append(
                    bodies.detail(
                        asset, cash=plain(held.total), equity=plain(equity), available=plain(held.free),
                        frozen=plain(max(equity - held.free, ZERO)), in_orders=plain(spot),
                        initial=plain(margin), maintenance=plain(keep), unrealised=plain(upl),
                        usd=plain(usd), updated_ms=now,
                    )
                )  # fmt: skip
        return bodies.account(
            rows, total=plain(total), initial=plain(margins), maintenance=plain(keeps), updated_ms=now
        )

    def position(self, one: Position) -> Body:
        market = self._listing.of(one.market.instrument)
        fills = [f for f in self._world.desk.fills if self._world.desk.orders[f.order_id].inst == one.inst]
        funding = sum((f.amount for f in self._world.account.funding if f.inst == one.inst), ZERO)
        margin = one.initial_margin
        updated = (one.updated_ns or self._world.start_ns) // MS
        return bodies.position(
            inst=market.symbol, coin=market.instrument.settle, size=Decimal(plain(one.size / market.unit)),
            entry=plain(one.entry) if one.lots else "", mark=plain(one.mark), leverage=str(one.leverage),
            mode="isolated" if one.isolated else "cross", margin=plain(margin) if one.isolated else "",
            initial="" if one.isolated else plain(margin), maintenance=plain(one.maintenance_margin),
            notional=plain(abs(one.notional)), unrealised=plain(one.unrealised),
            ratio=plain((one.unrealised / margin).quantize(Decimal("1e-8"))) if margin else "0",
            realised=plain(sum((f.realised - f.fee for f in fills), ZERO) + funding),
            fee=plain(-sum((f.fee for f in fills), ZERO)), funding=plain(funding), liquidation="",
            trade_id=str(fills[-1].id) if fills else "", position_id=str(3_070_000_000 + one.inst),
            created_ms=self._world.start_ns // MS, updated_ms=updated,
        )  # fmt: skip

    def positions(self, params: Params, _key: ApiKey) -> list[Body]:
        """Open ones; asked by instrument, also flat ones that were open before."""
        names = {n for n in str(params.get("instId") or "").split(",") if n}
        if params.get("instType") not in (None, "", "SWAP"):
            return []
        found = []
        for one in self._world.account.positions():
            name = self._listing.of(one.market.instrument).symbol
            if (one.lots or (names and one.updated_ns)) and (not names or name in names):
                found.append(self.position(one))
        return found

    def _swap(self, params: Params) -> MarketText:
        market = self._listing.market(str(params.get("instId", "")))
        if market is None or market.spot:
            raise Refused("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist.")
        return market

    def _leverage_row(self, market: MarketText, mode: str) -> Body:
        lever = self._world.account.leverage[market.market.index]
        return {
            "instId": market.symbol,
            "mgnMode": mode,
            "posSide": "net",
            "lever": str(lever),
            "ccy": "",
        }

    def leverage(self, params: Params, _key: ApiKey) -> list[Body]:
        mode = str(params.get("mgnMode") or "")
        if mode not in ("cross", "isolated"):
            raise Refused("51000", "Parameter mgnMode error")
        names = str(params.get("instId", "")).split(",")
        return [self._leverage_row(self._swap({"instId": name}), mode) for name in names]

    def set_leverage(self, params: Params, _key: ApiKey) -> list[Body]:
        market, mode = self._swap(params), str(params.get("mgnMode") or "")
        if mode not in ("cross", "isolated"):
            raise Refused("51000", "Parameter mgnMode error")
        lever, account, index = amount_of(params, "lever"), self._world.account, market.market.index
        if lever != int(lever):
            raise Refused("51000", "Parameter lever error")
        try:
            account.set_leverage(index, int(lever))
            if account.isolated[index] != (mode == "isolated"):
                account.set_isolated(index, mode == "isolated")
        except Undone as e:
            raise Refused(*reasons.refusal(e.reason, market.instrument.settle)) from e
        return [self._leverage_row(market, mode)]

    def set_position_mode(self, params: Params, _key: ApiKey) -> list[Body]:
        """Only the net mode is carried; the venue too answers with success where nothing changes."""
        if params.get("posMode") != "net_mode":
            raise Refused("51000", "Parameter posMode error: this double carries net_mode")
        return [{"posMode": "net_mode"}]

    def fees(self, params: Params, _key: ApiKey) -> list[Body]:
        kind = str(params.get("instType") or "")
        markets = self._listing.markets(kind)
        name = params.get("instId")
        chosen = [m for m in markets if name in (None, "", m.symbol)]
        if not chosen:
            raise Refused("51000", "Parameter instType error")
        fees = chosen[0].instrument.fees
        maker, taker = plain(-fees.maker), plain(-fees.taker)
        swap = kind == "SWAP"
        return [
            {
                "category": "1", "level": "Lv1", "instType": kind, "ruleType": "normal",
                "maker": "" if swap else maker, "taker": "" if swap else taker,
                "makerU": maker if swap else "", "takerU": taker if swap else "", "makerUSDC": "",
                "takerUSDC": "", "delivery": "", "exercise": "", "fiat": [], "settle": "",
                "feeGroup": [{"groupId": "1", "maker": maker, "taker": taker}],
                "ts": str(self._world.now_ms()),
            }
        ]  # fmt: skip

    def bills(self, params: Params, _key: ApiKey) -> list[Body]:
        """Trades, funding fees and transfers of the trading account, newest first."""
        rows = [*self._trade_bills(), *self._funding_bills(), *self._transfer_bills()]
        names = ("type", "ccy", "instType", "instId")
        kept = [row for row in rows if all(params.get(n) in (None, "", row[n]) for n in names)]
        kept.sort(key=lambda row: (int(str(row["ts"])), int(str(row["billId"]))), reverse=True)
        return page(params, kept, "billId", "ts")

    def _bill(self, bill_id: int, kind: str, at_ns: int, coin: str, change: Decimal, **own: str) -> Body:
        held = self._world.account.balances(self._home).get(coin)
        usual = dict.fromkeys(
            ("inst", "inst_kind", "size", "price", "order_id", "client_id", "trade_id", "execution"), ""
        )
        usual |= {"fee": "0", "pnl": "0", "sub_kind": ""}
        return bodies.bill(
            bill_id=str(bill_id), kind=kind, at_ms=at_ns // MS, coin=coin, change=plain(change),
            balance=plain(held.total if held else ZERO), **(usual | own),
        )  # fmt: skip

    def _trade_bills(self) -> list[Body]:
        rows = []
        for fill in self._world.desk.fills:
            order = self._world.desk.orders[fill.order_id]
            market, one = self._listing.of(order.instrument), order.instrument
            spent = one.notional(fill.ticks, fill.lots) * -fill.side
            change = (spent if market.spot else fill.realised) - fill.fee
            rows.append(
                self._bill(
                    10_000_000_000 + fill.id, "2", fill.time_ns, one.quote, change, inst=market.symbol,
                    inst_kind="SPOT" if market.spot else "SWAP", size=market.size(fill.lots),
                    price=market.price(fill.ticks), fee=plain(-fill.fee), pnl=plain(fill.realised),
                    order_id=str(order.id), client_id=str(order.extra.get("client", "")),
                    trade_id=str(fill.id), execution="M" if fill.maker else "T",
                    sub_kind="1" if fill.side > 0 else "2",
                )
            )  # fmt: skip
        return rows

    def _funding_bills(self) -> list[Body]:
        rows = []
        for paid in self._world.account.funding:
            market = self._listing.of(self._world.markets[paid.inst].instrument)
            rows.append(
                self._bill(
                    20_000_000_000 + paid.id, "8", paid.time_ns, market.instrument.settle, paid.amount,
                    inst=market.symbol, inst_kind="SWAP", size=market.size(abs(paid.lots)),
                    price=plain(paid.mark), pnl=plain(paid.amount),
                    sub_kind="174" if paid.amount > 0 else "173",
                )
            )  # fmt: skip
        return rows

    def _transfer_bills(self) -> list[Body]:
        rows = []
        for moved in self._world.account.history("transfer"):
            inward = moved.target != "fund"
            change = moved.amount if inward else -moved.amount
            kind = "11" if inward else "12"
            number = 30_000_000_000 + moved.id
            rows.append(self._bill(number, "1", moved.time_ns, moved.asset, change, sub_kind=kind))
        return rows

    def funding_balances(self, params: Params, _key: ApiKey) -> list[Body]:
        wanted = {w for w in str(params.get("ccy") or "").split(",") if w}
        held = sorted(self._world.account.balances("fund").items())
        return [bodies.funding_balance(a, plain(b.total)) for a, b in held if not wanted or a in wanted]

    def currencies(self, params: Params, _key: ApiKey) -> list[Body]:
        return [
            {
                "ccy": asset, "name": asset, "chain": f"{asset}-{chain}", "ctAddr": "", "canDep": True,
                "canWd": True, "canInternal": True, "depEstOpenTime": "", "wdEstOpenTime": "",
                "minDep": "0.00001", "minWd": "0.001", "maxWd": "1000000", "wdTickSz": "8",
                "wdQuota": "10000000", "usedWdQuota": "0", "fee": "0.1", "minFee": "0.1", "maxFee": "0.1",
                "mainNet": chain == CHAINS[0], "needTag": False, "minDepArrivalConfirm": "1",
                "minWdUnlockConfirm": "1", "depQuotaFixed": "", "usedDepQuotaFixed": "",
                "depQuoteDailyLayer2": "", "burningFeeRate": "", "logoLink": "",
            }
            for asset in coins(self._world)
            for chain in CHAINS
            if params.get("ccy") in (None, "", asset)
        ]  # fmt: skip

    def transfer(self, params: Params, _key: ApiKey) -> list[Body]:
        amount, asset = amount_of(params, "amt"), str(params.get("ccy") or "")
        source, target = str(params.get("from") or ""), str(params.get("to") or "")
        for name, value in (("from", source), ("to", target)):
            if value not in self._wallets:
                raise Refused("51000", f"Parameter {name} error")
        if source == target:
            raise Refused("58123", "Parameter from should not equal to parameter to.")
        client = str(params.get("clientId") or "")
        try:
            moved = self._world.account.transfer(
                asset, amount, self._wallets[source], self._wallets[target], client
            )
        except Undone as e:
            raise Refused("58350", "Insufficient balance.") from e
        return [self._moved(moved) | {"from": source, "to": target}]

    def _moved(self, moved: Movement) -> Body:
        names = {wallet: name for name, wallet in self._wallets.items()}
        return {
            "transId": str(moved.id), "clientId": moved.client_id, "ccy": moved.asset,
            "amt": plain(moved.amount), "from": names.get(moved.source, ""),
            "to": names.get(moved.target, ""),
        }  # fmt: skip

    def transfer_state(self, params: Params, _key: ApiKey) -> list[Body]:
        named = (params.get("transId"), params.get("clientId"))
        found = [
            m
            for m in self._world.account.history("transfer")
            if str(m.id) == named[0] or (m.client_id and m.client_id == named[1])
        ]
        if not found:
            raise Refused("58129", "Incorrect from or transId")
        return [self._moved(m) | {"state": "success", "type": "0", "subAcct": ""} for m in found]

    def deposit_address(self, params: Params, _key: ApiKey) -> list[Body]:
        asset = str(params.get("ccy") or "")
        if asset not in coins(self._world):
            raise Refused("51000", "Parameter ccy error")
        return [
            {
                "ccy": asset, "chain": f"{asset}-{chain}", "to": "6", "selected": True, "ctAddr": "",
                "addr": f"0x{(asset + chain).encode().hex():0>40}", "verifiedName": "",
            }
            for chain in CHAINS
        ]  # fmt: skip

    def withdraw(self, params: Params, _key: ApiKey) -> list[Body]:
        amount, asset = amount_of(params, "amt"), str(params.get("ccy") or "")
        address = str(params.get("toAddr") or "")
        if not address:
            raise Refused("50014", "Parameter toAddr can not be empty.")
        chain, client = str(params.get("chain") or f"{asset}-{CHAINS[0]}"), str(params.get("clientId") or "")
        try:
            moved = self._world.account.withdraw(
                asset, amount, wallet="fund", address=address, network=chain, client_id=client, added=True
            )  # fmt: skip
        except Undone as e:
            raise Refused("58350", "Insufficient balance.") from e
        done: Body = {"ccy": asset, "chain": chain, "amt": plain(amount), "wdId": str(moved.id)}
        return [done | {"clientId": client}]

    def withdrawals(self, params: Params, _key: ApiKey) -> list[Body]:
        rows = [
            bodies.withdrawal(
                withdraw_id=str(m.id), coin=m.asset, chain=m.network, amount=plain(m.amount),
                fee=plain(m.fee), address=m.address, client_id=m.client_id, at_ms=m.time_ns // MS,
            )
            | {"state": "2" if m.state == "completed" else "0"}
            for m in reversed(self._world.account.history("withdrawal"))
            if params.get("ccy") in (None, "", m.asset)
        ]  # fmt: skip
        return page({"limit": params.get("limit")}, rows, "wdId", "ts")
