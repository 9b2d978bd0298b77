"""Where the terminal looks: a run that is followed, and what its journal tells of one position or order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from titan.runtime.watching.follower import Follower, event_of
from titan.storage.search import Entry, Wanted, search
from titan.storage.store import Store, look_into
from titan.storage.story import Story, story_of
from titan.storage.views import Rules, rules_of
from titan.tui.transactions import Transaction, transactions
from titan.views.board import HoldingRow


class StoryLine(NamedTuple):
    at_ns: int
    label: str
    words: str


Words = Callable[[Entry, Mapping[str, Rules]], tuple[str, str]]


def _plain(entry: Entry, rules: Mapping[str, Rules]) -> tuple[str, str]:
    del rules
    return entry.what, entry.body


class Source(Follower):
    """`words` tells an entry of the journal: its label, and what it says."""

    def __init__(
        self, folder: Path, url: str, now: Callable[[], int], since_ns: int = 0, words: Words = _plain,
        opens: Callable[[str], Store] = look_into,
    ) -> None:  # fmt: skip
        super().__init__(folder, url, now, since_ns, opens=opens)
        self._words = words

    def transactions(self, holding: HoldingRow) -> list[Transaction]:
        """All that the journal has of it, oldest first. Raises StorageError."""
        store = self.store()
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
        store = self.store()
        story = story_of(store, name) if store is not None else None
        if store is None or story is None:
            return "", []
        rules = rules_of(store)
        return story.kind, [StoryLine(e.at_ns, *self._words(e, rules)) for e in story.entries]


def _told(story: Story | None) -> list[Entry]:
    return [] if story is None else story.entries
