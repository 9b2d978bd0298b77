"""From what is written to one `Config`: precedence, limits that may only tighten, and every problem at once.

From weak to strong: defaults, `titan.toml`, `strategies/<name>.toml`, the environment, the command line. An
instrument's file then refines its strategy's settings for that instrument alone. A *limit* that a file has
written caps the files below it: a looser one there is an error. Where the environment tightens a limit, the
tightest wins.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Final, TypeVar

from pydantic import Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from titan.model.errors import ConfigError
from titan.runtime.config.fields import Section, extra_of, rule_of, section_of, settings_of
from titan.runtime.config.problems import (
    DEFAULT,
    ConfigProblems,
    Origin,
    Problem,
    did_you_mean,
    nearest,
    shown,
)
from titan.runtime.config.schema import InstrumentConfig, InstrumentRules, Root, SentinelConfig
from titan.runtime.config.sources import (
    ENVIRONMENT,
    Entries,
    Entry,
    Tree,
    environment_name,
    read_environment,
    read_tree,
)

T = TypeVar("T")

STRATEGIES: Final = ("sentinel",)
SETTINGS: Final[dict[str, FieldInfo]] = dict(settings_of(Root))
"""Every key of `titan.toml`, dotted."""
INSTRUMENT_SETTINGS: Final[dict[str, FieldInfo]] = {
    **dict(settings_of(InstrumentRules, "instrument.")),
    **{key: info for key, info in SETTINGS.items() if key.startswith("sentinel.")},
}


class Config(Root):
    """Every setting with its effective value. Frozen; equal configurations have equal `canonical()` forms."""

    instruments: dict[str, InstrumentConfig] = Field(default_factory=dict)

    def sentinel_for(self, *instruments: str) -> SentinelConfig:
        """Sentinel's settings for a pair: its instruments' files applied in turn (spot, then perp).

        Of a limit the tightest wins; of any other setting the last one written.
        """
        values = self.sentinel.model_dump()
        for name in instruments:
            for key, value in self.instruments.get(name, InstrumentConfig()).sentinel.items():
                limit = extra_of(SentinelConfig.model_fields[key], "limit")
                values[key] = _tightest(limit, values[key], value)
        try:
            return SentinelConfig.model_validate(values)
        except ValidationError as error:
            rules = "; ".join(f"{detail['ctx']['key']} {detail['msg']}" for detail in error.errors())
            files = ", ".join(f"instruments/{name}.toml" for name in instruments)
            remedy = "Change one of them so that they also agree together."
            raise ConfigError(f"{files}: sentinel.{rules}", remedy=remedy) from None

    def rules_for(self, instrument: str) -> InstrumentRules:
        """What the configuration says of one instrument; all None where it says nothing."""
        return self.instruments.get(instrument, InstrumentConfig()).instrument

    def canonical(self) -> dict[str, object]:
        """JSON-able and sorted, with amounts as exact text: the form that a run's hash is taken of.

        Without what only says where and with whom a run is live.
        """
        plain = _plain(self.model_dump(exclude={"live", "venues"}))
        assert isinstance(plain, dict)
        return plain


@dataclass(frozen=True)
class Loaded:
    """A configuration and where each of its values was written; keys that no one wrote are defaults."""

    config: Config
    origins: Mapping[str, Origin] = field(default_factory=dict)

    def origin(self, key: str) -> Origin:
        return self.origins.get(key, DEFAULT)


def load_config(
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Config:
    """The configuration at `path` (folder, file, or None for the defaults), changed by `env` and `overrides`.

    `overrides` are dotted keys, from the command line; None values are taken as not given. Raises
    ConfigProblems.
    """
    return explain_config(path, env, overrides).config


def explain_config(
    path: Path | None = None,
    env: Mapping[str, str] | None = None,
    overrides: Mapping[str, object] | None = None,
) -> Loaded:
    """As `load_config`, with the origin of every value."""
    tree = read_tree(path, STRATEGIES) if path is not None else Tree()
    given = {
        key: Entry(value, Origin("command line"))
        for key, value in (overrides or {}).items()
        if value is not None
    }
    problems = [*tree.problems, *_loosened(tree.strategies, tree.general)]
    entries = tree.general | tree.strategies | read_environment(env or {}) | given
    root = validated(entries, problems)
    written = tree.general | tree.strategies
    instruments = {
        name: found
        for name, own in sorted(tree.instruments.items())
        if (found := instrument_of(own, written, root, problems)) is not None
    }
    if problems or root is None:
        raise ConfigProblems(problems)
    origins = {key: entry.origin for key, entry in entries.items()}
    for name, own in tree.instruments.items():
        origins |= {f"instruments.{name}.{key}": entry.origin for key, entry in own.items()}
    sections = {name: getattr(root, name) for name in Root.model_fields}
    return Loaded(Config(**sections, instruments=instruments), origins)


def value_of(config: Config, key: str) -> object:
    """Of a setting by its dotted key."""
    found: object = config
    for part in key.split("."):
        found = getattr(found, part)
    return found


def validated(entries: Entries, problems: list[Problem]) -> Root | None:
    """The tree of these values; None where they break a rule, then `problems` says which."""
    try:
        return Root.model_validate(_nested(entries))
    except ValidationError as error:
        problems += (_problem(detail, entries, SETTINGS, Root) for detail in error.errors())
        return None


def instrument_of(
    own: Entries, written: Entries, root: Root | None, problems: list[Problem]
) -> InstrumentConfig | None:
    """One instrument's file, checked leaf by leaf and against the settings that it refines; `written` are
    those that its limits may only tighten. None where it breaks a rule.
    """
    before = len(problems)
    sentinel = {key: entry for key, entry in own.items() if key == "sentinel" or key.startswith("sentinel.")}
    for key, entry in sentinel.items():
        info = SETTINGS.get(key)
        if info is not None and extra_of(info, "account_wide"):
            rule = "belongs to the whole account: write it in strategies/sentinel.toml"
            problems.append(Problem(entry.origin, rule, key, shown(entry.value)))
    problems += _loosened(sentinel, written)
    rules = {key: entry for key, entry in own.items() if key not in sentinel}
    try:
        checked = InstrumentConfig.model_validate(_nested(rules))
    except ValidationError as error:
        problems += (
            _problem(detail, own, INSTRUMENT_SETTINGS, InstrumentConfig) for detail in error.errors()
        )
        checked = InstrumentConfig()
    base = root.sentinel.model_dump() if root is not None else {}
    refined = {f"sentinel.{key}": Entry(value, DEFAULT) for key, value in base.items()} | sentinel
    settings = validated(refined, problems)
    if len(problems) > before or settings is None:
        return None
    values = {key.removeprefix("sentinel."): None for key in sentinel}
    return InstrumentConfig(
        instrument=checked.instrument, sentinel={key: getattr(settings.sentinel, key) for key in values}
    )


def _nested(entries: Entries) -> dict[str, object]:
    """Dotted keys as tables. Where a key is once a value and once a table, the value stands, to fail."""
    root: dict[str, object] = {}
    for key, entry in sorted(entries.items(), key=lambda item: item[0].count(".")):
        table, parts = root, key.split(".")
        for part in parts[:-1]:
            inner = table.setdefault(part, {})
            if not isinstance(inner, dict):
                break
            table = inner
        else:
            table[parts[-1]] = dict(entry.value) if isinstance(entry.value, dict) else entry.value
    return root


def _problem(
    detail: ErrorDetails, entries: Entries, known: Mapping[str, FieldInfo], section: type[Section]
) -> Problem:
    key = ".".join(part for part in detail["loc"] if isinstance(part, str))  # an item is told by its list
    context = detail.get("ctx", {})
    if detail["type"] == "relation":
        key = f"{key}.{context['key']}".removeprefix(".")
        entry = entries.get(key)
        written = shown(entry.value) if entry else "(the default)"
        return Problem(_origin(key, entries), str(context["rule"]), key, written)
    if detail["type"] == "extra_forbidden":
        deepest = next((name for name in entries if name.startswith(f"{key}.")), key)
        origin = _origin(deepest, entries)
        meant = nearest(deepest, known)
        hint = did_you_mean(
            environment_name(meant) if meant and origin.source.startswith(ENVIRONMENT) else meant
        )
        return Problem(origin, "there is no such key", deepest, shown(entries[deepest].value), hint)
    found = _field(key, section)
    rule = f"must be {rule_of(found)}" if found is not None else detail["msg"]
    value = entries[key].value if key in entries else detail["input"]
    return Problem(_origin(key, entries), rule, key, shown(value))


def _field(key: str, section: type[Section]) -> FieldInfo | None:
    info: FieldInfo | None = None
    current: type[Section] | None = section
    for part in key.split("."):
        info = current.model_fields.get(part) if current is not None else None
        current = section_of(info) if info is not None else None
    return info


def _origin(key: str, entries: Entries) -> Origin:
    """Where the key was written, or the nearest thing above or below it."""
    if key in entries:
        return entries[key].origin
    below = [name for name in entries if name.startswith(f"{key}.")]
    above = [name for name in entries if key.startswith(f"{name}.")]
    beside = [name for name in entries if name.startswith(f"{key.rpartition('.')[0]}.")]
    found = below or above or beside
    return entries[found[0]].origin if found else DEFAULT


def _loosened(lower: Entries, upper: Entries) -> Iterable[Problem]:
    """Limits of a lower level that are looser than what a file above it has written."""
    for key, entry in lower.items():
        limit = extra_of(SETTINGS[key], "limit") if key in SETTINGS else None
        if limit is None or key not in upper:
            continue
        mine, bound = _comparable(entry.value), _comparable(upper[key].value)
        if mine is None or bound is None or _tightest(limit, bound, mine) == mine:
            continue
        word = "at most" if limit == "upper" else "at least"
        rule = f"may only tighten the limit: {word} {shown(upper[key].value)}, set in {upper[key].origin}"
        yield Problem(entry.origin, rule, key, shown(entry.value))


def _comparable(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    exact = Decimal(str(value))
    return None if exact.is_nan() else exact


def _tightest(limit: object, first: T, second: T) -> T:
    if limit is None:
        return second
    a, b = _comparable(first), _comparable(second)
    assert a is not None
    assert b is not None
    tighter = b <= a if limit == "upper" else b >= a
    return second if tighter else first


def _plain(value: object) -> object:
    match value:
        case dict():
            return {str(key): _plain(inner) for key, inner in sorted(value.items())}
        case Decimal():
            text = format(value, "f")
            return text.rstrip("0").rstrip(".") if "." in text else text
        case _:
            return value
