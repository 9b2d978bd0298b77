"""A session that was recorded raises, on its tape, the very signals that it raised live."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.doubles.tapes import MemoryTape, waving, write
from titan.engine.cursor import Cursor
from titan.engine.loop import FOREVER
from titan.market.tape.heard import HeardTape, in_venue_order
from titan.model.signal import Signal
from titan.runtime.clock import WallClock
from titan.runtime.entries import TYPES
from titan.runtime.sentinel import sentinel_params
from titan.runtime.simulated import clock_shift_ns
from titan.runtime.trading import life
from titan.runtime.trading.left import left_by
from titan.runtime.trading.plan import Plan, read_plan
from titan.simulation.feed import LocalBlocks
from titan.simulation.models import Latency
from titan.storage.recall import recall
from titan.storage.store import open_store
from titan.strategies.sentinel.strategy import Sentinel

SETTINGS = """
[live]
status_seconds = 0.2
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "tape"
[sentinel]
sample_seconds = 0.05
window = 60
min_warmup = 10
entry_z = 1.5
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    write(tmp_path / "tape", waving())
    (tmp_path / "titan.toml").write_text(SETTINGS)
    return read_plan(tmp_path, "observe", {}, {"live.folder": str(tmp_path / "run")})


def raised_live(plan: Plan) -> list[Signal]:
    store = open_store(plan.store)
    try:
        return [e for e in left_by(recall(store, TYPES)).events if isinstance(e, Signal)]
    finally:
        store.close()


def raised_on(tape: Any, plan: Plan) -> list[Signal]:
    """What the same kernel says of the tape in the order in which its rows were heard."""
    shift = clock_shift_ns(tape)
    heard = Latency(kind="recorded", order_ns=0, response_ns=0, feed_ns=0, shift_ns=shift)
    params = sentinel_params(plan.config, tape.instruments, 1.0)
    strategy = Sentinel("replay", params, tape.instruments, (0.0001, 0.1), dict.fromkeys(params))
    cursor = Cursor(strategy, iter(LocalBlocks(tape.blocks(), heard, len(tape.instruments), 0)))
    found: list[Signal] = []
    while (at := cursor.peek(FOREVER - 1)) != FOREVER:
        signal = cursor.take(at)
        assert signal is not None
        found.append(signal)
    return found


def what(signals: list[Signal]) -> list[tuple[str, str, dict[str, float]]]:
    return [(s.name, s.subject, s.figures) for s in signals]


async def test_a_recorded_session_raises_the_same_signals_on_its_tape(plan: Plan) -> None:
    await life.trade(
        plan, WallClock(), seconds=9.0, env={}, tell=lambda _text: None, show=lambda _status: None
    )
    live = raised_live(plan)
    heard = HeardTape(plan.folder / "tape" / "001")
    again = raised_on(MemoryTape(heard.instruments, in_venue_order(heard.whole())), plan)
    assert {s.name for s in live} >= {"EXPAND", "CONTRACT"}
    assert len(live) >= 3
    assert what(again) == what(live)
