"""A run's status as a picture: what it is worth, holds and waits for, what is closed, how fast it is."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from titan.views.status import Percentiles, PositionLine, Status

WIDE: Final = 100
"""Columns from which a position's mark and value have room too."""
ALL: Final = "all orders"
"""The door that keeps exits in as well."""
_ORDERS: Final = 8
_REFUSALS: Final = 5


def drawn(status: Status, width: int) -> Any:
    """For a terminal of so many columns."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    parts: list[Any] = [_head(status), _money(status), Text()]
    parts.append(_markets(status, wide=width >= WIDE))
    if status.in_flight:
        parts += [Text(), _orders(status)]
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    for label, text in _rows(status):
        rows.add_row(label, text)
    parts += [Text(), rows]
    if status.latency:
        parts += [Text(), _latency(status)]
    return Group(*parts)


def _head(status: Status) -> Any:
    from rich.text import Text

    state = "bold red" if status.state == "halted" else "bold"
    money = ("simulated", "cyan") if status.simulated else ("REAL MONEY", "bold red")
    resumed = ", resumed" if status.resumed else ""
    return Text.assemble(
        (f"{status.mode} {status.state}", state), "  ", money,
        (f"  run {status.run_id}{resumed}, {duration(status.seconds)}", "dim"),
    )  # fmt: skip


def _money(status: Status) -> Any:
    from rich.text import Text

    sources = [f"{name} {amount:+,.2f}" for name, amount in status.pnl.items() if amount]
    return Text.assemble(
        (f"NAV {worth(status)}", "bold"), "   ", ", ".join(sources) or "no profit or loss yet"
    )


def worth(status: Status) -> str:
    """NAV, and what was gained since this process began."""
    if status.nav is None:
        return "not known: what is held has no price"
    gained = ""
    if status.start_nav is not None:
        gained = f" ({status.nav - status.start_nav:+,.2f} since this start)"
    return f"{status.nav:,.2f} {status.quote}{gained}"


def _markets(status: Status, *, wide: bool) -> Any:
    """Every instrument: its price, and what is held of it."""
    from rich.text import Text

    heads = ["market", "mid", "age", "size", "entry", *(("mark", "value") if wide else ()), "unrealised"]
    table = _table(heads, left=("market",))
    held = {p.instrument: p for p in status.positions}
    for price in status.prices:
        mid: Any = Text(price.why, "red") if price.why else f"{price.mid:,.8g}"
        never = price.age_ms * 1e6 > status.at_ns / 2  # counted from the beginning of time
        old = "never heard" if never else age(price.age_ms)
        table.add_row(price.instrument, mid, old, *_held(held.get(price.instrument), wide=wide))
    return table


def _held(one: PositionLine | None, *, wide: bool) -> list[Any]:
    from rich.text import Text

    if one is None:
        return ["-", "", *(("", "") if wide else ()), ""]
    at = [] if not wide else [_figure(one.mark), _figure(one.value, 2)]
    if one.unrealised is None:
        return [_figure(one.size), _figure(one.entry), *at, Text("no mark", "yellow")]
    gained = Text(f"{one.unrealised:+,.2f}", "red" if one.unrealised < 0 else "green")
    return [_figure(one.size), _figure(one.entry), *at, gained]


def _orders(status: Status) -> Any:
    table = _table(
        ["order", "side", "size", "filled", "price", "state", "age"], left=("order", "side", "state")
    )
    for o in status.in_flight[:_ORDERS]:
        price = _figure(o.price) if o.price else "market"
        table.add_row(o.instrument, o.side, _figure(o.size), _figure(o.filled), price, o.state, age(o.age_ms))
    if len(status.in_flight) > _ORDERS:
        table.add_row(f"and {len(status.in_flight) - _ORDERS} more")
    return table


def _rows(status: Status) -> Iterator[tuple[str, Any]]:
    from rich.text import Text

    for door, why in status.closed.items():
        if door == ALL:
            yield "orders", Text(f"nothing may leave: {why}", "red")
        else:
            yield "entries", Text(f"closed by {door}: {why}", "yellow")
    if not status.closed:
        yield "entries", Text("open", "green")
    under_way = f", {status.executions} executions under way" if status.executions else ""
    counts = f"{status.signals:,} signals, {status.orders:,} orders, {status.fills:,} fills{under_way}"
    yield "desk", counts
    for why, count in sorted(status.refusals.items(), key=lambda item: -item[1])[:_REFUSALS]:
        yield "refused", Text(f"{count:,} x {why}")
    for v in status.venues:
        late = f", {v.latency_ms:.1f} ms late" if v.latency_ms is not None else ""
        silent = f", silent {age(v.silent_ms)}" if v.silent_ms is not None else ""
        again = f", {v.reconnects} reconnects" if v.reconnects else ""
        text = Text(f"{v.venue}  {v.live} of {v.connections} connections{late}{silent}{again}")
        yield "venue", text.append(f"  {v.error}" if v.error else "", "red")
    journal = status.journal
    waiting = f", {journal.waiting} waiting" if journal.waiting else ""
    text = Text(f"{journal.entries:,} entries{waiting}, {status.rows:,} rows of market data heard")
    yield "journal", text.append(f"  {journal.trouble}" if journal.trouble else "", "red")


def _latency(status: Status) -> Any:
    table = _table(["stage", "p50", "p99", "p99.9", "most", "count"], left=("stage",))
    for stage, took in status.latency.items():
        table.add_row(stage, *figures(took))
    return table


def figures(took: Percentiles) -> list[str]:
    return [*(micros(us) for us in (took.p50, took.p99, took.p999, took.most)), f"{took.count:,}"]


def _table(heads: list[str], *, left: tuple[str, ...]) -> Any:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for head in heads:
        table.add_column(head, justify="left" if head in left else "right", no_wrap=True)
    return table


def _figure(value: Decimal | None, places: int | None = None) -> str:
    """Thousands apart; at most eight digits that count, and none that say nothing."""
    if value is None:
        return ""
    if places is not None:
        return f"{value:,.{places}f}"
    text = f"{round(value, max(0, 7 - value.adjusted())) if value else value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def micros(us: float) -> str:
    return f"{us:,.0f} us" if us < 10_000 else f"{us / 1e3:,.1f} ms"


def age(ms: float) -> str:
    return f"{ms:,.0f} ms" if ms < 10_000 else duration(ms / 1e3)


def duration(seconds: float) -> str:
    """As 12 s, 03:20, 5:03:20 or 2 d 5:03:20."""
    if seconds < 60:
        return f"{seconds:,.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    clock = f"{hours}:{minutes:02d}:{rest:02d}" if hours or days else f"{minutes:02d}:{rest:02d}"
    return f"{days} d {clock}" if days else clock
