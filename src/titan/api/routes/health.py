"""Whether the gateway lives, and whether what it shows can be trusted."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Response, get

from titan.api.auth.gate import from_here
from titan.api.auth.scopes import LOOPBACK, SCOPE, Scope
from titan.api.gateway import Gateway, TheGateway
from titan.views.board import Freshness

OPEN = {SCOPE: Scope.OPEN}
PROMETHEUS = "text/plain; version=0.0.4"


class Live(msgspec.Struct, frozen=True):
    live: bool
    uptime_s: float


class Ready(msgspec.Struct, frozen=True):
    """`why` says what is not as it should be, in words; empty where all is."""

    ready: bool
    why: tuple[str, ...]
    freshness: str
    age_s: float


@get("/health/live", opt=OPEN, sync_to_thread=False)
def live(gateway: TheGateway) -> Live:
    """The process answers."""
    return Live(True, round(gateway.elapsed() - gateway.began, 3))


@get("/health/ready", opt=OPEN, sync_to_thread=False)
def ready(request: Request[Any, Any, Any], gateway: TheGateway) -> Response[Ready]:
    """200 where the run's files are read to their ends and what is shown is so; 503 and why where not. The
    why is for processes of this machine: it may name files.
    """
    found = readiness(gateway)
    if found.why and not from_here(request):
        found = msgspec.structs.replace(found, why=("ask from the gateway's own machine",))
    return Response(found, status_code=200 if found.ready else 503)


def readiness(gateway: Gateway) -> Ready:
    watcher, why = gateway.watcher, []
    board = watcher.board
    if watcher.fault:
        why.append(f"the gateway cannot look at the run: {watcher.fault}")
    if watcher.follower.trouble:
        why.append(watcher.follower.trouble)
    if board.freshness is Freshness.NONE:
        why.append("the run has not said anything yet")
    elif board.freshness is Freshness.STALE:
        why.append(f"the run has said nothing for {board.age_s:,.0f} s")
    elif not watcher.caught_up:
        why.append(f"the journal is being read: {watcher.follower.replica.seq:,} entries so far")
    return Ready(not why, tuple(why), board.freshness.value, round(board.age_s, 3))


@get("/metrics", opt={SCOPE: Scope.READ, LOOPBACK: True}, sync_to_thread=True, media_type="text/plain")
def metrics(gateway: TheGateway) -> Response[str]:
    """For Prometheus: the run and the gateway in figures. Without a token for processes of this machine."""
    body: Any = gateway.metrics.text()
    return Response(body, media_type=PROMETHEUS)


ROUTES = (live, ready, metrics)
