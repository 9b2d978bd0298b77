"""One run with everything in it, as a digest of its reports and of the state it ends in. Also a program of
its own: `python -m tests.simulation.story` prints the digest, so a test can compare processes, hash seeds and
compilers.
"""

from __future__ import annotations

import hashlib
import random

from tests.simulation.scenes import PERP, SPOT, D, book, forecast, mark, rows_of, settlement, touch, trade
from titan.market.tape.rows import Rows
from titan.simulation.exchange import Exchange
from titan.simulation.models import Latency, Models

LAST = 100_000


def tape() -> Rows:
    """A few hundred rows of a spot book and a perp touch, with trades, marks and funding; receive stamps
    lag.
    """
    draw = random.Random(5)
    rows = book(0, 0, [(99.5, 2.0), (99.0, 3.0)], [(100.0, 2.0), (100.5, 3.0)]) + touch(
        0, 1, 99.9, 2.0, 100.1, 2.0
    )
    for ts in range(100, LAST, 400):
        px = 100.0 + draw.randint(-4, 4) * 0.5
        rows += book(ts, 0, [(px - 0.5, draw.randint(0, 9) * 0.25)], [(px, draw.randint(0, 9) * 0.25)])
        rows += touch(ts + 5, 1, px - 0.1, draw.randint(1, 9) * 0.1, px + 0.1, draw.randint(1, 9) * 0.1)
        rows += trade(ts + 10, draw.randint(0, 1), draw.choice([1, -1]), px, draw.randint(1, 9) * 0.1)
        rows += mark(ts + 15, 1, px + 0.03)
    rows += forecast(50_000, 1, 0.0001, 0) + settlement(60_000, 1, 0.00021)
    rows.sort(key=lambda row: row[0])
    block = rows_of(rows)
    block.recv[:] = block.ts + [draw.randint(-3, 90) for _ in rows]
    return block


def models(kind: str) -> Models:
    latency = Latency(kind=kind, order_ns=40, response_ns=30, feed_ns=20, shift_ns=3)  # type: ignore[arg-type]
    queue = {"constant": "risk_averse", "lognormal": "power", "recorded": "logarithm"}[kind]
    margin = {"constant": "none", "lognormal": "cross", "recorded": "isolated"}[kind]
    return Models(latency=latency, queue=queue, margin=margin, leverage=D(8))  # type: ignore[arg-type]


def begin(kind: str, blocks: list[Rows]) -> Exchange:
    venue = Exchange((SPOT, PERP), iter(blocks), models(kind), seed=11)
    venue.deposit("sim.spot", "USDT", 500.0)
    venue.deposit("sim.spot", "BTC", 2.0)
    venue.deposit("sim.perp", "USDT", 120.0)
    return venue


def play(venue: Exchange, start: int, stop: int) -> list[tuple[int | float, ...]]:
    """Send an order every 500 ns and a cancel now and then; the choice depends on the time alone."""
    out: list[tuple[int | float, ...]] = []
    for now in range(start, stop, 500):
        while (reached := venue.advance(now)) < now or venue.next_report_ns <= now:
            out += venue.reports(reached).tolist()
        draw = random.Random(now)
        inst, side = draw.randint(0, 1), draw.choice([1, -1])
        grid = 2 if inst == 0 else 10
        limit = 100 * grid + draw.randint(-3, 3) * grid // 2
        kind = draw.choice([0, 1, 1, 1, 2])
        tif, lots, reduce_only = draw.choice([0, 0, 1, 2, 3]), draw.randint(5, 60), draw.random() < 0.2
        venue.submit(
            now, inst, side, kind, tif, lots, limit * (kind == 1), limit * (kind == 2), reduce_only, now
        )
        if draw.random() < 0.5:
            venue.cancel(now - 2000, now)
    return out


def digest(kind: str) -> str:
    venue = begin(kind, [tape()])
    told = play(venue, 100, LAST)
    while (reached := venue.advance(2 * LAST)) < 2 * LAST or venue.next_report_ns <= 2 * LAST:
        told += venue.reports(reached).tolist()
    kinds = sorted({int(r[2]) for r in told})
    return (
        hashlib.blake2b(f"{told} {venue.digest()}".encode(), digest_size=16).hexdigest()
        + f" {kinds} {len(told)}"
    )


if __name__ == "__main__":
    for name in ("constant", "lognormal", "recorded"):
        print(name, digest(name))
