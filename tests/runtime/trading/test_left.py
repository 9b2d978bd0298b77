"""What an earlier process left of a run."""

from __future__ import annotations

from decimal import Decimal

import pytest
from msgspec.structs import replace

from tests.doubles.tapes import SPOT
from titan.model.errors import ConfigError
from titan.model.listing import Listing
from titan.model.recovery import Baseline, Deposited, Reconciled
from titan.model.run import RunBegan, RunStopped
from titan.runtime.trading.left import gone_on_with, left_by

BEGAN = RunBegan("r1", "live", "sentinel", "config", Decimal(1000), 7, "1.0", False, 1)
OPENING = (BEGAN, Listing(SPOT, 1), Deposited("binance.spot", "USDT", Decimal(700), 1))


def test_a_run_that_was_killed_before_it_had_looked_around_was_not_touched() -> None:
    for end in range(1, len(OPENING) + 1):
        assert left_by(OPENING[:end]).untouched
    assert left_by([*OPENING, Baseline("binance", "binance.spot BTC", Decimal(1), 1)]).untouched


def test_a_run_that_has_looked_around_or_stopped_was() -> None:
    looked = Reconciled("binance", True, "", 0, 0, 0, (), 1, 2)
    stopped = RunStopped("r1", "asked to", Decimal(0), 0, {}, 2)
    assert not left_by([*OPENING, looked]).untouched
    assert not left_by([*OPENING, stopped]).untouched


def test_a_run_that_begins_after_another_was_not_touched_by_that_one() -> None:
    earlier = [*OPENING, Reconciled("binance", True, "", 0, 0, 0, (), 1, 2)]
    assert left_by([*earlier, *OPENING]).untouched


def test_paper_begins_anew_after_a_look_and_books_of_another_mode_are_not_gone_on_with() -> None:
    def traded(mode: str) -> list[object]:
        return [replace(BEGAN, mode=mode), *OPENING[1:], RunStopped("r1", "asked to", Decimal(0), 0, {}, 2)]

    assert gone_on_with(left_by(traded("observe")), "paper").began is None
    assert gone_on_with(left_by(traded("observe")), "observe").began is not None
    for before, now in (("paper", "observe"), ("paper", "live"), ("live", "paper")):
        with pytest.raises(ConfigError, match=f"begun with --mode {before}"):
            gone_on_with(left_by(traded(before)), now)
