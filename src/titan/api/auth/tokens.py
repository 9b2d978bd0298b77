"""Access tokens: JWT by HMAC-SHA-256, good for ten minutes, of one session and one generation of a user."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from typing import Final

import jwt
import msgspec
from jwt.types import Options

from titan.api.auth.keys import LIFE_S, Keys, S
from titan.api.auth.users import User
from titan.api.errors import Unauthorised

ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"
ISSUER: Final = "titan"
LONGEST: Final = 4096
LEEWAY_S: Final = 30
"""Clocks of two processes of one machine may have been set between issue and check."""


class Claims(msgspec.Struct, frozen=True):
    """`sid` is the session, `gen` the user's generation, `scope` the scopes by a blank. Times in s UTC."""

    iss: str
    aud: str
    sub: str
    sid: str
    gen: int
    scope: str
    iat: int
    exp: int
    jti: str


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    alg: str
    typ: str
    kid: str


OPTIONS: Final[Options] = {
    "require": list(Claims.__struct_fields__),
    "strict_aud": True,
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}
"""PyJWT reads the wall clock for these; they are checked here against the clock that we were given."""


class Tokens:
    def __init__(self, keys: Keys, now: Callable[[], int]) -> None:
        self._keys = keys
        self._now = now

    def issue(self, user: User, session: str, ends_ns: int) -> tuple[str, int]:
        """A token and when it expires (s UTC): in ten minutes, or with its session."""
        key = self._keys.signing()
        now = self._now() // S
        expires = min(now + LIFE_S, ends_ns // S)
        claims = Claims(
            ISSUER, self._keys.realm, user.name, session, user.generation, " ".join(user.scopes),
            now, expires, secrets.token_hex(8),
        )  # fmt: skip
        headers = {"kid": key.kid, "typ": TYPE}
        return jwt.encode(msgspec.to_builtins(claims), key.secret, ALGORITHM, headers=headers), expires

    def check(self, token: str) -> Claims:
        """What it says, of one that we signed and that has not expired. Raises Unauthorised for any other."""
        if len(token) > LONGEST:
            raise _bad()
        try:
            key = self._keys.of(_kid(token))
            if key is None:
                raise _bad()
            found = jwt.decode(
                token,
                key.secret,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=self._keys.realm,
                options=OPTIONS,
            )
            claims = msgspec.convert(found, Claims)
        except (jwt.PyJWTError, msgspec.ValidationError, ValueError, RecursionError) as e:
            raise _bad() from e
        now = self._now() / S
        if not claims.jti or claims.iat > now + LEEWAY_S or not 0 < claims.exp - claims.iat <= LIFE_S:
            raise _bad()
        if claims.exp <= now:
            raise Unauthorised("the token has expired", remedy="refresh it", code="token_expired")
        return claims


def _kid(token: str) -> str:
    """The name of the key. Raises ValueError for a header that is not, to the letter, as we write it."""
    head = token.partition(".")[0].encode()
    header = msgspec.json.decode(base64.urlsafe_b64decode(head + b"=" * (-len(head) % 4)), type=_Header)
    if header.alg != ALGORITHM or header.typ != TYPE:
        raise ValueError("another algorithm")
    return header.kid


def _bad() -> Unauthorised:
    return Unauthorised("this is no token of this gateway", remedy="sign in again", code="token_bad")
