"""Configuration: precedence, limits that may only tighten, and errors that name file, key, value and rule."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from pathlib import Path

import pytest

from tests.doubles.tapes import PERP, SPOT
from titan.execution.policy import Foreign, declared
from titan.execution.reconcile import Times
from titan.model.errors import ConfigError
from titan.risk.standing import Limits, SelfTrade
from titan.runtime.assembly import limits
from titan.runtime.config import Config, ConfigProblems, Problem, explain_config, load_config
from titan.runtime.sentinel import sentinel_params
from titan.runtime.trading.recovery import policies_of, times_of
from tools.sentinel_settings import page

REPO = Path(__file__).resolve().parents[2]
Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def tree(files: Mapping[str, str]) -> Path:
        for name, text in files.items():
            file = tmp_path / "config" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path / "config"

    return tree


def problems_of(path: Path | None, env: Mapping[str, str] | None = None, **given: object) -> list[Problem]:
    overrides = {key.replace("__", "."): value for key, value in given.items()}
    with pytest.raises(ConfigProblems) as caught:
        load_config(path, env, overrides)
    assert caught.value.exit_code == 2
    return list(caught.value.problems)


def test_no_file_gives_the_defaults_of_the_requirements() -> None:
    sentinel = load_config().sentinel
    assert (sentinel.entry_z, sentinel.exit_z) == (2.0, 0.0)
    assert (sentinel.core_share, sentinel.satellite_share) == (0.8, 0.2)
    assert (sentinel.clip_usd, sentinel.gap_seconds_min, sentinel.gap_seconds_max) == (
        Decimal(500),
        30.0,
        90.0,
    )
    assert sentinel.funding_exit_intervals == 3


def test_the_tree_in_the_repository_is_valid() -> None:
    config = load_config(REPO / "config")
    assert config.sentinel_for("binance.perp.SOLUSDT").pair_limit_usd < config.sentinel.pair_limit_usd


def test_precedence_is_default_file_strategy_environment_command_line(write: Write) -> None:
    path = write({"titan.toml": "[sentinel]\nentry_z = 2.1\nwindow = 100\n[run]\nseed = 1"})
    assert load_config(path).sentinel.entry_z == 2.1
    write({"strategies/sentinel.toml": "entry_z = 2.2"})
    assert load_config(path).sentinel.entry_z == 2.2
    env = {"TITAN__SENTINEL__ENTRY_Z": "2.3", "HOME": "/nowhere", "TITAN_DATA": "ignored"}
    assert load_config(path, env).sentinel.entry_z == 2.3
    loaded = explain_config(path, env, {"sentinel.entry_z": 2.4, "run.seed": None})
    assert loaded.config.sentinel.entry_z == 2.4
    assert str(loaded.origin("sentinel.entry_z")) == "command line"
    assert str(loaded.origin("sentinel.window")) == f"{path / 'titan.toml'}:3"
    assert str(loaded.origin("run.seed")) == f"{path / 'titan.toml'}:5"
    assert str(loaded.origin("run.quote")) == "default"


@pytest.mark.parametrize("written", ["100000.10", '"100000.10"', "100_000.1"])
def test_money_is_exactly_what_was_written(write: Write, written: str) -> None:
    assert load_config(write({"titan.toml": f"[run]\ncapital = {written}"})).run.capital == Decimal(
        "100000.10"
    )


def test_a_float_from_the_command_line_brings_no_binary_noise() -> None:
    assert load_config(overrides={"run.capital": 0.1}).run.capital == Decimal("0.1")


def test_the_page_of_settings_is_made_from_the_schema() -> None:
    assert (REPO / "docs" / "strategies" / "sentinel-settings.md").read_text() == page()


def test_every_problem_is_told_at_once_with_file_line_key_value_and_rule(write: Write) -> None:
    path = write(
        {
            "titan.toml": '[run]\ncapital = -5\n\n[simulation.latency]\norder_ms = "fast"\n',
            "strategies/sentinel.toml": "entry_y = 2\nwindow = true\n",
        }
    )
    lines = sorted(str(problem) for problem in problems_of(path, {"TITAN__RUN__SED": "1"}))
    general, sentinel = path / "titan.toml", path / "strategies" / "sentinel.toml"
    assert lines == sorted(
        [
            f"{general}:2: run.capital = -5: must be an exact number above 0",
            f'{general}:5: simulation.latency.order_ms = "fast": must be a number of at least 0',
            f"{sentinel}:1: sentinel.entry_y = 2: there is no such key (did you mean sentinel.entry_z?)",
            f"{sentinel}:2: sentinel.window = true: must be a whole number of at least 2 and at most 1000000",
            "environment variable TITAN__RUN__SED: run.sed = 1: there is no such key "
            "(did you mean TITAN__RUN__SEED?)",
        ]
    )


def test_a_key_in_the_wrong_table_is_pointed_to_its_own(write: Write) -> None:
    (problem,) = problems_of(write({"titan.toml": "[run]\nentry_z = 2"}))
    assert problem.hint == "did you mean sentinel.entry_z?"


@pytest.mark.parametrize(
    ("text", "key", "rule"),
    [
        ("exit_z = 2.0", "sentinel.exit_z", "must be below entry_z (2)"),
        ("min_warmup = 800", "sentinel.min_warmup", "must be at most window (720)"),
        ("gap_seconds_min = 91", "sentinel.gap_seconds_min", "must be at most gap_seconds_max (90)"),
        ("core_share = 0.81", "sentinel.core_share", "must be a number of at least 0 and at most 0.8"),
        ("clip_usd = 501", "sentinel.clip_usd", "must be an exact number above 0 and at most 500"),
        ("entry_z = nan", "sentinel.entry_z", "must be a number above 0 and at most 20"),
        ("entry_z = 1e999", "sentinel.entry_z", "must be a number above 0 and at most 20"),
        ("window = 2.0", "sentinel.window", "must be a whole number of at least 2 and at most 1000000"),
        ("entry_z = 2020-01-01", "sentinel.entry_z", "must be a number above 0 and at most 20"),
    ],
)
def test_rules(write: Write, text: str, key: str, rule: str) -> None:
    (problem,) = problems_of(write({"strategies/sentinel.toml": text}))
    assert (problem.key, problem.rule) == (key, rule)
    assert problem.origin.line == 1


@pytest.mark.parametrize(
    "text", ["[run\nseed = 1", "[run]\nseed = 1\nseed = 2", "seed = ", "a = " + "9" * 5000]
)
def test_broken_toml_names_the_file(write: Write, text: str) -> None:
    path = write({"titan.toml": text})
    (problem,) = problems_of(path)
    assert problem.origin.source == str(path / "titan.toml")
    assert problem.rule.startswith("is not valid TOML")


def test_text_that_is_no_utf8_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "titan.toml"
    file.write_bytes(b'[run]\nquote = "\xff"')
    (problem,) = problems_of(file)
    assert problem.rule.startswith("is not valid TOML")


def test_a_folder_without_settings_is_not_taken_for_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("")
    with pytest.raises(ConfigProblems, match="holds no configuration"):
        load_config(tmp_path, {})
    (tmp_path / "titan.toml").write_text("")
    assert load_config(tmp_path, {}) == load_config(None, {})


def test_a_path_that_is_not_there() -> None:
    (problem,) = problems_of(Path("nowhere/config"))
    assert str(problem) == "nowhere/config: there is no such file or folder"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("strategies/sentinal.toml", "did you mean strategies/sentinel.toml?"),
        ("tytan.toml", "did you mean titan.toml?"),
        ("instruments/btc.toml", "named by an instrument's id"),
    ],
)
def test_files_that_the_tree_does_not_know(write: Write, name: str, words: str) -> None:
    (problem,) = problems_of(write({name: ""}))
    assert words in str(problem)


def test_a_strategy_may_tighten_a_general_limit_but_not_loosen_it(write: Write) -> None:
    path = write({"titan.toml": "[sentinel]\npair_limit_usd = 1000\nmin_edge_bps = 2"})
    write({"strategies/sentinel.toml": "pair_limit_usd = 900\nmin_edge_bps = 3"})
    assert load_config(path).sentinel.pair_limit_usd == 900
    write({"strategies/sentinel.toml": "pair_limit_usd = 1001\nmin_edge_bps = 1"})
    assert [problem.rule for problem in problems_of(path)] == [
        f"may only tighten the limit: at most 1000, set in {path / 'titan.toml'}:2",
        f"may only tighten the limit: at least 2, set in {path / 'titan.toml'}:3",
    ]


def test_an_instrument_refines_its_strategy(write: Write) -> None:
    path = write(
        {
            "strategies/sentinel.toml": "pair_limit_usd = 1000\nentry_z = 2.5",
            "instruments/binance.perp.BTCUSDT.toml": "[sentinel]\npair_limit_usd = 800\nentry_z = 1.5",
            "instruments/binance.spot.BTCUSDT.toml": "[instrument]\ntaker_bps = 7.5\n[sentinel]\n"
            "pair_limit_usd = 700",
        }
    )
    config = load_config(path)
    pair = config.sentinel_for("binance.spot.BTCUSDT", "binance.perp.BTCUSDT")
    assert (pair.pair_limit_usd, pair.entry_z) == (Decimal(700), 1.5)
    assert config.sentinel_for("binance.perp.ETHUSDT") == config.sentinel
    assert config.rules_for("binance.spot.BTCUSDT").taker_bps == 7.5
    assert config.rules_for("binance.spot.BTCUSDT").maker_bps is None
    tightened = load_config(path, {"TITAN__SENTINEL__PAIR_LIMIT_USD": "100"})
    assert tightened.sentinel_for("binance.perp.BTCUSDT").pair_limit_usd == 100


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[sentinel]\npair_limit_usd = 1001", "may only tighten the limit: at most 1000"),
        ("[sentinel]\ncore_share = 0.5", "belongs to the whole account"),
        ("[sentinel]\nclip_us = 5", "did you mean sentinel.clip_usd?"),
        ("[sentinel]\nexit_z = 3", "must be below entry_z"),
        ("[instrument]\ntaker_bp = 5", "did you mean instrument.taker_bps?"),
        ("[run]\nseed = 5", "there is no such key"),
        ("sentinel = 5", "must be"),
    ],
)
def test_what_an_instrument_may_not_say(write: Write, text: str, words: str) -> None:
    files = {"titan.toml": "[sentinel]\npair_limit_usd = 1000", "instruments/binance.perp.BTCUSDT.toml": text}
    path = write(files)
    found = [problem for problem in problems_of(path) if words in str(problem)]
    assert found
    assert "binance.perp.BTCUSDT.toml" in found[0].origin.source


def test_two_instruments_that_only_disagree_together(write: Write) -> None:
    config = load_config(
        write(
            {
                "instruments/binance.spot.BTCUSDT.toml": "[sentinel]\nexit_z = 1.5",
                "instruments/binance.perp.BTCUSDT.toml": "[sentinel]\nentry_z = 1.0",
            }
        )
    )
    with pytest.raises(ConfigError, match=r"exit_z must be below entry_z \(1\)"):
        config.sentinel_for("binance.spot.BTCUSDT", "binance.perp.BTCUSDT")


def test_a_table_from_the_environment_wins_over_a_file(write: Write) -> None:
    path = write({"titan.toml": "[simulation.latency]\norder_ms = 1\nfeed_ms = 2"})
    latency = load_config(path, {"TITAN__SIMULATION__LATENCY": "{order_ms = 9}"}).simulation.latency
    assert (latency.order_ms, latency.feed_ms) == (9.0, 2.0)


def test_canonical_is_the_same_for_equal_configurations(write: Write) -> None:
    one = load_config(write({"titan.toml": "[run]\ncapital = 5000\nseed = 3"}))
    two = load_config(None, {"TITAN__RUN__SEED": "3"}, {"run.capital": Decimal("5000.00")})
    text = json.dumps(one.canonical())
    assert text == json.dumps(two.canonical()) == json.dumps(one.canonical(), sort_keys=True)
    assert json.dumps(load_config(overrides={"run.seed": 4}).canonical()) != text


def test_canonical_can_be_read_back() -> None:
    config = load_config(REPO / "config")
    assert Config.model_validate(json.loads(json.dumps(config.canonical()))) == config


def test_a_config_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        load_config().run.seed = 8


def test_limits_left_out_follow_the_strategy() -> None:
    config = load_config()
    params = next(iter(sentinel_params(config, (SPOT, PERP), 1.0).values()))
    assert limits(params, config) == Limits(
        max_order_notional=Decimal(1000), collar_bps=Decimal("100.0"), max_leverage=Decimal("3.0"),
        capital=limits(params, config).capital,
    )  # fmt: skip


def test_every_limit_of_the_gates_can_be_written(write: Write) -> None:
    path = write(
        {
            "titan.toml": "[limits]\nmax_order_usd = 750\nmax_exit_usd = 5000\ncollar_bps = 25.5\n"
            "max_leverage = 1.5\nmax_open_orders = 9\nmax_open_orders_here = 4\norders_per_second = 3\n"
            'burst = 6\nself_trade = "cancel"\nblind_exits = true\nmax_position_usd = 20000\n',
            f"instruments/{PERP.id}.toml": "[instrument]\nmax_order_size = 0.25\n",
        }
    )
    config = load_config(path)
    params = next(iter(sentinel_params(config, (SPOT, PERP), 1.0).values()))
    found = limits(params, config)
    assert found == Limits(
        Decimal(750), Decimal(5000), Decimal("25.5"), Decimal("1.5"), {PERP.id: Decimal("0.25")}, 9, 4, 3, 6,
        SelfTrade.CANCEL_RESTING, blind_exits=True, capital=found.capital,
        max_position=Decimal(20_000),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "key", "rule"),
    [
        ("[limits]\nmax_order_usd = 499", "limits.max_order_usd", "at least sentinel.clip_usd (500)"),
        ("[limits]\nmax_open_orders = 5", "limits.max_open_orders_here", "at most max_open_orders (5)"),
        ("[limits]\nmax_leverage = 5", "limits.max_leverage", "at most 3"),
        ("[limits]\ndelta_warn = 0.06", "limits.delta_warn", "at most delta_hedge (0.05)"),
        ("[limits]\ndrawdown_halve = 0.05", "limits.drawdown_halve", "at most drawdown_no_entries (0.04)"),
        ("[sentinel]\nmargin_floor = 0.4", "sentinel.margin_floor", "at most margin_top_up (0.3)"),
        ("[limits]\nburst = 1", "limits.burst", "at least 2"),
        ("[limits]\nself_trade = 'allow'", "limits.self_trade", "one of refuse, cancel"),
        ("[live]\nbalance_tolerances = ['USDT']", "live.balance_tolerances", "no asset and amount"),
        ("[live]\nbalance_tolerances = ['USDT -1']", "live.balance_tolerances", '"USDT -1"'),
        ("[live]\nreconcile_seconds = 0", "live.reconcile_seconds", "at least 5"),
        ("[venues.okx]\nforeign_balances = 'close'", "venues.okx.foreign_balances", "adopt, ignore, hold"),
    ],
)
def test_a_limit_that_cannot_be_is_named(write: Write, text: str, key: str, rule: str) -> None:
    (problem,) = problems_of(write({"titan.toml": text}))
    assert problem.key == key
    assert rule in problem.rule


def test_reconciliation_is_as_declared_for_all_and_for_a_venue(write: Write) -> None:
    path = write(
        {
            "titan.toml": "[live]\nforeign_orders = 'adopt'\nbalance_tolerances = ['USDT 0.01', 'BNB 0.5']\n"
            "reconcile_seconds = 30\ngrace_seconds = 5\npage_after = 2\n"
            "[venues.okx]\ninstruments = ['spot.BTCUSDT']\nforeign_orders = 'close'\n"
        }
    )
    config = load_config(path)
    found = policies_of(config)
    assert declared(found.orders, "okx", "okx.spot.BTCUSDT") is Foreign.CLOSE
    assert declared(found.orders, "kraken", "kraken.spot.BTCUSDT") is Foreign.ADOPT
    assert declared(found.balances, "okx", "BTC") is Foreign.HOLD
    assert [found.tolerance(asset) for asset in ("USDT", "BNB", "BTC")] == [
        Decimal("0.01"), Decimal("0.5"), Decimal(0),
    ]  # fmt: skip
    times = times_of(config.live)
    assert (times.period_ns, times.grace_ns, times.page_after) == (30 * 10**9, 5 * 10**9, 2)
    assert times_of(load_config().live) == Times()
