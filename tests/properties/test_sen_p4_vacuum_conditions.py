"""SEN-P4: a vacuum triggers only when both conditions hold, on the kernel that trades."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from titan.market.tape.rows import END, Kind, Rows, empty
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.strategies.sentinel.cascade import RING, SLOTS, add, calls, turn
from titan.strategies.sentinel.params import PARAMS, SentinelParams
from titan.strategies.sentinel.strategy import Sentinel

S = 1_000_000_000
START = 1_700_000_000 * S
FREE = FeeSchedule(Decimal(0), Decimal(0))


def instrument(venue: str, kind: InstrumentKind, base: str = "A") -> Instrument:
    return Instrument(venue, kind, f"{base}B", base, "B", Decimal("0.01"), Decimal("0.001"), FREE)


SPOT, PERP = instrument("x", InstrumentKind.SPOT), instrument("x", InstrumentKind.PERP)
TAPE = (SPOT, PERP, instrument("y", InstrumentKind.PERP), instrument("y", InstrumentKind.PERP, "C"))
"""A pair, the perp of its base at another venue, and a perp of another base."""


class Second(NamedTuple):
    """One second: the basis of the pair, and liquidations in it as (instrument, quote units)."""

    bps: float
    forced: Sequence[tuple[int, float]] = ()


def tape(story: Sequence[Second], width: float = 0.01) -> Rows:
    """Touches of both legs each second (spot at 1000), liquidations before them."""
    found: list[tuple[int, int, Kind, int, float, float, int]] = []
    for n, second in enumerate(story):
        ts = START + n * S
        found += [(ts, inst, Kind.LIQUIDATION, 1, 500.0, usd / 500.0, END) for inst, usd in second.forced]
        for leg, mid in ((0, 1000.0), (1, 1000.0 * (1 + second.bps / 1e4))):
            found += [
                (ts, leg, Kind.BBO, side, round(mid, 2) - side * width, 1000.0, END if side < 0 else 0)
                for side in (1, -1)
            ]
    rows = empty(len(found))
    for k, (ts, inst, kind, side, px, qty, flags) in enumerate(found):
        rows.ts[k] = rows.recv[k] = ts
        rows.inst[k], rows.kind[k], rows.side[k] = inst, kind, side
        rows.px[k], rows.qty[k], rows.flags[k] = px, qty, flags
    return rows


def sentinel(**changes: object) -> Sentinel:
    params = SentinelParams(window=64, warmup=20, vacuum_window_s=64.0, **changes)  # type: ignore[arg-type]
    return Sentinel("run", {"A": params}, TAPE, (0.0, 0.1), {"A": None})


def told(strategy: Sentinel, rows: Rows) -> list[tuple[int, str]]:
    """(second, name) of every vacuum signal."""
    found, k = [], 0
    while k < len(rows.ts):
        k, code = strategy.scan(rows, k, len(rows.ts))
        if code:
            at = int(rows.ts[k - 1])
            name = strategy.signal(code, k - 1, at).name
            found += [((at - START) // S, name)] if name.startswith("VACUUM") else []
    return found


seconds = st.builds(
    Second,
    st.sampled_from([-120.0, -60.0, -51.0, -50.0, -49.0, -20.0, -4.0, 0.0, 30.0]),
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from([1e4, 2e5, 4e5, 1e6])), max_size=2),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(seconds, min_size=1, max_size=150))
def test_sen_p4_a_vacuum_opens_only_on_both_conditions(story: list[Second]) -> None:
    signals = told(sentinel(), tape(story))
    assert [name for _, name in signals] == (["VACUUM_OPEN", "VACUUM_CLOSE"] * len(signals))[: len(signals)]
    opened = 0.0
    for at, name in signals:
        if name == "VACUUM_OPEN":
            window = story[max(0, at - SLOTS + 1) : at + 1]
            assert sum(usd for second in window for inst, usd in second.forced if inst in (1, 2)) >= 1_000_000
            touches = [second.bps for second in story[max(0, at - 1) : at + 1]]  # before and after the row
            assert min(touches) <= -50.0 + 0.11
            opened = max(b for b in touches if b <= -50.0 + 0.11)
        else:
            assert story[at].bps >= -5.0 - 0.2 or story[at].bps <= opened - 50 + 0.5


@settings(deadline=None)
@given(
    st.integers(0, 10**10), st.floats(-500, 500, allow_nan=False),
    st.integers(1, 10**10), st.floats(-500, 0, allow_nan=False),
)  # fmt: skip
def test_sen_p4_neither_condition_is_enough(cents: int, basis: float, least: int, entry: float) -> None:
    p = np.zeros(1, PARAMS)
    p["liquidation_cents"], p["vacuum_entry_bps"] = least, entry
    assert calls(p[0], cents, basis) == (cents >= least and basis <= entry)


def test_sen_p4_each_condition_alone_is_silence() -> None:
    calm, low = [Second(0.0)] * 30, [Second(-60.0)] * 30
    forced = Second(0.0, [(1, 2e6)])
    assert told(sentinel(), tape([*calm, *low])) == []
    assert told(sentinel(), tape([forced, *calm])) == []
    assert told(sentinel(), tape([forced, *calm, *low])) == [(31, "VACUUM_OPEN")]
    assert told(sentinel(), tape([forced, *calm, *calm, *calm, *low])) == [], "it left the window"
    still = [forced, *[Second(0.0)] * (SLOTS - 2)]
    assert told(sentinel(), tape([*still, *low])) == [(SLOTS - 1, "VACUUM_OPEN")], "it is in the window yet"
    assert told(sentinel(), tape([*still, Second(0.0), *low])) == [], "in this very second it has left it"
    assert told(sentinel(vacuum_liquidations=Decimal(0)), tape([forced, *calm, *low])) == []


def test_sen_p4_a_wide_book_that_could_not_be_sold_into_is_no_vacuum() -> None:
    """The mids say -60 bps, but selling spot and buying the perp across the spreads would get -40."""
    story = [Second(-60.0, [(1, 2e6)]), *[Second(-60.0)] * 5]
    assert told(sentinel(), tape(story, width=1.0)) == []
    assert told(sentinel(), tape(story, width=0.4)) != []


def test_other_venues_of_the_base_count_and_other_bases_do_not() -> None:
    for inst, opens in ((1, True), (2, True), (3, False), (0, False)):
        story = [Second(-60.0, [(inst, 2e6)]), *[Second(-60.0)] * 5]
        assert bool(told(sentinel(), tape(story))) is opens, TAPE[inst].id


pieces = st.lists(
    st.tuples(st.integers(0, 40 * S), st.floats(-10, 1e8) | st.sampled_from([float("nan"), float("inf")])),
    max_size=60,
)


@settings(deadline=None)
@given(pieces, st.integers(1, 3 * S), st.integers(-20 * S, 5 * S))
def test_the_sliding_sum_is_exact_against_its_definition(
    found: list[tuple[int, float]], width: int, late: int
) -> None:
    """Sums of whole cents; also for what comes in another order, as far as it is still in the window."""
    ring = np.zeros(1, RING)[0]
    heard: list[tuple[int, int]] = []
    newest = ts = START
    for n, (gap, usd) in enumerate(found):
        ts += gap
        at = ts + (late if n % 3 == 2 else 0)
        add(ring, width, at, usd)
        if 0.0 < usd < 1e13:
            newest = max(newest, at) if heard else at
            heard.append((at // width, int(usd * 100 + 0.5)))
            assert ring["slot"] == newest // width
        now = ring["slot"]
        assert ring["cents"] == sum(c for slot, c in heard if now - slot < SLOTS)
        assert ring["cents"] == ring["ring"].sum()
    turn(ring, width, ts + SLOTS * width + abs(late) + width)
    assert ring["cents"] == 0
