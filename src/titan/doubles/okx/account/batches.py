"""Requests of one order or of several, each with its own code, and the pages of lists.

okx.com/docs-v5 "POST / Place multiple orders" (read 2026-11-21): the frame's code is 1 when nothing was done
and 2 when some was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from titan.doubles.okx.bodies import Body
from titan.doubles.okx.errors import NotDone, Refused

Params = Mapping[str, object]
PAGE: Final = 100


class Done(NamedTuple):
    """Rows of an answer with the code of its frame."""

    rows: list[Body]
    code: str
    message: str


def many(
    params: object, act: Callable[[Params], Body], failed: Callable[[Params, NotDone], Body], most: int = 20
) -> Done:
    """`act` gives the row of what was done, `failed` that of what was not."""
    if not isinstance(params, list) or not params or not all(isinstance(p, dict) for p in params):
        raise Refused("50002", "JSON syntax error")
    if len(params) > most:
        raise Refused("51111", f"Maximum {most} orders can be placed in bulk")
    rows, undone = [], 0
    for each in params:
        try:
            rows.append(act(each))
        except NotDone as e:
            undone += 1
            rows.append(failed(each, e))
    code = "0" if not undone else "1" if undone == len(rows) else "2"
    message = {"0": "", "1": "All operations failed", "2": "Bulk operation partially succeeded."}[code]
    return Done(rows, code, message)


def query(params: object) -> Params:
    """Parameters of one request, none where they are no object."""
    return params if isinstance(params, Mapping) else {}


def named(params: Params, body: Body, *names: str) -> bool:
    """Whether the row is one of those that the parameters ask for by these names."""
    return all(params.get(name) in (None, "", body[name]) for name in names)


def page(params: Params, rows: Sequence[Body], name: str, time: str) -> list[Body]:
    """`after` and `before` by id, `begin` and `end` by time, `limit`; rows are newest first."""

    def asked(key: str) -> int | None:
        text = str(params.get(key) or "")
        return int(text) if text.isdigit() else None

    after, before, begin, end = (asked(k) for k in ("after", "before", "begin", "end"))
    kept = []
    for row in rows:
        at, number = int(str(row[time])), int(str(row[name]))
        in_page = (after is None or number < after) and (before is None or number > before)
        if in_page and (begin is None or at >= begin) and (end is None or at <= end):
            kept.append(row)
    return kept[: min(asked("limit") or PAGE, PAGE)]
