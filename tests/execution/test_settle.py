"""An operator's word on a transfer of which no venue tells: written down, and the books follow exactly, also
where the process dies in the middle of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from tests.execution.scripted import INSTRUMENTS, Prices, Stage
from titan.engine.engine import Engine
from titan.execution.memory import fold
from titan.execution.restoring import restored
from titan.model.events import LEFT, Transfer
from titan.model.outcome import SagaOutcome, doubt_halt
from titan.model.pair import PairEnd, TransferIntent
from titan.model.recovery import Deposited
from titan.model.restraint import Lifted
from titan.model.settled import Fate, Settled
from titan.portfolio.entries import TRANSFERS, TRANSIT
from titan.portfolio.ledger import Ledger

D = Decimal
CROSSES = TransferIntent("w", "s", "USDT", "binance.spot", "bybit.spot", "1000", "margin")
WITHIN = TransferIntent("t", "s", "USDT", "binance.spot", "binance.perp", "1000", "margin")
OUT = Transfer("w" + LEFT, "USDT", "binance.spot", TRANSIT, D(1000), D(0), 2)
UNUSED: Any = None


def doubted(wish: TransferIntent, *more: msgspec.Struct) -> list[msgspec.Struct]:
    """A journal in which nobody knows what became of it."""
    begins = [Deposited("binance.spot", "USDT", D(5000), 1), Deposited("bybit.spot", "USDT", D(700), 1)]
    end = SagaOutcome(wish, PairEnd.NEEDS_OPERATOR, 0, 0, "whether it left cannot be told", 3)
    return [*begins, wish, *more, end]


def said(fate: Fate, amount: str = "", wish: str = "w") -> Settled:
    return Settled(wish, fate, amount, "ann", "ticket 4711", 9)


class Process:
    """One that begins with a journal."""

    name, timer_ns = "s", 0

    def __init__(self, entries: Sequence[msgspec.Struct]) -> None:
        self.stage, self.entries = Stage(), list(entries)
        self.stage.desk._journal = self.stage.desk.halts._journal = self.entries.append
        self.ledger, self.told, prices = Ledger(INSTRUMENTS, currency="USDT"), list[str](), Prices()
        watcher: Any = self
        stage = self.stage
        self.engine = Engine(
            stage.loop, INSTRUMENTS, stage.desk, self.ledger, prices, UNUSED, self.entries.append, watcher,
            seed=1,
        )  # fmt: skip
        memory = fold(entries)
        restored(list(entries), memory, stage.desk, self.ledger)
        self.engine.doubt(memory.doubtful())
        for one in memory.settled.values():
            assert self.engine.settle(one, written=True)
        self.engine.strategies = [watcher]

    def cleared(self, wish: str) -> None:
        self.told.append(wish)

    def held(self) -> tuple[D, ...]:
        places = ("binance.spot", "binance.perp", TRANSIT, "bybit.spot", TRANSFERS)
        return tuple(self.ledger.balance(place, "USDT") for place in places)

    def halts(self) -> list[str]:
        return list(self.stage.desk.halts.restraints.standing())


CASES = [
    (doubted(CROSSES), said(Fate.ARRIVED, "999"), (4000, 0, 0, 1699, 1)),
    (doubted(CROSSES), said(Fate.ARRIVED, "1000"), (4000, 0, 0, 1700, 0)),
    (doubted(CROSSES), said(Fate.BACK), (5000, 0, 0, 700, 0)),
    (doubted(CROSSES), said(Fate.LOST), (4000, 0, 0, 700, 1000)),
    (doubted(CROSSES, OUT), said(Fate.ARRIVED, "999"), (4000, 0, 0, 1699, 1)),
    (doubted(CROSSES, OUT), said(Fate.BACK), (5000, 0, 0, 700, 0)),
    (doubted(CROSSES, OUT), said(Fate.LOST), (4000, 0, 0, 700, 1000)),
    (doubted(WITHIN), said(Fate.ARRIVED, "1000", "t"), (4000, 1000, 0, 700, 0)),
    (doubted(WITHIN), said(Fate.BACK, wish="t"), (5000, 0, 0, 700, 0)),
]  # fmt: skip


@pytest.mark.parametrize(("journal", "word", "held"), CASES)
def test_the_books_follow_and_nobody_waits_for_it_any_more(
    journal: list[msgspec.Struct], word: Settled, held: tuple[int, ...]
) -> None:
    run = Process(journal)
    assert [w.id for w in run.engine.moving] == [word.intent_id], "its gaps are its own until then"
    crosses = word.intent_id == "w"
    assert run.halts() == ([doubt_halt("w", "binance>bybit")] if crosses else [])
    assert run.engine.settle(word)
    assert run.held() == held
    assert (run.halts(), run.engine.moving, run.told) == ([], [], [word.intent_id])
    assert not any(run.ledger.trial_balance().values())
    lifted = [e for e in run.entries if isinstance(e, Lifted)]
    assert [(e.by, "ticket 4711" in e.reason) for e in lifted] == [("ann", True)] * crosses
    written = len(run.entries)
    assert run.engine.settle(word)
    assert len(run.entries) == written, "once"


@pytest.mark.parametrize(("journal", "word", "held"), CASES)
def test_a_process_that_dies_in_between_has_the_next_one_finish_it(
    journal: list[msgspec.Struct], word: Settled, held: tuple[int, ...]
) -> None:
    run = Process(journal)
    run.engine.settle(word)
    whole = run.entries
    first = whole.index(word) + 1
    for end in range(first, len(whole) + 1):
        again = Process(whole[:end])
        assert again.held() == held
        assert (again.halts(), again.engine.moving) == ([], [])
        once_more = Process(again.entries)
        assert once_more.held() == held
        assert once_more.entries == again.entries, "nothing is written a second time"


def test_what_nothing_prices_waits() -> None:
    run = Process(doubted(CROSSES))
    run.engine._worth = lambda wallet, asset: None  # type: ignore[method-assign]
    written = len(run.entries)
    assert not run.engine.settle(said(Fate.LOST))
    assert (len(run.entries), run.held()[0]) == (written, 5000)
    assert run.engine.settle(said(Fate.ARRIVED, "1000")), "nothing was lost, so nothing need be priced"
