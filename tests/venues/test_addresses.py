"""Files of addresses, as `titan sim --json` writes them, and what a person gets wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from titan.model.errors import ConfigError
from titan.venues.addresses import REAL, addresses_of

ONE = '{"venue":"binance","rest":"http://127.0.0.1:1","ws":"ws://127.0.0.1:1","keys":[]}'
OTHER = ONE.replace("binance", "kraken").replace(":1", ":2")


@pytest.mark.parametrize("text", [f"{ONE}\n{OTHER}\n", f"[{ONE},{OTHER}]"])
def test_a_file_may_name_several_venues(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert addresses_of("binance", tmp_path / "a.json").rest == "http://127.0.0.1:1"
    assert addresses_of("kraken", tmp_path / "a.json").rest == "http://127.0.0.1:2"


def test_without_a_file_a_venue_is_the_real_one() -> None:
    assert addresses_of("okx", None) == REAL["okx"]
    with pytest.raises(ConfigError, match="there is no venue oxk"):
        addresses_of("oxk", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "is empty"), ("\n", "is empty"), ("{", "holds no addresses"), (OTHER, "no addresses of binance")],
)
def test_a_file_that_says_nothing_of_the_venue(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ConfigError, match=said):
        addresses_of("binance", tmp_path / "a.json")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        addresses_of("binance", tmp_path / "a.json")
