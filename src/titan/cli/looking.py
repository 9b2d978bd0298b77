"""Looking into a journal: which store, and how what is found there is printed."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from titan.cli.terminal import colourful, paint
from titan.model.errors import StorageError
from titan.runtime.watching.written import SHORT
from titan.storage.store import Store, look_into
from titan.storage.views import Rules, behind

StoreUrl = Annotated[
    str,
    typer.Option(
        "--store",
        envvar="TITAN_STORE",
        help="sqlite:///PATH, postgresql://user@host/name, or a run's folder. Default: the newest run here.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Since = Annotated[str, typer.Option(help="From this time (UTC) on, as 2026-11-21 or 2026-11-21T08:00.")]
Limit = Annotated[int, typer.Option(min=1, help="The newest so many.")]

FILE: Final = "titan.db"
_FOLDED: Final = 24
"""The least room of a column that may have several lines."""
_YIELDS: Final = ("instrument", "reason", "id", "fees")
_FIRST_TO_GO: Final = (
    "last fill (UTC)", "as", "cost", "fills", "type", "limit", "asset", "holding", "reason", "fees", "mark",
    "average", "fee",
)  # fmt: skip
"""Columns that a narrow terminal does without; --json has all."""


@contextmanager
def opened(asked: str, *, quiet: bool = False) -> Iterator[Store]:
    """A store that is there: looking into one does not make it. Says on stderr which one was found."""
    url = url_of(asked)
    store = look_into(url)
    try:
        if not quiet:
            if not asked:
                sys.stderr.write(paint(f"{url}\n", "dim", sys.stderr))
            late = behind(store)
            if late:
                sys.stderr.write(f"note: the tables are behind the journal {late}; `titan journal rebuild`\n")
        yield store
    finally:
        store.close()


def url_of(asked: str) -> str:
    """Of a URL, a file, a run's folder; or of nothing, then the newest run's here. Raises StorageError."""
    if "://" in asked:
        return asked
    if asked:
        place = Path(asked)
        return f"sqlite:///{place / FILE if place.is_dir() else place}"
    here = Path(FILE)
    found = [here] if here.exists() else sorted(Path("runs").glob(f"*/{FILE}"), key=_changed)
    if not found:
        raise StorageError(
            "there is no journal here yet: neither titan.db nor runs/NAME/titan.db",
            remedy="`titan run --config config/demo` makes one; name another with --store or TITAN_STORE",
        )
    return f"sqlite:///{found[-1]}"


def _changed(file: Path) -> float:
    """The newest of it and of the log beside it, in which what was committed last still is."""
    log = file.with_name(f"{file.name}-wal")
    return max(f.stat().st_mtime for f in (file, log) if f.exists())


def table(
    heads: Sequence[str], rows: Sequence[Sequence[str]], *, right: Sequence[str] = (),
    dim: Sequence[str] = (), fold: Sequence[str] = (),
) -> None:  # fmt: skip
    """As wide as its content, `fold` in several lines where it has to be. On a terminal times have no year,
    ids are as short as `titan trace` takes them, and what does not fit is left out; in a pipe nothing is cut.
    """
    from rich.console import Console
    from rich.table import Table

    tty = sys.stdout.isatty()
    console = Console(
        no_color=not colourful(sys.stdout),
        highlight=False,
        emoji=False,
        markup=False,
        width=None if tty else 400,
    )
    columns = {
        head: [_fitting(row[n], head) if tty else row[n] for row in rows] for n, head in enumerate(heads)
    }
    widths = {head: max(map(len, (head, *cells))) for head, cells in columns.items()}
    widths.update({head: min(widths[head], _FOLDED) for head in fold})
    for head in (one for one in _FIRST_TO_GO if one not in fold):
        if sum(widths.values()) + 2 * len(widths) > console.width:
            widths.pop(head, None)
    drawn = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold" if tty else "")
    for head, width in widths.items():
        justify: Any = "right" if head in right else "left"
        least = None if head in _YIELDS and head not in fold else width
        drawn.add_column(
            head,
            justify=justify,
            no_wrap=head not in fold,
            overflow="fold" if head in fold else "ellipsis",
            style="dim" if head in dim else "",
            min_width=least,
        )
    for line in zip(*(columns[head] for head in widths)):
        drawn.add_row(*line)
    console.print(drawn)


def _fitting(cell: str, head: str) -> str:
    if head.endswith("(UTC)"):
        return cell[5:19]
    return cell[:SHORT] if head == "order" else cell


def more(shown: int, limit: int, noun: str) -> None:
    """Say on stderr that there may be more, or that there is nothing."""
    if not shown:
        sys.stderr.write(f"no {noun}\n")
    elif shown == limit:
        sys.stderr.write(f"the newest {limit}; --limit shows more\n")


def fields(view: Any, rules: Mapping[str, Rules], **scaled: str) -> dict[str, object]:
    """A view as JSON: money as text; beside lots and ticks, where they are known, sizes and prices: `scaled`
    names them by the field that they are made of, those in ticks ending so."""
    import msgspec

    row: dict[str, object] = msgspec.to_builtins(view)
    known = rules.get(view.instrument)
    if known is not None:
        for name, source in scaled.items():
            value = getattr(view, source)
            step = known.tick if source.endswith("ticks") else known.lot
            row[name] = None if value is None else format(value * step, "f")
    return row
