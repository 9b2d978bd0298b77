"""Any sequence of market rows and orders: the compiled exchange and the slow model tell the same story."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.oracle import SlowExchange, SlowOrder
from tests.simulation.scenes import (
    PERP,
    D,
    blocks_of,
    book,
    forecast,
    mark,
    rows_of,
    settlement,
    touch,
    trade,
)
from titan.simulation.accounts import Accounts
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models
from titan.simulation.records import FILL, FUNDING_PAID

RULES = [
    msgspec.structs.replace(
        PERP, tick=D("0.5"), lot=D("0.5"), min_qty=D(1), min_notional=D("100"), funding_interval_ns=40
    ),
    msgspec.structs.replace(
        PERP, symbol="ETHUSDT", tick=D("0.5"), lot=D("0.5"), min_qty=D(0), min_notional=D(0)
    ),
]
END_OF_TIME = 10_000
TICKS = st.integers(198, 203)
SIZES = st.integers(0, 12).map(lambda n: n * 0.5)
SOME = st.integers(1, 12).map(lambda n: n * 0.5)
DEEP, SHALLOW = 0, 1


@st.composite
def messages(draw, ts):
    """One message at `ts`: instrument 0 has a book, instrument 1 only a touch."""
    what = draw(
        st.sampled_from(["book", "book", "touch", "touch", "trade", "trade", "trade", "mark", "funding"])
    )
    if what == "book":
        bids = draw(st.lists(st.tuples(TICKS.map(lambda t: t * 0.5), SIZES), max_size=3))
        asks = draw(st.lists(st.tuples(TICKS.map(lambda t: t * 0.5), SIZES), max_size=3))
        return book(ts, DEEP, bids, asks) if bids or asks else []
    if what == "touch":
        bid = draw(TICKS)
        ask = bid + draw(st.integers(1, 3))
        return touch(ts, SHALLOW, bid * 0.5, draw(SOME), ask * 0.5, draw(SOME))
    inst = draw(st.sampled_from([DEEP, SHALLOW]))
    if what == "trade":
        return trade(ts, inst, draw(st.sampled_from([1, -1, 0])), draw(TICKS) * 0.5, draw(SOME))
    if what == "mark":
        return mark(ts, SHALLOW, draw(TICKS) * 0.5)
    rate = draw(st.sampled_from([0.0001, -0.0003]))
    if inst == DEEP:
        return settlement(ts, inst, rate)
    return forecast(ts, inst, rate, 1)


@st.composite
def tapes(draw):
    rows = trade(0, DEEP, 0, 100.0, 0.5) + trade(0, SHALLOW, 0, 100.0, 0.5)
    ts = 0
    for _ in range(draw(st.integers(1, 30))):
        ts += draw(st.integers(0, 30))
        rows += draw(messages(ts))
    return rows


@st.composite
def actions(draw):
    """(time gap, order) or (time gap, handle to cancel)."""
    gap = draw(st.integers(0, 60))
    if draw(st.integers(0, 4)) == 0:
        return gap, draw(st.integers(1, 10))
    kind = draw(st.sampled_from([0, 1, 1, 1, 2]))
    order = SlowOrder(
        handle=0,
        inst=draw(st.sampled_from([DEEP, SHALLOW])),
        side=draw(st.sampled_from([1, -1])),
        type=kind,
        tif=draw(st.sampled_from([0, 0, 1, 2, 3])),
        lots=draw(st.integers(0, 9)),
        limit=draw(st.integers(197, 204)) if kind == 1 else 0,
        stop=draw(TICKS) if kind == 2 else 0,
        reduce=draw(st.integers(0, 3)) == 0,
    )
    return gap, order


def told_by_kernel(rows, acts, models, cuts):
    venue = Exchange(RULES, iter(blocks_of(rows_of(rows), cuts)), models, seed=3)
    out = []

    def run(until):
        while True:
            reached = venue.advance(until)
            out.extend(venue.reports(reached).tolist())
            if reached >= until:
                return

    now = 0
    for n, (gap, act) in enumerate(acts, 1):
        now += gap
        run(now)
        if isinstance(act, int):
            venue.cancel(act, now)
        else:
            o = act
            venue.submit(n, o.inst, o.side, o.type, o.tif, o.lots, o.limit, o.stop, o.reduce, now)
    run(END_OF_TIME)
    return venue, out


def told_by_oracle(rows, acts, models):
    latency = models.latency
    slow = SlowExchange(
        RULES, rows, order_ns=latency.order_ns, response_ns=latency.response_ns, queue=models.queue
    )
    out = []

    def run(until):
        while True:
            heard, reached = slow.run(until)
            out.extend(heard)
            if reached >= until:
                return

    now = 0
    for n, (gap, act) in enumerate(acts, 1):
        now += gap
        run(now)
        if isinstance(act, int):
            slow.cancel(act, now)
        else:
            o = act
            slow.submit(SlowOrder(n, o.inst, o.side, o.type, o.tif, o.lots, o.limit, o.stop, o.reduce), now)
    run(END_OF_TIME)
    return slow, out


@st.composite
def queues(draw):
    """A tape on which one price is all that happens: levels set, trades printed, the touch around it."""
    rows = book(0, DEEP, [(100.0, 4.0)], [(101.0, 4.0)]) + touch(0, SHALLOW, 100.0, 4.0, 101.0, 4.0)
    for ts in range(10, 10 * draw(st.integers(2, 14)), 10):
        size = draw(st.integers(0, 16)) * 0.5
        match draw(st.integers(0, 5)):
            case 0 | 1:
                rows += book(ts, DEEP, [(100.0, size)], [])
            case 2 | 3:
                rows += trade(ts, draw(st.sampled_from([DEEP, SHALLOW])), -1, 100.0, size + 0.5)
            case 4:
                rows += touch(ts, SHALLOW, 100.0, size + 0.5, 101.0, 4.0)
            case _:
                rows += touch(ts, SHALLOW, draw(st.sampled_from([99.5, 100.5])), 2.0, 101.0, 4.0)
    return rows


@st.composite
def joiners(draw):
    """Orders that join the queue at that price, now and then."""
    inst = draw(st.sampled_from([DEEP, SHALLOW]))
    return draw(st.integers(1, 25)), SlowOrder(0, inst, 1, 1, 0, draw(st.integers(1, 9)), 200, 0, False)


@settings(max_examples=150, deadline=None)
@given(
    rows=queues(),
    acts=st.lists(joiners(), min_size=1, max_size=4),
    queue=st.sampled_from(["risk_averse", "power"]),
)
def test_queues_agree_with_the_slow_model(rows, acts, queue):
    models = Models(latency=Latency(order_ns=0, response_ns=0, feed_ns=0), queue=queue, margin="none")
    agree(rows, acts, models, [])


@settings(max_examples=150, deadline=None)
@given(
    rows=tapes(),
    acts=st.lists(actions(), max_size=12),
    order_ns=st.sampled_from([0, 7, 40]),
    response_ns=st.sampled_from([0, 5]),
    queue=st.sampled_from(["risk_averse", "power"]),
    cuts=st.lists(st.integers(1, 40), max_size=3),
)
def test_reports_positions_fees_and_funding_agree_with_the_slow_model(
    rows, acts, order_ns, response_ns, queue, cuts
):
    models = Models(
        latency=Latency(order_ns=order_ns, response_ns=response_ns, feed_ns=0), queue=queue, margin="none"
    )
    agree(rows, acts, models, [c for c in cuts if c < len(rows)])


def agree(rows, acts, models, cuts):
    slow, expected = told_by_oracle(rows, acts, models)
    venue, got = told_by_kernel(rows, acts, models, cuts)
    kernel = [(r[0], r[1], r[2], r[4], r[5], r[6], r[7], r[8], r[9]) for r in got]
    model = [
        (
            e["handle"],
            e["inst"],
            e["kind"],
            e["side"],
            int(e["maker"]),
            e["ticks"],
            e["lots"],
            e["venue"],
            e["local"],
        )
        for e in expected
    ]
    assert kernel == model
    accounts = Accounts(RULES, models)
    fees, funding = [D(0), D(0)], [D(0), D(0)]
    for _, inst, kind, _, side, maker, ticks, lots, _, _, rate, price in got:
        if kind == FILL:
            schedule = RULES[inst].fees
            fees[inst] += accounts.book_fill(
                inst, side, ticks, lots, schedule.maker if maker else schedule.taker
            )
        elif kind == FUNDING_PAID:
            funding[inst] += accounts.book_funding(inst, lots, rate, price)
    for inst, market in enumerate(slow.markets):
        position = accounts.positions[inst]
        assert position.lots == market.position == venue.state.insts[inst]["position"]
        assert fees[inst] == market.fees
        assert funding[inst] == market.funding
    # Realised gains plus what is still held at cost are exactly the cash that moved.
    cash = sum(m.cash - m.fees + m.funding for m in slow.markets)
    held = sum((1 if p.lots > 0 else -1) * p.cost for p in accounts.positions)
    assert accounts.balances().get(("sim.perp", "USDT"), D(0)) == cash + held
