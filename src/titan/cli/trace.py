"""`titan trace`: the story of a saga, an intent or an order, from the signal to the last fill."""

from __future__ import annotations

import sys
from typing import Annotated

import msgspec
import typer

from titan.cli.looking import Json, StoreUrl, opened
from titan.cli.terminal import paint, write_json
from titan.model.errors import StorageError
from titan.runtime.watching.words import label, span, words
from titan.runtime.watching.written import when
from titan.storage.search import Entry
from titan.storage.story import Story, near, story_of
from titan.storage.views import rules_of


def trace(
    name: Annotated[str, typer.Argument(metavar="ID", help="Of a saga (wish), an intent or an order.")],
    store: StoreUrl = "",
    as_json: Json = False,
) -> None:
    """Tell what happened to a wish, an intent or an order: every entry of the journal that belongs to it. The
    beginning of an id is enough where no other begins so.

    The first column is the time since the beginning, the second the time since the line before.

    Example: titan trace t4k2m0v9
    """
    with opened(store, quiet=as_json) as found:
        story, close = story_of(found, name), near(found, name)
        if story is None and len(close) == 1:
            story = story_of(found, close[0])
        if story is None:
            remedy = f"did you mean {', '.join(close)}?" if close else "`titan orders` shows ids"
            raise StorageError(f"nothing in the journal has the id {name}", remedy=remedy)
        rules = rules_of(found)
    if as_json:
        write_json(_document(story))
        return
    first = story.entries[0].at_ns
    typer.echo(paint(f"{story.kind} {story.id}", "bold"))
    typer.echo(f"{when(first)} UTC, {span(story.entries[-1].at_ns - first)}, {len(story.entries)} entries\n")
    before = first
    for entry in story.entries:
        since, step = span(entry.at_ns - first), entry.at_ns - before
        apart = span(step) if step else ""
        said = words(entry, rules)
        bad = entry.what == "refused" or (entry.what == "report" and said.startswith(("reject", "timeout")))
        name_of = paint(f"{label(entry):<8}", "red" if bad else "cyan")
        typer.echo(f"{since:>8}  {paint(f'{apart:>8}', 'dim')}  {name_of}  {said}")
        before = entry.at_ns
    if story.sagas:
        typer.echo("")
    for saga in story.sagas:
        typer.echo(f"a step of {saga}: titan trace {saga}")
    sys.stdout.flush()


def _document(story: Story) -> dict[str, object]:
    first = story.entries[0].at_ns
    before, told = first, []
    for entry in story.entries:
        told.append(_plain(entry) | {"since_ns": entry.at_ns - first, "step_ns": entry.at_ns - before})
        before = entry.at_ns
    return {"id": story.id, "kind": story.kind, "sagas": list(story.sagas), "entries": told}


def _plain(entry: Entry) -> dict[str, object]:
    return {
        "seq": entry.seq, "at_ns": entry.at_ns, "what": entry.what, "event": msgspec.json.decode(entry.body),
    }  # fmt: skip
