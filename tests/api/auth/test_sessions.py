"""Refresh tokens: rotated at each use, ended when one is used twice, bounded in life and number."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import httpx
import pytest

from tests.api.auth.gateways import HERE, START, World, bearer, refused, sign_in
from titan.api.auth.sessions import EACH, Sessions
from titan.api.auth.users import User
from titan.api.errors import Unauthorised

DAY = 86_400


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.user("anna", "read", "trade")
    return made


def anna_of(world: World) -> User:
    user = world.authority.users.get("anna")
    assert user is not None
    return user


def cookie(client: httpx.AsyncClient) -> str:
    (held,) = client.cookies.jar
    return str(held.value)


async def refresh(client: httpx.AsyncClient, token: str = "") -> httpx.Response:
    """With the cookie that the browser has, or with one of before."""
    if not token:
        return await client.post("/v1/auth/refresh", headers=HERE)
    (held,) = client.cookies.jar
    headers = {**HERE, "Cookie": f"{held.name}={token}"}
    async with httpx.AsyncClient(transport=client._transport, base_url=client.base_url) as bare:
        return await bare.post("/v1/auth/refresh", headers=headers)


async def test_a_token_that_was_used_ends_its_session_for_both_who_have_it(world: World) -> None:
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        stolen = cookie(client)
        world.clock.passes(60)
        fresh = await refresh(client)
        assert fresh.status_code == 200
        assert cookie(client) != stolen
        world.clock.passes(11)
        assert refused(await refresh(client, stolen)) == (401, "token_reused")
        assert refused(await refresh(client)) == (401, "session_ended")
        for token in (anna, fresh):
            assert refused(await client.get("/v1/auth/me", headers=bearer(token))) == (401, "session_ended")
        rows = world.authority.audit.rows(limit=5)
        assert any(row.what == "refresh" and not row.ok for row in rows)


async def test_a_thief_who_refreshes_first_is_found_by_the_owner(world: World) -> None:
    async with world.client() as client:
        await sign_in(client, "anna")
        stolen = cookie(client)
        world.clock.passes(60)
        thief = await refresh(client, stolen)
        assert thief.status_code == 200
        world.clock.passes(60)
        assert refused(await refresh(client)) == (401, "token_reused")
        assert refused(await client.get("/v1/auth/me", headers=bearer(thief))) == (401, "session_ended")


async def test_two_tabs_at_once_stay_signed_in(world: World) -> None:
    async with world.client() as client:
        await sign_in(client, "anna")
        for _ in range(3):
            world.clock.passes(500)
            old = cookie(client)
            answers = await asyncio.gather(*(refresh(client, old) for _ in range(4)))
            assert [a.status_code for a in answers] == [200] * 4
            cookies = {next(iter(a.cookies.values())) for a in answers}
            assert len(cookies) == 1, "all get the same next one"
            client.cookies.jar._cookies.clear()  # type: ignore[attr-defined]
            client.cookies.extract_cookies(answers[0])
            world.clock.passes(5)
            assert (await refresh(client, old)).status_code == 200, "an answer that was lost"
            world.clock.passes(6)
        assert (await refresh(client)).status_code == 200


async def test_an_older_one_than_the_last_has_no_grace(world: World) -> None:
    async with world.client() as client:
        await sign_in(client, "anna")
        first = cookie(client)
        await refresh(client)
        await refresh(client)
        assert refused(await refresh(client, first)) == (401, "token_reused")


async def test_nonsense_is_no_token(world: World) -> None:
    async with world.client() as client:
        await sign_in(client, "anna")
        id_ = cookie(client).partition(".")[0]
        for nonsense in ("x", "x.y", ".", "a" * 5000):
            assert refused(await refresh(client, nonsense)) == (401, "session_ended")
        assert refused(await refresh(client, f"{id_}.guess")) == (401, "token_reused")


async def test_it_lasts_a_week_of_silence_and_a_month_in_all(world: World) -> None:
    async with world.client() as client:
        await sign_in(client, "anna")
        world.clock.passes(7 * DAY - 1)
        assert (await refresh(client)).status_code == 200
        world.clock.passes(7 * DAY)
        assert refused(await refresh(client)) == (401, "session_ended")
        answer = await sign_in(client, "anna")
        for _ in range(6):
            world.clock.passes(5 * DAY - 60)
            answer = await refresh(client)
            assert answer.status_code == 200
        lasts = (answer.json()["expires_ms"] * 1e6 - world.clock.ns) / 1e9
        assert lasts == pytest.approx(360), "no token outlives its session"
        world.clock.passes(6 * 60)
        assert refused(await client.get("/v1/auth/me", headers=bearer(answer))) == (401, "token_expired")
        assert refused(await refresh(client)) == (401, "session_ended")


def test_a_user_has_so_many_and_no_more(world: World) -> None:
    sessions, anna = world.authority.sessions, anna_of(world)
    begun = []
    for _ in range(EACH + 3):
        world.clock.passes(1)
        begun.append(sessions.begin(anna, totp=False)[0])
    assert [sessions.alive(f.id) is not None for f in begun] == [False] * 3 + [True] * EACH


def test_what_has_ended_leaves_the_file(world: World) -> None:
    sessions, anna = world.authority.sessions, anna_of(world)
    first, _ = sessions.begin(anna, totp=False)
    world.clock.passes(8 * DAY)
    second, _ = sessions.begin(anna, totp=False)
    kept = json.loads((world.folder / "sessions.json").read_bytes())["families"]
    assert list(kept) == [second.id]
    assert sessions.alive(first.id) is None


def test_no_token_is_on_the_disk(world: World) -> None:
    family, token = world.authority.sessions.begin(anna_of(world), totp=False)
    _, fresh = world.authority.sessions.refresh(token)
    text = b"".join(file.read_bytes() for file in world.folder.iterdir())
    for secret in (token, fresh):
        assert secret.partition(".")[2].encode() not in text
    assert family.id.encode() in text


def test_a_full_disk_keeps_nobody_out_and_lets_nobody_stay(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions, anna = world.authority.sessions, anna_of(world)
    kept, _ = sessions.begin(anna, totp=False)
    before = (world.folder / "sessions.json").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("titan.api.auth.state.os.fsync", full)
        family, token = sessions.begin(anna, totp=False)
        family, fresh = sessions.refresh(token)
        assert sessions.alive(family.id) is not None
        sessions.end(kept.id)
        assert sessions.alive(kept.id) is None
        assert (world.folder / "sessions.json").read_bytes() == before
        world.clock.passes(60)
        with pytest.raises(Unauthorised):
            sessions.refresh(token)
        assert sessions.alive(family.id) is None
        with pytest.raises(Unauthorised):
            sessions.refresh(fresh)
        again, _ = sessions.begin(anna, totp=False)
    later, _ = sessions.begin(anna, totp=False)
    assert not list(world.folder.glob("*.tmp-*"))
    fresh_look = Sessions(world.folder, world.clock)
    alive = [fresh_look.alive(f.id) is not None for f in (kept, family, again, later)]
    assert alive == [False, False, True, True]


async def test_the_cookie_is_for_our_pages_and_no_script(world: World) -> None:
    for base, origin, secure in (
        ("http://127.0.0.1:8787", "", False),
        ("https://127.0.0.1:8787", "", True),
        ("http://127.0.0.1", "https://127.0.0.1", True),  # a proxy in front that does TLS
    ):
        async with world.client(base) as client:
            headers = {"Origin": origin} if origin else {}
            body = {"name": "anna", "password": "correct horse battery"}
            answer = await client.post("/v1/auth/login", json=body, headers=headers)
            (told,) = answer.headers.get_list("set-cookie")
            words = [word.strip().lower() for word in told.split(";")]
            assert {"httponly", "samesite=strict", "path=/v1/auth", f"max-age={7 * DAY}"} <= set(words)
            assert ("secure" in words) is secure
            assert not any(word.startswith("domain") for word in words)
            assert answer.headers["cache-control"] == "no-store"
            assert told.partition("=")[2].partition(";")[0] not in answer.text


def test_a_clock_that_was_set_back_ends_nothing_and_opens_nothing(world: World) -> None:
    sessions = world.authority.sessions
    family, token = sessions.begin(anna_of(world), totp=False)
    world.clock.passes(-3600)
    assert sessions.alive(family.id) is not None
    assert not sessions.fresh(family)
    sessions.refresh(token)
    world.clock.ns = START + 1
    with pytest.raises(Unauthorised):
        sessions.refresh(token)
