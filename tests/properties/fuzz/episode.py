"""One episode: a line lives through valid, damaged and lost messages and two connections, and has to recover.

All of it follows from the seed and the number of the episode, so any can be run again alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Final

from tests.properties.fuzz.player import Player, Step, Watch, Wrong
from tests.properties.fuzz.worlds import World, dumped
from tests.properties.fuzz.worlds_binance import BinanceMarket, BinancePerp, BinanceSpot
from tests.properties.fuzz.worlds_bybit import BybitPerp, BybitSpot
from tests.properties.fuzz.worlds_kraken import Kraken
from tests.properties.fuzz.worlds_mexc import MexcPerp, MexcSpot
from tests.properties.fuzz.worlds_okx import OkxBusiness, OkxPublic
from tests.properties.mutations import Mutator
from titan.market.tape.rows import Kind
from titan.venues.stream import Fetch, Resubscribe

PLACES: Final[dict[str, type[World]]] = {
    "binance.spot": BinanceSpot,
    "binance.perp-public": BinancePerp,
    "binance.perp-market": BinanceMarket,
    "bybit.spot": BybitSpot,
    "bybit.perp": BybitPerp,
    "okx.public": OkxPublic,
    "okx.business": OkxBusiness,
    "kraken.spot": Kraken,
    "mexc.spot": MexcSpot,
    "mexc.perp": MexcPerp,
}
LENGTH: Final = 4000
"""Messages of an episode, before it is calm again."""
_CALM: Final = 4000
"""Rounds in which everything has to be back."""


class Episode:
    """`keep` records every step, for a failure to be played again. `captured` are frames of other times,
    which come among the others, mostly damaged: none of them fits the generated markets."""

    def __init__(
        self,
        place: str,
        seed: int,
        number: int,
        *,
        keep: bool = False,
        length: int = LENGTH,
        captured: Sequence[bytes] = (),
    ) -> None:
        self.random = random = Random(f"{seed} {place} {number}")
        self.world = PLACES[place](random)
        self.everything = random.random() < 0.3
        self.player = Player(self.world, everything=self.everything)
        self.mutator = Mutator(random)
        self.steps: list[Step] | None = [] if keep else None
        self.length = length
        self.heard = self.damaged = 0
        self.connection = 1
        self._second = False
        """Whether another connection carries the same topics."""
        self._rate = random.choice((0.1, 0.4, 0.7, 0.95))
        self._losing = random.choice((0.0, 0.0, 0.01, 0.05))
        self._late: deque[tuple[int, Step]] = deque()
        self._due: deque[tuple[int, Callable[[], None]]] = deque()
        self._round = 0
        self._calm = False
        # Where any symbol becomes a market, so would their depths and formats that no oracle knows.
        self._captured = () if self.everything else captured

    @property
    def recv(self) -> int:
        return self.world.ms * 1_000_000 + 20_000_000

    def run(self) -> Counter[str]:
        """What was counted. Raises Wrong."""
        self._begin()
        while self.heard < self.length:
            self._tick()
        self._recover()
        self.player.look()
        counts = self.player.counts
        tally = self.player.line.tally
        counts.update(
            heard=self.heard, damaged=self.damaged, gaps=tally.gaps, malformed=tally.malformed,
            unknown=tally.unknown, snapshots=self.player.watch.snapshots, episodes=1,
        )  # fmt: skip
        return counts

    def _begin(self) -> None:
        for native in self.world.natives:
            frame = self.world.acknowledged(native)
            if frame:
                self._play(Step("hear", frame, self.recv, self.connection))
            if self.world.books and not self.world.by_rest:
                self._snapshot(native)

    def _tick(self) -> None:
        random, world = self.random, self.world
        self._round += 1
        world.pass_time()
        if world.books and random.random() < 0.6:
            native = random.choice(world.natives)
            frame = world.next_update(native, self.connection)
            if frame:
                self._deliver(self._update(native, frame, self.connection))
            if self._second and random.random() < 0.5:
                frame = world.told(native, self.connection + 1)
                if frame:
                    self._deliver(self._update(native, frame, self.connection + 1))
        elif self._captured and random.random() < 0.2:
            frame, how = random.choice(self._captured), "captured"
            if random.random() < 0.8:
                frame, how = self.mutator.mutate(frame)
            self._play(Step("hear", frame, self.recv, self.connection, how))
        else:
            frame = world.aside()
            self._deliver(Step("hear", frame, self.recv, self.connection))
            if self._second and random.random() < 0.5:
                self._deliver(Step("hear", frame, self.recv, self.connection + 1))
        if not self._calm:
            self._happen()
        self._catch_up()

    def _update(self, native: str, frame: bytes, connection: int) -> Step:
        truth = self.world.truths[native]
        newest = self.world.cursors.get((connection, native)) == len(truth.log)
        # Kraken's books follow the newest connection.
        follows = self.world.venue != "kraken" or connection == self.connection + self._second
        book = truth.book if newest and follows else None
        if book is not None and self.steps is not None:
            book = dict(book)
        return Step("hear", frame, self.recv, connection, "", native, "", book)

    def _happen(self) -> None:
        """Connections come and go."""
        chance = self.random.random()
        if chance < 0.004 and not self._second:
            self._second = True
            if self.world.books and not self.world.by_rest:
                for native in self.world.natives:
                    self._snapshot(native, self.connection + 1)
        elif chance < 0.008 and self._second:
            self._second = False
            self.connection += 1
        elif chance > 0.999:
            self._reconnect()

    def _reconnect(self) -> None:
        self._late.clear()
        self._due.clear()
        self._second = False
        self.connection += 2
        self._play(Step("lost", b"", self.recv))
        self._begin()

    def _catch_up(self) -> None:
        """What was late, and what was asked for."""
        for queue in (self._late, self._due):
            for _ in range(len(queue)):
                at, what = queue.popleft()
                if at > self._round:
                    queue.append((at, what))  # type: ignore[arg-type]
                elif isinstance(what, Step):
                    self._play(what._replace(recv=self.recv))
                else:
                    what()

    def _deliver(self, step: Step) -> None:
        """As it is, or damaged, lost, twice, late."""
        random = self.random
        if self._calm:
            self._play(step)
            return
        chance = random.random()
        if chance < self._losing:
            self._play(step._replace(what="missed"))
        elif chance < self._losing * 1.5:
            self._play(step)
            again = step._replace(truth=None)
            if self.world.venue == "kraken":
                self._play(again)
            else:
                self._late.append((self._round + random.randrange(8), again))
        elif chance < self._losing * 2:
            self._play(step._replace(what="missed"))
            late = step._replace(truth=None, damaged="late" if self.world.venue == "kraken" else "")
            self._late.append((self._round + random.randrange(1, 12), late))
        elif random.random() < self._rate:
            frame, how = self.mutator.mutate(step.data)
            self._play(step._replace(data=frame, damaged=how, truth=None))
            if random.random() < 0.4:
                self._play(step)
        else:
            self._play(step)
        self._remember(step.data)

    def _remember(self, frame: bytes) -> None:
        donors = self.mutator.donors
        if len(donors) < 40:
            donors.append(frame)
        else:
            donors[self.random.randrange(40)] = frame

    def _play(self, step: Step) -> None:
        if self.steps is not None:
            self.steps.append(step)
        self.heard += step.what in ("hear", "answer")
        self.damaged += bool(step.damaged)
        self.player.play(step)
        for event in self.player.events:
            delay = 0 if self._calm else self.random.choice((0, 0, 1, 3, 8))
            if isinstance(event, Fetch):
                self._asked(event, self._round + delay)
            elif isinstance(event, Resubscribe):
                for native in self.world.natives:
                    if any(topic.endswith((f".{native}", f":{native}")) for topic in event.topics):
                        self._due.append((self._round + delay, lambda native=native: self._snapshot(native)))

    def _asked(self, fetch: Fetch, at: int) -> None:
        native = fetch.market.native
        if native not in self.world.natives:
            if fetch.what == "depth":
                self._due.append(
                    (at, lambda: self._play(Step("answer", b"", self.recv, 0, "", native, "depth")))
                )
            return
        early = self._body(native) if self.random.random() < 0.5 else b""

        def answer() -> None:
            body, how = early or self._body(native), ""
            if not self._calm and self.random.random() < self._rate / 3:
                body, how = self.mutator.mutate(body)
            elif not self._calm and self.random.random() < 0.02:
                body = b""
            self._play(Step("answer", body, self.recv, 0, how, native, fetch.what))

        self._due.append((at, answer))

    def _body(self, native: str) -> bytes:
        rest = getattr(self.world, "rest", None)
        return bytes(rest(native) if rest is not None else self.world.snapshot(native))

    def _snapshot(self, native: str, connection: int = 0) -> None:
        connection = connection or self.connection
        frame = self.world.begin(native, connection)
        if not self._calm and self.random.random() < self._rate / 3:
            frame, how = self.mutator.mutate(frame)
            self._play(Step("hear", frame, self.recv, connection, how, native))
            if self.random.random() < 0.3:
                return
            frame = self.world.snapshot(native)
        self._play(self._update(native, frame, connection))

    def _recover(self) -> None:
        """Nothing is damaged any more: each kind of row of each market has to come again, as it comes to a
        line that knows of nothing."""
        self._calm = True
        self._late.clear()
        self.connection += self._second
        self._second = False
        anew = self.random.random() < 0.5
        if anew:
            self._reconnect()
        world, watch = self.world, self.player.watch
        twin = Watch()
        twin.known = len(world.natives)
        fresh = world.make(twin)
        world.subscribe(fresh)
        watch.kinds.clear()
        makes: dict[tuple[int, str], set[tuple[int, int]]] = defaultdict(set)
        for rounds in range(_CALM):
            world.ms += 5000 if rounds < 2000 else 60_000
            for at, aside in enumerate(dict.fromkeys(world.asides)):
                for native in world.natives:
                    if rounds > 10 and makes[at, native] <= watch.kinds:
                        continue
                    world.number += 1
                    said = aside(native)
                    frame = said if isinstance(said, bytes) else dumped(said)
                    known = twin.kinds
                    twin.kinds = set()
                    fresh.hear(frame, self.recv, self.connection)
                    twin.drain()
                    makes[at, native] |= twin.kinds
                    twin.kinds |= known
                    self._play(Step("hear", frame, self.recv, self.connection))
            for native in world.natives if world.books else ():
                self._deliver(
                    self._update(native, world.next_update(native, self.connection), self.connection)
                )
            self._round += 1
            self._catch_up()
            if rounds > 10 and self._back(twin):
                return
        missing = sorted((self.player.names[i], Kind(k).name) for i, k in twin.kinds - watch.kinds)
        books = [n for n in world.natives if not watch.live.get(self.player.markets[n].inst)]
        raise Wrong("silent", f"{missing} without books {books} {'after a new start' if anew else ''}")

    def _back(self, twin: Watch) -> bool:
        watch, markets = self.player.watch, self.player.markets
        if not twin.kinds <= watch.kinds:
            return False
        return not self.world.books or all(
            watch.live.get(markets[n].inst) and (markets[n].inst, Kind.LEVEL) in watch.kinds
            for n in self.world.natives
        )
