"""Sessions: what a sign-in began, kept alive by a refresh token that is another after each use.

`sessions.json` has hashes of the tokens only. A token that was used before is in two hands: its session ends.
The same one twice within `GRACE_S` is two tabs, or an answer that was lost: both get the same next one.
A session that cannot be written (a full disk) lives in memory: an operator is not kept out by it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from titan.api.auth.keys import S
from titan.api.auth.state import Document
from titan.api.auth.users import User
from titan.api.errors import Unauthorised
from titan.model.errors import StorageError

FORMAT: Final = "titan.sessions.1"
IDLE_S: Final = 7 * 86_400
MOST_S: Final = 30 * 86_400
GRACE_S: Final = 10
FRESH_S: Final = 15 * 60
EACH: Final = 64
"""Sessions of one user; the one longest unused ends for another."""


class Family(msgspec.Struct, frozen=True):
    """A session. `token` and `before` are hashes of the refresh token and of the one before it; `totp` says
    whether a code was given for it. Times in ns UTC."""

    id: str
    name: str
    generation: int
    token: str
    began_ns: int
    used_ns: int
    totp: bool
    before: str = ""

    def __repr__(self) -> str:
        return f"Family(name={self.name!r}, totp={self.totp})"

    @property
    def ends_ns(self) -> int:
        return min(self.used_ns + IDLE_S * S, self.began_ns + MOST_S * S)


class _Sessions(msgspec.Struct):
    format: str = FORMAT
    families: dict[str, Family] = {}


class _Handed(msgspec.Struct, frozen=True):
    """The token that was handed out last for one session, to hand it out again within the grace."""

    token: str
    at_ns: int


class Sessions:
    def __init__(self, folder: Path, now: Callable[[], int]) -> None:
        self._document = Document(folder / "sessions.json", _Sessions, _Sessions)
        self._now = now
        self._turn = threading.Lock()
        self._unwritten: dict[str, Family | None] = {}
        """Sessions as they are, where the file could not be told; None: ended."""
        self._handed: dict[str, _Handed] = {}

    def begin(self, user: User, *, totp: bool) -> tuple[Family, str]:
        """A session and its refresh token."""
        now = self._now()
        id_, token = secrets.token_urlsafe(16), secrets.token_urlsafe(32)
        family = Family(id_, user.name, user.generation, _hash(token), now, now, totp)
        with self._turn:
            others = [f for f in self._all().values() if f.name == user.name]
            others.sort(key=lambda f: f.used_ns)
            ended = others[: max(0, len(others) - EACH + 1)]
            self._write({family.id: family, **dict.fromkeys(f.id for f in ended)})
        return family, f"{id_}.{token}"

    def alive(self, id_: str) -> Family | None:
        """The session, unless it ended."""
        family = self._unwritten[id_] if id_ in self._unwritten else self._document.read().families.get(id_)
        return family if family is not None and self._now() < family.ends_ns else None

    def refresh(self, given: str) -> tuple[Family, str]:
        """The session of a refresh token, and the token that takes its place. Raises Unauthorised."""
        id_, _, token = given.partition(".")
        with self._turn:
            now = self._now()
            family = self.alive(id_)
            if family is None:
                raise _ended()
            hashed = _hash(token)
            if hmac.compare_digest(hashed, family.token):
                fresh = secrets.token_urlsafe(32)
                family = replace(family, token=_hash(fresh), before=family.token, used_ns=now)
                self._write({id_: family})
                self._hand(id_, _Handed(fresh, now))
                return family, f"{id_}.{fresh}"
            handed = self._handed.get(id_)
            again = handed is not None and 0 <= now - handed.at_ns <= GRACE_S * S
            if handed is not None and again and hmac.compare_digest(hashed, family.before):
                return family, f"{id_}.{handed.token}"
            self._write({id_: None})
        raise Unauthorised(
            "this refresh token was used before: its session is ended",
            remedy="sign in again",
            code="token_reused",
        )

    def end(self, id_: str) -> None:
        with self._turn:
            self._write({id_: None})

    def end_all(self, name: str) -> None:
        """Every session of that user."""
        with self._turn:
            self._write({f.id: None for f in self._all().values() if f.name == name})

    def fresh(self, family: Family) -> bool:
        """Whether its user signed in a short while ago."""
        return 0 <= self._now() - family.began_ns <= FRESH_S * S

    def _all(self) -> dict[str, Family]:
        both = {**self._document.read().families, **self._unwritten}
        return {id_: family for id_, family in both.items() if family is not None}

    def _hand(self, id_: str, handed: _Handed) -> None:
        oldest = handed.at_ns - GRACE_S * S
        self._handed = {key: old for key, old in self._handed.items() if old.at_ns >= oldest}
        self._handed[id_] = handed

    def _write(self, changes: dict[str, Family | None]) -> None:
        changes = {**self._unwritten, **changes}
        now = self._now()
        try:
            with self._document.changing() as document:
                both = {**document.families, **changes}
                document.families = {
                    id_: family for id_, family in both.items() if family is not None and now < family.ends_ns
                }
        except StorageError:
            self._unwritten = changes
        else:
            self._unwritten = {}


def _hash(token: str) -> str:
    """Tokens are 32 random bytes: a plain hash cannot be searched."""
    return hashlib.sha256(token.encode()).hexdigest()


def _ended() -> Unauthorised:
    return Unauthorised("this session is ended", remedy="sign in again", code="session_ended")
