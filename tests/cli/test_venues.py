"""`titan venues` and `titan doctor` as a user meets them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from titan.cli.app import main
from titan.runtime.matrix import matrix
from titan.venues.registry import VENUES


def test_the_matrix_names_every_first_class_venue_and_the_generic_one(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["venues", "--json"]) == 0
    rows = {row["venue"]: row for row in json.loads(capsys.readouterr().out)["venues"]}
    assert list(rows) == [*VENUES, "ccxt:*"]
    assert rows["kraken"]["gateway"]["kinds"] == ["spot"]
    assert rows["kraken"]["channels"]["spot"]["depth"] == "stream"
    assert rows["mexc"]["gateway"]["amends"] == []
    assert rows["binance"]["gateway"]["amends"] == ["perp"]
    assert rows["ccxt:*"]["channels"]["spot"] == {"trades": "poll", "depth": "poll", "bbo": "poll"}
    assert rows["ccxt:*"]["lacks"]


def test_every_capability_says_yes_or_is_said_to_be_lacking() -> None:
    for row in matrix():
        if row.first_class and not row.gateway.amends:
            assert any("amended" in words for words in row.lacks)
        if row.first_class and not row.gateway.switch:
            assert any("dead man's switch" in words for words in row.lacks)


@pytest.mark.parametrize("width", [80, 160])
def test_the_table_fits_its_terminal(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    assert main(["venues"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line.rstrip()) for line in lines) <= width
    (header, *_) = (line.split() for line in lines if "binance" in line)
    assert header == [*VENUES, "ccxt:*"]
    (switch,) = (line for line in lines if line.startswith("dead man's switch"))
    assert len(switch.removeprefix("dead man's switch").split()) == len(VENUES) + 1


def test_one_exchange_of_ccxt(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["venues", "--venue", "ccxt:bitget", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["venues"]
    assert row["first_class"] is False
    assert row["channels"]["spot"]["depth"] == "poll"
    assert main(["venues", "--venue", "ccxt:nosuch", "--json"]) == 2


def test_the_doctor_s_exit_code_is_1_when_a_check_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "addresses"
    file.write_text(json.dumps({"venue": "bybit", "rest": "http://127.0.0.1:9", "ws": "ws://127.0.0.1:9"}))
    assert main(["doctor", "--venue", "bybit", "--url-file", str(file), "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["well"] is False
    assert document["checks"][0]["check"] == "address"
    assert main(["doctor", "--venue", "bybit", "--url-file", str(file)]) == 1
    assert "fail  address" in capsys.readouterr().out


def test_the_doctor_says_what_it_was_not_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "addresses"
    file.write_text(json.dumps({"venue": "bybit", "rest": "http://127.0.0.1:9", "ws": "ws://127.0.0.1:9"}))
    assert main(["doctor", "--venue", "okx", "--url-file", str(file)]) == 2
    assert main(["doctor", "--venue", "bybit", "--url-file", str(file), "--key", "mine"]) == 2
    assert "no key mine" in capsys.readouterr().err
