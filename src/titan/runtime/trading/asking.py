"""What an operator imposes on a run, takes back, or says became of a transfer. Where no run holds the
journal it is written there; a running one is asked by a file in its folder, and hears it at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from titan.model.errors import ConfigError, JournalHeld
from titan.model.outcome import doubted
from titan.model.recovery import Latched, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.model.settled import Settled
from titan.model.wake import SettingsChanged
from titan.risk.overrides import CLOSE, NO_TRADING, REDUCE_ONLY, Override, scale
from titan.risk.restraints import Restraints
from titan.runtime.trading.plan import Plan
from titan.runtime.trading.tuning import take_over
from titan.runtime.trading.whole import write_whole
from titan.storage.journal import StoredJournal
from titan.storage.recall import unreadable
from titan.storage.search import Wanted, search
from titan.storage.store import Store, look_into, open_store

if TYPE_CHECKING:
    from titan.runtime.trading.run import Run

ASKED: Final = "asked-*.json"
"""Files that ask the run of their folder, in the order of their names."""

MODES: Final = {"reduce-only": REDUCE_ONLY, "close": CLOSE, "no-trading": NO_TRADING}
"""What an operator may impose, by the word for it; besides them a scale of entries."""
_LOOK_S: Final = 0.02

_IMPOSING: Final = Wanted(what="imposed,latched,lifted,rearmed")
_decode: Final = msgspec.json.Decoder(Imposed | Latched | Lifted | Rearmed).decode

Asked = Imposed | Lifted | Settled | SettingsChanged


def in_force(store: Store) -> Restraints:
    """What stands by a journal, of any length: only what imposes and lifts is read. Raises StorageError."""
    found = Restraints()
    for entry in search(store, _IMPOSING):
        try:
            found.hear(_decode(entry.body))
        except msgspec.DecodeError as e:
            raise unreadable(store, entry.seq, entry.body, e) from e
    return found


def ask(plan: Plan, event: Asked) -> bool:
    """True where it is in force by the journal now, False where a running run was asked to hear it. Settings
    of a run that does not run are those of its files, and nothing is written down. Raises StorageError, also
    where there is no journal yet.
    """
    look_into(plan.store).close()
    store = open_store(plan.store)
    try:
        journal = StoredJournal(store, now=lambda: event.local_ns, deliver=lambda call: call())
    except JournalHeld:
        _leave(plan.folder, event)
        return False
    else:
        waiting = list(_waiting(plan.folder))
        for one in (*(one for _, one in waiting), event):
            if not isinstance(one, SettingsChanged):
                journal(one)
        journal.close()
        for file, _ in waiting:
            file.unlink(missing_ok=True)
        return True
    finally:
        store.close()


async def ask_and_wait(plan: Plan, event: Asked, seconds: float) -> bool:
    """As `ask`, beside the event loop; True too where the run that was asked has it in its journal, as
    soon as it has. False after `seconds`.
    """
    if await asyncio.to_thread(ask, plan, event):
        return True
    file, loop = _file_of(plan.folder, event), asyncio.get_running_loop()
    ends = loop.time() + seconds
    while file.exists():
        if loop.time() >= ends:
            return False
        await asyncio.sleep(_LOOK_S)
    return True


def standing_in(plan: Plan) -> Restraints:
    """What stands by the journal of a plan. Raises StorageError, also where there is none yet."""
    store = look_into(plan.store)
    try:
        return in_force(store)
    finally:
        store.close()


def override_of(word: str) -> Override:
    """Of `MODES`, or a scale as "0.5". Raises ConfigError for another."""
    if word in MODES:
        return MODES[word]
    try:
        return scale(word)
    except (ValueError, ZeroDivisionError) as e:
        raise ConfigError(
            f"the mode {word} is none of {', '.join(MODES)} and no scale",
            remedy="a scale is as 0.5, at most 1",
        ) from e


def check_covered(plan: Plan, venue: str, instrument: str) -> None:
    """A halt that covers nothing because of a slip would be believed in. Raises ConfigError."""
    traded = {f"{one.venue}.{name}" for one in plan.venues for name in one.instruments}
    for asked, known in ((venue, {one.venue for one in plan.venues}), (instrument, traded)):
        if asked and asked not in known:
            raise ConfigError(f"this run does not trade {asked}", remedy="but " + ", ".join(sorted(known)))


def check_lift(standing: Restraints, name: str) -> None:
    """Raises ConfigError for what cannot be lifted."""
    if standing.stands(name):
        return
    if name in standing.latches():
        raise ConfigError(f"'{name}' is a latch", remedy="`titan panic --config DIR --rearm` takes it back")
    names = ", ".join(f"'{one}'" for one in standing.standing()) or "none"
    raise ConfigError(f"no halt named '{name}' stands", remedy=f"those that do: {names}")


class Ear:
    """Of a run: hears what it is asked, once. A file goes when what it asks is in the store. `obey` journals
    it and does it; False where it has to wait.
    """

    def __init__(self, folder: Path, journal: StoredJournal, obey: Callable[[Asked], bool]) -> None:
        self._folder, self._journal, self._obey = folder, journal, obey
        self._heard: set[Path] = set()

    def hear(self, tell: Callable[[str], None]) -> None:
        for file, event in _waiting(self._folder):
            if file in self._heard:
                continue
            try:
                if not self._obey(event):
                    continue
                told = said(event)
            except ConfigError as e:
                told = f"{said(event)} -- refused, all is as it was: {e.message}"
            self._heard.add(file)
            self._journal.after(lambda file=file: file.unlink(missing_ok=True))  # type: ignore[misc]
            tell(told)


def obey(run: Run, event: Asked) -> bool:
    """What an operator asks a running run for: written down, and in force. Raises ConfigError for settings
    that it cannot take over.
    """
    if isinstance(event, Settled):
        return run.parts.engine.settle(event)
    if isinstance(event, SettingsChanged):
        take_over(run, event)
        return True
    run.journal(event)
    run.parts.halts.hear(event)
    if isinstance(event, Lifted):
        run.parts.strategy.cleared(doubted(event.name))
    return True


def said(event: Asked) -> str:
    """In a few words."""
    if isinstance(event, Settled):
        return f"{event.intent_id} {event}"
    if isinstance(event, Lifted):
        return f"{event.by} lifted '{event.name}'" + (f": {event.reason}" if event.reason else "")
    if isinstance(event, SettingsChanged):
        changes = ", ".join(f"{key} = {value}" for key, value in event.changes.items())
        return f"{event.by} changed {changes}" + (f": {event.reason}" if event.reason else "")
    return f"{event.by} imposed '{event.name}': {event.reason}"


def forget_settings(folder: Path) -> None:
    """What was asked of an earlier process, of settings: this one has just read those of its files."""
    for file, event in _waiting(folder):
        if isinstance(event, SettingsChanged):
            file.unlink(missing_ok=True)


def _leave(folder: Path, event: Asked) -> None:
    write_whole(_file_of(folder, event), msgspec.json.encode(event))


def _file_of(folder: Path, event: Asked) -> Path:
    return folder / f"asked-{event.local_ns:020d}.json"


def _waiting(folder: Path) -> Iterator[tuple[Path, Asked]]:
    for file in sorted(folder.glob(ASKED)):
        try:
            yield file, msgspec.json.decode(file.read_bytes(), type=Asked)
        except (OSError, msgspec.DecodeError):
            continue  # nothing of ours
