"""A journal beside its replay: equal where nothing was changed, and whatever was changed is named."""

from __future__ import annotations

import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.runtime.verify.virtual import Virtual, beside, market
from titan.market.tape.file import TapeMeta
from titan.market.tape.grow import GrowingTape
from titan.model.errors import ReplayError
from titan.model.fill import Fill
from titan.model.pair import PairIntent, PairOutcome, TransferIntent
from titan.model.run import RunBegan
from titan.model.signal import Signal
from titan.model.wake import RunSettings, Why, Woke
from titan.risk.overrides import NO_TRADING, Scope
from titan.risk.restraints import imposed
from titan.runtime.verify.course import Course
from titan.runtime.verify.verdict import LiveVerdict


@pytest.fixture(scope="module")
def liquidated(tmp_path_factory: pytest.TempPathFactory) -> Virtual:
    return Virtual(tmp_path_factory.mktemp("liquidated"), market(340_000.0))


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Virtual:
    return Virtual(tmp_path_factory.mktemp("calm"), market(100_100.0))


def verdict(entries: list[msgspec.Struct], tapes: Path) -> LiveVerdict:
    course = Course(tapes)
    for number, event in enumerate(entries, 1):
        course.take(number, event)
    return course.verdict()


def place(entries: list[msgspec.Struct], kind: type, number: int = 0) -> int:
    return [n for n, event in enumerate(entries) if isinstance(event, kind)][number]


def changed(entries: list[msgspec.Struct], at: int, **fields: Any) -> list[msgspec.Struct]:
    return [*entries[:at], msgspec.structs.replace(entries[at], **fields), *entries[at + 1 :]]


def test_signals_timers_ends_and_liquidations_are_decided_again(liquidated: Virtual) -> None:
    found = verdict(liquidated.entries, liquidated.tapes)
    assert found.difference is None, found.explain()
    assert (found.equal, found.unverified) == (True, 0)
    assert found.run_hash == found.replay_hash
    woken = {event.why for event in liquidated.entries if isinstance(event, Woke)}
    assert woken >= {Why.BEGIN, Why.SIGNAL, Why.TICK, Why.FINISHED, Why.LIQUIDATED}
    assert found.wishes >= 3


def test_withdrawals_between_venues_are_decided_again_along_the_lanes_of_the_run(tmp_path: Path) -> None:
    run = Virtual(
        tmp_path, beside(market(142_000.0)), ("binance", "bybit"),
        simulation__withdrawal_minutes=0.5, sentinel__pair_limit_usd=1_000_000,
        limits__max_position_usd=1_000_000, limits__drawdown_flatten=0.9,
        limits__drawdown_halve=0.9, limits__drawdown_no_entries=0.9,
    )  # fmt: skip
    crossing = [e for e in run.entries if isinstance(e, TransferIntent) and e.crosses]
    assert [e.lane for e in crossing] == ["bybit>binance"]
    found = verdict(run.entries, run.tapes)
    assert (found.equal, found.unverified) == (True, 0), found.explain()
    nowhere = verdict(changed(run.entries, place(run.entries, RunSettings), lanes=()), run.tapes)
    assert not nowhere.equal, "without its lanes it would not have asked"


def test_a_journal_that_was_cut_anywhere_is_equal_as_far_as_it_goes(calm: Virtual) -> None:
    whole = len(calm.entries)
    for end in range(20, whole, max(1, whole // 25)):
        found = verdict(calm.entries[:end], calm.tapes)
        assert found.equal, found.explain()


def test_another_process_goes_on_where_one_was_killed(calm: Virtual, tmp_path: Path) -> None:
    """The second one hears nothing, and is stopped: its strategy knows what the first one left."""
    tapes = shutil.copytree(calm.tapes, tmp_path / "tape")
    began, settings = calm.entries[0], calm.entries[1]
    assert isinstance(began, RunBegan)
    assert isinstance(settings, RunSettings)
    GrowingTape(tapes / "002", TapeMeta(_instruments(calm), heard=True)).close()
    at = began.local_ns + 10**12
    again = [
        msgspec.structs.replace(began, resumed=True),
        msgspec.structs.replace(settings, tape="tape/002"),
        *(e for e in calm.entries if type(e).__name__ == "Listing"),
        Woke("sentinel", Why.STOP, "asked to", at, 0, "", 0),
    ]
    found = verdict([*calm.entries, *again], tapes)
    assert (found.equal, len(found.starts)) == (True, 2)


def _instruments(run: Virtual) -> tuple[Any, ...]:
    return tuple(e.instrument for e in run.entries if type(e).__name__ == "Listing")  # type: ignore[attr-defined]


def test_a_wish_that_reads_otherwise_is_named_with_its_field(calm: Virtual) -> None:
    at = place(calm.entries, PairIntent)
    wish = calm.entries[at]
    assert isinstance(wish, PairIntent)
    found = verdict(changed(calm.entries, at, units=wish.units + 1), calm.tapes)
    assert found.difference is not None
    assert (found.difference.entry, found.difference.field) == (at + 1, "units")
    assert (found.difference.recorded, found.difference.replayed) == (str(wish.units + 1), str(wish.units))
    assert found.run_hash != found.replay_hash
    assert "not explained" in found.cause


def test_a_figure_within_a_signal_is_named(calm: Virtual) -> None:
    at = place(calm.entries, Signal)
    signal = calm.entries[at]
    assert isinstance(signal, Signal)
    figures = signal.figures | {"forecast": signal.figures["forecast"] + 1e-12}
    found = verdict(changed(calm.entries, at, figures=figures), calm.tapes)
    assert found.difference is not None
    assert (found.difference.entry, found.difference.field) == (at + 1, "figures.forecast")


def test_a_signal_that_the_journal_does_not_have_is_missed(calm: Virtual) -> None:
    at = place(calm.entries, Signal)
    wakes = [n for n, e in enumerate(calm.entries) if isinstance(e, Woke) and n > at]
    found = verdict([*calm.entries[:at], *calm.entries[wakes[1] :]], calm.tapes)
    assert found.difference is not None
    assert found.difference.recorded == "(nothing)"
    assert found.difference.what.startswith("signal ")


def test_another_number_of_wishes_is_told(calm: Virtual) -> None:
    at = next(n for n, e in enumerate(calm.entries) if isinstance(e, Woke) and e.wishes)
    found = verdict(changed(calm.entries, at, wishes=0), calm.tapes)
    assert found.difference is not None
    assert (found.difference.field, found.difference.recorded) == ("number of wishes", "0")


def test_money_that_came_or_went_changes_what_is_decided(liquidated: Virtual) -> None:
    at = place(liquidated.entries, type(liquidated.entries[4]))
    assert type(liquidated.entries[4]).__name__ == "Deposited"
    found = verdict(changed(liquidated.entries, at, amount=Decimal(60_000)), liquidated.tapes)
    assert found.difference is not None


def test_an_outcome_that_is_missing_is_said(calm: Virtual) -> None:
    at = place(calm.entries, PairOutcome)
    with pytest.raises(ReplayError, match="does not have what finished"):
        verdict([*calm.entries[:at], *calm.entries[at + 1 :]], calm.tapes)


def test_a_fill_twice_is_booked_once(calm: Virtual) -> None:
    at = place(calm.entries, Fill)
    assert verdict([*calm.entries[: at + 1], calm.entries[at], *calm.entries[at + 1 :]], calm.tapes).equal


def test_a_process_of_before_this_was_journalled_is_said(calm: Virtual) -> None:
    at = place(calm.entries, RunSettings)
    with pytest.raises(ReplayError, match="does not have the settings"):
        verdict([*calm.entries[:at], *calm.entries[at + 1 :]], calm.tapes)
    with pytest.raises(ReplayError, match="it kept no tape"):
        verdict(changed(calm.entries, at, tape=""), calm.tapes)


def test_settings_that_are_none_any_more_are_said(calm: Virtual) -> None:
    at = place(calm.entries, RunSettings)
    with pytest.raises(ReplayError, match="not those of this version"):
        verdict(changed(calm.entries, at, config={"sentinel": {"of old": 1}}), calm.tapes)


def test_another_version_is_the_likely_cause(calm: Virtual) -> None:
    entries = changed(calm.entries, 0, version="0.0.1")
    assert verdict(entries, calm.tapes).equal
    at = place(entries, PairIntent)
    assert "titan 0.0.1" in verdict(changed(entries, at, units=1), calm.tapes).cause


def test_a_journal_without_a_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(ReplayError, match="no run"):
        verdict([], tmp_path)


def test_what_an_earlier_run_had_left_imposed_holds_in_the_replay(calm: Virtual) -> None:
    legs = [instrument.id for instrument in _instruments(calm)]
    for standing, scale in (((), 1), ((imposed("x", Scope(), NO_TRADING, reason="", by="", local_ns=1),), 0)):
        course = Course(calm.tapes, standing)
        for number, event in enumerate(calm.entries, 1):
            course.take(number, event)
        assert course._again is not None
        assert course._again._present.entry_scale("sentinel", *legs) == scale
