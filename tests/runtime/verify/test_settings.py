"""Settings that were changed while the run ran: its replay takes them over at the same row."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.runtime.verify.heard_run import START, HeardRun, S
from titan.model.errors import ReplayError
from titan.model.pair import PairIntent
from titan.model.signal import Signal
from titan.model.wake import SettingsChanged, Why, Woke
from titan.runtime.verify.course import Course
from titan.runtime.verify.verdict import LiveVerdict

CHANGES: dict[int, dict[str, object]] = {
    150: {"sentinel.clip_usd": "250.50", "sentinel.pair_limit_usd": 4000},
    250: {"sentinel.entry_z": 12.0},
    400: {
        "sentinel.entry_z": 1.5, "sentinel.exit_z": -0.5,
        "instruments.binance.perp.BTCUSDT.sentinel.hold_hours": 4,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> HeardRun:
    return HeardRun(tmp_path_factory.mktemp("changed"), CHANGES)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> HeardRun:
    return HeardRun(tmp_path_factory.mktemp("plain"), {})


def verdict(entries: list[msgspec.Struct], tapes: Path) -> LiveVerdict:
    course = Course(tapes)
    for number, event in enumerate(entries, 1):
        course.take(number, event)
    return course.verdict()


def raised(run: HeardRun, since_s: int, until_s: int) -> list[str]:
    return [
        e.name for e in run.entries
        if isinstance(e, Signal) and START + since_s * S <= e.local_ns < START + until_s * S
    ]  # fmt: skip


def test_changed_settings_decide_from_then_on(run: HeardRun, plain: HeardRun) -> None:
    assert run.refused == []
    assert raised(run, 0, 250) == raised(plain, 0, 250)
    assert raised(plain, 260, 400).count("EXPAND") >= 3
    assert raised(run, 260, 400).count("EXPAND") == 0
    assert raised(run, 400, 600).count("EXPAND") >= 3
    before, *_, after = [wish for wish in run.entries if isinstance(wish, PairIntent)]
    assert after.units < before.units
    assert after.clip_units < before.clip_units
    limits = run.parts.gates.limits
    assert limits.max_order_notional == 501


def test_its_replay_is_equal(run: HeardRun, plain: HeardRun) -> None:
    for one in (run, plain):
        found = verdict(one.entries, one.tapes)
        assert (found.equal, found.unverified, found.difference) == (True, 0, None), found.explain()
        assert found.run_hash == found.replay_hash
    assert found.decisions > 10


def test_it_is_equal_wherever_the_journal_was_cut(run: HeardRun) -> None:
    whole = len(run.entries)
    changed = [n for n, event in enumerate(run.entries) if isinstance(event, SettingsChanged)]
    for end in {
        *range(20, whole, whole // 15),
        *changed,
        *(n + 1 for n in changed),
        *(n + 2 for n in changed),
    }:
        found = verdict(run.entries[:end], run.tapes)
        assert found.equal, found.explain()


def test_a_change_that_the_journal_does_not_have_is_found(run: HeardRun) -> None:
    at = next(n for n, e in enumerate(run.entries) if isinstance(e, SettingsChanged))
    without = [e for n, e in enumerate(run.entries) if n not in (at, at + 1)]
    found = verdict(without, run.tapes)
    assert found.difference is not None
    assert found.difference.what.startswith("wish pair")
    with pytest.raises(ReplayError, match="not which"):
        verdict([*run.entries[:at], *run.entries[at + 1 :]], run.tapes)


def test_a_change_at_another_row_is_found(run: HeardRun) -> None:
    """The mark of the second change, that quietens the kernel, moved behind the next stretch of the basis."""
    marks = [n for n, e in enumerate(run.entries) if isinstance(e, Woke) and e.why is Why.SETTINGS]
    mark = run.entries[marks[1]]
    later = next(e for e in run.entries[marks[1] + 1 :] if isinstance(e, Woke) and e.why is Why.SETTINGS)
    assert isinstance(mark, Woke)
    assert isinstance(later, Woke)
    moved = msgspec.structs.replace(mark, rows=later.rows, heard=later.heard, at_ns=later.at_ns)
    found = verdict([*run.entries[: marks[1]], moved, *run.entries[marks[1] + 1 :]], run.tapes)
    assert found.difference is not None
    assert found.difference.recorded == "(nothing)"
    assert found.difference.what.startswith("signal EXPAND")


def test_other_values_are_found(run: HeardRun) -> None:
    at = next(n for n, e in enumerate(run.entries) if isinstance(e, SettingsChanged))
    event = run.entries[at]
    assert isinstance(event, SettingsChanged)
    assert event.changes == {"sentinel.clip_usd": "250.5", "sentinel.pair_limit_usd": "4000"}
    other = msgspec.structs.replace(event, changes=event.changes | {"sentinel.clip_usd": "99"})
    found = verdict([*run.entries[:at], other, *run.entries[at + 1 :]], run.tapes)
    assert found.difference is not None
    assert found.difference.field == "clip_units"


def test_what_this_version_does_not_take_over_is_said(run: HeardRun) -> None:
    at = next(n for n, e in enumerate(run.entries) if isinstance(e, SettingsChanged))
    old = msgspec.structs.replace(run.entries[at], changes={"sentinel.of_old": 1})
    with pytest.raises(ReplayError, match="this version does not"):
        verdict([*run.entries[:at], old, *run.entries[at + 1 :]], run.tapes)


@pytest.mark.parametrize(
    "changes",
    [
        {"sentinel.window": 30}, {"sentinel.entry_z": -1.0}, {"sentinel.exit_z": 5.0},
        {"sentinel.entri_z": 2.0}, {"live.record": False}, {"sentinel.entry_z": "much"},
        {"limits.max_order_usd": 100}, {"sentinel.entry_z": 3.0, "run.seed": 8},
    ],
)  # fmt: skip
def test_what_is_refused_changes_nothing_and_is_not_written_down(
    tmp_path: Path, plain: HeardRun, changes: dict[str, object]
) -> None:
    run = HeardRun(tmp_path, {100: changes})
    assert len(run.refused) == 1
    assert run.entries == plain.entries


def test_what_is_so_already_is_not_written_down(tmp_path: Path, plain: HeardRun) -> None:
    run = HeardRun(tmp_path, {100: {"sentinel.entry_z": 2, "sentinel.clip_usd": 500}})
    assert (run.refused, run.entries == plain.entries) == ([], True)
