"""All tables of a moment: what a board, the replica behind it and a frame come to.

    channels = picture(board, replica, frame)        {"status": {"run": rows, ...}, "markets": ...}

A live gateway and a replay show the same, because both ask here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from functools import partial
from typing import Final, TypeVar

import msgspec

from titan.api.rows import deeds, markets, status, trading
from titan.api.wire import encoded
from titan.views.board import Board
from titan.views.frame import Frame
from titan.views.latest import Filled
from titan.views.replica import Replica, Sent
from titan.views.works import Work, Works

SHOWN: Final = 100
"""Executions that ended, and routes."""
Of = TypeVar("Of")
Rows = Iterable[tuple[str, msgspec.Struct]]
Channels = dict[str, dict[str, Rows]]


def picture(
    board: Board, replica: Replica, frame: Frame | None = None, *, supervised: bool = False
) -> Channels:
    """Rows are made when they are taken, once."""
    found = said(board, replica, supervised=supervised)
    found["markets"] |= seen(board, replica, frame)
    found["status"] |= folded(board, replica)
    rules, latest, works = replica.rules, replica.latest, replica.works
    found["orders"] = {
        "working": trading.orders(replica.working.values(), rules),
        "done": trading.orders(replica.ended, rules),
    }
    found["fills"] = {"fills": deeds.fills(latest.fills, rules)}
    found["sagas"] = {
        "working": deeds.sagas(works.working.values(), rules),
        "done": deeds.sagas(ended(works), rules),
    }
    found["opportunities"] = opportunities(board, replica)
    return found


def said(board: Board, replica: Replica, *, supervised: bool = False) -> Channels:
    """What the run says of itself, read of its journal or not."""
    latency = board.status.latency if board.status is not None else {}
    return {
        "status": {
            "run": status.run(board, replica, supervised=supervised),
            "venues": status.venues(board, replica),
            "doors": status.doors(board),
            "alerts": status.alerts(board),
            "positions": status.positions(board),
            "margins": status.margins(board),
        },
        "markets": {"pairs": markets.pairs(board)},
        "metrics": {"latency": trading.stages(latency)},
    }


def seen(board: Board, replica: Replica, frame: Frame | None) -> dict[str, Rows]:
    """Of the stream `markets`, what changes most often."""
    return {"quotes": markets.quotes(board, replica.rules, frame), "books": markets.books(frame)}


def folded(board: Board, replica: Replica) -> dict[str, Rows]:
    """Of the stream `status`, what only the journal tells."""
    return {
        "halts": status.halts(replica),
        "holdings": status.holdings(board.holdings),
        "ended": status.holdings(board.ended),
        "transfers": status.transfers(board.transfers),
        "reductions": status.reductions(board.reductions),
        "strategies": status.strategies(board, replica),
    }


def opportunities(board: Board, replica: Replica) -> dict[str, Rows]:
    """The stream `opportunities`."""
    then_ns, works = max(board.then_ns, replica.at_ns), replica.works
    known = works.working | {one.id: one for one in works.ended}
    return {
        "signals": deeds.signals(replica.latest.signals, known, then_ns),
        "routes": deeds.routes(list(replica.latest.routes)[-SHOWN:]),
    }


class Memo:
    """Encoded rows of things that are seldom other ones: made again where the stamp of one is another."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[Hashable, bytes]] = {}

    def __call__(
        self, things: Iterable[Of], key: Callable[[Of], str], stamp: Callable[[Of], Hashable],
        row: Callable[[Of], msgspec.Struct],
    ) -> dict[str, bytes]:  # fmt: skip
        kept: dict[str, tuple[Hashable, bytes]] = {}
        for one in things:
            name, mark = key(one), stamp(one)
            known = self._kept.get(name)
            kept[name] = known if known is not None and known[0] == mark else (mark, encoded(row(one)))
        self._kept = kept
        return {name: body for name, (_, body) in kept.items()}


class Deeds:
    """The streams `orders`, `fills` and `sagas` of a run that goes on, encoded: there are many rows, and few
    of them are new.
    """

    def __init__(self) -> None:
        self._memos = [Memo() for _ in range(5)]

    def __call__(self, replica: Replica) -> dict[str, dict[str, dict[str, bytes]]]:
        working, done, fills, sagas, done_sagas = self._memos
        rules, latest, works = replica.rules, replica.latest, replica.works

        def order(one: Sent) -> msgspec.Struct:
            return trading.order(one, rules.get(one.order.request.instrument))

        def fill(one: Filled) -> msgspec.Struct:
            return deeds.fill(one, rules.get(one.fill.instrument))

        saga = partial(deeds.saga, rules=rules)
        return {
            "orders": {
                "working": working(replica.working.values(), _client_id, _order_stamp, order),
                "done": done(replica.ended, _client_id, _order_stamp, order),
            },
            "fills": {"fills": fills(latest.fills, deeds.fill_key, id, fill)},
            "sagas": {
                "working": sagas(works.working.values(), _id, _work_stamp, saga),
                "done": done_sagas(ended(works), _id, _work_stamp, saga),
            },
        }


def ended(works: Works) -> list[Work]:
    return list(works.ended)[-SHOWN:]


def _id(one: Work) -> str:
    return one.id


def _work_stamp(one: Work) -> Hashable:
    orders = tuple((sent.order.state, sent.order.filled_lots) for sent in one.orders)
    return one.end, len(one.steps), one.steps[-1].at_ns if one.steps else 0, orders


def _client_id(one: Sent) -> str:
    return one.order.request.client_id


def _order_stamp(one: Sent) -> Hashable:
    of = one.order
    return of.state, of.updated_ns, of.filled_lots, of.request.lots, of.request.limit_ticks
