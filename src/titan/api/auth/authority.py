"""Signing in and what follows: one object over one state folder that all routes of `/v1/auth` ask."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from titan.api.auth.audit import Audit
from titan.api.auth.gate import Gate
from titan.api.auth.keys import Keys, S
from titan.api.auth.passwords import Cost, Passwords
from titan.api.auth.scopes import Scope, Who
from titan.api.auth.sessions import Family, Sessions
from titan.api.auth.setup import FirstWord
from titan.api.auth.state import Beside, open_folder
from titan.api.auth.throttle import Attempt, Throttle
from titan.api.auth.tokens import Tokens
from titan.api.auth.totp import fresh_secret, step_of, uri_of
from titan.api.auth.users import ALL, User, Users, named
from titan.api.errors import ApiError, Conflict, Forbidden, TooMany, Unauthorised
from titan.api.shapes.control import FirstUser, NewUser, PasswordChange, Session, SignIn, TotpShape, UserRow
from titan.runtime.secrets.redact import remember

PENDING_S: Final = 600
SETUP: Final = "(set-up)"
"""The name that wrong one-time words are counted under."""


class Opened(msgspec.Struct, frozen=True):
    """A session as its client gets it: the document, and the refresh token for the cookie until `ends_ns`."""

    session: Session
    refresh: str
    ends_ns: int

    def __repr__(self) -> str:
        return f"Opened(name={self.session.name!r})"


class _Pending(msgspec.Struct, frozen=True):
    secret: str
    at_ns: int


class Authority:
    """Who may do what. `now` is in ns UTC."""

    def __init__(self, folder: Path, now: Callable[[], int], *, cost: Cost | None = None) -> None:
        """Raises ConfigError or StorageError for a folder that cannot be used, or is open to others."""
        open_folder(folder)
        self.users = Users(folder)
        self.keys = Keys(folder, now)
        self.sessions = Sessions(folder, now)
        self.tokens = Tokens(self.keys, now)
        self.audit = Audit(folder, now)
        self.gate = Gate(self.users, self.tokens, self.sessions)
        self.passwords = Passwords(cost)
        self.now = now
        self._first = None if self.users.all() else FirstWord()
        self._throttle = Throttle(now)
        self._beside = Beside()
        self._pending: dict[str, _Pending] = {}
        remember(base64.b64encode(self.keys.signing().secret).decode())

    @property
    def needs_setup(self) -> bool:
        """Whether there is no user yet."""
        return not self.users.all()

    @property
    def first_word(self) -> str:
        """The one-time word of the address that the server prints; empty where there are users."""
        return self._first.word if self._first is not None and self.needs_setup else ""

    async def set_up(self, given: FirstUser, address: str) -> Opened:
        """The first user. Raises Conflict where there is one already, Forbidden for a wrong word."""
        if not self.needs_setup:
            raise Conflict("this gateway has been set up already", remedy="sign in", code="setup_done")
        attempt = self._throttle.begin(f"{SETUP} {address}", address)
        try:
            if self._first is None:
                raise Forbidden(
                    "all users were removed", remedy="start the gateway again", code="setup_token"
                )
            self._first.check(given.token)
        except Forbidden as e:
            await self.audit.refused("", Scope.OPEN, "set-up", e.message, address)
            raise
        self._throttle.withdrawn(attempt)
        name = named(given.name)
        hashed = await self.passwords.hashed(given.password, name)
        user = await self._beside(lambda: self.users.add(name, hashed, ALL, self.now(), first=True))
        self._first.used()
        await self.audit.told(name, Scope.ADMIN, "set-up", "the first user", ok=True, address=address)
        return await self._open(user, totp=False)

    async def sign_in(self, given: SignIn, address: str) -> Opened:
        """Raises Unauthorised, and TooMany for who has guessed too often."""
        name = given.name.strip().lower()[:64]
        try:
            attempt = self._throttle.begin(name, address)
            user = await self._proven(given, name, attempt)
        except (Unauthorised, TooMany) as e:
            if e.code != "totp_needed":
                # an unknown name may be a password that went into the wrong field
                told = name if self.users.get(name) is not None else "(unknown)"
                await self.audit.refused(told, Scope.OPEN, "sign-in", e.message, address)
            raise
        self._throttle.succeeded(attempt)
        await self._beside(self.users.signed_in, name, self.now())
        what = "with a code" if user.totp else "without a code"
        await self.audit.told(name, Scope.OPEN, "sign-in", what, ok=True, address=address)
        return await self._open(user, totp=bool(user.totp))

    async def refresh(self, token: str, address: str) -> Opened:
        """Another access token, and another refresh token. Raises Unauthorised."""
        try:
            family, fresh = await self._beside(self.sessions.refresh, token)
            user = self._of(family)
        except Unauthorised as e:
            if e.code == "token_reused":
                await self.audit.refused("", Scope.OPEN, "refresh", e.message, address)
            raise
        return self._opened(user, family, fresh)

    async def sign_out(self, token: str, address: str) -> None:
        """Ends the session of a refresh token; nothing for any other text."""
        family = self.sessions.alive(token.partition(".")[0])
        if family is not None:
            await self._beside(self.sessions.end, family.id)
            await self.audit.told(family.name, Scope.OPEN, "sign-out", "", ok=True, address=address)

    async def change_password(self, who: Who, given: PasswordChange, address: str) -> Opened:
        """Ends every session of the user and begins another. Raises Unauthorised for a wrong password."""
        user, family = self._mine(who)
        await self._confirmed(user, given.before, address)
        hashed = await self.passwords.hashed(given.after, user.name)
        user = await self._beside(self.users.set_password, user.name, hashed)
        await self._beside(self.sessions.end_all, user.name)
        await self.audit.told(user.name, Scope.READ, "password", "changed", ok=True, address=address)
        return await self._open(user, totp=family.totp)

    async def begin_totp(self, who: Who, address: str) -> TotpShape:
        """A secret, in force once a code of it is confirmed. Raises Conflict where there is one already."""
        user, family = self._mine(who)
        if user.totp:
            raise Conflict("there is a second factor already", remedy="remove it first", code="totp_set")
        self._fresh(family)
        now = self.now()
        self._pending = {k: p for k, p in self._pending.items() if now - p.at_ns < PENDING_S * S}
        pending = self._pending[user.name] = _Pending(fresh_secret(), now)
        await self.audit.told(user.name, Scope.READ, "totp", "begun", ok=True, address=address)
        return TotpShape(uri_of(pending.secret, user.name), pending.secret)

    async def confirm_totp(self, who: Who, code: str, address: str) -> Opened:
        """Puts it in force and ends the user's other sessions. Raises ApiError for a wrong code."""
        user, _ = self._mine(who)
        pending = self._pending.get(user.name)
        if user.totp or pending is None or self.now() - pending.at_ns >= PENDING_S * S:
            raise Conflict("no second factor waits for a code", remedy="begin again", code="totp_none")
        attempt = self._throttle.begin(f"totp {user.name}", address)
        step = step_of(pending.secret, code, self.now() / S)
        if step is None:
            raise ApiError("this is not the code of now", remedy=CLOCK, code="totp_wrong")
        self._throttle.succeeded(attempt)
        del self._pending[user.name]
        user = await self._beside(self.users.set_totp, user.name, pending.secret, step)
        await self._beside(self.sessions.end_all, user.name)
        await self.audit.told(user.name, Scope.READ, "totp", "in force", ok=True, address=address)
        return await self._open(user, totp=True)

    async def remove_totp(self, who: Who, address: str) -> None:
        """Takes the second factor away and ends every session of the user."""
        user, family = self._mine(who)
        if not user.totp:
            raise Conflict("there is no second factor", remedy="nothing to remove", code="totp_none")
        self._fresh(family)
        await self._beside(self.users.set_totp, user.name, "")
        await self._beside(self.sessions.end_all, user.name)
        await self.audit.told(user.name, Scope.READ, "totp", "removed", ok=True, address=address)

    async def add_user(self, who: Who, given: NewUser, address: str) -> UserRow:
        name = named(given.name)
        hashed = await self.passwords.hashed(given.password, name)
        user = await self._beside(self.users.add, name, hashed, given.scopes, self.now())
        text = f"added {name}: {' '.join(user.scopes)}"
        await self.audit.told(who.name, Scope.ADMIN, "users", text, ok=True, address=address)
        return row_of(user)

    async def remove_user(self, who: Who, name: str, address: str) -> None:
        """Raises Conflict for the caller's own name: so an admin is always left."""
        if name == who.name:
            raise Conflict("you cannot remove yourself", remedy="another admin can, or titan users remove")
        await self._beside(self.users.remove, name)
        await self._beside(self.sessions.end_all, name)
        await self.audit.told(who.name, Scope.ADMIN, "users", f"removed {name}", ok=True, address=address)

    async def _proven(self, given: SignIn, name: str, attempt: Attempt) -> User:
        """The user of name, password and, where one is set, code."""
        user = self.users.get(name)
        try:
            right = await self.passwords.verified(user.hash if user else None, given.password)
        except TooMany:
            self._throttle.withdrawn(attempt)
            raise
        if user is None or not right:
            raise Unauthorised("the name or the password is wrong", remedy="try again", code="sign_in_wrong")
        if self.passwords.outdated(user.hash):
            hashed = await self.passwords.hashed(given.password, name)
            await self._beside(self.users.rehash, name, user.hash, hashed)
        if not user.totp:
            return user
        if not given.code:
            self._throttle.withdrawn(attempt)
            raise Unauthorised(
                "a code is needed as well", remedy="of your authenticator app", code="totp_needed"
            )
        step = step_of(user.totp, given.code, self.now() / S)
        if step is None or not await self._beside(self.users.take_step, name, step):
            raise Unauthorised("the code is wrong, or was used before", remedy=CLOCK, code="totp_wrong")
        return user

    async def _confirmed(self, user: User, password: str, address: str) -> None:
        attempt = self._throttle.begin(user.name, address)
        if not await self.passwords.verified(user.hash, password):
            raise Forbidden("the password of now is wrong", remedy="try again", code="password_wrong")
        self._throttle.succeeded(attempt)

    def _mine(self, who: Who) -> tuple[User, Family]:
        family = self.sessions.alive(who.session)
        if family is None:
            raise Unauthorised("this session is ended", remedy="sign in again", code="session_ended")
        return self._of(family), family

    def _of(self, family: Family) -> User:
        """The user of a session. Raises Unauthorised for one of a generation that is over."""
        user = self.users.get(family.name)
        if user is None or user.generation != family.generation:
            raise Unauthorised("this session is ended", remedy="sign in again", code="session_ended")
        return user

    def _fresh(self, family: Family) -> None:
        if not self.sessions.fresh(family):
            raise Forbidden(
                "this needs a sign-in of the last minutes",
                remedy="sign out and in again",
                code="sign_in_again",
            )

    async def _open(self, user: User, *, totp: bool) -> Opened:
        family, token = await self._beside(lambda: self.sessions.begin(user, totp=totp))
        return self._opened(user, family, token)

    def _opened(self, user: User, family: Family, refresh: str) -> Opened:
        access, expires_s = self.tokens.issue(user, family.id, family.ends_ns)
        needs = Scope.ADMIN in user.scopes and not (user.totp and family.totp)
        scopes = tuple(str(scope) for scope in user.scopes)
        session = Session(access, expires_s * 1000.0, user.name, scopes, bool(user.totp), needs)
        return Opened(session, refresh, family.ends_ns)


CLOCK: Final = "look at the clock of the device that made it, and take the next one"


def row_of(user: User) -> UserRow:
    """A user as others may see one."""
    scopes = tuple(str(scope) for scope in user.scopes)
    return UserRow(user.name, scopes, bool(user.totp), user.created_ns / 1e6, user.last_ns / 1e6)
