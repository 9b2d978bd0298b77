"""A child process: what it says goes into a file, Ctrl-C of the terminal is not for it, and it does not
outlive its parent.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from titan.model.errors import TitanError

LINES: Final = 12
LARGEST: Final = 1 << 20
"""Bytes of a log that a start may add to; a longer one is put aside first."""
LAST_S: Final = 5.0


class Child:
    """One process; `start` it once."""

    def __init__(self, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None) -> None:
        self._command, self._env = tuple(command), env
        self.log = log
        self._process: Process | None = None
        self._from = 0

    async def start(self) -> None:
        """Raises TitanError where it cannot be started."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LARGEST:
            self.log.replace(self.log.with_name(f"{self.log.name}.1"))
        with self.log.open("ab") as said:
            self._from = said.tell()
            try:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command, stdin=PIPE, stdout=said, stderr=STDOUT, env=self._env,
                    start_new_session=True,
                )  # fmt: skip
            except OSError as e:
                raise TitanError(f"{self._command[0]} cannot be started: {e.strerror}") from e

    @property
    def pid(self) -> int:
        return self._process.pid if self._process is not None else 0

    @property
    def code(self) -> int | None:
        """None while it runs."""
        return self._process.returncode if self._process is not None else None

    async def ended(self) -> int:
        """Its code, below 0 for the signal that ended it."""
        assert self._process is not None
        return await self._process.wait()

    async def stop(self, seconds: float) -> None:
        """As Ctrl-C would; by force when that took so long."""
        if self._process is None:
            return
        for number, wait_s in ((signal.SIGINT, seconds), (signal.SIGKILL, LAST_S)):
            if self._process.returncode is not None:
                return
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), wait_s)

    def kill(self) -> None:
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    def lines(self) -> list[str]:
        """What it has said since it was started."""
        try:
            with self.log.open("rb") as said:
                said.seek(self._from)
                return said.read(LARGEST).decode(errors="replace").splitlines()
        except OSError:
            return []
