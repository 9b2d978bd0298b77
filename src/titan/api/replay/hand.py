"""The gateway's hand on the process that reads recorded runs: it is asked, listened to, and ended."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Final

import msgspec

from titan.api.errors import TooMany, Unavailable
from titan.api.replay.questions import HEAD, READY, Answer, Numbered, Question

WAITING: Final = 32
"""Questions that may wait for their answers."""
ENDS_S: Final = 2.0
"""How long it may take to end, until it is killed."""
LONGEST: Final = 64 << 20
"""Bytes of an answer."""
_ANSWER: Final = msgspec.msgpack.Decoder(Answer)


class Hand:
    """On one process, from its start to its end."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._number = READY
        self._asked: dict[int, tuple[Question, asyncio.Future[Answer]]] = {}
        self._same: dict[Question, asyncio.Future[Answer]] = {}
        self._ready = False
        self._listening = asyncio.ensure_future(self._listen())

    @staticmethod
    async def begin(root: Path) -> Hand:
        """Raises OSError."""
        words = sys.executable, "-m", "titan.api.replay.reading", str(root)
        return Hand(
            await asyncio.create_subprocess_exec(*words, stdin=PIPE, stdout=PIPE, start_new_session=True)
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return not self._listening.done()

    @property
    def waiting(self) -> int:
        """Questions that it has not answered."""
        return len(self._asked)

    @property
    def ready(self) -> bool:
        """Whether it has begun to read."""
        return self._ready

    def ask(self, question: Question) -> asyncio.Future[Answer]:
        """Its answer, once it comes: of Unavailable where it ends before. Who asks what is asked already gets
        that answer. Raises TooMany.
        """
        found = self._same.get(question)
        if found is not None:
            return found
        if len(self._asked) >= WAITING:
            raise TooMany("too many moments are asked for at once", retry_after_s=1.0)
        self._number += 1
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._asked[self._number] = question, answer
        self._same[question] = answer
        assert self._process.stdin is not None
        if self.alive:
            self._process.stdin.write(msgspec.json.encode(Numbered(self._number, question)) + b"\n")
        else:
            self._fail()
        return answer

    async def close(self) -> None:
        """End it."""
        process = self._process
        assert process.stdin is not None
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), ENDS_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
        await self._listening

    async def _listen(self) -> None:
        out = self._process.stdout
        assert out is not None
        try:
            while True:
                size = int.from_bytes(await out.readexactly(HEAD))
                if size > LONGEST:
                    break
                self._hear(_ANSWER.decode(await out.readexactly(size)))
        except (asyncio.IncompleteReadError, ConnectionError, msgspec.DecodeError):
            pass
        finally:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            self._fail()

    def _hear(self, answer: Answer) -> None:
        if answer.number == READY:
            self._ready = True
        question, waits = self._asked.pop(answer.number, (None, None))
        if question is not None and waits is not None:
            self._same.pop(question, None)
            if not waits.done():
                waits.set_result(answer)

    def _fail(self) -> None:
        """Nothing more will be answered."""
        while self._asked:
            _, (question, waits) = self._asked.popitem()
            self._same.pop(question, None)
            if not waits.done():
                waits.set_result(Answer(READY, b"", Unavailable.__name__, _DIED, _DIED_REMEDY))


_DIED: Final = "the process that reads recorded runs has ended"
_DIED_REMEDY: Final = "ask again: another one is started; the gateway's output says why where it was a fault"
