"""The account at a double: balances by wallet, positions, settings, transfers, withdrawals, funding paid.

Wallets are `spot`, `perp` and `fund`. On a unified venue spot and perps share one balance: money then lives
in `perp`, and is lent to `spot` for the moment that an order there needs it (`lend`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Final

import msgspec

from titan.doubles.market import Market
from titan.doubles.orders import AccountEvent, BalanceUpdate, FundingUpdate, Order
from titan.doubles.rails import Carry
from titan.doubles.refusal import Refusal, Refused
from titan.model.order import OrderType, Side
from titan.simulation.accounts import Accounts
from titan.simulation.exchange import Exchange

WALLETS: Final = ("spot", "perp", "fund")
ZERO: Final = Decimal(0)
_DUST: Final = Decimal("1e-8")
SETTLES_NS: Final = 2_000_000_000
"""A withdrawal is pending for this long."""


class Balance(msgspec.Struct, frozen=True):
    """`free` is what new orders or transfers may use; `locked` what open orders and positions hold."""

    total: Decimal
    free: Decimal
    locked: Decimal


class Position(msgspec.Struct, frozen=True):
    """One-way position; `lots` is signed. Prices in the quote asset."""

    inst: int
    market: Market
    lots: int
    entry: Decimal
    mark: Decimal
    unrealised: Decimal
    leverage: int
    isolated: bool
    updated_ns: int

    @property
    def size(self) -> Decimal:
        return self.market.size(self.lots)

    @property
    def notional(self) -> Decimal:
        return self.size * self.mark

    @property
    def initial_margin(self) -> Decimal:
        return (abs(self.notional) / self.leverage).quantize(_DUST)

    @property
    def maintenance_margin(self) -> Decimal:
        return (abs(self.notional) * self.market.instrument.maintenance_margin).quantize(_DUST)


class Movement(msgspec.Struct):
    """A transfer, withdrawal or deposit. `state` of a withdrawal or deposit: pending, then completed, or
    failed. `amount` leaves or comes; of a withdrawal `fee` is in it. `due_ns`: when it changes its state.
    """

    id: int
    what: str
    asset: str
    amount: Decimal
    source: str
    target: str
    time_ns: int
    state: str = "completed"
    address: str = ""
    network: str = ""
    client_id: str = ""
    fee: Decimal = ZERO
    txid: str = ""
    due_ns: int = 0

    @property
    def net(self) -> Decimal:
        return self.amount - self.fee


def _nowhere(paid: Movement, now: int, late_ns: int = 0) -> None:
    del paid, now, late_ns


def _whole(paid: Movement) -> tuple[bool, int]:
    del paid
    return False, 0


class Account:
    """One account; every key of the world trades on it."""

    def __init__(
        self, exchange: Exchange, markets: tuple[Market, ...], *, venue: str,
        tell: Callable[[AccountEvent], None], open_orders: Callable[[], list[Order]], now: Callable[[], int],
        unified: bool,
    ) -> None:  # fmt: skip
        self.books = Accounts(exchange.instruments, exchange.models, round_fees=True)
        self._exchange, self._markets, self._venue = exchange, markets, venue
        self._tell, self._open, self._now = tell, open_orders, now
        self.unified = unified
        self.leverage = {m.index: min(20, m.instrument.max_leverage) for m in markets}
        self.isolated: dict[int, bool] = {m.index: False for m in markets}
        self.movements: list[Movement] = []
        self.funding: list[FundingUpdate] = []
        self.carry: Carry = _nowhere
        self.fees: Mapping[str, Decimal] = {}
        self.mishap: Callable[[Movement], tuple[bool, int]] = _whole
        """Whether a withdrawal fails, and by how much (ns) it comes later."""
        self.comes_to = "spot"
        """The wallet of deposits."""
        self.moved_ns: dict[int, int] = {}
        """When a position changed last."""
        for m in markets:
            self._apply_leverage(m.index)

    def _key(self, wallet: str) -> str:
        return f"{self._venue}.{wallet}"

    def deposit(self, wallet: str, asset: str, amount: Decimal, *, why: str = "deposit") -> None:
        """Money from outside (or, negative, to it)."""
        self._add(wallet, asset, amount)
        self._tell(BalanceUpdate(wallet, (asset,), why, self._now()))

    def _add(self, wallet: str, asset: str, amount: Decimal) -> None:
        self.books.add(self._key(wallet), asset, amount)
        self._exchange.deposit(self._key(wallet), asset, float(amount))

    def balances(self, wallet: str) -> dict[str, Balance]:
        """By asset. `perp` counts positions' margin and unrealised P&L in `free` and `locked`, not in
        `total`. On a unified venue `spot` and `perp` give the same, shared balances.
        """
        shared = ("spot", "perp") if self.unified and wallet != "fund" else (wallet,)
        keys = {self._key(one): one for one in shared}
        found: dict[str, Balance] = {}
        for (key, asset), total in self.books.balances().items():
            if key in keys:
                one = self._balance(keys[key], asset, total)
                had = found.get(asset, Balance(ZERO, ZERO, ZERO))
                found[asset] = Balance(had.total + one.total, had.free + one.free, had.locked + one.locked)
        return found

    def total(self, wallet: str, asset: str) -> Decimal:
        return self.balances(wallet).get(asset, Balance(ZERO, ZERO, ZERO)).total

    def _balance(self, wallet: str, asset: str, total: Decimal) -> Balance:
        if wallet == "fund":
            return Balance(total, total, ZERO)
        if wallet == "spot":
            locked = self._reserved(asset)
            return Balance(total, total - locked, locked)
        held = self._exchange.withdrawable(self._key(wallet), asset)
        free = total if held is None else _floor(held)
        return Balance(total, max(min(free, total), ZERO), max(total - free, ZERO))

    def _reserved(self, asset: str) -> Decimal:
        reserved = ZERO
        for order in self._open():
            one = order.instrument
            if one.kind != "spot" or order.type is OrderType.STOP:
                continue
            if order.side is Side.BUY and one.quote == asset:
                reserved += one.notional(order.limit_ticks, order.left)
            elif order.side is Side.SELL and one.base == asset:
                reserved += one.size(order.left)
        return reserved

    def positions(self) -> list[Position]:
        """Of every perp, flat ones included."""
        return [self.position(m.index) for m in self._markets if m.is_perp]

    def position(self, inst: int) -> Position:
        market, held = self._markets[inst], self.books.positions[inst]
        mark = market.mark_price
        size = market.size(held.lots)
        sign = 1 if held.lots >= 0 else -1
        entry = (held.cost / abs(size)).quantize(Decimal("1e-10")) if held.lots else ZERO
        gained = size * mark - sign * held.cost if held.lots else ZERO
        return Position(
            inst, market, held.lots, entry, mark, gained, self.leverage[inst], self.isolated[inst],
            self.moved_ns.get(inst, 0),
        )  # fmt: skip

    def set_leverage(self, inst: int, leverage: int) -> None:
        """Raises Refused(BAD_LEVERAGE)."""
        if not 1 <= leverage <= self._markets[inst].instrument.max_leverage:
            raise Refused(Refusal.BAD_LEVERAGE, f"leverage {leverage} is not valid")
        self.leverage[inst] = leverage
        self._apply_leverage(inst)

    def _apply_leverage(self, inst: int) -> None:
        one = self._markets[inst].instrument
        rate = max(1.0 / self.leverage[inst], float(one.initial_margin))
        self._exchange.state.insts[inst]["initial"] = rate if one.kind == "perp" else 1.0

    def set_isolated(self, inst: int, isolated: bool) -> None:
        """Remembered and shown; margin is judged cross all the same. Raises Refused."""
        if self.isolated[inst] == isolated:
            raise Refused(Refusal.UNCHANGED, "No need to change margin type.")
        if self.books.positions[inst].lots or any(o.inst == inst for o in self._open()):
            raise Refused(Refusal.ORDERS_OR_POSITION_OPEN)
        self.isolated[inst] = isolated

    def transfer(
        self, asset: str, amount: Decimal, source: str, target: str, client_id: str = ""
    ) -> Movement:
        """At once. Raises Refused(NO_WALLET, BAD_AMOUNT, NO_BALANCE)."""
        if source not in WALLETS or target not in WALLETS or source == target:
            raise Refused(Refusal.NO_WALLET, f"{source} to {target}")
        self._check_free(asset, amount, source)
        if self.unified and source == "spot":
            source = "perp"
        if self.unified and target == "spot":
            target = "perp"
        self._add(source, asset, -amount)
        self._add(target, asset, amount)
        now = self._now()
        for wallet in (source, target):
            self._tell(BalanceUpdate(wallet, (asset,), "transfer", now))
        return self._record("transfer", asset, amount, source, target, client_id=client_id)

    def withdraw(
        self, asset: str, amount: Decimal, *, wallet: str, address: str, network: str = "",
        client_id: str = "", added: bool = False,
    ) -> Movement:  # fmt: skip
        """Leaves the wallet at once and the venue after a moment. The fee is taken out of `amount`, or
        `added` to it. Raises Refused.
        """
        fee = self.fees.get(asset, ZERO)
        whole = amount + fee if added else amount
        if amount.is_finite() and whole <= fee:
            raise Refused(Refusal.BAD_AMOUNT, f"a withdrawal of {asset} costs {fee}")
        self._check_free(asset, whole, wallet)
        self.deposit("perp" if self.unified and wallet == "spot" else wallet, asset, -whole, why="withdraw")
        moved = self._record("withdrawal", asset, whole, wallet, "", client_id=client_id)
        moved.state, moved.address, moved.network, moved.fee = "pending", address, network, fee
        moved.due_ns = moved.time_ns + SETTLES_NS
        return moved

    def expect(self, paid: Movement, due_ns: int) -> None:
        """Money of another venue is on its way."""
        came = self._record("deposit", paid.asset, paid.net, "", self.comes_to, client_id="")
        came.state, came.address, came.network = "pending", paid.address, paid.network
        came.txid, came.due_ns = paid.txid, due_ns

    def settle(self) -> None:
        """What has left long enough is out or has failed, what was due is here."""
        now = self._now()
        for one in [m for m in self.movements if m.state == "pending" and now >= m.due_ns]:
            if one.what == "deposit":
                one.state, one.target = "completed", self.comes_to
                self.deposit(self.comes_to, one.asset, one.amount)
                continue
            fails, late_ns = self.mishap(one)
            one.state = "failed" if fails else "completed"
            if fails:
                wallet = "perp" if self.unified and one.source == "spot" else one.source
                self.deposit(wallet, one.asset, one.amount, why="withdraw")
                continue
            one.txid = hashlib.sha256(f"{self._venue} {one.id} {one.time_ns}".encode()).hexdigest()
            self.carry(one, now, late_ns)

    def _check_free(self, asset: str, amount: Decimal, wallet: str) -> None:
        if not amount.is_finite() or amount <= 0:
            raise Refused(Refusal.BAD_AMOUNT, "amount must be above zero")
        have = self.balances(wallet).get(asset)
        if have is None or have.free < amount:
            raise Refused(Refusal.NO_BALANCE, f"only {have.free if have else 0} {asset} is free")

    def _record(
        self, what: str, asset: str, amount: Decimal, source: str, target: str, *, client_id: str
    ) -> Movement:  # fmt: skip
        moved = Movement(
            100_000 + len(self.movements),
            what,
            asset,
            amount,
            source,
            target,
            self._now(),
            client_id=client_id,
        )
        self.movements.append(moved)
        return moved

    def history(self, what: str) -> list[Movement]:
        """Movements of a kind ("transfer", "withdrawal", "deposit"), oldest first."""
        self.settle()
        return [one for one in self.movements if one.what == what]

    def lend(self, asset: str, *, to_spot: bool) -> None:
        """On a unified venue: bring all free money of an asset to where it is needed."""
        if not self.unified:
            return
        source, target = ("perp", "spot") if to_spot else ("spot", "perp")
        held = self._exchange.withdrawable(self._key(source), asset)
        total = self.books.balances().get((self._key(source), asset), ZERO)
        free = total if held is None else min(_floor(held), total)
        if source == "spot":
            free = total - self._reserved_with_fees(asset) - self._for_stops(asset)
        if free > 0:
            self._add(source, asset, -free)
            self._add(target, asset, free)

    def _for_stops(self, asset: str) -> Decimal:
        """What stays within the engine's reach for stops that buy: they trigger without asking anybody."""
        stops = (o for o in self._open() if o.type is OrderType.STOP and o.instrument.kind == "spot")
        buys = (o for o in stops if o.side is Side.BUY and o.instrument.quote == asset)
        return sum((o.instrument.notional(o.stop_ticks, o.left) for o in buys), ZERO) * Decimal("1.1")

    def _reserved_with_fees(self, asset: str) -> Decimal:
        most = max((m.instrument.fees.maker for m in self._markets), default=ZERO)
        return self._reserved(asset) * (1 + max(most, ZERO)) * Decimal("1.000001")


def _floor(value: float) -> Decimal:
    """Never more than the engine would let go."""
    return Decimal(repr(max(value, 0.0))).quantize(_DUST, ROUND_FLOOR)
