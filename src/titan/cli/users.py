"""`titan users list|add|remove|passwd|scopes|totp-reset|rotate-key`: who may use the gateway."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from titan.api.auth.audit import Audit
from titan.api.auth.keys import Keys
from titan.api.auth.passwords import Passwords
from titan.api.auth.sessions import Sessions
from titan.api.auth.state import default_state, open_folder
from titan.api.auth.users import ALL, User, Users, named
from titan.api.shapes.control import AuditRow
from titan.cli.terminal import write_json
from titan.model.errors import ConfigError
from titan.runtime.clock import WallClock

VARIABLE: Final = "TITAN_PASSWORD"

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="""Who may use the gateway, kept in a folder of mode 0700 beside its keys and its audit log.

    A password is asked for, or taken from TITAN_PASSWORD or the first line of stdin. What is changed here is
    so at once in a gateway that runs, and ends the sessions of the user it is about.""",
)

State = Annotated[Path | None, typer.Option("--state", help="The folder; else that of TITAN_STATE.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Name = Annotated[str, typer.Argument(help="The user.")]
Scopes = Annotated[str, typer.Option(help=f"Some of {','.join(ALL)}; read comes with each.")]


@app.command("list")
def list_(state: State = None, as_json: Json = False) -> None:
    """Show the users and their scopes.

    Example: titan users list --json
    """
    folder = state or default_state()
    users = Users(folder).all()
    if as_json:
        write_json({"state": str(folder), "users": [_row(user) for user in users]})
        return
    if not users:
        typer.echo(f"no users yet in {folder}\n  the address that `titan up` prints makes the first one")
        return
    typer.echo(f"{'name':<24}{'scopes':<20}{'totp':<6}{'created':<18}last sign-in")
    for user in users:
        may, totp, last = ",".join(user.scopes), "yes" if user.totp else "no", user.last_ns
        created, last_in = _day(user.created_ns), _day(last) if last else "never"
        typer.echo(f"{user.name:<24}{may:<20}{totp:<6}{created:<18}{last_in}")


@app.command()
def add(name: Name, scopes: Scopes = "read", state: State = None, as_json: Json = False) -> None:
    """Add a user. Admin is in force once the user has set up TOTP in the console.

    Example: titan users add anna --scopes read,trade
    """
    folder = open_folder(state or default_state())
    name = named(name)
    hashed = Passwords().hash(_password(os.environ, name), name)
    user = Users(folder).add(name, hashed, scopes.split(","), WallClock().now())
    _done(folder, "added", user.name, " ".join(user.scopes), as_json)


@app.command()
def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Remove a user, and end the user's sessions at once.

    Example: titan users remove anna --yes
    """
    folder = open_folder(state or default_state())
    name = named(name)
    if not yes and sys.stdin.isatty():
        typer.confirm(f"remove {name}?", abort=True)
    Users(folder).remove(name)
    _done(folder, "removed", name, "", as_json)


@app.command()
def passwd(name: Name, state: State = None, as_json: Json = False) -> None:
    """Give a user another password, as when it was lost. Ends the user's sessions.

    Example: titan users passwd anna
    """
    folder = open_folder(state or default_state())
    users, name = _having(folder, name)
    users.set_password(name, Passwords().hash(_password(os.environ, name), name))
    _done(folder, "password changed", name, "", as_json)


@app.command()
def scopes(
    name: Name,
    scopes: Annotated[str, typer.Argument(help=f"Some of {','.join(ALL)}; read comes with each.")],
    state: State = None,
    as_json: Json = False,
) -> None:
    """Say what a user may do from now on. Ends the user's sessions.

    Example: titan users scopes anna read,trade
    """
    folder = open_folder(state or default_state())
    users, name = _having(folder, name)
    user = users.set_scopes(name, scopes.split(","))
    _done(folder, "scopes changed", name, " ".join(user.scopes), as_json)


@app.command("totp-reset")
def totp_reset(name: Name, state: State = None, as_json: Json = False) -> None:
    """Take a user's second factor away, as when the device was lost. Ends the user's sessions.

    Example: titan users totp-reset anna
    """
    folder = open_folder(state or default_state())
    users, name = _having(folder, name)
    users.set_totp(name, "")
    _done(folder, "second factor removed", name, "", as_json)


@app.command("rotate-key")
def rotate_key(
    leaked: Annotated[
        bool, typer.Option("--leaked", help="Accept no token of the old key any more.")
    ] = False,
    state: State = None,
    as_json: Json = False,
) -> None:
    """Sign tokens with a new key from now on. Those of the old one run out within ten minutes.

    Example: titan users rotate-key --leaked
    """
    folder = open_folder(state or default_state())
    key = Keys(folder, WallClock().now).rotate(leaked=leaked)
    _done(folder, "key rotated", "", f"to {key.kid}{', the old one leaked' if leaked else ''}", as_json)


def _having(folder: Path, name: str) -> tuple[Users, str]:
    users, name = Users(folder), named(name)
    if users.get(name) is None:
        raise ConfigError(f"there is no user {name} in {folder}", remedy="titan users list")
    return users, name


def _password(environment: Mapping[str, str], name: str) -> str:
    """From the environment, the terminal (twice), or the first line of stdin."""
    given = environment.get(VARIABLE, "")
    if given:
        return given
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise ConfigError(
                f"{name} needs a password and there is no terminal to ask at",
                remedy=f"set {VARIABLE}, or give it as a line of stdin",
            )
        return line
    given = getpass.getpass(f"New password of {name}: ")
    if given != getpass.getpass("The same again: "):
        raise ConfigError("the two passwords differ", remedy="begin again")
    return given


def _done(folder: Path, what: str, name: str, text: str, as_json: bool) -> None:
    """End the sessions, tell the audit log, and say so."""
    now = WallClock().now
    if name and what != "added":
        Sessions(folder, now).end_all(name)
    who = f"{os.environ.get('USER') or os.getuid()} (titan users)"
    told = " ".join(part for part in (what, name, text) if part)
    Audit(folder, now).write(AuditRow(now() / 1e6, who, "admin", "users", told, True, "local"))
    if as_json:
        write_json({"done": what, "name": name, "text": text, "state": str(folder)})
    else:
        typer.echo(f"{what}: {name or text}" + (f" ({text})" if name and text else ""))


def _row(user: User) -> dict[str, object]:
    return {
        "name": user.name,
        "scopes": [str(scope) for scope in user.scopes],
        "totp": bool(user.totp),
        "created": _day(user.created_ns),
        "last": _day(user.last_ns) if user.last_ns else "never",
    }


def _day(ns: int) -> str:
    return datetime.fromtimestamp(ns / 1e9, UTC).strftime("%Y-%m-%d %H:%M")
