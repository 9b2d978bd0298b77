"""`titan journal`: whether it is whole, what stands in it, all of it as a file, and what may leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from titan.cli.looking import Json, StoreUrl, opened, url_of
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.model.errors import ConfigError, StorageError
from titan.runtime.watching.written import when
from titan.storage.chain import Broken, Verdict
from titan.storage.search import Entry, Wanted, search

app = typer.Typer(no_args_is_help=True, help="The journal: every intent, order, fill and refusal, in order.")

What = Annotated[str, typer.Option(help="Only of this kind: submitted, report, fill, refused, transfer.")]
Intent = Annotated[str, typer.Option(help="Only what is of this intent.")]
Order = Annotated[str, typer.Option(help="Only what is of this order, by our id.")]
Since = Annotated[str, typer.Option(help="From this time (UTC) on, as 2025-01-31T08:00.")]
Until = Annotated[str, typer.Option(help="Up to this time, which is not included.")]


@app.command()
def verify(
    file: Annotated[str, typer.Option(help="An export instead of a store: a .jsonl file, whole.")] = "",
    head: Annotated[str, typer.Option(help="A head that was printed before: it must still be there.")] = "",
    store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Check that no entry was changed, taken out or put in. Keep the head elsewhere: with --head you see
    later that nothing was cut off the end either.

    Example: titan journal verify --store sqlite:///runs/demo/titan.db
    """
    from titan.storage.recall import numbered, verified

    if file and head:
        raise ConfigError("--head is looked for in a store", remedy="leave --file out")
    if file:
        from titan.storage.archive import verified_file

        verdict = verified_file(Path(file))
    else:
        with opened(store, quiet=as_json) as found:
            verdict = verified(found)
            if head and verdict.broken is None and not numbered(found, head):
                why = "the head that was given is not in it: its end was cut off, or that entry pruned"
                verdict = verdict._replace(broken=Broken(verdict.entries, why))
    _tell(verdict, as_json)
    if verdict.broken is not None:
        raise typer.Exit(StorageError.exit_code)


def _tell(verdict: Verdict, as_json: bool) -> None:
    broken = verdict.broken
    if as_json:
        said = broken._asdict() if broken else None
        write_json({"entries": verdict.entries, "head": verdict.head, "broken": said})
    elif broken is None:
        typer.echo(f"{verdict.entries:,} entries, unbroken\nhead {verdict.head}")
    else:
        typer.echo(f"{verdict.entries:,} entries hold; entry {broken.seq} does not: {broken.why}", err=True)


@app.command("search")
def find(
    text: Annotated[str, typer.Argument(help="Stands anywhere in the entry.")] = "",
    what: What = "", intent: Intent = "", order: Order = "", since: Since = "", until: Until = "",
    limit: Annotated[int, typer.Option(min=1, help="At most so many.")] = 100,
    store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Print entries, the oldest first.

    Example: titan journal search --what refused --since 2026-11-21
    """
    wanted = _wanted(text, what, intent, order, since, until)._replace(limit=limit + 1)
    with opened(store, quiet=as_json) as found:
        entries = list(search(found, wanted))
    if as_json:
        write_json({"entries": [_plain(e) for e in entries[:limit]], "more": len(entries) > limit})
        return
    for entry in entries[:limit]:
        typer.echo(f"{entry.seq:>8}  {when(entry.at_ns)}  {entry.what:<10}  {entry.body}")
    if len(entries) > limit:
        typer.echo(f"more than {limit}: narrow it, or raise --limit", err=True)
    elif not entries:
        typer.echo("nothing of that kind", err=True)


@app.command()
def export(
    out: Annotated[Path, typer.Option(help="The file: .parquet, or else JSON lines.")],
    text: Annotated[str, typer.Option(help="Only what holds this text.")] = "",
    what: What = "", intent: Intent = "", order: Order = "", since: Since = "", until: Until = "",
    store: StoreUrl = "",
) -> None:  # fmt: skip
    """Write entries with their links to a file.

    Example: titan journal export --out journal.jsonl --since 2026-11-01
    """
    from titan.storage.archive import lines, parquet

    wanted = _wanted(text, what, intent, order, since, until)
    with opened(store) as found:
        count = (parquet if out.suffix == ".parquet" else lines)(out, search(found, wanted))
    typer.echo(f"{count:,} entries into {out}")


@app.command()
def prune(
    before: Annotated[str, typer.Option(help="What is older than this time (UTC) is looked at.")],
    out: Annotated[Path, typer.Option(help="The file that keeps all that is older, as JSON lines.")],
    store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Export what is old, then take out of the journal what nobody needs any more.

    Refusals, orders that ended without a fill and the steps of executions that ended go; of earlier runs also
    signals and wishes. Money, every order that moved any, and what a restart asks for stays. The chain goes
    on: `verify` checks what is left. Not while `titan run` is running.

    Example: titan journal prune --before 2026-08-01 --out journal-until-july.jsonl
    """
    from titan.runtime.clock import WallClock
    from titan.storage.archive import lines
    from titan.storage.retention import boundary, prune
    from titan.storage.store import open_store

    moment = time_of("--before", before) or 0
    if out.exists():
        raise StorageError(f"{out} is there already", remedy="name a file that is not")
    with opened(store, quiet=as_json) as found:
        through = boundary(found, moment)
        count = lines(out, search(found, Wanted(through=through))) if through else 0
    changed = open_store(url_of(store))
    try:
        done = prune(changed, through, WallClock().now())
    except StorageError:
        out.unlink(missing_ok=True)
        raise
    finally:
        changed.close()
    if as_json:
        write_json({"exported": count, "taken_out": done.dropped, "kept": done.kept, "through": done.through})
    else:
        typer.echo(f"{count:,} entries into {out}; of these {done.dropped:,} taken out, {done.kept:,} stay")


@app.command()
def rebuild(store: StoreUrl = "") -> None:
    """Make the tables of orders, fills and transfers again from the journal. Not while `titan run` is
    running.

    Example: titan journal rebuild --store sqlite:///runs/demo/titan.db
    """
    from titan.runtime.entries import TYPES
    from titan.storage.rebuild import rebuild
    from titan.storage.store import open_store

    with opened(store, quiet=True):
        pass  # there is one
    changed = open_store(url_of(store))
    try:
        count = rebuild(changed, TYPES)
    finally:
        changed.close()
    typer.echo(f"tables made again from {count:,} entries")


def _wanted(text: str, what: str, intent: str, order: str, since: str, until: str) -> Wanted:
    from_ns, to_ns = time_of("--since", since) or 0, time_of("--until", until) or 0
    return Wanted(
        what=what, intent_id=intent, client_id=order, text=text, since_ns=from_ns, until_ns=to_ns
    )  # fmt: skip


def _plain(entry: Entry) -> dict[str, object]:
    body = msgspec.json.decode(entry.body)
    return {"seq": entry.seq, "at_ns": entry.at_ns, "what": entry.what, "event": body, "link": entry.link}
