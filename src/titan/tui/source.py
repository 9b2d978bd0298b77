"""Where the terminal looks: the files of a run, read and never written.

The run does not know that anybody looks. A look is cheap where nothing changed, and a journal of any length
is taken in parts, so that the first picture need not wait for all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from titan.model.errors import StorageError
from titan.model.routing import Routed
from titan.storage.search import Entry, Wanted, following, search
from titan.storage.store import Store, look_into
from titan.storage.story import Story, story_of
from titan.storage.views import Rules, rules_of
from titan.tui.transactions import Transaction, transactions
from titan.views.board import Board, HoldingRow, board
from titan.views.replica import TYPES, Replica
from titan.views.status import Status, decoded

STATUS: Final = "status.json"
PART: Final = 4000
"""Entries taken in one look."""
_READ: Final[tuple[type[msgspec.Struct], ...]] = (*TYPES, Routed)
_DECODERS: Final = {str(one.__struct_config__.tag): msgspec.json.Decoder(one) for one in _READ}
"""By the entry's `what`: only what somebody looks at is decoded."""


class StoryLine(NamedTuple):
    at_ns: int
    label: str
    words: str


Words = Callable[[Entry, Mapping[str, Rules]], tuple[str, str]]


def _plain(entry: Entry, rules: Mapping[str, Rules]) -> tuple[str, str]:
    del rules
    return entry.what, entry.body


class Source:
    """`look` may be called from a thread of its own, one call at a time; what it returns shares nothing."""

    def __init__(
        self, folder: Path, url: str, now: Callable[[], int], since_ns: int = 0, words: Words = _plain
    ) -> None:
        """`now` is ns UTC, the same clock as the run's. What was said before `since_ns` is of no run that is
        looked for. `words` tells an entry of the journal: its label, and what it says.
        """
        self.folder, self.url, self._now, self._since_ns = folder, url, now, since_ns
        self._words = words
        self._store: Store | None = None
        self._status: Status | None = None
        self._stamp = (0, 0)
        self._replica = Replica()
        self.trouble = ""
        self.behind = True
        """Whether there is more in the journal than the last look took."""

    def look(self) -> Board:
        """What is so now, as far as the files say."""
        self._read_status()
        self._follow()
        return board(self._status, self._replica, self._now(), trouble=self.trouble)

    def transactions(self, holding: HoldingRow) -> list[Transaction]:
        """All that the journal has of it, oldest first. Raises StorageError."""
        store = self._open()
        if store is None:
            return []
        found = {e.seq: e for wish in holding.wishes for e in _told(story_of(store, wish))}
        until = holding.closed_ns + 1 if holding.closed_ns else 0
        paid = Wanted(what="funding", text=holding.perp, since_ns=holding.opened_ns, until_ns=until)
        found |= {e.seq: e for e in search(store, paid)}
        known = ((found[seq], event_of(found[seq])) for seq in sorted(found))
        return transactions(((e, event) for e, event in known if event is not None), rules_of(store),
                            holding.perp)  # fmt: skip

    def story(self, name: str) -> tuple[str, list[StoryLine]]:
        """Of a wish, an intent or an order: what it is, and each entry in words. Raises StorageError."""
        store = self._open()
        story = story_of(store, name) if store is not None else None
        if store is None or story is None:
            return "", []
        rules = rules_of(store)
        return story.kind, [StoryLine(e.at_ns, *self._words(e, rules)) for e in story.entries]

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def _read_status(self) -> None:
        place = self.folder / STATUS
        try:
            found = place.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp != self._stamp:
                status = decoded(place.read_bytes())
                self._stamp = stamp
                self._status = status if status.at_ns >= self._since_ns else None
        except (OSError, msgspec.DecodeError):
            return  # the last one stands, and grows old

    def _follow(self) -> None:
        try:
            store = self._open()
            if store is None:
                return
            part = following(store, self._replica.seq, PART)
        except StorageError as e:
            self.trouble = e.message
            return
        self.trouble, self.behind = "", len(part) == PART
        for entry in part:
            self._replica(entry.seq, entry.at_ns, event_of(entry) or _OTHER)

    def _open(self) -> Store | None:
        """None while there is none yet."""
        if self._store is None:
            try:
                self._store = look_into(self.url)
            except StorageError as e:
                if (self.folder / STATUS).exists():
                    self.trouble = e.message
                return None
        return self._store


def _told(story: Story | None) -> list[Entry]:
    return [] if story is None else story.entries


class _Other(msgspec.Struct):
    """What the replica does not look at, or what another version wrote."""


_OTHER: Final = _Other()


def event_of(entry: Entry) -> msgspec.Struct | None:
    """None for what a replica does not look at."""
    decoder = _DECODERS.get(entry.what)
    if decoder is None:
        return None
    try:
        found: msgspec.Struct = decoder.decode(entry.body)
    except msgspec.DecodeError:
        return None
    return found
