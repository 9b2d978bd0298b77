"""Codes: a step early or late is right, twice is not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.api.auth.gateways import SECRET, World, refused, sign_in
from titan.api.auth.totp import fresh_secret, step_of, uri_of


@pytest.mark.parametrize(
    ("at_s", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_the_vectors_of_the_rfc(at_s: int, code: str) -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B, the last six digits
    for away, right in ((-61, False), (-30, True), (0, True), (30, True), (61, False)):
        if at_s + away >= 30:
            assert step_of(secret, code, at_s + away) == (at_s // 30 if right else None)


def test_digits_may_stand_in_groups_and_nothing_else_is_a_code() -> None:
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    assert step_of(secret, " 287 082 ", 59) == 1
    for text in ("", "28708", "2870820", "٢٨٧٠٨٢", "28708x", "\x00" * 6, "9" * 10_000):
        assert step_of(secret, text, 59) is None


def test_the_address_for_an_app_has_name_and_secret() -> None:
    secret = fresh_secret()
    assert len(secret) == 32
    parts = urlsplit(uri_of(secret, "anna@desk"))
    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parts.path == "/Titan:anna%40desk"
    assert parse_qs(parts.query)["secret"] == [secret]


async def test_a_code_is_good_once(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin", totp=SECRET)
    async with world.client() as client:
        late = world.code(steps=-1)
        assert (await sign_in(client, "anna", code=world.code())).status_code == 200
        assert refused(await sign_in(client, "anna", code=world.code())) == (401, "totp_wrong")
        assert refused(await sign_in(client, "anna", code=late)) == (401, "totp_wrong")
        world.clock.passes(30)
        seen = world.code()
        answers = await asyncio.gather(*(sign_in(client, "anna", code=seen) for _ in range(2)))
        assert sorted(a.status_code for a in answers) == [200, 401], "of two at once one is first"
        # a gateway that started anew knows it too
        again = World(tmp_path)
        again.clock.ns = world.clock.ns
    async with again.client() as client:
        assert refused(await sign_in(client, "anna", code=seen)) == (401, "totp_wrong")
        world.clock.passes(30)
        again.clock.ns = world.clock.ns
        assert (await sign_in(client, "anna", code=world.code())).status_code == 200


async def test_a_code_without_the_password_says_nothing(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin", totp=SECRET)
    async with world.client() as client:
        wrong = await sign_in(client, "anna", "not the password", code=world.code())
        assert refused(wrong) == (401, "sign_in_wrong")
        assert (await sign_in(client, "anna", code=world.code())).status_code == 200


async def test_on_a_full_disk_a_code_is_still_good_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(tmp_path)
    world.user("anna", "admin", totp=SECRET)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("titan.api.auth.state.os.fsync", full)
    async with world.client() as client:
        assert (await sign_in(client, "anna", code=world.code())).status_code == 200
        assert refused(await sign_in(client, "anna", code=world.code())) == (401, "totp_wrong")
