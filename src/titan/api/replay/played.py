"""A finished backtest in its folder: `journal.jsonl`, what it was worth in `equity.parquet`, and the tape
that `run.json` names, wherever that is.
"""

from __future__ import annotations

import contextlib
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from pydantic import ValidationError

from titan.api.replay.market import Market, Terms
from titan.api.replay.note import note_of
from titan.api.replay.reel import PlayedReel
from titan.api.replay.scene import Scene, Source
from titan.api.replay.standing import NO_LIMITS, Facts, Worth
from titan.api.shapes.history import NavPoint
from titan.api.wire import ms
from titan.market.tape.read import TapeReader
from titan.model.errors import ConfigError, TapeError
from titan.portfolio.nav import PnL
from titan.runtime.config import Config
from titan.runtime.sentinel import every_lane, sentinel_params
from titan.runtime.session import max_age_ns, sample_seconds
from titan.runtime.simulated import models_of, priced
from titan.storage.finished import LINES
from titan.storage.lines import FileLines
from titan.strategies.sentinel.params import find_pairs
from titan.views.replica import Replica
from titan.views.status import BACKTEST

EQUITY: Final = "equity.parquet"
_STEP: Final = Decimal("1e-8")


class PlayedSource(Source):
    """Raises StorageError where its files cannot be read."""

    def __init__(self, folder: Path) -> None:
        super().__init__(FileLines(folder))
        self._note = note_of(folder)
        self._equity = _equity(folder / EQUITY)
        self._times: NDArray[np.int64] = self._equity.get("ts", np.zeros(0)).astype(np.int64)
        self._config: Config | None = None
        with contextlib.suppress(ValidationError):  # another version's
            self._config = Config.model_validate(self._note.config)
        self._market: Market | None = None
        self._why = ""

    @property
    def began_ns(self) -> int:
        return self._note.tape.start_ns

    @property
    def ended_ns(self) -> int:
        return max(super().ended_ns, self._note.tape.end_ns)

    @property
    def quote(self) -> str:
        return self._config.run.quote if self._config is not None else ""

    def facts(self, replica: Replica) -> Facts:
        del replica
        note = self._note
        return Facts(
            note.run_id, BACKTEST, note.simulated, note.strategy, self.quote, Decimal(note.capital),
            note.tape.start_ns, self.ended_ns, LINES,
        )  # fmt: skip

    def worth(self, replica: Replica, at_ns: int) -> Worth | None:
        del replica
        n = int(np.searchsorted(self._times, at_ns, "right")) - 1
        if n < 0:
            return None
        made = {name: self._money(name, n) for name in PnL.__struct_fields__ if name in self._equity}
        nav, delta, deployed = (self._money(name, n) for name in ("nav", "delta_usd", "deployed"))
        return Worth(nav, delta, deployed, made, int(self._times[n]))

    def navs(self) -> list[NavPoint]:
        return [
            NavPoint(
                ms(int(self._times[n])), self._money("nav", n), -float(self._equity["drawdown"][n]),
                self._money("delta_usd", n), self._money("deployed", n),
            )
            for n in range(len(self._times))
        ]  # fmt: skip

    def scene(self, place: int) -> Scene:
        del place
        if self._market is None and not self._why:
            try:
                self._market = self._opened()
            except (TapeError, ConfigError) as e:
                self._why = e.message
        config, market = self._config, self._market
        params = next(iter(market.params.values()), None) if market is not None else None
        return Scene(market, self._why, config.limits if config is not None else NO_LIMITS, params)

    def forget(self, market: Market) -> None:
        if market is self._market:
            self._market = None

    def _opened(self) -> Market:
        """Raises TapeError, which says what is missing, and ConfigError."""
        note, config = self._note.tape, self._config
        if config is None:
            raise ConfigError("the run's settings are those of another version of Titan")
        path = Path(note.path)
        if not path.exists():
            raise TapeError(f"the tape of this run is not at {path} any more")
        tape = TapeReader(path)
        if tape.fingerprint != note.fingerprint:
            raise TapeError(f"the tape at {path} is not the one that was played")
        instruments = priced(tape.instruments, config)
        models = models_of(config, tape)
        lanes = every_lane(config, find_pairs(tape.instruments))
        params = sentinel_params(config, instruments, sample_seconds(tape), lanes)
        reel = PlayedReel(tape, models.latency, self._note.seed, note.start_ns, note.end_ns)
        assumed = (models.half_spread, models.bar_share)
        return Market(reel, Terms(params, assumed, max_age_ns(config, tape)))

    def _money(self, name: str, n: int) -> Decimal:
        return Decimal(repr(float(self._equity[name][n]))).quantize(_STEP)


def _equity(file: Path) -> dict[str, NDArray[Any]]:
    """Columns; none where it cannot be read."""
    try:
        table = pq.read_table(file)
        return {name: table.column(name).to_numpy() for name in table.column_names}
    except (OSError, pa.ArrowException):
        return {}
