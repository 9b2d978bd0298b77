"""A run's folder is there whole or not at all, and never in the place of something else."""

from __future__ import annotations

import errno
import os
import subprocess
from pathlib import Path

import pytest

from titan.model.errors import StorageError
from titan.runtime.run_folder import RUN_FILE, writing


def break_off(out: Path, error: Exception) -> None:
    """Write half a run, then fail."""
    with writing(out) as folder:
        fill(folder, "half")
        raise error


def fill(folder: Path, text: str) -> None:
    (folder / RUN_FILE).write_text(text)


def test_it_appears_whole(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "run"
    with writing(out) as folder:
        fill(folder, "new")
        assert not out.exists()
    assert (out / RUN_FILE).read_text() == "new"
    assert [p.name for p in out.parent.iterdir()] == ["run"]


def test_a_failure_leaves_the_old_run_as_it_was(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with writing(out) as folder:
        fill(folder, "old")
    with pytest.raises(ZeroDivisionError):
        break_off(out, ZeroDivisionError())
    assert (out / RUN_FILE).read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["run"]


def test_a_full_disk_is_a_clear_error_and_leaves_nothing(tmp_path: Path) -> None:
    out = tmp_path / "run"
    with pytest.raises(StorageError, match="free some space"):
        break_off(out, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_never_replaced(tmp_path: Path) -> None:
    out = tmp_path / "photos"
    out.mkdir()
    (out / "a.jpg").write_text("dear")
    with pytest.raises(StorageError, match="not a run"), writing(out):
        pass
    assert (out / "a.jpg").read_text() == "dear"


def test_what_a_killed_process_left_is_swept_up_and_a_living_ones_is_kept(tmp_path: Path) -> None:
    gone = subprocess.Popen(["true"])
    gone.wait()
    dead, alive = tmp_path / f"run.tmp-{gone.pid}", tmp_path / "run.tmp-1"
    dead.mkdir()
    alive.mkdir()
    with writing(tmp_path / "run") as folder:
        fill(folder, "new")
    assert not dead.exists()
    assert alive.exists()
