"""SEN-P16: pairs never touch one another, in the statistics and in the kernel whole."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.played import PERP, SPOT, START, S
from titan.market import stats as s
from titan.market.tape.rows import END, Kind, Rows, empty
from titan.model.instrument import Instrument
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.strategy import Sentinel


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.floats(-1e6, 1e6)), max_size=200), st.integers(2, 20))
def test_sen_p16_pairs_are_isolated(mixed: list[tuple[int, float]], window: int) -> None:
    together = s.new_rolling(4, window)
    for pair, x in mixed:
        s.push(together[pair], x)
    for pair in range(4):
        alone = s.new_rolling(1, window)
        for p, x in mixed:
            if p == pair:
                s.push(alone[0], x)
        assert together[pair].tobytes() == alone[0].tobytes()


BASES = ("A", "B", "C")
INSTRUMENTS = [
    msgspec.structs.replace(rules, symbol=base, base=base, quote="Q")
    for base in BASES
    for rules in (SPOT, PERP)
]
moves = st.lists(st.tuples(st.integers(0, 2), st.floats(-60, 60)), min_size=30, max_size=200)


def rows_of(told: list[tuple[int, float]], only: int | None = None) -> Rows:
    """A touch of both legs of a pair at each step; with `only`, those of one pair, as a tape of its own."""
    kept = [(n, pair, bps) for n, (pair, bps) in enumerate(told) if only in (None, pair)]
    rows = empty(4 * len(kept))
    k = 0
    for n, pair, bps in kept:
        for leg, mid in ((0, 1000.0), (1, round(1000 * (1 + bps / 1e4), 2))):
            for side in (1, -1):
                rows.ts[k] = rows.recv[k] = START + n * S
                rows.inst[k] = leg + (2 * pair if only is None else 0)
                rows.kind[k], rows.side[k], rows.flags[k] = Kind.BBO, side, END if side < 0 else 0
                rows.px[k], rows.qty[k] = mid - side * 0.01, 1000.0
                k += 1
    return rows


def strategy(instruments: list[Instrument]) -> Sentinel:
    """Each pair by settings of its own."""
    bases = sorted({i.base for i in instruments})
    params = {b: SentinelParams(window=32, warmup=8, entry_z=1.0 + 0.5 * BASES.index(b)) for b in bases}
    return Sentinel("run", params, instruments, (0.0, 0.1), dict.fromkeys(bases))


def heard(one: Sentinel, rows: Rows) -> list[tuple[str, str, int, float]]:
    found, k = [], 0
    while k < len(rows.ts):
        k, code = one.scan(rows, k, len(rows.ts))
        if code:
            signal = one.signal(code, k - 1, int(rows.ts[k - 1]))
            found.append((signal.subject, signal.name, signal.local_ns, signal.figures["z"]))
    return found


@settings(deadline=None, max_examples=40)
@given(moves)
def test_sen_p16_a_pair_says_the_same_alone_as_among_others(told: list[tuple[int, float]]) -> None:
    together = strategy(INSTRUMENTS)
    all_heard = heard(together, rows_of(told))
    for n, base in enumerate(BASES):
        alone = strategy(INSTRUMENTS[2 * n : 2 * n + 2])
        assert heard(alone, rows_of(told, n)) == [one for one in all_heard if one[0] == base]
        for field in ("samples", "mean", "std", "z", "basis", "edge", "expanded", "miss_n"):
            assert alone.states[0][field] == together.states[n][field], field
        assert alone.states[0]["stats"].tobytes() == together.states[n]["stats"].tobytes()
