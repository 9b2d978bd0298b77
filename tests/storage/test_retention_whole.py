"""Pruned at any age, a journal still says all that a restart rebuilds: books, orders, executions, halts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from random import Random

import msgspec
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from tests.execution.scripted import INSTRUMENTS, PERP, SPOT, pair_intent
from tests.storage.stores import Writing, fill, report, submitted
from titan.execution.booking import rebuild
from titan.execution.halts import Halts
from titan.model.errors import StorageError
from titan.model.events import AmendAsked, Refused, Transfer
from titan.model.fill import Fill, FundingPayment
from titan.model.late import UndoIntent
from titan.model.listing import Listing
from titan.model.order import OrderEvent, Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import HaltIntent, PairEnd, PairOutcome, TransferIntent
from titan.model.recovery import Baseline, Deposited, Latched, PanicEnded, PanicStep, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.model.run import RunBegan
from titan.model.signal import Signal
from titan.model.step import SagaStep
from titan.portfolio.ledger import Ledger
from titan.runtime.entries import TYPES
from titan.runtime.trading.left import left_by
from titan.runtime.trading.stages import Way
from titan.storage.recall import recall, verified
from titan.storage.retention import prune
from titan.storage.store import Store, open_store

Story = list[msgspec.Struct]
ENDS = (OrderEvent.CANCEL, OrderEvent.EXPIRE, OrderEvent.REJECT)


def order(rng: Random, name: str, saga: str = "") -> Story:
    """Sent, and then anything that can be heard of it, up to any point."""
    story: Story = [submitted(name, 5, saga=saga)]
    if rng.random() < 0.6:
        story.append(report(name, OrderEvent.ACCEPT))
    if rng.random() < 0.2:
        story.append(AmendAsked(name, 4, 101, 7))
    story += [told(fill(name, f"{name}.{n}", 1)) for n in range(rng.choice((0, 0, 1, 5)))]
    if rng.random() < 0.6:
        story.append(report(name, rng.choice(ENDS)))
    if rng.random() < 0.1:
        story.append(told(fill(name, f"{name}.late", 1)))
    if rng.random() < 0.2:
        story.append(Way(name, f"i-{name}", saga))
    return story


def told(one: Fill) -> Fill:
    return msgspec.structs.replace(one, fee=Decimal("0.1"), fee_asset="USDT")


def saga(rng: Random, name: str) -> Story:
    pair = rng.random() < 0.5
    undo = UndoIntent(name, "s", "o", PERP.id, Side.BUY, 3, 500_000, 1, 20.0)
    wish = pair_intent(4, 2, id=name, strategy="s") if pair else undo
    story: Story = [wish]
    for n in range(rng.randint(0, 3)):
        story.append(SagaStep(name, "clip", n, (0, 0), n, figures={"n": str(n)}))
        story += order(rng, f"{name}.{n}", name)
    if rng.random() < 0.2:
        story.append(HaltIntent(name, "s", "enough"))
    if rng.random() < 0.6:
        end = rng.choice((PairEnd.DONE, PairEnd.ABORTED, PairEnd.NEEDS_OPERATOR))
        story.append(
            PairOutcome(wish, end, 1, 1, 0, "so", 9)  # type: ignore[arg-type]
            if pair
            else SagaOutcome(undo, end, 1, 1, "so", 9)
        )
        if end is PairEnd.NEEDS_OPERATOR and rng.random() < 0.5:
            story.append(Imposed(f"needs operator {name} {PERP.id}", "REDUCE_ONLY", "0", "so", "desk", 9))
    if rng.random() < 0.2:
        story += order(rng, f"{name}.after", name)
    return story


def single(rng: Random, name: str) -> Story:
    wish = submitted(name).intent
    answer = rng.choice(("none", "refused", "sent"))
    refused: Story = [Refused(wish.id, "size", "too large", {}, 1)]
    return [wish, *({"none": [], "refused": refused, "sent": order(rng, name)}[answer])]


def money(rng: Random, name: str) -> Story:
    wish = TransferIntent(name, "s", "USDT", "binance.spot", "binance.perp", "5", "margin")
    moved = Transfer(
        rng.choice((name, f"venue's {name}")), "USDT", wish.source, wish.target, Decimal(5), Decimal(0), 3
    )  # fmt: skip
    paid = FundingPayment(
        name, PERP.id, Decimal("0.0001"), -1, Decimal(50_000), Decimal(5), "USDT", 7, 7
    )  # fmt: skip
    ended = SagaOutcome(wish, PairEnd.ABORTED, 0, 0, "no", 9)
    return rng.choice(([wish], [wish, moved], [wish, ended], [paid], [moved]))


def said(rng: Random, name: str) -> Story:
    """Whatever else is written."""
    imposed = Imposed(name, "REDUCE_ONLY", "0", "because", "desk", 4, instrument=SPOT.id)
    panic: Story = [PanicStep(name, "binance", "cancel", 5), PanicStep(name, "binance", "close", 6)]
    stray = fill(f"nobody {name}", f"{name}.f", 1)
    return rng.choice(
        (
            [imposed], [imposed, Lifted(name, "o", 5)], [Latched(name, "why", "brain", 4)],
            [Latched(name, "why", "brain", 4), Rearmed(name, "o", 5)],
            [Baseline("binance", name, Decimal(3), 4)], panic,
            [*panic, PanicEnded(name, ("binance",), {}, 7)], [told(stray)], [Listing(SPOT, 3)],
            [Signal("s", 1, "OPEN", "BTC", 7, 1, {})], [Refused(f"i-{name}", "size", "no", {}, 1)],
            [RunBegan("r", "paper", "s", "here", Decimal(1), 1, "0", True, 5)],
        )
    )  # fmt: skip


def told_by(seed: int) -> Story:
    """Two runs, or one; every story in its own order, and all of them at once."""
    rng = Random(seed)
    whole: Story = []
    for run in range(rng.randint(1, 2)):
        whole.append(RunBegan(f"r{run}", "paper", "s", "here", Decimal(1), 1, "0", False, 5))
        whole += [Deposited(wallet, "USDT", Decimal(10**6), 1) for wallet in ("binance.spot", "binance.perp")]
        makers = (saga, single, money, said, order)
        stories = [iter(rng.choice(makers)(rng, f"{run}.{n}")) for n in range(rng.randint(3, 25))]
        whole += interleaved(rng, stories)
    return whole


def interleaved(rng: Random, stories: list[Iterator[msgspec.Struct]]) -> Iterator[msgspec.Struct]:
    while stories:
        one = rng.choice(stories)
        event = next(one, None)
        if event is None:
            stories.remove(one)
        else:
            yield event


def rebuilt(store: Store) -> tuple[object, ...]:
    """All that a restart makes of a journal."""
    events = list(recall(store, TYPES))
    left = left_by(events)
    memory, ledger = left.memory, Ledger(INSTRUMENTS, currency="USDT")
    rebuild(ledger, memory.bookings, memory.intent)
    halts = Halts(lambda event: None, lambda: 0)
    for event in left.events:
        halts.hear(event)
    open_ = {
        name: (one.submitted, one.heard)
        for name, one in memory.orders.items()
        if one.fills or not one.ended or one.submitted.intent.saga in memory.wishes
    }
    steps = {name: steps for name, steps in memory.steps.items() if name in memory.wishes}
    return (
        left.began, ledger.balances(), ledger.positions(), list(ledger.entries), open_, memory.wishes, steps,
        memory.unsent, memory.stuck, memory.panics(), memory.foreign, memory.latches, memory.baselines,
        memory.instruments, halts.restraints.standing(),
        {one.name for one in events if isinstance(one, Imposed) and halts.restraints.was_heard(one.name)},
    )  # fmt: skip


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate])
@example(seed=24, ages=(1.0, 0.0))
@given(seed=st.integers(0, 2**32), ages=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_pruned_at_any_age_it_is_rebuilt_as_it_was(seed: int, ages: tuple[float, float]) -> None:
    story = told_by(seed)
    with tempfile.TemporaryDirectory() as folder:
        writing = Writing(f"sqlite:///{Path(folder) / 'titan.db'}")
        for event in story:
            writing.journal(event)
        writing.safe()
        writing.close()
        store = open_store(writing.store.url)
        before = rebuilt(store)
        for age in ages:
            with suppress(StorageError):  # nothing of that age is left
                prune(store, max(1, round(age * len(story))), 99)
            assert rebuilt(store) == before
        assert verified(store).broken is None
        store.close()
