"""`titan config check|show` and `titan version`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from titan.cli.app import main
from titan.runtime.config import SETTINGS, load_config

REPO = Path(__file__).resolve().parents[2]
CONFIG = str(REPO / "config")


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def out(capsys: pytest.CaptureFixture[str]) -> str:
    return capsys.readouterr().out


def test_check_of_a_good_tree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check", CONFIG]) == 0
    assert "no problems" in out(capsys)
    assert main(["config", "check", CONFIG, "--json"]) == 0
    assert json.loads(out(capsys)) == {"ok": True, "path": CONFIG, "problems": []}


def test_check_tells_every_problem_and_exits_with_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "titan.toml"
    file.write_text("[run]\nseed = -1\n[sentinel]\nentry_zz = 2\n")
    assert main(["config", "check", str(file)]) == 2
    err = capsys.readouterr().err
    assert f"{file}:2: run.seed = -1: must be a whole number of at least 0" in err
    assert f"{file}:4: sentinel.entry_zz = 2: there is no such key (did you mean sentinel.entry_z?)" in err
    assert main(["config", "check", str(file), "--json"]) == 2
    found = json.loads(out(capsys))
    assert found["ok"] is False
    assert [(problem["line"], problem["key"]) for problem in found["problems"]] == [
        (2, "run.seed"),
        (4, "sentinel.entry_zz"),
    ]


def test_check_finds_the_folder_beside_us_or_says_that_there_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["config", "check"]) == 0
    assert "the defaults are in force" in out(capsys)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "titan.toml").write_text("[run]\nseed = -1\n")
    assert main(["config", "check"]) == 2


def test_what_show_prints_is_itself_a_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TITAN__SENTINEL__ENTRY_Z", "2.75")
    assert main(["config", "show", CONFIG]) == 0
    text = out(capsys)
    assert "# environment variable TITAN__SENTINEL__ENTRY_Z" in text
    words = " ".join(text.replace("\n# ", " ").split())
    assert all(info.description and info.description in words for info in SETTINGS.values())
    file = tmp_path / "again.toml"
    file.write_text(text)
    monkeypatch.delenv("TITAN__SENTINEL__ENTRY_Z")
    again, before = load_config(file), load_config(Path(CONFIG), overrides={"sentinel.entry_z": 2.75})
    assert (again.run, again.simulation, again.sentinel) == (before.run, before.simulation, before.sentinel)
    assert set(tomllib.loads(text)) == {"run", "simulation", "sentinel", "limits", "report", "live", "venues"}


def test_show_as_json_teaches_every_key(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "show", CONFIG, "--json"]) == 0
    found = json.loads(out(capsys))
    assert list(found["settings"]) == list(SETTINGS)
    capital = found["settings"]["run.capital"]
    assert (capital["value"], capital["unit"], capital["rule"]) == (
        "100000",
        "quote",
        "an exact number above 0",
    )
    assert capital["origin"].startswith(f"{CONFIG}/titan.toml:")
    sol = found["instruments"]["binance.perp.SOLUSDT"]["sentinel.pair_limit_usd"]
    assert sol["value"] == "20000"
    assert sol["origin"].endswith("binance.perp.SOLUSDT.toml:4")


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["version", "--json"]) == 0
    found = json.loads(out(capsys))
    assert list(found) == ["titan", "python", "numba", "llvmlite", "numpy", "pyarrow", "platform"]
    assert main(["--version"]) == 0
    assert out(capsys).strip() == found["titan"]
    assert main(["version"]) == 0
    assert f"numba     {found['numba']}" in out(capsys)
