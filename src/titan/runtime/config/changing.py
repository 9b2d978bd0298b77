"""Which settings a running run takes over at once, and its configuration after it did.

Hot are thresholds, sizes, shares and limits: what is compared at a decision and remembered nowhere. Whatever
statistics are made of, what is opened or started with it, and what paces a timer waits for the next start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from titan.model.errors import ConfigError
from titan.runtime.config.load import (
    INSTRUMENT_SETTINGS,
    SETTINGS,
    Config,
    instrument_of,
    validated,
    value_of,
)
from titan.runtime.config.problems import (
    DEFAULT,
    ConfigProblems,
    Origin,
    Problem,
    did_you_mean,
    nearest,
    shown,
)
from titan.runtime.config.schema import InstrumentConfig, Root
from titan.runtime.config.sources import Entries, Entry

Applies = Literal["hot", "restart"]
Changes = Mapping[str, object]
ASKED: Final = Origin("what was asked for")

HOT: Final = frozenset(
    f"{section}.{name}"
    for section, names in {
        "sentinel": (
            "entry_z", "exit_z", "min_edge_bps", "hold_hours", "funding_hurdle_apr", "funding_exit_intervals",
            "core_share", "satellite_share", "deploy_share", "pair_limit_usd", "clip_usd", "gap_seconds_min",
            "gap_seconds_max", "leg_deadline_ms", "slippage_cap_bps", "margin_top_up", "margin_ceiling",
            "margin_floor", "vacuum_liquidations_usd", "vacuum_entry_bps", "vacuum_target_bps",
            "vacuum_hold_hours", "vacuum_loss_bps", "routing", "cross_hurdle_bps", "core_hold_days",
            "rebalance_days", "rebalance_share", "rebalance_cost_bps", "withdrawal_cost", "withdrawal_costs",
        ),
        "limits": (
            "max_order_usd", "max_exit_usd", "collar_bps", "max_leverage", "max_open_orders",
            "max_open_orders_here", "orders_per_second", "burst", "self_trade", "blind_exits",
            "max_position_usd", "delta_warn", "delta_hedge", "drawdown_halve", "drawdown_no_entries",
            "drawdown_flatten",
        ),
        "instrument": ("max_order_size",),
    }.items()
    for name in names
)  # fmt: skip
COLD: Final = frozenset(
    {
        "sentinel.window", "sentinel.sample_seconds", "sentinel.min_warmup", "sentinel.sample_skew_ms",
        "sentinel.forecast_halflife", "sentinel.max_age_s", "sentinel.vacuum_window_s",
        "sentinel.futures_share", "sentinel.check_seconds", "sentinel.rebalance_venues",
        "limits.guard_seconds",
        "instrument.maker_bps", "instrument.taker_bps", "instrument.max_leverage",
    }
)  # fmt: skip
COLD_SECTIONS: Final = ("run", "simulation", "report", "live", "venues")
"""Whole tables: what a run begins with, where, with whom and what it is tested on."""
_INSTRUMENTS: Final = "instruments."


def applies(key: str) -> Applies:
    """When a change of this setting takes effect; of an instrument's too (`instruments.ID.KEY`). Raises
    ConfigError for what is no setting.
    """
    name, own = split(key)
    if own not in (INSTRUMENT_SETTINGS if name else SETTINGS):
        meant = did_you_mean(nearest(key, SETTINGS))
        raise ConfigError(f"there is no setting {key}", remedy=meant or "`titan config show` lists them")
    if own in HOT:
        return "hot"
    if own in COLD or own.partition(".")[0] in COLD_SECTIONS:
        return "restart"
    raise ConfigError(f"nobody has said whether {key} is hot", remedy="add it to HOT or COLD, beside this")


def split(key: str) -> tuple[str, str]:
    """The instrument and its own key; the instrument is empty for a setting of all."""
    if not key.startswith(_INSTRUMENTS):
        return "", key
    for section in ("sentinel", "instrument"):
        name, found, leaf = key.removeprefix(_INSTRUMENTS).rpartition(f".{section}.")
        if found:
            return name, f"{section}.{leaf}"
    return "", key


def changed(config: Config, changes: Changes) -> Config:
    """The configuration with these changes, checked like one that is loaded; its limits may be loosened as
    well as tightened. Raises ConfigProblems for what breaks a rule or cannot be changed while a run runs.
    """
    problems = [found for key, value in changes.items() if (found := _unfit(key, value)) is not None]
    given: dict[str, Entries] = {}
    for key, value in changes.items():
        name, own = split(key)
        given.setdefault(name, {})[own] = Entry(value, ASKED)
    if problems:
        raise ConfigProblems(problems)
    root = validated(
        {key: Entry(value_of(config, key), DEFAULT) for key in SETTINGS} | given.pop("", {}), problems
    )
    instruments = {}
    for name in sorted({*config.instruments, *given}):
        own_entries = _entries(config.instruments.get(name, InstrumentConfig())) | given.get(name, {})
        one = instrument_of(own_entries, {}, root, problems)
        if one is not None:
            instruments[name] = one
    if problems or root is None:
        raise ConfigProblems(problems)
    sections = {name: getattr(root, name) for name in Root.model_fields}
    return Config(**sections, instruments=instruments)


def written(config: Config, changes: Changes) -> dict[str, object]:
    """The values that these settings have now, in the canonical form."""
    tree = config.canonical()
    found: dict[str, object] = {}
    for key in changes:
        name, own = split(key)
        part: object = tree["instruments"][name] if name else tree  # type: ignore[index]
        for step in own.split("."):
            part = part[step]  # type: ignore[index]
        found[key] = part
    return found


def _unfit(key: str, value: object) -> Problem | None:
    try:
        if applies(key) == "hot":
            return None
    except ConfigError as e:
        return Problem(ASKED, e.message, key, shown(value), e.remedy)
    return Problem(ASKED, "takes effect with the next start only", key, shown(value))


def _entries(own: InstrumentConfig) -> Entries:
    said = {f"instrument.{name}": value for name, value in own.instrument.model_dump().items()}
    found = said | {f"sentinel.{name}": value for name, value in own.sentinel.items()}
    return {key: Entry(value, DEFAULT) for key, value in found.items() if value is not None}
