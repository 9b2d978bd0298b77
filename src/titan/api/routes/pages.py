"""The console's files, as `make console` left them: compressed before, so that they are only handed out.

Names under `/assets` have a hash of what they hold, so browsers keep them; the page itself is asked for
each time.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Any, Final

from litestar import Request, Response, get
from litestar.params import PathParameter

from titan.api.auth.scopes import SCOPE, Scope
from titan.api.gateway import TheGateway

OPEN: Final = {SCOPE: Scope.OPEN}
KINDS: Final = {
    ".html": "text/html", ".js": "text/javascript",
    ".css": "text/css", ".svg": "image/svg+xml", ".json": "application/json",
}  # fmt: skip
PACKED: Final = (("br", ".br"), ("gzip", ".gz"))
FOR_EVER: Final = "public, max-age=31536000, immutable"
EACH_TIME: Final = "no-cache"
MISSING: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Titan</title>
<style>body{background:#0a0e13;color:#e5eaf1;font:16px/1.5 system-ui;margin:15vh auto;max-width:34em}
code{color:#a3e635}</style>
<h1>The console is not built</h1>
<p>The gateway is up: its documents are under <code>/v1</code>, its health at <code>/health/ready</code>.</p>
<p><code>make console</code> builds the console; it needs Node 20.19 or newer. Then load this page again.</p>
"""
_NAME: Final = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*")


@get("/", opt=OPEN, sync_to_thread=True, include_in_schema=False)
def page(request: Request[Any, Any, Any], gateway: TheGateway) -> Response[bytes]:
    """The console, or what is missing for it."""
    file = gateway.settings.console / "index.html"
    if not file.is_file():
        return Response(MISSING.encode(), status_code=404, media_type=KINDS[".html"])
    return _file(request, file, EACH_TIME)


@get("/icon.svg", opt=OPEN, sync_to_thread=True, include_in_schema=False)
def icon(request: Request[Any, Any, Any], gateway: TheGateway) -> Response[bytes]:
    return _file(request, gateway.settings.console / "icon.svg", EACH_TIME)


@get("/assets/{name:str}", opt=OPEN, sync_to_thread=True, include_in_schema=False)
def asset(
    request: Request[Any, Any, Any],
    name: Annotated[str, PathParameter(description="A file of the console.")],
    gateway: TheGateway,
) -> Response[bytes]:
    if not _NAME.fullmatch(name):
        return _nothing()
    return _file(request, gateway.settings.console / "assets" / name, FOR_EVER)


def _file(request: Request[Any, Any, Any], file: Path, keep: str) -> Response[bytes]:
    kind = KINDS.get(file.suffix)
    if kind is None or not file.is_file():
        return _nothing()
    headers = {"Cache-Control": keep, "Vary": "Accept-Encoding"}
    taken = _taken(request.headers.get("accept-encoding", ""))
    for coding, ending in PACKED:
        packed = file.with_name(file.name + ending)
        if coding in taken and packed.is_file():
            return Response(
                packed.read_bytes(), media_type=kind, headers={**headers, "Content-Encoding": coding}
            )
    return Response(file.read_bytes(), media_type=kind, headers=headers)


def _nothing() -> Response[bytes]:
    return Response(b"there is no such file", status_code=404, media_type="text/plain")


def _taken(header: str) -> set[str]:
    """The codings that a client takes: those named, without those of no weight."""
    named = (part.strip().partition(";") for part in header.lower().split(","))
    return {coding.strip() for coding, _, weight in named if weight.strip() not in {"q=0", "q=0.0"}}


ROUTES = (page, icon, asset)
