"""The course of sagas and of transfers as rows: what was wished, how far it came, how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from titan.model.events import LEFT, Refused, Submitted, Transfer
from titan.model.pair import TransferIntent
from titan.model.settled import Settled
from titan.model.signal import Intent
from titan.storage.about import is_outcome, is_wish, saga_of, tag_of
from titan.storage.rowing import Row, harmless, insert_new, upsert
from titan.storage.schema import sagas, transfers

ASKED, ON_ITS_WAY, BOOKED = "asked", "on its way", "booked"
SETTLED = "settled: "
RUNNING = ""


def write_courses(connection: Connection, events: Sequence[tuple[msgspec.Struct, int]]) -> None:
    """Of events and the times of their entries, ns. One statement for each: wishes are rare beside orders."""
    for event, at_ns in events:
        if isinstance(event, Intent | Submitted | Refused):
            continue
        if isinstance(event, Transfer):
            _booked(connection, event)
        elif isinstance(event, Settled):
            _settled(connection, event)
        elif is_wish(event):
            _wished(connection, event, at_ns)
        elif is_outcome(event):
            _ended(connection, event, at_ns)
        elif getattr(event, "step", None) is not None or hasattr(event, "flat"):
            _stepped(connection, event, at_ns)


def _text(event: msgspec.Struct, *names: str) -> str:
    """The first of these that it has."""
    return next((str(value) for name in names if (value := getattr(event, name, None))), "")


def _wished(connection: Connection, event: msgspec.Struct, at_ns: int) -> None:
    row: Row = {
        "id": _text(event, "id"), "kind": tag_of(event), "strategy": _text(event, "strategy"), "step": "",
        "steps": 0, "end": RUNNING, "reason": _text(event, "reason"), "began_ns": at_ns,
        "updated_ns": at_ns,
    }  # fmt: skip
    insert_new(connection, sagas, [harmless(row)])
    if isinstance(event, TransferIntent):
        insert_new(connection, transfers, [_asked(event, at_ns)])


def _asked(event: TransferIntent, at_ns: int) -> Row:
    row: Row = {
        "id": event.id, "strategy": event.strategy, "asset": event.asset, "source": event.source,
        "target": event.target, "state": ASKED, "reason": event.reason, "asked_ns": at_ns,
        "updated_ns": at_ns,
    }  # fmt: skip
    try:
        amount = Decimal(event.amount)
    except InvalidOperation:
        amount = Decimal(0)
    return harmless(row) | {"amount": amount, "cost": Decimal(0)}


def _booked(connection: Connection, event: Transfer) -> None:
    if event.wish != event.id:  # a withdrawal that left, or came back: then its outcome says so
        if event.id.endswith(LEFT):
            way = harmless({"state": ON_ITS_WAY, "updated_ns": event.local_ns})
            connection.execute(sa.update(transfers).where(transfers.c.id == event.wish).values(**way))
        return
    row: Row = {
        "id": event.id, "strategy": "", "asset": event.asset, "source": event.source, "target": event.target,
        "state": BOOKED, "reason": "", "asked_ns": event.local_ns, "updated_ns": event.local_ns,
    }  # fmt: skip
    money = {"amount": event.amount, "cost": event.cost}
    upsert(connection, transfers, [harmless(row) | money], ["state", "amount", "cost", "updated_ns"])
    _close(connection, event.id, "done", "", event.local_ns)


def _settled(connection: Connection, event: Settled) -> None:
    """By an operator. Where the books follow, they say it better."""
    told = harmless({"reason": str(event), "updated_ns": event.local_ns, "state": f"{SETTLED}{event.fate}"})
    which = sa.and_(transfers.c.id == event.intent_id, transfers.c.state != BOOKED)
    connection.execute(sa.update(transfers).where(which).values(**told))


def _stepped(connection: Connection, event: msgspec.Struct, at: int) -> None:
    name = saga_of(event)
    if name is None:
        return
    step = _text(event, "step") or "ended"
    row: Row = {
        "id": name, "kind": tag_of(event), "strategy": "", "step": step, "steps": 0, "end": RUNNING,
        "reason": "", "began_ns": at, "updated_ns": at,
    }  # fmt: skip
    insert_new(connection, sagas, [harmless(row)])
    new = harmless({"step": step, "updated_ns": at})
    change = sa.update(sagas).where(sagas.c.id == row["id"]).values(steps=sagas.c.steps + 1, **new)
    connection.execute(change)
    if hasattr(event, "flat"):
        left = getattr(event, "open", {})
        _close(connection, row["id"], f"not flat: {', '.join(left)}" if left else "flat", "", at)


def _ended(connection: Connection, event: msgspec.Struct, at: int) -> None:
    name = saga_of(event)
    if name is None:
        return
    end, reason = _text(event, "end"), _text(event, "reason")
    _close(connection, name, end, reason, at)
    told = harmless({"reason": reason, "updated_ns": at, "state": end})
    waiting = sa.and_(transfers.c.id == name, transfers.c.state.in_([ASKED, ON_ITS_WAY]))
    connection.execute(sa.update(transfers).where(waiting).values(**told))


def _close(connection: Connection, name: str, end: str, reason: str, at_ns: int) -> None:
    values = {"end": end, "updated_ns": at_ns} | ({"reason": reason} if reason else {})
    connection.execute(sa.update(sagas).where(sagas.c.id == name).values(**harmless(values)))
