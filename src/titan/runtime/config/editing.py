"""The files of a configuration, changed: looked at first, then written with their comments and order kept.

A change is judged where it would stand: in a copy of the tree, loaded like any other. A file is replaced
whole or not at all.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

import tomlkit
from tomlkit.exceptions import TOMLKitError

from titan.model.errors import ConfigError
from titan.runtime.config.changing import applies
from titan.runtime.config.fields import rule_of
from titan.runtime.config.load import SETTINGS, Loaded, explain_config, value_of
from titan.runtime.config.problems import ConfigProblems, Origin, Problem, did_you_mean, nearest
from titan.runtime.config.sources import ENVIRONMENT

GENERAL: Final = "titan.toml"


class Difference(NamedTuple):
    """A setting's value before and after, and when it takes effect: hot or restart."""

    key: str
    before: object
    after: object
    applies: str


class Edited(NamedTuple):
    """What a change comes to. `files` are the new contents by their paths; nothing is written yet."""

    loaded: Loaded
    differences: tuple[Difference, ...]
    files: dict[Path, str]


def version_of(place: Path) -> str:
    """Another one when any file of the tree is another."""
    digest = hashlib.sha256()
    for file in _files(place):
        digest.update(f"{file}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def edited(
    place: Path, changes: Mapping[str, object], env: Mapping[str, str], overrides: Mapping[str, object]
) -> Edited:  # fmt: skip
    """What these changes (by dotted key; None: back to the default) come to. Raises ConfigProblems for what
    breaks a rule, ConfigError for files that cannot be read.
    """
    before = explain_config(place, env, overrides)
    problems = [found for key in changes if (found := _unfit(before, key, overrides)) is not None]
    if problems:
        raise ConfigProblems(problems)
    with TemporaryDirectory(prefix="titan-config-") as scratch:
        copy = Path(scratch) / (place.name or "config")
        _copy(place, copy)
        files: dict[Path, str] = {}
        for key, value in changes.items():
            target = _file_of(before, place, key)
            there = copy if place.is_file() else copy / target.relative_to(place)
            text = files.get(target) or (there.read_text(encoding="utf-8") if there.exists() else "")
            files[target] = _changed(text, _path_in(place, target, key), value, key)
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_text(files[target], encoding="utf-8")
        try:
            after = explain_config(copy, env, overrides)
        except ConfigProblems as e:
            raise ConfigProblems([_moved(one, copy, place) for one in e.problems]) from e
    differences = [
        Difference(key, value_of(before.config, key), value_of(after.config, key), applies(key))
        for key in changes
        if value_of(before.config, key) != value_of(after.config, key)
    ]
    return Edited(after, tuple(differences), files)


def write(files: Mapping[Path, str]) -> None:
    """Each replaced at once. Raises ConfigError where that cannot be; what was replaced before it stays."""
    for file, text in files.items():
        partial = file.with_name(f".{file.name}.partial")
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            partial.write_text(text, encoding="utf-8")
            if file.exists():
                shutil.copymode(file, partial)
            partial.replace(file)
        except OSError as e:
            partial.unlink(missing_ok=True)
            raise ConfigError(
                f"{file} cannot be written: {e.strerror}", remedy="nothing of it was changed"
            ) from e


def _unfit(loaded: Loaded, key: str, overrides: Mapping[str, object]) -> Problem | None:
    if key not in SETTINGS:
        hint = did_you_mean(nearest(key, SETTINGS))
        return Problem(Origin("the change"), "there is no such key", key, hint=hint)
    origin = loaded.origin(key)
    if key in overrides or origin.source.startswith(ENVIRONMENT):
        return Problem(origin, "stands above the files: it is changed where it was said", key)
    return None


def _file_of(loaded: Loaded, place: Path, key: str) -> Path:
    """Where it is written, else where it belongs."""
    if place.is_file():
        return place
    written = Path(loaded.origin(key).source)
    if written.suffix == ".toml" and written.is_relative_to(place):
        return written
    own = place / "strategies" / f"{key.partition('.')[0]}.toml"
    return own if own.exists() else place / GENERAL


def _path_in(place: Path, file: Path, key: str) -> list[str]:
    """Within the file: a strategy's own has no table of its name."""
    parts = key.split(".")
    return parts[1:] if not place.is_file() and file.parent.name == "strategies" else parts


def _changed(text: str, path: list[str], value: object, key: str) -> str:
    try:
        document = tomlkit.parse(text)
    except TOMLKitError as e:
        raise ConfigError(f"its file is not valid TOML: {e}", remedy="mend the file by hand first") from e
    table: Any = document
    for part in path[:-1]:
        if part not in table:
            if value is None:
                return text
            table[part] = tomlkit.table()
        table = table[part]
    if value is None:
        table.pop(path[-1], None)
    else:
        table[path[-1]] = _item(value, key)
    return tomlkit.dumps(document)


def _item(value: object, key: str) -> Any:
    """Exact numbers come as text, and are written as the numbers that they are."""
    if isinstance(value, str) and "exact number" in rule_of(SETTINGS[key]):
        try:
            number = Decimal(value)
        except InvalidOperation:
            return value
        if number.is_finite():
            return tomlkit.parse(f"x = {format(number, 'f')}")["x"]
    return value


def _copy(place: Path, copy: Path) -> None:
    for file in _files(place):
        target = copy if place.is_file() else copy / file.relative_to(place)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(file.read_bytes())


def _files(place: Path) -> list[Path]:
    return [place] if place.is_file() else sorted(place.rglob("*.toml"))


def _moved(problem: Problem, copy: Path, place: Path) -> Problem:
    source = problem.origin.source.replace(str(copy), str(place))
    return replace(problem, origin=Origin(source, problem.origin.line))
