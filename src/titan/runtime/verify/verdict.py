"""What a replay found, as a document and in words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

COVERED: Final = (
    "signals with all their figures",
    "every call of the strategy: what for, when, on which rows",
    "every wish that it answered with",
    "its state after a restart",
)
NOT_COVERED: Final = (
    "answers of the gates, and the steps of executions: they also depend on the venues' words and on rates "
    "of requests, and are taken from the journal",
    "what the guard does by itself (the day's drawdown, hedges of delta), undoing of late fills, and closing "
    "of foreign positions: not decided by the strategy",
)


UNSEALED: Final = "no byte digest of the tape was recorded: its rows were compared, not its files"


class Difference(msgspec.Struct, frozen=True):
    """`entry` is its number in the journal, `field` what of it differs, `at_ns` the time of the decision."""

    entry: int
    at_ns: int
    what: str
    field: str
    recorded: str
    replayed: str

    def explain(self) -> str:
        moment = datetime.fromtimestamp(self.at_ns // 10**9, UTC).strftime("%Y-%m-%d %H:%M:%S")
        where = (
            f"journal entry {self.entry}, {moment}.{self.at_ns % 10**9:09d} UTC, {self.what}: {self.field}"
        )
        return f"{where}\n  recorded: {self.recorded}\n  replayed: {self.replayed}"


class Start(msgspec.Struct):
    """One process of the run. `changed` is (first, behind the last) of the rows among which one is not as it
    was heard; `short` how many rows of the last decision are not on the tape; `sealed` whether the bytes of
    all its files could be compared with what was recorded of them.
    """

    tape: str
    version: str
    began_ns: int
    rows: int = 0
    fingerprint: str = ""
    decisions: int = 0
    unverified: int = 0
    changed: tuple[int, int] | None = None
    damage: str = ""
    short: int = 0
    note: str = ""
    sealed: bool = True

    @property
    def whole(self) -> bool:
        unread = self.note and self.tape
        return self.changed is None and not (self.damage or self.short or self.unverified or unread)

    def trouble(self) -> str:
        """What is wrong with its tape, in words."""
        found = [f"{self.tape}: {self.damage}"] if self.damage else []
        if self.changed is not None:
            first, behind = self.changed
            found.append(
                f"{self.tape}: among rows {first} to {behind - 1} is one that is not as it was heard"
            )
        if self.short:
            found.append(f"{self.tape}: it ends {self.short} rows before the last decision's")
        if self.note:
            found.append(self.note)
        return "; ".join(found)


class LiveVerdict(msgspec.Struct):
    """`run_hash` is over all recorded signals, calls and wishes, `replay_hash` over the replayed ones up to
    the first difference."""

    run_id: str
    mode: str
    equal: bool
    entries: int
    signals: int
    decisions: int
    wishes: int
    unverified: int
    run_hash: str
    replay_hash: str
    starts: list[Start]
    difference: Difference | None
    cause: str
    covered: tuple[str, ...] = COVERED
    not_covered: tuple[str, ...] = NOT_COVERED

    def as_dict(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found

    def explain(self) -> str:
        """For the terminal."""
        counted = (
            f"run {self.run_id} ({self.mode}): {_n(len(self.starts), 'start')}, {self.signals:,} signals, "
            f"{_n(self.decisions, 'decision')} of the strategy, {self.wishes:,} wishes"
        )
        if self.equal:
            unsealed = "" if all(start.sealed for start in self.starts) else f"\n{UNSEALED}"
            return f"{counted}: every one equal.\ndecision hash {self.run_hash}{unsealed}"
        lines = [counted]
        if self.difference is not None:
            lines.append(f"the first that differs: {self.difference.explain()}")
        elif not self.unverified:
            lines.append("no decision differs")
        if self.unverified:
            lines.append(f"{_n(self.unverified, 'decision')} could not be replayed")
        lines.append(f"cause: {self.cause}")
        return "\n".join(lines)


def cause_of(starts: list[Start], difference: Difference | None, version: str) -> str:
    """The likely one; empty where all is well."""
    troubles = [trouble for start in starts if (trouble := start.trouble())]
    if troubles:
        return f"the tape is not the one that the run heard. {'. '.join(troubles)}"
    if difference is None:
        return ""
    others = sorted({start.version for start in starts if start.version != version})
    if others:
        return f"it was decided by titan {', '.join(others)}, and replayed by {version}"
    return (
        "not explained: tape, settings and version are the same, so something decided that is neither on the "
        "tape nor in the journal. Please report it"
    )


def _n(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
