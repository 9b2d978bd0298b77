"""The files of the state folder: theirs alone, whole or as before, and never guessed at."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.api.auth.gateways import CHEAP, HERE, PASSWORD, Clock, World, bearer, refused, sign_in
from titan.api.auth.authority import Authority
from titan.api.auth.keys import Keys
from titan.api.auth.state import default_state, open_folder
from titan.api.auth.users import Users
from titan.api.errors import ApiError, Conflict
from titan.model.errors import ConfigError, StorageError

FILES = ("users.json", "keys.json", "sessions.json")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.user("anna", "read", "trade")
    return made


async def test_every_file_is_its_owners_alone(world: World) -> None:
    old = os.umask(0)
    try:
        async with world.client() as client:
            await sign_in(client, "anna")
            await client.post("/v1/auth/refresh", headers=HERE)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in world.folder.iterdir()}
        assert set(modes) >= {*FILES, "audit.jsonl"}
        assert set(modes.values()) == {0o600}
    finally:
        os.umask(old)


def test_a_new_folder_is_its_owners_alone(tmp_path: Path) -> None:
    assert stat.S_IMODE(open_folder(tmp_path / "a" / "b").stat().st_mode) == 0o700


def test_a_folder_that_others_may_write_to_is_refused(tmp_path: Path) -> None:
    (tmp_path / "state").mkdir(mode=0o700)
    (tmp_path / "state").chmod(0o770)
    with pytest.raises(ConfigError, match="others may write") as caught:
        Authority(tmp_path / "state", Clock(), cost=CHEAP)
    assert "chmod 700" in caught.value.remedy


@pytest.mark.parametrize("name", ["users.json", "keys.json"])
def test_a_file_that_others_may_read_is_refused(world: World, name: str) -> None:
    (world.folder / name).chmod(0o640)
    with pytest.raises(ConfigError, match="can be read by others") as caught:
        Authority(world.folder, world.clock, cost=CHEAP)
    assert "chmod 600" in caught.value.remedy


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"users": {"anna": {"name": "an', b"\x00" * 100, b"[]", b'{"format": 3}']
)
async def test_a_torn_file_is_said_and_nothing_in_it_is_lost(
    world: World, name: str, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with world.client() as client:
        anna = await sign_in(client, "anna")
        file = world.folder / name
        before = file.read_bytes()
        file.write_bytes(content)
        for answer in (
            await client.get("/v1/auth/me", headers=bearer(anna)),
            await sign_in(client, "anna"),
            await client.post("/v1/auth/refresh", headers=HERE),
            await client.get("/v1/users", headers=bearer(anna)),
        ):
            if answer.status_code != 200:
                assert refused(answer) == (503, "state_unreadable")
                assert str(world.folder) not in answer.text, "where it lies is nothing for strangers"
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 503
        assert f"{file} is damaged" in caplog.text
        assert file.read_bytes() == content, "what may still be saved by hand is not written over"
        with pytest.raises(ConfigError, match="is damaged") as caught:
            World(world.folder.parent).authority.sessions.alive("x")
        assert "restore" in caught.value.remedy
        if name == "users.json":
            for change in (
                lambda: world.authority.users.remove("anna"),
                lambda: world.user("bert", "read"),
            ):
                with pytest.raises(ConfigError, match="is damaged"):
                    change()
            setup = {"token": "x", "name": "mallory", "password": PASSWORD}
            answer = await client.post("/v1/auth/setup", json=setup)
            assert refused(answer) == (503, "state_unreadable"), "a torn file is no gateway without users"
        file.write_bytes(before)
        assert (await client.get("/v1/auth/me", headers=bearer(anna))).status_code == 200


async def test_a_full_disk_loses_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (world.folder / "users.json").read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("titan.api.auth.state.os.fsync", full)
        for change in (
            lambda: world.user("bert", "read"),
            lambda: world.authority.users.remove("anna"),
            lambda: world.authority.users.set_scopes("anna", ["admin"]),
            lambda: world.authority.keys.rotate(),
        ):
            with pytest.raises(StorageError, match=r"No space left.*as it was before"):
                change()
        async with world.client() as client:
            anna = await sign_in(client, "anna")
            assert anna.status_code == 200, "who has to act can sign in"
            assert (await client.post("/v1/auth/refresh", headers=HERE)).status_code == 200
            change_of = {"before": PASSWORD, "after": "yet another password"}
            answer = await client.post("/v1/auth/password", headers=bearer(anna), json=change_of)
            assert refused(answer) == (503, "state_unreadable")
    assert (world.folder / "users.json").read_bytes() == before
    assert sorted(file.name for file in world.folder.glob("*tmp*")) == []
    world.user("bert", "read")


ADD = """
import pathlib, sys
from titan.api.auth.users import Users
for n in range(10):
    Users(pathlib.Path(sys.argv[1])).add(f"user{sys.argv[2]}-{n}", "hash", ["read"], 0)
"""


def test_several_processes_undo_nothing_of_each_other(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "state")
    processes = [subprocess.Popen([sys.executable, "-c", ADD, str(folder), str(n)]) for n in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    users = Users(folder).all()
    assert len(users) == 30
    assert len({user.generation for user in users}) == 30


def test_several_threads_make_one_key(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "state")
    made: list[str] = []
    threads = [
        threading.Thread(target=lambda: made.append(Keys(folder, Clock()).signing().kid)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 1


def test_who_stops_in_the_middle_leaves_what_was(world: World) -> None:
    def stopped() -> None:
        with world.authority.users._document.changing() as document:
            document.users.clear()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert [user.name for user in world.authority.users.all()] == ["anna"]


def test_what_a_killed_process_left_goes_with_the_next_change(world: World) -> None:
    left = world.folder / "users.json.tmp-killed"
    left.write_text("half a file with hashes")
    world.user("bert", "read")
    assert not left.exists()


def test_a_generation_is_never_given_twice(world: World) -> None:
    users, seen = world.authority.users, set()
    for _ in range(3):
        users.remove("anna")
        world.user("anna", "read")
        for change in (lambda: users.set_scopes("anna", ["trade"]), lambda: users.set_totp("anna", "x")):
            seen.add(change().generation)
    assert len(seen) == 6


@pytest.mark.parametrize("name", ["", "a b", "../x", "x" * 65, "ann\u0430", "-x", "<b>", "anna\x00", "%2e"])
def test_what_is_no_name(name: str, world: World) -> None:
    with pytest.raises(ApiError, match="a name has"):
        world.authority.users.add(name, "hash", ["read"], 0)


def test_names_are_the_same_in_any_case(world: World) -> None:
    with pytest.raises(Conflict):
        world.authority.users.add("Anna ", "hash", ["read"], 0)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (["read"], "read"),
        (["trade"], "read trade"),
        (["admin"], "read admin"),
        (["Admin", " trade "], "read trade admin"),
    ],
)
def test_whoever_may_do_anything_may_read(given: list[str], kept: str, world: World) -> None:
    user = world.authority.users.set_scopes("anna", given)
    assert " ".join(user.scopes) == kept


@pytest.mark.parametrize("given", [[], ["open"], ["root"], ["read", ""], ["read,trade"]])
def test_what_is_no_scope(given: list[str], world: World) -> None:
    with pytest.raises(ApiError, match="scope"):
        world.authority.users.set_scopes("anna", given)


def test_where_the_folder_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TITAN_STATE", str(tmp_path))
    assert default_state() == tmp_path
    monkeypatch.delenv("TITAN_STATE")
    assert default_state().name == "titan"
