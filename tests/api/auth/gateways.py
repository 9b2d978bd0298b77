"""A gateway's authority with a clock of the test's, and clients of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pyotp
from litestar import Litestar
from litestar.testing import TestClient

from tests.api.stage import settings_of
from titan.api.app import make_app
from titan.api.auth.authority import Authority
from titan.api.auth.keys import S
from titan.api.auth.passwords import Cost
from titan.api.auth.routes import parts_of

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


class World:
    """One state folder, the authority over it and an application of its routes."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder / "state"
        self.clock = Clock()
        self.authority = Authority(self.folder, self.clock, cost=CHEAP)
        self.app = make_app(settings_of(folder / "run", **settings), parts_of(self.authority))

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
