"""Set-up, sign-in, a second factor, refresh and sign-out, as a console goes through them."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.api.auth.gateways import HERE, OTHER, PASSWORD, SECRET, World, bearer, refused, sign_in


async def test_from_the_first_address_to_an_admin_with_a_second_factor(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with world.client() as client:
        assert (await client.get("/v1/auth/state")).json()["needs_setup"] is True
        first = {"token": world.authority.first_word, "name": "Anna", "password": PASSWORD}
        answer = await client.post("/v1/auth/setup", json=first)
        assert answer.status_code == 200, answer.text
        session = answer.json()
        assert session["name"] == "anna"
        assert session["scopes"] == ["read", "trade", "admin"]
        assert session["needs_totp"] is True
        assert (await client.get("/v1/auth/state")).json()["needs_setup"] is False
        assert world.authority.first_word == ""

        held = await client.get("/v1/users", headers=bearer(answer))
        assert refused(held) == (403, "totp_required")
        secret = (await client.post("/v1/auth/totp", headers=bearer(answer))).json()["secret"]
        code = {"code": "000000"}
        wrong = await client.post("/v1/auth/totp/confirm", headers=bearer(answer), json=code)
        assert refused(wrong) == (400, "totp_wrong")
        code = {"code": world.code(secret)}
        right = await client.post("/v1/auth/totp/confirm", headers=bearer(answer), json=code)
        assert right.json()["needs_totp"] is False
        assert refused(await client.get("/v1/auth/me", headers=bearer(answer))) == (401, "session_ended")
        users = (await client.get("/v1/users", headers=bearer(right))).json()
        assert [(row["name"], row["totp"]) for row in users] == [("anna", True)]

        world.clock.passes(60)
        again = await client.post("/v1/auth/refresh", headers=HERE)
        assert again.status_code == 200, again.text
        assert (await client.get("/v1/users", headers=bearer(again))).status_code == 200
        assert (await client.post("/v1/auth/logout", headers=HERE)).status_code == 204
        assert refused(await client.get("/v1/auth/me", headers=bearer(again))) == (401, "session_ended")
        assert (await client.post("/v1/auth/refresh", headers=HERE)).status_code == 401

        assert refused(await sign_in(client, "anna")) == (401, "totp_needed")
        assert (await sign_in(client, "anna", code=world.code(secret))).json()["needs_totp"] is False


async def test_of_two_set_ups_at_once_one_is_the_first(tmp_path: Path) -> None:
    world = World(tmp_path)
    word = world.authority.first_word
    async with world.client() as client:
        tries = [
            client.post("/v1/auth/setup", json={"token": word, "name": name, "password": PASSWORD})
            for name in ("anna", "bert", "carl", "dora")
        ]
        answers = await asyncio.gather(*tries)
        assert sorted(a.status_code for a in answers) == [200, 409, 409, 409]
        assert [user.name for user in world.authority.users.all()] == [
            a.json()["name"] for a in answers if a.status_code == 200
        ]
        late = {"token": word, "name": "eva", "password": PASSWORD}
        assert refused(await client.post("/v1/auth/setup", json=late)) == (409, "setup_done")


async def test_two_gateways_over_one_folder_make_one_first_user(tmp_path: Path) -> None:
    one, two = World(tmp_path), World(tmp_path)
    async with one.client() as a, two.client() as b:
        first = {"token": one.authority.first_word, "name": "anna", "password": PASSWORD}
        assert (await a.post("/v1/auth/setup", json=first)).status_code == 200
        other = {"token": two.authority.first_word or "none", "name": "mallory", "password": PASSWORD}
        assert refused(await b.post("/v1/auth/setup", json=other)) == (409, "setup_done")


async def test_without_the_word_nobody_is_the_first(tmp_path: Path) -> None:
    world = World(tmp_path)
    async with world.client() as client:
        for token in ("", "x", world.authority.first_word[:-1], "ü" * 32):
            first = {"token": token, "name": "mallory", "password": PASSWORD}
            assert refused(await client.post("/v1/auth/setup", json=first)) == (403, "setup_token")
        world.clock.passes(60)
        weak = {"token": world.authority.first_word, "name": "anna", "password": "short"}
        answer = await client.post("/v1/auth/setup", json=weak)
        assert refused(answer) == (400, "weak_password")
        assert "10 characters" in answer.json()["error"]["message"]
        assert world.authority.needs_setup
        assert world.authority.first_word  # a slip does not use it up


async def test_once_all_users_are_removed_a_word_needs_a_new_start(tmp_path: Path) -> None:
    world = World(tmp_path)
    word = world.authority.first_word
    world.user("anna", "admin")
    world.authority.users.remove("anna")
    async with world.client() as client:
        first = {"token": word, "name": "mallory", "password": PASSWORD}
        # this gateway began without users and its word was never used: it is still the operator's
        assert (await client.post("/v1/auth/setup", json=first)).status_code == 200
    later = World(tmp_path)
    later.authority.users.remove("mallory")
    assert later.authority.first_word == ""
    async with later.client() as client:
        assert refused(await client.post("/v1/auth/setup", json=first)) == (403, "setup_token")
    assert World(tmp_path).authority.first_word


async def test_another_password_ends_every_session_and_begins_one(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read", "trade")
    async with world.client() as client, world.client() as elsewhere:
        here, there = await sign_in(client, "anna"), await sign_in(elsewhere, "anna")
        wrong = {"before": OTHER, "after": OTHER}
        answer = await client.post("/v1/auth/password", headers=bearer(here), json=wrong)
        assert refused(answer) == (403, "password_wrong")
        weak = {"before": PASSWORD, "after": "short"}
        answer = await client.post("/v1/auth/password", headers=bearer(here), json=weak)
        assert refused(answer) == (400, "weak_password")
        change = {"before": PASSWORD, "after": OTHER}
        changed = await client.post("/v1/auth/password", headers=bearer(here), json=change)
        assert changed.status_code == 200
        for old in (here, there):
            assert (await client.get("/v1/auth/me", headers=bearer(old))).status_code == 401
        assert (await elsewhere.post("/v1/auth/refresh", headers=HERE)).status_code == 401
        assert (await client.get("/v1/auth/me", headers=bearer(changed))).status_code == 200
        assert (await client.post("/v1/auth/refresh", headers=HERE)).status_code == 200
        assert refused(await sign_in(elsewhere, "anna")) == (401, "sign_in_wrong")
        assert (await sign_in(elsewhere, "anna", OTHER)).status_code == 200


async def test_a_second_factor_is_changed_only_soon_after_a_sign_in(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin")
    world.user("bert", "admin", totp=SECRET)
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        bert = await sign_in(client, "bert", code=world.code())
        assert refused(await client.post("/v1/auth/totp", headers=bearer(bert))) == (409, "totp_set")
        assert refused(await client.delete("/v1/auth/totp", headers=bearer(anna))) == (409, "totp_none")
        world.clock.passes(500)
        anna = await sign_in(client, "anna")
        world.clock.passes(590)
        bert = await sign_in(client, "bert", code=world.code())
        for _ in range(2):
            world.clock.passes(590)
            bert = await client.post("/v1/auth/refresh", headers=HERE)
        late = await client.delete("/v1/auth/totp", headers=bearer(bert))
        assert refused(late) == (403, "sign_in_again")
        bert = await sign_in(client, "bert", code=world.code())
        assert (await client.delete("/v1/auth/totp", headers=bearer(bert))).status_code == 204
        assert refused(await client.get("/v1/auth/me", headers=bearer(bert))) == (401, "session_ended")
        bert = await sign_in(client, "bert")
        assert refused(await client.get("/v1/users", headers=bearer(bert))) == (403, "totp_required")


async def test_a_secret_that_nobody_confirms_is_forgotten(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin")
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        none = await client.post("/v1/auth/totp/confirm", headers=bearer(anna), json={"code": "123456"})
        assert refused(none) == (409, "totp_none")
        secret = (await client.post("/v1/auth/totp", headers=bearer(anna))).json()["secret"]
        world.clock.passes(599)
        anna = await client.post("/v1/auth/refresh", headers=HERE)
        world.clock.passes(2)
        late = await client.post(
            "/v1/auth/totp/confirm", headers=bearer(anna), json={"code": world.code(secret)}
        )
        assert refused(late) == (409, "totp_none")
        assert (await sign_in(client, "anna")).status_code == 200


async def test_sign_out_by_token_ends_the_session_of_the_cookie_too(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        assert (await client.post("/v1/auth/logout", headers=bearer(anna))).status_code == 204
        assert not client.cookies
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 401
        assert world.authority.sessions.alive(anna.json()["access"]) is None
        assert (await client.post("/v1/auth/logout", headers=bearer(anna))).status_code == 204
        assert refused(await client.post("/v1/auth/logout")) == (403, "header_missing")
        assert refused(await client.post("/v1/auth/refresh")) == (403, "header_missing")


async def test_a_word_is_only_so_long(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "read")
    async with world.client() as client:
        for name, password in (("a" * 101, PASSWORD), ("anna", "p" * 1025)):
            answer = await sign_in(client, name, password)
            assert refused(answer) == (400, "bad_request")
            assert password not in answer.text
        assert (await sign_in(client, "anna")).status_code == 200
