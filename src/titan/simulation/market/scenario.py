"""What happens in a simulated market, by name: a scenario is a sequence of acts, an act is a mood and its
incidents.

Acts are shares of the whole duration, so the same script fits an hour and a week. What a mood changes is
stated against the measured market (`figures`): volatility as a multiple, the premium of the perp as bps on
top of the measured mean. Trend, squeeze and cascade go beyond what the measured months contain; they are
stresses, not fits.
"""

from __future__ import annotations

from typing import Final

import msgspec

from titan.model.errors import ConfigError
from titan.model.instrument import InstrumentKind

SECOND_NS: Final = 1_000_000_000


class Cascade(msgspec.Struct, frozen=True):
    """A run of forced closings. `at` is a share of its act; `depth_bps` is how far the perp is pushed from
    spot."""

    at: float
    depth_bps: float
    seconds: float = 90.0
    longs: bool = True
    """True closes longs: the price falls and the perp trades below spot. False closes shorts: the reverse."""


class Outage(msgspec.Struct, frozen=True):
    """One segment of the venue falls silent for `seconds`, then comes back with a GAP row and a new
    snapshot."""

    at: float
    seconds: float
    kind: InstrumentKind


class Act(msgspec.Struct, frozen=True):
    """A mood that lasts `share` of the duration (shares are relative to one another)."""

    name: str
    share: float = 1.0
    volatility: float = 1.0
    drift_bps_hour: float = 0.0
    premium_bps: float = 0.0
    """Added to the measured mean basis; reached with a half-life of 20 minutes."""
    heat: float = 1.0
    """Multiplies the rates of orders and book updates."""
    cascades: tuple[Cascade, ...] = ()
    outages: tuple[Outage, ...] = ()


class Scenario(msgspec.Struct, frozen=True):
    """Acts, and how finely they are drawn. `activity` is a share of the measured message rates."""

    name: str
    acts: tuple[Act, ...]
    step_ns: int = SECOND_NS
    """The grid of the price path: the touch follows the fair price once a step."""
    activity: float = 0.02
    depth: int = 10
    """Book levels a side; 0 sends best bid and offer only."""
    mark_every_ns: int = SECOND_NS
    funding_every_ns: int = 60 * SECOND_NS

    def __post_init__(self) -> None:
        if not self.acts or min(act.share for act in self.acts) <= 0:
            raise ConfigError(f"scenario {self.name}: it needs acts, each with a share above 0")
        if self.step_ns < 1_000_000 or not 0 <= self.activity <= 1 or not 0 <= self.depth <= 10:
            raise ConfigError(
                f"scenario {self.name}: step {self.step_ns} ns, activity {self.activity}, depth {self.depth}",
                remedy="the step is at least 1 ms, activity is within 0 to 1, depth within 0 to 10",
            )

    def fine(self) -> Scenario:
        """The same script at the measured message rates, on a path of 100 ms: for minutes, not days."""
        return msgspec.structs.replace(self, step_ns=SECOND_NS // 10, activity=1.0)

    def coarse(self, step_ns: int = 30 * SECOND_NS) -> Scenario:
        """The same script as one best bid and offer a step and about one order: for weeks and months."""
        return msgspec.structs.replace(
            self,
            step_ns=step_ns,
            activity=min(0.02, 0.1 * SECOND_NS / step_ns),
            depth=0,
            mark_every_ns=step_ns,
            funding_every_ns=max(step_ns, 60 * SECOND_NS),
        )


_CALM: Final = Act("calm", volatility=0.6, heat=0.7)
_TREND: Final = Act(
    "trend",
    volatility=1.2,
    drift_bps_hour=25.0,
    premium_bps=22.0,
    heat=1.3,
    cascades=(Cascade(0.45, 80.0, 120.0, longs=False), Cascade(0.8, 100.0, 150.0, longs=False)),
)
_CROWD: Final = Act("short crowd", share=0.7, volatility=1.1, drift_bps_hour=-15.0, premium_bps=-22.0)
_SQUEEZE: Final = Act(
    "squeeze",
    share=0.3,
    volatility=1.8,
    premium_bps=-8.0,
    heat=2.0,
    cascades=(Cascade(0.1, 120.0, 240.0, longs=False), Cascade(0.5, 90.0, 180.0, longs=False)),
)
_FALL: Final = Act(
    "cascade",
    volatility=1.6,
    premium_bps=-2.0,
    heat=1.5,
    cascades=(Cascade(0.3, 140.0, 90.0), Cascade(0.36, 80.0, 60.0), Cascade(0.7, 60.0, 45.0)),
)
_OUTAGE: Final = Act(
    "outage",
    outages=(Outage(0.25, 240.0, InstrumentKind.PERP), Outage(0.65, 150.0, InstrumentKind.SPOT)),
)


def _share(act: Act, share: float) -> Act:
    return msgspec.structs.replace(act, share=share)


SCENARIOS: Final[dict[str, Scenario]] = {
    scenario.name: scenario
    for scenario in (
        Scenario("typical", (Act("typical"),)),
        Scenario("calm", (_CALM,)),
        Scenario("trend", (_TREND,)),
        Scenario("squeeze", (_CROWD, _SQUEEZE)),
        Scenario("cascade", (_share(_CALM, 0.3), _FALL)),
        Scenario("outage", (_OUTAGE,)),
        Scenario(
            "demo",
            (
                _share(_CALM, 0.15),
                _share(_TREND, 0.27),
                _share(_FALL, 0.14),
                _share(_CALM, 0.10),
                _share(_CROWD, 0.16),
                _share(_SQUEEZE, 0.06),
                _share(_OUTAGE, 0.12),
            ),
            step_ns=3 * SECOND_NS,
            activity=0.01,
        ),
    )
}
"""By name. `typical` is the measured market without incidents; `demo` plays all moods within a day or two."""


def scenario_named(name: str) -> Scenario:
    """The scenario of this name; raises ConfigError with the names there are."""
    try:
        return SCENARIOS[name]
    except KeyError:
        raise ConfigError(
            f"no market scenario is called '{name}'", remedy=f"one of: {', '.join(SCENARIOS)}"
        ) from None
