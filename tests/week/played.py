"""What a story came to, by its journal and by the doubles: how often each thing happened in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from titan.execution.sagas.withdrawal import ASKED
from titan.model.guard import DrawdownReached, MarginStep, Tier
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairOutcome, PairType, TransferIntent
from titan.model.signal import Purpose, Signal
from titan.model.step import SagaStep
from titan.strategies.sentinel.state import VACUUM_OPEN

if TYPE_CHECKING:
    from tests.week.story import Story

TIERS = {
    Tier.TOP_UP: "margin called: quote moved to the shorts",
    Tier.REDUCE: "margin called: pairs reduced",
    Tier.SWEEP: "margin: profit of shorts taken out",
    Tier.SPLIT: "margin: wallets back at their shares",
}

CASCADES = "cascades that were signalled"


def played(story: Story, entries: Iterable[msgspec.Struct]) -> dict[str, int]:
    """By name, in the order of a reader's interest; what a process wrote and lost is not in it."""
    count: Counter[str] = Counter()
    for entry in entries:
        count.update(_names(entry))
    orders = [order for venue in story.venues.values() for order in venue.world.desk.orders.values()]
    count["liquidations"] = sum(bool(order.extra.get("liquidation")) for order in orders)
    return {name: count[name] for name in ORDER}


def _names(entry: msgspec.Struct) -> Iterator[str]:
    match entry:
        case MarginStep(tier=tier):
            if tier is not Tier.REDUCE or entry.begins:
                yield TIERS[tier]
        case Signal(code=code):
            if code == VACUUM_OPEN:
                yield CASCADES
        case PairOutcome():
            yield from _pair(entry)
        case SagaOutcome(intent=TransferIntent() as wish):
            what = "withdrawals" if wish.crosses else "transfers"
            yield f"{what} {'done' if entry.end is PairEnd.DONE else 'refused, failed or given up'}"
        case DrawdownReached():
            yield "rungs of drawdown"


def _pair(outcome: PairOutcome) -> Iterator[str]:
    entry = outcome.intent.purpose is Purpose.ENTRY
    if outcome.units:
        vacuum = outcome.intent.type is PairType.VACUUM
        yield f"{'vacuums' if vacuum else 'pairs'} {'entered' if entry else 'left'}"
    if not entry and outcome.units and outcome.intent.reason.startswith("margin utilisation"):
        yield "pairs left for margin"
    if outcome.end is not PairEnd.DONE:
        yield "pairs aborted, and made neutral"


ORDER = (
    "pairs entered", "pairs left", "pairs aborted, and made neutral",
    CASCADES, "vacuums entered", "vacuums left",
    TIERS[Tier.TOP_UP], TIERS[Tier.REDUCE], "pairs left for margin", TIERS[Tier.SWEEP], TIERS[Tier.SPLIT],
    "transfers done", "transfers refused, failed or given up", "withdrawals done",
    "withdrawals refused, failed or given up", "rungs of drawdown", "liquidations",
)  # fmt: skip


def asked(entries: Iterable[msgspec.Struct]) -> Counter[tuple[str, Decimal]]:
    """Withdrawals that were written down before they were asked for, by (venue, amount)."""
    wishes: dict[str, TransferIntent] = {}
    names: set[str] = set()
    for entry in entries:
        if isinstance(entry, TransferIntent) and entry.crosses:
            wishes[entry.id] = entry
        elif isinstance(entry, SagaStep) and entry.step == ASKED and entry.intent_id in wishes:
            names.add(entry.intent_id)
    return Counter((w.source.partition(".")[0], Decimal(w.amount)) for w in map(wishes.get, names) if w)


NEEDED = (TIERS[Tier.TOP_UP], "transfers done", "withdrawals done", CASCADES)
"""Of a whole week: one without them proves nothing about them. Whether pairs have to be reduced is a matter
of what they gained before, and whether a cascade is played the strategy's decision."""


def carried(story: Story) -> tuple[Decimal, Decimal, int]:
    """What left the venues for one another and came, the fees of it, and how many are under way, by the
    doubles' accounts."""
    moved = [m for venue in story.venues.values() for m in venue.world.account.movements]
    paid = [m for m in moved if m.what == "withdrawal" and m.state == "completed"]
    going = sum(m.what in ("withdrawal", "deposit") and m.state == "pending" for m in moved)
    amount = sum((m.net for m in moved if m.what == "deposit" and m.state == "completed"), Decimal(0))
    return amount, sum((m.fee for m in paid), Decimal(0)), going
