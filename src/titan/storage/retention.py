"""Taking out of a journal what nobody will need again, so that what is left can still be verified and still
says all that a restart asks.

What may go is named here, and everything else stays. Anywhere: refusals, the ways of orders through the
stages, orders that ended without a fill and whose saga ended, steps of sagas that ended; but not the answer
to a wish for a single order, without which a restart would take it for one that was never sent. Of earlier
runs also their signals, wishes and outcomes: of the present run a strategy rebuilds itself from these. Money,
and every order that moved any, is never taken out.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from titan.model.errors import StorageError
from titan.model.order import FINAL
from titan.model.run import RunBegan
from titan.storage.chain import Digest, Pruned, link
from titan.storage.claim import claimed
from titan.storage.recall import pruned_of, verified
from titan.storage.schema import entries, fills, marks, orders, sagas
from titan.storage.store import Store, head_of
from titan.storage.writer import BEHIND, entry_row

OLD_NEWS: Final = ("refused", "way", "pruned")
"""Entries that say nothing about the present once they are old."""
STEPS: Final = ("saga", "halt", "panic")
"""Those of a saga that nobody needs once it ended."""
WORDS: Final = ("signal", "intent")
"""Those that a strategy remembers itself by, beside its wishes and their outcomes."""
MONEY: Final = ("submitted", "report", "fill", "funding", "transfer", "deposited")
"""What the ledger and the desk are rebuilt from: never a part of a saga that goes."""


def boundary(store: Store, before_ns: int) -> int:
    """The number of the last entry of those that are all older than `before_ns`; 0 for none."""
    first = sa.select(sa.func.min(entries.c.seq)).where(entries.c.at_ns >= before_ns)
    with store.reading() as read:
        found = read.execute(first).scalar()
        return (head_of(read)[0] if found is None else int(found) - 1) or 0


def prune(store: Store, through: int, now_ns: int) -> Pruned:
    """Take out what may go of the entries up to `through`, and write down that it was done. Raises
    StorageError while a process writes the journal, and when its chain is broken: then nothing is taken."""
    verdict = verified(store)
    if verdict.broken is not None:
        raise StorageError(
            f"the journal is broken at entry {verdict.broken.seq}: {verdict.broken.why}",
            remedy="nothing was taken out; `titan journal verify` says more",
        )
    if through <= pruned_of(store).through:
        raise StorageError("nothing of that age is left to take out", remedy="name a later date")
    with claimed(store):
        with store.writing() as connection:
            done = _take_out(connection, through, now_ns)
        _give_back(store)
    return done


def _take_out(connection: Connection, through: int, now_ns: int) -> Pruned:
    c = entries.c
    if connection.execute(sa.select(marks.c.value).where(marks.c.name == BEHIND)).first() is not None:
        raise StorageError(
            "the tables beside the journal are behind it, so what may go is not known",
            remedy="`titan journal rebuild` brings them up to date",
        )
    seq, head = head_of(connection)  # before the last entry may go with the others
    anchor = connection.execute(sa.select(c.link).where(c.seq == through)).scalar_one()
    taken = connection.execute(
        sa.delete(entries).where(c.seq <= through, _may_go(through, _run_began(connection)))
    ).rowcount
    digest = Digest()
    kept = sa.select(c.seq, c.at_ns, c.body, c.link).where(c.seq <= through).order_by(c.seq)
    for row in connection.execute(kept):
        digest.add((row.seq, row.at_ns, row.body, row.link))
    done = Pruned(through, str(anchor), taken, digest.count, digest.value, now_ns)
    body = msgspec.json.encode(done, order="deterministic").decode()
    new = entry_row(seq + 1, now_ns, done, body, link(head, seq + 1, now_ns, body))
    connection.execute(sa.insert(entries), [new])
    return done


def _may_go(through: int, run_began: int) -> sa.ColumnElement[bool]:
    """`run_began` is the entry with which the present run did."""
    c, later = entries.c, entries.alias("later")
    at_work = sa.select(later.c.saga).where(later.c.seq > through, later.c.saga.is_not(None))
    over = sa.select(sagas.c.id).where(sagas.c.end != "", sagas.c.id.not_in(at_work))
    spoken = sa.select(later.c.client_id).where(later.c.seq > through, later.c.client_id.is_not(None))
    moved = sa.select(fills.c.client_id)
    wished = sa.select(later.c.intent_id).where(
        later.c.what == "intent", later.c.seq >= run_began, later.c.intent_id.is_not(None)
    )  # a restart asks what became of each
    final = [state.value for state in FINAL]
    void = sa.select(orders.c.client_id).where(
        orders.c.state.in_(final), orders.c.filled_lots == 0,
        orders.c.client_id.not_in(moved), orders.c.client_id.not_in(spoken),
        orders.c.intent_id.not_in(wished),
        sa.or_(orders.c.saga == "", orders.c.saga.in_(over)),
    )  # fmt: skip
    ended = sa.and_(c.client_id.is_(None), c.saga.in_(over), c.what.not_in(MONEY))
    earlier = sa.and_(c.seq < run_began, sa.or_(c.what.in_(WORDS), ended))
    old = sa.and_(c.what.in_(OLD_NEWS), sa.or_(c.intent_id.is_(None), c.intent_id.not_in(wished)))
    return sa.or_(old, c.client_id.in_(void), sa.and_(ended, c.what.in_(STEPS)), earlier)


def _run_began(connection: Connection) -> int:
    """The entry with which the last run did that does not go on with an earlier one; 0 for none."""
    began = sa.select(entries.c.seq, entries.c.body).where(entries.c.what == "began")
    for seq, body in connection.execute(began.order_by(entries.c.seq.desc())):
        if not msgspec.json.decode(body, type=RunBegan).resumed:
            return int(seq)
    return 0


def _give_back(store: Store) -> None:
    """The space, to the disk. PostgreSQL does it in its own time."""
    if store.is_sqlite:
        with store.reading() as connection:
            connection.rollback()
            raw: Any = connection.connection.dbapi_connection
            raw.execute("VACUUM")
