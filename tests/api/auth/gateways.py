"""A gateway's authority with a clock of the test's, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
from litestar import Litestar, Request, Response
from litestar.testing import TestClient

from titan.api.auth.authority import Authority
from titan.api.auth.gate import check_routes
from titan.api.auth.keys import S
from titan.api.auth.passwords import Cost
from titan.api.auth.routes import auth_routes
from titan.api.errors import ApiError, TooMany

CHEAP = Cost(memory_kib=64, passes=1)
PASSWORD = "correct horse battery"
START = 1_800_000_000 * S
HERE = {"X-Titan": "1"}


class Clock:
    def __init__(self) -> None:
        self.ns = START

    def __call__(self) -> int:
        return self.ns

    def passes(self, seconds: float) -> None:
        self.ns += int(seconds * S)


def answer(_: Request[Any, Any, Any], error: ApiError) -> Response[dict[str, Any]]:
    headers = {"Retry-After": str(error.retry_after_s)} if isinstance(error, TooMany) else {}
    told = {"code": error.code, "message": error.message, "remedy": error.remedy}
    return Response({"error": told}, status_code=error.status, headers=headers)


class World:
    """One state folder, the authority over it and an application of its routes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        self.clock = Clock()
        self.authority = Authority(folder, self.clock, cost=CHEAP, **settings)
        self.app = Litestar(
            [*auth_routes(self.authority)],
            guards=[self.authority.gate.guard],
            exception_handlers={ApiError: answer},
            openapi_config=None,
        )
        check_routes(self.app)

    def user(self, name: str, *scopes: str, totp: str = "") -> None:
        hashed = self.authority.passwords.hash(PASSWORD, name)
        self.authority.users.add(name, hashed, scopes, self.clock())
        if totp:
            self.authority.users.set_totp(name, totp)

    def code(self, secret: str) -> str:
        return pyotp.TOTP(secret).generate_otp(self.clock.ns // S // 30)

    @contextmanager
    def client(self, base: str = "http://127.0.0.1:8787") -> Iterator[TestClient[Litestar]]:
        with TestClient(self.app, base_url=base) as client:
            yield client


def sign_in(
    client: TestClient[Litestar], name: str, password: str = PASSWORD, code: str = ""
) -> httpx.Response:
    return client.post("/v1/auth/login", json={"name": name, "password": password, "code": code})


def bearer(answer_or_token: httpx.Response | str) -> Mapping[str, str]:
    token = answer_or_token if isinstance(answer_or_token, str) else answer_or_token.json()["access"]
    return {"Authorization": f"Bearer {token}"}


def code_of(answer_: httpx.Response) -> str:
    return str(answer_.json()["error"]["code"])
