"""The screens over the board: a holding with its transactions, the story of an order, help, leaving."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.message import Message
from textual.screen import ModalScreen, Screen
from textual.widgets import Footer, Static

from titan.model.errors import StorageError
from titan.tui import transactions
from titan.tui.figures import clock, money
from titan.tui.head import head
from titan.tui.holdings import facts
from titan.tui.palette import DIM, LIME, RED, TEXT
from titan.tui.rows import Rows
from titan.tui.source import Source, StoryLine
from titan.views.board import Board, HoldingRow

WIDE: Final = 110
SHOWN: Final = 1000
"""Transactions of a position, at most: a table of ten thousands would stand still while it is laid out."""
HELP: Final = (
    ("1 to 5", "a panel: basis, positions, yield, desk, alerts"),
    ("arrows, j k", "move in a table"), ("enter, click", "open a position, or the story of a line"),
    ("escape", "back; out of the filter"), ("/", "show only rows with these letters"),
    ("s, click a head", "sort by the next column; a head again: turned round"),
    ("p", "pause: nothing on the screen changes; the run goes on"), ("o", "in a position: its orders too"),
    ("?", "this page"), ("q", "leave; a run that was started here is asked about"),
)  # fmt: skip
LEGEND: Final = (
    ("▲▲ orange", "z at 2 or more: the basis is stretched"), ("▲ amber", "z at 1 or more"),
    ("· grey", "near its mean"), ("▼ blue", "below its mean; ▼▼ at −2 or less"),
    ("◇ stretched", "far from its mean, and the round trip does not pay"),
    ("┣──╂─◆┼──╂──┫", "delta of NAV: a warning at the inner marks, a hedge at the ends"),
    ("STALE", "the run has not written for a while: nothing shown is live"),
)  # fmt: skip


class Lines(Static):
    """Text that is drawn anew only when it is another."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name, markup=False)
        self._last = Text()

    def put(self, text: Text) -> None:
        """What it says from now on."""
        if text != self._last:
            self._last = text
            self.update(text)


class Told(Screen[None]):
    """A screen that is told every new board, and the last one when it comes up."""

    class Up(Message):
        """It is seen, and wants to know what is so."""

    def on_screen_resume(self) -> None:
        self.post_message(self.Up())

    def tell(self, board: Board, now_ns: int, *, paused: bool) -> None:
        """Draw it."""


class HoldingScreen(Told):
    """One position: what is known of it, and every transaction."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace", "app.up", "Back"), Binding("o", "orders", "Orders"),
    ]  # fmt: skip

    def __init__(self, source: Source, holding: HoldingRow) -> None:
        super().__init__()
        self._source, self._holding = source, holding
        self._lines: list[transactions.Transaction] = []
        self._orders, self._known, self._then_ns = False, -1, 0

    def compose(self) -> ComposeResult:
        yield Lines("head")
        yield Lines("facts")
        yield Rows(transactions.EMPTY, id="transactions")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#facts").border_title = Text(self._holding.id).markup
        self.query_one(Rows).border_title = "transactions, the newest first"
        self.query_one(Rows).focus()

    def tell(self, board: Board, now_ns: int, *, paused: bool) -> None:
        every = (*board.holdings, *board.ended)
        self._holding = next((one for one in every if one.id == self._holding.id), self._holding)
        quote = board.status.quote if board.status is not None else ""
        self.query_one("#head", Lines).put(head(board, self.size.width, paused=paused, now_ns=now_ns))
        self.query_one("#facts", Lines).put(facts(self._holding, quote, board.then_ns))
        self._then_ns = board.then_ns
        if self._holding.seen != self._known:
            self._known = self._holding.seen
            self.run_worker(self.load(), exclusive=True)

    async def load(self) -> None:
        """Its transactions, from the journal."""
        try:
            self._lines = await asyncio.to_thread(self._source.transactions, self._holding)
        except StorageError as e:
            self.notify(e.message, severity="error", markup=False)
            return
        self._draw()

    def _draw(self) -> None:
        table = self.query_one(Rows)
        wide = self.size.width >= WIDE
        rows = transactions.transaction_rows(self._lines, self._then_ns, SHOWN, orders=self._orders)
        fills, fees, funding = transactions.summed(self._lines)
        many = f"the newest {SHOWN:,} of {len(self._lines):,}; " if len(rows) == SHOWN else ""
        note = f"{many}{fills:,} fills, fees {money(fees, sign=True)}, funding {money(funding, sign=True)}"
        table.tell(transactions.WIDE if wide else transactions.NARROW, rows, note)

    def action_orders(self) -> None:
        self._orders = not self._orders
        self._draw()

    def on_rows_opened(self, event: Rows.Opened) -> None:
        event.stop()
        line = next((one for one in self._lines if str(one.seq) == event.key), None)
        if line is not None and line.trace:
            self.app.push_screen(StoryScreen(self._source, line.trace))


class StoryScreen(Told):
    """Every entry of the journal that belongs to an order or a wish, as `titan trace` tells it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,backspace,enter", "app.up", "Back"), Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]  # fmt: skip

    def __init__(self, source: Source, name: str) -> None:
        super().__init__()
        self._source, self._of = source, name

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="story"):
            yield Static(id="lines", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        box = self.query_one("#story")
        box.border_title = Text(self._of).markup
        box.focus()
        self.run_worker(self.load(), exclusive=True)

    async def load(self) -> None:
        """Its entries, from the journal."""
        box = self.query_one("#story")
        try:
            kind, lines = await asyncio.to_thread(self._source.story, self._of)
        except StorageError as e:
            kind, lines = e.message, []
        box.border_subtitle = Text(kind).markup
        self.query_one("#lines", Static).update(_told(lines, self._of))

    def action_scroll(self, by: int) -> None:
        self.query_one("#story").scroll_relative(y=by, animate=False)


def _told(lines: list[StoryLine], name: str) -> Text:
    if not lines:
        return Text(f"nothing in the journal has the id {name}", DIM)
    text, first = Text(), lines[0].at_ns
    for one in lines:
        bad = one.label == "refused" or one.words.startswith(("reject", "timeout"))
        text.append(f"{clock(one.at_ns)} ", DIM).append(f"{(one.at_ns - first) / 1e6:>10,.1f} ms  ", DIM)
        text.append(f"{one.label:<10}", RED if bad else LIME)
        text.append(f"{' '.join(one.words.split())}\n", TEXT)
    return text


class HelpScreen(ModalScreen[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "app.up", "Back")]

    def compose(self) -> ComposeResult:
        text = Text("\n")
        for rows in (HELP, LEGEND):
            for key, meaning in rows:
                text.append(f" {key:<16}", LIME).append(f"{meaning}\n", TEXT)
            text.append("\n")
        with VerticalScroll(id="help"):
            yield Static(text, markup=False)

    def on_mount(self) -> None:
        self.query_one("#help").border_title = "keys and signs"
        self.query_one("#help").border_subtitle = "escape: back"

    def on_click(self) -> None:
        self.dismiss()


class LeaveScreen(ModalScreen[str]):
    """Asked where the run was started here. Answers "stop", "stay" or nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer('stop')", "stop the run and leave"), Binding("escape,n", "answer('')", "stay"),
    ]  # fmt: skip

    def compose(self) -> ComposeResult:
        text = Text("\n The run was started here. It stops decently: entries stop, executions\n", TEXT)
        text.append(" under way end or are withdrawn, what is held stays in its journal.\n\n", TEXT)
        for key, meaning in (("y", "stop the run and leave"), ("n, escape", "stay")):
            text.append(f" {key:<10}", LIME).append(f"{meaning}\n", DIM)
        with Vertical(id="leave"):
            yield Static(text, markup=False)

    def on_mount(self) -> None:
        self.query_one("#leave").border_title = "leave?"

    def action_answer(self, answer: str) -> None:
        self.dismiss(answer)
