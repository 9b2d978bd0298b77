"""The past of a run: the basis of a pair, what the run was worth, trades, and what wallets hold."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated, Any, Final, Literal

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from titan.api.errors import NotFound
from titan.api.gateway import Gateway, TheGateway
from titan.api.routes.now import READ
from titan.api.shapes.history import InventoryRow, InventoryShape, PnlShape, TradeShape
from titan.api.shapes.markets import BasisMark, BasisSeries
from titan.api.wire import ms
from titan.model.pair import PairEnd
from titan.model.signal import Purpose
from titan.views.board import Board
from titan.views.replica import Replica
from titan.views.status import MarginLine
from titan.views.works import Work

NEAR: Final = 0.8
"""A wallet is near a share of its margin at this part of the way there."""
CSV: Final = "text/csv"


@get("/v1/markets/{pair:str}/basis", opt=READ, sync_to_thread=True)
def basis(
    gateway: TheGateway, pair: Annotated[str, PathParameter(description="As BTC.", max_length=100)]
) -> BasisSeries:
    """The basis of a pair since the gateway listens, six hours at most, with what was done on it."""
    points = gateway.watcher.series.of(pair)
    if points is None:
        raise NotFound(f"there is no pair {pair}", remedy="/v1/markets has those that the run looks at")
    with gateway.watcher.replica() as replica:
        marks = sorted(_marks(replica, pair), key=lambda mark: mark.at_ms)
    return BasisSeries(pair, points, tuple(marks))


def _marks(replica: Replica, pair: str) -> Iterator[BasisMark]:
    for raised in replica.latest.signals:
        signal = raised.signal
        if signal.subject == pair:
            at = signal.figures.get("basis")
            yield BasisMark(ms(raised.at_ns), "signal", signal.name, at, raised.wish)
    for one in (*replica.closed, *replica.holdings.values()):
        if one.pair == pair and one.entry_basis_bps is not None:
            wish = one.wishes[0] if one.wishes else ""
            yield BasisMark(ms(one.opened_ns), "entry", one.type, one.entry_basis_bps, wish)
        if one.pair == pair and one.closed_ns:
            wish = one.wishes[-1] if one.wishes else ""
            yield BasisMark(ms(one.closed_ns), "exit", one.type, one.exit_basis_bps, wish)
    for work in replica.works.ended:
        if work.kind == "pair" and work.subject == pair and _came_to_nothing(work):
            yield BasisMark(ms(work.ended_ns), "abort", getattr(work.wish, "type", ""), None, work.id)


def _came_to_nothing(work: Work) -> bool:
    return work.end != PairEnd.DONE.value and not work.units and work.purpose == Purpose.ENTRY.value


@get("/v1/pnl", opt=READ, sync_to_thread=True)
def pnl(gateway: TheGateway) -> PnlShape:
    """Profit by source, now and of the last 24 hours, and NAV along the run: 2,000 points at most."""
    board, history = gateway.watcher.board, gateway.watcher.history
    s, day = board.status, board.yields.day
    nav = s.nav if s is not None else None
    return PnlShape(
        quote=s.quote if s is not None else "", nav=nav, start_nav=s.start_nav if s is not None else None,
        sources=s.pnl if s is not None else {}, day=day.pnl if day is not None else {},
        day_since_ms=ms(day.since_ns) if day is not None else 0.0,
        drawdown=history.fallen(nav) if nav is not None else None, max_drawdown=history.deepest,
        history=history.points(),
    )  # fmt: skip


@get("/v1/trades", opt=READ, sync_to_thread=True, media_type="application/json")
def trades(
    gateway: TheGateway,
    format_: Annotated[
        Literal["json", "csv"], QueryParameter(name="format", description="csv: for a spreadsheet.")
    ] = "json",
) -> Response[list[TradeShape]]:
    """Holdings that ended, oldest first: what was predicted beside what was realised."""
    found = gateway.watcher.trades.told(_quote(gateway))
    if format_ == "json":
        return Response(found)
    headers = {"Content-Disposition": 'attachment; filename="trades.csv"'}
    body: Any = written(found)
    return Response(body, media_type=CSV, headers=headers)


def written(trades: Iterable[TradeShape]) -> str:
    """As CSV: a column a field, sources of profit and fees apart. A cell that a spreadsheet would take for a
    formula is told apart by an apostrophe.
    """
    rows = [_cells(trade) for trade in trades]
    columns = list(dict.fromkeys(name for row in rows for name in row)) or list(TradeShape.__struct_fields__)
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(columns)
    lines.writerows([safe_cell(row.get(name)) for name in columns] for row in rows)
    return out.getvalue()


def _cells(trade: TradeShape) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in trade.__struct_fields__:
        value = getattr(trade, name)
        if isinstance(value, dict):
            found |= {f"{name}_{key}": one for key, one in value.items()}
        else:
            found[name] = value
    return found


def safe_cell(value: object) -> str:
    """Numbers as they are; text never begins what a spreadsheet would calculate."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, int | float):
        return repr(value)
    text = str(value)
    return f"'{text}" if text[:1] in _FORMULA else text


_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


@get("/v1/inventory", opt=READ, sync_to_thread=False)
def inventory(gateway: TheGateway) -> InventoryShape:
    """What every wallet holds by the run's books, and which is rebalanced next."""
    board = gateway.watcher.board
    balances = board.status.balances if board.status is not None else ()
    rows = tuple(
        InventoryRow(
            one.wallet.partition(".")[0], one.wallet, one.asset, one.amount, one.price,
            one.amount * one.price if one.price is not None else None,
        )
        for one in balances
    )  # fmt: skip
    return InventoryShape(_quote(gateway), rows, _next(board))


def _next(board: Board) -> str:
    """Of the wallets of perps that are near a share at which money moves, the nearest."""
    near = [(of, words) for margin in board.margins for of, words in _steps(margin)]
    return max(near, default=(0.0, ""))[1]


def _steps(margin: MarginLine) -> Iterator[tuple[float, str]]:
    used = margin.used
    if used is None:
        return
    for share, what in ((margin.ceiling, "pairs are reduced"), (margin.top_up, "quote comes in")):
        if share and used >= share * NEAR:
            at = "now" if used >= share else f"at {share:.0%}"
            yield used / share + share, f"{margin.wallet}: {used:.0%} of its margin is used, {what} {at}"
            return


def _quote(gateway: Gateway) -> str:
    status = gateway.watcher.board.status
    return status.quote if status is not None else ""


ROUTES: Final = (basis, pnl, trades, inventory)
