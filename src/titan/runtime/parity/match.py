"""Signals, decisions and orders of a run and of its backtest, side by side; each difference has a cause."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from decimal import Decimal
from typing import Final, Generic, TypeVar

import msgspec

from titan.model.signal import Signal
from titan.model.wake import Why
from titan.runtime.parity.cause import Cause
from titan.runtime.parity.story import Decision, Order, Process, Story

NS: Final = 1_000_000_000
MS: Final = 1_000_000
FOREVER: Final = (1 << 63) - 1
NEAR_NS: Final = 2 * NS
"""Two signals of the same kind so close together are the same one."""
SAME_NS: Final = 120 * NS
"""Two decisions about the same so close together are the same one."""
Leg = tuple[str, int, int]
"""Instrument, side, and the how many-th of this decision."""
T = TypeVar("T")


class Both(msgspec.Struct, Generic[T]):
    """One thing of the run (`live`), of the backtest (`tested`), or of both. `note` says what differs."""

    live: T | None
    tested: T | None
    cause: Cause = Cause.EQUAL
    note: str = ""

    @property
    def one(self) -> T:
        """Of the run, if it is there."""
        found = self.live if self.live is not None else self.tested
        assert found is not None
        return found


def side_by_side(
    live: Sequence[T], tested: Sequence[T], key: Callable[[T], Hashable], at: Callable[[T], int],
    near_ns: int, same: Callable[[T], Hashable],
) -> list[Both[T]]:  # fmt: skip
    """Pairs in the order of time: what has the same `same` first, then the nearest in time with the same
    `key`. What is left stands alone.
    """
    by_same = {same(one): n for n, one in enumerate(tested)}
    taken: dict[int, int] = {}
    for n, one in enumerate(live):
        other = by_same.get(same(one))
        if other is not None and other not in taken and key(tested[other]) == key(one):
            taken[other] = n
    paired = set(taken.values())
    for n, one in enumerate(live):
        if n in paired:
            continue
        free = [
            m for m, other in enumerate(tested)
            if m not in taken and key(other) == key(one) and abs(at(other) - at(one)) <= near_ns
        ]  # fmt: skip
        if free:
            taken[min(free, key=lambda m: abs(at(tested[m]) - at(one)))] = n
    rows: list[Both[T]] = [Both(live[n], tested[m]) for m, n in taken.items()]
    rows += [Both(one, None) for n, one in enumerate(live) if n not in set(taken.values())]
    rows += [Both(None, other) for m, other in enumerate(tested) if m not in taken]
    return sorted(rows, key=lambda row: at(row.one))


class Matched(msgspec.Struct):
    """`warm_ns` is how long statistics take to fill."""

    signals: list[Both[Signal]]
    decisions: list[Both[Decision]]
    orders: list[Both[Order]]


def matched(live: Story, tested: Story, *, shift_ns: int, warm_ns: int) -> Matched:
    """`shift_ns` is by how much the backtest's clock is ahead."""
    when = When(live.processes, warm_ns)
    _set_back(tested, shift_ns)
    signals: list[Both[Signal]] = side_by_side(
        live.signals, tested.signals, lambda s: (s.name, s.subject), lambda s: s.local_ns, NEAR_NS,
        lambda s: (s.name, s.subject, s.local_ns),
    )  # fmt: skip
    for row in signals:
        _judge_signal(row, when)
    decisions: list[Both[Decision]] = side_by_side(
        live.decisions, tested.decisions, lambda d: d.key, lambda d: d.at_ns, SAME_NS, lambda d: d.id
    )
    cause_of = _Signals(live, tested, signals)
    pace = _parted(live, tested, decisions)
    differed = False
    for decided in decisions:
        _judge_decision(decided, when, cause_of, live, tested, differed=differed or decided.one.at_ns > pace)
        differed = differed or decided.cause is not Cause.EQUAL
    return Matched(signals, decisions, _orders(live, tested, decisions))


def _parted(live: Story, tested: Story, decisions: Sequence[Both[Decision]]) -> int:
    """When the first order was sent at another moment, or filled otherwise: from then on sizes may differ."""
    of_live, of_tested = _by_wish(live), _by_wish(tested)
    found = [FOREVER]
    for row in decisions:
        if row.live is not None and row.tested is not None:
            mine, theirs = of_live.get(row.live.id, {}), of_tested.get(row.tested.id, {})
            for key in mine.keys() | theirs.keys():
                a, b = mine.get(key), theirs.get(key)
                if a is None or b is None or abs(a.sent_ns - b.sent_ns) > MS or a.lots != b.lots:
                    found.append(min(one.sent_ns for one in (a, b) if one is not None))
    return min(found)


class When:
    """What the run was doing at a moment."""

    def __init__(self, processes: Sequence[Process], warm_ns: int) -> None:
        self._processes, self._warm_ns = processes, warm_ns

    def cause(self, at_ns: int) -> Cause | None:
        """Why the run did not do then what the backtest did; None where it could have."""
        for n, one in enumerate(self._processes):
            ends = self._processes[n + 1].began_ns if n + 1 < len(self._processes) else None
            if ends is not None and at_ns >= ends:
                continue
            if at_ns > one.last_ns:
                return Cause.DOWN
            if not one.decides_ns or at_ns < one.decides_ns:
                return Cause.LATER if n == 0 else Cause.DOWN
            return Cause.RESTART if self.warming(at_ns) else None
        return Cause.DOWN

    def warming(self, at_ns: int) -> bool:
        """Whether statistics had begun anew not long before."""
        return any(0 <= at_ns - one.began_ns <= self._warm_ns for one in self._processes[1:])


def _judge_signal(row: Both[Signal], when: When) -> None:
    one = row.one
    if row.live is None:
        row.cause = when.cause(one.local_ns) or Cause.UNEXPLAINED
    elif row.tested is None:
        row.cause = Cause.RESTART if when.warming(one.local_ns) else Cause.UNEXPLAINED
    elif row.live.figures != row.tested.figures or row.live.local_ns != row.tested.local_ns:
        row.cause = Cause.RESTART if when.warming(one.local_ns) else Cause.ORDER
        row.note = _figures(row.live, row.tested)


def _figures(live: Signal, tested: Signal) -> str:
    found = [
        f"{name} {value:.6g} and {tested.figures.get(name, float('nan')):.6g}"
        for name, value in live.figures.items()
        if value != tested.figures.get(name)
    ]
    apart = tested.local_ns - live.local_ns
    return ", ".join([*([f"{apart / 1e6:+.3f} ms"] if apart else []), *found])


class _Signals:
    """The cause of a decision's signal, where it has one that differs."""

    def __init__(self, live: Story, tested: Story, rows: Sequence[Both[Signal]]) -> None:
        self._live = {id(row.live): row.cause for row in rows if row.live is not None}
        self._tested = {id(row.tested): row.cause for row in rows if row.tested is not None}
        self._stories = live, tested

    def of(self, row: Both[Decision]) -> Cause:
        for decision, causes, story in zip(
            (row.live, row.tested), (self._live, self._tested), self._stories, strict=True
        ):
            if decision is not None and decision.signal is not None:
                found = causes[id(story.signals[decision.signal])]
                if found is not Cause.EQUAL:
                    return found
        return Cause.EQUAL


def _judge_decision(
    row: Both[Decision], when: When, signals: _Signals, live: Story, tested: Story, *, differed: bool
) -> None:  # fmt: skip
    if row.live is not None and row.tested is not None:
        refused = live.refusal(row.live.id), tested.refusal(row.tested.id)
        if bool(refused[0]) != bool(refused[1]):
            row.cause, row.note = Cause.GATE, refused[0] or refused[1]
        elif row.live.size != row.tested.size:
            from_signal = signals.of(row)
            row.cause = from_signal if from_signal is not Cause.EQUAL else _then(row, differed=differed)
            row.note = f"sizes {row.live.size} and {row.tested.size}"
        return
    one = row.one
    from_signal = signals.of(row)
    at_the_time = when.cause(one.at_ns) if row.live is None else None
    if from_signal is not Cause.EQUAL:
        row.cause = from_signal
    elif at_the_time is not None and at_the_time is not Cause.RESTART:
        row.cause = at_the_time
    else:
        row.cause = _then(row, differed=differed)


def _then(row: Both[Decision], *, differed: bool) -> Cause:
    why = {one.why for one in (row.live, row.tested) if one is not None}
    if why & {Why.TICK, Why.GUARD, Why.FLATTEN}:
        return Cause.TIMER
    return Cause.FOLLOWS if differed else Cause.UNEXPLAINED


def _orders(live: Story, tested: Story, decisions: Sequence[Both[Decision]]) -> list[Both[Order]]:
    """Orders of decisions that match are matched leg by leg, in the order of sending."""
    of_live, of_tested = _by_wish(live), _by_wish(tested)
    rows: list[Both[Order]] = []
    for decided in decisions:
        mine = of_live.pop(decided.live.id, {}) if decided.live is not None else {}
        theirs = of_tested.pop(decided.tested.id, {}) if decided.tested is not None else {}
        of_this: list[Both[Order]] = [
            Both(mine.get(key), theirs.get(key)) for key in [*mine, *(k for k in theirs if k not in mine)]
        ]
        parted = False
        for row in sorted(of_this, key=lambda row: row.one.sent_ns):
            _judge_order(row, decided, _ends(decided, live, tested), parted=parted)
            parted = parted or row.cause is not Cause.EQUAL
        rows += of_this
    for wish in [*of_live, *(w for w in of_tested if w not in of_live)]:
        rows += _unasked(of_live.get(wish, {}), of_tested.get(wish, {}))
    return sorted(rows, key=lambda row: row.one.sent_ns)


def _unasked(mine: Mapping[Leg, Order], theirs: Mapping[Leg, Order]) -> list[Both[Order]]:
    """Orders that no strategy asked for: the guard's, and liquidations."""
    rows = []
    for key in [*mine, *(k for k in theirs if k not in mine)]:
        row: Both[Order] = Both(mine.get(key), theirs.get(key))
        alone = Cause.FOLLOWS if row.one.intent is None else Cause.TIMER
        _judge_order(row, Both(None, None, alone), ("", ""), parted=False)
        rows.append(row)
    return rows


def _by_wish(story: Story) -> dict[str, dict[Leg, Order]]:
    """By decision, then by leg."""
    found: dict[str, dict[Leg, Order]] = {}
    for order in story.orders.values():
        legs = found.setdefault(order.wish, {})
        number = sum(1 for name, side, _ in legs if (name, side) == (order.rules.id, order.side))
        legs[order.rules.id, order.side, number] = order
    return found


def _ends(decided: Both[Decision], live: Story, tested: Story) -> tuple[str, str]:
    """How the execution of a decision ended, on both sides."""
    sides = ((decided.live, live), (decided.tested, tested))
    one, other = ("" if d is None else story.ends.get(d.id, "under way") for d, story in sides)
    return one, other


def _judge_order(
    row: Both[Order], decided: Both[Decision], ends: tuple[str, str], *, parted: bool
) -> None:  # fmt: skip
    """`parted`: an earlier order of the same decision differs."""
    if row.live is None or row.tested is None:
        row.cause = decided.cause
        if decided.cause is Cause.EQUAL:
            one_end = ends[0] == ends[1]
            row.cause = Cause.FOLLOWS if parted else Cause.LATENCY if one_end else Cause.BOOK
            row.note = f"both ended: {ends[0]}" if one_end else f"ended: {ends[0]}; and: {ends[1]}"
        return
    live, tested = row.live, row.tested
    apart = tested.sent_ns - live.sent_ns
    if (live.price, live.lots, live.fee) == (tested.price, tested.lots, tested.fee):
        return
    if live.reference != tested.reference:
        row.cause = Cause.LATENCY
        row.note = f"decided at {live.reference} and {tested.reference}"
    elif live.intent is not None and tested.intent is not None and live.intent.lots != tested.intent.lots:
        row.cause = decided.cause if decided.cause is not Cause.EQUAL else Cause.FOLLOWS
        row.note = f"sizes {live.intent.lots} and {tested.intent.lots} lots"
    else:
        row.cause = Cause.LATENCY if abs(apart) > MS else Cause.BOOK
        row.note = f"the backtest sent it {abs(apart) / MS:.1f} ms {'later' if apart > 0 else 'earlier'}"


def _set_back(story: Story, shift_ns: int) -> None:
    """Times of a backtest on the run's clock."""
    if not shift_ns:
        return
    story.signals = [msgspec.structs.replace(one, local_ns=one.local_ns - shift_ns) for one in story.signals]
    for decision in story.decisions:
        decision.at_ns -= shift_ns
    for order in story.orders.values():
        order.sent_ns -= shift_ns


def worth_by_cause(
    rows: Sequence[Both[Order]], marks: Mapping[str, Decimal], rates: Mapping[str, Decimal]
) -> dict[Cause, Decimal]:
    """What each cause made of the difference in profit (run less backtest), by the orders that it is the
    cause of: the sum over them is that of all orders. `marks` by instrument, `rates` by quote.
    """
    found: dict[Cause, Decimal] = {}
    for row in rows:
        mark, rate = marks[row.one.rules.id], rates[row.one.rules.quote]
        gained = row.live.worth(mark, rate) if row.live is not None else Decimal(0)
        gained -= row.tested.worth(mark, rate) if row.tested is not None else Decimal(0)
        found[row.cause] = found.get(row.cause, Decimal(0)) + gained
    return found
