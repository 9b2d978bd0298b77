"""`/v1/auth`, `/v1/users` and `/v1/audit`.

The refresh token is a cookie that no script can read, sent to `/v1/auth` only and by our own pages only; what
uses it wants the header `X-Titan: 1` as well, which no form of a stranger's can send.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, Router, delete, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency, Provide
from litestar.params import HeaderParameter, JSONBody, PathParameter, QueryParameter, SkipValidation
from litestar.types import ControllerRouterHandler, ExceptionHandlersMap

from titan import __version__
from titan.api.auth.authority import Authority, Opened, row_of
from titan.api.auth.gate import address_of, bearer, unreadable
from titan.api.auth.keys import S
from titan.api.auth.scopes import SCOPE, Scope, Who
from titan.api.errors import Forbidden, Unauthorised
from titan.api.failures import Failure, failed
from titan.api.gateway import Beside, Parts, TheGateway
from titan.api.shapes.control import (
    AuditRow,
    Code,
    FirstUser,
    MeShape,
    NewUser,
    PasswordChange,
    Session,
    SetupState,
    SignIn,
    TotpShape,
    UserRow,
)
from titan.model.errors import ConfigError, StorageError, TitanError

OPEN: Final = {SCOPE: Scope.OPEN}
READ: Final = {SCOPE: Scope.READ}
ADMIN: Final = {SCOPE: Scope.ADMIN}
PATH: Final = "/v1/auth"

Asked = Request[Who, Any, Any]
Knows = NamedDependency[SkipValidation[Authority]]
Ours = Annotated[str, HeaderParameter(name="X-Titan", description="`1`", schema_extra={"enum": ["1"]})]


class AuditPage(msgspec.Struct, frozen=True):
    """Newest first; `trouble` says why rows are not on the disk."""

    rows: tuple[AuditRow, ...]
    trouble: str = ""


@get("/state", opt=OPEN, sync_to_thread=False)
def state(authority: Knows, gateway: TheGateway) -> SetupState:
    """What a console shows first."""
    status = gateway.watcher.follower.status
    return SetupState(authority.needs_setup, __version__, status is not None and status.simulated)


@post("/setup", opt=OPEN, status_code=200)
async def set_up(request: Asked, data: JSONBody[FirstUser], authority: Knows) -> Response[Session]:
    """The first user, with the one-time word that the server printed. Once."""
    return _opened(request, authority, await authority.set_up(data, address_of(request)))


@post("/login", opt=OPEN, status_code=200)
async def login(request: Asked, data: JSONBody[SignIn], authority: Knows) -> Response[Session]:
    """A session, for name, password and, where one is set up, a code."""
    return _opened(request, authority, await authority.sign_in(data, address_of(request)))


@post("/refresh", opt=OPEN, status_code=200)
async def refresh(request: Asked, authority: Knows, ours: Ours = "") -> Response[Session]:
    """Another access token, for the cookie; the cookie is another afterwards."""
    token = _cookie(request, authority, ours)
    if not token:
        raise Unauthorised("there is no session", remedy="sign in", code="session_ended")
    return _opened(request, authority, await authority.refresh(token, address_of(request)))


@post("/logout", opt=OPEN, status_code=204)
async def logout(request: Asked, authority: Knows, ours: Ours = "") -> Response[None]:
    """Ends the session of the bearer token, else that of the cookie, with all its tokens; nothing where there
    is none. The cookie alone wants the header X-Titan.
    """
    if "authorization" in request.headers:
        with suppress(Unauthorised):
            await authority.sign_out(authority.gate.check(bearer(request)).session, address_of(request))
    elif token := _cookie(request, authority, ours):
        await authority.sign_out(token, address_of(request))
    return _closed(request, authority)


@get("/me", opt=READ, sync_to_thread=False)
def me(request: Asked) -> MeShape:
    """Whom the token names, and what for."""
    who = request.user
    held = (Scope.ADMIN,) if who.held_back else ()
    scopes = tuple(scope.value for scope in Scope if scope in {*who.scopes, *held})
    return MeShape(who.name, scopes, who.held_back, who.expires_ms)


@post("/password", opt=READ, status_code=200)
async def password(request: Asked, data: JSONBody[PasswordChange], authority: Knows) -> Response[Session]:
    """Another password. Ends every session of the user; the answer is a new one."""
    opened = await authority.change_password(request.user, data, address_of(request))
    return _opened(request, authority, opened)


@post("/totp", opt=READ, status_code=200)
async def totp(request: Asked, authority: Knows) -> Response[TotpShape]:
    """A secret for an authenticator app. Wants a sign-in of the last quarter of an hour."""
    return Response(await authority.begin_totp(request.user, address_of(request)))


@post("/totp/confirm", opt=READ, status_code=200)
async def confirm(request: Asked, data: JSONBody[Code], authority: Knows) -> Response[Session]:
    """The first code of that secret puts it in force. Ends the user's other sessions."""
    opened = await authority.confirm_totp(request.user, data.code, address_of(request))
    return _opened(request, authority, opened)


@delete("/totp", opt=READ, status_code=204)
async def remove_totp(request: Asked, authority: Knows) -> Response[None]:
    """Takes the second factor away and ends all sessions. Wants a sign-in of the last quarter of an hour."""
    await authority.remove_totp(request.user, address_of(request))
    return _closed(request, authority)


@get("/v1/users", opt=ADMIN, sync_to_thread=False)
def users(authority: Knows) -> tuple[UserRow, ...]:
    """Who may use this gateway, and what for."""
    return tuple(row_of(user) for user in authority.users.all())


@post("/v1/users", opt=ADMIN, status_code=201)
async def add_user(request: Asked, data: JSONBody[NewUser], authority: Knows) -> UserRow:
    """Another user. Scopes do not bring one another with them; an admin needs a second factor to be one."""
    return await authority.add_user(request.user, data, address_of(request))


@delete("/v1/users/{name:str}", opt=ADMIN, status_code=204)
async def remove_user(
    request: Asked, name: Annotated[str, PathParameter(description="The user.")], authority: Knows
) -> None:
    """Ends the user's sessions at once."""
    await authority.remove_user(request.user, name, address_of(request))


@get("/v1/audit", opt=ADMIN, sync_to_thread=True)
def audit(
    authority: Knows,
    limit: Annotated[int, QueryParameter(description="Rows at most.", ge=1, le=1000)] = 200,
    before_ms: Annotated[float, QueryParameter(description="Older than this, ms UTC; 0: any.", ge=0)] = 0.0,
) -> AuditPage:
    """Every control, sign-in and refusal, newest first."""
    return AuditPage(authority.audit.rows(limit=limit, before_ms=before_ms), authority.audit.trouble)


def parts_of(
    authority: Authority, routes: Sequence[ControllerRouterHandler] = (), beside: Sequence[Beside] = ()
) -> Parts:
    """A gateway's parts with this authority, with further routes, and with what runs beside them."""
    return Parts(authority.gate, [*auth_routes(authority), *routes], authority.audit.refused, beside=beside)


def auth_routes(authority: Authority) -> Sequence[ControllerRouterHandler]:
    """All of them, for one authority."""

    def the_authority() -> Authority:
        return authority

    knows = {"authority": Provide(the_authority, sync_to_thread=False)}
    admins = [users, add_user, remove_user, audit]
    own = [state, set_up, login, refresh, logout, me, password, totp, confirm, remove_totp]
    return [
        Router(PATH, route_handlers=own, dependencies=knows, tags=["auth"], exception_handlers=HIDDEN),
        Router("/", route_handlers=admins, dependencies=knows, tags=["admin"], exception_handlers=HIDDEN),
    ]


def _hidden(_: Request[Any, Any, Any], error: TitanError) -> Response[Failure]:
    """Paths of ours are nothing for those who sign in."""
    told = unreadable(error)
    return failed(told.status, told.message, code=told.code, remedy=told.remedy)


HIDDEN: Final[ExceptionHandlersMap] = {ConfigError: _hidden, StorageError: _hidden}


def cookie_name(authority: Authority) -> str:
    """Cookies know no ports: each gateway of a machine has one of its own."""
    return f"titan_refresh_{authority.keys.realm}"


def _cookie(request: Asked, authority: Authority, ours: str) -> str:
    if ours != "1":
        raise Forbidden("the header X-Titan: 1 is missing", remedy="send it", code="header_missing")
    return request.cookies.get(cookie_name(authority), "")


def _opened(request: Asked, authority: Authority, opened: Opened) -> Response[Session]:
    lasts = max(0, opened.ends_ns - authority.now()) // S
    cookie = _made(request, authority, opened.refresh, lasts)
    return Response(opened.session, cookies=[cookie])


def _closed(request: Asked, authority: Authority) -> Response[None]:
    return Response(None, status_code=204, cookies=[_made(request, authority, "", 0)])


def _made(request: Asked, authority: Authority, value: str, lasts_s: int) -> Cookie:
    secure = request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
    return Cookie(
        cookie_name(authority), path=PATH, value=value, max_age=lasts_s, httponly=True, samesite="strict",
        secure=secure,
    )  # fmt: skip
