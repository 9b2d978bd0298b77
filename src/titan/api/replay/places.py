"""Which folders beside a run can be replayed, and what each of them is.

A name is only ever compared with the names that are there: no path is made of what somebody asked for, and
what leads out of the folder (a link) is not there.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import sqlalchemy as sa

from titan.api.errors import NotFound
from titan.api.replay.note import note_of
from titan.api.shapes.history import ReplayShape
from titan.api.wire import ms
from titan.market.tape.find import tapes_in
from titan.model.errors import StorageError, TapeError
from titan.model.run import RunBegan
from titan.runtime.run_folder import RUN_FILE, STATUS_FILE
from titan.storage.finished import LINES
from titan.storage.schema import entries
from titan.storage.store import Store, look_into
from titan.views.status import BACKTEST, Status, decoded

STORE: Final = "titan.db"
TAPES: Final = "tape"
_UNFINISHED: Final = ".tmp-"
"""In the name of a folder that is still being written."""
_BEGAN: Final = msgspec.json.Decoder(RunBegan)


class Places:
    """Under one root. What was found of a folder is kept until one of its files is another."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._known: dict[str, tuple[tuple[float, ...], ReplayShape]] = {}

    def folder(self, name: str) -> Path:
        """Raises NotFound."""
        for folder in self._folders():
            if folder.name == name:
                return folder
        raise NotFound("there is no recorded run of this name", remedy="GET /v1/replays lists them")

    def shapes(self) -> tuple[ReplayShape, ...]:
        """All of them, the newest first; one that cannot be read is left out."""
        found: dict[str, tuple[tuple[float, ...], ReplayShape]] = {}
        for folder in self._folders():
            stamp, known = _stamp(folder), self._known.get(folder.name)
            shape = known[1] if known is not None and known[0] == stamp else _shape(folder)
            if shape is not None:
                found[folder.name] = stamp, shape
        self._known = found
        return tuple(sorted((one for _, one in found.values()), key=lambda one: (-one.ended_ms, one.name)))

    def _folders(self) -> Iterator[Path]:
        try:
            with os.scandir(self.root) as listed:
                names = sorted(one.name for one in listed if one.is_dir(follow_symlinks=False))
        except OSError:
            return
        for name in names:
            folder = self.root / name
            named = not name.startswith(".") and _UNFINISHED not in name and name.isprintable()
            if named and (_own(folder / STORE) or (_own(folder / LINES) and _own(folder / RUN_FILE))):
                yield folder


def _own(file: Path) -> bool:
    return file.is_file() and not file.is_symlink()


def _stamp(folder: Path) -> tuple[float, ...]:
    found: list[float] = []
    for name in (STORE, f"{STORE}-wal", LINES, RUN_FILE, STATUS_FILE):
        try:
            stat = (folder / name).stat()
        except OSError:
            continue
        found += [stat.st_mtime, stat.st_size, stat.st_ino]
    return tuple(found)


def _shape(folder: Path) -> ReplayShape | None:
    try:
        return _live(folder) if _own(folder / STORE) else _played(folder)
    except (OSError, StorageError, msgspec.DecodeError):
        return None


def _live(folder: Path) -> ReplayShape | None:
    """None for a journal in which no run ever began. Raises StorageError."""
    store = look_into(f"sqlite:///{folder / STORE}")
    try:
        began = _last_began(store)
        if began is None:
            return None
        with store.reading() as read:
            count = int(read.execute(sa.select(sa.func.count()).select_from(entries)).scalar() or 0)
            last = sa.select(entries.c.at_ns).order_by(entries.c.seq.desc()).limit(1)
            ended_ns = int(read.execute(last).scalar() or 0)
    finally:
        store.close()
    said = _said(folder)
    own = said if said is not None and said.run_id == began.run_id else None
    ended_ns = max(ended_ns, own.at_ns if own is not None else 0)
    return ReplayShape(
        folder.name, began.mode, began.run_id, own.simulated if own is not None else began.mode != "live",
        ms(began.local_ns), ms(ended_ns), count, _has_tape(folder / TAPES), _size(folder),
    )  # fmt: skip


def _last_began(store: Store) -> RunBegan | None:
    """That of the last run: a process that went on with it is passed over."""
    c = entries.c
    ask = sa.select(c.body).where(c.what == "began").order_by(c.seq.desc())
    for (body,) in store.rows(ask):
        found = _BEGAN.decode(body)
        if not found.resumed:
            return found
    return None


def _played(folder: Path) -> ReplayShape:
    note, said = note_of(folder), _said(folder)
    count = said.journal.entries if said is not None else _lines(folder / LINES)
    return ReplayShape(
        folder.name, BACKTEST, note.run_id, note.simulated, ms(note.tape.start_ns), ms(note.tape.end_ns),
        count, _has_tape(Path(note.tape.path)), _size(folder),
    )  # fmt: skip


def _said(folder: Path) -> Status | None:
    try:
        return decoded((folder / STATUS_FILE).read_bytes())
    except (OSError, msgspec.DecodeError):
        return None


def _lines(file: Path) -> int:
    with file.open("rb") as lines:
        return sum(1 for _ in lines)


def _has_tape(place: Path) -> bool:
    try:
        return bool(tapes_in(place))
    except (TapeError, OSError):
        return False


def _size(folder: Path) -> int:
    """Bytes of its files, those of its tape among them."""
    total = 0
    for place, _, files in os.walk(folder):
        for name in files:
            try:
                total += (Path(place) / name).lstat().st_size
            except OSError:
                continue
    return total
