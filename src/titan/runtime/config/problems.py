"""What is wrong with a configuration: every problem at once, each with its file, key, value and rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from difflib import get_close_matches

from titan.model.errors import ConfigError

_MISSING = object()


@dataclass(frozen=True)
class Origin:
    """Where a value was written. `source` is a file, an environment variable or the command line."""

    source: str
    line: int | None = None

    def __str__(self) -> str:
        return f"{self.source}:{self.line}" if self.line else self.source


DEFAULT = Origin("default")


@dataclass(frozen=True)
class Problem:
    """A broken rule. `key` is dotted, empty for a whole file; `value` is as shown to the user."""

    origin: Origin
    rule: str
    key: str = ""
    value: str = ""
    hint: str = ""

    def __str__(self) -> str:
        subject = f"{self.key} = {self.value}" if self.key and self.value else self.key
        where = f"{self.origin}: {subject}" if subject else str(self.origin)
        return f"{where}: {self.rule}" + (f" ({self.hint})" if self.hint else "")


class ConfigProblems(ConfigError):
    """All problems of one configuration; `problems` holds them for programs."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        lines = "".join(f"\n  {problem}" for problem in self.problems)
        super().__init__(
            f"{count} in the configuration{lines}",
            remedy="`titan config show` lists every key with its rule, unit and present value.",
        )


def shown(value: object = _MISSING) -> str:
    """A value as a user would write it, shortened."""
    match value:
        case str():
            text = '"' + value + '"'
        case bool():
            text = str(value).lower()
        case Decimal():
            text = format(value, "f") if value.is_finite() and abs(value.adjusted()) < 30 else str(value)
        case dict():
            text = "{...}"
        case _:
            text = "" if value is _MISSING else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def nearest(key: str, known: Iterable[str]) -> str:
    """The known dotted key that `key` most likely meant, "" when none is near.

    A right name in the wrong table is nearer than a misspelt one.
    """
    names = list(known)
    leaf = key.rpartition(".")[2]
    leaves = {name.rpartition(".")[2]: name for name in reversed(names)}
    moved = [name for name in names if name.rpartition(".")[2] == leaf and name != key]
    near = get_close_matches(key, names, n=1, cutoff=0.75)
    by_leaf = [leaves[name] for name in get_close_matches(leaf, leaves, n=1, cutoff=0.75)]
    return next(iter(moved or near or by_leaf), "")


def did_you_mean(meant: str) -> str:
    return f"did you mean {meant}?" if meant else ""
