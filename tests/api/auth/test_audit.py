"""The audit log: everything, in order, on the disk; and nothing that a stranger could fill it with."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from tests.api.auth.gateways import HERE, OTHER, PASSWORD, SECRET, Clock, World, bearer, sign_in
from titan.api.auth.audit import STRANGERS, UNWRITTEN, Audit
from titan.api.auth.scopes import Scope
from titan.api.shapes.control import AuditRow


def row(n: float, text: str = "", scope: str = "trade") -> AuditRow:
    return AuditRow(n, "anna", scope, "pause", text, True, "127.0.0.1")


def texts(rows: tuple[AuditRow, ...]) -> list[str]:
    return [one.text for one in rows]


def test_rows_come_newest_first_and_page_by_page(tmp_path: Path) -> None:
    audit = Audit(tmp_path, Clock())
    for n in range(10):
        audit.write(row(n, str(n)))
    assert texts(audit.rows(limit=3)) == ["9", "8", "7"]
    assert texts(audit.rows(limit=3, before_ms=7)) == ["6", "5", "4"]
    assert texts(audit.rows(limit=100)) == [str(n) for n in reversed(range(10))]
    assert audit.rows(limit=0) == ()


def test_a_full_file_is_put_aside_and_old_ones_go(tmp_path: Path) -> None:
    audit = Audit(tmp_path, Clock(), largest=1_000, files=3)
    for n in range(100):
        audit.write(row(n, str(n)))
    names = sorted(file.name for file in tmp_path.glob("audit.jsonl*") if file.suffix != ".lock")
    assert names == ["audit.jsonl", "audit.jsonl.1", "audit.jsonl.2"]
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in tmp_path.iterdir())
    assert all(file.stat().st_size <= 1_000 for file in tmp_path.glob("audit.jsonl*"))
    found = texts(audit.rows(limit=1_000))
    assert found == [str(n) for n in range(99, 99 - len(found), -1)]
    assert len(found) > 15


def test_a_line_that_a_crash_cut_short_takes_no_other_with_it(tmp_path: Path) -> None:
    audit = Audit(tmp_path, Clock())
    audit.write(row(1, "one"))
    with audit.path.open("ab") as file:
        file.write(b'{"at_ms": 2, "who": "an')
    audit.write(row(3, "three"))
    assert texts(audit.rows(limit=10)) == ["three", "one"]


def test_several_write_at_once(tmp_path: Path) -> None:
    writers = [Audit(tmp_path, Clock(), largest=4_000, files=50) for _ in range(4)]

    def write(of: int) -> None:
        for n in range(50):
            writers[of].write(row(n, f"{of}-{n}", scope="read"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(texts(writers[0].rows(limit=1_000))) == sorted(
        f"{a}-{b}" for a in range(4) for b in range(50)
    )


def test_what_a_full_disk_does_not_take_is_kept_and_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audit = Audit(tmp_path, Clock())
    audit.write(row(1, "before"))
    with monkeypatch.context() as patch:

        def full(*_: object) -> int:
            raise OSError(28, "No space left on device")

        patch.setattr("titan.api.auth.audit.os.write", full)
        audit.write(row(2, "panic"))
        assert "No space left" in audit.trouble
        assert texts(audit.rows(limit=5)) == ["panic", "before"]
        patch.setattr("titan.api.auth.audit.os.write", lambda handle, data: 7)
        audit.write(row(3, "half a line"))
        assert texts(audit.rows(limit=5)) == ["half a line", "panic", "before"]
        for n in range(UNWRITTEN + 10):
            audit.write(row(4 + n, str(n)))
        assert len(audit.rows(limit=10_000)) == UNWRITTEN + 1
    audit.write(row(5_000, "after"))
    assert audit.trouble == ""
    assert texts(Audit(tmp_path, Clock()).rows(limit=2)) == ["after", str(UNWRITTEN + 9)]


def test_a_control_is_on_the_disk_when_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    monkeypatch.setattr("titan.api.auth.audit.os.fsync", synced.append)
    audit = Audit(tmp_path, Clock())
    audit.write(row(1, scope="read"))
    assert not synced
    audit.write(row(2, scope="trade"))
    audit.write(row(3, scope="admin"))
    assert len(synced) == 2


async def test_strangers_are_counted_instead_of_written(tmp_path: Path) -> None:
    clock = Clock()
    audit = Audit(tmp_path, clock)
    for n in range(1_000):
        await audit.refused("", Scope.READ, "refused", f"GET /{n} {'x' * 5_000}", "10.0.0.1")
    await audit.refused("anna", Scope.OPEN, "sign-in", "wrong", "10.0.0.1")
    rows = audit.rows(limit=10_000)
    assert len(rows) == STRANGERS + 1, "one kind does not hide another"
    assert max(len(one.text) for one in rows) <= 300
    await audit.told("an\x9bna\n", Scope.OPEN, "sign-in", "\x1b[2J", ok=False, address="")
    assert (audit.rows(limit=1)[0].who, audit.rows(limit=1)[0].text) == ("an�na�", "�[2J")
    clock.passes(60)
    await audit.refused("", Scope.READ, "refused", "GET /", "10.0.0.1")
    assert f"{1_000 - STRANGERS} refusals before" in audit.rows(limit=1)[0].text


async def test_what_is_written_of_a_day_with_the_gateway(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.user("anna", "admin", totp=SECRET)
    async with world.client(address="198.51.100.7") as client:
        await sign_in(client, "anna", OTHER, world.code())
        await sign_in(client, "my-password-in-the-wrong-field", PASSWORD)
        anna = await sign_in(client, "anna", code=world.code())
        user = {"name": "bert", "password": PASSWORD, "scopes": ["trade"]}
        assert (await client.post("/v1/users", headers=bearer(anna), json=user)).status_code == 201
        assert (await client.delete("/v1/users/anna", headers=bearer(anna))).status_code == 409
        assert (await client.delete("/v1/users/bert", headers=bearer(anna))).status_code == 204
        await client.get("/v1/users", headers=bearer("nonsense"))
        page = (await client.get("/v1/audit", headers=bearer(anna))).json()
        older = (await client.get("/v1/audit?limit=1", headers=bearer(anna))).json()
        assert (await client.get("/v1/audit?limit=0", headers=bearer(anna))).status_code == 400
        await client.post("/v1/auth/logout", headers=HERE)
    assert page["rows"][:1] == older["rows"]
    told = [(r["who"], r["what"], r["ok"]) for r in reversed(page["rows"])]
    assert told == [
        ("anna", "sign-in", False),
        ("(unknown)", "sign-in", False),
        ("anna", "sign-in", True),
        ("anna", "users", True),
        ("anna", "users", True),
        ("", "refused", False),
    ]
    assert {r["address"] for r in page["rows"]} == {"198.51.100.7"}
    lines = [json.loads(line) for line in world.authority.audit.path.read_bytes().splitlines()]
    assert lines[-1]["what"] == "sign-out"
