"""What is so now, as the keyed tables have it."""

from __future__ import annotations

from typing import Annotated, Any

from litestar import Response, get
from litestar.params import PathParameter

from titan.api.auth.scopes import SCOPE, Scope
from titan.api.errors import NotFound
from titan.api.gateway import TheGateway
from titan.api.shapes.status import RunRow, VenueRow
from titan.api.tables import TABLES
from titan.api.wire import frame

JSON = "application/json"
READ = {SCOPE: Scope.READ}


def ready_made(body: bytes) -> Response[Any]:
    """A document that is JSON already."""
    return Response(body, media_type=JSON)


def listed(rows: dict[str, bytes]) -> bytes:
    return b"[%b]" % b",".join(rows.values())


@get("/v1/status", opt=READ, sync_to_thread=False)
def status(gateway: TheGateway) -> Response[RunRow]:
    """The run itself."""
    row = gateway.watcher.tables["status"].row("run", "run")
    if row is None:
        raise NotFound("the run has not said anything yet", remedy="start it, or wait a moment")
    return ready_made(row)


@get("/v1/venues", opt=READ, sync_to_thread=False)
def venues(gateway: TheGateway) -> Response[list[VenueRow]]:
    return ready_made(listed(gateway.watcher.tables["status"].rows("venues")))


@get("/v1/streams/{channel:str}", opt=READ, sync_to_thread=False)
def snapshot(
    gateway: TheGateway, channel: Annotated[str, PathParameter(description="A channel of the stream.")]
) -> Response[dict[str, object]]:
    """The channel's snapshot, the same document as the WebSocket's."""
    if channel not in TABLES:
        raise NotFound(f"there is no channel {channel!r}", remedy=f"there are {', '.join(TABLES)}")
    whole = gateway.watcher.tables[channel].whole()
    return ready_made(frame(whole, gateway.now()))


ROUTES = (status, venues, snapshot)
