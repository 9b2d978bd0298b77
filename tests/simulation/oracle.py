"""A slow exchange in plain Python, written from the rules alone: dicts, lists and Decimal, nothing shared
with the kernels.

One row, one order, one report at a time. Levels are dicts of ticks to Decimal sizes; orders are little
objects in lists. It knows constant latency, the risk-averse and the power queue, all order types, fees,
funding and wallets without margin.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

from titan.market.tape.rows import END, SETTLED, Kind

FAR = 9_000_000_000_000_000_000
(ACK, FILL, CANCELLED, REJECTED, EXPIRED, STOP_TRIGGERED, FUNDING, _, CANCEL_REJECTED) = range(1, 10)
BARS = (Kind.BAR_OPEN, Kind.BAR_HIGH, Kind.BAR_LOW, Kind.BAR_CLOSE)
MARKET, LIMIT, STOP = range(3)
GTC, IOC, FOK, POST_ONLY = range(4)


def exact(x):
    """A float of the feed as the decimal number that it was meant to be."""
    return Decimal(repr(float(x)))


@dataclass
class SlowOrder:
    handle: int
    inst: int
    side: int
    type: int
    tif: int
    lots: int
    limit: int
    stop: int
    reduce: bool
    cut: int = 0
    ahead: Fraction | None = Fraction(0)
    traded: Fraction = Fraction(0)


@dataclass
class SlowMarket:
    """What is displayed of one instrument, and what is held of it."""

    rules: object
    bids: dict = field(default_factory=dict)
    asks: dict = field(default_factory=dict)
    deep: bool = False
    last: Decimal = Decimal(0)
    mark: Decimal = Decimal(0)
    position: int = 0
    fees: Decimal = Decimal(0)
    funding: Decimal = Decimal(0)
    cash: Decimal = Decimal(0)
    settled: int | None = None
    has_settlements: bool = False
    due: tuple | None = None
    stated: dict = field(default_factory=dict)

    def side(self, side):
        return self.bids if side > 0 else self.asks

    def ticks(self, px):
        return int((exact(px) / self.rules.tick).to_integral_value())

    def lots(self, qty):
        return int(qty / Fraction(self.rules.lot))

    def best(self, side):
        levels = [t for t, q in self.side(side).items() if q > 0]
        return (max(levels) if side > 0 else min(levels)) if levels else None

    def reference(self):
        if self.mark:
            return self.mark
        if self.last:
            return self.last
        bid, ask = self.stated.get(1), self.stated.get(-1)
        return (bid + ask) / 2 if bid and ask else Decimal(0)


class SlowExchange:
    def __init__(self, instruments, rows, *, order_ns=0, response_ns=0, queue="risk_averse", power=3):
        self.markets = [SlowMarket(one) for one in instruments]
        self.rows = rows
        self.order_ns, self.response_ns = order_ns, response_ns
        self.queue, self.power = queue, power
        self.now = 0
        self.at = 0
        self.mail = []
        self.book = []
        self.told = []
        self.waiting = []
        for _, inst, kind, _, flags, _, _ in rows:
            if kind == Kind.FUNDING and flags & SETTLED:
                self.markets[inst].has_settlements = True

    # What the caller does.

    def submit(self, order, now):
        self.mail.append((max(now + self.order_ns, self.now), order))

    def cancel(self, handle, now):
        self.mail.append((max(now + self.order_ns, self.now), handle))

    def run(self, until):
        """Everything up to `until`; returns (reports, time), stopping at the first report's local time."""
        while True:
            stop = min([until] + [r["local"] for r in self.waiting[:1]])
            times = []
            if self.at < len(self.rows):
                times.append((self.rows[self.at][0], 0))
            due = [m.due[0] for m in self.markets if m.due]
            if due:
                times.append((min(due), 1))
            if self.mail:
                times.append((self.mail[0][0], 2))
            if not times or min(times)[0] > stop:
                self.now = max(self.now, stop)
                heard = [r for r in self.waiting if r["local"] <= self.now]
                self.waiting = self.waiting[len(heard) :]
                return heard, self.now
            self.now, what = min(times)
            if what == 0:
                self.at += 1
                self.row(*self.rows[self.at - 1])
            elif what == 1:
                for inst, market in enumerate(self.markets):
                    if market.due and market.due[0] <= self.now:
                        at, rate = market.due
                        market.due = None
                        self.settle(inst, at, rate)
            else:
                self.arrive(self.mail.pop(0)[1])

    # Reports.

    def say(self, order, kind, ticks, lots, reason="", maker=False):
        self.waiting.append(
            {"handle": order.handle, "inst": order.inst, "kind": kind, "ticks": ticks, "lots": lots,
             "maker": maker, "venue": self.now, "local": self.now + self.response_ns, "side": order.side}
        )  # fmt: skip

    def done(self, order, kind):
        self.say(
            order,
            kind,
            order.stop if order.type == STOP and kind == ACK else order.limit,
            order.lots + order.cut,
        )
        order.lots = 0
        self.book = [o for o in self.book if o is not order]

    def trade(self, order, ticks, lots, maker):
        market = self.markets[order.inst]
        order.lots -= lots
        self.say(order, FILL, ticks, lots, maker=maker)
        fees = market.rules.fees
        notional = ticks * market.rules.tick * lots * market.rules.lot
        market.fees += notional * (fees.maker if maker else fees.taker)
        market.cash -= order.side * notional
        market.position += order.side * lots
        if not order.lots:
            self.book = [o for o in self.book if o is not order]
            if order.cut:
                self.say(order, EXPIRED, order.limit, order.cut)
                order.cut = 0
        for other in list(self.book):
            if other.reduce and other.inst == order.inst and other.type != STOP and not self.reducible(other):
                self.done(other, CANCELLED)

    def reducible(self, order):
        return max(0, -self.markets[order.inst].position * order.side)

    # Orders.

    def mine(self, inst, side):
        """Own resting limit orders of a side in price-time priority."""
        found = [o for o in self.book if o.inst == inst and o.side == side and o.type != STOP]
        return sorted(found, key=lambda o: -side * o.limit)

    def arrive(self, message):
        if not isinstance(message, SlowOrder):
            found = [o for o in self.book if o.handle == message]
            ghost = SlowOrder(message, 0, 0, 0, 0, 0, 0, 0, False)
            return self.done(found[0], CANCELLED) if found else self.say(ghost, CANCEL_REJECTED, 0, 0)
        order = message
        market = self.markets[order.inst]
        rules = market.rules
        opposite = market.best(-order.side)
        own = self.mine(order.inst, -order.side)
        price = {MARKET: opposite or 0, LIMIT: order.limit, STOP: order.stop}[order.type]
        bad = order.lots <= 0 or (order.type != MARKET and price <= 0)
        bad = bad or (order.type == MARKET and order.tif == POST_ONLY)
        bad = bad or order.lots * rules.lot < rules.min_qty
        if not order.reduce and price:
            bad = bad or price * rules.tick * order.lots * rules.lot < rules.min_notional
        if not bad and order.reduce and order.type != STOP:
            room = self.reducible(order)
            if room == 0:
                bad = True
            elif order.lots > room:
                order.cut, order.lots = order.lots - room, room
        if order.type == LIMIT and order.tif == POST_ONLY:
            for level in [opposite] + [o.limit for o in own[:1]]:
                bad = bad or (level is not None and order.side * (order.limit - level) >= 0)
        if bad:
            return self.done(order, REJECTED)
        if order.type == STOP:
            self.say(order, ACK, order.stop, order.lots)
            self.book.append(order)
            return self.check_stop(order)
        self.say(order, ACK, order.limit, order.lots + order.cut)
        return self.take(order, order.limit if order.type == LIMIT else None)

    def offers(self, order, limit):
        """Displayed levels that the order may trade with, best first, as (ticks, lots)."""
        market = self.markets[order.inst]
        own = self.mine(order.inst, -order.side)
        for ticks in sorted(market.side(-order.side), key=lambda t: order.side * t):
            if limit is not None and order.side * (limit - ticks) < 0:
                return
            if own and order.side * (own[0].limit - ticks) <= 0:
                return
            yield ticks, market.lots(market.side(-order.side)[ticks])

    def take(self, order, limit):
        market = self.markets[order.inst]
        own = self.mine(order.inst, -order.side)
        offers = list(self.offers(order, limit))
        if order.tif == FOK and sum(n for _, n in offers) < order.lots:
            return self.done(order, EXPIRED)
        for ticks, there in offers:
            n = min(order.lots, there)
            if n:
                self.consume(market, -order.side, ticks, n)
                self.trade(order, ticks, n, maker=False)
        if not order.lots:
            return None
        if own and (limit is None or order.side * (limit - own[0].limit) >= 0):
            return self.done(order, CANCELLED)
        if limit is None or order.tif == IOC:
            return self.done(order, EXPIRED)
        touch = market.best(order.side)
        order.ahead = Fraction(market.side(order.side).get(order.limit, 0))
        behind_touch = touch is None or order.side * (touch - order.limit) > 0
        if not market.deep and not order.ahead and behind_touch:
            order.ahead = None
        self.book.append(order)
        return None

    def consume(self, market, side, ticks, lots):
        left = market.side(side)[ticks] - lots * Fraction(market.rules.lot)
        if left > 0:
            market.side(side)[ticks] = left
        else:
            del market.side(side)[ticks]

    def check_stop(self, order):
        market = self.markets[order.inst]
        px = market.mark or market.last
        if px and order.side * (px - order.stop * market.rules.tick) >= 0:
            self.book = [o for o in self.book if o is not order]
            self.say(order, STOP_TRIGGERED, order.stop, order.lots)
            if order.reduce:
                room = self.reducible(order)
                if room == 0:
                    return self.done(order, EXPIRED)
                order.cut = max(0, order.lots - room)
                order.lots = min(order.lots, room)
            order.tif = IOC
            self.take(order, None)
        return None

    # Market data.

    def row(self, ts, inst, kind, side, flags, px, qty):
        market = self.markets[inst]
        ends = bool(flags & END)
        if kind in (Kind.LEVEL, Kind.BBO):
            self.level(market, inst, kind, side, market.ticks(px), Fraction(exact(qty)))
            market.stated[side] = exact(px)
            if ends:
                self.message_end(market, inst)
        elif kind == Kind.TRADE:
            market.last = exact(px)
            for ours in (1, -1):
                if side != ours:
                    self.printed(market, inst, ours, market.ticks(px), Fraction(exact(qty)))
        elif kind == Kind.MARK:
            market.mark = exact(px)
        elif kind == Kind.FUNDING:
            at = int(qty) * 10**6
            if flags & SETTLED:
                self.settle(inst, at or ts, px)
            elif not market.has_settlements and at >= ts:
                market.due = (at, px)
        if kind in (Kind.TRADE, Kind.MARK):
            for order in list(self.book):
                if order.inst == inst and order.type == STOP and order in self.book:
                    self.check_stop(order)

    def level(self, market, inst, kind, side, ticks, qty):
        levels = market.side(side)
        before = levels.get(ticks, Fraction(0))
        if kind == Kind.LEVEL:
            market.deep = True
        elif market.deep:
            for t in [t for t in levels if side * (t - ticks) > 0]:
                del levels[t]
            if qty > 0:
                other = market.side(-side)
                for t in [t for t in other if side * (ticks - t) >= 0]:
                    del other[t]
        else:
            levels.clear()
        if qty > 0:
            levels[ticks] = qty
        else:
            levels.pop(ticks, None)
        for order in self.mine(inst, side):
            if order.limit == ticks:
                self.requeue(order, before, qty)

    def requeue(self, order, before, after):
        if order.ahead is None:
            order.ahead = after
            return
        if self.queue == "power":
            stood = max(before - order.traded, Fraction(0))
            gone = stood - after
            order.traded = Fraction(0)
            if gone > 0:
                ahead = min(order.ahead, stood)
                behind = stood - ahead
                weights = ahead**self.power + behind**self.power
                from_behind = min(gone * behind**self.power / weights, behind) if weights else 0
                order.ahead = ahead - (gone - from_behind)
        order.ahead = max(min(order.ahead, after), Fraction(0))

    def message_end(self, market, inst):
        for side in (1, -1):
            touch = market.best(side)
            for order in self.mine(inst, side):
                if touch is not None and side * (order.limit - touch) > 0:
                    order.ahead = Fraction(0)
        for side in (1, -1):
            for order in self.mine(inst, side):
                for ticks in sorted(market.side(-side), key=lambda t, s=side: s * t):
                    if side * (order.limit - ticks) < 0 or order not in self.book:
                        break
                    self.make(order, market.lots(market.side(-side)[ticks]), eats=(market, -side, ticks))

    def make(self, order, lots, eats=None):
        n = min(order.lots, lots)
        if order.reduce:
            n = min(n, self.reducible(order))
        if n:
            if eats:
                self.consume(eats[0], eats[1], eats[2], n)
            self.trade(order, order.limit, n, maker=True)
        return n

    def printed(self, market, inst, side, ticks, qty):
        lot = Fraction(market.rules.lot)
        left = qty
        for order in self.mine(inst, side):
            if order not in self.book:
                continue
            if side * (order.limit - ticks) > 0:
                reaches = left
            elif order.limit == ticks:
                order.traded += left
                if order.ahead is None:
                    continue
                reaches = max(left - order.ahead, Fraction(0))
                order.ahead = max(order.ahead - left, Fraction(0))
            else:
                break
            left -= self.make(order, market.lots(reaches)) * lot

    def settle(self, inst, at, rate):
        market = self.markets[inst]
        if market.settled is not None and at - market.settled <= market.rules.funding_interval_ns // 2:
            return
        market.settled = at
        if market.position:
            held = SlowOrder(0, inst, 0, 0, 0, 0, 0, 0, False)
            self.say(held, FUNDING, 0, market.position)
            amount = market.position * market.rules.lot * market.reference() * exact(rate)
            market.funding -= amount.quantize(Decimal("1e-8"))
