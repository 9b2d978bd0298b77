"""The market of a run at any moment: its tape, stepped through the kernels that the run stepped it with.

As with the journal (`past.py`) copies are kept on the way, and a moment is reached from the nearest one
before it. A copy holds the words of quotes, books and statistics that are not 0: what is restored is the very
same memory, to the bit.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from titan.api.replay.reel import Reel
from titan.market.book import new_books
from titan.market.ladder import LADDER, SHOWN, show
from titan.market.quotes import fair, new_quotes
from titan.market.tape.local import LocalBlock
from titan.market.tape.rows import take
from titan.model.errors import ConfigError
from titan.model.instrument import Instrument
from titan.runtime.assembly import Setting
from titan.runtime.trading.showing import TRAIL, pair_line, trail
from titan.strategies.sentinel.params import PARAMS, Pair, SentinelParams, find_pairs
from titan.strategies.sentinel.state import ROOMY, base_of, new_pairs, pair_dtype
from titan.strategies.sentinel.step import scan
from titan.views.frame import Frame
from titan.views.status import PairLine, Status

STEP: Final = 1 << 17
"""Rows between two copies, at least."""
ROOM: Final = 48 << 20
"""Bytes of all copies of one tape."""
LOGGED: Final = 4 * TRAIL
"""Samples of a pair's log that a copy has: its trail, also after the log was thinned twice."""
_WORD: Final = np.dtype(np.uint64)
Params = Mapping[str, SentinelParams]
"""By pair."""
Memory = NDArray[np.void] | NDArray[np.int64]


class Words(NamedTuple):
    """An array's memory, without what is 0."""

    places: NDArray[np.int32]
    words: NDArray[np.uint64]

    @property
    def nbytes(self) -> int:
        return self.places.nbytes + self.words.nbytes

    def restore(self, into: Memory) -> None:
        memory = into.view(_WORD)
        memory[:] = 0
        memory[self.places] = self.words


class Kept(NamedTuple):
    """After `place` rows, the last of which was heard at `at_ns`."""

    place: int
    at_ns: int
    parts: tuple[Words, ...]

    @property
    def nbytes(self) -> int:
        return sum(part.nbytes for part in self.parts)


class Seen(NamedTuple):
    """The market of a moment: `shown` (SHOWN) and `ladders` (LADDER) in the order of `names`, pairs, and what
    positions are valued at, of all instruments of which anything is known.
    """

    names: tuple[str, ...]
    shown: NDArray[np.void]
    ladders: NDArray[np.void]
    pairs: tuple[PairLine, ...]
    marks: dict[str, Decimal]

    def frame(self, at_ns: int, pulse: Status) -> Frame:
        """As the run would have written it; `pulse` is what it says of itself."""
        packed, books = self.shown.tobytes(), self.ladders.tobytes()
        return Frame(at_ns, pulse.run_id, 0, 0.0, self.names, packed, books, pulse)


NOTHING: Final = Seen((), np.zeros(0, SHOWN), np.zeros(0, LADDER), (), {})
"""Where there is no tape."""


class Terms(NamedTuple):
    """As in `runtime.assembly.Setting`. `params` by pair may be empty: then no pair is known."""

    params: Params
    assumed: tuple[float, float]
    max_age_ns: int

    @staticmethod
    def of(setting: Setting) -> Terms:
        return Terms(setting.params, setting.assumed, setting.max_age_ns)


class Market:
    """`at` any moment, then ask. Raises TapeError from `at`."""

    def __init__(self, reel: Reel, terms: Terms, *, step: int = STEP, room: int = ROOM) -> None:
        self._reel, self._step, self._room = reel, step, room
        self.instruments = tuple(reel.instruments)
        self._max_age_ns = terms.max_age_ns
        self._pairs = _pairs(self.instruments, terms.params)
        self._tunes: list[tuple[int, Params]] = [(0, terms.params)]
        ticks = [float(i.tick) for i in self.instruments]
        self._quotes = new_quotes(ticks, half_spread=terms.assumed[0], bar_share=terms.assumed[1])
        self._books = new_books(ticks)
        self._heard = np.zeros(len(ticks), np.int64)
        self._states: NDArray[np.void] = np.zeros(0, pair_dtype(ROOMY))
        if self._pairs:
            self._states = new_pairs(self._pairs, terms.params)
        self._base_of = base_of(self._pairs, self.instruments)
        self._pair_of = np.full(len(ticks), -1, np.int64)
        for n, pair in enumerate(self._pairs):
            self._pair_of[pair.spot_index] = self._pair_of[pair.perp_index] = n
        self.rows = 0
        """Heard by that moment."""
        self._at_ns = np.iinfo(np.int64).min
        self._kept: list[Kept] = []
        self._apart = step
        self._keep()

    def tune(self, turns: Sequence[tuple[int, Params]]) -> None:
        """Other settings, each in force after so many rows. What was stepped by wrong ones is forgotten."""
        new = [*self._tunes[:1], *turns]
        same = sum(one == two for one, two in zip(self._tunes, new))
        rows = [one[0] for one in (*self._tunes[same:], *new[same:])]
        self._tunes = new
        if rows and min(rows) < max(self.rows, self.stepped):
            self._kept = [one for one in self._kept if one.place <= min(rows)]
            self._restore(self._kept[-1])

    def at(self, until_ns: int, enough: Callable[[], bool] = lambda: False) -> bool:
        """As the run had it when it had heard all rows that reached it by `until_ns`, our clock. False where
        it was `enough` before; the next time goes on from there.
        """
        nearest = self._kept[bisect_right(self._kept, until_ns, key=_moment) - 1]
        if self._at_ns > until_ns or self.rows < nearest.place:
            self._restore(nearest)
        while not enough():
            if not self._advance(until_ns):
                return True
        return False

    def ahead(self) -> bool:
        """Step a part of what was not stepped yet, so that later moments are near; whether there was any."""
        if self.rows < self._kept[-1].place or self.rows >= self._kept[-1].place + self._apart:
            self._restore(self._kept[-1])
        return self._advance(np.iinfo(np.int64).max)

    @property
    def stepped(self) -> int:
        """How many rows are near."""
        return self._kept[-1].place

    @property
    def share(self) -> float:
        """Of all rows."""
        return min(self.stepped / max(self._reel.rows, 1), 1.0)

    def seen(self, now_ns: int) -> Seen:
        """As it is known at `now_ns`."""
        shown, ladders = np.zeros(len(self.instruments), SHOWN), np.zeros(len(self.instruments), LADDER)
        for pair, state in zip(self._pairs, self._states, strict=True):
            shown[pair.perp_index]["hours"] = float(state["interval_ms"]) / 3_600_000
        show(self._quotes, self._books, self._heard, now_ns, self._max_age_ns, shown, ladders)
        names = tuple(i.id for i in self.instruments)
        return Seen(names, shown, ladders, tuple(self._lines(shown)), self._marks())

    def _lines(self, shown: NDArray[np.void]) -> Iterator[PairLine]:
        params = self.params
        for pair, state in zip(self._pairs, self._states, strict=True):
            mids = float(shown[pair.spot_index]["mid"]), float(shown[pair.perp_index]["mid"])
            quote = self._quotes[pair.perp_index]
            yield pair_line(pair, params[pair.name], state, quote, mids, trail(state))

    def _marks(self) -> dict[str, Decimal]:
        found = {}
        for rules, quote in zip(self.instruments, self._quotes, strict=True):
            value = fair(quote)
            if value > 0.0:
                found[rules.id] = rules.price(rules.nearest_ticks(value))
        return found

    @property
    def turns(self) -> int:
        return len(self._tunes) - 1

    @property
    def params(self) -> Params:
        """By which the next row is stepped."""
        return self._tunes[bisect_right(self._tunes, self.rows, key=_rows) - 1][1]

    def _advance(self, until_ns: int) -> bool:
        """Up to the next place where a copy is kept; False where nothing is to be stepped by then."""
        block = self._reel.read(self.rows)
        if block is None:
            return False
        turn = bisect_right(self._tunes, self.rows, key=_rows)
        room = self._step - self.rows % self._step
        if turn < len(self._tunes):
            room = min(room, self._tunes[turn][0] - self.rows)
        n = min(int(np.searchsorted(block.local, until_ns, "right")), room)
        if n == 0:
            return False
        self._fold(block, n)
        if self.rows % self._apart == 0 and self.rows > self._kept[-1].place:
            self._keep()
        return True

    def _fold(self, block: LocalBlock, n: int) -> None:
        rows = take(block.rows, slice(0, n))
        params, k = self.params, 0
        record = np.concatenate([np.zeros(0, PARAMS), *(params[pair.name].record() for pair in self._pairs)])
        while k < n:
            k, _ = scan(
                record, self._states, self._pair_of, self._base_of, self._quotes, self._books, rows,
                k, n,
            )  # fmt: skip
        self._heard[rows.inst] = block.local[:n]  # of one instrument's the last one stays
        self._at_ns = int(block.local[n - 1])
        self.rows += n

    def _keep(self) -> None:
        parts = (_words(self._quotes), _words(self._books), _states(self._states), _words(self._heard))
        self._kept.append(Kept(self.rows, self._at_ns, parts))
        while sum(one.nbytes for one in self._kept) > self._room and len(self._kept) > 2:
            self._apart *= 2
            self._kept = [one for one in self._kept if one.place % self._apart == 0]

    def _restore(self, kept: Kept) -> None:
        into: tuple[Memory, ...] = (self._quotes, self._books, self._states, self._heard)
        for part, memory in zip(kept.parts, into, strict=True):
            part.restore(memory)
        self.rows, self._at_ns = kept.place, kept.at_ns


def _rows(tune: tuple[int, Params]) -> int:
    return tune[0]


def _moment(kept: Kept) -> int:
    return kept.at_ns


def _pairs(instruments: Sequence[Instrument], params: Params) -> list[Pair]:
    """Those whose settings are known."""
    try:
        found = find_pairs(instruments)
    except ConfigError:
        return []
    return [pair for pair in found if pair.name in params]


def _words(memory: Memory) -> Words:
    words = memory.view(_WORD)
    places = np.flatnonzero(words)
    return Words(places.astype(np.int32), words[places])


def _states(states: NDArray[np.void]) -> Words:
    """Of a log the last samples only; what lies behind its end is nothing."""
    words = states.view(_WORD).reshape(len(states), -1)
    wanted = words != 0
    log, fields = states.dtype["log"], states.dtype.fields
    assert fields is not None
    first = fields["log"][1] // _WORD.itemsize
    width = log.base.itemsize // _WORD.itemsize
    for n, state in enumerate(states):
        end = int(state["log_n"])
        wanted[n, first : first + max(end - LOGGED, 0) * width] = False
        wanted[n, first + end * width : first + log.itemsize // _WORD.itemsize] = False
    places = np.flatnonzero(wanted)
    return Words(places.astype(np.int32), words.reshape(-1)[places])
