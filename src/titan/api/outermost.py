"""Around the whole application: no answer takes for ever, and each is counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from litestar.types import ASGIApp, Message, Receive, Scope, Send

from titan.api.failures import ErrorShape, Failure
from titan.api.wire import encoded

TIMEOUT_S: Final = 30.0
Counted = Callable[[str, str, int, float], None]
"""Method, path as it was declared, status, seconds."""


class Outermost:
    """`elapsed` is in seconds, on a clock that never jumps. Work in a thread cannot be cut short; its answer
    can.
    """

    def __init__(
        self, app: ASGIApp, elapsed: Callable[[], float], counted: Counted, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._app, self._elapsed, self._counted, self._timeout_s = app, elapsed, counted, timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # type: ignore[comparison-overlap]
            await self._app(scope, receive, send)
            return
        began, status = self._elapsed(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            async with asyncio.timeout(self._timeout_s):
                await self._app(scope, receive, sending)
        except TimeoutError:
            if status:
                raise  # a part of it is on its way: the connection breaks
            await _late(sending)
        finally:
            path = str(scope.get("path_template") or "")
            self._counted(str(scope.get("method", "")), path, status, self._elapsed() - began)


async def _late(send: Send) -> None:
    told = ErrorShape("timeout", "this took too long", "ask for less, or again later")
    body = encoded(Failure(told))
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"retry-after", b"1"),
    ]
    await send({"type": "http.response.start", "status": 503, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
