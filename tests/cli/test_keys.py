"""`titan keys` as a user meets it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path


def keys(tmp_path: Path, *arguments: str, given: str = "", **environment: str) -> tuple[int, str, str]:
    base = {k: v for k, v in os.environ.items() if not k.startswith("TITAN_P")}
    done = subprocess.run(
        [sys.executable, "-m", "titan.cli.app", "keys", *arguments],
        input=given,
        text=True,
        capture_output=True,
        timeout=120,
        env={**base, "TITAN_VAULT": str(tmp_path / "v"), **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_life_of_a_key(tmp_path: Path) -> None:
    secret = {"TITAN_PASSWORD": "long enough"}
    code, out, err = keys(tmp_path, "add", "okx", given="THE-KEY-IDENTITY\nTHE-SECRET\nTHE-PASS\n", **secret)
    assert code == 0, err
    assert "THE-SECRET" not in out
    code, out, _ = keys(tmp_path, "list", "--json", **secret)
    (row,) = json.loads(out)["keys"]
    assert (row["name"], row["venue"], row["key"], row["passphrase"]) == ("okx", "okx", "THE-…TITY", True)
    code, _, err = keys(tmp_path, "rotate", "okx", given="NEW\nNEWER\nNEWEST\n", **secret)
    assert code == 0, err
    code, _, err = keys(tmp_path, "remove", "okx", **secret)
    assert code == 0, err
    code, out, _ = keys(tmp_path, "list", "--json", **secret)
    assert json.loads(out)["keys"] == []


def test_what_is_wrong_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    code, _, err = keys(tmp_path, "add", "binance", given="K\nS\n")
    assert code == 2
    assert "TITAN_PASSWORD" in err
    code, _, err = keys(tmp_path, "add", "binance", given="K\n", TITAN_PASSWORD="long enough")
    assert code == 2
    assert "secret" in err
    code, _, err = keys(tmp_path, "add", "binnance", given="K\nS\n", TITAN_PASSWORD="long enough")
    assert code == 2
    assert "binance" in err
    code, _, err = keys(tmp_path, "add", "binance", given="K\nS\n", TITAN_PASSWORD="short")
    assert code == 2
    assert not (tmp_path / "v").exists()
