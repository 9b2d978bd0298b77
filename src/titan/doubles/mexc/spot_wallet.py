"""Spot's account and the wallet: balances, fees, coins, transfers to and from futures, deposits, withdrawals.

www.mexc.com/api-docs/spot-v3, "Spot Account/Trade" and "Wallet Endpoints" (read 2026-11-21). A network has
two names: `network`, and `netWork`, which withdrawals want.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from titan.doubles.account import Movement
from titan.doubles.market_text import MS, plain
from titan.doubles.mexc.errors import BAD_PARAMETER, NO_RECORD, MexcError
from titan.doubles.mexc.signing import Body, Call, Endpoint, Table
from titan.doubles.money import coins

_WALLETS: Final = {"SPOT": "spot", "FUTURES": "perp"}
_NAMES: Final = {wallet: name for name, wallet in _WALLETS.items()}
_NETWORKS: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "BTC": (("Bitcoin(BTC)", "BTC"),),
    "ETH": (("Ethereum(ERC20)", "ETH"),),
    "USDC": (("Ethereum(ERC20)", "ETH"), ("Solana(SOL)", "SOL")),
    "USDT": (("Tron(TRC20)", "TRX"), ("Ethereum(ERC20)", "ETH")),
}
"""(network, netWork) by coin; other coins have one of their own name."""
_STATES: Final = {"pending": 4, "completed": 7, "failed": 8, "cancelled": 9}


def account(call: Call) -> Body:
    """What the key may do stands where the venue says what the account may."""
    key, balances = call.key, call.world.account.balances("spot")
    return {
        "canTrade": key is not None and key.may("trade"),
        "canWithdraw": key is not None and key.may("withdraw"), "canDeposit": True, "updateTime": None,
        "accountType": "SPOT", "permissions": ["SPOT"],
        "balances": [
            {"asset": asset, "free": plain(b.free), "locked": plain(b.locked)}
            for asset, b in sorted(balances.items())
            if b.total
        ],
    }  # fmt: skip


def trade_fee(call: Call) -> Body:
    fees = call.market().instrument.fees
    data = {"makerCommission": float(fees.maker), "takerCommission": float(fees.taker)}
    return {"data": data, "code": 0, "msg": "success", "timestamp": call.world.now_ms()}


def _networks(coin: str) -> tuple[tuple[str, str], ...]:
    return _NETWORKS.get(coin, ((coin, coin),))


def currencies(call: Call) -> list[Body]:
    return [
        {"coin": coin, "name": coin, "networkList": [_network(coin, *n) for n in _networks(coin)]}
        for coin in coins(call.world)
    ]


def _network(coin: str, network: str, short: str) -> Body:
    return {
        "coin": coin, "depositDesc": None, "depositEnable": True, "minConfirm": 1, "name": coin,
        "network": network, "withdrawEnable": True, "withdrawFee": "0", "withdrawIntegerMultiple": None,
        "withdrawMax": "1000000", "withdrawMin": "0.00000001", "sameAddress": False, "contract": "",
        "withdrawTips": None, "depositTips": None, "netWork": short,
    }  # fmt: skip


def _coin(call: Call) -> str:
    coin = call.text("coin")
    if coin not in coins(call.world):
        raise MexcError(10232, "The currency not exist")
    return coin


def addresses(call: Call) -> list[Body]:
    coin, wanted = _coin(call), call.params.get("network")
    return [
        {
            "coin": coin, "network": network, "address": f"double-{coin}-{short}-deposit".lower(),
            "memo": None, "netWork": short,
        }
        for network, short in _networks(coin)
        if wanted in (None, network, short)
    ]  # fmt: skip


def new_address(call: Call) -> Body:
    call.text("network")
    for address in addresses(call):
        return address
    raise MexcError(10216, "No available deposit address")


# Transfers.


def transfer(call: Call) -> Body:
    asset, amount = call.text("asset"), call.number("amount") or Decimal(0)
    moved = call.world.account.transfer(asset, amount, *_route(call))
    return {"tranId": f"{moved.id:032x}"}


def _route(call: Call) -> tuple[str, str]:
    return _WALLETS.get(call.text("fromAccountType"), ""), _WALLETS.get(call.text("toAccountType"), "")


def _transfer(m: Movement) -> Body:
    return {
        "tranId": f"{m.id:032x}", "clientTranId": None, "asset": m.asset, "amount": plain(m.amount),
        "fromAccountType": _NAMES[m.source], "toAccountType": _NAMES[m.target], "symbol": None,
        "status": "SUCCESS", "timestamp": m.time_ns // MS,
    }  # fmt: skip


def transfers(call: Call) -> Body:
    """Newest first."""
    route, size, page = _route(call), min(call.integer("size", 10), 100), max(call.integer("page", 1), 1)
    moved = reversed(call.world.account.history("transfer"))
    rows = [_transfer(m) for m in moved if (m.source, m.target) == route and call.within(m.time_ns)]
    return {"rows": rows[size * (page - 1) : size * page], "total": len(rows)}


# Withdrawals.


def withdraw(call: Call) -> Body:
    coin, address, amount = _coin(call), call.text("address"), call.number("amount") or Decimal(0)
    short = call.params.get("netWork") or _networks(coin)[0][1]
    if short not in {s for _, s in _networks(coin)}:
        raise BAD_PARAMETER
    moved = call.world.account.withdraw(
        coin, amount, wallet="spot", address=address, network=short,
        client_id=call.params.get("withdrawOrderId", ""),
    )  # fmt: skip
    return {"id": f"{moved.id:032x}"}


def cancel_withdrawal(call: Call) -> Body:
    """Of one that is still pending; the money comes back."""
    wanted = call.text("id")
    for moved in call.world.account.history("withdrawal"):
        if f"{moved.id:032x}" == wanted and moved.state == "pending":
            moved.state = "cancelled"
            call.world.account.deposit("spot", moved.asset, moved.amount, why="withdraw")
            return {"id": wanted}
    raise NO_RECORD


def withdrawals(call: Call) -> list[Body]:
    """Newest first."""
    moved, coin = reversed(call.world.account.history("withdrawal")), call.params.get("coin")
    rows = [_withdrawal(m) for m in moved if coin in (None, "", m.asset) and call.within(m.time_ns)]
    return rows[: call.limit(1000, 1000)]


def _withdrawal(m: Movement) -> Body:
    hashed = f"0x{m.id:064x}" if m.state == "completed" else None
    return {
        "id": f"{m.id:032x}", "withdrawOrderId": m.client_id or None, "txId": hashed, "coin": m.asset,
        "network": m.network, "address": m.address, "amount": plain(m.amount),
        "transferType": 0, "status": _STATES[m.state], "transactionFee": plain(m.fee), "confirmNo": None,
        "applyTime": m.time_ns // MS, "remark": "", "memo": None, "explorerUrl": None, "transHash": hashed,
        "updateTime": m.time_ns // MS, "netWork": m.network,
    }  # fmt: skip


TABLE: Final[Table] = {
    ("GET", "account"): Endpoint(account, "read", 10),
    ("GET", "tradeFee"): Endpoint(trade_fee, "read", 20),
    ("GET", "capital/config/getall"): Endpoint(currencies, "read", 10),
    ("GET", "capital/deposit/address"): Endpoint(addresses, "read", 10),
    ("POST", "capital/deposit/address"): Endpoint(new_address, "withdraw"),
    ("GET", "capital/deposit/hisrec"): Endpoint(lambda _: [], "read"),
    ("POST", "capital/transfer"): Endpoint(transfer, "transfer"),
    ("GET", "capital/transfer"): Endpoint(transfers, "read"),
    ("POST", "capital/withdraw"): Endpoint(withdraw, "withdraw"),
    ("DELETE", "capital/withdraw"): Endpoint(cancel_withdrawal, "withdraw"),
    ("GET", "capital/withdraw/history"): Endpoint(withdrawals, "read"),
}
