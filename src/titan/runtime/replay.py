"""Replay: a recorded run's settings and tape give the same decisions again, or the first one that differs
is named.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from titan.market.tape.read import TapeReader
from titan.market.tape.seals import broken, seals, told
from titan.model.errors import DataError
from titan.runtime.backtest import play
from titan.runtime.config import Config
from titan.runtime.coverage import coverage_of
from titan.runtime.run_folder import RUN_FILE
from titan.runtime.verify.run import is_live_run, replay_live
from titan.runtime.verify.verdict import UNSEALED, LiveVerdict

Progress = Callable[[str, int, int], None]


class Verdict(msgspec.Struct, frozen=True):
    """`line` is the number of the first journal line that differs (from 1), 0 when none does. `tape_file` is
    the first of the tape's files whose bytes are not those that were recorded; `sealed` is False for a run
    that was made before bytes were.
    """

    equal: bool
    lines: int
    run_hash: str
    replay_hash: str
    line: int = 0
    recorded: str = ""
    replayed: str = ""
    tape_changed: bool = False
    tape_file: str = ""
    sealed: bool = True

    def as_dict(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__struct_fields__}

    def explain(self) -> str:
        if self.equal:
            said = f"{self.lines} decisions and events, every one equal. run hash {self.run_hash}"
            return said if self.sealed else f"{said}\n{UNSEALED}"
        if not self.line and self.tape_file:
            return f"{told(self.tape_file)}; its decisions and events, {self.lines} of them, are equal"
        cause = ""
        if self.tape_changed:
            where = f" ({self.tape_file})" if self.tape_file else ""
            cause = f"\nThe tape is not the one that was recorded: its content has changed{where}."
        elif self.tape_file:
            cause = f"\n{told(self.tape_file)}"
        return (
            f"The replay differs from line {self.line} of {self.lines} on.{cause}\n"
            f"  recorded: {self.recorded}\n  replayed: {self.replayed}"
        )


def replay_run(run: Path, *, tape: Path | None, progress: Progress, store: str = "") -> Verdict | LiveVerdict:
    """Run `run` again and compare: a backtest whole, a run on live data by its journal, which `store` names
    where it is not in the folder. Raises DataError when the folder or its tape cannot be used.
    """
    if store or is_live_run(run):
        return replay_live(run, tape=tape, store=store, progress=progress)
    return replay_backtest(run, tape=tape, progress=progress)


def replay_backtest(run: Path, *, tape: Path | None, progress: Progress) -> Verdict:
    document = _read(run)
    try:
        settings = Config.model_validate(document["config"])
        place = tape or Path(document["tape"]["path"])
        recorded = (run / "journal.jsonl").read_bytes().splitlines()
        fingerprint, run_hash = document["tape"]["fingerprint"], document["run_hash"]
        sealed: dict[str, str] | None = document["tape"].get("files")
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise DataError(f"{run} is not a whole run: {error}", remedy="run the backtest again") from error
    if not place.exists():
        raise DataError(f"the tape of this run is not at {place}", remedy="say where it is with --tape")
    reader = TapeReader(place)
    other = "" if sealed is None else broken(sealed, seals(reader.files))
    session, _ = play(reader, settings, coverage_of(reader), progress)
    replayed = session.journal.lines
    changed = reader.fingerprint != fingerprint
    equal = session.journal.digest == run_hash and not changed and not other
    line = 0 if recorded == replayed else _first_difference(recorded, replayed)
    return Verdict(
        equal=equal and line == 0,
        lines=len(recorded),
        run_hash=run_hash,
        replay_hash=session.journal.digest,
        line=line,
        recorded=_line(recorded, line),
        replayed=_line(replayed, line),
        tape_changed=changed,
        tape_file=other,
        sealed=sealed is not None,
    )


def _read(run: Path) -> Any:
    try:
        document = json.loads((run / RUN_FILE).read_text())
    except FileNotFoundError:
        what = "is no run" if run.is_dir() else "is no folder"
        raise DataError(f"{run} {what}", remedy="name what `titan backtest` or `titan run` made") from None
    except (OSError, ValueError) as error:
        raise DataError(
            f"{run} is not a run: {error}", remedy="name what `titan backtest` or `titan run` made"
        ) from error
    return document


def _first_difference(a: list[bytes], b: list[bytes]) -> int:
    for n, (x, y) in enumerate(zip(a, b, strict=False)):
        if x != y:
            return n + 1
    return min(len(a), len(b)) + 1


def _line(lines: list[bytes], number: int) -> str:
    if not 0 < number <= len(lines):
        return "(no such line)" if number else ""
    return lines[number - 1].decode(errors="backslashreplace")  # a damaged one may be no text
