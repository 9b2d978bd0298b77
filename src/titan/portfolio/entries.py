"""The lines of the ledger: every movement of money twice, once where it left and once where it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

import msgspec

from titan.model.errors import LedgerError
from titan.model.money import ZERO, exact

CAPITAL: Final = "capital"
TRADING: Final = "trading"
"""The other side of every exchange of assets and of every realised P&L."""
FUNDING: Final = "funding"
FEES: Final = "fees"
TRANSFERS: Final = "transfers"
"""What transfers cost; their principal goes from wallet to wallet."""

TRANSIT: Final = "transit"
"""Between two venues: a wallet of ours that neither of them shows."""

COUNTER_ACCOUNTS: Final = frozenset({CAPITAL, TRADING, FUNDING, FEES, TRANSFERS})


class Entry(msgspec.Struct, frozen=True, gc=False):
    """One line: `amount` of `asset` into (positive) or out of (negative) `account`.

    `account` is a wallet (`binance.spot`) or one of COUNTER_ACCOUNTS; `cause` is `deposit:`, `fill:`,
    `funding:` or `transfer:` and the event's id; `at_ns` is our clock; `owner` the pair position or "".
    """

    seq: int
    at_ns: int
    cause: str
    account: str
    asset: str
    amount: Decimal
    owner: str


Move = tuple[str, str, Decimal, str]
"""account, asset, amount, owner: a line that is not numbered yet."""


class Entries:
    """Append-only lines and the balances they lead to."""

    def __init__(self) -> None:
        self._lines: list[Entry] = []
        self._balances: dict[tuple[str, str], Decimal] = {}

    @property
    def lines(self) -> Sequence[Entry]:
        return self._lines

    def balance(self, account: str, asset: str) -> Decimal:
        return self._balances.get((account, asset), ZERO)

    def balances(self) -> dict[tuple[str, str], Decimal]:
        return dict(self._balances)

    def append(self, cause: str, at_ns: int, moves: Iterable[Move]) -> None:
        """Write all lines of one cause, or none: LedgerError when they do not sum to zero in every asset."""
        lines: list[Entry] = []
        after: dict[tuple[str, str], Decimal] = {}
        sums: dict[str, Decimal] = {}
        seq = len(self._lines)
        balances = self._balances
        with exact():
            for account, asset, amount, owner in moves:
                if not amount:
                    continue
                key = (account, asset)
                after[key] = (after[key] if key in after else balances.get(key, ZERO)) + amount
                sums[asset] = sums.get(asset, ZERO) + amount
                lines.append(Entry(seq + len(lines), at_ns, cause, account, asset, amount, owner))
        if any(sums.values()):
            raise LedgerError(f"{cause}: entries do not balance, they leave {sums}")
        balances.update(after)
        self._lines.extend(lines)

    def trial_balance(self) -> dict[str, Decimal]:
        """The sum of all accounts, asset by asset: zero, always."""
        sums: dict[str, Decimal] = {}
        with exact():
            for (_, asset), amount in self._balances.items():
                sums[asset] = sums.get(asset, ZERO) + amount
        return sums
