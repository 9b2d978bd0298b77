"""Who may use the gateway: `users.json` of the state folder.

Every user has a generation, a number that is never given twice, to anybody: a token that names another one is
spent. So a changed password, changed scopes or a removal ends what was begun before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec.structs import replace

from titan.api.auth.scopes import Scope
from titan.api.auth.state import Document
from titan.api.errors import ApiError, Conflict, NotFound
from titan.model.errors import StorageError

FORMAT: Final = "titan.users.1"
NAME: Final = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")
ALL: Final = (Scope.READ, Scope.TRADE, Scope.ADMIN)


class User(msgspec.Struct, frozen=True):
    """`hash` is of the password, `totp` the secret of the confirmed TOTP (empty: none), `step` the last time
    step of which a code was used. Times in ns UTC."""

    name: str
    hash: str
    scopes: tuple[Scope, ...]
    generation: int
    created_ns: int
    last_ns: int = 0
    totp: str = ""
    step: int = 0

    def __repr__(self) -> str:
        return f"User(name={self.name!r}, scopes={self.scopes!r}, generation={self.generation})"


class _Users(msgspec.Struct):
    format: str = FORMAT
    generation: int = 0
    users: dict[str, User] = {}


class Users:
    def __init__(self, folder: Path) -> None:
        self._document = Document(folder / "users.json", _Users, _Users)
        self._steps: dict[str, int] = {}
        """Time steps that were used and could not be written."""

    def all(self) -> tuple[User, ...]:
        """In the order of their names. Raises ConfigError where the file is damaged."""
        return tuple(user for _, user in sorted(self._document.read().users.items()))

    def get(self, name: str) -> User | None:
        return self._document.read().users.get(name)

    def add(self, name: str, hashed: str, scopes: Iterable[str], now_ns: int, *, first: bool = False) -> User:
        """Raises Conflict for a name that is taken, and with `first` where there is a user already."""
        name, given = named(name), scopes_of(scopes)
        with self._document.changing() as document:
            if first and document.users:
                raise Conflict("this gateway has been set up already", remedy="sign in", code="setup_done")
            if name in document.users:
                raise Conflict(f"there is a user {name} already", remedy="choose another name")
            user = User(name, hashed, given, _next(document), now_ns)
            document.users[name] = user
        return user

    def remove(self, name: str) -> None:
        """Raises NotFound where there is none of that name."""
        with self._document.changing() as document:
            if document.users.pop(name, None) is None:
                raise _missing(name)

    def set_password(self, name: str, hashed: str) -> User:
        """Ends the user's sessions."""
        return self._change(name, lambda user: replace(user, hash=hashed))

    def set_scopes(self, name: str, scopes: Iterable[str]) -> User:
        """Ends the user's sessions."""
        given = scopes_of(scopes)
        return self._change(name, lambda user: replace(user, scopes=given))

    def set_totp(self, name: str, secret: str, step: int = 0) -> User:
        """Ends the user's sessions. `secret` empty takes TOTP away; `step` is that of the confirming code."""
        return self._change(name, lambda user: replace(user, totp=secret, step=step))

    def rehash(self, name: str, before: str, hashed: str) -> None:
        """The same password at today's cost; nothing where it was changed meanwhile or cannot be written."""
        self._note(name, lambda user: replace(user, hash=hashed) if user.hash == before else user)

    def signed_in(self, name: str, now_ns: int) -> None:
        """Note when; nothing where it cannot be written."""
        self._note(name, lambda user: replace(user, last_ns=max(now_ns, user.last_ns)))

    def take_step(self, name: str, step: int) -> bool:
        """Use up a code's time step. False where it, or a later one, was used before."""
        taken = False

        def take(user: User) -> User:
            nonlocal taken
            taken = step > max(user.step, self._steps.get(name, 0))
            return replace(user, step=step) if taken else user

        if not self._note(name, take) and taken:
            self._steps[name] = step
        return taken

    def _change(self, name: str, change: Callable[[User], User]) -> User:
        with self._document.changing() as document:
            user = document.users.get(name)
            if user is None:
                raise _missing(name)
            user = document.users[name] = replace(change(user), generation=_next(document))
        return user

    def _note(self, name: str, change: Callable[[User], User]) -> bool:
        """A change that ends no session. False where it could not be written."""
        try:
            with self._document.changing() as document:
                user = document.users.get(name)
                if user is not None:
                    document.users[name] = change(user)
        except StorageError:
            return False
        return True


def named(name: str) -> str:
    """The name as it is kept: lower case. Raises ApiError for one that is none."""
    lowered = name.strip().lower()
    if not NAME.fullmatch(lowered):
        raise ApiError(
            "a name has letters, digits and . _ @ - only, and 64 of them at most",
            remedy="as anna, or anna@desk",
            code="bad_name",
        )
    return lowered


def scopes_of(given: Iterable[str]) -> tuple[Scope, ...]:
    """The scopes in their order; whoever may do anything may read. Raises ApiError for unknown or none."""
    wanted = {scope.strip().lower() for scope in given}
    unknown = wanted - set(ALL)
    if unknown or not wanted:
        what = f"there is no scope {', '.join(sorted(unknown))}" if unknown else "a user needs a scope"
        raise ApiError(what, remedy=f"some of {', '.join(ALL)}", code="bad_scope")
    return tuple(scope for scope in ALL if scope in wanted or scope is Scope.READ)


def _next(document: _Users) -> int:
    document.generation += 1
    return document.generation


def _missing(name: str) -> NotFound:
    return NotFound(f"there is no user {name}", remedy="titan users list")
