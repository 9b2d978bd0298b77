"""A run that was started for the terminal: a process of its own, told to stop as Ctrl-C would tell it."""

from __future__ import annotations

import contextlib
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Footer, Static

from titan.tui.palette import DIM, LIME, RED, TEXT
from titan.tui.screens import Told
from titan.views.board import Board, Freshness

STOPS_S: Final = 30.0
"""How long a run may take to stop before it is told once more, and then left alone."""
_LINES: Final = 12


class Started:
    """`log` is where it writes what it says while it starts."""

    def __init__(self, command: Sequence[str], log: Path) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self.log = log
        with log.open("wb") as said:
            # S603: the command is our own. A group of its own: Ctrl-C in the terminal is not for it.
            self._process = subprocess.Popen(  # noqa: S603
                list(command), stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    @property
    def code(self) -> int | None:
        return self._process.poll()

    def lines(self) -> list[str]:
        """What it said last."""
        try:
            return self.log.read_text(errors="replace").splitlines()[-_LINES:]
        except OSError:
            return []

    def stop(self) -> None:
        """Returns when it has stopped, or has not in time."""
        for _ in range(2):
            if self.ended:
                return
            self._process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPS_S)


class StartScreen(Told):
    """What the run says until it says what it is worth."""

    BINDINGS = [("q", "app.leave", "Quit")]  # noqa: RUF012

    def __init__(self, started: Started) -> None:
        super().__init__()
        self._started = started

    def compose(self) -> ComposeResult:
        with Vertical(id="starting"):
            yield Static(id="said", markup=False)
        yield Footer(show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one("#starting").border_title = "starting a run"

    def tell_start(self, board: Board | None) -> None:
        if board is not None and board.freshness is Freshness.LIVE:
            self.dismiss()
            return
        text = Text("\n")
        for line in self._started.lines():
            text.append(f" {line}\n", TEXT)
        if self._started.ended:
            text.append(f"\n It ended with code {self._started.code}. q leaves.\n", RED)
        else:
            text.append("\n The first time kernels are compiled: up to a minute.\n", DIM)
            text.append(" Its market and its money are simulated.\n", LIME)
        self.query_one("#said", Static).update(text)
