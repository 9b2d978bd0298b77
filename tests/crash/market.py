"""Prices of the crash worlds: a seeded walk in steps of a quarter of a second, one for venue and client."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from titan.execution.sagas.saga import Touch
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind

START = 1_700_000_000_000_000_000
STEP_NS = 250_000_000

SPOT = Instrument(
    "binance", InstrumentKind.SPOT, "BTCUSDT", "BTC", "USDT", Decimal("0.01"), Decimal("0.00001"),
    FeeSchedule(Decimal("0.001"), Decimal("0.001")),
)  # fmt: skip
PERP = Instrument(
    "okx", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", Decimal("0.1"), Decimal("0.001"),
    FeeSchedule(Decimal("0.0002"), Decimal("0.0005")),
)  # fmt: skip
INSTRUMENTS = {i.id: i for i in (SPOT, PERP)}
HALF_TICKS = {SPOT.id: 50, PERP.id: 5}
"""Half of the spread."""


class Walk:
    """`step_bps` is the usual move of a step. Both instruments follow one walk, the perp a little above."""

    def __init__(self, rng: Random, step_bps: float) -> None:
        self._rng, self._step = rng, step_bps / 10_000
        self._mids = [50_000.0]

    def mid_ticks(self, instrument: str, at_ns: int) -> int:
        step = (at_ns - START) // STEP_NS
        mids = self._mids
        if step >= len(mids):
            uniform = self._rng.random
            last = mids[-1]
            for _ in range(step + 1 - len(mids)):
                last *= 1 + self._step * 3.4 * (uniform() - 0.5)
                mids.append(last)
        rules = INSTRUMENTS[instrument]
        above = 1.0004 if rules is PERP else 1.0
        return round(mids[step] * above / float(rules.tick))

    def best(self, instrument: str, at_ns: int) -> tuple[int, int]:
        """(bid, ask) in ticks."""
        mid, half = self.mid_ticks(instrument, at_ns), HALF_TICKS[instrument]
        return mid - half, mid + half

    def touch(self, instrument: str, at_ns: int) -> Touch:
        bid, ask = self.best(instrument, at_ns)
        tick = float(INSTRUMENTS[instrument].tick)
        return Touch(bid * tick, ask * tick, self.mid_ticks(instrument, at_ns))
