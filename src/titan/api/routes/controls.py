"""`/v1/controls`: pause, resume, halts, panic, re-arm. Each is in the audit log, whatever came of it."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Annotated, Any, Final, TypeVar

from litestar import Request, Router, delete, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.types import ControllerRouterHandler
from msgspec import structs

from titan.api.auth.audit import Audit
from titan.api.auth.gate import address_of
from titan.api.auth.scopes import SCOPE, Scope, Who
from titan.api.control.desk import Desk
from titan.api.control.standby import with_end
from titan.api.errors import ApiError
from titan.api.gateway import TheGateway
from titan.api.shapes.control import Confirmed, ControlShape, Imposition, PanicShape, Reason
from titan.api.wire import ms
from titan.model.errors import TitanError
from titan.model.recovery import Latched, PanicEnded

READ: Final = {SCOPE: Scope.READ}
TRADE: Final = {SCOPE: Scope.TRADE}
ADMIN: Final = {SCOPE: Scope.ADMIN}
PANIC: Final = "panic"
"""The latch of one."""

Asked = Request[Who, Any, Any]
TheDesk = NamedDependency[SkipValidation[Desk]]
Logged = NamedDependency[SkipValidation[Audit]]
T = TypeVar("T")


async def audited(
    request: Asked, audit: Audit, scope: Scope, what: str, text: str, work: Awaitable[T]
) -> T:  # fmt: skip
    """`work`, and what came of it in the audit log. Raises what `work` raises."""
    who, address = request.user.name, address_of(request)
    try:
        found = await work
    except TitanError as e:
        await audit.told(who, scope, what, f"{text}: {e.message}", ok=False, address=address)
        raise
    told = getattr(found, "text", "")
    await audit.told(who, scope, what, f"{text}: {told}" if told else text, ok=True, address=address)
    return found


def _confirmed(data: Confirmed, word: str) -> None:
    if data.confirm != word:
        raise ApiError(f"it is confirmed by the word {word}", remedy=f'send "confirm": "{word}"')


def _what(data: Reason) -> str:
    return f"{data.strategy or 'all'}{f' ({data.reason})' if data.reason else ''}"


@post("/pause", opt=TRADE, status_code=200)
async def pause(request: Asked, data: JSONBody[Reason], desk: TheDesk, audit: Logged) -> ControlShape:
    """Entries stop, exits go on; of all strategies or one."""
    work = desk.pause(data.strategy, data.reason, request.user.name)
    return await audited(request, audit, Scope.TRADE, "pause", _what(data), work)


@post("/resume", opt=TRADE, status_code=200)
async def resume(request: Asked, data: JSONBody[Reason], desk: TheDesk, audit: Logged) -> ControlShape:
    """Entries may leave again, as far as nothing else keeps them back."""
    work = desk.resume(data.strategy, data.reason, request.user.name)
    return await audited(request, audit, Scope.TRADE, "resume", _what(data), work)


@post("/halts", opt=TRADE, status_code=200)
async def impose(request: Asked, data: JSONBody[Imposition], desk: TheDesk, audit: Logged) -> ControlShape:
    """Hold trading back until it is lifted: reduce-only, close, no-trading, or a scale of entries as 0.5."""
    text = f"{data.name}: {data.mode} ({data.reason})"
    return await audited(
        request, audit, Scope.TRADE, "impose", text, desk.impose(data, request.user.name)
    )  # fmt: skip


@delete("/halts/{name:str}", opt=TRADE, status_code=200)
async def lift(
    request: Asked, name: Annotated[str, PathParameter(description="Its name.")], desk: TheDesk,
    audit: Logged,
    reason: Annotated[str, QueryParameter(description="Why, for the journal.", max_length=500)] = "",
) -> ControlShape:  # fmt: skip
    """Take back what was imposed, by an operator or by the desk."""
    work = desk.lift(name, reason, request.user.name)
    return await audited(request, audit, Scope.TRADE, "lift", f"{name} ({reason})", work)


@post("/panic", opt=TRADE, status_code=202)
async def panic(request: Asked, data: JSONBody[Confirmed], desk: TheDesk, audit: Logged) -> PanicShape:
    """Cancel every order, close every position, prove it. Answers at once; GET tells how it goes on."""
    _confirmed(data, "PANIC")
    found = await desk.panic(data.reason, request.user.name)  # before anything is written of it
    await audit.told(
        request.user.name, Scope.TRADE, "panic", data.reason, ok=True, address=address_of(request)
    )  # fmt: skip
    return found


@get("/panic", opt=READ, sync_to_thread=True)
def panicked(desk: TheDesk, gateway: TheGateway) -> PanicShape:
    """The last panic that was asked for here, else the one whose latch stands; whether one stands ready."""
    shape = desk.standby.shape
    if shape.state != "none":
        return shape
    with gateway.watcher.replica() as replica:
        latch, ended = replica.latches.get(PANIC), replica.panic
    return shape if latch is None else _latched(latch, ended, shape)


def _latched(latch: Latched, ended: PanicEnded | None, shape: PanicShape) -> PanicShape:
    """By the journal: of a gateway that was not there. One without an end, as far as that says, is open."""
    began, lines = ms(latch.local_ns), (f"{latch.by}: {latch.reason}",)
    shape = structs.replace(shape, state="open", lines=lines, began_ms=began)
    if ended is None or ended.local_ns < latch.local_ns:
        return shape
    return with_end(shape, ended, ms(ended.local_ns))


@post("/rearm", opt=ADMIN, status_code=200)
async def rearm(request: Asked, data: JSONBody[Confirmed], desk: TheDesk, audit: Logged) -> ControlShape:
    """Take the latch of a panic back: the run is stopped for it and started again."""
    _confirmed(data, "REARM")
    return await audited(
        request, audit, Scope.ADMIN, "rearm", data.reason, desk.rearm(request.user.name)
    )  # fmt: skip


def control_routes(desk: Desk, audit: Audit) -> Sequence[ControllerRouterHandler]:
    """All of them, for one desk."""
    knows = {
        "desk": Provide(lambda: desk, sync_to_thread=False),
        "audit": Provide(lambda: audit, sync_to_thread=False),
    }
    handlers = [pause, resume, impose, lift, panic, panicked, rearm]
    return [Router("/v1/controls", route_handlers=handlers, dependencies=knows, tags=["controls"])]
