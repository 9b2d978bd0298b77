"""A gateway with an authority, a clock of the test's, and clients of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pyotp

from tests.api.stage import settings_of
from titan.api.app import make_app
from titan.api.auth.authority import Authority
from titan.api.auth.keys import S
from titan.api.auth.passwords import Cost
from titan.api.whole import whole_of

CHEAP = Cost(memory_kib=64, passes=1)
PASSWORD = "correct horse battery"
OTHER = "another horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
START = 1_800_000_000 * S
HERE = {"X-Titan": "1"}
BASE = "http://127.0.0.1:8787"


class Clock:
    def __init__(self) -> None:
        self.ns = START

    def __call__(self) -> int:
        return self.ns

    def passes(self, seconds: float) -> None:
        self.ns += int(seconds * S)


class World:
    """One state folder, the authority over it and a gateway of both."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder / "state"
        self.clock = Clock()
        self.authority = Authority(self.folder, self.clock, cost=CHEAP)
        self.app = make_app(settings_of(folder / "run", **settings), whole_of(self.authority, lambda: None))

    def user(self, name: str, *scopes: str, totp: str = "") -> None:
        hashed = self.authority.passwords.hash(PASSWORD, name)
        self.authority.users.add(name, hashed, scopes, self.clock())
        if totp:
            self.authority.users.set_totp(name, totp)

    def code(self, secret: str = SECRET, steps: int = 0) -> str:
        """What the app of that secret shows, or showed or will show `steps` codes away."""
        return str(pyotp.TOTP(secret).generate_otp(self.clock.ns // S // 30 + steps))

    def client(self, base: str = BASE, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser with its own cookies, at that address."""
        # mypy reads two declarations of what an application is
        way = httpx.ASGITransport(self.app, client=(address, 50_000))  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=way, base_url=base)


async def sign_in(
    client: httpx.AsyncClient, name: str, password: str = PASSWORD, code: str = ""
) -> httpx.Response:
    return await client.post("/v1/auth/login", json={"name": name, "password": password, "code": code})


def bearer(answer_or_token: httpx.Response | str) -> Mapping[str, str]:
    token = answer_or_token if isinstance(answer_or_token, str) else answer_or_token.json()["access"]
    return {"Authorization": f"Bearer {token}"}


def refused(answer: httpx.Response) -> tuple[int, str]:
    """Status and code of an error document."""
    return answer.status_code, str(answer.json()["error"]["code"])
