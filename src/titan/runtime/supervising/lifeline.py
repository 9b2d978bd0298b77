"""What ends a process whose parent is gone, however that ended: standard input, which the parent holds open.

A pipe says so at once and on every system; a signal at the parent's death does so on Linux only, and of the
thread that started the child.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

ENDS_S: Final = 60.0
"""How long an orderly end may take once nobody is there to see it."""
_PART: Final = 4096


def stopped_without_parent(ends_s: float = ENDS_S) -> None:
    """From now on the end of standard input is taken as SIGTERM; as SIGKILL when that was not obeyed."""
    watched(lambda: _end(ends_s))


def watched(gone: Callable[[], None]) -> None:
    """`gone` is called, in a thread of its own, when standard input ends."""
    threading.Thread(target=_watch, args=(gone,), name="lifeline", daemon=True).start()


def _watch(gone: Callable[[], None]) -> None:
    try:
        while os.read(0, _PART):
            pass
    except OSError:
        pass
    gone()


def _end(ends_s: float) -> None:
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ends_s)
    os.kill(os.getpid(), signal.SIGKILL)
