"""A socket of JSON text whose messages begin with what they are about: found by those bytes, then decoded by
the one decoder of their kind. Messages that are written in another order take a slower way to the same end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import ClassVar, Final, Generic, TypeVar

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues.ahead import Latest
from titan.venues.audit import Audit
from titan.venues.chain import Chain
from titan.venues.deals import Deals
from titan.venues.stream import Event, Market
from titan.venues.tally import Tally

BROKEN: Final = (ValueError, KeyError, OverflowError, RecursionError, msgspec.MsgspecError)
"""What reading a broken message may raise; all of it is counted as malformed."""
_ROUTES: Final = 20_000


class Kept:
    """Everything kept of one market."""

    def __init__(self, market: Market, depth: Chain) -> None:
        self.market = market
        self.inst = market.inst
        self.contract = market.contract
        self.depth = depth
        self.deals = Deals()
        self.liquidations = Deals()
        self.touched = Latest()


K = TypeVar("K", bound=Kept)
Hears = Callable[[K, bytes, int, int], None]


class TextLine(Generic[K]):
    """Base of such lines. `_meet` says how a message is heard, for its kind or once for each topic."""

    _FROM: ClassVar[int]
    """Where to look for the end of the bytes that say what a message is about."""
    _STOP: ClassVar[bytes]

    def __init__(self) -> None:
        self.events: deque[Event] = deque()
        self.tally = Tally()
        self.discover: Callable[[str, InstrumentKind], Market | None] = lambda _native, _kind: None
        self._kept: dict[str, K] = {}
        self._routes: dict[bytes, tuple[Hears[K], K]] = {}
        self._audit: Audit | None = None

    @property
    def audit(self) -> Audit | None:
        """Set by the importer of captures, to compare books with later snapshots."""
        return self._audit

    @audit.setter
    def audit(self, audit: Audit) -> None:
        self._audit = audit
        for kept in self._kept.values():
            kept.depth.audit = audit

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.tally.messages += 1
        route = self._routes.get(frame[: frame.find(self._STOP, self._FROM)])
        try:
            if route is None:
                route = self._meet(frame, recv, connection)
                if route is None:
                    return
            route[0](route[1], frame, recv, connection)
        except BROKEN as e:
            kind = route[0].__name__.lstrip("_") if route is not None else "text"
            self.tally.say_malformed(kind, str(e), frame, recv)

    def lost(self, topics: Sequence[str], recv: int) -> None:
        gone = set(topics)
        for kept in self._kept.values():
            if kept.depth.topic in gone:
                kept.depth.lost(recv)

    def _meet(self, frame: bytes, recv: int, connection: int) -> tuple[Hears[K], K] | None:
        """Reads what a message is about. None when all is said of it."""
        raise NotImplementedError

    def _why_not(self, symbol: str, kind: InstrumentKind) -> str:
        """Why a market that nobody wants is passed over."""
        raise NotImplementedError

    def _keep(self, market: Market) -> K:
        raise NotImplementedError

    def _know(self, market: Market) -> K:
        kept = self._kept.get(market.native)
        if kept is None:
            kept = self._kept[market.native] = self._keep(market)
            kept.depth.audit = self._audit
        return kept

    def _find(self, symbol: str, kind: InstrumentKind) -> K | None:
        """The market of a symbol; None, and counted, when nobody wants it."""
        kept = self._kept.get(symbol)
        if kept is not None:
            return kept
        market = self.discover(symbol, kind)
        if market is None:
            self.tally.passed[self._why_not(symbol, kind)] += 1
            return None
        return self._know(market)

    def _route(self, frame: bytes, begins: bool, hears: Hears[K], kept: K) -> tuple[Hears[K], K]:
        """Remembers the way of messages that begin as this one does, if it `begins` with what it is about: a
        broken one may say that twice."""
        route = (hears, kept)
        if begins and len(self._routes) < _ROUTES:
            self._routes[frame[: frame.find(self._STOP, self._FROM)]] = route
        return route
