"""Plays steps to a line and judges it after each: nothing raised, all rows true, live books the oracle's."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from copy import deepcopy
from math import inf
from typing import Final, Literal, NamedTuple

import numpy as np

from tests.properties.fuzz import oracles, readings
from tests.properties.fuzz.readings import UNREADABLE, Deal, Quote, Reading, Told
from tests.properties.fuzz.truth import Book
from tests.properties.fuzz.worlds import World
from tests.venues.books import play
from titan.market.tape.rows import Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.latency import AHEAD_NS
from titan.venues.records import HEAD, LOST, QUOTE, SCANNED, SINGLE, SIZE, SNAPSHOT
from titan.venues.registry import names
from titan.venues.stream import Event, Fetch, Market, Resubscribe

_FIRST: Final = 1_262_304_000_000_000_000
_LAST: Final = 4_102_444_800_000_000_000 + 10**12
_TAKE: Final = 400
"""Steps between two looks at the rows themselves."""
_FOUND: Final = 30
"""Markets that a line may discover."""


_OTHER: Final = re.compile(rb'\{"channel":"(ticker|trade|ohlc)"')
"""Messages of Kraken that are of no book although they may have been one."""


class Wrong(Exception):
    """What a line did that it may not do. `kind` says it in a word."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


class Step(NamedTuple):
    """One thing that happens to a line. `damaged` says how, and is empty for a valid message. `of` is the
    market whose book it is about; `truth` the book that a listener who missed nothing has after it."""

    what: Literal["hear", "answer", "lost", "missed"]
    data: bytes
    recv: int
    connection: int = 1
    damaged: str = ""
    of: str = ""
    asked: str = ""
    truth: Book | None = None


def true(px: float, qty: float) -> bool:
    return 0 < px <= 1e15 and 0 <= qty <= 1e18


class Watch(Batch):
    """A batch that is read as it is filled, by whomever: keeps the books, refuses what cannot be true."""

    def __init__(self) -> None:
        super().__init__()
        self.books: dict[int, Book] = {}
        self.live: dict[int, bool] = {}
        self.touched: set[int] = set()
        self.gaps: set[int] = set()
        self.dealt: list[tuple[int, int, float, float]] = []
        self.quoted: list[tuple[int, int, float, float]] = []
        self.kinds: set[tuple[int, int]] = set()
        self.snapshots = 0
        self.known = 0
        """Instruments that there are."""
        self._read = self._lists = self._scanned = 0

    def begin(self) -> None:
        """Forget what the last step did."""
        if self.touched:
            self.touched.clear()
            self.gaps.clear()
            self.dealt.clear()
            self.quoted.clear()

    def drain(self) -> None:
        """Look at the records that were written since the last time."""
        while self._read < self.at:
            record = HEAD.unpack_from(self.records, self._read)
            self._read += SIZE
            ts, recv, inst, what, side, _, bids, asks, *numbers = record
            self.touched.add(inst)
            if inst >= self.known:
                raise Wrong("instrument", f"{inst} is none")
            if not _FIRST <= ts <= recv + AHEAD_NS:
                raise Wrong("time", f"{ts}, received at {recv}")
            if what == Kind.TRADE:
                self._trade(inst, side, *numbers[:2])
            elif what <= SINGLE:
                self._row(inst, what, side, *numbers[:2])
            elif what == QUOTE:
                self._quote(inst, *numbers)
            elif what == LOST:
                self.books.setdefault(inst, {}).clear()
                self.live[inst] = False
                self.gaps.add(inst)
            else:
                self._book(inst, what, bids, asks)

    def taken(self) -> Rows:
        """The rows, all of which were looked at."""
        self._read = self._lists = self._scanned = 0
        return self.take()

    def _trade(self, inst: int, side: int, px: float, qty: float) -> None:
        if not (true(px, qty) and qty > 0 and side in (1, -1)):
            raise Wrong("number", f"trade {side} {px} {qty}")
        self.dealt.append((inst, side, px, qty))
        self.kinds.add((inst, Kind.TRADE))

    def _quote(self, inst: int, bid: float, bid_qty: float, ask: float, ask_qty: float) -> None:
        if not (true(bid, bid_qty) and true(ask, ask_qty) and bid <= ask):
            raise Wrong("number", f"quote {bid} {bid_qty} {ask} {ask_qty}")
        self.quoted += [(inst, 1, bid, bid_qty), (inst, -1, ask, ask_qty)]
        self.kinds.add((inst, Kind.BBO))

    def _book(self, inst: int, what: int, bids: int, asks: int) -> None:
        book = self.books.setdefault(inst, {})
        if what == SNAPSHOT:
            book.clear()
            self.live[inst] = True
            self.snapshots += 1
        elif not self.live.get(inst):
            raise Wrong("levels without a book", f"of {inst}")
        for side, n in ((1, bids), (-1, asks)):
            levels: Sequence[Sequence[float]]
            if what == SCANNED:
                end = self._scanned + 2 * n
                levels = self._lane[self._scanned : end].reshape(n, 2).tolist()
                self._scanned = end
            else:
                levels = self._levels[self._lists]
                self._lists += 1
            for px, qty in levels:
                if not true(px, qty):
                    raise Wrong("number", f"level {px} {qty}")
                if qty:
                    book[side, px] = qty
                else:
                    book.pop((side, px), None)
        self.kinds.add((inst, Kind.LEVEL))

    def _row(self, inst: int, kind: int, side: int, px: float, qty: float) -> None:
        if kind == Kind.FUNDING:
            fine = -1 < px < 1 and _FIRST <= qty * 1e6 < _LAST
        else:
            fine = 0 <= px <= 1e15 and 0 <= qty <= 1e18 and (px > 0 or kind == Kind.OPEN_INTEREST)
        if not fine or side not in (-1, 0, 1):
            raise Wrong("number", f"row {Kind(kind)!r} {side} {px} {qty}")
        self.kinds.add((inst, kind))


_READINGS: Final[dict[tuple[str, bool], type[Reading]]] = {
    ("binance", True): readings.Binance, ("bybit", False): readings.Bybit, ("okx", False): readings.Okx,
    ("kraken", False): readings.Kraken,
}  # fmt: skip


def reading_of(world: World, *, first: bool = False, whole: bool = False) -> Reading:
    if world.venue == "mexc":
        of: type[Reading] = readings.MexcSpot if world.kind is InstrumentKind.SPOT else readings.MexcPerp
    else:
        of = _READINGS[world.venue, world.by_rest]
    return of(world.contract, first=first, whole=whole)


def oracle_of(world: World) -> oracles.Oracle:
    if world.by_rest:
        return oracles.Versions()
    return oracles.Summed() if world.venue == "kraken" else oracles.Chained()


class Player:
    """One line, its oracles, and what was counted. `everything`: symbols that it meets become markets."""

    def __init__(self, world: World, *, everything: bool = False) -> None:
        self.world = world
        self.watch = Watch()
        self.line = world.make(self.watch)
        self.topics = world.subscribe(self.line)
        self.names = [market.native for market in world.markets]
        self.markets = {market.native: market for market in world.markets}
        self.watch.known = len(self.names)
        self.oracles = {native: oracle_of(world) for native in self.names}
        self.reading = reading_of(world)
        self.others = (reading_of(world, whole=True), reading_of(world, first=True))
        """Of messages that say something twice."""
        self.tainted = dict.fromkeys(self.names, True)
        self.counts: Counter[str] = Counter()
        self.events: list[Event] = []
        """What the line asked for in the last step."""
        self._said: set[tuple[str, int, float, float]] = set()
        self._rows: dict[int, Book] = {}
        self._steps = 0
        if everything:
            self.line.discover = self._discover  # type: ignore[attr-defined]

    def _discover(self, native: str, kind: InstrumentKind) -> Market | None:
        if native not in self.markets:
            if len(self.names) >= _FOUND or names(self.world.venue).listing(native, kind) is None:
                return None
            self.markets[native] = Market(len(self.names), native, kind, self.world.contract)
            self.names.append(native)
            self.oracles[native] = oracle_of(self.world)
            self.tainted[native] = True
            self.watch.known = len(self.names)
        return self.markets[native]

    def play(self, step: Step) -> None:
        """Raises Wrong for what may not be."""
        watch, tally = self.watch, self.line.tally
        watch.begin()
        self._steps += 1
        live = dict(watch.live)
        far = tally.noticed["updates too far ahead"]
        malformed, unused = tally.malformed, tally.unknown + sum(tally.passed.values())
        self._do(step)
        self.events = list(self.line.events)
        self.line.events.clear()
        refused = tally.malformed > malformed
        if self.world.by_rest:
            for oracle in self.oracles.values():
                assert isinstance(oracle, oracles.Versions)
                oracle.far = tally.noticed["updates too far ahead"] - far
        unused = refused or tally.unknown + sum(tally.passed.values()) > unused
        self.counts["refused"] += refused
        if step.what == "missed":
            if self.world.venue == "kraken" and step.of:
                self.tainted[step.of] = True
            return
        if step.what == "lost":
            for oracle in self.oracles.values() if self.topics else ():
                oracle.lost()
        self._judge(step, live, refused=refused, unused=unused)
        if self._steps % _TAKE == 0:
            self.look()

    def _do(self, step: Step) -> None:
        try:
            if step.what == "hear":
                self.line.hear(step.data, step.recv, step.connection)
            elif step.what == "answer":
                self.line.answer(Fetch(self.markets[step.of], step.asked, ""), step.data, step.recv)
            elif step.what == "lost":
                self.line.lost(self.topics, step.recv)
        except Exception as e:
            raise Wrong("raised", f"{type(e).__name__}: {str(e)[:200]}") from e
        self.watch.drain()

    def _judge(self, step: Step, live: dict[int, bool], *, refused: bool, unused: bool) -> None:
        watch = self.watch
        for event in self.events:
            for native in self._asked(event):
                if not live.get(self.markets[native].inst):
                    self.oracles[native].asked()
        readings_of_it = self._readings(step, refused=refused, unused=unused)
        if len(readings_of_it) == 1:
            problem = self._compare(step, readings_of_it[0], self.oracles)
        else:
            problem = None
            for told in readings_of_it:
                trial = deepcopy(self.oracles)
                problem = self._compare(step, told, trial)
                if problem is None:
                    self.oracles = trial
                    break
        if problem is not None:
            raise problem
        self._provenance(step)
        self._taint(step, readings_of_it[0], unused=unused)
        self._against_truth(step)
        if (
            self.world.venue == "kraken"
            and step.damaged
            and step.of
            and refused
            and not _OTHER.match(step.data)
        ):
            oracle = self.oracles[step.of]
            assert isinstance(oracle, oracles.Summed)
            others = [
                n for n in self.names if n != step.of and n.encode() in step.data.replace(b"XBT", b"BTC")
            ]
            now = watch.live.get(self.markets[step.of].inst)
            if now and oracle.connection == step.connection and not others:
                raise Wrong("unreadable and live", step.of)

    def _asked(self, event: Event) -> list[str]:
        if isinstance(event, Fetch):
            return [event.market.native]
        if isinstance(event, Resubscribe):
            return [n for n in self.names if any(t.endswith((f".{n}", f":{n}")) for t in event.topics)]
        return []

    def _readings(self, step: Step, *, refused: bool, unused: bool) -> list[list[Told]]:
        """What the step may say of books: one reading where there is no doubt."""
        if step.what == "lost" or (unused and not self.watch.touched and self.world.venue != "kraken"):
            return [[]]
        made = self._read(step, self.reading)
        if unused:
            made = [told for told in made if told.confirms or self.watch.touched]
            return [made] if not self.watch.touched else [made[:n] for n in range(len(made) + 1)]
        several = [made]
        for reading in self.others if step.damaged else ():
            other = self._read(step, reading)
            if other not in several:
                several.append(other)
        return several

    def _read(self, step: Step, reading: Reading) -> list[Told]:
        try:
            if step.what == "answer":
                made = [reading.answer(step.of, step.data)] if step.asked == "depth" and step.data else []
            else:
                made = reading.books(step.data)
            return [told._replace(damaged=True) for told in made] if step.damaged else made
        except UNREADABLE:
            return []

    def _compare(self, step: Step, tolds: list[Told], held: dict[str, oracles.Oracle]) -> Wrong | None:
        watch = self.watch
        concerned = {self.names[inst] for inst in watch.touched}
        for told in tolds:
            if told.symbol in held:
                held[told.symbol].hear(told, step.recv, step.connection)
                concerned.add(told.symbol)
        for native in concerned:
            inst, oracle = self.markets[native].inst, held[native]
            if not watch.live.get(inst):
                if oracle.live:
                    oracle.gave_up()
                    if oracle.live:
                        return Wrong("no book", f"{native}: there is a snapshot that it could have taken")
            elif not oracle.live:
                return Wrong("live without", f"{native}: the rule has no book here")
            elif watch.books[inst] != oracle.book:
                return Wrong("differs", f"{native}: {differences(watch.books[inst], oracle.book)}")
            else:
                self.counts["compared"] += 1
        return None

    def _provenance(self, step: Step) -> None:
        """Trades and quotes say what their message says."""
        watch = self.watch
        for kind, said in (("trade", watch.dealt), ("quote", watch.quoted)):
            if not said:
                continue
            wrote = {(self.names[inst], *rest) for inst, *rest in said}
            known: set[tuple[object, ...]] = set()
            for reading in (self.reading, *self.others):
                try:
                    read: Sequence[Deal | Quote] = (
                        reading.deals(step.data) if kind == "trade" else reading.quotes(step.data)
                    )
                except UNREADABLE:
                    read = ()
                known.update(map(tuple, read))
                if wrote <= known:
                    break
            else:
                if kind == "quote" and self.world.venue == "bybit":
                    known |= self._said
                if not wrote <= known:
                    raise Wrong(kind, f"{sorted(wrote - known)} is not in its message")
            if kind == "quote":
                self._said = known if len(self._said) > 1000 else self._said | known  # type: ignore[assignment]

    def _taint(self, step: Step, tolds: list[Told], *, unused: bool) -> None:
        """Whether a book may differ from the venue's with every right: a damaged message was believed."""
        for inst in self.watch.gaps:
            self.tainted[self.names[inst]] = self.oracles[self.names[inst]].doubtful
        if step.what == "lost" and self.topics:
            self.tainted = dict.fromkeys(self.tainted, False)
        if step.damaged and not (unused and not self.watch.touched):
            for native in {t.symbol for t in tolds} | {self.names[i] for i in self.watch.touched}:
                self.tainted[native] = True
        # Kraken: no sequence tells of what was lost, and the checksum only of the best levels.
        kraken = step.damaged and self.world.venue == "kraken" and step.of
        if kraken and self.watch.live.get(self.markets[step.of].inst):
            self.tainted[step.of] = True

    def _against_truth(self, step: Step) -> None:
        if step.truth is None or self.tainted[step.of]:
            return
        inst, oracle = self.markets[step.of].inst, self.oracles[step.of]
        if not self.watch.live.get(inst) or (isinstance(oracle, oracles.Versions) and oracle.early):
            return
        self.counts["true"] += 1
        if self.watch.books[inst] != step.truth:
            raise Wrong("not the venue's", f"{step.of}: {differences(self.watch.books[inst], step.truth)}")

    def look(self) -> None:
        """The rows themselves: they make the same books, and hold nothing that cannot be."""
        rows = self.watch.taken()
        self.counts["rows"] += len(rows.ts)
        if not (np.isfinite(rows.px).all() and np.isfinite(rows.qty).all()):
            raise Wrong("rows", "not finite")
        if (rows.ts > rows.recv + 61_000_000_000).any() or (rows.ts < _FIRST).any():
            raise Wrong("rows", "a time that cannot be")
        if (rows.qty < 0).any() or (rows.px < -1).any() or (rows.px > 1e15).any():
            raise Wrong("rows", "a price or size that cannot be")
        for inst in set(rows.inst.tolist()):
            book = play(self._rows.setdefault(inst, {}), rows, inst)
            if book != self.watch.books.get(inst, {}):
                raise Wrong("rows", f"{self.names[inst]}: the rows make another book")


def differences(ours: Book, theirs: Book) -> str:
    wrong = [
        f"{key} {ours.get(key, 0)} for {theirs.get(key, 0)}"
        for key in sorted(ours.keys() | theirs.keys())
        if abs(ours.get(key, 0) - theirs.get(key, 0)) > -inf and ours.get(key) != theirs.get(key)
    ]
    return f"{len(wrong)} levels differ: " + "; ".join(wrong[:4])
