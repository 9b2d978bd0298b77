"""`loop` on Titan: a compiled scan looks ahead for the next crossing, Python decides and sends, the
exchange follows.
 This is the shape of every Titan strategy (`strategies/<name>/step.py` and `strategy.py`). Fills are booked
from the exchange's reports in whole ticks and lots, so that P&L and fees are exact.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from benchmarks.drivers import flip
from benchmarks.drivers.flip_step import new_scan, scan
from benchmarks.drivers.prepare_titan import instrument
from benchmarks.drivers.task import Stopwatch, from_command_line, median_seconds
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows
from titan.model.instrument import Instrument, InstrumentKind
from titan.model.order import OrderType, TimeInForce
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models
from titan.simulation.records import FILL, Records

CAPITAL = 1_000_000.0
MARKET, IOC = int(OrderType.MARKET), int(TimeInForce.IOC)


class Account:
    """What our fills add up to: lots held, and money paid in ticks times lots."""

    def __init__(self) -> None:
        self.lots = self.paid = self.turnover = self.fills = 0

    def book(self, reports: Records) -> None:
        for _handle, _inst, kind, _reason, side, _maker, ticks, lots, *_times in reports.tolist():
            if kind == FILL:
                self.lots += side * lots
                self.paid += side * ticks * lots
                self.turnover += ticks * lots
                self.fills += 1

    def fees(self, rules: Instrument) -> Decimal:
        return self.turnover * rules.tick * rules.lot * rules.fees.taker

    def profit(self, rules: Instrument, last_mid: float) -> float:
        gross = self.lots * rules.lot * Decimal(repr(last_mid)) - self.paid * rules.tick * rules.lot
        return float(gross - self.fees(rules))


class Market(NamedTuple):
    """A tape in memory, block by block, and the rules of its one instrument."""

    blocks: list[Rows]
    rules: Instrument
    models: Models


def load(inputs: Path, setting: flip.Setting) -> Market:
    rules = instrument(InstrumentKind.PERP, setting.maker_fee, setting.taker_fee)
    latency = Latency(order_ns=setting.latency_ns, response_ns=setting.latency_ns, feed_ns=0)
    models = Models(
        latency=latency,
        queue="power" if setting.queue else "risk_averse",
        queue_power=2,
        margin="cross" if setting.queue else "none",
    )
    return Market(list(TapeReader(inputs / "tape-quotes").blocks()), rules, models)


def exchange_of(market: Market) -> Exchange:
    exchange = Exchange([market.rules], iter(market.blocks), market.models, seed=1)
    exchange.deposit("binance.perp", "USDT", CAPITAL)
    return exchange


def flips(market: Market, exchange: Exchange) -> tuple[Account, int]:
    """Run to the end of the tape: (what was traded, orders sent)."""
    state, account = new_scan(), Account()
    unit = market.rules.lots_within(flip.QTY)
    orders = 0
    for rows in market.blocks:
        row, columns = 0, (rows.side, rows.px, rows.flags)
        while (row := scan(state, *columns, row)) >= 0:
            now = int(rows.ts[row - 1])
            follow(exchange, account, now)
            side = int(state[0]["side"])
            lots = unit if orders == 0 else 2 * unit
            exchange.submit(orders, 0, side, MARKET, IOC, lots, 0, 0, False, now)
            orders += 1
    follow(exchange, account, int(market.blocks[-1].ts[-1]))
    return account, orders


def follow(exchange: Exchange, account: Account, until: int) -> None:
    """Bring the exchange to `until`, booking every report on the way when it is heard."""
    reached = -1
    while reached < until:
        reached = exchange.advance(until)
        if exchange.next_report_ns <= reached:
            account.book(exchange.reports(reached))


def main() -> None:
    task = from_command_line()
    with Stopwatch() as setup:
        market = load(task.inputs, flip.SETTINGS[task.variant])
        exchange = exchange_of(market)
    with Stopwatch() as first:
        account, orders = flips(market, exchange)
    run = median_seconds(lambda: flips(market, exchange_of(market)))
    events = sum(len(rows.ts) for rows in market.blocks) // 2
    task.write(
        events=events,
        events_per_s=events / run,
        setup_s=setup.seconds,
        first_s=first.seconds,
        run_s=run,
        orders=orders,
        fills=account.fills,
        pnl=account.profit(market.rules, flip.last_mid(task.inputs)),
        fees=float(account.fees(market.rules)),
    )


if __name__ == "__main__":
    main()
