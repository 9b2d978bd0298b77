"""One moment of a run as a person or a program looks at it: what it says of itself, joined with its replica.

Terminal, API and console show this and nothing else. It is made of values, so whoever draws it shares
nothing with who makes it. Staleness is part of it: of a run that no longer writes nothing is live.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Final

import msgspec

from titan.model.guard import MarginStep, Tier
from titan.views.alerts import Alert, Weight
from titan.views.course import Course
from titan.views.replica import DAY_NS, Moved, Replica
from titan.views.status import (
    BACKTEST,
    HoldingLine,
    JournalLine,
    MarginLine,
    OrderLine,
    PairLine,
    Status,
    VenueLine,
)

LATE: Final = 3.0
"""A document older than this many of its own intervals is no longer what is so."""
LEAST_S: Final = 3.0
SHOWN: Final = 100
"""Alerts, and of holdings that ended, on a board."""


class Freshness(StrEnum):
    """`LIVE`: what is shown is so. `STALE`: the run has not written for too long. `ENDED`: it stopped.
    `FINISHED`: a backtest, whose last moment is shown.
    """

    NONE = "none"
    LIVE = "live"
    STALE = "stale"
    ENDED = "ended"
    FINISHED = "finished"


class Action(StrEnum):
    """What is done about a pair, or why nothing is."""

    NO_DATA = "no data"
    WARMING = "warming"
    BLOCKED = "blocked"
    OPENING = "opening"
    CLOSING = "closing"
    HOLD = "hold"
    STRETCHED = "stretched"
    """The basis is far from its mean, and does not pay for the round trip."""
    WAIT = "wait"


class PairRow(msgspec.Struct, frozen=True):
    """A pair with what is done about it; `detail` has the figure that belongs to it, `held` what is held."""

    line: PairLine
    action: Action
    detail: str
    held: tuple[str, ...]


class HoldingRow(msgspec.Struct, frozen=True):
    """A holding, held or ended. `pnl` is by source, None where something has no price; of one that ended it
    is what its fills tell, with slippage in the basis. `state` is open, opening, closing, closed or stuck.
    """

    id: str
    pair: str
    type: str
    state: str
    spot: str
    perp: str
    size: Decimal
    target: Decimal
    value: Decimal | None
    pnl: dict[str, Decimal] | None
    opened_ns: int
    closed_ns: int
    entry_basis: float | None
    exit_basis: float | None
    basis: float | None
    forecast_apr: float | None
    reason: str
    closing: str
    clips: int
    aborted: int
    orders: int
    fills: int
    fees: dict[str, Decimal]
    wishes: tuple[str, ...] = ()
    reverse: bool = False
    """Spot sold and perp bought."""
    seen: int = 0
    """Another number once the journal tells more of it."""

    @property
    def total(self) -> Decimal | None:
        return None if self.pnl is None else sum(self.pnl.values(), Decimal(0))


class Day(msgspec.Struct, frozen=True):
    """What the last 24 hours brought, or less where the run is younger, or the whole of a backtest:
    `since_ns` says from when.
    """

    since_ns: int
    nav: Decimal
    pnl: dict[str, Decimal]


class Yields(msgspec.Struct, frozen=True):
    """`apr` is the funding forecast of what is held, weighted by its value; None where nothing is held."""

    deployed: Decimal | None
    deployable: Decimal | None
    apr: float | None
    day: Day | None
    drawdown: float | None = None
    """Of the UTC day, as a share of its first NAV; 0 where it gained."""
    rung: str = ""
    """How the guard answered to that."""


class Board(msgspec.Struct, frozen=True):
    """`status` is None before a run has said anything. `age_s` is that of what it said last."""

    at_ns: int
    freshness: Freshness
    age_s: float
    status: Status | None
    pairs: tuple[PairRow, ...]
    holdings: tuple[HoldingRow, ...]
    ended: tuple[HoldingRow, ...]
    yields: Yields
    margins: tuple[MarginLine, ...]
    transfers: tuple[Moved, ...]
    reductions: tuple[MarginStep, ...]
    """Of pairs, for the margin of their perps; the newest first, as of transfers."""
    in_flight: tuple[OrderLine, ...]
    venues: tuple[VenueLine, ...]
    alerts: tuple[Alert, ...]
    journal: JournalLine | None
    seq: int
    missing: int

    @property
    def old(self) -> bool:
        """Whether what is shown may be so no more."""
        return self.freshness not in (Freshness.LIVE, Freshness.FINISHED)

    @property
    def then_ns(self) -> int:
        """The moment that is shown: of what the run said last."""
        return self.status.at_ns if self.status is not None else self.at_ns

    @property
    def delta_share(self) -> float | None:
        """Of NAV."""
        s = self.status
        return float(s.delta / s.nav) if s is not None and s.delta is not None and s.nav else None


def board(status: Status | None, replica: Replica, now_ns: int, *, trouble: str = "") -> Board:
    """`trouble` is what keeps the reader from the run's files, empty for nothing."""
    age_s = (now_ns - status.at_ns) / 1e9 if status is not None else 0.0
    fresh = freshness(status, age_s)
    lines = {one.id: one for one in status.holdings} if status is not None else {}
    prices = {one.pair: one for one in status.pairs} if status is not None else {}
    held = tuple(_held(one, replica.holdings.get(one.id), prices.get(one.pair)) for one in lines.values())
    newest = list(replica.transfers.values())[::-1]
    return Board(
        now_ns, fresh, max(age_s, 0.0), status,
        tuple(_pair(line, held) for line in prices.values()), held,
        tuple(_ended(one, status.quote if status is not None else "")
              for one in list(replica.closed)[::-1][:SHOWN]),
        _yields(status, replica, held),
        status.margins if status is not None else (),
        tuple(msgspec.structs.replace(one) for one in newest[:SHOWN]),
        tuple(one for one in list(replica.steps)[::-1] if one.tier is Tier.REDUCE)[:SHOWN],
        status.in_flight if status is not None else (), status.venues if status is not None else (),
        tuple(_alerts(status, replica, fresh, age_s, now_ns, trouble))[:SHOWN],
        status.journal if status is not None else None, replica.seq, replica.missing,
    )  # fmt: skip


def freshness(status: Status | None, age_s: float) -> Freshness:
    if status is None:
        return Freshness.NONE
    if status.state == "stopped":
        return Freshness.FINISHED if status.mode == BACKTEST else Freshness.ENDED
    return Freshness.STALE if age_s > max(LATE * status.every_s, LEAST_S) else Freshness.LIVE


def _pair(line: PairLine, held: Iterable[HoldingRow]) -> PairRow:
    own = [one for one in held if one.pair == line.pair]
    kinds = tuple(one.type for one in own if one.size)
    action, detail = _action(line, own)
    return PairRow(line, action, detail, kinds)


def _action(line: PairLine, own: list[HoldingRow]) -> tuple[Action, str]:
    for state, action in (("opening", Action.OPENING), ("closing", Action.CLOSING)):
        for one in (one for one in own if one.state == state):
            return action, f"{one.type} {_part(one)}"
    if line.blocked:
        return Action.BLOCKED, "needs you"
    kinds = " ".join(one.type for one in own if one.size)
    if not line.spot_mid or not line.perp_mid:
        return Action.NO_DATA, kinds
    if kinds:
        return Action.HOLD, kinds
    if line.samples < line.warmup:
        return Action.WARMING, f"{line.samples}/{line.warmup}"
    if line.z >= line.entry_z:
        short = "" if line.edge is None else f"edge {line.edge:+.1f} bps"
        return Action.STRETCHED, short or "too thin"
    return Action.WAIT, ""


def _part(one: HoldingRow) -> str:
    """How far it has come, as 40 %."""
    if one.state == "opening":
        return f"{one.size / one.target:.0%}" if one.target else ""
    return f"{one.size:f} left"


def _held(line: HoldingLine, course: Course | None, pair: PairLine | None) -> HoldingRow:
    state = "open"
    if line.flight:
        state = "opening" if line.purpose == "entry" else "closing"
    course = course or Course(line.id, line.pair, line.type, line.spot, line.perp, 0, "")
    return HoldingRow(
        line.id, line.pair, line.type, "stuck" if course.stuck else state, line.spot, line.perp, line.size,
        line.target, line.value, line.pnl, course.opened_ns, 0, course.entry_basis_bps, None,
        pair.basis if pair is not None and pair.samples else None,
        pair.forecast_apr if pair is not None else None, course.reason, course.closing, course.clips,
        course.aborted, course.orders, course.fills, dict(course.fees), tuple(course.wishes), course.reverse,
        course.seen,
    )  # fmt: skip


def _ended(course: Course, quote: str) -> HoldingRow:
    return HoldingRow(
        course.id, course.pair, course.type, "closed", course.spot, course.perp, Decimal(0), Decimal(0),
        None, course.realised(quote), course.opened_ns, course.closed_ns, course.entry_basis_bps,
        course.exit_basis_bps, None, None, course.reason, course.closing, course.clips, course.aborted,
        course.orders, course.fills, dict(course.fees), tuple(course.wishes), course.reverse,
        course.seen,
    )  # fmt: skip


def _yields(status: Status | None, replica: Replica, held: Iterable[HoldingRow]) -> Yields:
    if status is None:
        return Yields(None, None, None, None)
    weighed = [(float(one.value), one.forecast_apr) for one in held
               if one.value and one.forecast_apr is not None]  # fmt: skip
    whole = sum(value for value, _ in weighed)
    apr = sum(value * rate for value, rate in weighed) / whole if whole else None
    opened, rung = replica.day, replica.rung
    fallen = None
    if opened is not None and opened.nav and status.nav is not None:
        fallen = max(float((opened.nav - status.nav) / opened.nav), 0.0)
    told = rung.rung.value if rung is not None else ""
    return Yields(status.deployed, status.deployable, apr, _day(status, replica), fallen, told)


def _day(status: Status, replica: Replica) -> Day | None:
    then = replica.since(status.at_ns - DAY_NS)
    if status.nav is None or not status.pnl:
        return None
    if status.mode == BACKTEST and status.start_nav is not None:
        began_ns = status.at_ns - round(status.seconds * 1e9)
        return Day(began_ns, status.nav - status.start_nav, dict(status.pnl))
    if then is None:
        return None
    gained = {name: amount - then.pnl.get(name, Decimal(0)) for name, amount in status.pnl.items()}
    return Day(then.local_ns, status.nav - then.nav, gained)


def _alerts(
    status: Status | None, replica: Replica, fresh: Freshness, age_s: float, now_ns: int, trouble: str
) -> Iterable[Alert]:
    """What is so now, then what was, the newest first."""
    bad, warn = Weight.TROUBLE, Weight.WARNING
    if fresh is Freshness.STALE:
        yield Alert(0, now_ns, bad, f"the run has said nothing for {age_s:,.0f} s: what is shown is old")
    if trouble:
        yield Alert(0, now_ns, bad, trouble)
    if status is not None and fresh is Freshness.LIVE:
        if status.journal.trouble:
            yield Alert(0, now_ns, bad, f"journal: {status.journal.trouble}")
        for door, why in status.closed.items():
            yield Alert(0, now_ns, warn, f"entries closed by {door}: {why}")
        for venue in (v for v in status.venues if v.error or v.live < v.connections):
            told = f": {venue.error}" if venue.error else ""
            text = f"{venue.venue}: {venue.live} of {venue.connections} connections{told}"
            yield Alert(0, now_ns, warn, text)
        for line in (line for line in status.prices if line.why):
            yield Alert(0, now_ns, warn, f"{line.instrument} has no price: {line.why}")
    if replica.missing:
        yield Alert(0, now_ns, Weight.NOTE, f"{replica.missing:,} entries of the journal were pruned")
    yield from list(replica.alerts)[::-1]
