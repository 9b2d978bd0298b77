"""Where the vault's password comes from: a file, the environment, or the person at the terminal."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from titan.model.errors import ConfigError
from titan.runtime.secrets.redact import remember

VARIABLE: Final = "TITAN_PASSWORD"
FILE_VARIABLE: Final = "TITAN_PASSWORD_FILE"
SHORTEST: Final = 8


def password_of(environment: Mapping[str, str], *, new: bool = False, what: str = "the vault") -> str:
    """The password. `new` asks for it twice and refuses one that is too short.

    Raises ConfigError where nobody can be asked.
    """
    given = environment.get(VARIABLE, "")
    if not given and (file := environment.get(FILE_VARIABLE, "")):
        try:
            given = Path(file).read_text(encoding="utf-8").rstrip("\r\n")
        except OSError as e:
            raise ConfigError(f"{FILE_VARIABLE}: {file} cannot be read: {e.strerror}") from e
    if not given:
        given = _ask(what, new=new)
    if new and len(given) < SHORTEST:
        raise ConfigError(f"the password of {what} must have at least {SHORTEST} characters")
    remember(given)
    return given


def _ask(what: str, *, new: bool) -> str:
    if not sys.stdin.isatty():
        raise ConfigError(
            f"{what} needs its password and there is no terminal to ask at",
            remedy=f"set {VARIABLE}, or {FILE_VARIABLE} to a file that holds it",
        )
    given = getpass.getpass(f"{'New password' if new else 'Password'} of {what}: ")
    if new and given != getpass.getpass("The same again: "):
        raise ConfigError("the two passwords differ", remedy="begin again")
    return given
