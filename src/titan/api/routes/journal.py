"""The journal, searched from its end, and the story of one id with where the time of its orders went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

from litestar import get
from litestar.params import PathParameter, QueryParameter

from titan.api.errors import NotFound
from titan.api.gateway import TheGateway
from titan.api.routes.now import READ
from titan.api.rows.entries import shape
from titan.api.shapes.history import EntryShape, JournalPage, StageShape, TraceShape, WaterfallShape
from titan.api.wire import MS
from titan.storage.backwards import backwards
from titan.storage.search import Wanted
from titan.storage.story import near, story_of

PATIENCE_S: Final = 0.6
"""How long one page is looked for."""
MOST: Final = 500
LAST_MS: Final = 9e12
"""A later moment, in ms UTC, is no moment in ns."""
WAY: Final = (
    ("heard", "signal", "tick to signal"), ("signal", "decided", "signal to decision"),
    ("decided", "gated", "decision to order"), ("gated", "written", "order to journal"),
    ("written", "committed", "journal to committed"), ("committed", "acked", "committed to ack"),
    ("acked", "filled", "ack to fill"),
)  # fmt: skip
"""From, to, stage: as `metrics/latency` names them."""


Moment = Annotated[float, QueryParameter(description="ms UTC; 0 for any.", ge=0, le=LAST_MS)]


@get("/v1/journal", opt=READ, sync_to_thread=True)
def journal(
    gateway: TheGateway,
    what: Annotated[
        str, QueryParameter(description="Kinds of entries, with commas: fill,refused.", max_length=400)
    ] = "",
    text: Annotated[str, QueryParameter(description="Stands anywhere in the body.", max_length=200)] = "",
    id_: Annotated[
        str, QueryParameter(name="id", description="Of an execution, an intent or an order.", max_length=200)
    ] = "",
    since_ms: Moment = 0.0,
    until_ms: Moment = 0.0,
    before: Annotated[int, QueryParameter(description="Below this number.", ge=0, le=2**62)] = 0,
    limit: Annotated[int, QueryParameter(description="Entries at most.", ge=1, le=MOST)] = 100,
) -> JournalPage:
    """Entries, newest first. A page may have fewer than `limit` and go on: ask again with its `before`."""
    store = gateway.shelf.store()
    wanted = Wanted(
        what=what.strip(","), text=text, since_ns=round(since_ms * MS), until_ns=round(until_ms * MS)
    )
    deadline = gateway.elapsed() + PATIENCE_S
    page = backwards(
        store, wanted, limit, before=before, about=id_, enough=lambda: gateway.elapsed() > deadline
    )
    rules = gateway.shelf.rules()
    return JournalPage(tuple(shape(one, rules) for one in page.entries), page.before, store.head()[0])


@get("/v1/traces/{name:str}", opt=READ, sync_to_thread=True)
def trace(
    gateway: TheGateway,
    name: Annotated[
        str, PathParameter(description="Of an execution, an intent or an order.", max_length=200)
    ],
) -> TraceShape:
    """The story of one id, entry by entry, and the way of each of its orders from the tick to the fill."""
    store = gateway.shelf.store()
    story = story_of(store, name)
    if story is None:
        like = near(store, name[:20])
        raise NotFound(
            f"nothing in the journal has the id {name}",
            remedy=f"there are {', '.join(like)}" if like else "/v1/journal finds ids",
        )
    rules = gateway.shelf.rules()
    told = tuple(shape(one, rules) for one in story.entries)
    return TraceShape(name, story.kind, told, waterfalls(told))


def waterfalls(told: Sequence[EntryShape]) -> tuple[WaterfallShape, ...]:
    """Of orders whose way was written down, in the order of their leaving."""
    names = {one.client_id: _instrument(one.body) for one in told if one.what == "submitted"}
    found = []
    for one in told:
        if one.what == "way":
            stages = tuple(_stages(one.body))
            total = max((stage.start_us + stage.took_us for stage in stages), default=0.0)
            found.append(WaterfallShape(one.client_id, names.get(one.client_id, ""), stages, total))
    return tuple(found)


def _stages(body: Mapping[str, Any]) -> list[StageShape]:
    """A bar between each two moments that are known; a later clip has no tick."""
    times = {name: at for one in WAY for name in one[:2] if isinstance(at := body.get(f"{name}_ns"), int)}
    known = [at for at in times.values() if at > 0]
    if not known:
        return []
    first = min(known)
    return [
        StageShape(stage, (times[since] - first) / 1e3, max(times[until] - times[since], 0) / 1e3)
        for since, until, stage in WAY
        if times.get(since, 0) > 0 and times.get(until, 0) > 0
    ]


def _instrument(body: Mapping[str, Any]) -> str:
    intent = body.get("intent")
    return str(intent.get("instrument", "")) if isinstance(intent, dict) else ""


ROUTES: Final = (journal, trace)
