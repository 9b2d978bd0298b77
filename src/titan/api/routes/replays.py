"""Recorded runs: which there are, the slider of one, and it as it stood at any of its moments."""

from __future__ import annotations

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import PathParameter, QueryParameter

from titan.api.errors import ApiError
from titan.api.gateway import TheGateway
from titan.api.routes.now import READ, ready_made
from titan.api.shapes.history import ReplayMoment, ReplayShape, ReplayTimeline

LAST_MS: Final = 9e12
"""A later moment, in ms UTC, is no moment in ns."""
Name = Annotated[str, PathParameter(description="Of a recorded run, as listed.", max_length=255)]


@get("/v1/replays", opt=READ)
async def replays(gateway: TheGateway) -> Response[list[ReplayShape]]:
    """Runs beside the one that is served, and backtests, the newest first."""
    return ready_made(await gateway.library.listed())


@get("/v1/replays/{name:str}/timeline", opt=READ)
async def timeline(gateway: TheGateway, name: Name) -> Response[ReplayTimeline]:
    """Its span, what it was worth along it, and its moments."""
    return ready_made(await gateway.library.timeline(name))


@get("/v1/replays/{name:str}/at", opt=READ)
async def moment(
    gateway: TheGateway,
    name: Name,
    at_ms: Annotated[
        float | None, QueryParameter(description="ms UTC by the run's clock.", ge=0, le=LAST_MS)
    ] = None,
    seq: Annotated[
        int | None, QueryParameter(description="After this entry of its journal.", ge=0, le=2**62)
    ] = None,
) -> Response[ReplayMoment]:
    """All tables of the run as they stood then; its last moment where none is named."""
    if at_ms is not None and seq is not None:
        raise ApiError("a moment is named by its time or by its entry", remedy="leave out at_ms or seq")
    return ready_made(await gateway.library.moment(name, at_ms, seq))


ROUTES = (replays, timeline, moment)
