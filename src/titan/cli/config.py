"""`titan config check|show`: the configuration with its rules, and where each value comes from."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from textwrap import wrap
from typing import Annotated, Final

import typer
from pydantic.fields import FieldInfo

from titan.cli.terminal import paint, write_json
from titan.runtime.config import SETTINGS, ConfigProblems, Loaded, default_path, explain_config
from titan.runtime.config.fields import extra_of, rule_of
from titan.runtime.config.load import value_of

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Check and explain the configuration.")

WIDTH: Final = 100

PathArgument = Annotated[
    Path | None,
    typer.Argument(metavar="PATH", help="A folder or one TOML file; else ./config where it is."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def check(path: PathArgument = None, as_json: Json = False) -> None:
    """Check every file, key and value, and tell all problems at once. Exit code 2 when there is one.

    Example: titan config check config --json
    """
    place = path if path is not None else default_path()
    try:
        explain_config(place, os.environ)
    except ConfigProblems as error:
        if not as_json:
            raise
        write_json({"ok": False, "path": _text(place), "problems": _problems(error)})
        raise typer.Exit(error.exit_code) from None
    if as_json:
        write_json({"ok": True, "path": _text(place), "problems": []})
    else:
        typer.echo(f"{place}: no problems" if place else "no files: the defaults are in force")


@app.command()
def show(path: PathArgument = None, as_json: Json = False) -> None:
    """Print every setting: its value, where that was written, its unit, its rule and what it means.

    The text is itself valid TOML, a beginning for a file of your own.

    Examples: titan config show | TITAN__SENTINEL__ENTRY_Z=2.5 titan config show --json
    """
    place = path if path is not None else default_path()
    loaded = explain_config(place, os.environ)
    if as_json:
        write_json({"path": _text(place), "settings": _settings(loaded), "instruments": _instruments(loaded)})
        return
    table = ""
    for key, info in SETTINGS.items():
        section, _, name = key.rpartition(".")
        if section != table:
            table = section
            typer.echo(paint(f"\n[{section}]", "bold"))
        for comment in wrap(
            f"{info.description} {_rule(info)}", WIDTH, initial_indent="# ", subsequent_indent="# "
        ):
            typer.echo(paint(comment, "dim"))
        value = value_of(loaded.config, key)
        line = f"# {name} =" if value is None else f"{name} = {_toml(value)}"
        typer.echo(f"{line:<36}" + paint(f"# {loaded.origin(key)}", "cyan"))
    for name, settings in _instruments(loaded).items():
        typer.echo(paint(f"\n# instruments/{name}.toml", "bold"))
        for key, setting in settings.items():
            line = f"# {key} = {_toml(setting['value'])}"
            typer.echo(f"{line:<36}" + paint(f"# {setting['origin']}", "cyan"))


def _rule(info: FieldInfo) -> str:
    unit = extra_of(info, "unit")
    limit = "; a limit: lower levels may only tighten it" if extra_of(info, "limit") else ""
    return f"({rule_of(info)}{f', in {unit}' if unit else ''}{limit})"


def _settings(loaded: Loaded) -> dict[str, dict[str, object]]:
    return {
        key: {
            "value": _plain(value_of(loaded.config, key)),
            "origin": str(loaded.origin(key)),
            "default": _plain(info.default),
            "unit": extra_of(info, "unit"),
            "rule": rule_of(info),
            "limit": extra_of(info, "limit"),
            "description": info.description,
        }
        for key, info in SETTINGS.items()
    }


def _instruments(loaded: Loaded) -> dict[str, dict[str, dict[str, object]]]:
    """By instrument and dotted key: what its file says, and where."""
    return {
        name: {
            key: {"value": _plain(value), "origin": str(loaded.origin(f"instruments.{name}.{key}"))}
            for section, values in own.model_dump(exclude_none=True).items()
            for key, value in ((f"{section}.{leaf}", value) for leaf, value in values.items())
        }
        for name, own in loaded.config.instruments.items()
    }


def _problems(error: ConfigProblems) -> list[dict[str, object]]:
    return [
        {
            "source": problem.origin.source,
            "line": problem.origin.line,
            "key": problem.key,
            "value": problem.value,
            "rule": problem.rule,
            "hint": problem.hint,
        }
        for problem in error.problems
    ]


def _plain(value: object) -> object:
    return format(value, "f") if isinstance(value, Decimal) else value


def _toml(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    return json.dumps(value)


def _text(path: Path | None) -> str | None:
    return str(path) if path is not None else None
