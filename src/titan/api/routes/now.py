"""What is so now, as the keyed tables have it: the same rows as those of the streams."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from titan.api.auth.scopes import SCOPE, Scope
from titan.api.errors import NotFound
from titan.api.gateway import Gateway, TheGateway
from titan.api.shapes.markets import BookRow, MarketsShape
from titan.api.shapes.status import (
    HoldingRow,
    PositionRow,
    RunRow,
    StrategyRow,
    TransferRow,
    VenueRow,
)
from titan.api.shapes.streams import Snapshot
from titan.api.shapes.trading import FillRow, OpportunitiesShape, OpportunityRow, OrderRow, SagaRow
from titan.api.tables import TABLES
from titan.api.wire import frame

JSON: Final = "application/json"
READ: Final = {SCOPE: Scope.READ}
Which = Annotated[
    Literal["all", "working", "done"],
    QueryParameter(name="state", description="Those that go on, or that ended."),
]


def ready_made(body: bytes) -> Response[Any]:
    """A document that is JSON already."""
    return Response(body, media_type=JSON)


def listed(gateway: Gateway, channel: str, *tables: str) -> bytes:
    """The rows of these tables, in the order of their coming."""
    of = gateway.watcher.tables[channel]
    return b"[%b]" % b",".join(row for table in tables for row in of.rows(table).values())


@get("/v1/status", opt=READ, sync_to_thread=False)
def status(gateway: TheGateway) -> Response[RunRow]:
    """The run itself: what it is worth, whether it trades, what it has done."""
    row = gateway.watcher.tables["status"].row("run", "run")
    if row is None:
        raise NotFound("the run has not said anything yet", remedy="start it, or wait a moment")
    return ready_made(row)


@get("/v1/venues", opt=READ, sync_to_thread=False)
def venues(gateway: TheGateway) -> Response[list[VenueRow]]:
    """Connections of every venue, and whether its account agrees with the books."""
    return ready_made(listed(gateway, "status", "venues"))


@get("/v1/strategies", opt=READ, sync_to_thread=False)
def strategies(gateway: TheGateway) -> Response[list[StrategyRow]]:
    """What trades, and what keeps it back."""
    return ready_made(listed(gateway, "status", "strategies"))


@get("/v1/markets", opt=READ, sync_to_thread=False)
def markets(gateway: TheGateway) -> Response[MarketsShape]:
    """Quotes of every instrument, and every pair as its kernel sampled it last."""
    rows = (listed(gateway, "markets", "quotes"), listed(gateway, "markets", "pairs"))
    return ready_made(b'{"quotes":%b,"pairs":%b}' % rows)


@get("/v1/books/{instrument:str}", opt=READ, sync_to_thread=False)
def book(
    gateway: TheGateway,
    instrument: Annotated[str, PathParameter(description="As binance.perp.BTCUSDT.", max_length=100)],
) -> Response[BookRow]:
    """The ladder of one instrument: ten levels a side."""
    row = gateway.watcher.tables["markets"].row("books", instrument)
    if row is None:
        raise NotFound(
            f"there is no ladder of {instrument}", remedy="/v1/markets has those that the run listens to"
        )
    return ready_made(row)


@get("/v1/signals", opt=READ, sync_to_thread=False)
def signals(gateway: TheGateway) -> Response[list[OpportunityRow]]:
    """The last signals, and what came of each."""
    return ready_made(listed(gateway, "opportunities", "signals"))


@get("/v1/opportunities", opt=READ, sync_to_thread=False)
def opportunities(gateway: TheGateway) -> Response[OpportunitiesShape]:
    """The last signals, and the last routing decisions with what each way would have brought."""
    rows = (listed(gateway, "opportunities", "signals"), listed(gateway, "opportunities", "routes"))
    return ready_made(b'{"signals":%b,"routes":%b}' % rows)


@get("/v1/intents", opt=READ, sync_to_thread=False)
def intents(gateway: TheGateway, which: Which = "all") -> Response[list[SagaRow]]:
    """What strategies wished, with the execution of each: its steps and orders."""
    return ready_made(listed(gateway, "sagas", *_tables(which)))


@get("/v1/orders", opt=READ, sync_to_thread=False)
def orders(gateway: TheGateway, which: Which = "all") -> Response[list[OrderRow]]:
    """Orders that work, and the last that ended."""
    return ready_made(listed(gateway, "orders", *_tables(which)))


@get("/v1/fills", opt=READ, sync_to_thread=False)
def fills(gateway: TheGateway) -> Response[list[FillRow]]:
    """The last fills, the oldest first."""
    return ready_made(listed(gateway, "fills", "fills"))


@get("/v1/positions", opt=READ, sync_to_thread=False)
def positions(gateway: TheGateway) -> Response[list[PositionRow]]:
    """What is held of every instrument."""
    return ready_made(listed(gateway, "status", "positions"))


@get("/v1/holdings", opt=READ, sync_to_thread=False)
def holdings(gateway: TheGateway, which: Which = "all") -> Response[list[HoldingRow]]:
    """Pair positions that are held (working), and the last that ended (done)."""
    tables = {"all": ("holdings", "ended"), "working": ("holdings",), "done": ("ended",)}
    return ready_made(listed(gateway, "status", *tables[which]))


@get("/v1/transfers", opt=READ, sync_to_thread=False)
def transfers(gateway: TheGateway) -> Response[list[TransferRow]]:
    """Money between wallets, the newest first."""
    return ready_made(listed(gateway, "status", "transfers"))


@get("/v1/streams/{channel:str}", opt=READ, sync_to_thread=False)
def snapshot(
    gateway: TheGateway,
    channel: Annotated[str, PathParameter(description=f"One of {', '.join(TABLES)}.", max_length=40)],
) -> Response[Snapshot]:
    """A channel's snapshot: the same document as the WebSocket's."""
    if channel not in TABLES:
        raise NotFound(f"there is no channel {channel!r}", remedy=f"there are {', '.join(TABLES)}")
    whole = gateway.watcher.tables[channel].whole()
    return ready_made(frame(whole, gateway.now()))


def _tables(which: str) -> tuple[str, ...]:
    return ("working", "done") if which == "all" else (which,)


ROUTES: Final = (
    status, venues, strategies, markets, book, signals, opportunities, intents, orders, fills, positions,
    holdings, transfers, snapshot,
)  # fmt: skip
