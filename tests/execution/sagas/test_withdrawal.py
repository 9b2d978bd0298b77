"""Withdrawals: asked for once, on their way in the books, there by two proofs, back where they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from random import Random

import msgspec
import pytest
from msgspec.structs import replace

from tests.execution.scripted import INSTRUMENTS, Prices, Stage
from titan.engine.loop import VirtualLoop
from titan.execution.sagas.saga import Parts, Past
from titan.execution.sagas.table import saga_of
from titan.execution.sagas.withdrawal import ITS_WORD, WithdrawalSaga
from titan.model.account import Arrival, Balance, Withdrawal, WithdrawalState
from titan.model.errors import VenueRefused, VenueUnknown
from titan.model.events import Transfer
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.model.settled import Fate, Settled
from titan.model.step import SagaStep
from titan.portfolio.entries import TRANSFERS, TRANSIT
from titan.portfolio.ledger import Ledger
from titan.risk.overrides import REDUCE_ONLY, Scope

NS = 1_000_000_000
WISH = TransferIntent(
    "w", "s", "USDT", "binance.spot", "bybit.spot", "1000", "margin", 40 * NS, deadline_ns=600 * NS
)


class Rail:
    """A carrier that a test tells what happens; times in seconds from the asking."""

    def __init__(self, loop: VirtualLoop, *, arrives: float = 120.0, shown: float = 0.0) -> None:
        self.loop, self.arrives, self.shown = loop, arrives, shown
        self.asked = 0
        self.asked_at = 0.0
        self.error: Exception | None = None
        self.takes = True
        self.fails = self.silent = self.unified = False
        self.net, self.held, self.leaves = Decimal(999), Decimal(700), 30.0

    def _since(self) -> float:
        return self.loop.time() - self.asked_at

    async def send(self, wish: TransferIntent) -> Withdrawal:
        self.asked += 1
        self.asked_at = self.loop.time()
        if self.error is not None:
            self.takes = self.takes and isinstance(self.error, VenueUnknown)
            raise self.error
        return self._told(wish)

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        if self.silent:
            raise VenueUnknown("no answer")
        return self._told(wish) if self.asked and self.takes else None

    def _told(self, wish: TransferIntent) -> Withdrawal:
        gone = self._since() >= self.leaves
        state = WithdrawalState.SENT if gone else WithdrawalState.PENDING
        state = WithdrawalState.FAILED if gone and self.fails else state
        tx = "0xa" if gone and not self.fails else ""
        return Withdrawal("v1", "USDT", Decimal(wish.amount), Decimal(1), "a", "", "", state, tx)

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        assert txid == "0xa"
        return Arrival(txid, "USDT", self.net, "TRC20", credited=self._since() >= self.arrives)

    async def fetch_balances(self) -> Sequence[Balance]:
        left = bool(self.asked and self.takes) and not (self.fails and self._since() >= self.leaves)
        here = left and not self.fails and self._since() >= self.arrives + self.shown
        target = "bybit.unified" if self.unified else "bybit.spot"
        return [
            Balance("binance.spot", "USDT", Decimal(5000 - 1000 * left), Decimal(0)),
            Balance(target, "USDT", self.held + self.net * here, Decimal(0)),
        ]


class Tale:
    """One or more withdrawals over a rail and a ledger."""

    def __init__(self) -> None:
        self.stage = Stage()
        self.pages: list[str] = []
        self.stage.desk._page = self.pages.append
        self.ledger = Ledger(INSTRUMENTS, currency="USDT")
        self.ledger.deposit("binance.spot", "USDT", Decimal(5000), 1)
        self.ledger.deposit("bybit.spot", "USDT", Decimal(700), 1)
        self.rail = Rail(self.stage.loop)
        self.lines: list[msgspec.Struct] = self.stage.lines
        self.parts = Parts(
            INSTRUMENTS.__getitem__, self.stage.desk, Prices(), self.lines.append, Random(1),
            self.stage.loop.now, booked=self.ledger.balance, transferred=self._book, carrier=self.rail,
            worth=lambda wallet, asset: Decimal(1),
        )  # fmt: skip
        self.seen: list[tuple[float, Decimal, Decimal]] = []
        self.lag = Decimal(0)

    def _book(self, transfer: Transfer) -> None:
        self.lines.append(transfer)
        if self.lag:  # by now we were told of it
            self.ledger.deposit("bybit.spot", "USDT", self.lag, 3)
            self.lag = Decimal(0)
        self.ledger.book_transfer(transfer)
        held = [self.ledger.balance(w, "USDT") for w in ("binance.spot", TRANSIT, "bybit.spot")]
        self.seen.append(
            (self.stage.loop.time(), self.ledger.balance(TRANSIT, "USDT"), sum(held, Decimal(0)))
        )

    def run(self, wish: TransferIntent = WISH, past: Past | None = None) -> SagaOutcome:
        outcome = self.stage.run(saga_of(wish, self.parts, past).run())
        assert isinstance(outcome, SagaOutcome)
        assert outcome in self.lines
        return outcome

    def steps(self) -> list[str]:
        return [one.step for one in self.lines if isinstance(one, SagaStep)]


@pytest.fixture
def tale() -> Tale:
    return Tale()


def test_money_is_on_its_way_until_it_is_there(tale: Tale) -> None:
    assert tale.run().end is PairEnd.DONE
    assert tale.steps() == ["asked", "on the way", "arrived"]
    (left, on_way, before), (there, none, after) = tale.seen
    assert there - left >= 120
    assert (on_way, none) == (Decimal(1000), Decimal(0))
    assert (before, after) == (Decimal(5700), Decimal(5699))  # the fee, and nothing else
    assert tale.ledger.balance("bybit.spot", "USDT") == Decimal(1699)
    assert tale.ledger.balance(TRANSFERS, "USDT") == Decimal(1)
    assert (tale.rail.asked, tale.pages, tale.parts.lanes) == (1, [], {})


def test_it_counts_only_when_the_balance_shows_it_too(tale: Tale) -> None:
    tale.rail.shown = 100.0
    assert tale.run().end is PairEnd.DONE
    assert tale.seen[-1][0] - tale.seen[0][0] >= 220


def test_a_gap_that_was_too_wide_before_keeps_nothing_on_its_way_for_ever(tale: Tale) -> None:
    """A sale's proceeds lay at the target before their fill was told: the gap is never that wide again."""
    tale.rail.held, tale.lag = Decimal(1000), Decimal(300)
    tale.rail.leaves = tale.rail.arrives = 0.0
    assert tale.run().end is PairEnd.DONE
    there = tale.seen[-1][0] - tale.seen[0][0]
    assert ITS_WORD * 40 <= there < ITS_WORD * 40 + 61
    assert tale.ledger.balance(TRANSIT, "USDT") == 0
    assert tale.ledger.balance("bybit.spot", "USDT") == Decimal(1999)


def test_one_wallet_for_all_trading_holds_it_too(tale: Tale) -> None:
    tale.rail.unified = True
    assert tale.run().end is PairEnd.DONE
    assert tale.ledger.balance("bybit.spot", "USDT") == Decimal(1699)


@pytest.mark.parametrize("takes", [True, False])
def test_an_unanswered_one_is_looked_up_and_never_asked_again(tale: Tale, takes: bool) -> None:
    tale.rail.error, tale.rail.takes = VenueUnknown("no answer"), takes
    assert tale.run().end is (PairEnd.DONE if takes else PairEnd.ABORTED)
    assert tale.rail.asked == 1
    assert tale.ledger.balance("binance.spot", "USDT") == Decimal(4000 if takes else 5000)
    assert tale.ledger.balance(TRANSIT, "USDT") == 0


def test_one_that_failed_is_back_in_the_books(tale: Tale) -> None:
    tale.rail.fails = True
    outcome = tale.run()
    assert (outcome.end, "back" in outcome.reason) == (PairEnd.ABORTED, True)
    assert tale.ledger.balance("binance.spot", "USDT") == Decimal(5000)
    assert tale.ledger.balance(TRANSFERS, "USDT") == 0
    assert len(tale.pages) == 1


def test_a_refused_one_is_paged_with_its_remedy(tale: Tale) -> None:
    tale.rail.error = VenueRefused("no key of binance may withdraw", remedy="add one with `titan keys add`")
    assert tale.run().end is PairEnd.ABORTED
    assert "titan keys add" in tale.pages[0]


def test_what_is_late_is_paged_once_and_followed_to_its_end(tale: Tale) -> None:
    tale.rail.arrives = 5000.0
    assert tale.run().end is PairEnd.DONE
    assert len(tale.pages) == 1
    assert tale.steps().count("in doubt") == 1


def test_more_lost_than_allowed_is_paged(tale: Tale) -> None:
    tale.rail.net = Decimal(990)
    assert tale.run(replace(WISH, fee_limit="5")).end is PairEnd.DONE
    assert "above its limit" in tale.pages[0]


def test_one_at_a_time_between_two_venues(tale: Tale) -> None:
    async def both() -> list[SagaOutcome]:
        wishes = WISH, replace(WISH, id="w2", amount="10"), replace(WISH, id="w3", target="okx.spot")
        found = [WithdrawalSaga(w, tale.parts) for w in wishes[:2]]
        assert wishes[2].lane != WISH.lane
        return list(await asyncio.gather(*(one.run() for one in found)))

    first, second = tale.stage.run(both())
    assert (first.end, second.end) == (PairEnd.DONE, PairEnd.ABORTED)
    assert "under way: w" in second.reason
    assert tale.rail.asked == 1


def test_one_that_nobody_can_tell_of_halts_its_lane(tale: Tale) -> None:
    tale.rail.error, tale.rail.silent = VenueUnknown("no answer"), True
    outcome = tale.run()
    assert outcome.end is PairEnd.NEEDS_OPERATOR
    halts = tale.stage.desk.halts
    tale.stage.desk.needs_operator(outcome)
    later = WithdrawalSaga(replace(WISH, id="later"), tale.parts)
    assert "needs operator w binance>bybit" in later._blocked()
    other = replace(WISH, source="bybit.spot", target="binance.spot")
    assert not WithdrawalSaga(other, tale.parts)._blocked()
    assert halts.lift("needs operator w binance>bybit", by="me")
    assert not later._blocked()


@pytest.mark.parametrize("scope", [Scope(), Scope(strategy="s"), Scope(venue="binance")])
def test_nothing_leaves_while_an_operator_has_stopped_it(tale: Tale, scope: Scope) -> None:
    tale.stage.desk.halts.impose("h", scope, REDUCE_ONLY, reason="by hand", by="me")
    assert tale.run().end is PairEnd.ABORTED
    assert tale.rail.asked == 0


@pytest.mark.parametrize("kept", range(1, 5))
def test_a_restart_after_any_entry_asks_nothing_again(kept: int) -> None:
    first = Tale()
    first.run()
    entries = first.lines[:kept]
    second = Tale()
    second.rail.asked, second.rail.asked_at = 1, -1000.0  # by the earlier process
    for entry in entries:
        if isinstance(entry, Transfer):
            second.ledger.book_transfer(entry)
    steps = [e for e in entries if isinstance(e, SagaStep)]
    assert second.run(past=Past((), steps)).end is PairEnd.DONE
    assert second.rail.asked == 1
    assert second.ledger.balance("bybit.spot", "USDT") == Decimal(1699)
    assert second.ledger.balance(TRANSIT, "USDT") == 0


def test_one_that_was_never_asked_for_ends_with_the_restart(tale: Tale) -> None:
    assert tale.run(past=Past()).end is PairEnd.ABORTED
    assert tale.rail.asked == 0


def test_a_run_without_a_carrier_refuses(tale: Tale) -> None:
    tale.parts.carrier = None
    outcome = tale.run()
    assert (outcome.end, "nobody here carries money" in outcome.reason) == (PairEnd.ABORTED, True)


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize(
    ("said", "end", "held"),
    [
        (Settled("w", Fate.ARRIVED, "998", "ann", "", 1), PairEnd.DONE, (4000, 0, 1698, 2)),
        (Settled("w", Fate.BACK, "", "ann", "", 1), PairEnd.ABORTED, (5000, 0, 700, 0)),
        (Settled("w", Fate.LOST, "", "ann", "", 1), PairEnd.ABORTED, (4000, 0, 700, 1000)),
    ],
)
def test_an_operator_ends_what_never_arrives(
    tale: Tale, silent: bool, said: Settled, end: PairEnd, held: tuple[int, ...]
) -> None:
    """On its way for good; or with a venue that does not say whether it ever left."""
    tale.rail.arrives, tale.rail.silent = 1e9, silent
    tale.rail.error = VenueUnknown("no answer") if silent else None
    saga = WithdrawalSaga(WISH, tale.parts)
    tale.stage.loop.call_later(400, saga.settle, said)
    outcome = tale.stage.run(saga.run())
    assert (outcome.end, "settled by ann" in outcome.reason) == (end, True)
    assert tale.stage.loop.time() < 445, "at once, or after the answer that is waited for"
    places = ("binance.spot", TRANSIT, "bybit.spot", TRANSFERS)
    assert tuple(tale.ledger.balance(place, "USDT") for place in places) == held
    assert tale.parts.lanes == {}
