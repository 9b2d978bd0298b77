"""Rows of the stream `markets`: quotes and ladders of the run's frame, or what its status document has of
them; pairs as its kernel sampled them last.
"""

from __future__ import annotations

from collections.abc import Mapping

from titan.api.rows.status import Rows
from titan.api.shapes.markets import BookRow, PairRow, QuoteRow
from titan.api.wire import ms
from titan.model.instrument import Instrument
from titan.views.board import Board
from titan.views.frame import Frame, QuoteLine
from titan.views.status import PriceLine

Rules = Mapping[str, Instrument]


def quotes(board: Board, rules: Rules, frame: Frame | None = None) -> Rows:
    """Without a frame there are mids and marks only."""
    if frame is not None:
        for quote in frame.quotes:
            yield quote.instrument, _heard(quote, rules.get(quote.instrument))
    elif board.status is not None:
        for line in board.status.prices:
            yield line.instrument, _told(line, rules.get(line.instrument), board.status.at_ns)


def books(frame: Frame | None) -> Rows:
    if frame is None:
        return
    heard = {one.instrument: one.heard_ns for one in frame.quotes}
    for one in frame.ladders:
        yield one.instrument, BookRow(one.instrument, ms(heard[one.instrument]), one.bids, one.asks)


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


def _heard(one: QuoteLine, known: Instrument | None) -> QuoteRow:
    return QuoteRow(
        one.instrument, *_names(one.instrument, known), one.bid, one.bid_qty, one.ask, one.ask_qty, one.mid,
        one.mark, one.index, one.last, ms(one.heard_ns), one.why, one.funding, one.hours,
        ms(one.settles_ns),
    )  # fmt: skip


def _told(line: PriceLine, known: Instrument | None, at_ns: int) -> QuoteRow:
    mark = float(line.mark) if line.mark is not None else 0.0
    heard_ms = ms(at_ns - round(line.age_ms * 1e6)) if line.age_ms >= 0 else 0.0
    return QuoteRow(
        line.instrument, *_names(line.instrument, known), 0.0, 0.0, 0.0, 0.0, line.mid, mark, 0.0, 0.0,
        heard_ms, line.why, 0.0, 0.0, 0.0,
    )  # fmt: skip


def _names(instrument: str, known: Instrument | None) -> tuple[str, str, str, str, str]:
    """Venue, kind, base, tick, lot; the last two are empty where the journal has not said them."""
    venue, kind, symbol = (*instrument.split(".", 2), "", "")[:3]
    if known is None:
        return venue, kind, symbol, "", ""
    return venue, kind, known.base, format(known.tick, "f"), format(known.lot, "f")
