"""The WebSocket /v1/stream: snapshots, then deltas, of the channels that a client subscribes to.

Nothing is queued for anybody. A client's writer waits for the next look, sends what is new to him since his
versions, and waits again when that has gone; whoever takes long gets the last state of every row and none of
those between. Frames are put together once for all who stand at the same version.

Closed with 4401 (no token in time, or it ran out or is good no more), 4403 (its scopes are not enough), 4408
(a frame has not gone for too long), 1008 (a message that is none of ours, again and again), 1001 (the gateway
stops), 1013 (too many streams, or users cannot be read now).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
from litestar import WebSocket, websocket
from litestar.di import NamedDependency
from litestar.exceptions import WebSocketDisconnect

from titan.api.auth.scopes import SCOPE, Gatekeeper, Scope, Who
from titan.api.errors import ApiError, Forbidden, Unauthorised
from titan.api.shapes.control import Hidden
from titan.api.tables import TABLES, Tables
from titan.api.wire import MS, encoded, frame, ms

AUTH_S: Final = 5.0
HEARTBEAT_S: Final = 1.0
CHECK_S: Final = 2.0
"""How often the tokens of open streams are looked at again: who signed out or was removed hears no more."""
SLOW_S: Final = 20.0
"""How long one frame may take."""
WAITING: Final = 64
"""Streams that have not signed in yet."""
WRONG: Final = 20
"""Messages that cannot be read, until a client is closed."""
LONGEST: Final = 16_384
"""Characters of a message."""


class Had(msgspec.Struct, frozen=True):
    epoch: str
    version: int


class Auth(Hidden, frozen=True, tag="auth", tag_field="op"):
    token: str


class Subscribe(msgspec.Struct, frozen=True, tag="subscribe", tag_field="op"):
    channels: list[str]
    resume: dict[str, Had] = {}


class Unsubscribe(msgspec.Struct, frozen=True, tag="unsubscribe", tag_field="op"):
    channels: list[str]


class Ping(msgspec.Struct, frozen=True, tag="ping", tag_field="op"):
    n: int = 0


Message = Auth | Subscribe | Unsubscribe | Ping
_DECODER: Final = msgspec.json.Decoder(Message)


class Closing(Exception):
    """The stream ends with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


class Made(NamedTuple):
    """Frames of a channel as it stands (epoch, version, moment), by the version that they go on from; None
    for a snapshot.
    """

    of: tuple[str, int, int]
    texts: dict[int | None, str]


class Hub:
    """All streams. `wake` is called (in the loop's thread) after each look at the run; `now` is ns UTC,
    `elapsed` seconds on a clock that never jumps.
    """

    def __init__(
        self, tables: Tables, gatekeeper: Gatekeeper, now: Callable[[], int], elapsed: Callable[[], float],
        most: int = 500,
    ) -> None:  # fmt: skip
        self.tables, self.gatekeeper, self.now, self.elapsed = tables, gatekeeper, now, elapsed
        self.clients: dict[Client, None] = {}
        """In the order in which they came."""
        self.sent = self.conflated = self.refused = 0
        self.most = most
        self._woken = asyncio.Event()
        self.looks = 0
        self._made: dict[str, Made] = {}

    def wake(self) -> None:
        self.looks += 1
        woken, self._woken = self._woken, asyncio.Event()
        woken.set()

    async def next(self) -> None:
        """Until the next look."""
        await self._woken.wait()

    def text(self, channel: str, epoch: str, version: int | None) -> tuple[str, str, int]:
        """The frame that brings a client from there (None: from nothing) to now; its epoch and version."""
        table = self.tables[channel]
        made, since = self._made.get(channel), version if epoch == table.epoch else None
        if made is not None and made.of == (table.epoch, table.version, table.source_ns):
            text = made.texts.get(since)
            if text is not None:
                return text, *made.of[:2]
        part = table.whole() if since is None else table.since(epoch, since)
        of, text = (part.epoch, part.version, part.source_ns), frame(part, self.now()).decode()
        if part.since is None or not part.empty:  # nothing new is told with its moment, each time
            if made is None or made.of != of:
                made = self._made[channel] = Made(of, {})
            made.texts[part.since] = text
        return text, part.epoch, part.version

    def enter(self, client: Client) -> None:
        """One more, who has not signed in. Of too many such the one who waits longest goes: whoever only
        connects keeps nobody out.
        """
        self.clients[client] = None
        waiting = [one for one in self.clients if one.who is None]
        for one in waiting[:-WAITING]:
            one.end(1013, "too many streams wait for a token")

    def admit(self, client: Client) -> None:
        """Raises Closing where too many have signed in."""
        if client.who is None and sum(one.who is not None for one in self.clients) >= self.most:
            self.refused += 1
            raise Closing(1013, "too many streams")

    async def close(self) -> None:
        """Of all streams: the gateway stops."""
        for client in list(self.clients):
            client.end(1001, "the gateway stops")
        while self.clients:
            await asyncio.sleep(0.01)

    async def watch(self) -> None:
        """Ends those whose token ran out or who are too slow, and beats where no look wakes them."""
        checked = self.elapsed()
        while True:
            await asyncio.sleep(HEARTBEAT_S / 2)
            now_ms, elapsed = self.now() / MS, self.elapsed()
            if elapsed - checked >= CHECK_S:
                checked = elapsed
                await self.check_tokens()
            for client in list(self.clients):
                client.check(now_ms, elapsed)
            self.wake()

    async def check_tokens(self) -> None:
        """Ends those whose token is good no more, though it has not expired."""
        clients = [(client, client.token) for client in self.clients if client.token]
        tokens = {token for _, token in clients}
        fates = await asyncio.to_thread(lambda: {token: self._fate(token) for token in tokens})
        for client, token in clients:
            if client.token == token and fates[token]:
                client.end(4401, fates[token])

    def _fate(self, token: str) -> str:
        """Why it is good no more; empty where it is, or where that cannot be found out now."""
        try:
            self.gatekeeper.check(token)
        except Unauthorised as e:
            return e.message
        except ApiError:
            return ""
        return ""


class Client:
    def __init__(self, hub: Hub, socket: WebSocket[Any, Any, Any]) -> None:
        self.hub, self.socket = hub, socket
        self.who: Who | None = None
        self.token = ""
        self.had: dict[str, tuple[str, int | None]] = {}
        """Epoch and version by channel; None where he has nothing yet."""
        self._told: dict[str, float] = {}
        self._began = hub.elapsed()
        self._sending_since: float | None = None
        self._bringing = asyncio.Lock()
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._wrong = 0

    def end(self, code: int, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_exception(Closing(code, reason))

    def check(self, now_ms: float, elapsed: float) -> None:
        if self.who is None:
            if elapsed - self._began > AUTH_S:
                self.end(4401, "no token came")
        elif self.who.expires_ms <= now_ms:
            self.end(4401, "the token has expired")
        if self._sending_since is not None and elapsed - self._sending_since > SLOW_S:
            self.end(4408, "too slow")

    async def live(self) -> None:
        """Until it ends, whoever ends it."""
        parts = [asyncio.ensure_future(part) for part in (self._read(), self._write())]
        try:
            done, _ = await asyncio.wait([*parts, self._ended], return_when=asyncio.FIRST_COMPLETED)
            for one in done:
                one.result()
        except Closing as e:
            for one in parts:
                one.cancel()
            with suppress(WebSocketDisconnect, TimeoutError, RuntimeError):
                await asyncio.wait_for(self.socket.close(code=e.code, reason=e.reason), 1.0)
        except WebSocketDisconnect:
            pass
        finally:
            for one in [*parts, self._ended]:
                one.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _send(self, text: str) -> None:
        self._sending_since = self.hub.elapsed()
        await self.socket.send_text(text)
        self._sending_since = None

    async def _tell(self, **fields: object) -> None:
        await self._send(encoded(fields).decode())

    async def _read(self) -> None:
        while True:
            text = await self.socket.receive_text()
            try:
                if len(text) > LONGEST:
                    raise msgspec.ValidationError(f"a message is longer than {LONGEST} characters")
                message = _DECODER.decode(text)
            except msgspec.DecodeError as e:
                await self._wrong_one("bad_message", str(e))
                continue
            await self._hear(message)

    async def _wrong_one(self, code: str, text: str) -> None:
        self._wrong += 1
        if self._wrong >= WRONG:
            raise Closing(1008, "too many messages that are none of ours")
        await self._tell(op="error", code=code, text=text)

    async def _hear(self, message: Message) -> None:
        if isinstance(message, Auth):
            await self._authorise(message.token)
        elif isinstance(message, Ping):
            await self._tell(op="pong", n=message.n, at_ms=ms(self.hub.now()))
        elif self.who is None:
            raise Closing(4401, "a token has to come first")
        elif isinstance(message, Subscribe):
            for name in message.channels:
                if name not in TABLES:
                    await self._wrong_one("no_such_channel", f"there is no channel {name!r}")
                    continue
                had = message.resume.get(name)
                self.had[name] = (had.epoch, had.version) if had is not None else ("", None)
                self._told.pop(name, None)
            await self._bring()
        else:
            for name in message.channels:
                self.had.pop(name, None)

    async def _authorise(self, token: str) -> None:
        try:
            who = await asyncio.to_thread(self.hub.gatekeeper.check, token)
        except Unauthorised as e:
            raise Closing(4401, e.message) from e
        except Forbidden as e:
            raise Closing(4403, e.message) from e
        except ApiError as e:
            raise Closing(1013, e.message) from e
        if Scope.READ not in who.scopes:
            raise Closing(4403, "this needs the scope read")
        if self.who is not None and self.who.name != who.name:
            raise Closing(4401, "this token is of another user")
        self.hub.admit(self)
        self.who, self.token = who, token
        scopes = sorted(one.value for one in who.scopes)
        await self._tell(op="ready", name=who.name, scopes=scopes, at_ms=ms(self.hub.now()))

    async def _write(self) -> None:
        seen = self.hub.looks
        while True:
            if self.hub.looks == seen:
                await self.hub.next()
            self.hub.conflated += self.hub.looks - seen - 1
            seen = self.hub.looks
            await self._bring()

    async def _bring(self) -> None:
        """What is new in every channel; where nothing is, a heartbeat if it is time for one."""
        async with self._bringing:
            elapsed = self.hub.elapsed()
            for name in list(self.had):
                if name in self.had:  # and not unsubscribed meanwhile
                    await self._bring_one(name, elapsed)

    async def _bring_one(self, name: str, elapsed: float) -> None:
        epoch, version = self.had[name]
        table = self.hub.tables[name]
        same = version == table.version and epoch == table.epoch
        if same and elapsed - self._told.get(name, -HEARTBEAT_S) < HEARTBEAT_S:
            return
        text, epoch, version = self.hub.text(name, epoch, version)
        self.had[name], self._told[name] = (epoch, version), elapsed
        await self._send(text)
        self.hub.sent += 1


@websocket("/v1/stream", opt={SCOPE: Scope.OPEN})
async def stream(socket: WebSocket[Any, Any, Any], hub: NamedDependency[Hub]) -> None:
    """Open to all: the first message has to bring a token."""
    await socket.accept()
    client = Client(hub, socket)
    hub.enter(client)
    try:
        await client.live()
    finally:
        hub.clients.pop(client, None)
