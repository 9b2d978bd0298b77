"""One venue's truth: its markets from a tape, one account on the matching engine, and who listens to both."""

from __future__ import annotations

import random as randomness
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

import numpy as np

from titan.doubles.account import Account
from titan.doubles.conditional import Conditionals
from titan.doubles.countdown import Countdowns
from titan.doubles.desk import Desk
from titan.doubles.keys import Keyring
from titan.doubles.market import Liquidation, Market
from titan.doubles.orders import AccountEvent, Order, OrderUpdate
from titan.doubles.playback import Playback, TapeSource, relabel
from titan.doubles.publish import Changes, Tick
from titan.market.tape.rows import Rows, length
from titan.model.instrument import InstrumentKind
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models

STEP_S: Final = 0.015
"""How often a served world advances."""
UNIFIED: Final = frozenset({"bybit", "okx"})
"""Venues where spot and perps share one balance."""
QUOTE_FUNDS: Final = Decimal(100_000)
BASE_FUNDS: Final = Decimal(10)

Funds = Mapping[str, Mapping[str, Decimal]]
"""wallet -> asset -> amount."""


class World:
    """`now` is ns UTC and injected; nothing moves but by `advance` (orders advance it too).

    `markets` are the instruments by index, `desk` the orders, `account` the money, `keys` the API keys,
    `countdowns` the dead man's switches, `conditionals` the orders that wait outside the engine for a price.
    `skew_ns` is added to every time that a client sees. The market begins now, or has begun at `since_ns`, as
    that of another double did on the same tape. Raises ConfigError when the venue has none of the
    tape's markets.
    """

    def __init__(
        self, venue: str, tape: TapeSource, *, now: Callable[[], int], speed: float = 1.0, once: bool = False,
        seed: int = 0, random: randomness.Random | None = None, funds: Funds | None = None,
        since_ns: int = 0,
    ) -> None:  # fmt: skip
        self.venue = venue
        self._wall = now
        self.start_ns = self._reached = now()
        self.skew_ns = 0
        self.random = random or randomness.Random(seed)  # noqa: S311  keys of a double open nothing
        self.keys = Keyring(venue, self.random)
        instruments, index = relabel(tape.instruments, venue)
        self.playback = Playback(tape, index, start_ns=since_ns or self.start_ns, speed=speed, once=once)
        models = Models(latency=Latency(order_ns=0, response_ns=0, feed_ns=0), leverage=Decimal(20))
        self.exchange = Exchange(instruments, iter(self.playback), models, seed=seed)
        self.markets = tuple(Market(i, one, self.start_ns) for i, one in enumerate(instruments))
        self._changes = [Changes(m) for m in self.markets]
        self._row = 0
        self._market_listeners: list[Callable[[Tick], None]] = []
        self._account_listeners: list[Callable[[AccountEvent], None]] = []
        first_id = self.start_ns // 1_000_000_000 % 1_000_000_000
        self.desk = Desk(
            self.exchange, self.markets, tell=self._tell, advance=self.advance, stamp=self._stamp,
            first_id=first_id,
        )  # fmt: skip
        self.account = Account(
            self.exchange, self.markets, venue=venue, tell=self._tell, open_orders=self._open_orders,
            now=self.now, unified=venue in UNIFIED and any(m.is_perp for m in self.markets),
        )  # fmt: skip
        self.desk.account = self.account
        self.countdowns = Countdowns(self.desk, now)
        self.conditionals = Conditionals(
            self.desk, self.markets, tell=self._tell, now=self.now, first_id=first_id
        )
        self.listen(self.conditionals.heard)
        self.listen_account(self.conditionals.told)
        self.listen_account(self._forced)
        self._fund(funds)
        self.advance()

    def _open_orders(self) -> list[Order]:
        return self.desk.open_orders()

    def _stamp(self, at: int) -> int:
        return at + self.skew_ns

    def _fund(self, funds: Funds | None) -> None:
        chosen: dict[str, dict[str, Decimal]] = {w: dict(a) for w, a in (funds or {}).items()}
        if funds is None:
            quotes = {m.instrument.quote for m in self.markets}
            bases = {m.instrument.base for m in self.markets if not m.is_perp}
            rich = dict.fromkeys(sorted(quotes), QUOTE_FUNDS)
            home = "perp" if self.account.unified else "spot"
            chosen = {"fund": rich, home: rich, "spot": dict.fromkeys(sorted(bases), BASE_FUNDS)}
            if home == "spot":
                chosen["spot"] = rich | chosen["spot"]
                if any(m.is_perp for m in self.markets):
                    chosen["perp"] = rich
        for wallet, assets in chosen.items():
            for asset, amount in assets.items():
                self.account.deposit(wallet, asset, amount)

    def now(self) -> int:
        """The venue's clock, ns UTC, with its skew: what clients see and signatures are judged by."""
        return self._wall() + self.skew_ns

    def now_ms(self) -> int:
        return self.now() // 1_000_000

    @property
    def reached_ns(self) -> int:
        """The time up to which everything is taken, without skew."""
        return self._reached

    def market(self, kind: InstrumentKind | str, symbol: str) -> Market | None:
        """By kind and symbol, as ("spot", "BTCUSDT")."""
        for one in self.markets:
            if one.instrument.symbol == symbol and one.instrument.kind == kind:
                return one
        return None

    def of_kind(self, kind: InstrumentKind | str) -> list[Market]:
        return [m for m in self.markets if m.instrument.kind == kind]

    def listen(self, heard: Callable[[Tick], None]) -> None:
        """Called for every Tick, in the order of the markets, within `advance`."""
        self._market_listeners.append(heard)

    def listen_account(self, heard: Callable[[AccountEvent], None]) -> None:
        """Called for every event of the account, within what caused it."""
        self._account_listeners.append(heard)

    def _tell(self, event: AccountEvent) -> None:
        for heard in self._account_listeners:
            heard(event)

    def _forced(self, event: AccountEvent) -> None:
        """The account's own forced closings are told to the public as those on the tape are."""
        if isinstance(event, OrderUpdate) and event.fill is not None and event.order.extra.get("liquidation"):
            fill, at = event.fill, event.time_ns - self.skew_ns
            self._changes[event.order.inst].forced(Liquidation(at, fill.ticks, fill.lots, -int(fill.side)))

    def advance(self, now_ns: int | None = None) -> int:
        """Take everything that is due by now (or by `now_ns`, in tests without a clock): match, book, tell.

        Returns the time reached, without skew. Time never goes back.
        """
        now = max(self._wall() if now_ns is None else now_ns, self._reached)
        self._reached = now
        while True:
            reached = self.exchange.advance(now)
            heard = self.exchange.reports(reached)
            for record in heard.tolist():
                self.desk.report(record)
            if reached >= now and not len(heard):
                break
        self._publish(now)
        return now

    def step(self) -> None:
        """One beat of a served world: advance, send what faults held back and what prices set off, cancel
        what nobody held."""
        self.desk.pump(self.advance())
        self.account.settle()
        self.conditionals.tick()
        self.countdowns.tick()

    def _publish(self, now: int) -> None:
        waiting = self.playback.handed
        while waiting:
            rows = waiting[0]
            end = int(np.searchsorted(rows.ts, now, "right"))
            if end > self._row:
                self._take(rows, self._row, end)
            self._row = end
            if end < length(rows):
                break
            waiting.popleft()
            self._row = 0
        for change in self._changes:
            if not change.market.deep:
                self._touch(change)
            tick = change.tell(self.skew_ns)
            if tick is not None:
                for heard in self._market_listeners:
                    heard(tick)

    def _take(self, rows: Rows, start: int, end: int) -> None:
        changes = self._changes
        columns = (rows.ts, rows.inst, rows.kind, rows.side, rows.px, rows.qty)
        for ts, inst, kind, side, px, qty in zip(*(c[start:end].tolist() for c in columns), strict=True):
            changes[inst].row(ts, kind, side, px, qty)

    def _touch(self, change: Changes) -> None:
        quote = self.exchange.state.quotes[change.market.index]
        change.touch(
            float(quote["bid"]), float(quote["bid_qty"]), float(quote["ask"]), float(quote["ask_qty"]),
            int(quote["ts"]),
        )  # fmt: skip
