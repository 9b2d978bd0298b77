"""A terminal of 160 by 50 with `titan tui` in it, whose output is read and thrown away.

`python -m benchmarks.drivers.terminal_screen RUN HZ`; it ends when its input does and prints how many bytes
the terminal drew.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
from typing import Final

SIZE: Final = (50, 160)


def main(run: str, hz: str) -> None:
    child, screen = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm-256color", COLORTERM="truecolor")
        os.execv(sys.executable, [sys.executable, "-m", "titan.cli.app", "tui", run, "--hz", hz])
    fcntl.ioctl(screen, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
    os.kill(child, signal.SIGWINCH)
    drawn = 0
    while True:
        ready, _, _ = select.select([screen, sys.stdin], [], [])
        if screen in ready:
            try:
                drawn += len(os.read(screen, 1 << 16))
            except OSError:
                break
        if sys.stdin in ready and not os.read(sys.stdin.fileno(), 1):
            break
    os.kill(child, signal.SIGTERM)
    sys.stdout.write(f"{drawn}\n")


if __name__ == "__main__":
    main(*sys.argv[1:3])
