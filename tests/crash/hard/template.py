"""A process that has imported and compiled everything, and forks the ones that are killed.

It reads orders from its standard input, a line of JSON each, and writes `<number> <word>` lines to its
standard output: `born PID`, then what that process says of itself (`wired`, `ready`, `dies ENTRY`, `broke`),
then `dead STATUS`. There is no thread here when it forks.
"""

from __future__ import annotations

import contextlib
import gc
import os
import select
import sys
import threading

import msgspec

from tests.crash.hard.worker import Life, body


class Order(msgspec.Struct):
    """`number` is the caller's name for the process that is to live this life."""

    number: int
    life: Life


def say(number: int, word: str) -> None:
    os.write(1, f"{number} {word}\n".encode())


def warm(life: Life) -> None:
    """One run from beginning to end within this process: what it loads and compiles, all others have."""
    said = os.dup(2)
    code = body(life, lambda _word: None)
    os.dup2(said, 2)
    os.close(said)
    others = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    if code or others:
        raise SystemExit(f"the template could not be made: {others}, see {life.place}/said.log")


class Template:
    def __init__(self) -> None:
        self._of: dict[int, tuple[int, int]] = {}
        """pidfd -> (pid, number)"""
        self._poll = select.poll()
        self._poll.register(0, select.POLLIN)
        self._rest = b""
        self.open = True

    def run(self) -> None:
        while self.open or self._of:
            for fd, _ in self._poll.poll():
                if fd == 0:
                    self._read()
                else:
                    self._reap(fd)

    def _read(self) -> None:
        got = os.read(0, 65536)
        if not got:
            self.open = False
            self._poll.unregister(0)
            return
        *lines, self._rest = (self._rest + got).split(b"\n")
        for line in lines:
            self._fork(msgspec.json.decode(line, type=Order))

    def _fork(self, order: Order) -> None:
        pid = os.fork()
        if pid == 0:
            code = 1
            with contextlib.suppress(BaseException):
                os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
                code = body(order.life, lambda word: say(order.number, word))
            os._exit(code)
        fd = os.pidfd_open(pid)
        self._of[fd] = pid, order.number
        self._poll.register(fd, select.POLLIN)
        say(order.number, f"born {pid}")

    def _reap(self, fd: int) -> None:
        pid, number = self._of.pop(fd)
        self._poll.unregister(fd)
        os.close(fd)
        _, status = os.waitpid(pid, 0)
        say(number, f"dead {os.waitstatus_to_exitcode(status)}")


def main() -> int:
    warm(msgspec.json.decode(sys.argv[1], type=Life))
    gc.collect()
    gc.freeze()
    say(0, "warm")
    Template().run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
