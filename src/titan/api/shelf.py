"""The run's journal for routes that look something up: opened once, and anew where another lies there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from titan.runtime.watching.follower import file_of, inode_of
from titan.storage.store import Store, look_into
from titan.storage.views import Rules, rules_of


class Shelf:
    """For any thread. Of a journal that is another's now, a request that goes on ends as it began."""

    def __init__(self, folder: Path, url: str, opens: Callable[[str], Store] = look_into) -> None:
        self._url, self._opens = url, opens
        self._file = file_of(folder, url)
        self._inode = 0
        self._store: Store | None = None
        self._lock = threading.Lock()

    def store(self) -> Store:
        """Raises StorageError where there is none, or none that can be read."""
        with self._lock:
            inode = inode_of(self._file)
            if self._store is not None and inode not in (self._inode, 0):
                self._store.close()
                self._store = None
            if self._store is None:
                self._store, self._inode = self._opens(self._url), inode
            return self._store

    def rules(self) -> dict[str, Rules]:
        """What a lot and a tick of each instrument are worth."""
        return rules_of(self.store())

    def close(self) -> None:
        with self._lock:
            if self._store is not None:
                self._store.close()
            self._store = None
