"""A config folder becomes a plan, or says what is wrong with it, with the line and the nearest right name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from titan.doubles.rails import address_of
from titan.model.errors import ConfigError
from titan.runtime.config import ConfigProblems
from titan.runtime.trading.plan import Plan, credentials_of, payer_of, read_plan
from titan.venues.addresses import Addresses, Key

REPO = Path(__file__).resolve().parents[3]
PAIR = 'instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]\n'


@pytest.mark.parametrize("name", ["demo", "doubles", "doubles2"])
def test_what_stands_in_the_repository_can_be_run(name: str) -> None:
    plan = read_plan(REPO / "config" / name, "paper", {}, {})
    assert plan.venues
    assert plan.real == ()


def test_a_venue_without_double_or_file_is_real(tmp_path: Path) -> None:
    plan = read_plan_of(tmp_path, f"[venues.kraken]\n{PAIR}")
    assert plan.real == ("kraken",)
    assert plan.folder == Path("runs") / tmp_path.name
    assert plan.store == f"sqlite:///runs/{tmp_path.name}/titan.db"


def read_plan_of(folder: Path, text: str) -> Plan:
    (folder / "titan.toml").write_text(text)
    return read_plan(folder, "live", {}, {})


def test_a_double_by_a_file_of_addresses_beside_the_config(tmp_path: Path) -> None:
    keys = [{"name": n, "key": f"{n}-key", "secret": "s"} for n in ("owner", "trader")]
    document = {"venue": "okx", "rest": "http://127.0.0.1:1", "ws": "ws://127.0.0.1:1", "keys": keys}
    (tmp_path / "at.json").write_text(json.dumps(document))
    plan = read_plan_of(tmp_path, f'[venues.okx]\n{PAIR}url_file = "at.json"\n')
    (venue,) = plan.venues
    assert plan.real == ()
    assert venue.addresses.rest == "http://127.0.0.1:1"
    assert credentials_of(venue, venue.addresses, {}).key == "trader-key"


def test_typos_are_named_with_their_line_and_the_nearest_name(tmp_path: Path) -> None:
    text = f"[venues.binanse]\n{PAIR}[venues.okx]\nurl_fil = 'x'\n[live]\nstop_second = 1\n"
    with pytest.raises(ConfigProblems) as found:
        read_plan_of(tmp_path, text)
    said = str(found.value)
    assert f"{tmp_path}/titan.toml:2: venues.binanse.instruments" in said
    assert "did you mean venues.binance.instruments?" in said
    assert "titan.toml:4: venues.okx.url_fil" in said
    assert "did you mean venues.okx.url_file?" in said
    assert "did you mean live.stop_seconds?" in said


def test_nothing_to_run_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="names no venue"):
        read_plan_of(tmp_path, "[run]\nseed = 1\n")
    with pytest.raises(ConfigError, match="there is no config"):
        read_plan(tmp_path / "none", "paper", {}, {})
    with pytest.raises(ConfigError, match="both a double and a url_file"):
        read_plan_of(tmp_path, f'[venues.okx]\n{PAIR}url_file = "a"\ndouble = "waves"\n')


def addresses(venue: str) -> Addresses:
    keys = tuple(Key(n, f"{n}-key", "s") for n in ("owner", "trader"))
    return Addresses(venue, "http://127.0.0.1:1", "ws://127.0.0.1:1", keys=keys)


def test_the_key_that_withdraws_is_another_one_and_there_is_none_by_default(tmp_path: Path) -> None:
    for named, key in (("", None), ('withdraw.key = "owner"', "owner-key")):
        (venue,) = read_plan_of(tmp_path, f'[venues.okx]\n{PAIR}double = "waves"\n{named}\n').venues
        payer = payer_of(venue, addresses("okx"), {})
        assert (payer.key if payer is not None else None) == key
        assert credentials_of(venue, addresses("okx"), {}).key == "trader-key"
    (venue,) = read_plan_of(tmp_path, f'[venues.okx]\n{PAIR}double = "waves"\nwithdraw.key = "x"\n').venues
    with pytest.raises(ConfigError, match="the double has no key x"):
        payer_of(venue, addresses("okx"), {})


def test_ways_of_money_are_read_whole_or_not_at_all(tmp_path: Path) -> None:
    plan = read_plan(REPO / "config" / "doubles2", "live", {}, {})
    for name, other in (("binance", "bybit"), ("bybit", "binance")):
        (way,) = plan.config.venues.used()[name].withdraw.ways()
        assert (way.venue, way.asset, way.network, way.memo) == (other, "USDT", "TRC20", "")
        assert way.address == address_of(other, "USDT", "TRX")
    with pytest.raises(ConfigProblems, match="ADDRESS MEMO"):
        read_plan_of(tmp_path, f'[venues.okx]\n{PAIR}withdraw.to = ["bybit USDT TRC20"]\n')
