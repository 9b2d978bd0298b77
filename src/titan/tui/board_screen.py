"""The board: five panels, all at once where there is room, one by one where there is not."""

from __future__ import annotations

from typing import ClassVar, Final

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical, VerticalScroll
from textual.widgets import DataTable, Footer, Input, Static

from titan.tui import alerts, basis, holdings
from titan.tui.chart import chart_text
from titan.tui.desk import desk_text
from titan.tui.head import head
from titan.tui.palette import faded
from titan.tui.rows import Rows
from titan.tui.screens import HoldingScreen, Lines, StoryScreen, Told
from titan.tui.source import Source
from titan.tui.yields import yields_text
from titan.views.board import Board

PANELS: Final = ("basis", "holdings", "yields", "desk", "alerts")
TITLES: Final = ("basis monitor", "positions", "yield and inventory", "desk", "alerts")
SHORT: Final = ("Basis", "Positions", "Yield", "Desk", "Alerts")
WIDE: Final = 120
TALL: Final = 36
CHART: Final = 12
"""Lines within the panel of the basis, whose height is fixed."""


class Tab(Static):
    """A panel's name; a click shows the panel."""

    def __init__(self, number: int) -> None:
        super().__init__(f"{number} {SHORT[number - 1]}", classes="tab", id=f"tab-{number}", markup=False)
        self._number = number

    async def on_click(self) -> None:
        await self.screen.run_action(f"panel({self._number})")


class BoardScreen(Told):
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(n), f"panel({n})", name, show=False) for n, name in enumerate(SHORT, 1)),
        Binding("1-5", "panel(1)", "Panels", key_display="1-5"),
        Binding("slash", "filter", "Filter"), Binding("p", "app.pause", "Pause"),
        Binding("question_mark", "app.help", "Help"), Binding("q", "app.leave", "Quit"),
        Binding("escape", "unfilter", "All rows", show=False),
    ]  # fmt: skip

    def __init__(self, source: Source) -> None:
        super().__init__()
        self._source = source
        self._shown, self._wanted, self._one = 1, "", False
        self._latest: tuple[Board, int, bool] | None = None

    def compose(self) -> ComposeResult:
        yield Lines("head")
        with Horizontal(id="tabs"):
            for n in range(1, len(PANELS) + 1):
                yield Tab(n)
        with Container(id="panels"):
            yield Rows(basis.EMPTY, id="basis")
            with Vertical(id="chart"):
                yield Lines("chart-text")
            yield Rows(holdings.EMPTY, id="holdings")
            with VerticalScroll(id="yields"):
                yield Lines("yields-text")
            yield Rows(alerts.EMPTY, id="alerts")
            with VerticalScroll(id="desk"):
                yield Lines("desk-text")
        yield Lines("alert")
        yield Input(placeholder="show only rows with ...", id="filter")
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        for n, (name, title) in enumerate(zip(PANELS, TITLES), 1):
            self.query_one(f"#{name}").border_title = f"{n} {title}"
        self.query_one("#filter").display = False
        self.action_panel(1)

    def on_resize(self, event: events.Resize) -> None:
        self._one = event.size.width < WIDE or event.size.height < TALL
        self.set_class(self._one, "one")
        self._draw()

    def tell(self, board: Board, now_ns: int, *, paused: bool) -> None:
        self._latest = (board, now_ns, paused)
        self._draw()

    def _draw(self) -> None:
        if self._latest is None or not self.is_mounted:
            return
        board, now_ns, paused = self._latest
        width, wanted = self.size.width, self._wanted.lower()
        self.query_one("#head", Lines).put(head(board, width, paused=paused, now_ns=now_ns))
        self.query_one("#basis", Rows).tell(basis.COLUMNS, basis.basis_rows(board, wanted))
        self._draw_chart()
        self.query_one("#holdings", Rows).tell(holdings.COLUMNS, holdings.holding_rows(board, wanted))
        self.query_one("#alerts", Rows).tell(alerts.COLUMNS, alerts.alert_rows(board, wanted))
        side = width - 4 if self._one else width // 3 - 4
        for name, drawn in (("yields", yields_text(board, side)), ("desk", desk_text(board))):
            self.query_one(f"#{name}-text", Lines).put(faded(drawn) if board.old else drawn)
        self.query_one("#alert", Lines).put(alerts.alert_line(board))

    def _draw_chart(self) -> None:
        """Of the pair with the cursor."""
        if self._latest is None or self._one:
            return
        box, pair = self.query_one("#chart"), self.query_one("#basis", Rows).current
        box.border_title = Text(f"basis of {pair}, last samples" if pair else "basis").markup
        drawn = chart_text(self._latest[0], pair, self.size.width // 3 - 3, CHART)
        self.query_one("#chart-text", Lines).put(drawn)

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        if event.data_table.id == "basis":
            self._draw_chart()

    def action_panel(self, number: int) -> None:
        self._shown = number
        for n, name in enumerate(PANELS, 1):
            self.query_one(f"#{name}").set_class(n == number, "shown")
            self.query_one(f"#tab-{n}").set_class(n == number, "shown")
        self.query_one(f"#{PANELS[number - 1]}").focus()

    def action_filter(self) -> None:
        box = self.query_one("#filter", Input)
        box.display = True
        box.focus()

    def action_unfilter(self) -> None:
        box = self.query_one("#filter", Input)
        box.value, box.display = "", False
        self._wanted = ""
        self.action_panel(self._shown)
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        self._wanted = event.value.strip()
        self._draw()

    def on_input_submitted(self) -> None:
        """The filter stays; the keys are the panel's again."""
        self.query_one("#filter").display = bool(self._wanted)
        self.action_panel(self._shown)

    def on_rows_opened(self, event: Rows.Opened) -> None:
        event.stop()
        if self._latest is None:
            return
        board = self._latest[0]
        if event.table.id == "alerts":
            self._open_alert(board, event.key)
            return
        every = (*board.holdings, *board.ended)
        by_pair = event.table.id == "basis"
        found = next((one for one in every if event.key == (one.pair if by_pair else one.id)), None)
        if found is None:
            self.notify(f"nothing is or was held of {event.key}", markup=False)
        else:
            self.app.push_screen(HoldingScreen(self._source, found))

    def _open_alert(self, board: Board, key: str) -> None:
        """The story of what it is about; where it is about nothing, the whole of its words."""
        every = enumerate(board.alerts)
        one = next((one for n, one in every if alerts.key_of(n, one) == key), None)
        if one is not None and one.id:
            self.app.push_screen(StoryScreen(self._source, one.id))
        elif one is not None:
            self.notify(one.text, markup=False, timeout=20)
