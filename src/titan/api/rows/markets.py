"""Rows of the stream `markets`: quotes, ladders and pairs, as the run's status document tells them."""

from __future__ import annotations

from collections.abc import Mapping

from titan.api.rows.status import Rows
from titan.api.shapes.markets import PairRow, QuoteRow
from titan.api.wire import ms
from titan.model.instrument import Instrument
from titan.views.board import Board
from titan.views.status import PriceLine


def quotes(board: Board, rules: Mapping[str, Instrument]) -> Rows:
    """Mids and marks are all that the document has."""
    s = board.status
    if s is None:
        return
    for line in s.prices:
        yield line.instrument, _quote(line, rules.get(line.instrument), s.at_ns)


def _quote(line: PriceLine, known: Instrument | None, at_ns: int) -> QuoteRow:
    venue, kind, symbol = (*line.instrument.split(".", 2), "", "")[:3]
    return QuoteRow(
        instrument=line.instrument, venue=venue, kind=kind, base=known.base if known else symbol,
        tick=format(known.tick, "f") if known else "", lot=format(known.lot, "f") if known else "",
        bid=0.0, bid_qty=0.0, ask=0.0, ask_qty=0.0, mid=line.mid,
        mark=float(line.mark) if line.mark is not None else 0.0, index=0.0, last=0.0,
        at_ms=ms(at_ns - round(line.age_ms * 1e6)), why=line.why, funding=0.0, funding_hours=0.0,
        settles_ms=0.0,
    )  # fmt: skip


def pairs(board: Board) -> Rows:
    for row in board.pairs:
        p = row.line
        yield (
            p.pair,
            PairRow(
                p.pair, p.spot, p.perp, p.spot_mid, p.perp_mid, p.basis, p.mean, p.std, p.z,
                ms(p.sampled_ns), p.samples, p.warmup, p.entry_z, p.exit_z, p.edge, p.cost, p.forecast_apr,
                p.interval_hours, ms(p.settles_ns), row.action.value, row.detail, row.held, p.blocked,
                p.trail,
            ),
        )  # fmt: skip
