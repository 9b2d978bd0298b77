"""The terminal's application: looks at a run again and again, and gives what it found to the screens.

It runs in a process of its own and only reads: files, and the store by a connection that waits for nobody.
So however slow a terminal is, no order waits for it.
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

from textual.app import App
from textual.binding import Binding, BindingType

from titan.tui.board_screen import BoardScreen
from titan.tui.palette import THEME
from titan.tui.screens import HelpScreen, LeaveScreen, Told
from titan.tui.source import Source
from titan.tui.started import Started, StartScreen
from titan.tui.style import STYLE
from titan.views.board import Board

HZ: Final = 4.0


class Terminal(App[None]):
    """`hz` is how often it looks; 0: only when `look` is called. `started` is a run that was begun for it."""

    CSS = STYLE
    TITLE = "Titan"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c,ctrl+q", "leave", show=False, priority=True)]

    def __init__(self, source: Source, hz: float = HZ, started: Started | None = None) -> None:
        super().__init__()
        self._source, self._hz, self._started = source, hz, started
        self.board: Board | None = None
        self.paused = False
        self.drawn = 0

    def on_mount(self) -> None:
        self.register_theme(THEME)
        self.theme = THEME.name
        self.push_screen(BoardScreen(self._source))
        if self._started is not None:
            self.push_screen(StartScreen(self._started))
        if self._hz:
            self.run_worker(self._follow(), name="follow")

    async def _follow(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(0.0 if self._source.behind and not self.paused else 1 / self._hz)

    async def look(self) -> None:
        """Once; what is shown stays as it is while paused."""
        if not self.paused:
            found = await asyncio.to_thread(self._source.look)
            if not self.paused:
                self.board = found
                self._show()
        if self._started is not None and isinstance(self.screen, StartScreen):
            self.screen.tell_start(self.board)

    def on_told_up(self) -> None:
        self._show()

    def _show(self) -> None:
        board = self.board
        if board is None:
            return
        self.drawn += 1
        for screen in self.screen_stack[-1:]:
            if isinstance(screen, Told):
                screen.tell(board, board.at_ns, paused=self.paused)

    def action_up(self) -> None:
        if len(self.screen_stack) > 2:
            self.pop_screen()

    def action_pause(self) -> None:
        self.paused = not self.paused
        self._show()

    def action_help(self) -> None:
        self.push_screen(HelpScreen())

    def action_leave(self) -> None:
        if self._started is None or self._started.ended:
            self.exit()
        elif not isinstance(self.screen, LeaveScreen):
            self.push_screen(LeaveScreen(), self._answered)

    def _answered(self, answer: str | None) -> None:
        if answer == "stop" and self._started is not None:
            self.notify("stopping the run", timeout=60)
            self.run_worker(self._stop(self._started), name="stop")

    async def _stop(self, started: Started) -> None:
        await asyncio.to_thread(started.stop)
        await self.look()
        self.exit()
