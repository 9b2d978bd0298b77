"""What decides, whatever the mode: view, ledger, gates, desk and engine over one strategy.

A mode names the clock, where rows come from, who takes orders, and where events are written
(`runtime/modes.py`). Everything made here is the same object in a backtest, on paper and live.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from decimal import Decimal
from typing import NamedTuple, Protocol

from titan.engine.cursor import Cursor
from titan.engine.engine import Engine, Woken
from titan.engine.guard import Guard
from titan.engine.situation import Present
from titan.engine.view import MarketView
from titan.execution.desk import Desk, Gate, Journal
from titan.execution.gatekeeper import Gatekeeper
from titan.execution.halts import Halts
from titan.market.tape.local import LocalBlock
from titan.model.instrument import Instrument
from titan.portfolio.ledger import Ledger
from titan.ports import Amends, Carrier, Clock, Mover, OrderEntry, Transfers
from titan.risk.capital import CapitalPolicy
from titan.risk.delta import DeltaLimits
from titan.risk.drawdown import DrawdownLimits
from titan.risk.standing import Limits, SelfTrade
from titan.runtime.config import Config
from titan.runtime.observe import Observer
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.strategy import Sentinel


class VenueSide(OrderEntry, Transfers, Protocol):
    """Who takes orders and moves money between wallets."""


class Around(Protocol):
    """Puts a mode's own gate before the gates that all modes share."""

    def __call__(self, gate: Gate) -> Gate: ...


class Blocks(NamedTuple):
    """The same rows twice: the cursor runs ahead on a tape, the view never does."""

    for_cursor: Iterator[LocalBlock]
    for_view: Iterator[LocalBlock]


class Setting(NamedTuple):
    """What a run is about. `closing_ns`: from when on a pair is only closed; None: never."""

    config: Config
    run_id: str
    instruments: tuple[Instrument, ...]
    params: Mapping[str, SentinelParams]
    closing_ns: Mapping[str, int | None]
    assumed: tuple[float, float]
    max_age_ns: int
    guard_ns: int
    """How often the guard looks."""


def no_one(message: str) -> None:
    """Nobody is told; the journal has it."""
    del message


def never(instrument: str) -> Amends | None:
    """Nothing is changed in place."""
    del instrument
    return None


class Assembly:
    """Every part that decides, wired. Subscribe the venue's word to `engine.on_event`; after a restart, let
    `halts` hear the journal before the desk takes its orders up. `page` tells the operator.
    """

    def __init__(
        self, setting: Setting, clock: Clock, blocks: Blocks, venue: VenueSide, journal: Journal,
        around: Around | None = None, page: Callable[[str], None] = no_one, mover: Mover | None = None,
        safe: Callable[[], Awaitable[None]] | None = None,
        amender: Callable[[str], Amends | None] = never, carrier: Carrier | None = None,
        woken: Woken | None = None,
    ) -> None:  # fmt: skip
        """`mover` moves money where `venue` cannot do it within a call, `carrier` between venues; `safe`
        waits for the journal; `amender` gives what changes orders of an instrument in place; `woken` is told
        of every decision."""
        config, instruments = setting.config, setting.instruments
        by_id = {i.id: i for i in instruments}
        self.params = next(iter(setting.params.values()))
        self.strategy = Sentinel(
            setting.run_id, setting.params, instruments, setting.assumed, setting.closing_ns
        )
        self.view = MarketView(
            instruments, blocks.for_view, assumed=setting.assumed, max_age_ns=setting.max_age_ns
        )
        self.ledger = Ledger(by_id, currency=config.run.quote)
        self.halts = Halts(journal, clock.now)
        self.present = Present(clock.now, by_id, self.view, self.ledger, self.halts.restraints)
        self.observer = Observer(by_id, self.ledger, self.present)
        self.gates = Gatekeeper(
            by_id, self.ledger, _limits(setting), marks=self.present.marks,
            mid_ticks=self._mid_ticks, now=clock.now, restraints=self.halts.restraints,
        )  # fmt: skip
        gate: Gate = around(self.gates) if around is not None else self.gates
        self.desk = Desk(clock, venue, gate, journal, halts=self.halts, page=page, amender=amender)
        self.guard = Guard(
            self.present, self.ledger, by_id, journal, run_id=setting.run_id, period_ns=setting.guard_ns,
            drawdown=drawdown_limits(config), delta=delta_limits(config),
            told=self.observer.guarded, page=page,
        )  # fmt: skip
        self.engine = Engine(
            clock, by_id, self.desk, self.ledger, self.present, venue, journal, self.observer,
            seed=config.run.seed, mover=mover, safe=safe, carrier=carrier, woken=woken,
            guard=self.guard,
        )  # fmt: skip
        self.cursor = Cursor(self.strategy, blocks.for_cursor)

    def retune(self, setting: Setting) -> None:
        """Decide by these parameters and limits from now on, the kernel from the next row. All else of a
        setting stays as it was.
        """
        self.params = next(iter(setting.params.values()))
        self.strategy.retune(setting.params)
        self.gates.limits = _limits(setting)
        self.guard.retune(drawdown_limits(setting.config), delta_limits(setting.config))

    def _mid_ticks(self, instrument: str) -> int | None:
        touch = self.present.touch(instrument)
        return None if touch is None else touch.mid_ticks


def _limits(setting: Setting) -> Limits:
    params = list(setting.params.values())
    return limits(params[0], setting.config, max(p.pair_limit for p in params))


def limits(params: SentinelParams, config: Config, pair_limit: Decimal = Decimal(0)) -> Limits:
    """What the gates hold the strategy to: [limits], and where that says nothing the strategy's settings;
    `pair_limit` is the largest of any pair, 0 for none.
    """
    said = config.limits
    collar = said.collar_bps if said.collar_bps is not None else params.slippage_cap_bps * 5 + 50
    leverage = params.leverage_limit if said.max_leverage is None else Decimal(repr(said.max_leverage))
    return Limits(
        max_order_notional=said.max_order_usd if said.max_order_usd is not None else params.clip * 2,
        max_exit_notional=said.max_exit_usd,
        collar_bps=Decimal(repr(collar)),
        max_leverage=leverage,
        max_position=said.max_position_usd or pair_limit * Decimal("1.1") or None,
        max_order_size={
            name: own.instrument.max_order_size
            for name, own in config.instruments.items()
            if own.instrument.max_order_size is not None
        },
        max_open_orders=said.max_open_orders,
        max_open_orders_here=said.max_open_orders_here,
        orders_per_s=said.orders_per_second,
        burst=said.burst,
        self_trade=SelfTrade.CANCEL_RESTING if said.self_trade == "cancel" else SelfTrade.REFUSE,
        blind_exits=said.blind_exits,
        capital=CapitalPolicy(
            deploy_share=params.deploy_share,
            core_share=params.core_share,
            satellite_share=params.satellite_share,
            perp_rate=params.futures_share / (1 - params.futures_share),
        ),
    )


def drawdown_limits(config: Config) -> DrawdownLimits:
    said = config.limits
    rungs = (said.drawdown_halve, said.drawdown_no_entries, said.drawdown_flatten)
    return DrawdownLimits(*(Decimal(repr(float(x))) for x in rungs))


def delta_limits(config: Config) -> DeltaLimits:
    said = config.limits
    return DeltaLimits(Decimal(repr(float(said.delta_warn))), Decimal(repr(float(said.delta_hedge))))
