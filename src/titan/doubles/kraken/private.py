"""Kraken's private REST: docs.kraken.com/api/docs/rest-api (account, trading, funding), read 2026-11-21."""

from __future__ import annotations

import string
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from titan.doubles import refusal
from titan.doubles.account import Movement
from titan.doubles.keys import ApiKey
from titan.doubles.kraken import errors
from titan.doubles.kraken.bodies import txid
from titan.doubles.kraken.errors import Refused
from titan.doubles.kraken.pairs import Body, asset_of, code
from titan.doubles.kraken.public import Pairs
from titan.doubles.kraken.trading import Params, Trading
from titan.doubles.world import World

TOKEN_S: Final = 900
_DAY_S: Final = 86_400
_SECOND: Final = 1_000_000_000


class Private:
    """Methods by name, each from parameters and the key to the `result`."""

    def __init__(self, world: World, pairs: Pairs, trading: Trading) -> None:
        self._world, self._pairs, self._trading = world, pairs, trading
        self.tokens: dict[str, tuple[ApiKey, int]] = {}
        """Tokens of sockets: whose, and until when (ns)."""
        plain: dict[str, Callable[[Params], object]] = {
            "Balance": self._balance, "BalanceEx": self._balance_ex, "TradeBalance": self._trade_balance,
            "AddOrder": trading.add, "AmendOrder": trading.amend, "EditOrder": trading.edit,
            "AddOrderBatch": trading.batch, "CancelOrder": self._cancel, "CancelAll": self._cancel_all,
            "CancelAllOrdersAfter": self._cancel_after, "CancelOrderBatch": self._cancel_batch,
            "OpenOrders": trading.open, "ClosedOrders": trading.closed, "QueryOrders": trading.query,
            "TradesHistory": trading.trades, "QueryTrades": trading.query_trades,
            "TradeVolume": self._volume, "Ledgers": self._ledgers, "DepositMethods": self._deposit_methods,
            "DepositAddresses": self._deposit_addresses, "DepositStatus": lambda _: [],
            "WithdrawMethods": self._deposit_methods, "WithdrawInfo": self._withdraw_info,
            "Withdraw": self._withdraw, "WithdrawStatus": self._withdrawals,
            "WalletTransfer": self._transfer,
        }  # fmt: skip
        self._plain = plain

    def call(self, method: str, params: Params, key: ApiKey) -> object:
        """Raises Refused for an unknown method."""
        if method == "GetWebSocketsToken":
            return self._token(key)
        if method == "GetApiKeyInfo":
            return self._key_info(key)
        handler = self._plain.get(method)
        if handler is None:
            raise Refused(errors.METHOD)
        return handler(params)

    def of_token(self, token: str) -> ApiKey | None:
        """Whose token it is; None when nobody's, or over."""
        key, until = self.tokens.get(token, (None, 0))
        return key if until > self._world.now() else None

    def _token(self, key: ApiKey) -> Body:
        token = "".join(self._world.random.choices(string.ascii_letters + string.digits, k=43))
        self.tokens[token] = key, self._world.now() + TOKEN_S * _SECOND
        return {"token": token, "expires": TOKEN_S}

    def _key_info(self, key: ApiKey) -> Body:
        names = {
            "read": ["query-funds", "query-open-trades", "query-closed-trades", "create-ws-token"],
            "trade": ["modify-trades", "close-trades"],
            "withdraw": ["withdraw-funds", "add-funds"],
            "transfer": ["earn-funds"],
        }
        return {
            "apiKeyName": key.name, "apiKey": key.key, "nonce": str(key.nonce), "nonceWindow": 0,
            "permissions": [name for one in key.permissions for name in names[one]],
            "iban": "AA88 N84G WOAK NMOI", "validUntil": "0", "queryFrom": "0", "queryTo": "0",
            "createdTime": "1772542900", "modifiedTime": "1772543095", "ipAllowlist": [], "lastUsed": None,
        }  # fmt: skip

    def _balance(self, _: Params) -> Body:
        return {code(a): f"{b.total:.10f}" for a, b in self._world.account.balances("spot").items()}

    def _balance_ex(self, _: Params) -> Body:
        return {
            code(a): {"balance": f"{b.total:.10f}", "hold_trade": f"{b.locked:.10f}"}
            for a, b in self._world.account.balances("spot").items()
        }

    def _trade_balance(self, params: Params) -> Body:
        asset = asset_of(str(params.get("asset", "ZUSD")))
        total = self._world.account.total("spot", asset)
        worth = f"{total:.4f}"
        return {"eb": worth, "tb": worth, "m": "0.0000", "n": "0.0000", "c": "0.0000", "v": "0.0000",
                "e": worth, "mf": worth}  # fmt: skip

    def _cancel(self, params: Params) -> Body:
        self._trading.cancel(self._trading.find(params))
        return {"count": 1}

    def _cancel_batch(self, params: Params) -> Body:
        names = params.get("orders")
        for name in names if isinstance(names, list) else []:
            self._trading.cancel(self._trading.find({"txid": name}))
        return {"count": len(names) if isinstance(names, list) else 0}

    def _cancel_all(self, _: Params) -> Body:
        return {"count": self._trading.cancel_all()}

    def _cancel_after(self, params: Params) -> Body:
        """The dead man's switch; 0 disarms it."""
        seconds = int(_amount(params, "timeout"))
        if not 0 <= seconds <= _DAY_S:
            raise Refused(f"{errors.ARGUMENTS}:timeout")
        self._world.countdowns.disarm("account")
        if seconds:
            self._world.countdowns.arm("account", seconds * _SECOND)
        said = self._world.now_ms() // 1000
        return {"currentTime": _rfc(said), "triggerTime": _rfc(said + seconds) if seconds else "0"}

    def _volume(self, params: Params) -> Body:
        pairs = self._pairs.named(str(params.get("pair", "")))
        taker: Body = {}
        maker: Body = {}
        for pair in pairs:
            fees = pair.market.instrument.fees
            for into, rate in ((taker, fees.taker), (maker, fees.maker)):
                into[pair.key] = {
                    "fee": f"{rate * 100:.4f}", "minfee": "0.0000", "maxfee": f"{rate * 100:.4f}",
                    "nextfee": None, "nextvolume": None, "tiervolume": "0.0000",
                }  # fmt: skip
        return {"currency": "ZUSD", "volume": "0.0000", "fees": taker, "fees_maker": maker}

    def _ledgers(self, params: Params) -> Body:
        kind = str(params.get("type", "all"))
        rows: dict[str, object] = {}
        for one in self._world.account.movements:
            if kind in ("all", one.what):
                rows[txid("L", one.id)] = {
                    "refid": txid("T", one.id), "time": one.time_ns / 1e9, "type": one.what, "subtype": "",
                    "aclass": "currency", "asset": code(one.asset), "fee": f"{one.fee:.10f}",
                    "amount": f"{one.amount if one.what == 'transfer' else -one.amount:.10f}",
                    "balance": f"{self._world.account.total('spot', one.asset):.10f}",
                }  # fmt: skip
        return {"ledger": rows, "count": len(rows)}

    def _deposit_methods(self, params: Params) -> list[Body]:
        asset = asset_of(str(params.get("asset", "")))
        return [{"method": method, "limit": False, "fee": "0.0000000000", "gen-address": True,
                 "minimum": "0.00010000", "asset": code(asset), "network": method}
                for method in _methods(asset)]  # fmt: skip

    def _deposit_addresses(self, params: Params) -> list[Body]:
        asset = asset_of(str(params.get("asset", "")))
        if asset not in self._pairs.assets:
            raise Refused(errors.ASSET)
        method = str(params.get("method", ""))
        if method not in _methods(asset):
            raise Refused("EFunding:No funding method")
        at = _methods(asset).index(method)
        return [{"address": f"double-of-kraken-{asset.lower()}-{at}", "expiretm": "0", "new": False}]

    def _withdraw_info(self, params: Params) -> Body:
        asset = asset_of(str(params.get("asset", "")))
        free = self._world.account.balances("spot").get(asset)
        return {"method": "Bitcoin", "limit": f"{free.free if free else 0:.8f}", "fee": "0.00015000",
                "amount": str(params.get("amount", ""))}  # fmt: skip

    def _withdraw(self, params: Params) -> Body:
        asset = asset_of(str(params.get("asset", "")))
        address = str(params.get("address") or params.get("key") or "")
        if not address:
            raise Refused("EFunding:Unknown withdraw key")
        try:
            moved = self._world.account.withdraw(
                asset, _amount(params, "amount"), wallet="spot", address=address
            )
        except refusal.Refused as e:
            short = e.reason is refusal.Refusal.NO_BALANCE
            raise Refused("EFunding:Insufficient funds" if short else errors.text_of(e.reason)) from e
        return {"refid": txid("A", moved.id)}

    def _withdrawals(self, params: Params) -> list[Body]:
        asset = asset_of(str(params.get("asset", "")))
        found = self._world.account.history("withdrawal")
        return [_withdrawal(one) for one in reversed(found) if not asset or one.asset == asset]

    def _transfer(self, params: Params) -> Body:
        """From the spot wallet to the futures one, which here is the account's `fund` wallet."""
        if "spot" not in str(params.get("from", "")).lower():
            raise Refused(f"{errors.ARGUMENTS}:from")
        asset = asset_of(str(params.get("asset", "")))
        try:
            moved = self._world.account.transfer(asset, _amount(params, "amount"), "spot", "fund")
        except refusal.Refused as e:
            raise Refused(errors.text_of(e.reason)) from e
        return {"refid": txid("F", moved.id)}


def _methods(asset: str) -> tuple[str, ...]:
    """Ways to bring an asset, in Kraken's words."""
    named = {"BTC": ("Bitcoin",), "USDT": ("Tether USD (ERC20)", "Tether USD (TRC20)")}
    return named.get(asset, (f"{asset} (Hex)",))


def _withdrawal(one: Movement) -> Body:
    return {
        "method": "Bitcoin", "aclass": "currency", "asset": code(one.asset), "refid": txid("A", one.id),
        "txid": f"double-{one.id}", "info": one.address, "amount": f"{one.amount:.10f}",
        "fee": f"{one.fee:.10f}", "time": one.time_ns // _SECOND,
        "status": "Success" if one.state == "completed" else "Pending", "network": "Bitcoin",
    }  # fmt: skip


def _amount(params: Params, name: str) -> Decimal:
    try:
        return Decimal(str(params.get(name, "")))
    except InvalidOperation:
        raise Refused(f"{errors.ARGUMENTS}:{name}") from None


def _rfc(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
