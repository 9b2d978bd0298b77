"""What must be so at the end of a week, judged by what the doubles know. Nothing here has a tolerance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

import msgspec

from tests.week.played import NEEDED, carried
from titan.execution.memory import Memory
from titan.model.fill import FundingPayment
from titan.model.instrument import InstrumentKind
from titan.model.money import exact
from titan.portfolio.entries import TRANSIT
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import PnL, nav, pnl

if TYPE_CHECKING:
    from tests.week.story import Story

BAND = 0.02
"""SEN-8: delta beyond this share of NAV warns (and beyond 5 % it is hedged at once)."""
LEAN_S = 120.0
"""How long a base may lean by more than its clips: a leg's deadline, its lookups and its repairs."""

Wallets = Mapping[tuple[str, str], Decimal]
Law = tuple[str, bool, str]
"""Name, kept, figures."""


class Statement(msgspec.Struct):
    """What the week comes to."""

    laws: list[Law]
    pnl: PnL
    nav_start: Decimal
    nav_end: Decimal
    funding: int
    funding_sum: Decimal

    @property
    def broken(self) -> list[Law]:
        return [law for law in self.laws if not law[1]]


def judge(story: Story, memory: Memory) -> Statement:
    """When all is calm; `memory` is the whole journal, folded."""
    process = story.process
    assert process is not None
    ledger = process.run.parts.ledger
    marks = process.run.parts.present.marks()
    wallets = {name: venue.wallets() for name, venue in story.venues.items()}
    with exact():
        profit, end = pnl(ledger, marks), nav(ledger, marks)
        start = sum((v.money for v in story.venues.values()), Decimal(0))
        paid, funding = _funding(story, memory)
        laws = [
            *_balances(story, wallets, ledger), _positions(story, ledger), *_orders(story, memory),
            _fills(story, ledger), funding,
            ("profit by source is the change of NAV", profit.total == end - start,
             f"{profit.total} = {end - start}"),
            ("the books balance", not any(ledger.trial_balance().values()), f"{len(ledger.entries)} entries"),
            *_carried(story, ledger, profit), *_ends(story, memory), *_delta(story), _journal(story),
        ]  # fmt: skip
    return Statement(laws, profit, start, end, len(paid), sum((p[3] for p in paid), Decimal(0)))


def _balances(story: Story, wallets: Mapping[str, Wallets], ledger: Ledger) -> list[Law]:
    found: list[Law] = []
    for venue in story.venues.values():
        theirs = wallets[venue.name]
        one = venue.world.account.unified
        ours: dict[tuple[str, str], Decimal] = dict.fromkeys(theirs, Decimal(0))
        for (wallet, asset), amount in ledger.balances().items():
            if wallet.startswith(f"{venue.name}."):
                key = (f"{venue.name}.unified" if one else wallet, asset)
                ours[key] = ours.get(key, Decimal(0)) + amount
        for key in sorted(ours):
            there = theirs.get(key, Decimal(0))
            gap = ours[key] - there
            text = f"{_plain(ours[key])} here, {_plain(there)} there, difference {_plain(gap)}"
            found.append((f"ledger {key[0]} {key[1]}", gap == 0, text))
    return found


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}"


def _positions(story: Story, ledger: Ledger) -> Law:
    gaps, held = [], 0
    for venue in story.venues.values():
        for market in venue.world.markets:
            if market.instrument.kind is not InstrumentKind.PERP:
                continue
            there = venue.world.account.books.positions[market.index].lots
            here = ledger.position(market.instrument.id).lots
            held += there != 0
            if here != there:
                gaps.append(f"{market.instrument.id}: {here} here, {there} there")
    return "positions", not gaps, "; ".join(gaps) or f"{held} open, all equal"


def _orders(story: Story, memory: Memory) -> list[Law]:
    ids: Counter[str] = Counter()
    strangers = 0
    for venue in story.venues.values():
        for order in venue.world.desk.orders.values():
            if order.extra.get("liquidation"):
                continue
            ids[f"{venue.name} {order.client_id}"] += 1
    known = {_there(venue, client) for venue in story.venues for client in memory.orders}
    strangers = sum(name not in known for name in ids)
    twice = sum(count > 1 for count in ids.values())
    return [
        ("no order twice", not twice, f"{len(ids)} orders, {twice} twice"),
        ("no order that the journal does not know", not strangers, f"{strangers} of {len(ids)}"),
    ]


def _there(venue: str, client_id: str) -> str:
    from titan.venues.gateway.ids import format_of

    return f"{venue} {format_of(venue).to_venue(client_id)}"


def _fills(story: Story, ledger: Ledger) -> Law:
    theirs: Counter[tuple[str, int, int, Decimal]] = Counter()
    for venue in story.venues.values():
        for order in venue.world.desk.orders.values():
            for fill in order.fills:
                theirs[order.instrument.id, fill.ticks, fill.lots * fill.side, fill.fee.normalize()] += 1
    ours: Counter[tuple[str, int, int, Decimal]] = Counter()
    for booked in ledger.fills():
        one = booked.fill
        ours[one.instrument, one.ticks, one.lots * one.side, one.fee.normalize()] += 1
    lost, extra = sum((theirs - ours).values()), sum((ours - theirs).values())
    return "no fill lost, none made up", not lost and not extra, (
        f"{sum(theirs.values())} at the venues, {lost} lost, {extra} made up"
    )  # fmt: skip


Line = tuple[str, int, int, Decimal]
"""Instrument, ms of the settlement, lots, amount."""


def _funding(story: Story, memory: Memory) -> tuple[list[Line], Law]:
    theirs: list[Line] = []
    for venue in story.venues.values():
        for paid in venue.world.account.funding:
            name = venue.world.markets[paid.inst].instrument.id
            theirs.append((name, paid.time_ns // 1_000_000, paid.lots, paid.amount))
    ours = [
        (one.instrument, one.venue_ns // 1_000_000, one.position_lots, one.amount)
        for one in memory.bookings if isinstance(one, FundingPayment)
    ]  # fmt: skip
    short = [(name, at, amount) for name, at, _, amount in theirs]
    mine = [(name, at, amount) for name, at, _, amount in ours]
    kept = sorted(short) == sorted(mine)
    lost, extra = Counter(short) - Counter(mine), Counter(mine) - Counter(short)
    said = f"{len(theirs)} lines of {sum((p[3] for p in theirs), Decimal(0))}"
    if not kept:
        said += f", not here: {list(lost)[:3]}, only here: {list(extra)[:3]}"
    return theirs, ("funding is the venues' statement, line by line", kept, said)


def _carried(story: Story, ledger: Ledger, profit: PnL) -> list[Law]:
    """Money between venues: all of it came, once, and cost what the venues took for it."""
    amount, fees, going = carried(story)
    transit = {asset: n for (wallet, asset), n in ledger.balances().items() if wallet == TRANSIT and n}
    on = ", ".join(f"{_plain(n)} {asset}" for asset, n in transit.items())
    left = Counter(
        (venue.name, m.amount)
        for venue in story.venues.values() for m in venue.world.account.movements if m.what == "withdrawal"
    )  # fmt: skip
    twice = sum((left - story.asked).values())
    text = f"{story.asked.total()} asked for, {left.total()} at the venues"
    return [
        ("no money is on its way", not transit and not going, on or f"{_plain(amount)} USDT came"),
        ("no withdrawal twice", not twice, text),
        ("transfers cost what the venues took", profit.transfers == -fees, f"{profit.transfers} = {-fees}"),
    ]


def _ends(story: Story, memory: Memory) -> list[Law]:
    process = story.process
    assert process is not None
    run = process.run
    closed = {door: why for door, why in run.doors.closed().items() if door != "stopping"}
    open_orders = sum(len(v.world.desk.open_orders()) for v in story.venues.values())
    return [
        ("every wish has its end", not memory.wishes, ", ".join(memory.wishes) or "none is open"),
        ("nothing rests at the venues", not open_orders, f"{open_orders} open orders"),
        ("the gates are open", not closed, str(closed or "all of them")),
        ("nothing needs an operator", not memory.stuck, ", ".join(memory.stuck) or "nothing does"),
        ("nothing was liquidated", not story.played["liquidations"], "by any venue"),
        ("no part broke", not story.surprises, "; ".join(story.surprises[:3]) or "none did"),
        _came(story),
    ]


def _came(story: Story) -> Law:
    """A week in which nothing happened proves nothing."""
    terms, counts = story.terms, story.counts
    asked = {"kills": (terms.kills, counts["kill"]), "outages": (int(terms.outage_s > 0), counts["outage"])}
    missed = [f"{name}: {had} of {wanted}" for name, (wanted, had) in asked.items() if had < wanted]
    if terms.faults and not story.hits.total():
        missed.append("no fault on the wire")
    if terms.whole:
        missed += [f"no {name}" for name in NEEDED if not story.played[name]]
    more = ", margin calls, withdrawals, cascades" if terms.whole else ""
    return "what was planned came", not missed, ", ".join(missed) or f"kills, outages and faults{more}"


def _delta(story: Story) -> list[Law]:
    seen = story.watch.summary()
    band = f"{seen.least:+.3%} to {seen.most:+.3%} of NAV in {seen.samples:,} samples"
    found: list[Law] = [("delta inside its band", max(-seen.least, seen.most) < BAND, band)]
    for base, lean in story.watch.leans.items():
        asleep = story.asleep_s(lean.longest_from_ns, lean.longest_from_ns + lean.longest_ns)
        seconds = lean.longest_ns / 1e9
        text = f"longest {seconds:.1f} s beyond its clips" + (
            f", {asleep:.1f} s of it asleep" if asleep else ""
        )
        found.append((f"no leg of {base} naked past its deadline", seconds - asleep <= LEAN_S, text))
    return found


def _journal(story: Story) -> Law:
    from titan.storage.recall import verified
    from titan.storage.store import look_into

    assert story.process is not None
    store = look_into(story.process.plan.store)
    try:
        verdict = verified(store)
    finally:
        store.close()
    return "the journal's chain is whole", verdict.broken is None, f"{verdict.entries} entries"
