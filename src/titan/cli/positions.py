"""`titan positions`: what is held, folded from the fills of the journal, at the prices its run saw last."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, NamedTuple

import typer

from titan.cli.looking import Json, Since, StoreUrl, fields, more, opened, table
from titan.cli.marks import Marks, marks_beside
from titan.cli.terminal import write_json
from titan.cli.times import time_of
from titan.runtime.watching.written import number, price, size, when
from titan.storage.positions import Position
from titan.storage.positions import positions as folded
from titan.storage.views import Rules, every_fill, funding_in, rules_of

ZERO = Decimal(0)


class Worth(NamedTuple):
    """In the quote asset. None: the instrument's rules or its price are not known; funding is None where it
    is not told apart, and by asset."""

    mark: Decimal | None
    unrealised: Decimal | None
    realised: Decimal | None
    funding: Mapping[str, Decimal] | None


def positions(
    is_open: Annotated[bool, typer.Option("--open", help="Only what is held now.")] = False,
    owners: Annotated[bool, typer.Option("--owners", help="Each holding by itself.")] = False,
    since: Since = "", store: StoreUrl = "", as_json: Json = False,
) -> None:  # fmt: skip
    """Show what every fill of the journal adds up to: size, average entry, what was realised before fees, the
    funding so far (perps; not told apart by holding), and what is unrealised at the mark.

    Marks are those that the run wrote last into the status.json beside its journal; their time is told.
    Where there is none, mark and unrealised stay empty (null in JSON). What was there before the journal is
    not in it. With --since, only what fills and funding from then on add up to.

    Example: titan positions --open
    """
    from_ns = time_of("--since", since) or 0
    with opened(store, quiet=as_json) as found:
        rules, marks = rules_of(found), marks_beside(found)
        rows = [p for p in folded(every_fill(found, from_ns), by_owner=owners) if p.lots or not is_open]
        paid = {} if owners else funding_in(found, from_ns)
    worth = [_worth(p, rules, marks, None if owners else paid.get(p.instrument, {})) for p in rows]
    if as_json:
        lines = [_plain(p, w, rules) for p, w in zip(rows, worth)]
        write_json({"marks_ns": marks.at_ns, "positions": lines})
        return
    quotes = {known.quote for p in rows if (known := rules.get(p.instrument)) is not None}
    one = quotes.pop() if len(quotes) == 1 else ""
    _draw(rows, worth, rules, owners=owners, quote=one)
    said = [*([f"amounts in {one}"] if one else []), *([marks.said] if any(p.lots for p in rows) else [])]
    if said:
        sys.stderr.write(f"{'; '.join(said)}\n")
    more(len(rows), 0, "positions")


def _worth(
    one: Position, rules: Mapping[str, Rules], marks: Marks, paid: Mapping[str, Decimal] | None
) -> Worth:
    known, mark = rules.get(one.instrument), marks.prices.get(one.instrument)
    if known is None:
        return Worth(mark, None, None, paid)
    realised = one.realised * known.tick * known.lot
    if not one.lots:
        return Worth(mark, ZERO, realised, paid)
    if mark is None:
        return Worth(None, None, realised, paid)
    return Worth(mark, (mark - one.average_ticks * known.tick) * one.lots * known.lot, realised, paid)


def _plain(one: Position, worth: Worth, rules: Mapping[str, Rules]) -> dict[str, object]:
    paid = worth.funding
    return fields(one, rules, size="lots", average_price="average_ticks") | {
        "mark": None if worth.mark is None else format(worth.mark, "f"),
        "unrealised_quote": _quote(worth.unrealised, one, rules),
        "realised_quote": _quote(worth.realised, one, rules),
        "funding": None if paid is None else {asset: format(sum_, "f") for asset, sum_ in paid.items()},
    }


def _draw(
    rows: Sequence[Position], worth: Sequence[Worth], rules: Mapping[str, Rules], *, owners: bool, quote: str
) -> None:
    """Amounts without their unit where it is `quote`."""
    unit = f" {quote}"
    heads = ("instrument", *(("holding",) if owners else ()), "size", "entry", "mark", "unrealised",
             "realised", *(() if owners else ("funding",)), "fees", "fills", "last fill (UTC)")  # fmt: skip
    lines = [
        (
            p.instrument, *((p.owner or "no holding",) if owners else ()),
            size(p.lots, p.instrument, rules), price(p.average_ticks, p.instrument, rules) if p.lots else "",
            number(w.mark) if p.lots and w.mark is not None else "",
            *(
                text if ", " in text else text.removesuffix(unit)
                for text in (
                    _short(w.unrealised, p, rules) if p.lots else "", _short(w.realised, p, rules),
                    *(() if owners else (_sums(w.funding or {}),)), _sums(p.fees),
                )
            ), f"{p.fills:,}", when(p.last_ns),
        )
        for p, w in zip(rows, worth)
    ]  # fmt: skip
    if lines:
        right = ("size", "entry", "mark", "unrealised", "realised", "funding", "fees", "fills")
        table(heads, lines, right=right, dim=("last fill (UTC)",))


def _sums(amounts: Mapping[str, Decimal]) -> str:
    return ", ".join(f"{number(_rounded(one))} {asset}" for asset, one in sorted(amounts.items()) if one)


def _short(value: Decimal | None, one: Position, rules: Mapping[str, Rules]) -> str:
    known = rules.get(one.instrument)
    return "" if value is None or known is None else f"{number(_rounded(value))} {known.quote}"


def _rounded(value: Decimal) -> Decimal:
    """For people: cents, and of less than one four digits. --json has all."""
    return round(value, 2 if abs(value) >= 1 else 2 - value.adjusted() + 1) if value else ZERO


def _quote(value: Decimal | None, one: Position, rules: Mapping[str, Rules]) -> str | None:
    known = rules.get(one.instrument)
    return None if value is None or known is None else f"{number(round(value, 8))} {known.quote}"
