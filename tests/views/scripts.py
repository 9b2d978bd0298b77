"""A run in a few entries, as its journal would have them, and what it says of itself meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path

import msgspec

from titan.model.events import OrderReport, Refused, Submitted, Transfer
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.guard import DayOpened
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.listing import Listing
from titan.model.order import OrderEvent, OrderType, Side
from titan.model.pair import PairEnd, PairIntent, PairOutcome, PairType, TransferIntent
from titan.model.recovery import Deposited
from titan.model.run import RunBegan
from titan.model.signal import Intent, Purpose, Signal
from titan.model.valuation import Valued
from titan.storage.journal import StoredJournal
from titan.storage.store import open_store
from titan.views.replica import Replica
from titan.views.status import (
    HoldingLine,
    JournalLine,
    MarginLine,
    OrderLine,
    PairLine,
    Percentiles,
    PriceLine,
    Status,
    VenueLine,
    encoded,
)

NOW = 1_795_000_000 * 10**9
HOUR = 3600 * 10**9
FEES = FeeSchedule(D("0.001"), D("0.001"))
SPOT = Instrument("binance", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", D("0.01"), D("0.00001"), FEES)
PERP = Instrument("binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.001"), FEES)
HELD, ENDED = "BTC:core:1", "BTC:satellite:3"
Timed = tuple[int, msgspec.Struct]


def wish(name: str, position: str, purpose: Purpose, units: int, reason: str) -> PairIntent:
    kind = PairType.CORE if ":core:" in position else PairType.SATELLITE
    return PairIntent(
        name,
        "sentinel",
        "BTC",
        position,
        kind,
        purpose,
        SPOT.id,
        PERP.id,
        units,
        10,
        reason,
        0,
        0,
        0,
        10.0,
        10.0,
    )


def outcome(
    of: PairIntent, at_ns: int, units: int, end: PairEnd = PairEnd.DONE, why: str = ""
) -> PairOutcome:
    return PairOutcome(of, end, units, 1, 0 if end is PairEnd.DONE else 1, why, at_ns)


def leg(
    number: int, of: PairIntent, rules: Instrument, side: Side, lots: int, ticks: int, at_ns: int
) -> Iterator[Timed]:
    """An order, its acknowledgement and its one fill."""
    name = f"torder{number:020d}"
    intent = Intent(
        f"{of.id}-{number}", "sentinel", of.position, rules.id, side, lots, of.purpose, ticks,
        OrderType.LIMIT, ticks, saga=of.id,
    )  # fmt: skip
    fee = (rules.notional(ticks, lots) * rules.fees.taker).quantize(D("0.00000001"))
    yield at_ns, Submitted(name, intent, at_ns)
    yield at_ns, OrderReport(name, OrderEvent.ACCEPT, at_ns, at_ns)
    yield (
        at_ns,
        Fill(f"f{number}", name, rules.id, side, ticks, lots, fee, "USDT", Liquidity.TAKER, at_ns, at_ns),
    )


def script() -> list[Timed]:
    """A core pair that is held, a satellite that came and went, a transfer, a refusal, one day of values."""
    began = NOW - 26 * HOUR
    figures = {"z": 2.31, "basis": 21.4, "edge": 3.2, "forecast": 0.0001, "interval_hours": 8.0}
    core = wish("r-sentinel.BTC-2-entry", HELD, Purpose.ENTRY, 100, "funding forecast 10.9% a year")
    sat = wish("r-sentinel.BTC-4-entry", ENDED, Purpose.ENTRY, 50, "basis 2.3 deviations above its mean")
    out = wish("r-sentinel.BTC-5-exit", ENDED, Purpose.EXIT, 50, "basis back at its mean")
    found: list[Timed] = [
        (began, RunBegan("1a866ab720", "paper", "sentinel", "config/demo", D(100_000), 7, "0.1.0",
                         False, began)),
        (began, Listing(SPOT, began)), (began, Listing(PERP, began)),
        (began, Deposited("binance.spot", "USDT", D(50_000), began)),
        (began, Valued(D(100_000), D(0), D(0), {"basis": D(0), "fees": D(0), "funding": D(0)}, began)),
        (began + HOUR, Signal("sentinel", 3, "CORE_OPEN", "BTC", 7, began + HOUR, figures)),
        (began + HOUR, core),
        *leg(1, core, SPOT, Side.BUY, 10_000, 6_000_000, began + HOUR),
        *leg(2, core, PERP, Side.SELL, 100, 600_900, began + HOUR),
        (began + HOUR, outcome(core, began + HOUR, 100)),
        (NOW - 20 * HOUR, Valued(D("99988"), D(5), D(6000), {"basis": D(2), "fees": D(-14), "funding": D(0)},
                                 NOW - 20 * HOUR)),
        (NOW - 3 * HOUR, Signal("sentinel", 1, "EXPAND", "BTC", 9, NOW - 3 * HOUR, figures)),
        (NOW - 3 * HOUR, sat),
        *leg(3, sat, SPOT, Side.BUY, 5_000, 6_010_000, NOW - 3 * HOUR),
        *leg(4, sat, PERP, Side.SELL, 50, 603_000, NOW - 3 * HOUR),
        (NOW - 3 * HOUR, outcome(sat, NOW - 3 * HOUR, 50)),
        (NOW - 2 * HOUR, FundingPayment("p1", PERP.id, D("0.0001"), -150, D(60_100), D("0.9015"), "USDT",
                                        NOW - 2 * HOUR, NOW - 2 * HOUR)),
        (NOW - HOUR, out),
        *leg(5, out, PERP, Side.BUY, 50, 601_500, NOW - HOUR),
        *leg(6, out, SPOT, Side.SELL, 5_000, 6_012_000, NOW - HOUR),
        (NOW - HOUR, outcome(out, NOW - HOUR, 50)),
        (NOW - HOUR, TransferIntent("r-sentinel.binance-6-transfer", "sentinel", "USDT", "binance.spot",
                                    "binance.perp", "2500", "wallet split")),
        (NOW - HOUR, Transfer("r-sentinel.binance-6-transfer", "USDT", "binance.spot", "binance.perp",
                              D(2500), D(0), NOW - HOUR)),
        (NOW - HOUR, DayOpened("2026-11-18", D("100100"), D(100_000), NOW - HOUR)),
        (NOW - HOUR // 2, Refused("r-x", "collar", "price [bold]moved[/]", {"bps": "51"}, NOW - HOUR // 2)),
    ]  # fmt: skip
    return found


def replica(events: list[Timed] | None = None) -> Replica:
    folded = Replica()
    for seq, (at_ns, event) in enumerate(script() if events is None else events, 1):
        folded(seq, at_ns, event)
    return folded


def pair(name: str, z: float, *, samples: int = 400, **other: object) -> PairLine:
    trail = tuple(20 + 8 * ((n * 7) % 11) / 11 + z * n / 59 for n in range(60))
    line = PairLine(
        name, f"binance.spot.{name}USDT", f"binance.perp.{name}USDT", 60_010.5, 60_130.2, 19.95 + z, 19.95,
        1.0, z, NOW - 10**9, samples, 60, 2.0, 0.0, 2.4, 30.0, 0.109, 8.0, NOW + HOUR, trail=trail,
    )  # fmt: skip
    return msgspec.structs.replace(line, **other)


STATUS = Status(
    run_id="1a866ab720", mode="paper", state="trading", at_ns=NOW, seconds=26 * 3600.0, simulated=True,
    resumed=False, traded=True, quote="USDT", nav=D("100012.3456"), start_nav=D(100_000),
    pnl={"funding": D("0.9015"), "basis": D("36.5"), "fees": D("-25.05"), "slippage": D(0),
         "transfers": D(0)},
    rows=1_520_040, signals=2, orders=6, fills=6, refusals={"collar: price moved": 1},
    prices=(PriceLine(SPOT.id, 60_010.5, 19.0, mark=D("60010.5")),
            PriceLine(PERP.id, 60_130.2, 12.0, mark=D("60130.2"))),
    positions=(), executions=1,
    in_flight=(OrderLine("tout", PERP.id, "sell", D("0.012"), D("0.004"), D(65_012), "partial", 900.0),),
    venues=(VenueLine("binance", 3, 3, 25.0, 11.2, 0, ""),), closed={},
    journal=JournalLine("sqlite:///runs/demo-live/titan.db", 33, 0, ""),
    latency={"tick to order": Percentiles(20, 740.0, 1160.0, 1160.0, 1600.0)},
    strategy="sentinel", delta=D("-11.97"), deployed=D("6001.05"), deployable=D("45005.5"),
    pairs=(
        pair("BTC", 0.42, stands=("core",)), pair("ETH", 2.31), pair("SOL", -1.2),
        pair("XRP", 0.0, samples=12, edge=None), pair("DOGE", -2.4, forecast_apr=-0.031),
    ),
    holdings=(
        HoldingLine(HELD, "BTC", "core", SPOT.id, PERP.id, D("0.1"), D("0.1"), D("6001.05"),
                    {"funding": D("0.601"), "basis": D("-2.97"), "fees": D("-12.009"), "slippage": D(0),
                     "transfers": D(0)}),
        HoldingLine("ETH:satellite:8", "ETH", "satellite", "binance.spot.ETHUSDT", "binance.perp.ETHUSDT",
                    D("1.5"), D("3"), D("4800"), {"basis": D("1.2"), "fees": D("-4.8")},
                    flight="r-sentinel.ETH-9-entry", purpose="entry"),
    ),
    margins=(MarginLine("binance.perp", D("47500.1"), D("6013.02"), 0.0422, 0.1, 0.3, 0.5),),
)  # fmt: skip


def folder(place: Path, status: Status = STATUS, few: int = 1000) -> Path:
    """A run's folder with the first `few` entries of that journal, and this status."""
    place.mkdir(parents=True, exist_ok=True)
    store = open_store(f"sqlite:///{place / 'titan.db'}")
    written = script()[:few]
    times = iter([at_ns for at_ns, _ in written])
    journal = StoredJournal(store, now=lambda: next(times), deliver=lambda act: act())
    for _, event in written:
        journal(event)
    journal.close()
    store.close()
    (place / "status.json").write_bytes(encoded(status))
    return place
