"""Too many requests of one caller are refused; nobody else's are, and no control."""

from __future__ import annotations

from pathlib import Path

from litestar import post

from tests.api.auth.gateways import World, bearer, refused, sign_in
from tests.api.stage import settings_of
from titan.api.app import make_app
from titan.api.auth.rate import Rates
from titan.api.auth.routes import parts_of
from titan.api.auth.scopes import SCOPE, Scope
from titan.api.errors import TooMany


class Seconds:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(rates: Rates, caller: str, tries: int) -> int:
    done = 0
    for _ in range(tries):
        try:
            rates.take(caller)
        except TooMany:
            continue
        done += 1
    return done


def test_some_at_once_then_so_many_a_second() -> None:
    seconds = Seconds()
    rates = Rates(seconds, 5)
    assert taken(rates, "anna", 1_000) == 50
    seconds.now += 1
    assert taken(rates, "anna", 1_000) == 5
    assert taken(rates, "bert", 1_000) == 50, "each has his own"
    seconds.now += 1_000
    assert taken(rates, "anna", 1_000) == 50, "what was not asked is not saved up"
    assert taken(Rates(seconds, 0), "anna", 10_000) == 10_000


def test_it_is_bounded() -> None:
    rates = Rates(Seconds(), 5, most=20)
    for n in range(500):
        rates.take(f"10.0.0.{n}")
    assert len(rates._buckets) == 20


async def test_a_reader_who_asks_too_much_waits_and_a_pause_does_not(tmp_path: Path) -> None:
    @post("/v1/controls/stand-in", opt={SCOPE: Scope.TRADE}, status_code=200, sync_to_thread=False)
    def pause() -> None: ...

    world = World(tmp_path)
    world.user("anna", "read", "trade")
    settings = settings_of(tmp_path / "run", requests_s=0.2)
    world.app = make_app(settings, parts_of(world.authority, [pause]))
    async with world.client() as client, world.client(address="198.51.100.7") as other:
        anna = await sign_in(client, "anna")
        again = await sign_in(client, "anna")
        assert anna.status_code == again.status_code == 200
        assert refused(await sign_in(client, "anna")) == (429, "too_many_requests")
        elsewhere = await sign_in(other, "anna")
        assert elsewhere.status_code == 200
        answers = [await client.get("/v1/auth/me", headers=bearer(anna)) for _ in range(3)]
        assert [a.status_code for a in answers] == [200, 200, 429]
        assert answers[-1].headers["retry-after"] == "1"
        assert (await client.get("/v1/auth/me", headers=bearer(elsewhere))).status_code == 200
        for _ in range(20):
            done = await client.post("/v1/controls/stand-in", headers=bearer(anna))
            assert done.status_code == 200
        wrong = [await other.get("/v1/auth/me", headers=bearer("nonsense")) for _ in range(3)]
        assert [a.status_code for a in wrong] == [401, 401, 429]
    assert len(world.authority.audit.rows(limit=1_000)) < 10


async def test_without_a_limit_there_is_none(tmp_path: Path) -> None:
    world = World(tmp_path, requests_s=0.0)
    async with world.client() as client:
        for _ in range(300):
            assert (await client.get("/health/live")).status_code == 200
