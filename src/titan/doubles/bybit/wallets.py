"""Bybit's account: wallet, positions, settings, fees, log, transfers, withdrawals, the key itself.

bybit-exchange.github.io/docs/v5 (account, position, asset, user; read 2026-11-21). The account is unified:
spot and linear share UNIFIED, FUND stands beside it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from titan.doubles.account import ZERO, Position
from titan.doubles.account import Balance as Held
from titan.doubles.bybit import private_bodies as bodies
from titan.doubles.bybit import reasons
from titan.doubles.bybit.bodies import Body
from titan.doubles.bybit.errors import Refused
from titan.doubles.bybit.listing import Listing
from titan.doubles.bybit.requests import number
from titan.doubles.bybit.trading import within
from titan.doubles.keys import ApiKey
from titan.doubles.market_text import MS, plain
from titan.doubles.money import coins, in_spot_orders, value_of
from titan.doubles.rails import address_of, networks_of
from titan.doubles.refusal import Refusal
from titan.doubles.refusal import Refused as NotDone
from titan.doubles.world import World

Params = Mapping[str, object]
USER: Final = 24_617_703
UUID: Final = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
MODES: Final = {"REGULAR_MARGIN": False, "ISOLATED_MARGIN": True}


class Wallets:
    """Handlers by method and path; each takes the parameters and the key, and gives the `result`."""

    def __init__(self, world: World, listing: Listing) -> None:
        self._world = world
        self._listing = listing
        self._mode = "REGULAR_MARGIN"
        self._hedged = False
        self.wallets = {"UNIFIED": "perp" if world.account.unified else "spot", "FUND": "fund"}
        world.account.comes_to = "fund"
        self.routes: Final[dict[tuple[str, str], Callable[[Params, ApiKey], object]]] = {
            ("GET", "/v5/user/query-api"): self.key_info,
            ("GET", "/v5/account/info"): self.info,
            ("GET", "/v5/account/wallet-balance"): self.wallet,
            ("GET", "/v5/account/fee-rate"): self.fees,
            ("GET", "/v5/account/transaction-log"): self.log,
            ("POST", "/v5/account/set-margin-mode"): self.set_margin_mode,
            ("GET", "/v5/position/list"): self.positions,
            ("POST", "/v5/position/set-leverage"): self.set_leverage,
            ("POST", "/v5/position/switch-mode"): self.switch_mode,
            ("GET", "/v5/asset/coin/query-info"): self.coin_info,
            ("GET", "/v5/asset/transfer/query-account-coins-balance"): self.coins_balance,
            ("POST", "/v5/asset/transfer/inter-transfer"): self.transfer,
            ("GET", "/v5/asset/transfer/query-inter-transfer-list"): self.transfers,
            ("GET", "/v5/asset/deposit/query-address"): self.deposit_address,
            ("POST", "/v5/asset/deposit/deposit-to-account"): self.set_deposit_account,
            ("GET", "/v5/asset/deposit/query-record"): self.deposits,
            ("POST", "/v5/asset/withdraw/create"): self.withdraw,
            ("GET", "/v5/asset/withdraw/query-record"): self.withdrawals,
        }

    def key_info(self, _params: Params, key: ApiKey) -> Body:
        rights: dict[str, list[str]] = {}
        if key.may("trade"):
            rights = {"ContractTrade": ["Order", "Position"], "Spot": ["SpotTrade"]}
            rights["Derivatives"] = ["DerivativesTrade"]
        money = [w for p, w in (("transfer", "AccountTransfer"), ("withdraw", "Withdraw")) if key.may(p)]
        if money:
            rights["Wallet"] = money
        return bodies.key_info(
            key=key.key, note=key.name, read_only=not rights, permissions=rights, user=USER
        )

    def info(self, _params: Params, _key: ApiKey) -> Body:
        return {
            "unifiedMarginStatus": 6,
            "marginMode": self._mode,
            "dcpStatus": "OFF",
            "timeWindow": 10,
            "smpGroup": 0,
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
            "updatedTime": str(self._world.start_ns // MS),
        }

    def _held(self) -> dict[str, Held]:
        return self._world.account.balances(self.wallets["UNIFIED"])

    def account(self) -> Body:
        """The unified wallet, as REST and the `wallet` topic show it."""
        positions = [p for p in self._world.account.positions() if p.lots]
        rows, equity, initial, maintenance, gained = [], ZERO, ZERO, ZERO, ZERO
        for asset, held in sorted(self._held().items()):
            own = [p for p in positions if p.market.instrument.settle == asset]
            upl = sum((p.unrealised for p in own), ZERO)
            spot = in_spot_orders(self._world, asset)
            margin = min(sum((p.initial_margin for p in own), ZERO), held.locked)
            orders = max(held.locked - margin - spot, ZERO)
            keep = sum((p.maintenance_margin for p in own), ZERO)
            usd = value_of(self._world, asset, held.total + upl)
            equity, gained = equity + usd, gained + upl
            initial, maintenance = initial + margin + orders, maintenance + keep
            rows.append(
                bodies.coin(
                    asset, wallet=plain(held.total), equity=plain(held.total + upl), usd=plain(usd),
                    locked=plain(spot), order_margin=plain(orders), position_margin=plain(margin),
                    maintenance=plain(keep), unrealised=plain(upl), realised="0",
                )
            )  # fmt: skip
        totals = {
            "totalEquity": plain(equity),
            "totalWalletBalance": plain(equity - gained),
            "totalMarginBalance": plain(equity),
            "totalAvailableBalance": plain(equity - initial),
            "totalPerpUPL": plain(gained),
            "totalInitialMargin": plain(initial),
            "totalMaintenanceMargin": plain(maintenance),
        }
        return bodies.wallet(rows, totals)

    def wallet(self, params: Params, _key: ApiKey) -> Body:
        if params.get("accountType") != "UNIFIED":
            raise Refused(10001, "accountType only support UNIFIED.")
        return {"list": [self.account()]}

    def fees(self, params: Params, _key: ApiKey) -> Body:
        markets = self._listing.markets(str(params.get("category") or "linear"))
        rows = [
            {
                "symbol": m.symbol,
                "baseCoin": "",
                "takerFeeRate": plain(m.instrument.fees.taker),
                "makerFeeRate": plain(m.instrument.fees.maker),
            }
            for m in markets
            if params.get("symbol") in (None, "", m.symbol)
        ]
        return {"category": params.get("category") or "linear", "list": rows}

    def position(self, one: Position, *, streamed: bool = False) -> Body:
        market = self._listing.of(one.market.instrument)
        updated = (one.updated_ns or self._world.start_ns) // MS
        return bodies.position(
            symbol=market.symbol, size=Decimal(plain(one.size)), entry=plain(one.entry),
            mark=plain(one.mark), value=plain(abs(one.size) * one.entry), leverage=str(one.leverage),
            initial=plain(one.initial_margin), maintenance=plain(one.maintenance_margin),
            unrealised=plain(one.unrealised), realised="0", liquidation="", isolated=one.isolated,
            created_ms=self._world.start_ns // MS, updated_ms=updated, sequence=market.sequence,
            streamed=streamed,
        )  # fmt: skip

    def positions(self, params: Params, _key: ApiKey) -> Body:
        """Of one symbol also when flat; of a settle coin those that are open."""
        category = str(params.get("category", ""))
        if category not in ("linear", "inverse", "option"):
            raise Refused(10001, "params error: Illegal category")
        symbol, settle = str(params.get("symbol") or ""), str(params.get("settleCoin") or "")
        if category == "linear" and not (symbol or settle or params.get("baseCoin")):
            raise Refused(10001, "params error: symbol or settleCoin is required")
        found = []
        for one in self._world.account.positions() if category == "linear" else []:
            named = self._listing.of(one.market.instrument).symbol == symbol
            if named or (not symbol and one.lots and settle in ("", one.market.instrument.settle)):
                found.append(self.position(one))
        return {"category": category, "list": found, "nextPageCursor": ""}

    def set_leverage(self, params: Params, _key: ApiKey) -> Body:
        market = self._listing.market(str(params.get("category", "")), str(params.get("symbol", "")))
        if market is None or market.spot:
            raise Refused(10001, "params error: symbol invalid")
        buy, sell = number(params, "buyLeverage"), number(params, "sellLeverage")
        if buy is None or buy != sell or buy != int(buy):
            raise Refused(10001, "params error: buyLeverage must equal sellLeverage, in whole numbers here")
        account, index = self._world.account, market.market.index
        if account.leverage[index] == int(buy):
            raise Refused(*reasons.refusal(Refusal.UNCHANGED, spot=False))
        try:
            account.set_leverage(index, int(buy))
        except NotDone as e:
            raise Refused(*reasons.refusal(e.reason, spot=False)) from e
        return {}

    def switch_mode(self, params: Params, _key: ApiKey) -> Body:
        """Only the one-way mode is carried: asking for it says that nothing changed."""
        if str(params.get("mode")) == "0":
            raise Refused(110025, "Position mode is not modified")
        raise Refused(110029, "Hedge mode is not available for this symbol")

    def set_margin_mode(self, params: Params, _key: ApiKey) -> Body:
        mode = str(params.get("setMarginMode", ""))
        if mode not in MODES:
            raise Refused(10001, "params error: setMarginMode invalid")
        if mode != self._mode:
            for market in self._listing.markets("linear"):
                try:
                    self._world.account.set_isolated(market.market.index, MODES[mode])
                except NotDone as e:
                    raise Refused(110073, "Set margin mode failed") from e
            self._mode = mode
        return {"reasons": []}

    def log(self, params: Params, _key: ApiKey) -> Body:
        """Funding settlements and transfers, newest first; trades stand in execution/list."""
        rows: list[tuple[int, Body]] = []
        kind, coin = str(params.get("type") or ""), str(params.get("currency") or "")
        if kind in ("", "SETTLEMENT"):
            rows += [(f.time_ns, self._settled(k)) for k, f in enumerate(self._world.account.funding)]
        for moved in self._world.account.history("transfer"):
            inward = moved.target != "fund"
            told = "TRANSFER_IN" if inward else "TRANSFER_OUT"
            if kind in ("", told):
                change = moved.amount if inward else -moved.amount
                rows.append(
                    (moved.time_ns, self._entry(f"t{moved.id}", told, moved.time_ns, moved.asset, change))
                )
        kept = [r for at, r in sorted(rows, key=lambda r: -r[0]) if within(params, at)]
        return {"list": [r for r in kept if coin in ("", r["currency"])], "nextPageCursor": ""}

    def _settled(self, at: int) -> Body:
        paid = self._world.account.funding[at]
        market = self._listing.of(self._world.markets[paid.inst].instrument)
        entry = self._entry(f"f{paid.id}", "SETTLEMENT", paid.time_ns, market.instrument.settle, paid.amount)
        return entry | {
            "symbol": market.symbol,
            "category": "linear",
            "side": "Buy" if paid.lots > 0 else "Sell",
            "funding": plain(paid.amount),
            "feeRate": plain(paid.rate),
            "qty": market.size(abs(paid.lots)),
            "size": market.size(paid.lots),
            "tradePrice": plain(paid.mark),
        }

    def _entry(self, name: str, kind: str, at_ns: int, asset: str, change: Decimal) -> Body:
        held = self._held().get(asset)
        return bodies.log_entry(
            entry_id=name, symbol="", category="", side="None", kind=kind, at_ms=at_ns // MS, qty="0",
            size="0", price="0", funding="", fee="0", change=plain(change),
            balance=plain(held.total if held else ZERO), coin_name=asset, order_id="", link_id="",
            trade_id="",
        )  # fmt: skip

    def coin_info(self, params: Params, _key: ApiKey) -> Body:
        chain = {
            "confirmation": "6",
            "depositMin": "0",
            "withdrawMin": "1",
            "minAccuracy": "8",
            "chainDeposit": "1",
            "chainWithdraw": "1",
            "withdrawPercentageFee": "0",
            "contractAddress": "",
        }
        rows = [
            {
                "name": asset,
                "coin": asset,
                "remainAmount": "10000000",
                "chains": [
                    chain | {"chainType": name, "chain": name, "withdrawFee": plain(self._fee(asset))}
                    for name in networks_of("bybit", asset)
                ],
            }
            for asset in coins(self._world)
            if params.get("coin") in (None, "", asset)
        ]
        return {"rows": rows}

    def _wallet_named(self, name: object, code: int) -> str:
        if name not in self.wallets:
            raise Refused(code, "Account type is not supported")
        return self.wallets[str(name)]

    def coins_balance(self, params: Params, _key: ApiKey) -> Body:
        wallet = self._wallet_named(params.get("accountType"), 131204)
        rows = [
            {
                "coin": asset,
                "transferBalance": plain(held.free),
                "walletBalance": plain(held.total),
                "bonus": "",
            }
            for asset, held in sorted(self._world.account.balances(wallet).items())
            if params.get("coin") in (None, "", asset)
        ]
        return {"memberId": str(USER), "accountType": params.get("accountType"), "balance": rows}

    def transfer(self, params: Params, _key: ApiKey) -> Body:
        name = str(params.get("transferId", ""))
        if not UUID.fullmatch(name):
            raise Refused(131203, "Request parameter error: transferId must be a UUID")
        if any(moved.client_id == name for moved in self._world.account.history("transfer")):
            raise Refused(131214, "TransferId exist")
        source = self._wallet_named(params.get("fromAccountType"), 131232)
        target = self._wallet_named(params.get("toAccountType"), 131231)
        if source == target:
            raise Refused(131211, "fromAccountType can't be the same as toAccountType")
        try:
            amount = number(params, "amount") or ZERO
            self._world.account.transfer(str(params.get("coin")), amount, source, target, name)
        except NotDone as e:
            if e.reason is Refusal.NO_BALANCE:
                raise Refused(131212, "user insufficient balance") from e
            raise Refused(*reasons.refusal(e.reason, spot=False)) from e
        return {"transferId": name, "status": "SUCCESS"}

    def transfers(self, params: Params, _key: ApiKey) -> Body:
        names = {wallet: name for name, wallet in self.wallets.items()}
        rows = [
            bodies.transfer(
                m.client_id, m.asset, plain(m.amount), names[m.source], names[m.target], m.time_ns // MS
            )
            for m in reversed(self._world.account.history("transfer"))
            if params.get("coin") in (None, "", m.asset) and within(params, m.time_ns)
        ]
        return {"list": rows, "nextPageCursor": ""}

    def deposit_address(self, params: Params, _key: ApiKey) -> Body:
        coin = str(params.get("coin", ""))
        if coin not in coins(self._world):
            raise Refused(131203, "Request parameter error: coin")
        rows = [
            {
                "chainType": chain,
                "addressDeposit": address_of("bybit", coin, chain),
                "tagDeposit": "",
                "chain": chain,
                "batchReleaseLimit": "-1",
                "contractAddress": "",
            }
            for chain in networks_of("bybit", coin)
            if params.get("chainType") in (None, "", chain)
        ]
        return {"coin": coin, "chains": rows}

    def withdraw(self, params: Params, _key: ApiKey) -> Body:
        amount, address = number(params, "amount") or ZERO, str(params.get("address") or "")
        if not address:
            raise Refused(131002, "Parameter error: address")
        name = str(params.get("requestId") or "")
        if name and any(m.client_id == name for m in self._world.account.history("withdrawal")):
            raise Refused(131002, "Parameter error: requestId exists")
        chain = str(params.get("chain") or networks_of("bybit", str(params.get("coin")))[0])
        wallet = "fund" if params.get("accountType", "FUND") in ("FUND", "SPOT") else self.wallets["UNIFIED"]
        try:
            moved = self._world.account.withdraw(
                str(params.get("coin")), amount, wallet=wallet, address=address,
                network=chain, client_id=name, added=str(params.get("feeType") or "0") == "0",
            )  # fmt: skip
        except NotDone as e:
            if e.reason is Refusal.NO_BALANCE:
                raise Refused(131001, "the available balance is not sufficient") from e
            raise Refused(131096, "Withdraw amount does not satisfy the lower limit") from e
        return {"id": str(moved.id)}

    def withdrawals(self, params: Params, _key: ApiKey) -> Body:
        rows = [
            bodies.withdrawal(
                withdraw_id=str(m.id), coin_name=m.asset, chain=m.network, amount=plain(m.net),
                fee=plain(m.fee), address=m.address, tag="", at_ms=m.time_ns // MS,
            )
            | {"status": {"completed": "success", "failed": "Fail"}.get(m.state, "Pending"), "txID": m.txid}
            for m in reversed(self._world.account.history("withdrawal"))
            if params.get("coin") in (None, "", m.asset) and within(params, m.time_ns)
            and params.get("withdrawID") in (None, "", str(m.id))
        ]  # fmt: skip
        return {"rows": rows, "nextPageCursor": ""}

    def deposits(self, params: Params, _key: ApiKey) -> Body:
        rows = [
            {
                "coin": m.asset, "chain": m.network, "amount": plain(m.amount), "txID": m.txid, "tag": "",
                "status": 3 if m.state == "completed" else 1, "toAddress": m.address, "depositFee": "",
                "successAt": str(m.due_ns // MS), "confirmations": "6", "txIndex": "0", "blockHash": "",
            }
            for m in reversed(self._world.account.history("deposit"))
            if params.get("coin") in (None, "", m.asset) and within(params, m.due_ns)
            and params.get("txID") in (None, "", m.txid)
        ]  # fmt: skip
        return {"rows": rows, "nextPageCursor": ""}

    def set_deposit_account(self, params: Params, _key: ApiKey) -> Body:
        """Deposits come to FUND until this says otherwise."""
        self._world.account.comes_to = self._wallet_named(params.get("accountType"), 131233)
        return {"status": 1}

    def _fee(self, asset: str) -> Decimal:
        return self._world.account.fees.get(asset, ZERO)
