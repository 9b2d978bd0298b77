"""Networks between doubles: what one pays out comes to whoever of the others has the address, a while later.

A double by itself pays out to nowhere and takes no fee. Joined to the same rails, the accounts of several
doubles in one process send money to each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from titan.model.errors import ConfigError

if TYPE_CHECKING:
    from titan.doubles.account import Account, Movement

SECOND_NS: Final = 1_000_000_000
FEES: Final[Mapping[str, Decimal]] = {
    "USDT": Decimal(1), "USDC": Decimal(1), "BTC": Decimal("0.0002"), "ETH": Decimal("0.002"),
}  # fmt: skip
NETWORKS: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "binance": {"BTC": ("BTC",), "USDT": ("TRX", "ETH", "BSC"), "USDC": ("ETH",)},
    "bybit": {"": ("ETH", "TRX", "BSC")},
}
"""By venue and coin, the usual one first; "" for all others."""
_LETTERS: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def networks_of(venue: str, coin: str) -> tuple[str, ...]:
    """Over which a coin comes and goes, the usual one first."""
    known = NETWORKS.get(venue, {})
    return known.get(coin) or known.get("") or (coin,)


def address_of(venue: str, coin: str, network: str) -> str:
    """The deposit address of a double: the same at every start, and of the form that its network has. Nobody
    has its key."""
    digest = hashlib.blake2b(f"double of {venue} {coin} {network}".encode(), digest_size=32).digest()
    if network in ("ETH", "BSC"):
        return f"0x{digest.hex()[:40]}"
    text = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest)
    return f"T{text}x" if network == "TRX" else f"double{text[:28]}"


class Rails:
    """`seconds` is how long money is on its way once it has left its venue."""

    def __init__(self, *, seconds: float = 20.0, fees: Mapping[str, Decimal] = FEES) -> None:
        if seconds < 0:
            raise ConfigError(f"rails of {seconds:g} seconds: money cannot arrive before it leaves")
        self._ns = round(seconds * SECOND_NS)
        self.fees = fees
        self.began_ns = 0
        """Since when the market of the first moves: on the same tape the others' began then too."""
        self._homes: list[tuple[str, Account]] = []

    def join(self, venue: str, account: Account) -> None:
        """From now on it pays fees, and what is sent to its addresses arrives."""
        account.carry, account.fees = self.carry, self.fees
        self._homes.append((venue, account))

    def carry(self, paid: Movement, now: int, late_ns: int = 0) -> None:
        """It left its venue; money to an address of nobody here is gone."""
        for venue, account in self._homes:
            network = paid.network or networks_of(venue, paid.asset)[0]
            if paid.address == address_of(venue, paid.asset, network):
                account.expect(paid, now + self._ns + late_ns)
                return


Carry = Callable[["Movement", int, int], None]
