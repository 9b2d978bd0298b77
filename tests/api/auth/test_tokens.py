"""Access tokens that are forged, tampered with, spent, or of somebody who is no longer what he was."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from tests.api.auth.gateways import HERE, PASSWORD, SECRET, World, bearer, refused, sign_in
from titan.api.auth.keys import S
from titan.api.auth.sessions import Family
from titan.api.auth.users import User
from titan.api.errors import Unauthorised


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.user("anna", "read", "trade")
    return made


def begun(world: World, name: str = "anna") -> tuple[User, Family, str]:
    user = world.authority.users.get(name)
    assert user is not None
    family, _ = world.authority.sessions.begin(user, totp=bool(user.totp))
    return user, family, world.authority.tokens.issue(user, family.id, family.ends_ns)[0]


def code_for(world: World, token: str) -> str:
    with pytest.raises(Unauthorised) as caught:
        world.authority.gate.check(token)
    return caught.value.code


def parts_of(token: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    head, body, tag = token.split(".")
    return json.loads(_bytes(head)), json.loads(_bytes(body)), tag


def written(head: dict[str, Any], body: dict[str, Any], tag: str) -> str:
    return ".".join([_text(json.dumps(head).encode()), _text(json.dumps(body).encode()), tag])


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_a_good_one_says_who_and_what_for(world: World) -> None:
    _, family, token = begun(world)
    who = world.authority.gate.check(token)
    assert (who.name, who.scopes, who.session, who.held_back) == ("anna", {"read", "trade"}, family.id, False)
    assert who.expires_ms == (world.clock.ns // S + 600) * 1000


def _other_key(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return jwt.encode(body, b"k" * 64, "HS256", headers=head)


def _empty_key(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return _signed_with(b"", head, body)


def _kid_as_key(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return _signed_with(str(head["kid"]).encode(), head, body)


def _signed_with(key: bytes, head: dict[str, Any], body: dict[str, Any]) -> str:
    import hmac

    first = written(head, body, "").removesuffix(".")
    return f"{first}.{_text(hmac.digest(key, first.encode(), 'sha256'))}"


def _none(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return written({**head, "alg": "none"}, body, "")


def _nothing_at_all(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return written({**head, "alg": "HS256"}, body, "")


def _longer_hash(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return jwt.encode(body, world.authority.keys.signing().secret, "HS512", headers={**head, "alg": "HS512"})


def _public_key(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    """RS256 by a key of the forger's, whose public half comes with it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    numbers = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return jwt.encode(body, key, "RS256", headers={**head, "alg": "RS256", "jwk": {"k": _text(numbers)}})


def _unknown_kid(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    secret = world.authority.keys.signing().secret
    return jwt.encode(body, secret, "HS256", headers={**head, "kid": "../../etc/passwd"})


def _more_in_the_header(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    secret = world.authority.keys.signing().secret
    return jwt.encode(body, secret, "HS256", headers={**head, "crit": ["exp"], "jku": "https://evil.example"})


def _another_type(world: World, head: dict[str, Any], body: dict[str, Any]) -> str:
    return jwt.encode(body, world.authority.keys.signing().secret, "HS256", headers={**head, "typ": "JWT"})


@pytest.mark.parametrize(
    "forge",
    [
        _other_key,
        _empty_key,
        _kid_as_key,
        _none,
        _nothing_at_all,
        _longer_hash,
        _public_key,
        _unknown_kid,
        _more_in_the_header,
        _another_type,
    ],
)
def test_a_forged_one_is_none_of_ours(world: World, forge: Callable[..., str]) -> None:
    head, body, _ = parts_of(begun(world)[2])
    assert code_for(world, forge(world, head, body)) == "token_bad"


@pytest.mark.parametrize(
    "change",
    [
        {"scope": "read trade admin"},
        {"sub": "admin"},
        {"sid": "another"},
        {"gen": 99},
        {"exp": 4_000_000_000},
        {"aud": "other"},
        {"jti": "x"},
    ],
)
def test_one_that_was_tampered_with_is_none_of_ours(world: World, change: dict[str, Any]) -> None:
    head, body, tag = parts_of(begun(world)[2])
    assert code_for(world, written(head, {**body, **change}, tag)) == "token_bad"


@pytest.mark.parametrize(
    "change",
    [
        {"iss": "other"},
        {"aud": "other"},
        {"aud": None},
        {"aud": ["{realm}", "other"]},
        {"jti": ""},
        {"exp": 4_000_000_000},
        {"iat": 4_000_000_000, "exp": 4_000_000_500},
        {"exp": 0},
        {"exp": "4000000000"},
        {"gen": "1"},
        {"sub": 7},
        {"iat": 1e400},
    ],
)
def test_with_our_key_it_still_must_say_what_we_say(world: World, change: dict[str, Any]) -> None:
    """As if the key were used for something else too, or by an older version."""
    head, body, _ = parts_of(begun(world)[2])
    if change.get("aud") == ["{realm}", "other"]:
        change = {"aud": [body["aud"], "other"]}
    assert code_for(world, _signed_with(world.authority.keys.signing().secret, head, {**body, **change})) in {
        "token_bad",
        "token_expired",
    }


@pytest.mark.parametrize("claim", ["iss", "aud", "sub", "sid", "gen", "scope", "iat", "exp", "jti"])
def test_every_claim_has_to_be_there(world: World, claim: str) -> None:
    head, body, _ = parts_of(begun(world)[2])
    del body[claim]
    assert code_for(world, _signed_with(world.authority.keys.signing().secret, head, body)) == "token_bad"


def test_more_scopes_than_the_user_has_are_not_given_even_with_our_key(world: World) -> None:
    head, body, _ = parts_of(begun(world)[2])
    body["scope"] = "read trade admin nonsense"
    token = _signed_with(world.authority.keys.signing().secret, head, body)
    assert world.authority.gate.check(token).scopes == {"read", "trade"}


def test_it_expires(world: World) -> None:
    _, _, token = begun(world)
    world.clock.passes(599)
    world.authority.gate.check(token)
    world.clock.passes(1)
    assert code_for(world, token) == "token_expired"


def test_a_token_of_another_gateway_is_none_of_ours(world: World, tmp_path: Path) -> None:
    other = World(tmp_path / "other")
    other.user("anna", "read", "trade")
    assert code_for(world, begun(other)[2]) == "token_bad"


@pytest.mark.parametrize(
    "downgrade",
    [
        lambda users: users.set_scopes("anna", ["read"]),
        lambda users: users.set_password("anna", "$argon2id$none"),
        lambda users: users.set_totp("anna", SECRET),
        lambda users: users.remove("anna"),
    ],
)
async def test_who_is_less_than_he_was_has_no_session(
    world: World, downgrade: Callable[[Any], object]
) -> None:
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 200
        downgrade(world.authority.users)
        assert refused(await client.get("/v1/auth/me", headers=bearer(anna))) == (401, "session_ended")
        assert refused(await client.post("/v1/auth/refresh", headers=HERE)) == (401, "session_ended")


async def test_who_is_removed_and_added_again_is_somebody_else(world: World) -> None:
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        world.authority.users.remove("anna")
        world.user("anna", "read", "trade", "admin")
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 401
        assert (await client.post("/v1/auth/refresh", headers=HERE)).status_code == 401


async def test_what_another_process_changes_is_so_at_once(world: World, tmp_path: Path) -> None:
    other = World(tmp_path)  # over the same folder
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        other.authority.users.set_scopes("anna", ["read"])
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 401


def test_a_rotated_key_vouches_for_its_last_tokens_only(world: World) -> None:
    _, _, old = begun(world)
    world.authority.keys.rotate()
    _, _, new = begun(world)
    world.authority.gate.check(old)
    world.clock.passes(300)
    world.authority.keys.rotate()
    world.authority.gate.check(old)
    world.authority.gate.check(new)
    world.clock.passes(300)
    assert code_for(world, old) in {"token_expired", "token_bad"}
    head, body, _ = parts_of(old)
    body |= {"iat": world.clock.ns // S, "exp": world.clock.ns // S + 600}
    assert world.authority.keys.of(str(head["kid"])) is None


def test_a_leaked_key_vouches_for_nothing(world: World) -> None:
    _, _, old = begun(world)
    realm = world.authority.keys.realm
    world.authority.keys.rotate(leaked=True)
    assert code_for(world, old) == "token_bad"
    assert world.authority.keys.realm == realm


@given(st.text(max_size=200) | st.builds(lambda a, b, c: f"{a}.{b}.{c}", *[st.text(max_size=60)] * 3))
def test_no_text_is_more_than_a_wrong_token(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    world = _shared(tmp_path_factory)
    assert code_for(world, text) == "token_bad"


@given(st.data())
def test_no_changed_letter_goes_unnoticed(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    world = _shared(tmp_path_factory)
    token = _TOKENS[0]
    at = data.draw(st.integers(0, len(token) - 2))  # the last letter has bits that say nothing
    letter = data.draw(st.characters(codec="utf-8").filter(lambda letter: letter != token[at]))
    other = token[:at] + letter + token[at + 1 :]
    assert code_for(world, other) == "token_bad"


def test_a_very_long_one_is_not_looked_at(world: World) -> None:
    assert code_for(world, "a" * 5_000_000) == "token_bad"
    deep = written({"alg": "HS256", "typ": "at+jwt", "kid": "x"}, {}, "")
    assert code_for(world, f"{_text(b'[' * 2_000)}.{deep}") == "token_bad"


_WORLDS: list[World] = []
_TOKENS: list[str] = []


def _shared(factory: pytest.TempPathFactory) -> World:
    if not _WORLDS:
        made = World(factory.mktemp("tokens"))
        made.user("anna", "read", "trade")
        _WORLDS.append(made)
        _TOKENS.append(begun(made)[2])
    return _WORLDS[0]


def test_secrets_do_not_show_in_what_is_printed(world: World) -> None:
    user, family, token = begun(world)
    key = world.authority.keys.signing()
    for thing in (user, family, key, world.authority.users.all()):
        text = repr(thing)
        assert user.hash not in text
        assert family.token not in text
        assert str(key.secret) not in text
        assert token not in text
    assert PASSWORD not in repr(world.authority)
