"""A run's journal, gone through entry by entry beside its replay."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, get_args

import msgspec
from pydantic import ValidationError

from titan import __version__
from titan.execution.memory import Memory
from titan.market.tape.heard import Heard, HeardTape
from titan.model.errors import DataError, ReplayError
from titan.model.instrument import Instrument
from titan.model.listing import Listing
from titan.model.run import RunBegan
from titan.model.signal import Signal
from titan.model.wake import RunSettings, Why, Woke
from titan.runtime.config import Config
from titan.runtime.verify.again import Again
from titan.runtime.verify.compare import NOTHING, Hash, compared, text
from titan.runtime.verify.verdict import Difference, LiveVerdict, Start, cause_of
from titan.strategies.protocol import Wish

_WISH: Final[tuple[type[msgspec.Struct], ...]] = get_args(Wish)
_MARKS: Final = (Why.BEGIN, Why.SETTINGS, Why.STOP)


class Course:
    """`take` every entry of one run in order, then ask for the `verdict`. `tapes` is where its tapes are;
    `standing` is what earlier runs of the journal had left imposed.
    """

    def __init__(self, tapes: Path, standing: Sequence[msgspec.Struct] = ()) -> None:
        self._tapes = tapes
        self._began: RunBegan | None = None
        self._settings: RunSettings | None = None
        self._instruments: list[Instrument] = []
        self._again: Again | None = None
        self._heard: Heard | None = None
        self._start = Start("", "", 0)
        self._starts: list[Start] = []
        self._past: list[msgspec.Struct] = list(standing)
        self._memory = Memory()
        self._signal: tuple[int, Signal] | None = None
        self._wished: list[Wish] = []
        self._expected = self._decided_ns = self._good_rows = 0
        self._recorded, self._replayed = Hash(), Hash()
        self._difference: Difference | None = None
        self.entries = self.signals = self.decisions = self.wishes = 0

    def take(self, entry: int, event: msgspec.Struct) -> None:
        """The next entry and its number. Raises ReplayError where the run cannot be replayed at all."""
        self.entries += 1
        match event:
            case RunBegan():
                self._begin(event)
            case RunSettings():
                self._settings = event
                self._start.tape = event.tape
            case Listing():
                self._instruments.append(event.instrument)
            case Signal():
                self.signals += 1
                self._recorded.add(event)
                self._signal = entry, event
            case Woke():
                self._wake(entry, event)
            case _ if self._expected and isinstance(event, _WISH):
                self._wish(entry, event)
            case _ if (again := self._opened()) is not None:
                again.hear(event)
            case _:
                pass
        self._past.append(event)
        self._memory(event)

    def verdict(self) -> LiveVerdict:
        """After the last entry. Raises ReplayError where no process of the run can be replayed."""
        if self._began is None:
            raise ReplayError("there is no run in this journal", remedy="`titan run` makes one")
        if all(start.note for start in self._starts):
            notes = "; ".join(dict.fromkeys(start.note for start in self._starts))
            raise ReplayError(
                f"the run {self._began.run_id} cannot be replayed: {notes}",
                remedy="runs keep their tape unless live.record is false",
            )
        return LiveVerdict(
            run_id=self._began.run_id, mode=self._began.mode,
            equal=self._difference is None and all(start.whole for start in self._starts),
            entries=self.entries, signals=self.signals, decisions=self.decisions, wishes=self.wishes,
            unverified=sum(start.unverified for start in self._starts),
            run_hash=self._recorded.value, replay_hash=self._replayed.value, starts=self._starts,
            difference=self._difference, cause=cause_of(self._starts, self._difference, __version__),
        )  # fmt: skip

    def _begin(self, event: RunBegan) -> None:
        """Another process. What the one before was killed in the middle of is not compared."""
        self._began, self._settings, self._instruments = event, None, []
        self._again, self._heard, self._signal = None, None, None
        self._expected, self._wished, self._good_rows = 0, [], 0
        self._start = Start("", event.version, event.local_ns)
        self._starts.append(self._start)

    def _opened(self) -> Again | None:
        """What replays this process; None where nothing does, or not any more."""
        if self._difference is not None or self._start.note or self._start.short:
            return None
        if self._again is None:
            try:
                self._again = self._open()
            except DataError as e:
                self._start.note = e.message
        return self._again

    def _open(self) -> Again | None:
        began, settings = self._began, self._settings
        if began is None or settings is None:
            self._start.note = "its journal does not have the settings that it decided by"
            return None
        if not settings.tape:
            self._start.note = "it kept no tape"
            return None
        tape = HeardTape(self._tapes / Path(settings.tape).name)
        if tape.instruments != tuple(self._instruments):
            self._start.note = f"{tape.path} is the tape of other instruments"
            return None
        self._start.rows, self._start.fingerprint = tape.rows, tape.fingerprint
        self._start.damage, self._start.sealed = tape.damage, tape.sealed
        try:
            config = Config.model_validate(settings.config)
        except ValidationError as e:
            raise ReplayError(
                f"the settings of this run are not those of this version: {e.error_count()} of them",
                remedy=f"replay it with titan {began.version}",
            ) from e
        self._heard = Heard(tape.blocks())
        return Again(
            config, began.run_id, self._instruments, self._heard, self._past, self._memory, settings.lanes
        )  # fmt: skip

    def _wake(self, entry: int, woke: Woke) -> None:
        if self._expected and self._opened() is not None:
            self._differs(
                Difference(entry, self._decided_ns, "wish", "the whole of it", NOTHING, text(self._wished[0]))
            )
        self._recorded.add(woke)
        self._expected, self._decided_ns = woke.wishes, woke.at_ns
        decision = woke.why not in _MARKS
        self.decisions += decision
        self._start.decisions += decision
        again, signal = self._opened(), self._signal
        if woke.why is Why.SIGNAL:
            self._signal = None
        if again is None or not self._fed(again, woke):
            self._start.unverified += decision and self._difference is None
            return
        if woke.why is Why.SIGNAL:
            replayed = again.signal()
            number, recorded = signal if signal is not None else (entry, None)
        else:
            number, recorded, replayed = entry, None, again.unheard(woke)
        found = compared(number, woke.at_ns, recorded, replayed)
        if found is not None:
            self._differs(found)
            return
        if replayed is not None:
            self._replayed.add(replayed)
        self._wished = list(again.decide(woke, replayed))
        self._replayed.add(msgspec.structs.replace(woke, wishes=len(self._wished)))
        self._differs(_counted(entry, woke, self._wished))

    def _fed(self, again: Again, woke: Woke) -> bool:
        """Give the replay the rows that the run had; False where the tape ends before."""
        assert self._heard is not None
        try:
            whole = again.feed(woke.rows)
        except DataError as e:
            whole, self._start.damage = False, e.message
        if not whole:
            self._start.short = woke.rows - self._heard.rows
            return False
        if self._start.changed is None and woke.heard and woke.heard != self._heard.digest.value:
            self._start.changed = (self._good_rows, woke.rows)
        self._good_rows = woke.rows
        return True

    def _wish(self, entry: int, event: msgspec.Struct) -> None:
        self.wishes += 1
        self._expected -= 1
        self._recorded.add(event)
        if self._opened() is None:
            return
        replayed = self._wished.pop(0)
        self._replayed.add(replayed)
        self._differs(compared(entry, self._decided_ns, event, replayed))

    def _differs(self, found: Difference | None) -> None:
        if self._difference is None:
            self._difference = found


def _counted(entry: int, woke: Woke, wishes: Sequence[Wish]) -> Difference | None:
    if len(wishes) == woke.wishes:
        return None
    said = ", ".join(text(wish) for wish in wishes) or NOTHING
    about = f"the answer to {woke.why}{f' {woke.of}' if woke.of else ''}"
    return Difference(
        entry, woke.at_ns, about, "number of wishes", str(woke.wishes), f"{len(wishes)}: {said}"
    )
