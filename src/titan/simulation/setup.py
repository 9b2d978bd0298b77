"""The first state of an exchange: instruments, wallets and models as records."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, Decimal

import numpy as np

from titan.market.book import new_books
from titan.market.quotes import new_quotes
from titan.model.errors import ConfigError
from titan.model.instrument import Instrument, InstrumentKind
from titan.simulation.latency import seed_pair
from titan.simulation.models import LATENCIES, MARGINS, QUEUES, Models
from titan.simulation.records import CORE, FAR, INST, ORDER, REPORT, WALLET, Records, State
from titan.simulation.reporting import ROOM

FIRST_ORDERS = 64


def wallet_of(instrument: Instrument) -> str:
    """`<venue>.spot` or `<venue>.perp`."""
    return f"{instrument.venue}.{instrument.kind}"


def wallet_keys(instruments: Sequence[Instrument]) -> dict[tuple[str, str], int]:
    """Every (wallet, asset) that trading these instruments can move, and its index."""
    keys: dict[tuple[str, str], int] = {}
    for one in instruments:
        assets = (one.base, one.quote) if one.kind is InstrumentKind.SPOT else (one.settle,)
        for asset in assets:
            keys.setdefault((wallet_of(one), asset), len(keys))
    return keys


def initial_rate(instrument: Instrument, leverage: Decimal) -> Decimal:
    """Initial margin as a fraction of notional: the configured leverage, within what the instrument
    allows.
    """
    return max(Decimal(1) / min(leverage, Decimal(instrument.max_leverage)), instrument.initial_margin)


def new_core(models: Models, seed: int) -> Records:
    core = np.zeros(1, CORE)
    one = core[0]
    one["next_settle"] = FAR
    one["rng1"], one["rng2"] = seed_pair(seed)
    latency = models.latency
    one["latency"] = LATENCIES[latency.kind]
    for name in (
        "order_ns",
        "response_ns",
        "order_sigma",
        "response_sigma",
        "order_scale",
        "response_scale",
        "shift_ns",
    ):
        one[name] = getattr(latency, name)
    one["queue"], one["power"] = QUEUES[models.queue], models.queue_power
    one["touch_fills"], one["margin"] = int(models.fill_on_touch), MARGINS[models.margin]
    return core


def new_insts(instruments: Sequence[Instrument], models: Models, keys: dict[tuple[str, str], int]) -> Records:
    insts = np.zeros(len(instruments), INST)
    for one, instrument in zip(insts, instruments, strict=True):
        wallet = wallet_of(instrument)
        perp = instrument.kind is InstrumentKind.PERP
        one["perp"], one["quote"] = int(perp), keys[wallet, instrument.quote]
        one["base"] = -1 if perp else keys[wallet, instrument.base]
        one["tick"], one["lot"] = float(instrument.tick), float(instrument.lot)
        one["min_lots"] = _ceil(instrument.min_qty / instrument.lot)
        one["min_value"] = _ceil(instrument.min_notional / (instrument.tick * instrument.lot))
        one["maker"], one["taker"] = float(instrument.fees.maker), float(instrument.fees.taker)
        one["liquidation"], one["maintenance"] = (
            float(instrument.liquidation_fee),
            float(instrument.maintenance_margin),
        )
        one["initial"] = float(initial_rate(instrument, models.leverage))
        one["bar_share"], one["interval"] = models.bar_share, instrument.funding_interval_ns
        one["settled_at"] = -FAR
    return insts


def new_state(instruments: Sequence[Instrument], models: Models, seed: int) -> State:
    """All records of an exchange at which nothing has happened yet."""
    if not instruments:
        raise ConfigError("a simulated exchange needs at least one instrument")
    keys = wallet_keys(instruments)
    ticks = [float(one.tick) for one in instruments]
    return State(
        core=new_core(models, seed),
        insts=new_insts(instruments, models, keys),
        wallets=np.zeros(len(keys), WALLET),
        inflight=np.zeros(FIRST_ORDERS, ORDER),
        resting=np.zeros(2 * FIRST_ORDERS, ORDER),
        reports=np.zeros(2 * ROOM, REPORT),
        quotes=new_quotes(ticks, half_spread=models.half_spread, bar_share=models.bar_share),
        books=new_books(ticks),
    )


def _ceil(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
