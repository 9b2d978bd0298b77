"""A table that is told its rows again and again and changes only what changed: no flicker, no lost cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.coordinate import Coordinate
from textual.message import Message
from textual.widgets import DataTable

_LEAST: Final = 8
Sortable = float | int | str


class Column(NamedTuple):
    """`width` 0: all that the others leave, and at least 8. Where there is not room for all, the one of the
    highest `rank` goes first; 0 never does.
    """

    key: str
    title: str
    width: int = 0
    right: bool = True
    rank: int = 0


class Row(NamedTuple):
    """`key` names it for good; `sorts` are the values that its columns are sorted by; both by column key."""

    key: str
    cells: Mapping[str, Text]
    sorts: dict[str, Sortable]


class Rows(DataTable[Text]):
    """Rows with a cursor; Enter or a click opens one, a click on a head or `s` sorts."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "cursor_down", "down", show=False),
        Binding("k", "cursor_up", "up", show=False),
        Binding("enter", "select_cursor", "Open"),
        Binding("s", "sort", "Sort"),
    ]

    class Opened(Message):
        """Somebody wants to see the row `key`."""

        def __init__(self, table: Rows, key: str) -> None:
            super().__init__()
            self.table, self.key = table, key

    def __init__(self, empty: str = "", **settings: object) -> None:
        super().__init__(
            cursor_type="row", cell_padding=1, cursor_foreground_priority="renderable",
            id=str(settings.get("id", "")) or None,
        )  # fmt: skip
        self._empty, self._heads, self._rows = empty, tuple[Column, ...](), list[Row]()
        self._told: Sequence[Row] = ()
        self._asked: tuple[Column, ...] = ()
        self._note = ""
        self._sorted_by, self._reverse = "", False

    @property
    def sorting(self) -> str:
        """The column that sorts, empty for the given order."""
        return self._sorted_by

    @property
    def current(self) -> str:
        """The key of the row with the cursor; empty for none."""
        return self._rows[self.cursor_row].key if 0 <= self.cursor_row < len(self._rows) else ""

    def tell(self, columns: Sequence[Column], rows: Sequence[Row], note: str = "") -> None:
        """The rows as they are now, and what is said below them."""
        self._told, self._asked, self._note = rows, tuple(columns), note
        heads = self._fitted(columns)
        rebuilt, kept = heads != self._heads, self.current
        if rebuilt:
            self.clear(columns=True)
            self._heads, self._rows = heads, []
            for head in self._heads:
                title = Text(head.title, justify="right" if head.right else "left")
                self.add_column(title, width=head.width or None, key=head.key)
            self._mark()
        ordered = self._ordered(rows)
        if rebuilt or [one.key for one in ordered] != [one.key for one in self._rows]:
            self._lay(ordered, kept)
        else:
            for at, (old, new) in enumerate(zip(self._rows, ordered)):
                for place, head in enumerate(heads):
                    before, after = old.cells[head.key], new.cells[head.key]
                    if before != after or before.style != after.style:
                        self.update_cell_at(Coordinate(at, place), _cut(after), update_width=True)
            self._rows = ordered
        self.border_subtitle = self._note if ordered else self._empty

    def on_resize(self) -> None:
        if self._asked:
            self.tell(self._asked, self._told, self._note)

    def _fitted(self, columns: Sequence[Column]) -> tuple[Column, ...]:
        inside = self.container_size.width - 2
        kept = list(columns)
        while _taken(kept) > inside and any(one.rank for one in kept):
            kept.remove(max(kept, key=lambda one: one.rank))
        room = max(inside - _taken(kept) + _LEAST, _LEAST)
        return tuple(one if one.width else one._replace(width=room) for one in kept)

    def _lay(self, ordered: list[Row], kept: str) -> None:
        """Anew, with the cursor on the row `kept`, that it was on."""
        scrolled = self.scroll_y
        self.clear()
        for row in ordered:
            self.add_row(*(_cut(row.cells[head.key]) for head in self._heads), key=row.key)
        self._rows = ordered
        place = next((n for n, one in enumerate(ordered) if one.key == kept), 0)
        self.move_cursor(row=place, scroll=False)
        self.scroll_to(y=scrolled, animate=False)

    def _ordered(self, rows: Sequence[Row]) -> list[Row]:
        if not self._sorted_by:
            return list(rows)
        by = self._sorted_by
        texts = any(isinstance(row.sorts.get(by), str) for row in rows)
        nothing: Sortable = "" if texts else float("-inf")
        return sorted(rows, key=lambda row: row.sorts.get(by, nothing), reverse=self._reverse)

    def action_sort(self) -> None:
        """By the next column, at last in the given order again."""
        keys = ["", *(head.key for head in self._heads if any(head.key in row.sorts for row in self._told))]
        at = keys.index(self._sorted_by) if self._sorted_by in keys else 0
        self.sort_by(keys[(at + 1) % len(keys)])

    def sort_by(self, key: str) -> None:
        """The same column again turns it round."""
        if key and not any(key in row.sorts for row in self._told):
            return
        again = key and key == self._sorted_by
        self._reverse = not self._reverse if again else bool(key) and not self._texts(key)
        self._sorted_by = key
        self._mark()
        self._lay(self._ordered(self._told), self.current)

    def _texts(self, key: str) -> bool:
        return any(isinstance(row.sorts.get(key), str) for row in self._told)

    def _mark(self) -> None:
        """An arrow at the head that sorts."""
        for head, column in zip(self._heads, self.ordered_columns):
            arrow = (" ▾" if self._reverse else " ▴") if head.key == self._sorted_by else ""
            column.label = Text(f"{head.title}{arrow}", justify="right" if head.right else "left")
        self.refresh()

    def on_data_table_header_selected(self, event: DataTable.HeaderSelected) -> None:
        event.stop()
        self.sort_by(str(event.column_key.value))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        event.stop()
        if event.row_key.value:
            self.post_message(self.Opened(self, event.row_key.value))


def _taken(columns: Sequence[Column]) -> int:
    """Of the width, padding and all."""
    return sum((one.width or _LEAST) + 2 for one in columns)


def _cut(cell: Text) -> Text:
    """What has no room shows that there is more of it."""
    shown = cell.copy()
    shown.no_wrap, shown.overflow = True, "ellipsis"
    return shown
