"""The journal on both engines: safe before it says so, whole afterwards, one writer, nothing lost."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from decimal import Decimal

import pytest
import sqlalchemy as sa

from tests.storage.stores import BTC, Writing, fill, report, submitted
from titan.model.errors import ConfigError, StorageError
from titan.model.order import OrderEvent
from titan.storage.journal import StoredJournal
from titan.storage.recall import numbered, verified
from titan.storage.schema import entries, fills, marks, orders
from titan.storage.search import Wanted, search
from titan.storage.store import Store, look_into, open_store
from titan.storage.writer import BEHIND


def rows(store: Store, table: sa.Table) -> list[sa.Row]:
    with store.reading() as read:
        return list(read.execute(sa.select(table)))


def test_entries_are_safe_linked_and_read_back(url: str) -> None:
    writing = Writing(url)
    for n in range(300):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    assert writing.journal.unsafe == 0
    assert verified(writing.store).entries == 300
    writing.close()
    again = Writing(url)
    again.journal(report("o7", OrderEvent.ACCEPT))
    again.safe()
    verdict = verified(again.store)
    assert (verdict.entries, verdict.broken) == (301, None)
    found = list(search(again.store, Wanted(client_id="o7")))
    assert [e.what for e in found] == ["submitted", "report"]
    again.close()


def test_orders_and_fills_stand_beside_the_journal(url: str) -> None:
    writing = Writing(url)
    for event in (
        submitted("a"), report("a", OrderEvent.ACCEPT), fill("a", 1, 2), fill("a", 2, 3, "-1.5"),
        submitted("b"), report("b", OrderEvent.TIMEOUT), fill("stranger", 3, 1),
    ):  # fmt: skip
        writing.journal(event)
    writing.safe()
    states = {o.client_id: (o.state, o.filled_lots, o.filled_value) for o in rows(writing.store, orders)}
    assert states == {"a": ("filled", 5, 500), "b": ("unknown", 0, 0)}
    assert {f.id: f.fee for f in rows(writing.store, fills)} == {
        "f1": Decimal("0.000000000000000001"), "f2": Decimal("-1.5"), "f3": Decimal("0.000000000000000001"),
    }  # fmt: skip
    writing.close()
    again = Writing(url)
    again.journal(report("b", OrderEvent.ACCEPT))
    again.safe()
    assert {o.client_id: o.state for o in rows(again.store, orders)} == {"a": "filled", "b": "open"}
    again.close()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("update entries set body = replace(body, '5', '6') where seq = 3", "was changed"),
        ("delete from entries where seq = 3", "1 are missing"),
        ("update entries set link = (select link from entries where seq = 2) where seq = 3", "was changed"),
        ("update entries set at_ns = at_ns + 1 where seq = 3", "was changed"),
        ("update entries set seq = seq + 100 where seq = 3", "1 are missing"),
        (
            "update entries set seq = case seq when 3 then 104 else 103 end where seq in (3, 4)",
            "2 are missing",
        ),
    ],
)
def test_a_changed_journal_shows_it(url: str, change: str, said: str) -> None:
    writing = Writing(url)
    for n in range(6):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    with writing.store.engine.begin() as connection:
        connection.execute(sa.text(change))
    verdict = verified(writing.store)
    assert verdict.entries == 2
    assert verdict.broken is not None
    assert said in verdict.broken.why
    writing.close()


def test_an_entry_that_is_listed_as_another_kind_shows_it(url: str) -> None:
    """Its kind decides what pruning may take."""
    writing = Writing(url)
    for n in range(3):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    with writing.store.engine.begin() as connection:
        connection.execute(sa.text("update entries set what = 'refused' where seq = 2"))
    verdict = verified(writing.store)
    assert verdict.broken is not None
    assert verdict.broken.seq == 2
    writing.close()


def test_a_head_that_was_kept_shows_that_the_end_was_cut_off(url: str) -> None:
    writing = Writing(url)
    for n in range(3):
        writing.journal(submitted(f"o{n}"))
    writing.safe()
    head = verified(writing.store).head
    writing.journal(submitted("more"))
    writing.safe()
    assert numbered(writing.store, head) == 3
    with writing.store.engine.begin() as connection:
        connection.execute(sa.text("delete from entries where seq > 2"))
    assert verified(writing.store).broken is None
    assert numbered(writing.store, head) == 0
    writing.close()


def test_only_one_process_writes(url: str) -> None:
    writing = Writing(url)
    with pytest.raises(StorageError, match="another process writes"):
        Writing(url)
    writing.close()
    Writing(url).close()


def test_what_waits_is_told_only_when_it_is_safe(url: str) -> None:
    writing = Writing(url)
    told: list[int] = []
    for n in range(20):
        writing.journal(submitted(f"o{n}"))
        writing.journal.after(lambda n=n: told.append(n_stored(writing.store) - n))
    writing.safe()
    assert len(told) == 20
    assert min(told) >= 1
    writing.close()


def n_stored(store: Store) -> int:
    with store.reading() as read:
        return int(read.execute(sa.select(sa.func.count()).select_from(entries)).scalar_one())


KILLED = """
    import sys, threading
    from tests.storage.stores import Writing, submitted
    writing = Writing(sys.argv[1])
    def told(n):
        sys.stdout.write(f"{n}\\n")
        sys.stdout.flush()
    def deliver():
        while True:
            writing.due.get()()
    threading.Thread(target=deliver, daemon=True).start()
    for n in range(1_000_000):
        writing.journal(submitted(f"o{n}"))
        if n % 3 == 0:
            writing.journal.after(lambda n=n: told(n))
        while writing.journal.unsafe > 50:
            pass
"""


@pytest.mark.parametrize("seed", [5])
def test_what_was_called_safe_survives_a_kill_at_any_moment(url: str, seed: int) -> None:
    """Twice on one store: what the first left is the beginning of the second."""
    rng, before = random.Random(seed), 0
    for _ in range(2):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), url], stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        last, fatal = -1, rng.randint(1, 400)
        for line in child.stdout:
            last = int(line)
            if last >= fatal:
                time.sleep(rng.random() * 0.01)  # anywhere within a commit
                os.kill(child.pid, signal.SIGKILL)
                break
        child.wait()
        child.stdout.close()
        writing = Writing(url)
        verdict = verified(writing.store)
        assert verdict.broken is None
        assert verdict.entries > before + last
        stored = {o.client_id for o in rows(writing.store, orders)}
        assert {f"o{n}" for n in range(last + 1)} <= stored
        before = verdict.entries
        writing.close()


def test_a_fill_told_twice_counts_once_and_ids_are_an_instrument_s_own(url: str) -> None:
    writing = Writing(url)
    for event in (submitted("a"), fill("a", 1, 2), fill("a", 1, 2), fill("b", 1, 3, instrument="kraken.x")):
        writing.journal(event)
    writing.safe()
    writing.journal(fill("a", 1, 2))
    writing.safe()
    assert [(o.client_id, o.filled_lots) for o in rows(writing.store, orders)] == [("a", 2)]
    assert sorted((f.instrument, f.lots) for f in rows(writing.store, fills)) == [(BTC, 2), ("kraken.x", 3)]
    writing.close()


def test_money_is_exact_and_anything_a_venue_says_is_kept(url: str) -> None:
    """Fees of any precision, sums beyond 64 bits, texts with NUL or of any length."""
    writing = Writing(url)
    fee = "123456789012345678901234567890.000000000000000000000000000001"
    most = 4_000_000_000_000_000_000
    writing.journal(submitted("a", most))
    writing.journal(fill("a", "x" * 5000, most, fee, ticks=4_000_000_000))
    writing.journal(submitted("b"))
    writing.journal(report("b", OrderEvent.REJECT, "no\0" + "!" * 100_000))
    writing.journal(fill("stranger", "late", 1, ticks=1 << 70))
    writing.safe()
    assert rows(writing.store, marks) == []
    found = {o.client_id: o for o in rows(writing.store, orders)}
    assert found["a"].filled_value == Decimal(most) * 4_000_000_000
    assert found["b"].reason.startswith("no\N{REPLACEMENT CHARACTER}!!!")
    assert {f.fee for f in rows(writing.store, fills)} == {Decimal(fee), Decimal("0.000000000000000001")}
    assert verified(writing.store).broken is None
    writing.close()


def test_what_the_tables_cannot_take_does_not_hold_up_the_journal(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ValueError("a fault in a projection")

    writing = Writing(url)
    monkeypatch.setattr("titan.storage.projection.write_courses", broken)
    writing.journal(submitted("a"))
    writing.safe()
    assert writing.troubles == []
    assert verified(writing.store).entries == 1
    (mark,) = rows(writing.store, marks)
    assert (mark.name, mark.value) == (BEHIND, "since entry 1: a fault in a projection")
    monkeypatch.undo()
    writing.journal(submitted("b"))
    writing.safe()
    assert [o.client_id for o in rows(writing.store, orders)] == ["b"]
    writing.close()


def test_a_commit_whose_answer_was_lost_is_not_made_twice(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection breaks just after the commit: the writer finds what stands there and goes on behind
    it."""
    writing = Writing(url)
    writer = writing.journal._writer
    write, broken = writer._write, threading.Event()

    def lost(*given: object) -> None:
        seq, link = writer.seq, writer.link
        write(*given)  # type: ignore[arg-type]
        if not broken.is_set():
            broken.set()
            writer.seq, writer.link = seq, link
            raise OSError("connection reset")

    monkeypatch.setattr(writer, "_write", lost)
    writing.journal(submitted("a"))
    assert "connection reset" in writing.troubled()
    writing.journal(submitted("b"))
    writing.safe()
    verdict = verified(writing.store)
    assert (verdict.entries, verdict.broken) == (2, None)
    assert [o.client_id for o in rows(writing.store, orders)] == ["a", "b"]
    writing.close()


def test_entries_of_somebody_else_stop_the_writer(url: str) -> None:
    writing = Writing(url)
    writing.journal(submitted("a"))
    writing.safe()
    row = {"seq": 2, "at_ns": 1, "what": "x", "body": "{}", "link": "0"}
    with writing.store.writing() as connection:
        connection.execute(sa.insert(entries), [row])
    writing.journal(submitted("b"))
    while "another process wrote" not in writing.troubled():
        writing.due.get(timeout=20)()
    assert writing.journal.unsafe == 1
    with pytest.raises(StorageError, match="1 entries of the journal are not stored"):
        writing.journal.close(0.2)


def test_what_cannot_be_written_is_told_to_the_caller_and_takes_no_place(url: str) -> None:
    writing = Writing(url)
    with pytest.raises(TypeError):
        writing.journal(report("a", OrderEvent.ACCEPT, object()))  # type: ignore[arg-type]
    assert writing.journal.unsafe == 0
    writing.close()


def test_a_loop_that_is_closed_does_not_stop_the_writer(url: str) -> None:
    def closed(_: Callable[[], None]) -> None:
        raise RuntimeError("Event loop is closed")

    store = open_store(url)
    journal = StoredJournal(store, now=time.time_ns, deliver=closed)
    for n in range(50):
        journal(submitted(f"o{n}"))
        journal.after(lambda: None)
    journal.close()
    assert verified(store).entries == 50
    store.close()


def test_an_older_titan_says_that_it_is_older(url: str) -> None:
    open_store(url).close()
    store = open_store(url)
    with store.writing() as connection:
        connection.execute(sa.text("update alembic_version set version_num = '9999'"))
    store.close()
    for opening in (open_store, look_into):
        with pytest.raises(StorageError, match="newer version"):
            opening(url)


def test_looking_in_makes_nothing(url: str) -> None:
    with pytest.raises(StorageError, match="there is no journal"):
        look_into(url)
    with pytest.raises(StorageError, match="there is no journal"):
        look_into(url)


@pytest.mark.parametrize(
    ("bad", "said"), [("mysql://x/y", "no store of the kind"), ("nonsense", "cannot be read")]
)
def test_a_url_that_is_none_of_ours(bad: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        open_store(bad)


def test_a_server_that_is_not_there_is_named_without_its_password() -> None:
    with pytest.raises(StorageError) as caught:
        open_store("postgresql://titan:sesame@127.0.0.1:1/titan")
    assert "127.0.0.1:1" in str(caught.value)
    assert "sesame" not in str(caught.value)
