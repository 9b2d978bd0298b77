"""Where settings are written: the files of the tree with the line of every key, and the environment."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path

from titan.runtime.config.problems import Origin, Problem, did_you_mean

ENV_PREFIX = "TITAN__"
ENVIRONMENT = "environment variable"
INSTRUMENT_ID = re.compile(r"[a-z0-9_]+\.(spot|perp)\.[A-Za-z0-9_:-]+")

_HEADER = re.compile(r"^\s*\[\[?\s*([^\[\]#]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)


@dataclass(frozen=True)
class Entry:
    """One written value."""

    value: object
    origin: Origin


Entries = dict[str, Entry]
"""Written values by dotted key."""


@dataclass
class Tree:
    """A configuration as written, before any rule is applied."""

    general: Entries = field(default_factory=dict)
    """`titan.toml`"""
    strategies: Entries = field(default_factory=dict)
    """`strategies/*.toml`, each under its strategy's name"""
    instruments: dict[str, Entries] = field(default_factory=dict)
    """`instruments/*.toml`, by instrument id"""
    problems: list[Problem] = field(default_factory=list)


def default_path() -> Path | None:
    """`./config` where it holds a `titan.toml`: what commands use when no path is named."""
    path = Path("config")
    return path if (path / "titan.toml").is_file() else None


def read_tree(path: Path, strategies: Iterable[str]) -> Tree:
    """Read a folder (`titan.toml`, `strategies/`, `instruments/`) or one file of the form of `titan.toml`."""
    tree = Tree()
    if path.is_file():
        tree.general = _read_file(path, "", tree.problems)
        return tree
    if not path.is_dir():
        tree.problems.append(Problem(Origin(str(path)), "there is no such file or folder"))
        return tree
    names = list(strategies)
    known = ["titan.toml", *(f"strategies/{name}.toml" for name in names)]
    trees = {file.parent for file in path.glob("*/**/titan.toml")}  # each a configuration of its own
    for file in sorted(path.rglob("*.toml")):
        if not trees.isdisjoint(file.parents):
            continue
        place = file.relative_to(path).as_posix()
        if place == "titan.toml":
            tree.general = _read_file(file, "", tree.problems)
        elif place in known:
            tree.strategies |= _read_file(file, f"{file.stem}.", tree.problems)
        elif file.parent == path / "instruments":
            _read_instrument(file, tree)
        else:
            rule = "is no file of the tree: titan.toml, strategies/<name>.toml, instruments/<id>.toml"
            hint = did_you_mean("".join(get_close_matches(place, known, n=1)))
            tree.problems.append(Problem(Origin(str(file)), rule, hint=hint))
    if not (tree.general or tree.strategies or tree.instruments or tree.problems or any(path.glob("*.toml"))):
        tree.problems.append(Problem(Origin(str(path)), "holds no configuration: there is no titan.toml"))
    return tree


def _read_instrument(file: Path, tree: Tree) -> None:
    entries = _read_file(file, "", tree.problems)
    if INSTRUMENT_ID.fullmatch(file.stem):
        tree.instruments[file.stem] = entries
    else:
        rule = "the file must be named by an instrument's id, as binance.perp.BTCUSDT.toml"
        tree.problems.append(Problem(Origin(str(file)), rule))


def _read_file(file: Path, prefix: str, problems: list[Problem]) -> Entries:
    try:
        text = file.read_text(encoding="utf-8")
        table = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        problems.append(Problem(Origin(str(file)), f"cannot be read: {error.strerror or error}"))
        return {}
    except (ValueError, RecursionError) as error:
        found = re.search(r"\(at line (\d+), column \d+\)", str(error))
        line = int(found[1]) if found else None
        problems.append(Problem(Origin(str(file), line), f"is not valid TOML: {error}"))
        return {}
    lines = _lines(text)
    return {prefix + key: Entry(value, Origin(str(file), _line(lines, key))) for key, value in _leaves(table)}


def _leaves(table: Mapping[str, object], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Dotted leaves; an empty table stands for itself, so that an unknown one is noticed."""
    for name, value in table.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def _lines(text: str) -> dict[str, int]:
    """The line of every key and table header. A reader for people's eyes: it need not know all of TOML."""
    found: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _plain(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault(f"{table}.{_plain(key[1])}" if table else _plain(key[1]), number)
    return found


def _plain(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))


def _line(lines: Mapping[str, int], key: str) -> int | None:
    """The line of the key, or of the table (an inline one, for example) that holds it."""
    while key:
        if key in lines:
            return lines[key]
        key = key.rpartition(".")[0]
    return None


def read_environment(env: Mapping[str, str]) -> Entries:
    """`TITAN__SENTINEL__ENTRY_Z=2.5` sets `sentinel.entry_z`: a TOML value where it is one, else a text."""
    entries: Entries = {}
    for name in sorted(env):
        if name.startswith(ENV_PREFIX):
            key = name.removeprefix(ENV_PREFIX).lower().replace("__", ".")
            for leaf, value in _leaves({key: _value(env[name])}):
                entries[leaf] = Entry(value, Origin(f"{ENVIRONMENT} {name}"))
    return entries


def _value(text: str) -> object:
    try:
        return tomllib.loads(f"value = {text}", parse_float=Decimal)["value"] if "\n" not in text else text
    except (ValueError, RecursionError):
        return text


def environment_name(key: str) -> str:
    """The environment variable that sets a dotted key."""
    return ENV_PREFIX + key.upper().replace(".", "__")
