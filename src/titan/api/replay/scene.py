"""What a recorded run brings to a replay, whatever kind of run it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from titan.api.replay.market import Market
from titan.api.replay.standing import Facts, Worth
from titan.api.shapes.history import NavPoint
from titan.model.listing import Listing
from titan.runtime.config.limits import LimitsConfig
from titan.runtime.watching.follower import event_of
from titan.storage.lines import Lines
from titan.storage.views import Rules
from titan.strategies.sentinel.params import SentinelParams
from titan.views.replica import Replica

_LISTING: Final = str(Listing.__struct_config__.tag)


class Scene(NamedTuple):
    """The market of a moment, or why there is none; limits, and what the strategy decided by."""

    market: Market | None
    why: str
    limits: LimitsConfig
    params: SentinelParams | None


class Source:
    """A run's files. Places are those of its journal."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self._rules: dict[str, Rules] = {}
        self._listed = 0

    @property
    def first(self) -> int:
        """Where the run begins: in one journal there may have been several, of which this is the last."""
        return 0

    @property
    def began_ns(self) -> int:
        """Its first moment."""
        times = self.lines.index.times
        return times[self.first] if times else 0

    @property
    def ended_ns(self) -> int:
        """Its last moment, so far."""
        times = self.lines.index.times
        return times[-1] if times else 0

    @property
    def quote(self) -> str:
        """What its money is told in."""
        raise NotImplementedError

    @property
    def rules(self) -> Mapping[str, Rules]:
        """What lots and ticks are worth."""
        for entry in self.lines.pick(self.lines.index.places(_LISTING, first=self._listed)):
            known = event_of(entry)
            if isinstance(known, Listing):
                one = known.instrument
                self._rules[one.id] = Rules(one.base, one.quote, one.tick, one.lot)
        self._listed = len(self.lines.index)
        return self._rules

    def facts(self, replica: Replica) -> Facts:
        raise NotImplementedError

    def worth(self, replica: Replica, at_ns: int) -> Worth | None:
        """None before it was valued first."""
        raise NotImplementedError

    def scene(self, place: int) -> Scene:
        """After the first `place` entries."""
        raise NotImplementedError

    def navs(self) -> Sequence[NavPoint]:
        """Along the run, oldest first."""
        raise NotImplementedError

    def forget(self, market: Market) -> None:
        """Something of it could not be read: it is to be opened anew."""

    def close(self) -> None:
        self.lines.close()
