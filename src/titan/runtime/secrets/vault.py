"""The file of keys. Every change writes a whole new file and renames it, so that a crash loses nothing."""

from __future__ import annotations

import contextlib
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from titan.model.credentials import Credentials
from titan.model.errors import ConfigError, StorageError
from titan.runtime.secrets.redact import remember
from titan.runtime.secrets.seal import Cost, seal, unseal

VARIABLE: Final = "TITAN_VAULT"


class Entry(msgspec.Struct, frozen=True):
    """One key and when it was added and last changed (ns UTC)."""

    credentials: Credentials
    added_ns: int
    changed_ns: int


class _Content(msgspec.Struct):
    entries: dict[str, Entry] = {}


def default_vault() -> Path:
    """`TITAN_VAULT`, else `keys.vault` in the user's data folder."""
    from platformdirs import user_data_path

    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else user_data_path("titan") / "keys.vault"


class Vault:
    """Entries by name, decrypted in memory. A change reads the file again under a lock and writes it whole,
    so two processes never undo each other's."""

    def __init__(self, path: Path, password: str, *, cost: Cost | None = None) -> None:
        """Open the vault, or begin one where there is none. Raises ConfigError (see `seal.unseal`)."""
        self.path = path
        self._password = password
        self._cost = cost
        self._content = self._read()

    @property
    def entries(self) -> dict[str, Entry]:
        """By name, in the order of the names."""
        return dict(sorted(self._content.entries.items()))

    def credentials(self, venue: str, name: str = "") -> Credentials:
        """The key called `name`, or the venue's only one. Raises ConfigError when there is none."""
        named = self._content.entries
        if name:
            found = [named[name].credentials] if name in named else []
        else:
            found = [e.credentials for e in named.values() if e.credentials.venue == venue]
        found = [c for c in found if c.venue == venue]
        if len(found) == 1:
            return found[0]
        if found:
            names = ", ".join(sorted(c.name for c in found))
            raise ConfigError(f"{self.path} has several keys of {venue}", remedy=f"name one: {names}")
        what = f"no key {name} of {venue}" if name else f"no key of {venue}"
        raise ConfigError(f"{self.path} has {what}", remedy=f"add one with `titan keys add {venue}`")

    def put(self, credentials: Credentials, now_ns: int, *, replace: bool = False) -> None:
        """Add a key; with `replace`, change one that is there. Raises ConfigError for the other case."""
        with self._changing() as content:
            before = content.entries.get(credentials.name)
            if before is not None and not replace:
                raise ConfigError(
                    f"{self.path} has a key {credentials.name} already",
                    remedy=f"change it with `titan keys rotate {credentials.name}`, or choose another --name",
                )
            if before is None and replace:
                raise self._missing(credentials.name)
            added = before.added_ns if before else now_ns
            content.entries[credentials.name] = Entry(credentials, added, now_ns)

    def remove(self, name: str) -> None:
        """Forget a key. Raises ConfigError when there is none of that name."""
        with self._changing() as content:
            if content.entries.pop(name, None) is None:
                raise self._missing(name)

    def change_password(self, password: str) -> None:
        """Encrypt everything anew under another password."""
        with self._changing():
            self._password = password

    def _missing(self, name: str) -> ConfigError:
        known = ", ".join(sorted(self._content.entries)) or "none"
        return ConfigError(f"{self.path} has no key {name}", remedy=f"it has: {known}")

    @contextlib.contextmanager
    def _changing(self) -> Iterator[_Content]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_name(self.path.name + ".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        except OSError as e:
            raise StorageError(f"{self.path} cannot be written: {e.strerror}") from e
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self._content = self._read()
            yield self._content
            self._write()
        finally:
            os.close(lock)

    def _read(self) -> _Content:
        try:
            sealed = self.path.read_bytes()
            mode = stat.S_IMODE(self.path.stat().st_mode)
        except FileNotFoundError:
            return _Content()
        except OSError as e:
            raise StorageError(f"{self.path} cannot be read: {e.strerror}") from e
        if mode & 0o077:
            raise ConfigError(
                f"{self.path} can be read by others (mode {mode:04o})", remedy=f"chmod 600 {self.path}"
            )
        plain = unseal(sealed, self._password, str(self.path))
        content = msgspec.json.decode(plain, type=_Content)
        for entry in content.entries.values():
            remember(entry.credentials.secret, entry.credentials.passphrase)
        return content

    def _write(self) -> None:
        sealed = seal(msgspec.json.encode(self._content), self._password, self._cost)
        temporary = ""
        try:
            # mkstemp makes the file with mode 0600
            handle, temporary = tempfile.mkstemp(prefix=f"{self.path.name}.tmp-", dir=self.path.parent)
            with os.fdopen(handle, "wb") as file:
                file.write(sealed)
                file.flush()
                os.fsync(file.fileno())
            Path(temporary).replace(self.path)
            folder = os.open(self.path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as e:
            if temporary:
                Path(temporary).unlink(missing_ok=True)
            raise StorageError(
                f"{self.path} cannot be written: {e.strerror}; it is as it was before",
                remedy="free some space, or choose another place with TITAN_VAULT",
            ) from e
