"""Settings that a running run takes over: which they are, and what configuration they make."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.model.errors import ConfigError
from titan.runtime.config import SETTINGS, Config, ConfigProblems, load_config
from titan.runtime.config.changing import COLD, COLD_SECTIONS, HOT, applies, changed, split, written
from titan.runtime.config.load import INSTRUMENT_SETTINGS

PERP = "binance.perp.SOL:USDT"


def test_of_every_setting_is_said_when_it_takes_effect() -> None:
    assert {applies(key) for key in SETTINGS} == {"hot", "restart"}
    for key in INSTRUMENT_SETTINGS:
        own = applies(f"instruments.{PERP}.{key}")
        assert key not in SETTINGS or own == applies(key)
    assert frozenset() == HOT & COLD
    assert {*SETTINGS, *INSTRUMENT_SETTINGS} >= HOT | COLD, "a setting that is none any more"
    assert not {key for key in HOT | COLD if key.partition(".")[0] in COLD_SECTIONS}


@pytest.mark.parametrize("key", ["sentinel.entri_z", "entry_z", "instruments.x.limits.burst", "", "sentinel"])
def test_of_what_is_no_setting_nothing_is_said(key: str) -> None:
    with pytest.raises(ConfigError, match="there is no setting"):
        applies(key)


def test_what_paces_what_is_sampled_and_what_is_begun_with_waits_for_the_next_start() -> None:
    waits = ("run.seed", "sentinel.window", "sentinel.sample_seconds", "live.record", "simulation.leverage",
             "venues.binance.instruments", "sentinel.min_warmup", "limits.guard_seconds")  # fmt: skip
    assert [applies(key) for key in waits] == ["restart"] * len(waits)
    hot = ("sentinel.entry_z", "sentinel.clip_usd", "sentinel.core_share", "limits.max_order_usd",
           "limits.drawdown_flatten")  # fmt: skip
    assert [applies(key) for key in hot] == ["hot"] * len(hot)


def test_an_instruments_own_key_is_told_apart() -> None:
    assert split(f"instruments.{PERP}.sentinel.entry_z") == (PERP, "sentinel.entry_z")
    assert split("sentinel.entry_z") == ("", "sentinel.entry_z")


def test_what_is_not_named_stays_as_it_was() -> None:
    config = load_config(None, {}, {"live.frame_seconds": 0.5, "sentinel.window": 99})
    after = changed(config, {"sentinel.entry_z": 3, "limits.max_order_usd": "750.00"})
    assert (after.sentinel.entry_z, after.limits.max_order_usd) == (3.0, Decimal("750.00"))
    assert (after.live, after.venues, after.run) == (config.live, config.venues, config.run)
    assert after.sentinel.model_copy(update={"entry_z": 2.0}) == config.sentinel
    assert changed(after, {"sentinel.entry_z": 2.0, "limits.max_order_usd": None}) == config


def test_a_limit_may_be_loosened_and_an_instruments_own_setting_is_kept() -> None:
    config = changed(load_config(), {f"instruments.{PERP}.sentinel.clip_usd": 100})
    loose = changed(config, {"limits.collar_bps": 400.0, "sentinel.slippage_cap_bps": 50.0})
    assert (loose.limits.collar_bps, loose.sentinel.slippage_cap_bps) == (400.0, 50.0)
    assert loose.sentinel_for(PERP).clip_usd == 100
    own = changed(loose, {f"instruments.{PERP}.instrument.max_order_size": "2.5"})
    assert own.rules_for(PERP).max_order_size == Decimal("2.5")
    assert own.sentinel_for(PERP).clip_usd == 100


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"sentinel.entry_z": -1}, "must be a number above 0"),
        ({"sentinel.exit_z": 2.5}, "must be below entry_z"),
        ({"sentinel.window": 30}, "with the next start only"),
        ({"sentinel.entri_z": 2}, "there is no setting"),
        ({"limits.max_order_usd": 100}, "must be at least sentinel.clip_usd"),
        ({f"instruments.{PERP}.sentinel.entry_z": 99}, "must be a number above 0 and at most 20"),
        ({f"instruments.{PERP}.sentinel.core_share": 0.1}, "belongs to the whole account"),
        ({"sentinel.entry_z": None}, "must be a number"),
        ({"limits.self_trade": "maybe"}, "one of refuse, cancel"),
    ],
)
def test_what_breaks_a_rule_is_refused_with_it(changes: dict[str, object], told: str) -> None:
    with pytest.raises(ConfigProblems, match=told):
        changed(load_config(), changes)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(ConfigProblems) as refused:
        changed(load_config(), {"run.seed": 8, "live.record": False})
    assert [p.key for p in refused.value.problems] == ["run.seed", "live.record"]


NUMBERS = {
    "sentinel.entry_z": st.floats(0.5, 20), "sentinel.min_edge_bps": st.floats(0, 10_000),
    "sentinel.pair_limit_usd": st.decimals("0.01", "1e9", places=4).map(str),
    "sentinel.clip_usd": st.decimals("0.01", 500, places=8).map(str),
    "limits.max_open_orders": st.integers(20, 10_000), "limits.blind_exits": st.booleans(),
    "sentinel.withdrawal_costs": st.lists(st.just("okx USDC 0.80"), max_size=2),
    f"instruments.{PERP}.sentinel.hold_hours": st.integers(0, 720),
    f"instruments.{PERP}.instrument.max_order_size": st.decimals("0.1", 10, places=3).map(str),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=NUMBERS))
def test_what_is_written_down_makes_the_same_settings_again(changes: dict[str, object]) -> None:
    """Through the journal's JSON, and from the canonical form that a replay begins with."""
    config = load_config()
    said = written(changed(config, changes), changes)
    again = msgspec.json.decode(msgspec.json.encode(said))
    assert again == said
    replayed = changed(Config.model_validate(config.canonical()), again)
    assert replayed.canonical() == changed(config, changes).canonical() == changed(config, said).canonical()
    assert written(replayed, again) == said
