"""From the config's [simulation] tables to the simulated exchange's models and the instruments' fees."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal

import msgspec

from titan.market.tape.read import TapeReader
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.runtime.config import Config
from titan.runtime.config.fields import amounts
from titan.simulation.models import MS, Latency, Models

_LATENCY: Final[dict[str, Literal["constant", "lognormal", "recorded"]]] = {
    "constant": "constant",
    "distribution": "lognormal",
    "recorded": "recorded",
}
BPS: Final = Decimal(10_000)


def live_models(config: Config) -> Models:
    """For a simulated exchange on live rows: delays are measured there, not configured."""
    return _models(config, Latency())


def models_of(config: Config, tape: TapeReader) -> Models:
    s = config.simulation
    latency = Latency(
        kind=_LATENCY[s.latency.model],
        order_ns=round(s.latency.order_ms * MS),
        response_ns=round(s.latency.response_ms * MS),
        feed_ns=round(s.latency.feed_ms * MS) if s.latency.model != "recorded" else 0,
        order_sigma=s.latency.sigma,
        response_sigma=s.latency.sigma,
        feed_sigma=s.latency.sigma,
        shift_ns=clock_shift_ns(tape) if s.latency.model == "recorded" else 0,
    )
    return _models(config, latency)


def _models(config: Config, latency: Latency) -> Models:
    s = config.simulation
    return Models(
        latency=latency,
        queue="risk_averse" if s.queue_model == "risk_averse" else "power",
        fill_on_touch=s.fill_on_touch,
        half_spread=s.bars.half_spread_bps / 1e4,
        bar_share=s.bars.share,
        margin=s.margin_mode,
        leverage=_exact(s.leverage),
        withdrawal_ns=round(s.withdrawal_minutes * 60_000) * MS,
        withdrawal_fees=amounts("withdrawal_fees", s.withdrawal_fees),
    )


def clock_shift_ns(tape: TapeReader) -> int:
    """What must be added to receive stamps so that no row arrives before it happened (the clocks differ)."""
    earliest = 0
    for block in tape.blocks():
        if len(block.ts):
            earliest = min(earliest, int((block.recv - block.ts).min()))
    return -earliest


def priced(instruments: Sequence[Instrument], config: Config) -> tuple[Instrument, ...]:
    """The tape's instruments with the fees that the configuration names, the closest to the instrument
    winning.
    """
    return tuple(_with_fees(i, config) for i in instruments)


def _with_fees(instrument: Instrument, config: Config) -> Instrument:
    fees = config.simulation.fees
    general = fees.spot if instrument.kind is InstrumentKind.SPOT else fees.perp
    own = config.rules_for(instrument.id)
    maker = own.maker_bps if own.maker_bps is not None else general.maker_bps
    taker = own.taker_bps if own.taker_bps is not None else general.taker_bps
    schedule = FeeSchedule(
        maker=instrument.fees.maker if maker is None else _exact(maker) / BPS,
        taker=instrument.fees.taker if taker is None else _exact(taker) / BPS,
    )
    return msgspec.structs.replace(instrument, fees=schedule)


def _exact(value: float) -> Decimal:
    return Decimal(repr(float(value)))
