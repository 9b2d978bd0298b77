"""What a run's folder says, followed: its status document and its journal, joined into a board.

The run does not know that anybody looks. A look is cheap where nothing changed; a journal of any length
is taken in parts, so that the first picture need not wait for all of it. Terminal and API begin here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from titan.model.errors import StorageError
from titan.storage.finished import LINES
from titan.storage.search import Entry, following
from titan.storage.store import Store, look_into
from titan.views.board import Board, board
from titan.views.replica import TYPES, Replica
from titan.views.status import Status, decoded

STATUS: Final = "status.json"
PART: Final = 4000
"""Entries taken in one look."""
_DECODERS: Final = {str(one.__struct_config__.tag): msgspec.json.Decoder(one) for one in TYPES}
"""By the entry's `what`: only what somebody looks at is decoded."""

Heard = Callable[[Entry, msgspec.Struct], None]


class Follower:
    """`look` may be called from a thread of its own, one call at a time; what it returns shares nothing."""

    def __init__(
        self, folder: Path, url: str, now: Callable[[], int], since_ns: int = 0,
        heard: Heard = lambda _entry, _event: None, opens: Callable[[str], Store] = look_into,
    ) -> None:  # fmt: skip
        """`now` is ns UTC, the same clock as the run's. What was said before `since_ns` is of no run that is
        looked for. `heard` is told every entry that is new, when the replica has taken it; `opens` opens
        the store at `url`.
        """
        self.folder, self.url, self._now, self._since_ns = folder, url, now, since_ns
        self._heard, self._opens = heard, opens
        self._store: Store | None = None
        self._file, self._inode = file_of(folder, url), 0
        self._stamp = (0, 0)
        self._torn = ""
        self.status: Status | None = None
        self.replica = Replica()
        self.trouble = ""
        self.behind = True
        """Whether there is more in the journal than the last look took."""

    @property
    def unread(self) -> str:
        """What keeps it from reading the run's files; empty for nothing."""
        return self.trouble or self._torn

    def look(self) -> Board:
        """What is so now, as far as the files say."""
        self.read()
        return board(self.status, self.replica, self._now(), trouble=self.unread)

    def read(self) -> None:
        """As `look`, without the picture."""
        self._read_status()
        self._follow()

    def close(self) -> None:
        if self._store is not None:
            self._store.close()
            self._store = None

    def store(self) -> Store | None:
        """None while there is none yet."""
        if self._store is None:
            try:
                self._inode = inode_of(self._file)
                self._store = self._opens(self.url)
            except StorageError as e:
                if (self.folder / STATUS).exists():
                    self.trouble = f"the journal cannot be read: {e.message}"
                return None
        return self._store

    def _read_status(self) -> None:
        place = self.folder / STATUS
        try:
            found = place.stat()
            stamp = (found.st_mtime_ns, found.st_ino)
            if stamp != self._stamp:
                status = decoded(place.read_bytes())
                self._stamp = stamp
                self.status = status if status.at_ns >= self._since_ns else None
            self._torn = ""
        except OSError:
            return  # the last one stands, and grows old
        except msgspec.DecodeError as e:
            self._torn = f"{STATUS} is not what a run of this version writes: {e}"

    def _follow(self) -> None:
        if self._store is not None and inode_of(self._file) not in (self._inode, 0):
            self._begin_again()
        try:
            store = self.store()
            if store is None:
                return
            part = following(store, self.replica.seq, PART)
        except StorageError as e:
            self.trouble = f"the journal cannot be read: {e.message}"
            return
        self.trouble, self.behind = "", len(part) == PART
        for entry in part:
            event = event_of(entry) or _OTHER
            self.replica(entry.seq, entry.at_ns, event)
            self._heard(entry, event)

    def _begin_again(self) -> None:
        """Another run's journal lies where the one was that is followed."""
        self.close()
        self.replica, self.behind = Replica(), True


def file_of(folder: Path, url: str) -> Path | None:
    """What would be another file if the run was another; None for a journal on a server."""
    place = url.removeprefix("sqlite:///")
    if "://" in place:
        return None
    return folder / LINES if Path(place).is_dir() else Path(place)


def inode_of(file: Path | None) -> int:
    """0 where it is gone: what was read of it stands."""
    try:
        return file.stat().st_ino if file is not None else 0
    except OSError:
        return 0


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
