"""The process that reads recorded runs for a gateway, started by it as

    python -m titan.api.replay.reading ROOT

A replay takes some hundred megabytes, and seconds of compiling and folding: beside the gateway it takes none
of its time, and it gives way to what trades. Questions come at its stdin, answers go to its stdout
(`questions.py`); it ends when its stdin does, so it never outlives its parent, however that ended.

While nothing is asked it reads ahead in the run that was asked for last, a part at a time, so that any moment
of it is near.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import sys
import threading
from collections import OrderedDict
from collections.abc import Callable
from io import FileIO
from pathlib import Path
from typing import Final

import msgspec

from titan.api.replay.places import Places
from titan.api.replay.questions import READY, Answer, Numbered, Question, packed, refusal
from titan.api.replay.recording import Recording
from titan.api.wire import encoded
from titan.model.errors import TitanError
from titan.runtime.clock import WallClock

OPEN: Final = 2
"""Runs that are kept open."""
PATIENCE_S: Final = 1.3
"""How long one answer is worked at, below what the gateway waits for it."""
NICE: Final = 5
_QUESTION: Final = msgspec.json.Decoder(Numbered)


class Reader:
    """Of all runs under one root, for one thread."""

    def __init__(self, root: Path, elapsed: Callable[[], float], patience_s: float = PATIENCE_S) -> None:
        """`elapsed` is seconds on a clock that never jumps."""
        self._places, self._elapsed, self._patience_s = Places(root), elapsed, patience_s
        self._open: OrderedDict[str, Recording] = OrderedDict()

    def answer(self, asked: Numbered) -> Answer:
        try:
            return Answer(asked.number, self._told(asked.question))
        except TitanError as e:
            return refusal(asked.number, e)

    def ahead(self) -> bool:
        """Read a part of what was not read yet; whether there was any."""
        newest = next(reversed(self._open.values()), None)
        return newest is not None and newest.ahead()

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _told(self, question: Question) -> bytes:
        recording = self._recording(question.name)
        if not question.moment:
            return encoded(recording.timeline())
        return encoded(recording.moment(question.at_ms, question.seq))

    def _recording(self, name: str) -> Recording:
        folder = self._places.folder(name)
        found = self._open.pop(name, None)
        if found is not None and found.changed():
            found.close()
            found = None
        if found is None:
            found = Recording(folder, self._elapsed, self._patience_s)
        self._open[name] = found
        while len(self._open) > OPEN:
            self._open.popitem(last=False)[1].close()
        return found


def work(reader: Reader, asked: queue.SimpleQueue[Numbered], say: Callable[[Answer], None]) -> None:
    """Answer what is asked, in turn; what is asked goes before what is read ahead."""
    say(Answer(READY))
    busy = False
    while True:
        try:
            question = asked.get(block=not busy)
        except queue.Empty:
            busy = reader.ahead()
            continue
        say(reader.answer(question))
        busy = True


def listen(lines: FileIO, asked: queue.SimpleQueue[Numbered], ended: Callable[[], None]) -> None:
    """Until nobody asks any more; then `ended`, whatever is being worked at."""
    try:
        for line in lines:
            asked.put(_QUESTION.decode(line))
    finally:
        ended()


def main(argv: list[str]) -> None:
    (root,) = argv
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # it ends with its parent
    with contextlib.suppress(OSError):
        os.nice(NICE)
    out, asked = os.dup(1), queue.SimpleQueue[Numbered]()
    os.dup2(2, 1)  # whatever else is printed stays out of the answers

    def say(answer: Answer) -> None:
        left = memoryview(packed(answer))
        try:
            while left:
                left = left[os.write(out, left) :]
        except OSError:
            os._exit(0)  # nobody listens any more

    # a thread, for its parent's end is heard also in the middle of compiling and folding
    lines = FileIO(0, "rb", closefd=False)
    threading.Thread(target=listen, args=(lines, asked, lambda: os._exit(0)), daemon=True).start()
    work(Reader(Path(root), WallClock().elapsed), asked, say)


if __name__ == "__main__":
    main(sys.argv[1:])
