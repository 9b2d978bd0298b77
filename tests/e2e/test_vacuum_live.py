"""A cascade on the wire: the doubles' own liquidation streams open a vacuum in a live run, and its way back
closes it; the books stay those of the venue to the last unit.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.doubles.tapes import MS, PERP, SPOT, START_NS, MemoryTape, Row, rows_of, write
from tests.e2e.live import play
from titan.doubles.world import BASE_FUNDS
from titan.market.tape.rows import END, SNAPSHOT, Kind
from titan.model.instrument import InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairType
from titan.portfolio.nav import nav, pnl
from titan.runtime.trading.run import Run

SETTINGS = """
[live]
folder = "{folder}"
[limits]
guard_seconds = 0.2
[sentinel]
sample_seconds = 0.05
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 1
pair_limit_usd = 2_000
vacuum_liquidations_usd = 50_000
vacuum_window_s = 3
[venues.{venue}]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "{tape}"
"""
WAVE_S, FALLEN_S = 10.0, 4.0


def falling(seconds: float, every_ms: int = 50) -> MemoryTape:
    """A spot that stands still and a perp that forced selling holds 80 bps below it for 4 s out of ten."""
    table: list[Row] = []
    for inst, one in enumerate((SPOT, PERP)):
        for beat in range(round(seconds * 1000 / every_ms)):
            at, into = START_NS + beat * every_ms * MS, (beat * every_ms / 1000) % WAVE_S
            perp = one.kind is InstrumentKind.PERP
            low = perp and into >= WAVE_S - FALLEN_S
            price = round(30_000 * (1 - 0.008 * low)) + beat % 3
            table.append((at, inst, Kind.CLEAR, 0, SNAPSHOT, 0.0, 0.0))
            for k in range(1, 6):
                flags = SNAPSHOT | (END if k == 5 else 0)
                table.append((at, inst, Kind.LEVEL, 1, SNAPSHOT, float(price - k), 2.0))
                table.append((at, inst, Kind.LEVEL, -1, flags, float(price + k), 2.0))
            table.append((at, inst, Kind.TRADE, 1, END, float(price + 1), 0.01))
            if perp:
                table.append((at, inst, Kind.MARK, 0, END, float(price), 0.0))
                table.append((at, inst, Kind.INDEX, 0, END, 30_000.0, 0.0))
                table.append((at, inst, Kind.FUNDING, 0, END, 0.0001, START_NS / 1e6 + 8 * 3.6e6))
            if low and beat % 10 == 0:
                table.append((at, inst, Kind.LIQUIDATION, -1, END, float(price - 1), 1.0))
    return MemoryTape((SPOT, PERP), rows_of(table))


@pytest.fixture(params=["binance", "bybit"])
def place(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    tape = write(tmp_path / "tape", falling(240))
    text = SETTINGS.format(folder=tmp_path / "run", venue=request.param, tape=tape)
    (tmp_path / "titan.toml").write_text(text)
    before = sys.getswitchinterval()
    yield tmp_path / "titan.toml"
    sys.setswitchinterval(before)


async def test_a_cascade_on_the_wire_opens_a_vacuum_and_its_way_back_closes_it(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def once(run: Run) -> None:
        traces = run.parts.observer.holdings
        while not any(t.type is PairType.VACUUM and t.closed_ns for t in traces.values()):
            await asyncio.sleep(0.05)

    played = await play(place, monkeypatch, once)
    parts = played.run.parts
    assert (played.last.state, played.last.notes) == ("stopped", ())
    assert parts.strategy.states[0]["forced"] > 0, "they came by the venue's own stream"
    names = [s.name for s in parts.observer.signals if s.name.startswith("VACUUM")]
    assert names == (["VACUUM_OPEN", "VACUUM_CLOSE"] * len(names))[: len(names)]
    vacuums = [t for t in parts.observer.holdings.values() if t.type is PairType.VACUUM and t.closed_ns]
    for trace in vacuums:
        assert (trace.units, trace.reason.partition(":")[0]) == (0, "converged")
        fills = parts.ledger.fills(trace.id)
        first = {row.fill.instrument: row.fill.side for row in reversed(fills)}
        assert first == {trace.spot: Side.SELL, trace.perp: Side.BUY}, "coins that a core holds, lent"
    assert played.ours() == played.theirs()
    (spot,) = (i for i in played.run.instruments if i.kind is InstrumentKind.SPOT)
    (venue,) = played.worlds
    came = played.worlds[venue].account.total("spot", "BTC") - BASE_FUNDS
    assert parts.ledger.balance(f"{spot.venue}.spot", "BTC") == came
    marks = parts.present.marks()
    assert pnl(parts.ledger, marks).total == nav(parts.ledger, marks) - parts.ledger.deposits
