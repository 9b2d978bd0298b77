"""`titan up` where it cannot begin: it says why and what helps, and has made nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from titan.cli import up as up_command

REPO = Path(__file__).resolve().parents[2]
DEMO = REPO / "config" / "demo"


def up(place: Path, *words: str) -> tuple[int, str]:
    """Exit code, and what it told."""
    if not (place / "config").exists():
        shutil.copytree(DEMO, place / "config")
    done = subprocess.run(
        [sys.executable, "-m", "titan.cli.app", "up", "--config", "config", "--state", "state", *words],
        cwd=place, text=True, capture_output=True, timeout=300, check=False,
        env={k: v for k, v in os.environ.items() if not k.startswith("TITAN_")},
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@pytest.mark.parametrize(
    ("words", "says", "helps"),
    [
        ("--config none", "there is no config at none", "titan.toml"),
        ("--mode sideways", "there is no mode sideways", "paper, observe, live"),
        ("--host 0.0.0.0", "0.0.0.0 is no loopback address", "--tls-cert"),
        ("--tls-cert chain.pem", "TLS needs a certificate and its key", "--tls-key"),
        ("--tls-key key.pem", "TLS needs a certificate and its key", "--tls-cert"),
        ("--port 99999", "65535", "titan up --help"),
        ("--seconds -1", "greater than or equal to 0", "titan up --help"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    tmp_path: Path, words: str, says: str, helps: str
) -> None:
    code, told = up(tmp_path, *words.split())
    assert code == 2
    assert says in told
    assert helps in told
    assert {one.name for one in tmp_path.iterdir()} == {"config"}


def test_real_money_is_traded_by_those_who_say_so(tmp_path: Path) -> None:
    shutil.copytree(DEMO, tmp_path / "config")
    file = tmp_path / "config" / "titan.toml"
    file.write_text("".join(line for line in file.open() if not line.startswith(("double", "speed"))))
    code, told = up(tmp_path, "--mode", "live")
    assert code == 2
    assert "real money at binance" in told
    assert "--real-money" in told
    assert {one.name for one in tmp_path.iterdir()} == {"config"}


def test_a_port_that_another_has_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, told = up(tmp_path, "--port", str(port))
    assert code == 2
    assert f"nothing can listen at 127.0.0.1:{port}" in told
    assert "--port" in told
    assert not (tmp_path / "runs").exists(), "no run was started"


def test_without_a_port_the_next_free_one_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        taken = other.getsockname()[1]
        monkeypatch.setattr(up_command, "PORT", taken)
        assert taken < up_command._free("127.0.0.1") < taken + 20
