"""A run on disk: a folder that is there whole, or not at all.

Everything is written beside the target under a temporary name and renamed at the end, so a run that is
interrupted or
runs out of disk leaves the target as it was. Only a folder that is itself a run is ever replaced.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from titan.model.errors import StorageError

RUN_FILE: Final = "run.json"
STATUS_FILE: Final = "status.json"
_STALE: Final = ".tmp-"


def check_target(out: Path) -> None:
    """Raise early, before hours of work, when `out` cannot become a run folder."""
    if out.exists() and not (out / RUN_FILE).is_file():
        if out.is_dir() and not any(out.iterdir()):
            return
        raise StorageError(
            f"{out} exists and is not a run", remedy="choose another --out, or remove it yourself"
        )


@contextmanager
def writing(out: Path) -> Iterator[Path]:
    """A temporary folder that becomes `out` when the block ends well. Raises StorageError when it cannot
    be written.
    """
    check_target(out)
    temporary = out.with_name(f"{out.name}{_STALE}{os.getpid()}")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        _clear_stale(out)
        temporary.mkdir()
        yield temporary
        _sync(temporary)
        _replace(temporary, out)
    except OSError as error:
        need = "free some space" if error.errno == errno.ENOSPC else "check the path and its permissions"
        raise StorageError(
            f"cannot write {out}: {error.strerror or error}", remedy=f"{need}, then run again"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _replace(temporary: Path, out: Path) -> None:
    """Put the new folder in the old one's place; the old one goes only after the new one stands."""
    if not out.exists():
        temporary.rename(out)
        return
    old = out.with_name(f"{out.name}{_STALE}{os.getpid()}-old")
    out.rename(old)
    temporary.rename(out)
    shutil.rmtree(old, ignore_errors=True)


def _clear_stale(out: Path) -> None:
    """Remove what killed processes left behind for this target; a living process keeps its own."""
    for left in out.parent.glob(f"{out.name}{_STALE}*"):
        owner = left.name.rsplit(_STALE, 1)[1].split("-")[0]
        if owner.isdigit() and not _alive(int(owner)):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _sync(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
