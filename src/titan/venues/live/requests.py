"""What was asked of one connection, what of it was acknowledged, and what has to be asked next. No I/O."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from titan.venues.live.timings import Timings
from titan.venues.socket.pace import Pace
from titan.venues.stream import Acked, Line, Refused

_TRIES: Final = 2
_REFUSALS: Final = 3


class _Ask:
    """One request: what was or will be sent, and when its answer is overdue."""

    __slots__ = ("due", "joinable", "on", "topics", "tries")

    def __init__(self, on: bool, topics: list[str], joinable: bool = True, tries: int = 0) -> None:
        self.on = on
        self.topics = topics
        self.joinable = joinable
        self.tries = tries
        self.due = 0.0


class Requests:
    """Give it wishes and answers; it calls `send` with frames, no faster and no larger than the rules allow.

    `number` gives the numbers of requests, one count for all connections of a line.
    """

    def __init__(
        self, line: Line, send: Callable[[bytes], None], number: Callable[[], int], timings: Timings
    ) -> None:
        self._line = line
        self._send = send
        self._number = number
        self._timings = timings
        self._pace = Pace(1, 1.0 / line.rules.requests_a_second)
        self._queue: deque[_Ask] = deque()
        self._asked: dict[int, _Ask] = {}
        self._again: dict[str, float] = {}
        self._refusals: dict[str, int] = {}
        self._later: set[str] = set()
        self.wanted: dict[str, None] = {}
        self.acked: set[str] = set()
        self.refused: dict[str, str] = {}
        """What the venue said no to, in its words."""

    @property
    def settled(self) -> bool:
        """Every topic is answered, with yes or no."""
        return len(self.acked) + len(self.refused) >= len(self.wanted)

    def missing(self) -> list[str]:
        """Wanted topics that this connection does not carry yet."""
        return [topic for topic in self.wanted if topic not in self.acked]

    def want(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic not in self.wanted:
                self.wanted[topic] = None
                self._enqueue(True, topic)

    def drop(self, topics: Iterable[str]) -> None:
        for topic in topics:
            if topic in self.wanted:
                del self.wanted[topic]
                self._forget(topic)
                if not self._unqueue(topic):
                    self._enqueue(False, topic)

    def again(self, topics: Iterable[str]) -> None:
        """Unsubscribes and subscribes anew: at once what is acknowledged, later what is asked for and not yet
        answered. What was not even sent is left alone."""
        asked = {topic for ask in self._asked.values() if ask.on for topic in ask.topics}
        self._later.update(asked.intersection(topics))
        due = [topic for topic in topics if topic in self.acked]
        for on in (False, True):
            for topic in due:
                self._forget(topic)
                self._enqueue(on, topic)

    def heard_yes(self, event: Acked) -> bool:
        """Whether it answered anything that was asked here."""
        matching = self._matching(event.request, event.topics)
        for number, ask in matching:
            done = _named(ask, event.topics)
            self._answered(number, ask, done)
            if ask.on:
                self.acked.update(topic for topic in done if topic in self.wanted)
                for topic in done:
                    self.refused.pop(topic, None)
                later = self._later.intersection(done)
                self._later -= later
                self.again(later)
        return bool(matching)

    def heard_no(self, event: Refused, at: float) -> None:
        """One refused topic may spoil a request of many: those are asked again by halves."""
        for number, ask in self._matching(event.request, event.topics):
            done = _named(ask, event.topics)
            self._answered(number, ask, done)
            done = [topic for topic in done if topic in self.wanted and ask.on]
            if len(done) > 1 and not event.topics:
                half = len(done) // 2
                self._queue.extend(_Ask(True, part, joinable=False) for part in (done[:half], done[half:]))
                continue
            for topic in done:
                self.refused[topic] = event.reason
                times = self._refusals[topic] = self._refusals.get(topic, 0) + 1
                if times <= _REFUSALS:
                    self._again[topic] = at + self._timings.refused_s

    def pump(self, at: float) -> float:
        """Sends what is due. Returns the seconds until more may be sent, 0 when nothing waits."""
        for topic in [topic for topic, due in self._again.items() if at >= due]:
            del self._again[topic]
            self._queue.append(_Ask(True, [topic], joinable=False))
        while self._queue:
            wait = self._pace.take(at)
            if wait > 0:
                return wait
            ask = self._queue.popleft()
            number = self._number()
            ask.due = at + self._timings.ack_s
            ask.tries += 1
            self._asked[number] = ask
            written = self._line.subscribe if ask.on else self._line.unsubscribe
            self._send(written(ask.topics, number))
        return 0.0

    def overdue(self, at: float) -> bool:
        """Asks again for what was not answered in time; True when it has been asked often enough."""
        for number in [number for number, ask in self._asked.items() if at >= ask.due]:
            ask = self._asked.pop(number)
            ask.topics = [topic for topic in ask.topics if topic in self.wanted]
            if not ask.on or not ask.topics:
                continue
            if ask.tries >= _TRIES:
                return True
            ask.joinable = False
            self._queue.appendleft(ask)
        return False

    def _matching(self, request: int, topics: tuple[str, ...]) -> list[tuple[int, _Ask]]:
        """By number, or by topic where the venue's answers carry no number."""
        if request in self._asked:
            return [(request, self._asked[request])]
        return [(n, ask) for n, ask in self._asked.items() if any(topic in ask.topics for topic in topics)]

    def _answered(self, number: int, ask: _Ask, done: list[str]) -> None:
        ask.topics = [topic for topic in ask.topics if topic not in done]
        if not ask.topics:
            self._asked.pop(number, None)

    def _enqueue(self, on: bool, topic: str) -> None:
        last = self._queue[-1] if self._queue else None
        room = self._line.rules.topics_a_request
        if last is not None and last.on == on and last.joinable and len(last.topics) < room:
            last.topics.append(topic)
        else:
            self._queue.append(_Ask(on, [topic]))

    def _unqueue(self, topic: str) -> bool:
        """Takes back what was not sent yet; whether the venue has never heard of the topic."""
        asked = any(ask.on and topic in ask.topics for ask in self._asked.values())
        queued = [ask for ask in self._queue if ask.on and topic in ask.topics]
        for ask in queued:
            ask.topics.remove(topic)
            if not ask.topics:
                self._queue.remove(ask)
        return bool(queued) and not asked

    def _forget(self, topic: str) -> None:
        self.acked.discard(topic)
        self.refused.pop(topic, None)
        self._again.pop(topic, None)
        self._later.discard(topic)


def _named(ask: _Ask, topics: tuple[str, ...]) -> list[str]:
    """Which topics of a request an answer is about; a single one may be spelled as the venue likes."""
    if not topics or len(ask.topics) == 1:
        return list(ask.topics)
    return [topic for topic in ask.topics if topic in topics]
