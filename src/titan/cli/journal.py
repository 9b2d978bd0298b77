"""`titan journal`: whether it is whole, what stands in it, and all of it as a file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
import typer

from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.model.errors import StorageError
from titan.portfolio.files import write_whole
from titan.storage.recall import verified
from titan.storage.search import Entry, Wanted, search
from titan.storage.store import Store, look_into

app = typer.Typer(no_args_is_help=True, help="The journal: every intent, order, fill and refusal, in order.")

DEFAULT = "sqlite:///titan.db"
StoreUrl = Annotated[
    str,
    typer.Option("--store", envvar="TITAN_STORE", help="sqlite:///PATH, or postgresql://user@host/name."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
What = Annotated[str, typer.Option(help="Only of this kind: submitted, report, fill, refused, transfer.")]
Intent = Annotated[str, typer.Option(help="Only what is of this intent.")]
Order = Annotated[str, typer.Option(help="Only what is of this order, by our id.")]
Since = Annotated[str, typer.Option(help="From this time (UTC) on, as 2025-01-31T08:00.")]
Until = Annotated[str, typer.Option(help="Up to this time, which is not included.")]


@app.command()
def verify(store: StoreUrl = DEFAULT, as_json: Json = False) -> None:
    """Check that no entry was changed, taken out or put in.

    Example: titan journal verify --store sqlite:///runs/live.db
    """
    with _opened(store) as opened:
        verdict = verified(opened)
    broken = verdict.broken
    if as_json:
        said = broken._asdict() if broken else None
        write_json({"entries": verdict.entries, "head": verdict.head, "broken": said})
    elif broken is None:
        typer.echo(f"{verdict.entries:,} entries, unbroken\nhead {verdict.head}")
    else:
        typer.echo(f"{verdict.entries:,} entries hold; entry {broken.seq} does not: {broken.why}", err=True)
    if broken is not None:
        raise typer.Exit(StorageError.exit_code)


@app.command("search")
def find(
    text: Annotated[str, typer.Argument(help="Stands anywhere in the entry.")] = "",
    what: What = "", intent: Intent = "", order: Order = "", since: Since = "", until: Until = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    store: StoreUrl = DEFAULT, as_json: Json = False,
) -> None:  # fmt: skip
    """Print entries, the oldest first.

    Example: titan journal search --what refused --since 2026-11-21
    """
    wanted = _wanted(text, what, intent, order, since, until)._replace(limit=limit + 1)
    with _opened(store) as opened:
        found = list(search(opened, wanted))
    if as_json:
        write_json({"entries": [_plain(e) for e in found[:limit]], "more": len(found) > limit})
        return
    for entry in found[:limit]:
        typer.echo(f"{entry.seq:>8}  {_time(entry.at_ns)}  {entry.what:<10}  {entry.body}")
    if len(found) > limit:
        typer.echo(f"more than {limit}: narrow it, or raise --limit", err=True)
    elif not found:
        typer.echo("nothing of that kind", err=True)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file to write, as JSON lines.")],
    text: Annotated[str, typer.Option(help="Only what holds this text.")] = "",
    what: What = "", intent: Intent = "", order: Order = "", since: Since = "", until: Until = "",
    store: StoreUrl = DEFAULT,
) -> None:  # fmt: skip
    """Write entries with their links to a file, one JSON document a line.

    Example: titan journal export --out journal.jsonl --since 2026-11-01
    """
    wanted = _wanted(text, what, intent, order, since, until)
    count = 0

    def write(file: BinaryIO) -> None:
        nonlocal count
        for entry in search(opened, wanted):
            file.write(msgspec.json.encode(_plain(entry)) + b"\n")
            count += 1

    with _opened(store) as opened:
        write_whole(out, write)
    typer.echo(f"{count:,} entries into {out}")


@contextmanager
def _opened(url: str) -> Iterator[Store]:
    """A store that is there: looking into one does not make it."""
    store = look_into(url)
    try:
        yield store
    finally:
        store.close()


def _wanted(text: str, what: str, intent: str, order: str, since: str, until: str) -> Wanted:
    return Wanted(
        what, "", intent, order, text, time_of("--since", since) or 0, time_of("--until", until) or 0
    )


def _plain(entry: Entry) -> dict[str, object]:
    body = msgspec.json.decode(entry.body)
    return {"seq": entry.seq, "at_ns": entry.at_ns, "what": entry.what, "event": body, "link": entry.link}


def _time(ns: int) -> str:
    at = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    return f"{at:%Y-%m-%d %H:%M:%S}.{ns // 1_000_000 % 1000:03d}"
