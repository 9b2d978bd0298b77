"""Money that leaves a venue and comes to one: withdrawals, looked up again, deposits and their addresses.

Read 2026-11-21. Binance ("Withdraw", "Withdraw History"): `withdrawOrderId` is ours and can be asked for, for
seven days; the fee is taken out of the amount, and the history's `amount` is what is left of it. Bybit
("Withdraw", "Get Withdrawal Records"): `requestId`, up to 32 letters and digits, makes a request count once
but stands in no record, so a record is found by the venue's id, or by coin, address, amount and time; with
`feeType` 1 the fee is taken out of the amount. Its deposits come to the funding wallet unless
`deposit-to-account` says otherwise ("Set Deposit Account").
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from titan.model.account import Arrival, DepositAddress, Withdrawal, WithdrawalState
from titan.model.errors import VenueRefused
from titan.model.signal import client_order_id
from titan.venues.gateway.account import Desk
from titan.venues.gateway.networks import Networks
from titan.venues.gateway.rules import decimal

MS: Final = 1_000_000
_STATES: Final = {
    "ok": WithdrawalState.SENT, "failed": WithdrawalState.FAILED, "canceled": WithdrawalState.FAILED,
    "rejected": WithdrawalState.FAILED,
}  # fmt: skip
_NAMED: Final[Mapping[str, Mapping[str, Any]]] = {
    "binance": {"walletType": 0},
    "bybit": {"feeType": 1},
}
"""What is asked for beside the name, so that `amount` is all that leaves."""
_NAME_OF: Final = {"binance": "withdrawOrderId", "bybit": "requestId"}


class Payouts:
    """Implements Withdrawals. Most venues want the address on their list of trusted ones first."""

    def __init__(self, desk: Desk, networks: Networks) -> None:
        self._desk, self._networks = desk, networks

    async def withdraw(
        self, asset: str, amount: Decimal, address: str, *, network: str, tag: str = "", name: str = ""
    ) -> Withdrawal:
        """`network` as ccxt names it (ERC20, TRC20, BTC); at Kraken it is the name of the saved address."""
        client, venue = self._desk.client, self._desk.profile.venue
        await self._networks.learn()
        params: dict[str, Any] = {"key": network} if venue == "kraken" else {"network": network}
        params |= _NAMED.get(venue, {})
        if tag:
            params["tag"] = tag
        if name and venue in _NAME_OF:
            params[_NAME_OF[venue]] = client_order_id(name)
        said = await self._desk.caller.change(lambda: client.withdraw(asset, f"{amount:f}", address, params))
        fee = decimal((said.get("fee") or {}).get("cost"))
        return Withdrawal(str(said.get("id") or ""), asset, amount, fee, address, tag, network)

    async def find_withdrawal(
        self, name: str, asset: str, amount: Decimal, address: str, since_ns: int, known: str = ""
    ) -> Withdrawal | None:
        client, params = self._desk.client, self._asking(name, known)
        since = None if "withdrawOrderId" in params else since_ns // MS
        told = await self._desk.caller.query(
            lambda: client.fetch_withdrawals(asset, since, None, dict(params))
        )
        for one in told:
            found = _read(one, asset)
            recent = int(one.get("timestamp") or 0) >= since_ns // MS
            whole = amount in (found.amount, found.amount + found.fee) and address == found.address
            ours = "withdrawOrderId" in params or (whole and recent)
            if found.id == known if known else ours:
                return found
        return None

    def _asking(self, name: str, known: str) -> dict[str, Any]:
        if self._desk.profile.venue == "binance":
            return {"withdrawOrderId": client_order_id(name)}
        return {"withdrawID": known} if self._desk.profile.venue == "bybit" and known else {}


def _read(one: Mapping[str, Any], asset: str) -> Withdrawal:
    return Withdrawal(
        str(one.get("id") or ""), asset, decimal(one.get("amount")),
        decimal((one.get("fee") or {}).get("cost")),
        str(one.get("addressTo") or one.get("address") or ""), str(one.get("tag") or ""),
        str(one.get("network") or ""), _STATES.get(str(one.get("status")), WithdrawalState.PENDING),
        str(one.get("txid") or ""),
    )  # fmt: skip


class Incoming:
    """Implements DepositAddresses and Arrivals."""

    def __init__(self, desk: Desk, networks: Networks) -> None:
        self._desk, self._networks = desk, networks
        self._ready = False

    async def deposit_address(self, asset: str, network: str = "") -> DepositAddress:
        """`network` as ccxt names it, or words of Kraken's name for the way (TRC20, Hex); without one it is
        the venue's usual one, at Kraken the only one. The answer's is empty where the venue does not say."""
        client = self._desk.client
        params = await self._networks.asking(asset, network)
        said = await self._desk.caller.query(lambda: client.fetch_deposit_address(asset, params))
        if not said or not said.get("address"):
            raise VenueRefused(f"{self._desk.profile.venue} tells no address to deposit {asset} {network}")
        told = str(said.get("network") or network or params.get("method") or "")
        return DepositAddress(asset, told, str(said["address"]), str(said.get("tag") or ""))

    async def into_trading(self) -> None:
        """Deposits are to come to the wallet that is traded from. Sets what is set already, without harm."""
        if self._desk.profile.venue != "bybit" or self._ready:
            return
        client = self._desk.client
        await self._desk.caller.query(
            lambda: client.privatePostV5AssetDepositDepositToAccount({"accountType": "UNIFIED"})
        )
        self._ready = True

    async def find_arrival(self, txid: str, asset: str, since_ns: int) -> Arrival | None:
        client = self._desk.client
        told = await self._desk.caller.query(lambda: client.fetch_deposits(asset, since_ns // MS))
        for one in told:
            if str(one.get("txid") or "").lower() == txid.lower():
                return Arrival(
                    txid, asset, decimal(one.get("amount")), str(one.get("network") or ""),
                    one.get("status") == "ok",
                )  # fmt: skip
        return None
