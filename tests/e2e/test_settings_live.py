"""Settings changed while a run on paper runs: it decides by them at once, and its replay is equal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.doubles.tapes import waving, write
from titan.model.pair import PairIntent
from titan.model.signal import Purpose, Signal
from titan.model.wake import RunSettings, SettingsChanged, Why, Woke
from titan.runtime.clock import WallClock
from titan.runtime.entries import TYPES
from titan.runtime.trading import life
from titan.runtime.trading.asking import ask
from titan.runtime.trading.plan import Plan, read_plan
from titan.runtime.trading.run import Run
from titan.runtime.verify.run import replay_live
from titan.storage.recall import recall
from titan.storage.store import look_into
from titan.views.status import Status

SETTINGS = """
[live]
stop_seconds = 3
status_seconds = 0.05
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "tape"
[sentinel]
sample_seconds = 0.05
window = 60
min_warmup = 10
entry_z = 1.5
funding_hurdle_apr = 9
pair_limit_usd = 450
gap_seconds_min = 0.02
gap_seconds_max = 0.05
check_seconds = 0.3
"""


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """For 3 s in every 15 the perp is dearer: long enough for an entry."""
    write(tmp_path / "tape", waving(240, wave_s=15.0))
    (tmp_path / "titan.toml").write_text(SETTINGS)
    return read_plan(tmp_path, "paper", {}, {"live.folder": str(tmp_path / "run")})


def changed(**changes: object) -> SettingsChanged:
    named = {key.replace("__", "."): value for key, value in changes.items()}
    return SettingsChanged(named, "ada", "a test", WallClock().now())


def journal(plan: Plan) -> list[msgspec.Struct]:
    store = look_into(plan.store)
    try:
        return list(recall(store, TYPES))
    finally:
        store.close()


async def trade(plan: Plan, act: Callable[[Run, Status], bool]) -> Status:
    """Until `act`, which is told every status, says that it is enough; at most for 240 s."""
    runs: list[Run] = []

    def show(now: Status) -> None:
        if now.state == "trading" and act(runs[0], now):
            signal.raise_signal(signal.SIGTERM)

    return await life.trade(
        plan, WallClock(), seconds=240, env={}, tell=lambda _text: None, show=show, made=runs.append
    )


async def test_changed_settings_are_decided_by_and_replayed(plan: Plan) -> None:
    steps = iter(["small", "quiet", "refused", "loud"])
    asked: list[str] = []
    known: set[str] = set()
    waves: list[bool] = []

    def act(run: Run, now: Status) -> bool:
        """One change after another, each when something was opened by the last."""
        opened = {one.id for one in now.holdings if one.size}
        if (not asked or asked[-1] in ("small", "loud")) and opened <= known:
            return False
        if asked and asked[-1] == "quiet":
            waves.append(run.config.sentinel.entry_z == 19.5 and now.pairs[0].basis > 30)
            if not (False in waves and True in waves[waves.index(False) :]):
                return False  # not a wave since
        if asked and asked[-1] == "refused" and not any("refused" in note for note in run.notes):
            return False
        step = next(steps, "")
        if step == "":
            return True
        asked.append(step)
        known.update(one.id for one in now.holdings)
        what = {
            "small": changed(sentinel__clip_usd="90.50", limits__max_order_usd=400),
            "quiet": changed(sentinel__entry_z=19.5),
            "refused": changed(sentinel__entry_z=1.0, sentinel__window=30),
            "loud": changed(sentinel__entry_z=1.4, sentinel__exit_z=0.1),
        }[step]
        assert not ask(plan, what), "it runs"
        return False

    last = await trade(plan, act)
    assert not list(plan.folder.glob("asked-*"))
    found = journal(plan)
    taken = [event for event in found if isinstance(event, SettingsChanged)]
    assert [event.changes for event in taken] == [
        {"sentinel.clip_usd": "90.5", "limits.max_order_usd": "400"},
        {"sentinel.entry_z": 19.5},
        {"sentinel.entry_z": 1.4, "sentinel.exit_z": 0.1},
    ]
    assert [(event.by, event.reason) for event in taken] == [("ada", "a test")] * 3
    marks = [e for e in found if isinstance(e, Woke) and e.why is Why.SETTINGS]
    assert len(marks) == 3
    (note,) = [text for text in last.notes if "refused" in text]
    assert "sentinel.window" in note
    at = [found.index(mark) for mark in marks]
    entries = [n for n, e in enumerate(found) if isinstance(e, PairIntent) and e.purpose is Purpose.ENTRY]
    before = [found[n].clip_units for n in entries if n < at[0]]  # type: ignore[attr-defined]
    after = [found[n].clip_units for n in entries if n > at[0]]  # type: ignore[attr-defined]
    assert before
    assert after
    assert max(after) < min(before), "clips are a fifth of what they were"
    between = [e for e in found[at[1] : at[2]] if isinstance(e, Signal) and e.name == "EXPAND"]
    assert between == []
    assert [e for e in found[at[2] :] if isinstance(e, Signal) and e.name == "EXPAND"]
    verdict = replay_live(plan.folder, tape=None, store="", progress=lambda *_: None)
    assert verdict.equal, verdict.explain()
    assert (verdict.unverified, verdict.run_hash) == (0, verdict.replay_hash)


async def test_settings_asked_of_a_run_that_is_not_there_are_those_of_its_files(plan: Plan) -> None:
    await trade(plan, lambda _run, _now: True)
    assert ask(plan, changed(sentinel__entry_z=19.5))
    (plan.folder / f"asked-{7:020d}.json").write_bytes(msgspec.json.encode(changed(sentinel__entry_z=19.5)))
    await trade(plan, lambda run, now: now.resumed)
    found = journal(plan)
    assert not [event for event in found if isinstance(event, SettingsChanged)]
    assert len([event for event in found if isinstance(event, RunSettings)]) == 2
    assert not list(plan.folder.glob("asked-*"))
