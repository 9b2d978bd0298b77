"""A run on live data in its folder: the journal in `titan.db`, and the tape that each process of it kept."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Final

import msgspec

from titan.api.replay.market import Market, Terms
from titan.api.replay.processes import Process, Processes
from titan.api.replay.reel import HeardReel
from titan.api.replay.scene import Scene, Source
from titan.api.replay.standing import NO_LIMITS, Facts, Worth
from titan.api.shapes.history import NavPoint
from titan.api.wire import ms
from titan.model.errors import ConfigError, TapeError
from titan.model.instrument import Instrument
from titan.model.money import ZERO
from titan.model.run import RunBegan
from titan.model.valuation import Valued
from titan.runtime.config import Config
from titan.runtime.run_folder import STATUS_FILE
from titan.runtime.trading.run import MAX_AGE_NS, live_setting
from titan.runtime.verify.run import STORE, TAPES
from titan.runtime.watching.follower import event_of
from titan.storage.lines import StoreLines
from titan.views.replica import Replica
from titan.views.status import Status, decoded

MARKETS: Final = 2
"""Tapes of one run that are kept open."""
_BEGAN: Final = msgspec.json.Decoder(RunBegan)
_ASSUMED: Final = (0.0, 1.0)


class LiveSource(Source):
    """Raises StorageError where the journal cannot be read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(StoreLines(f"sqlite:///{folder / STORE}"))
        self.folder = folder
        self._processes = Processes(self.lines)
        self._markets: OrderedDict[str, Market] = OrderedDict()
        self._configs: dict[tuple[int, int], Config | None] = {}
        self._begun, self._looked = 0, 0

    @property
    def first(self) -> int:
        """Where the last run of the journal begins: in one folder there may have been several."""
        index = self.lines.index
        for place in index.places("began", first=self._looked):
            (entry,) = self.lines.read(place, place + 1)
            try:
                self._begun = self._begun if _BEGAN.decode(entry.body).resumed else place
            except msgspec.DecodeError:
                continue
        self._looked = len(index)
        return self._begun

    @property
    def ended_ns(self) -> int:
        said = self._said()
        return max(super().ended_ns, said.at_ns if said is not None else 0)

    @property
    def quote(self) -> str:
        config, said = self._config(len(self.lines.index)), self._said()
        return config.run.quote if config is not None else said.quote if said is not None else ""

    def facts(self, replica: Replica) -> Facts:
        """Of the run that the replica is of."""
        run, said = replica.run, self._said()
        if run is None:
            return Facts("", "", True, "", self.quote, None, 0, 0, STORE)
        own = said if said is not None and said.run_id == run.run_id else None
        return Facts(
            run.run_id, run.mode, own.simulated if own is not None else run.mode != "live", run.strategy,
            self.quote, own.start_nav if own is not None else run.capital, run.local_ns, 0, STORE,
        )  # fmt: skip

    def worth(self, replica: Replica, at_ns: int) -> Worth | None:
        del at_ns  # the replica stands at that moment
        if not replica.values:
            return None
        last = replica.values[-1]
        return Worth(last.nav, last.delta, last.deployed, last.pnl, last.local_ns)

    def navs(self) -> list[NavPoint]:
        """Those that its journal was given about once a minute."""
        places = self.lines.index.places("valued", first=self.first)
        peak, found = ZERO, list[NavPoint]()
        for event in (event_of(entry) for entry in self.lines.pick(places)):
            if isinstance(event, Valued):
                peak = max(peak, event.nav)
                fallen = float((peak - event.nav) / peak) if peak > 0 else 0.0
                found.append(NavPoint(ms(event.local_ns), event.nav, fallen, event.delta, event.deployed))
        return found

    def scene(self, place: int) -> Scene:
        process = self._processes.at(place)
        if process is None:
            return Scene(None, "the run has not begun", NO_LIMITS, None)
        config = self._config(place)
        limits = config.limits if config is not None else NO_LIMITS
        try:
            market = self._market(process)
        except TapeError as e:
            return Scene(None, e.message, limits, None)
        params = next(iter(market.params.values()), None)
        return Scene(market, "", limits, params)

    def forget(self, market: Market) -> None:
        self._markets = OrderedDict((k, one) for k, one in self._markets.items() if one is not market)

    def _market(self, process: Process) -> Market:
        """Raises TapeError, which says what is missing."""
        if process.settings is None:
            raise TapeError("the run's settings are those of another version of Titan")
        name = Path(process.settings.tape).name
        if not name:
            raise TapeError("the run kept no tape ([live] record was off)")
        found = self._markets.pop(name, None)
        if found is None:
            place = self.folder / TAPES / name
            if not place.resolve().is_relative_to(self.folder.resolve()):
                raise TapeError("the run's tape is not in its folder")
            reel = HeardReel(place)
            found = Market(reel, self._terms(process, self._config(process.place + 1), reel.instruments))
        self._markets[name] = found
        while len(self._markets) > MARKETS:
            self._markets.popitem(last=False)
        if found.turns != len(process.turns):
            configs = [(turn.rows, self._config(turn.place + 1)) for turn in process.turns]
            found.tune([(rows, self._terms(process, c, found.instruments).params) for rows, c in configs])
        return found

    def _terms(self, process: Process, config: Config | None, instruments: tuple[Instrument, ...]) -> Terms:
        if config is None or process.settings is None:
            return Terms({}, _ASSUMED, MAX_AGE_NS)
        try:
            setting = live_setting(config, process.settings.run_id, instruments, process.settings.lanes)
        except ConfigError:
            return Terms({}, _ASSUMED, MAX_AGE_NS)
        return Terms.of(setting)

    def _config(self, place: int) -> Config | None:
        process = self._processes.at(place)
        if process is None:
            return None
        key = process.place, sum(turn.place < place for turn in process.turns)
        if key not in self._configs:
            self._configs[key] = process.config(place)
        return self._configs[key]

    def _said(self) -> Status | None:
        try:
            return decoded((self.folder / STATUS_FILE).read_bytes())
        except (OSError, msgspec.DecodeError):
            return None
