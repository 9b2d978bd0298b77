"""Every route by every caller, in a table of the application's own routes: a new one is judged too."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.handlers import BaseRouteHandler

from tests.api.auth.gateways import SECRET, World, bearer, refused, sign_in
from tests.api.stage import settings_of
from titan import api
from titan.api.app import make_app
from titan.api.auth.gate import check_routes
from titan.api.auth.routes import parts_of
from titan.api.auth.scopes import LOOPBACK, SCOPE, Scope
from titan.model.errors import ConfigError

CALLERS: dict[str, set[Scope]] = {
    "nobody": set(),
    "forged": set(),
    "read": {Scope.READ},
    "trade": {Scope.READ, Scope.TRADE},
    "admin without a second factor": {Scope.READ},
    "admin": {Scope.READ, Scope.ADMIN},
}
"""What each may do. Admin brings no trade with it."""

GUARDS = {(403, "scope_missing"), (403, "totp_required"), (403, "no_scope"), (403, "origin"), (403, "host")}
STRANGER = "203.0.113.7"
OPEN_TO_ALL = re.compile(r"/health/|/v1/auth/(state|setup|login|refresh|logout)$|/v1/(stream|openapi\.json)$")
PLACES = {"name": "nobody", "channel": "status", "instrument": "none", "pair": "BTC", "id": "1"}


def routes(app: Litestar) -> Iterator[tuple[str, str, BaseRouteHandler]]:
    """(method, path, handler) of all but the answers to OPTIONS that Litestar adds."""
    for route in app.routes:
        for handler in getattr(route, "route_handlers", None) or (route.route_handler,):  # type: ignore[union-attr]
            for method in sorted(getattr(handler, "http_methods", {"WS"})):
                if method != "OPTIONS":
                    yield method, route.path, handler


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:\w+)?\}", lambda place: PLACES.get(place[1], "1"), path)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    made = World(tmp_path_factory.mktemp("world"))
    made.user("read", "read")
    made.user("trade", "trade")
    made.user("half", "admin")
    made.user("admin", "admin", totp=SECRET)
    return made


@pytest.fixture
async def client(world: World) -> AsyncIterator[httpx.AsyncClient]:
    async with world.client(address=STRANGER) as client:
        yield client


async def token_of(world: World, caller: str) -> str:
    if caller == "forged":
        return "eyJhbGciOiJub25lIn0.e30."
    name = {"admin without a second factor": "half"}.get(caller, caller)
    user = world.authority.users.get(name)
    assert user is not None
    if name == "admin" and not user.totp:  # the walk has come by the route that takes it away
        user = world.authority.users.set_totp(name, SECRET)
    family, _ = world.authority.sessions.begin(user, totp=bool(user.totp))
    return world.authority.tokens.issue(user, family.id, family.ends_ns)[0]


async def asked(client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    body: dict[str, Any] = {"json": {}} if method in {"POST", "PUT", "PATCH"} else {}
    return await client.request(method, filled(path), headers=headers, **body)


@pytest.mark.parametrize("caller", CALLERS)
async def test_who_may_use_what(world: World, client: httpx.AsyncClient, caller: str) -> None:
    wrong = []
    for method, path, handler in routes(world.app):
        scope = handler.opt[SCOPE]
        if method == "WS":
            continue
        token = "" if caller == "nobody" else await token_of(world, caller)
        answer = await asked(client, method, path, dict(bearer(token)) if token else {})
        kept_out = answer.status_code == 401 or (answer.status_code == 403 and refused(answer) in GUARDS)
        may = scope is Scope.OPEN or scope in CALLERS[caller]
        own = (
            path.startswith("/v1/auth/") and scope is Scope.OPEN
        )  # a refresh without its cookie is a 401 as well
        if not own and kept_out is may:
            wrong.append(f"{method} {path} ({scope}): {answer.status_code} {answer.text[:120]}")
        if answer.status_code >= 500 and not path.startswith("/health/"):
            wrong.append(f"{method} {path}: {answer.status_code} {answer.text[:120]}")
        if not may:
            lacks = {"nobody": 401, "forged": 401}.get(caller, 403)
            assert answer.status_code == lacks, f"{method} {path}: {answer.text}"
    assert not wrong


def test_what_each_route_asks_for_is_enough(world: World) -> None:
    """The policy, whatever a handler declares: reading needs a reader, acting a trader, ruling an admin."""
    wrong = []
    for method, path, handler in routes(world.app):
        scope: Scope = handler.opt[SCOPE]
        open_to_all = bool(OPEN_TO_ALL.match(path)) or not path.startswith(("/v1", "/metrics"))
        if (scope is Scope.OPEN) is not open_to_all:
            wrong.append(f"{method} {path} is {scope}")
        if re.match(r"/v1/(users|audit|controls/rearm|config/apply)", path) and scope is not Scope.ADMIN:
            wrong.append(f"{method} {path} is {scope}")
        acts = method not in {"GET", "HEAD", "WS"} and not re.match(r"/v1/(auth/|config/propose$)", path)
        if acts and scope not in {Scope.TRADE, Scope.ADMIN}:
            wrong.append(f"{method} {path} is {scope}")
        if handler.opt.get(LOOPBACK) and path != "/metrics":
            wrong.append(f"{method} {path} is open to processes of this machine")
    assert not wrong
    assert len(list(routes(world.app))) >= 20


def test_the_table_has_every_route_that_there_is(world: World) -> None:
    """A handler of a module that nobody put into this gateway would not be judged."""
    served = {str(handler) for _, _, handler in routes(world.app)}
    found = {
        (module.name, name)
        for module in pkgutil.walk_packages(api.__path__, "titan.api.")
        for name, thing in vars(importlib.import_module(module.name)).items()
        if isinstance(thing, BaseRouteHandler) and str(thing) not in served
    }
    assert not found


def test_a_route_without_a_scope_fails_the_start(tmp_path: Path, world: World) -> None:
    @get("/v1/forgotten", sync_to_thread=False)
    def forgotten() -> None: ...

    @get("/v1/mistyped", opt={SCOPE: "read"}, sync_to_thread=False)
    def mistyped() -> None: ...

    for route in (forgotten, mistyped):
        with pytest.raises(ConfigError, match=r"/v1/(forgotten|mistyped)"):
            make_app(settings_of(tmp_path / "run"), parts_of(world.authority, [route]))
        with pytest.raises(ConfigError, match="declares no scope"):
            check_routes(Litestar([route], openapi_config=None))


async def test_a_route_that_came_later_is_for_nobody(world: World, tmp_path: Path) -> None:
    app = make_app(settings_of(tmp_path / "run"), parts_of(world.authority))

    @get("/v1/late", sync_to_thread=False)
    def late() -> str:
        return "secret"

    app.register(late)
    way = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=way, base_url="http://127.0.0.1") as client:
        answer = await client.get("/v1/late", headers=bearer(await token_of(world, "admin")))
        assert refused(answer) == (403, "no_scope")


async def test_a_gateway_without_authority_lets_nobody_in(tmp_path: Path) -> None:
    app = make_app(settings_of(tmp_path / "run"))
    way = httpx.ASGITransport(app, client=(STRANGER, 1))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=way, base_url="http://127.0.0.1") as client:
        for method, path, handler in routes(app):
            if handler.opt[SCOPE] is not Scope.OPEN:
                answer = await asked(client, method, path, dict(bearer("anything")))
                assert answer.status_code == 401, path


async def test_a_signed_in_admin_sees_the_users_and_a_reader_does_not(world: World) -> None:
    async with world.client() as client:
        admin = await sign_in(client, "admin", code=world.code())
        assert (await client.get("/v1/users", headers=bearer(admin))).status_code == 200
        reader = await sign_in(client, "read")
        assert refused(await client.get("/v1/users", headers=bearer(reader))) == (403, "scope_missing")


@pytest.mark.parametrize(
    ("address", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        (STRANGER, {}, 401),
        ("127.0.0.1", {"X-Forwarded-For": "127.0.0.1"}, 401),
        ("127.0.0.1", {"Forwarded": "for=127.0.0.1"}, 401),
        ("127.0.0.1", {"Via": "1.1 proxy"}, 401),
        ("127.0.0.1", {"X-Real-IP": "127.0.0.1"}, 401),
        (STRANGER, {"X-Forwarded-For": "127.0.0.1"}, 401),
    ],
)
async def test_figures_are_for_processes_of_this_machine_without_a_token(
    world: World, address: str, headers: dict[str, str], status: int
) -> None:
    async with world.client(address=address) as client:
        assert (await client.get("/metrics", headers=headers)).status_code == status
        if status == 401:
            token = await token_of(world, "read")
            assert (await client.get("/metrics", headers={**headers, **bearer(token)})).status_code == 200
