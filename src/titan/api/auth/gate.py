"""The one guard of all routes: which page, who, and whether that is enough for what the route asks."""

from __future__ import annotations

import ipaddress
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from litestar import Litestar
from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from titan.api.auth.origin import SAFE, Origins
from titan.api.auth.rate import Rates
from titan.api.auth.scopes import LOOPBACK, SCOPE, Gatekeeper, Scope, Who
from titan.api.auth.sessions import Sessions
from titan.api.auth.throttle import network_of
from titan.api.auth.tokens import Tokens
from titan.api.auth.users import Users
from titan.api.errors import ApiError, Forbidden, Unauthorised, Unavailable
from titan.model.errors import ConfigError, TitanError

BEARER: Final = "bearer "
QUIET: Final = {"token_expired", "too_many_requests"}
"""What is refused many times a day to those who do nothing wrong."""
FORWARDED: Final = ("forwarded", "x-forwarded-for", "x-real-ip", "via")

Connection = ASGIConnection[Any, Any, Any, Any]
Refused = Callable[[str, str, str, str, str], Awaitable[None]]

_log = logging.getLogger("titan.api.auth")


class Gate:
    """Who a token is of: a `Gatekeeper` over one state folder."""

    def __init__(self, users: Users, tokens: Tokens, sessions: Sessions) -> None:
        self._users = users
        self._tokens = tokens
        self._sessions = sessions

    def check(self, token: str) -> Who:
        """Raises Unauthorised for a token that is forged or spent, or of nobody (any more)."""
        try:
            claims = self._tokens.check(token)
            user = self._users.get(claims.sub)
            family = self._sessions.alive(claims.sid)
        except ApiError:
            raise
        except TitanError as e:
            raise unreadable(e) from e
        if (
            user is None
            or family is None
            or family.name != user.name
            or not claims.gen == family.generation == user.generation
        ):
            raise Unauthorised("this session is ended", remedy="sign in again", code="session_ended")
        scopes = set(user.scopes) & {Scope(scope) for scope in claims.scope.split() if scope in user.scopes}
        held_back = Scope.ADMIN in scopes and not (user.totp and family.totp)
        if held_back:
            scopes.discard(Scope.ADMIN)
        return Who(user.name, frozenset(scopes), claims.exp * 1000.0, family.id, held_back)


class Door:
    """The guard. `refused` is told of who was sent away: name, scope asked for, what, why, address."""

    def __init__(self, gatekeeper: Gatekeeper, origins: Origins, refused: Refused, rates: Rates) -> None:
        self._gatekeeper = gatekeeper
        self._origins = origins
        self._rates = rates
        self._refused = refused

    async def guard(self, connection: Connection, handler: BaseRouteHandler) -> None:
        """Raises ApiError unless the caller may use the route; else `connection.user` says who it is."""
        asked = asked_of(handler)
        name = ""
        try:
            self._origins.check(_single(connection), changes=connection.scope.get("method") not in SAFE)
            if asked is Scope.OPEN or (handler.opt.get(LOOPBACK) and from_here(connection)):
                self._rates.take(f"open {network_of(address_of(connection))}")
                return
            who = self._known(connection)
            name = who.name
            allow(who, asked)
            if asked is Scope.READ:
                self._rates.take(who.session or name)
        except ApiError as e:
            if e.code not in QUIET:
                what = f"{connection.scope.get('method', 'WS')} {connection.scope['path']}"
                await self._refused(name, asked, "refused", f"{what}: {e.message}", address_of(connection))
            raise
        connection.scope["user"] = who

    def _known(self, connection: Connection) -> Who:
        try:
            return self._gatekeeper.check(bearer(connection))
        except Unauthorised:
            self._rates.take(f"wrong {network_of(address_of(connection))}")
            raise


def allow(who: Who, asked: Scope) -> None:
    """Raises Forbidden where these scopes are not enough."""
    if asked in who.scopes:
        return
    if asked is Scope.ADMIN and who.held_back:
        raise Forbidden(
            "this needs a second factor",
            remedy="set up TOTP under Settings, or sign in again with a code",
            code="totp_required",
        )
    raise Forbidden(
        f"this needs the scope {asked}",
        remedy="an admin can give it: titan users scopes",
        code="scope_missing",
    )


def bearer(connection: Connection) -> str:
    """The token of the request. Raises Unauthorised where there is none."""
    given = connection.headers.get("authorization", "")
    if given[: len(BEARER)].lower() != BEARER:
        raise Unauthorised("sign in first", remedy="send Authorization: Bearer with an access token")
    return given[len(BEARER) :].strip()


def address_of(connection: Connection) -> str:
    return connection.client.host if connection.client is not None else ""


def _single(connection: Connection) -> dict[str, str]:
    """The headers that say which page asks. Two of a kind are none: no browser sends them."""
    found = {name: connection.headers.getall(name, []) for name in ("host", "origin", "sec-fetch-site")}
    return {name: values[0] if len(values) == 1 else "" for name, values in found.items() if values}


def unreadable(error: TitanError) -> Unavailable:
    """What a stranger is told where users, sessions or keys cannot be read; the log has the file and why."""
    _log.error("nobody can be let in: %s", error)
    return Unavailable(
        "the gateway cannot read its users now", remedy="its log says why", code="state_unreadable"
    )


def from_here(connection: Connection) -> bool:
    """Whether a process of this machine asks, and not a proxy of this machine for somebody else."""
    if any(connection.headers.get(name) for name in FORWARDED):
        return False
    try:
        return ipaddress.ip_address(address_of(connection)).is_loopback
    except ValueError:
        return False


def check_routes(app: Litestar) -> None:
    """Raises ConfigError for an app with a route that does not say which scope it asks for."""
    for route in app.routes:
        handlers = getattr(route, "route_handlers", None) or (getattr(route, "route_handler", None),)
        for handler in handlers:
            if handler is not None and not _answers_options(handler):
                try:
                    asked_of(handler)
                except ApiError as e:
                    raise ConfigError(
                        f"{route.path}: {handler} declares no scope", remedy="opt={SCOPE: ...}"
                    ) from e


def asked_of(handler: BaseRouteHandler) -> Scope:
    """The scope that a route asks for. Raises Forbidden for one that does not say."""
    asked = handler.opt.get(SCOPE)
    if isinstance(asked, Scope):
        return asked
    if _answers_options(handler):
        return Scope.OPEN
    raise Forbidden("this route is for nobody", remedy="it declares no scope", code="no_scope")


def _answers_options(handler: BaseRouteHandler) -> bool:
    """The answer to OPTIONS that Litestar adds to each route: which methods it has."""
    return getattr(handler, "http_methods", None) == {"OPTIONS"} and SCOPE not in handler.opt
