"""Every setting of Sentinel, from the schema that reads them: prints docs/strategies/sentinel-settings.md."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from pydantic.fields import FieldInfo

from titan.runtime.config import SentinelConfig
from titan.runtime.config.fields import extra_of, rule_of

HEAD: Final = """# Every setting of Sentinel

Made from the schema by `python tools/sentinel_settings.py`; a test holds them equal. They stand under
`[sentinel]` in `titan.toml`, or by themselves in `strategies/sentinel.toml`. `titan config show` prints the
values in force and where each was written. [Sentinel explained](sentinel.md) says what they do together.

A key marked *limit* may only be tightened by a lower level (a strategy's file, an instrument's). One marked
*account* is of the whole account: no instrument's file may set it.
"""

COLUMNS: Final = "| setting | default | unit | allowed | meaning |"
GROUPS: Final = {
    "The basis": (
        "window", "sample_seconds", "min_warmup", "sample_skew_ms", "max_age_s",
    ),
    "Satellites, for the basis": ("entry_z", "exit_z", "min_edge_bps", "hold_hours"),
    "Core, for funding": ("funding_hurdle_apr", "funding_exit_intervals", "forecast_halflife"),
    "Capital": ("deploy_share", "core_share", "satellite_share", "futures_share", "pair_limit_usd"),
    "Execution": (
        "clip_usd", "gap_seconds_min", "gap_seconds_max", "leg_deadline_ms", "slippage_cap_bps",
        "check_seconds",
    ),
    "Margin": (
        "margin_floor", "margin_top_up", "margin_ceiling", "rebalance_venues", "rebalance_share",
        "rebalance_cost_bps",
    ),
    "Vacuums, after forced selling": (
        "vacuum_liquidations_usd", "vacuum_window_s", "vacuum_entry_bps", "vacuum_target_bps",
        "vacuum_hold_hours", "vacuum_loss_bps",
    ),
    "Several venues": (
        "routing", "cross_hurdle_bps", "core_hold_days", "rebalance_days", "withdrawal_cost",
        "withdrawal_costs",
    ),
}  # fmt: skip


def page() -> str:
    """Raises KeyError when a setting is in no group."""
    fields = dict(SentinelConfig.model_fields)
    lines = [HEAD]
    for group, names in GROUPS.items():
        lines += [f"## {group}", "", COLUMNS, "| --- " * 5 + "|"]
        lines += [_row(name, fields.pop(name)) for name in names]
        lines.append("")
    if fields:
        raise KeyError(f"in no group: {', '.join(fields)}")
    return "\n".join(lines)


def _row(name: str, info: FieldInfo) -> str:
    noted = (("limit", "limit"), ("account", "account_wide"))
    rule = rule_of(info) + "".join(f", *{mark}*" for mark, note in noted if extra_of(info, note))
    cells = (f"`{name}`", _shown(info.default), extra_of(info, "unit"), rule, info.description)
    return f"| {' | '.join(map(str, cells))} |"


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | Decimal):
        return f"{value:,f}".rstrip("0").rstrip(".") if "." in f"{value:,f}" else f"{value:,f}"
    return "none" if value == [] else str(value)


if __name__ == "__main__":
    print(page(), end="")
