"""The week's account of itself, as lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.week.played import carried
from titan.portfolio.nav import PnL

if TYPE_CHECKING:
    from tests.week.story import Story


def lines(story: Story) -> Sequence[str]:
    return [*_survived(story), "", *_laws(story), "", *_money(story)]


def survived(story: Story) -> dict[str, int]:
    """What happened to the run, by name."""
    named = {
        "processes killed": story.counts["kill"],
        **{f"  {name}": count for name, count in sorted(story.aimed.items())},
        "venues unreachable": story.counts["outage"],
        "entries lost with a process": story.lost, "connections refused": story.net.refused,
    }  # fmt: skip
    return named | {f"fault: {kind}": count for kind, count in sorted(story.hits.items()) if count}


def came(story: Story) -> dict[str, int]:
    """What the run did."""
    amount, fees, _ = carried(story)
    told = {"orders": story.counts["Submitted"], "fills": story.counts["Fill"], **story.played}
    return told | {"USDT carried between venues": int(amount), "USDT of fees for it": int(fees)}


def _survived(story: Story) -> Iterator[str]:
    yield "survived"
    for name, count in survived(story).items():
        yield f"  {name:<42}{count:>10,}"
    yield ""
    yield "played"
    for name, count in came(story).items():
        yield f"  {name:<42}{count:>10,}"


def _laws(story: Story) -> Iterator[str]:
    assert story.statement is not None
    for name, kept, text in story.statement.laws:
        yield f"  {'kept' if kept else 'BROKEN':<8}{name}: {text}"


def _money(story: Story) -> Iterator[str]:
    said = story.statement
    assert said is not None
    yield "profit by source, USDT"
    for name in PnL.__struct_fields__:
        yield f"  {name:<12}{_money_text(getattr(said.pnl, name)):>18}"
    yield f"  {'in all':<12}{_money_text(said.pnl.total):>18}"
    yield f"  {'NAV':<12}{_money_text(said.nav_start):>18} to {_money_text(said.nav_end)}"


def _money_text(value: Decimal) -> str:
    return f"{value:,.8f}"
