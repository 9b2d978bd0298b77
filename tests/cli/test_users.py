"""`titan users` as whoever owns the machine meets it, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from titan.api.auth.keys import Keys
from titan.api.auth.passwords import Passwords
from titan.api.auth.users import Users
from titan.runtime.clock import WallClock

WORD = "long enough a word"


def users(state: Path, *arguments: str, given: str = "", **environment: str) -> tuple[int, str, str]:
    base = {k: v for k, v in os.environ.items() if not k.startswith("TITAN_P")}
    done = subprocess.run(
        [sys.executable, "-m", "titan.cli.app", "users", *arguments],
        input=given,
        text=True,
        capture_output=True,
        timeout=300,
        env={**base, "TITAN_STATE": str(state), **environment},
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def test_the_life_of_a_user(tmp_path: Path) -> None:
    state = tmp_path / "state"
    code, out, _ = users(state, "list")
    assert (code, "no users yet" in out) == (0, True)
    assert not state.exists(), "looking makes nothing"
    code, out, err = users(state, "add", "Anna", "--scopes", "trade,admin", given=f"{WORD}\n")
    assert code == 0, err
    assert WORD not in out + err
    code, out, _ = users(state, "list", "--json")
    (row,) = json.loads(out)["users"]
    assert (row["name"], row["scopes"], row["totp"]) == ("anna", ["read", "trade", "admin"], False)
    assert row["last"] == "never"
    (anna,) = Users(state).all()
    assert Passwords().verify(anna.hash, WORD)

    code, _, err = users(state, "passwd", "anna", TITAN_PASSWORD="another long word")
    assert code == 0, err
    (changed,) = Users(state).all()
    assert Passwords().verify(changed.hash, "another long word")
    assert changed.generation > anna.generation
    code, out, err = users(state, "scopes", "anna", "read", "--json")
    assert (code, json.loads(out)["text"]) == (0, "read"), err
    Users(state).set_totp("anna", "SECRET")
    assert users(state, "totp-reset", "anna")[0] == 0
    assert Users(state).all()[0].totp == ""
    before = Keys(state, WallClock().now).signing().kid
    assert users(state, "rotate-key", "--leaked")[0] == 0
    keys = Keys(state, WallClock().now)
    assert keys.signing().kid != before
    assert keys.of(before) is None
    assert users(state, "remove", "anna")[0] == 0
    assert Users(state).all() == ()
    told = [json.loads(line) for line in (state / "audit.jsonl").read_bytes().splitlines()]
    assert [row["text"].split()[0] for row in told] == [
        "added",
        "password",
        "scopes",
        "second",
        "key",
        "removed",
    ]
    assert WORD not in (state / "audit.jsonl").read_text()


def test_what_is_wrong_is_said_and_changes_nothing(tmp_path: Path) -> None:
    code, _, err = users(tmp_path, "add", "anna", given="short\n")
    assert code == 1
    assert "10 characters" in err
    code, _, err = users(tmp_path, "add", "anna")
    assert code == 2
    assert "TITAN_PASSWORD" in err
    code, _, err = users(tmp_path, "add", "anna", "--scopes", "root", given=f"{WORD}\n")
    assert "there is no scope root" in err
    code, _, err = users(tmp_path, "add", "anna", WORD, given=f"{WORD}\n")
    assert code == 2, "a password is no argument"
    for command in (
        ("passwd", "anna"),
        ("scopes", "anna", "read"),
        ("totp-reset", "anna"),
        ("remove", "anna"),
    ):
        code, _, err = users(tmp_path, *command, given=f"{WORD}\n")
        assert code in {1, 2}
        assert "there is no user anna" in err
    (tmp_path / "users.json").write_bytes(b"{")
    (tmp_path / "users.json").chmod(0o600)
    code, _, err = users(tmp_path, "add", "anna", given=f"{WORD}\n")
    assert code == 2
    assert "is damaged" in err
    assert (tmp_path / "users.json").read_bytes() == b"{"
