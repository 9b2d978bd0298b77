"""The vault keeps keys, loses none, shows none."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from titan.model.credentials import Credentials, mask
from titan.model.errors import ConfigError, StorageError
from titan.runtime.secrets import Vault, scrub
from titan.runtime.secrets.redact import remember
from titan.runtime.secrets.seal import Cost, seal, unseal

CHEAP = Cost(memory_kib=64, passes=1, lanes=1)
KEY = Credentials("binance", "main", "AKID-0123456789-WXYZ", "s3cr3t/with+signs=and", "")


def vault(path: Path, password: str = "correct horse") -> Vault:
    return Vault(path, password, cost=CHEAP)


def test_a_key_comes_back_in_another_process(tmp_path: Path) -> None:
    path = tmp_path / "keys.vault"
    vault(path).put(KEY, 7)
    again = vault(path)
    assert again.credentials("binance") == KEY
    assert again.entries["main"].added_ns == 7
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_file_shows_neither_names_nor_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys.vault"
    vault(path).put(KEY, 7)
    content = path.read_bytes()
    for hidden in (b"binance", b"main", b"AKID", b"s3cr3t"):
        assert hidden not in content


def test_a_wrong_password_opens_nothing_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys.vault"
    vault(path).put(KEY, 7)
    before = path.read_bytes()
    with pytest.raises(ConfigError, match="password does not open"):
        vault(path, "correct horsf")
    assert path.read_bytes() == before


@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_changed_file_is_noticed(tmp_path: Path, at: float) -> None:
    path = tmp_path / "keys.vault"
    vault(path).put(KEY, 7)
    content = bytearray(path.read_bytes())
    place = content.index(b'"content"') + 12 + int(at * 100)
    content[place] = ord("A") if content[place] != ord("A") else ord("B")
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError):
        vault(path)


def test_a_lowered_cost_is_noticed() -> None:
    sealed = msgspec.json.decode(seal(b"x", "password", CHEAP))
    sealed["cost"]["passes"] = 2
    with pytest.raises(ConfigError):
        unseal(msgspec.json.encode(sealed), "password", "v")


@pytest.mark.parametrize("content", [b"", b"{}", b"junk", b'{"format":"titan.vault.9"}'])
def test_what_is_no_vault_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.vault"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="no vault"):
        vault(path)


def test_a_vault_that_others_can_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.vault"
    vault(path).put(KEY, 7)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="read by others") as error:
        vault(path)
    assert "chmod 600" in error.value.remedy


def test_two_writers_do_not_undo_each_other(tmp_path: Path) -> None:
    one, two = vault(tmp_path / "v"), vault(tmp_path / "v")
    one.put(KEY, 1)
    two.put(msgspec.structs.replace(KEY, name="second"), 2)
    assert list(vault(tmp_path / "v").entries) == ["main", "second"]


def test_rotation_keeps_the_day_it_was_added(tmp_path: Path) -> None:
    kept = vault(tmp_path / "v")
    kept.put(KEY, 1)
    kept.put(msgspec.structs.replace(KEY, secret="another one"), 5, replace=True)
    entry = vault(tmp_path / "v").entries["main"]
    assert (entry.added_ns, entry.changed_ns, entry.credentials.secret) == (1, 5, "another one")


def test_adding_twice_and_rotating_nothing_are_errors(tmp_path: Path) -> None:
    kept = vault(tmp_path / "v")
    with pytest.raises(ConfigError, match="no key main"):
        kept.put(KEY, 1, replace=True)
    kept.put(KEY, 1)
    with pytest.raises(ConfigError, match="already"):
        kept.put(KEY, 1)
    with pytest.raises(ConfigError, match="no key other"):
        kept.remove("other")


def test_a_new_password_takes_the_place_of_the_old(tmp_path: Path) -> None:
    kept = vault(tmp_path / "v")
    kept.put(KEY, 1)
    kept.change_password("another password")
    assert vault(tmp_path / "v", "another password").credentials("binance") == KEY
    with pytest.raises(ConfigError):
        vault(tmp_path / "v")


def test_which_key_is_meant(tmp_path: Path) -> None:
    kept = vault(tmp_path / "v")
    with pytest.raises(ConfigError, match="no key of binance"):
        kept.credentials("binance")
    kept.put(KEY, 1)
    kept.put(msgspec.structs.replace(KEY, name="second"), 2)
    assert kept.credentials("binance", "second").name == "second"
    with pytest.raises(ConfigError, match="several"):
        kept.credentials("binance")
    with pytest.raises(ConfigError, match="no key main of okx"):
        kept.credentials("okx", "main")


def test_a_place_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((StorageError, ConfigError)):
        vault(tmp_path / "file" / "v").put(KEY, 1)


def test_credentials_do_not_show_themselves() -> None:
    shown = f"{KEY} {KEY!r} {[KEY]}"
    assert "s3cr3t" not in shown
    assert "0123456789" not in shown
    assert mask("short") == "…"


def test_a_remembered_secret_is_taken_out_of_any_text() -> None:
    remember("topsecret/with+signs=")
    text = (
        'GET /x?sig=topsecret%2Fwith%2Bsigns%3D {"s": "topsecret/with+signs="} dG9wc2VjcmV0L3dpdGgrc2lnbnM9'
    )
    assert "topsecret" not in scrub(text)
    assert "dG9wc2VjcmV0" not in scrub(text)
    assert scrub("nothing here") == "nothing here"
