"""The generated market keeps the tape's rules, repeats itself for a seed, and plays its script."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from titan.market.tape.rows import END, SETTLED, SNAPSHOT, Kind, Rows, concat, length, take
from titan.model.errors import ConfigError, InstrumentError
from titan.model.instrument import HOUR_NS, Instrument
from titan.simulation.market.generate import generate
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SCENARIOS, SECOND_NS, Scenario, scenario_named

START = 1_784_073_600 * SECOND_NS
BTC = simulated_pairs(["BTC"])
SLOW = [Kind.MARK, Kind.INDEX, Kind.FUNDING, Kind.OPEN_INTEREST]
QUOTED = [Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.LIQUIDATION]


def play(
    scenario: Scenario,
    seconds: float,
    *,
    instruments: Sequence[Instrument] = BTC,
    seed: int = 5,
    block_rows: int = 1 << 16,
) -> Rows:
    blocks = list(
        generate(
            scenario,
            instruments=instruments,
            start_ns=START,
            duration_ns=int(seconds * SECOND_NS),
            seed=seed,
            block_rows=block_rows,
        )
    )
    return concat(blocks)


def digest(rows: Rows) -> str:
    h = hashlib.blake2b(digest_size=16)
    for column in rows:
        h.update(np.ascontiguousarray(column).tobytes())
    return h.hexdigest()


@pytest.fixture(scope="module")
def demo() -> Rows:
    return play(SCENARIOS["demo"], 9 * 3600, instruments=simulated_pairs())


def test_a_seed_is_a_market_and_another_seed_another() -> None:
    scenario = SCENARIOS["cascade"]
    first = digest(play(scenario, 900))
    assert digest(play(scenario, 900)) == first
    assert digest(play(scenario, 900, seed=6)) != first


def test_block_size_changes_nothing_but_the_blocks() -> None:
    whole = play(SCENARIOS["calm"], 3600, block_rows=1 << 20)
    assert digest(play(SCENARIOS["calm"], 3600, block_rows=333)) == digest(whole)


@pytest.mark.parametrize("without_jit", [False, True])
def test_another_process_makes_the_same_rows(without_jit: bool) -> None:
    here = digest(play(SCENARIOS["outage"].fine(), 30, seed=3))
    code = "import test_generate as t; print(t.digest(t.play(t.SCENARIOS['outage'].fine(), 30, seed=3)))"
    env = dict(os.environ, PYTHONHASHSEED="77", NUMBA_DISABLE_JIT="1" if without_jit else "0")
    env["PYTHONPATH"] = os.pathsep.join([str(Path(__file__).parent), *sys.path])
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == here


def test_a_base_does_not_depend_on_the_others(demo: Rows) -> None:
    alone = play(SCENARIOS["demo"], 9 * 3600, instruments=simulated_pairs(["ETH"]))
    among = take(demo, (demo.inst == 2) | (demo.inst == 3))
    assert np.array_equal(alone.px, among.px)
    assert np.array_equal(alone.recv, among.recv)


def test_blocks_are_sorted_bounded_and_never_cut_a_message() -> None:
    size = 500
    last = 0
    for block in generate(
        SCENARIOS["calm"],
        instruments=BTC,
        start_ns=START,
        duration_ns=1200 * SECOND_NS,
        seed=1,
        block_rows=size,
    ):
        assert 0 < length(block) <= size
        assert (np.diff(block.ts) >= 0).all()
        assert block.ts[0] >= last
        last = int(block.ts[-1])
        assert block.flags[-1] & END


def test_messages_are_whole_and_arrive_in_order(demo: Rows) -> None:
    for inst in range(6):
        rows = take(demo, demo.inst == inst)
        message = np.cumsum(np.r_[False, (rows.flags[:-1] & END) > 0])
        first = np.r_[0, np.flatnonzero(np.diff(message)) + 1]
        assert np.array_equal(rows.ts, rows.ts[first][message])
        assert np.array_equal(rows.recv, rows.recv[first][message])
        for marks in (True, False):
            of_stream = np.isin(rows.kind, SLOW) == marks
            assert (np.diff(rows.recv[of_stream]) >= 0).all()
    assert (demo.recv >= demo.ts).all()


def on_grid(values: np.ndarray, step: Decimal) -> bool:
    num, den = step.as_integer_ratio()
    return bool(np.array_equal(np.rint(values * den / num) * num / den, values))


def test_prices_and_sizes_stand_on_their_grids(demo: Rows) -> None:
    for inst, instrument in enumerate(simulated_pairs()):
        quoted = (demo.inst == inst) & np.isin(
            demo.kind, [Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.LIQUIDATION]
        )
        assert on_grid(demo.px[quoted], instrument.tick)
        assert on_grid(demo.qty[quoted], instrument.lot)
        assert (demo.px[quoted] > 0).all()
        sized = quoted & (demo.kind != Kind.LEVEL)
        assert (demo.qty[sized] > 0).all()


def books(rows: Rows) -> int:
    """Replay one instrument's levels; where a message ends, the touch must agree with its BBO rows."""
    sides: dict[int, dict[float, float]] = {1: {}, -1: {}}
    checked = 0
    quoted: dict[int, tuple[float, float]] = {}
    for kind, side, flags, px, qty in zip(rows.kind, rows.side, rows.flags, rows.px, rows.qty, strict=True):
        if kind == Kind.CLEAR:
            sides = {1: {}, -1: {}}
        elif kind == Kind.LEVEL:
            if qty == 0:
                del sides[int(side)][px]  # a level that was never set cannot be deleted
            else:
                sides[int(side)][px] = qty
        elif kind == Kind.BBO:
            quoted[int(side)] = (px, qty)
        if flags & END and sides[1]:
            bid, ask = max(sides[1]), min(sides[-1])
            assert bid < ask
            if kind == Kind.BBO:
                assert quoted[1] == (bid, sides[1][bid])
                assert quoted[-1] == (ask, sides[-1][ask])
                assert len(sides[1]) == len(sides[-1]) == 10
                checked += 1
    return checked


@pytest.mark.parametrize("name", ["cascade", "outage"])
def test_books_are_never_crossed_and_agree_with_the_best_bid_and_offer(name: str) -> None:
    rows = play(SCENARIOS[name], 3600)
    for inst in range(2):
        assert books(take(rows, rows.inst == inst)) > 500


def test_trades_hit_the_touch(demo: Rows) -> None:
    rows = take(demo, (demo.inst == 1) & ((demo.kind == Kind.TRADE) | (demo.kind == Kind.BBO)))
    bid = np.where((rows.kind == Kind.BBO) & (rows.side == 1), rows.px, 0.0)
    at = np.maximum.accumulate(np.where(bid > 0, np.arange(len(bid)), 0))
    sold = (rows.kind == Kind.TRADE) & (rows.side == -1)
    assert np.array_equal(rows.px[sold], bid[at][sold])


def test_a_quiet_touch_is_stated_again(demo: Rows) -> None:
    for inst in range(6):
        rows = take(demo, demo.inst == inst)
        stated = rows.ts[rows.kind == Kind.BBO]
        gaps = int((rows.kind == Kind.GAP).sum())
        assert (np.diff(stated) > 7 * SECOND_NS).sum() == gaps


def test_outage_is_silence_then_a_gap_then_a_snapshot() -> None:
    rows = play(SCENARIOS["outage"], 7200)
    for inst, seconds in ((0, 150.0), (1, 240.0)):
        mine = take(rows, rows.inst == inst)
        gap = int(np.flatnonzero(mine.kind == Kind.GAP)[0])
        assert mine.qty[gap] == seconds
        assert mine.ts[gap] - mine.ts[gap - 1] >= seconds * SECOND_NS
        assert mine.flags[gap] & END
        assert mine.kind[gap + 1] == Kind.CLEAR
        snapshot = mine.flags[gap + 1 :] & SNAPSHOT > 0
        assert snapshot[:21].all()
        assert not snapshot[21]


def test_funding_settles_at_the_interval_and_says_when_next(demo: Rows) -> None:
    for perp in (1, 3, 5):
        rows = take(demo, (demo.inst == perp) & (demo.kind == Kind.FUNDING))
        paid = (rows.flags & SETTLED) > 0
        assert rows.ts[paid].tolist() == [START + 8 * HOUR_NS]
        assert rows.qty[paid].tolist() == [(START + 8 * HOUR_NS) / 1e6]
        assert (rows.qty[~paid] * 1e6 > rows.ts[~paid]).all()
        assert (np.abs(rows.px) <= 0.00375).all()


def test_a_settlement_within_an_outage_is_reported_after_it() -> None:
    start = START + 8 * HOUR_NS - 1900 * SECOND_NS
    rows = concat(
        list(
            generate(
                SCENARIOS["outage"], instruments=BTC, start_ns=start, duration_ns=7200 * SECOND_NS, seed=1
            )
        )
    )
    paid = (rows.kind == Kind.FUNDING) & (rows.flags & SETTLED > 0)
    assert rows.qty[paid].tolist() == [(START + 8 * HOUR_NS) / 1e6]
    assert rows.ts[paid][0] > START + 8 * HOUR_NS


def basis_bps(rows: Rows) -> np.ndarray:
    mark = (rows.inst == 1) & (rows.kind == Kind.MARK)
    index = (rows.inst == 1) & (rows.kind == Kind.INDEX)
    return np.asarray(1e4 * np.log(rows.px[mark] / rows.px[index]))


def test_moods_move_the_basis_and_funding() -> None:
    funding = {}
    for name in ("calm", "trend", "squeeze"):
        rows = play(SCENARIOS[name], 8 * 3600 + 60)
        paid = (rows.kind == Kind.FUNDING) & (rows.flags & SETTLED > 0)
        funding[name] = float(rows.px[paid][0]) * 1e4
    assert -0.5 < funding["calm"] <= 1.0
    assert funding["trend"] > 4.0
    assert funding["squeeze"] < -4.0


def test_a_cascade_dislocates_the_basis_takes_open_interest_and_reverts() -> None:
    rows = play(SCENARIOS["cascade"], 6 * 3600)
    spot = take(rows, (rows.inst == 0) & (rows.kind == Kind.BBO) & (rows.side == 1))
    perp = take(rows, (rows.inst == 1) & (rows.kind == Kind.BBO) & (rows.side == 1))
    grid = START + np.arange(60, 6 * 3600, 5) * SECOND_NS
    at = [np.searchsorted(leg.ts, grid, side="right") - 1 for leg in (spot, perp)]
    basis = 1e4 * np.log(perp.px[at[1]] / spot.px[at[0]])
    assert basis.min() < -60.0
    assert abs(float(np.median(basis[-360:]))) < 25.0
    interest = rows.qty[rows.kind == Kind.OPEN_INTEREST]
    assert interest.min() < 0.95 * interest[0]
    closed = take(rows, rows.kind == Kind.LIQUIDATION)
    assert length(closed) > 50
    assert (closed.side == 1).mean() > 0.8


def test_what_makes_no_market_is_refused() -> None:
    def ask(instruments: Sequence[Instrument], seconds: int = 60) -> None:
        generate(
            SCENARIOS["calm"],
            instruments=instruments,
            start_ns=START,
            duration_ns=seconds * SECOND_NS,
            seed=1,
        )

    with pytest.raises(InstrumentError, match="BTC: a simulated market needs a spot and a perp"):
        ask(BTC[:1])
    with pytest.raises(InstrumentError, match="a second perp"):
        ask([*BTC, BTC[1]])
    with pytest.raises(InstrumentError, match="at least one"):
        ask([])
    with pytest.raises(ConfigError, match="is empty"):
        ask(BTC, 0)
    with pytest.raises(ConfigError, match=r"no market scenario is called 'storm'(?s:.*)demo"):
        scenario_named("storm")
    with pytest.raises(ConfigError, match="it needs acts"):
        Scenario("none", ())
