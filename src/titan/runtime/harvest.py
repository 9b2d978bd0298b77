"""Plain funding harvesting, played on the same tape by the same simulator: what Sentinel has to beat.

It opens every pair at its first funding row, whatever the rate is, holds spot and short perp to the end and
closes them there. All else is Sentinel's own: deployed share, split between coins and collateral, clips and
their gaps, fees, spreads, latency, margin checks. What it lacks is judgement: no hurdle, no forecast that
closes, no satellites, no vacuums, no routing, no drawdown ladder. So the difference between the two is what
the judgement was worth.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import msgspec

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Kind
from titan.runtime.config import Config
from titan.runtime.coverage import Coverage, Span
from titan.runtime.session import NS, Params, Session, Terms
from titan.strategies.sentinel.params import SentinelParams

NEVER_Z: Final = 1e9
ANY_APR: Final = -1e9
NEVER_INTERVALS: Final = 2**31
PATIENCE: Final = 2.0
"""The time left for closing is this many times what its clips and gaps take."""


def play_harvest(
    tape: TapeReader, config: Config, coverage: Coverage, rows_done: Callable[[int, int], None]
) -> Session | None:
    """A finished session of it; None where the tape holds no funding to harvest."""
    if not any(Kind.FUNDING in counts for counts in tape.counts.values()):
        return None
    bold = dict.fromkeys(("drawdown_halve", "drawdown_no_entries", "drawdown_flatten"), 1.0)
    unjudged = config.model_copy(update={"limits": config.limits.model_copy(update=bold)})
    session = Session(tape, unjudged, "harvest", coverage, terms_of(config.run.capital))
    session.run(rows_done)
    return session


def terms_of(capital: Decimal) -> Terms:
    """Sentinel without judgement, and each pair closed in time before the end."""

    def terms(params: Params, span: Span) -> tuple[Params, Span]:
        plain = {name: _plain(p) for name, p in params.items()}
        closing: dict[str, int | None] = {}
        for name, p in plain.items():
            at = span.end_ns - _closing_time(p, capital, (span.end_ns - span.start_ns) // 4)
            known = span.closing_ns[name]
            closing[name] = at if known is None else min(at, known)
        return plain, msgspec.structs.replace(span, closing_ns=closing)

    return terms


def _plain(params: SentinelParams) -> SentinelParams:
    return msgspec.structs.replace(
        params,
        entry_z=NEVER_Z,
        funding_hurdle_apr=ANY_APR,
        funding_exit_intervals=NEVER_INTERVALS,
        core_share=Decimal(1),
        satellite_share=Decimal(0),
        vacuum_liquidations=Decimal(0),
        routing=False,
    )


def _closing_time(params: SentinelParams, capital: Decimal, most_ns: int) -> int:
    """How long before the end the last exit must begin: its clips and gaps, and a look at the state."""
    notional = capital * params.deploy_share * (1 - params.futures_share)
    notional = min(notional, params.pair_limit) if params.pair_limit else notional
    seconds = float(notional / params.clip) * params.gap_seconds[1] * PATIENCE + params.check_seconds
    return min(round(seconds * NS), most_ns)
