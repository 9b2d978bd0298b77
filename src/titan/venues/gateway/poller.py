"""Market data of any exchange that ccxt lists, by asking again and again: for watching, not for speed.

Each poll of a book is a snapshot. A poll that failed is a gap: until the next answer there is no book, so
that an old price is never taken for a fresh one. Trades are told once, by their id; where a poll no longer
reaches back to the last one, trades were lost, which is a gap too.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from titan.model.errors import VenueError, VenueRefused
from titan.venues.gateway.call import Caller
from titan.venues.gateway.rules import Listed
from titan.venues.sink import NO_TS, Level, Sink
from titan.venues.stream import Channel

EVERY_S: Final = 1.0
_MS: Final = 1_000_000
_CONNECTION: Final = 0
_DEPTH: Final = 50
_KEPT: Final = 5_000
_METHODS: Final = {
    Channel.DEPTH: "fetchOrderBook", Channel.TRADES: "fetchTrades", Channel.BBO: "fetchTicker",
}  # fmt: skip


class Poller:
    """Puts rows into `sink` and calls `after` when a poll is done. `close` ends it."""

    def __init__(
        self, caller: Caller, sink: Sink, after: Callable[[], None], *, every_s: float = EVERY_S
    ) -> None:
        self._caller, self._sink, self._after, self._every_s = caller, sink, after, every_s
        self._tasks: list[asyncio.Task[None]] = []
        self.failed = 0

    def watch(self, listed: Listed, inst: int, channels: Iterable[Channel]) -> None:
        """Poll from now on. Raises VenueRefused for a channel that the exchange does not tell."""
        wanted = list(channels)
        for channel in wanted:
            name = _METHODS.get(channel)
            if name is None or not self._caller.client.has.get(name):
                raise VenueRefused(
                    f"{self._caller.venue} has no {channel} that could be polled",
                    remedy=f"`titan venues --venue {self._caller.venue}` shows what it has",
                )
        for channel in wanted:
            task = asyncio.get_running_loop().create_task(self._poll(listed, inst, channel))
            self._tasks.append(task)

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _poll(self, listed: Listed, inst: int, channel: Channel) -> None:
        trades = _Trades()
        broken = False
        while True:
            try:
                answer = await self._ask(listed, channel)
            except VenueError:
                self.failed += 1
                if not broken:
                    self._sink.gap(inst, NO_TS, self._caller.now(), _CONNECTION)
                broken = True
            else:
                broken = False
                self._hear(listed, inst, channel, answer, trades)
            self._after()
            await asyncio.sleep(self._every_s)

    async def _ask(self, listed: Listed, channel: Channel) -> Any:
        client, symbol = self._caller.client, listed.symbol
        if channel is Channel.DEPTH:
            return await self._caller.query(lambda: client.fetch_order_book(symbol, _DEPTH), attempts=1)
        if channel is Channel.TRADES:
            return await self._caller.query(lambda: client.fetch_trades(symbol), attempts=1)
        return await self._caller.query(lambda: client.fetch_ticker(symbol), attempts=1)

    def _hear(self, listed: Listed, inst: int, channel: Channel, answer: Any, trades: _Trades) -> None:
        recv, contract = self._caller.now(), float(listed.contract)
        if channel is Channel.DEPTH:
            bids, asks = _levels(answer["bids"], contract), _levels(answer["asks"], contract)
            self._sink.book(inst, _ns(answer), 0, recv, _CONNECTION, bids, asks, True)
        elif channel is Channel.TRADES:
            fresh, lost = trades.fresh(answer)
            if lost:
                self._sink.gap(inst, NO_TS, recv, _CONNECTION)
            for one in fresh:
                side = 1 if one.get("side") == "buy" else -1
                px, qty = float(one["price"]), float(one["amount"]) * contract
                if px > 0 and qty > 0:
                    self._sink.trade(inst, _ns(one), 0, recv, _CONNECTION, side, px, qty)
        elif answer.get("bid") and answer.get("ask"):
            bid, ask = float(answer["bid"]), float(answer["ask"])
            sizes = [float(answer.get(n) or 0) * contract for n in ("bidVolume", "askVolume")]
            self._sink.quote(inst, _ns(answer), 0, recv, _CONNECTION, bid, sizes[0], ask, sizes[1])


class _Trades:
    """Which trades of a poll are new, oldest first."""

    def __init__(self) -> None:
        self._known: set[str] = set()
        self._order: deque[str] = deque()

    def fresh(self, said: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], bool]:
        """The new ones, and whether some were lost since the last poll. What the first poll finds is history,
        and told."""
        ordered = sorted(said, key=lambda t: int(t.get("timestamp") or 0))
        new = [t for t in ordered if _name(t) not in self._known]
        lost = bool(self._known) and bool(new) and len(new) == len(ordered)
        for one in new:
            self._known.add(_name(one))
            self._order.append(_name(one))
        while len(self._order) > _KEPT:
            self._known.discard(self._order.popleft())
        return new, lost


def _name(trade: Mapping[str, Any]) -> str:
    return str(trade.get("id") or (trade.get("timestamp"), trade.get("price"), trade.get("amount")))


def _levels(side: Sequence[Sequence[Any]], contract: float) -> list[Level]:
    levels = ((float(level[0]), float(level[1]) * contract) for level in side)
    return [(px, qty) for px, qty in levels if px > 0 and qty > 0]


def _ns(said: Mapping[str, Any]) -> int:
    return int(said["timestamp"]) * _MS if said.get("timestamp") else NO_TS
