"""Files of the gateway's own: users, sessions and keys, in a folder that only its owner may write to.

A document is one JSON file of mode 0600, replaced whole: a crash or a full disk leaves the one before.
Every reader compares its bytes with those it read last: what another process changed is so at the next look.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Generic, TypeVar, TypeVarTuple

import anyio
import anyio.to_thread
import msgspec

from titan.model.errors import ConfigError, StorageError

VARIABLE: Final = "TITAN_STATE"

T = TypeVar("T", bound=msgspec.Struct)
R = TypeVar("R")
A = TypeVarTuple("A")


def default_state() -> Path:
    """The folder that `TITAN_STATE` names, else the user's state folder."""
    from platformdirs import user_state_path

    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else user_state_path("titan")


def open_folder(folder: Path) -> Path:
    """The folder, made where it is missing. Raises ConfigError where others could replace its files."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        mode = stat.S_IMODE(folder.stat().st_mode)
    except OSError as e:
        raise StorageError(
            f"{folder} cannot be made: {e.strerror}", remedy=f"choose another with {VARIABLE} or --state"
        ) from e
    if mode & 0o022:
        raise ConfigError(
            f"others may write to {folder} (mode {mode:04o})",
            remedy=f"chmod 700 {folder}: it holds users and keys",
        )
    return folder


class Beside:
    """Work that waits for a disk, beside the event loop: in threads of its own, so that nobody's long
    questions keep a sign-in or a control waiting.
    """

    def __init__(self, most: int = 8) -> None:
        self._turns = anyio.CapacityLimiter(most)

    async def __call__(self, work: Callable[[*A], R], *given: *A) -> R:
        return await anyio.to_thread.run_sync(work, *given, limiter=self._turns)


class Document(Generic[T]):
    """One document. `empty` is what a missing file means."""

    def __init__(self, path: Path, kind: type[T], empty: Callable[[], T]) -> None:
        self.path = path
        self._kind = kind
        self._empty = empty
        self._seen: tuple[bytes | None, T] | None = None
        self._changes = threading.Lock()

    def read(self) -> T:
        """What it says now; not to be changed. Raises ConfigError for one damaged or open to others."""
        content = self._content()
        seen = self._seen
        if seen is None or seen[0] != content:
            seen = self._seen = (content, self._decoded(content))
        return seen[1]

    @contextlib.contextmanager
    def changing(self) -> Iterator[T]:
        """A copy to change, written when the block ends and nothing was raised in it; one process at a time.

        Raises StorageError where it cannot be written: it is as it was before.
        """
        with self._changes, self._locked():
            before = self._content()
            document = self._decoded(before)
            yield document
            after = msgspec.json.format(msgspec.json.encode(document)) + b"\n"
            if after != before:
                self._write(after)

    def _decoded(self, content: bytes | None) -> T:
        if content is None:
            return self._empty()
        try:
            return msgspec.json.decode(content, type=self._kind)
        except msgspec.DecodeError as e:
            raise ConfigError(
                f"{self.path} is damaged: {e}; nothing was changed in it",
                remedy="restore it from a copy; or move it away, and what was in it is made anew",
            ) from e

    def _content(self) -> bytes | None:
        try:
            with self.path.open("rb") as file:
                mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
                content = file.read()
        except FileNotFoundError:
            return None
        except OSError as e:
            raise StorageError(f"{self.path} cannot be read: {e.strerror}") from e
        if mode & 0o077:
            raise ConfigError(
                f"{self.path} can be read by others (mode {mode:04o})", remedy=f"chmod 600 {self.path}"
            )
        return content

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            lock = os.open(self.path.with_name(f"{self.path.name}.lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as e:
            raise self._unwritable(e) from e
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, content: bytes) -> None:
        temporary = ""
        try:
            for left in self.path.parent.glob(f"{self.path.name}.tmp-*"):
                left.unlink(missing_ok=True)  # by a process that was killed: the lock is ours
            # mkstemp makes the file with mode 0600
            handle, temporary = tempfile.mkstemp(prefix=f"{self.path.name}.tmp-", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
            sync_folder(self.path.parent)
        except OSError as e:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            raise self._unwritable(e) from e

    def _unwritable(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self.path} cannot be written: {error.strerror}; it is as it was before",
            remedy=f"free some space, or choose another folder with {VARIABLE}",
        )


def sync_folder(folder: Path) -> None:
    """Make a rename in it last."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
