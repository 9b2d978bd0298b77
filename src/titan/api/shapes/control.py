"""What an operator asks for, what comes of it; who asks (sessions, users)."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

Words = Annotated[str, msgspec.Meta(max_length=500)]
"""What somebody typed; it stands in the journal for ever."""
Name = Annotated[str, msgspec.Meta(max_length=100)]
Secret = Annotated[str, msgspec.Meta(max_length=1024)]


class Reason(msgspec.Struct, frozen=True):
    """`strategy` empty: all of them."""

    reason: Words = ""
    strategy: Name = ""


class Confirmed(msgspec.Struct, frozen=True):
    """`confirm` is the word that the console made the operator type: PANIC, or REARM."""

    confirm: Name
    reason: Words = ""


class Imposition(msgspec.Struct, frozen=True):
    """`mode`: reduce-only, close, no-trading, or a scale of entries as 0.5. What is left empty covers all."""

    name: Name
    mode: Name
    reason: Words = ""
    strategy: Name = ""
    venue: Name = ""
    base: Name = ""
    instrument: Name = ""
    owner: Name = ""


class ControlShape(msgspec.Struct, frozen=True):
    """What became of it. `state`: done (in force by the journal), asked (the run was asked and will say
    so).
    """

    control: str
    state: str
    text: str
    at_ms: float


class PanicShape(msgspec.Struct, frozen=True):
    """GET /v1/controls/panic: the last panic that was asked for here, else the one whose latch stands by the
    journal. `state`: none, running, flat, open. `lines` as it told them.
    """

    state: str
    name: str
    lines: tuple[str, ...]
    flat: tuple[str, ...]
    open: dict[str, str]
    began_ms: float
    ended_ms: float
    ready: bool
    """Whether a panic stands ready in a process of its own, so that it acts at once."""


class SettingShape(msgspec.Struct, frozen=True):
    """One setting. `applies`: hot (a running run takes it over), restart (with the next start), never (by
    hand only). `value`, `default` as in TOML; `source` says where the value comes from; `kind`: number,
    integer, text, bool, list, table; `rule` what it must keep, in words.
    """

    key: str
    section: str
    meaning: str
    unit: str
    kind: str
    value: Any
    default: Any
    source: str
    rule: str
    applies: str


class ConfigShape(msgspec.Struct, frozen=True):
    """GET /v1/config. `version` is what a proposal is made against."""

    version: str
    place: str
    settings: tuple[SettingShape, ...]


class Proposal(msgspec.Struct, frozen=True):
    """Settings by key, and the version that they were read at; `reason` for the journal."""

    changes: dict[str, Any]
    version: Name = ""
    reason: Words = ""


class ProblemShape(msgspec.Struct, frozen=True):
    key: str
    text: str
    remedy: str


class ChangeShape(msgspec.Struct, frozen=True):
    key: str
    before: Any
    after: Any
    applies: str


class ProposalShape(msgspec.Struct, frozen=True):
    """POST /v1/config/propose (looks only) and /v1/config/apply. Without problems `diff` is what would be or
    was changed; `file` where it is written; `applied`: hot and restart keys as they took effect.
    """

    ok: bool
    problems: tuple[ProblemShape, ...]
    diff: tuple[ChangeShape, ...]
    file: str
    version: str
    applied: bool = False
    text: str = ""


class AuditRow(msgspec.Struct, frozen=True):
    """GET /v1/audit: every control, sign-in and refusal of one."""

    at_ms: float
    who: str
    scope: str
    what: str
    text: str
    ok: bool
    address: str


class SetupState(msgspec.Struct, frozen=True):
    """GET /v1/auth/state, open to all: what the console shows first. `version` of Titan."""

    needs_setup: bool
    version: str
    simulated: bool


class Hidden(msgspec.Struct, frozen=True):
    """A document with a secret in it: shown in a log or a traceback it is its name and nothing else."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(...)"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return []


class FirstUser(Hidden, frozen=True):
    """`token` is the one-time word of the printed address."""

    token: Secret
    name: Name
    password: Secret


class SignIn(Hidden, frozen=True):
    """`code` is the TOTP code, where the user has one."""

    name: Name
    password: Secret
    code: Name = ""


class Session(Hidden, frozen=True):
    """`access` goes into `Authorization: Bearer`; the refresh token is a cookie that scripts cannot read.
    `scopes`: read, trade, admin. `needs_totp`: admin is held back until TOTP is set up."""

    access: str
    expires_ms: float
    name: str
    scopes: tuple[str, ...]
    totp: bool
    needs_totp: bool


class MeShape(msgspec.Struct, frozen=True):
    """GET /v1/auth/me. `scopes` and `needs_totp` as of Session; `expires_ms` of the token."""

    name: str
    scopes: tuple[str, ...]
    needs_totp: bool
    expires_ms: float


class TotpShape(Hidden, frozen=True):
    """`uri` as an authenticator app takes it; `secret` for typing. In force once a code is confirmed."""

    uri: str
    secret: str


class Code(Hidden, frozen=True):
    code: Name


class PasswordChange(Hidden, frozen=True):
    before: Secret
    after: Secret


class UserRow(msgspec.Struct, frozen=True):
    name: str
    scopes: tuple[str, ...]
    totp: bool
    created_ms: float
    last_ms: float


class NewUser(Hidden, frozen=True):
    name: Name
    password: Secret
    scopes: tuple[str, ...]
