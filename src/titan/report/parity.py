"""The page of `titan parity`: a run beside its replay and the backtest of its tape, as one HTML file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from titan.report import words
from titan.report.page import ASSETS, page_policy, read_assets, write_whole

STYLES: Final = ("css/theme.css", "css/layout.css", "css/parity.css")
MOST_ROWS: Final = 300
"""Of a table on the page; the document has all."""
Document = Mapping[str, Any]


def build_parity(document: Document, out: Path) -> Path:
    """Write the page of a document of `titan parity`. Raises StorageError."""
    write_whole(out, render(document))
    return out


def render(document: Document) -> str:
    """The page as text."""
    environment = Environment(
        loader=FileSystemLoader(ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {
        "number": words.number, "clock": clock, "money": money, "tone": tone, "figure": figure,
        "moment": words.moment, "exact": exact,
    }  # fmt: skip
    theme = read_assets(("js/theme.js",))
    return environment.get_template("parity.html.j2").render(
        styles=Markup(read_assets(STYLES)),  # noqa: S704 -- our own files
        theme=Markup(theme),  # noqa: S704 -- our own file
        policy=page_policy(theme),
        doc=document,
        run=document["run"],
        replay=document["replay"],
        headline=headline(document),
        sentences=sentences(document),
        counts=document["counts"],
        digits=digits_of(document),
        tables={name: shown(document[name]) for name in ("signals", "decisions", "orders")},
        changes={name: changed(row) for name, row in enumerate(shown(document["signals"]))},
        span=words.span(max(document["run"]["end_ns"] - document["run"]["start_ns"], 0) / 1e9),
    )


def headline(document: Document) -> str:
    """What the replay says, in one line."""
    replay = document["replay"]
    if replay["equal"]:
        return f"Replayed bit for bit: {_n(replay['decisions'], 'decision')}, every one equal"
    if replay["difference"] is not None:
        return f"The replay differs from journal entry {replay['difference']['entry']:,} on"
    if replay["unverified"]:
        return f"{_n(replay['unverified'], 'decision')} could not be replayed"
    return "The tape is not the one that the run heard"


def sentences(document: Document) -> list[str]:
    """What the backtest of the tape says."""
    counts, quote = document["counts"], document["run"]["quote"]
    said = []
    for name, noun in (("signals", "signals"), ("decisions", "decisions"), ("orders", "orders")):
        one = counts[name]
        total = one["equal"] + one["differ"] + one["live_only"] + one["tested_only"]
        said.append(f"{one['equal']:,} of {total:,} {noun}")
    total = next(row for row in document["pnl"] if row["source"] == "total")
    gap = Decimal(total["difference"])
    capital = Decimal(document["run"]["capital"])
    share = f" ({words.number(gap / capital * 10_000, 3, sign=True)} bps of the capital)" if capital else ""
    return [
        f"A backtest of what the run heard has {words.join(said)} the same.",
        f"The run made {money(total['live'])} {quote}, the backtest {money(total['tested'])}: "
        f"a difference of {money(gap)} {quote}{share}.",
        _unexplained(document),
    ]


def _unexplained(document: Document) -> str:
    cause = next(row for row in document["causes"] if row["cause"] == "not explained")
    count = cause["signals"] + cause["decisions"] + cause["orders"]
    rest = Decimal(cause["pnl"])
    if not count and not rest:
        return "Every difference has its cause."
    return (
        f"{_n(count, 'difference')} and {money(rest)} {document['run']['quote']} of profit are not explained."
    )


def shown(rows: Sequence[Document]) -> list[Document]:
    """What differs first where not all have room; in the order of time."""
    if len(rows) <= MOST_ROWS:
        return list(rows)
    differing = [n for n, row in enumerate(rows) if row["cause"] != "equal"]
    same = [n for n, row in enumerate(rows) if row["cause"] == "equal"]
    return [rows[n] for n in sorted((differing + same)[:MOST_ROWS])]


def changed(row: Document) -> list[tuple[str, float, float]]:
    """The figures of a signal that differ, of the run and of the backtest."""
    live, tested = row["live"], row["tested"]
    if live is None or tested is None:
        return []
    return [(name, live[name], tested[name]) for name in live if live[name] != tested.get(name)]


def clock(ns: int) -> str:
    """Hours to milliseconds, UTC."""
    at = datetime.fromtimestamp(ns // 10**9, UTC)
    return f"{at:%H:%M:%S}.{ns % 10**9 // 10**6:03d}"


def digits_of(document: Document) -> int:
    """One number of places for all amounts of the page's sums: cents where they are whole ones."""
    told = [Decimal(row[name]) for row in document["pnl"] for name in ("live", "tested", "difference")]
    if all(one == round(one, 2) for one in told):
        return 2
    least = min(abs(one) for one in told if one)
    return 4 if least >= Decimal("0.00005") else 8


def money(value: str | Decimal | float, places: int = 0) -> str:
    """With its sign; cents where that is enough, or so many places."""
    plain = Decimal(str(value))
    if places:
        return words.number(plain, places, sign=True)
    digits = 4
    digits = 2 if abs(plain) >= 100 or plain == round(plain, 2) else digits
    while plain and digits < 8 and round(plain, digits) == 0:
        digits += 1
    return words.number(plain, digits, sign=True)


def exact(value: str | None) -> str:
    """A decimal without the zeros behind it."""
    if value is None:
        return words.NOTHING
    text = f"{Decimal(value):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def figure(value: float | None) -> str:
    return words.NOTHING if value is None else f"{value:.6g}".replace("-", words.MINUS)


def tone(value: str | Decimal | float) -> str:
    plain = Decimal(str(value))
    return "gain" if plain > 0 else "loss" if plain < 0 else ""


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
