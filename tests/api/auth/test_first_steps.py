"""Set-up, sign-in, refresh, sign-out and TOTP, as a console goes through them."""

from __future__ import annotations

from pathlib import Path

from tests.api.auth.gateways import HERE, PASSWORD, World, bearer, code_of, sign_in


def test_from_the_first_address_to_an_admin_with_a_second_factor(tmp_path: Path) -> None:
    world = World(tmp_path)
    with world.client() as client:
        assert client.get("/v1/auth/state").json()["needs_setup"] is True
        first = {"token": world.authority.first_word, "name": "Anna", "password": PASSWORD}
        answer = client.post("/v1/auth/setup", json=first)
        assert answer.status_code == 200, answer.text
        session = answer.json()
        assert session["name"] == "anna"
        assert session["scopes"] == ["read", "trade", "admin"]
        assert session["needs_totp"] is True
        assert client.get("/v1/auth/state").json()["needs_setup"] is False
        assert world.authority.first_word == ""

        held = client.get("/v1/users", headers=bearer(answer))
        assert (held.status_code, code_of(held)) == (403, "totp_required")
        secret = client.post("/v1/auth/totp", headers=bearer(answer)).json()["secret"]
        wrong = client.post("/v1/auth/totp/confirm", headers=bearer(answer), json={"code": "000000"})
        assert (wrong.status_code, code_of(wrong)) == (400, "totp_wrong")
        right = client.post(
            "/v1/auth/totp/confirm", headers=bearer(answer), json={"code": world.code(secret)}
        )
        assert right.json()["needs_totp"] is False
        assert code_of(client.get("/v1/auth/me", headers=bearer(answer))) == "session_ended"
        assert [row["name"] for row in client.get("/v1/users", headers=bearer(right)).json()] == ["anna"]

        world.clock.passes(60)
        again = client.post("/v1/auth/refresh", headers=HERE)
        assert again.status_code == 200, again.text
        assert client.get("/v1/users", headers=bearer(again)).status_code == 200
        assert client.post("/v1/auth/logout", headers=HERE).status_code == 204
        assert code_of(client.get("/v1/auth/me", headers=bearer(again))) == "session_ended"
        assert client.post("/v1/auth/refresh", headers=HERE).status_code == 401

        assert code_of(sign_in(client, "anna")) == "totp_needed"
        assert sign_in(client, "anna", code=world.code(secret)).json()["needs_totp"] is False
