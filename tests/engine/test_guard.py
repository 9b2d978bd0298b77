"""The guard acts on what it judges, each thing once, and after a restart as if it had never stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal as D
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from tests.doubles.tapes import PERP, SPOT
from titan.engine.guard import AGAIN_NS, Guard
from titan.execution.halts import Halts
from titan.market.freshness import NoPrice, Price, Reason
from titan.model.errors import LedgerError
from titan.model.fill import Fill, Liquidity
from titan.model.guard import Band, DayOpened, DeltaReached, DrawdownReached, Rung
from titan.model.order import OrderState, Side
from titan.model.pair import PairIntent, PairType
from titan.model.restraint import Imposed, Lifted
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import nav
from titan.risk.delta import DeltaLimits
from titan.risk.drawdown import DAY_NS, DrawdownLimits, name_of
from titan.risk.overrides import CLOSE, NO_TRADING, Scope

OWNER = "BTC:core:1"
START = 1_785_542_400_000_000_000
S = 1_000_000_000


class Strategy:
    name, holds = "sentinel", True

    def __init__(self) -> None:
        self.flattened: list[str] = []
        self.guarded = 0

    def flatten(self, reason: str, now: object) -> Sequence[object]:
        self.flattened.append(reason)
        return []

    def guard(self, now: object) -> Sequence[object]:
        self.guarded += 1
        return []

    def owns(self, owner: str) -> bool:
        return owner == OWNER


class World:
    """A guard over real books; what it wishes is kept, not done."""

    def __init__(self, journal: Sequence[msgspec.Struct] = ()) -> None:
        self.now_ns, self.mark, self.blind = START, D(30_000), False
        self.ledger = Ledger({i.id: i for i in (SPOT, PERP)}, currency="USDT")
        self.ledger.deposit("binance.spot", "USDT", D(50_000), START)
        self.ledger.deposit("binance.perp", "USDT", D(50_000), START)
        self.journal: list[msgspec.Struct] = list(journal)
        self.pages: list[str] = []
        self.wishes: list[Any] = []
        self.working_: list[Any] = []
        self.halts = Halts(self.journal.append, lambda: self.now_ns)
        self.desk = SimpleNamespace(halts=self.halts, tickets=[], cancel=self._cancel)
        self.cancelled: list[object] = []
        self.strategy = Strategy()
        self.strategies: Any = [self.strategy]
        present: Any = SimpleNamespace(
            nav=self.nav,
            marks=self.marks,
            price=self.price,
            unit=lambda spot, perp: D("0.001"),
            guessed=False,
        )
        self.present = present
        self.guard = Guard(
            present, self.ledger, {i.id: i for i in (SPOT, PERP)}, self.journal.append, run_id="run",
            period_ns=S, drawdown=DrawdownLimits(), delta=DeltaLimits(), told=lambda event: None,
            page=self.pages.append,
        )  # fmt: skip
        for entry in journal:
            self.halts.hear(entry)
            self.guard.hear(entry)

    def nav(self) -> D:
        return nav(self.ledger, self.marks())

    def marks(self) -> dict[str, D]:
        if self.blind:
            raise LedgerError("no mark")
        return {SPOT.id: self.mark, PERP.id: self.mark}

    def price(self, instrument: str) -> Price | NoPrice:
        mid = float(self.mark)
        return Price(mid - 0.5, 5.0, mid + 0.5, 5.0, self.now_ns, False)

    def working(self) -> list[Any]:
        return self.working_

    def decide(
        self, strategy: Strategy, why: object, of: str, call: Callable[[], Sequence[Any]], *,
        quiet: bool = False,
    ) -> None:  # fmt: skip
        self.fulfil(strategy, call())

    def fulfil(self, strategy: object, wishes: Sequence[Any]) -> None:
        self.wishes += wishes

    def trade(self, instrument: Any, side: Side, size: str, owner: str = OWNER) -> None:
        lots = int(D(size) / instrument.lot)
        ticks = instrument.nearest_ticks(self.mark)
        fill = Fill(
            f"f{len(self.ledger.fills())}", "c", instrument.id, side, ticks, lots, D(0), "USDT",
            Liquidity.TAKER, self.now_ns, self.now_ns,
        )  # fmt: skip
        self.ledger.book_fill(fill, reference_ticks=ticks, owner=owner)

    def look(self, after_s: float = 1.0) -> None:
        self.now_ns += round(after_s * S)
        self.present.now_ns = self.now_ns
        self.guard.look(self)  # type: ignore[arg-type]

    def lose(self, amount: str) -> None:
        """Money is gone: a fee."""
        fill = Fill(
            f"f{len(self.ledger.fills())}", "c", SPOT.id, Side.BUY, SPOT.nearest_ticks(self.mark), 1,
            D(amount), "USDT", Liquidity.TAKER, self.now_ns, self.now_ns,
        )  # fmt: skip
        self.ledger.book_fill(fill, reference_ticks=fill.ticks, owner="")

    def of(self, *kinds: type) -> list[Any]:
        return [entry for entry in self.journal if isinstance(entry, kinds)]

    def _cancel(self, ticket: object) -> None:
        self.cancelled.append(ticket)


def test_a_rung_is_written_down_imposed_and_told_once() -> None:
    world = World()
    world.look()
    assert [type(e) for e in world.journal] == [DayOpened]
    world.lose("2500")
    world.look()
    world.look()
    halved, imposed = world.journal[1:]
    assert isinstance(halved, DrawdownReached)
    assert halved.rung is Rung.HALVE
    assert isinstance(imposed, Imposed)
    assert (imposed.mode, imposed.factor, imposed.by) == ("SCALE", "1/2", "drawdown")
    assert len(world.pages) == 1
    assert world.strategy.flattened == []
    assert world.strategy.guarded == 3


def test_a_jump_takes_each_rung_and_closes_what_is_held_until_it_is_lifted() -> None:
    world = World()
    world.look()
    world.lose("7000")
    world.look()
    assert [type(e).__name__ for e in world.journal[1:]] == ["DrawdownReached"] * 3 + ["Imposed"] * 3
    assert [e.mode for e in world.of(Imposed)] == ["SCALE", "REDUCE_ONLY", "CLOSE"]
    assert len(world.strategy.flattened) == 1
    world.look(AGAIN_NS / S / 2)
    assert len(world.strategy.flattened) == 1, "it has a minute"
    world.look(AGAIN_NS / S / 2)
    assert len(world.strategy.flattened) == 2
    day = world.of(DayOpened)[0].day
    assert world.halts.lift(name_of(Rung.FLATTEN, day), by="operator")
    world.look(AGAIN_NS / S)
    assert len(world.strategy.flattened) == 2, "lifted is lifted: it is not imposed again on that day"
    assert world.halts.restraints.covering(Scope("sentinel")).names, "entries stay closed until the next day"
    world.look(DAY_NS / S)
    assert [e.name for e in world.of(Lifted)][1:] == [name_of(r, day) for r in (Rung.HALVE, Rung.NO_ENTRIES)]
    assert world.halts.restraints.covering(Scope("sentinel")).names == ()


def test_flat_stays_flat_over_the_day_and_over_a_restart() -> None:
    world = World()
    world.look()
    world.lose("7000")
    world.look()
    again = World(world.journal)
    again.look(2 * DAY_NS / S)
    assert again.strategy.flattened, "what was not closed before the restart is closed now"
    assert [e.mode for e in again.of(Imposed)] == ["SCALE", "REDUCE_ONLY", "CLOSE"], "nothing is imposed anew"
    assert again.halts.restraints.covering(Scope("sentinel")).override == CLOSE


@pytest.mark.parametrize("cut", range(2, 8))
def test_a_crash_between_a_rung_and_what_it_imposes_loses_nothing(cut: int) -> None:
    world = World()
    world.look()
    world.lose("7000")
    world.look()
    again = World(world.journal[:cut])
    again.lose("7000")
    again.look(2)
    assert [e.rung for e in again.of(DrawdownReached)] == [Rung.HALVE, Rung.NO_ENTRIES, Rung.FLATTEN]
    assert [e.mode for e in again.of(Imposed)] == ["SCALE", "REDUCE_ONLY", "CLOSE"]
    assert again.strategy.flattened


def test_what_an_operator_closes_is_closed_and_what_nobody_may_trade_is_left() -> None:
    world = World()
    world.halts.impose("enough", Scope(strategy="sentinel"), CLOSE, reason="by hand", by="me")
    world.look()
    assert world.strategy.flattened == ["enough"]
    world.halts.impose("stop", Scope(), NO_TRADING, reason="by hand", by="me")
    world.look(AGAIN_NS / S)
    assert world.strategy.flattened == ["enough"]


def test_what_is_to_be_closed_in_a_scope_is_closed_once_something_is_held_there() -> None:
    world = World()
    asked: list[tuple[str, ...]] = []
    world.present.must_close = lambda *of: asked.append(of) or world.now_ns > START + 5 * S
    world.halts.impose("no more BTC", Scope(base="BTC"), CLOSE, reason="by hand", by="me")
    world.look()
    assert (world.strategy.flattened, asked) == ([], []), "nothing is held"
    world.trade(SPOT, Side.BUY, "0.001")
    world.look()
    assert asked == [("sentinel", OWNER, SPOT.id)]
    assert world.strategy.flattened == []
    world.look(5)
    assert world.strategy.flattened == ["no more BTC"]


def test_nothing_is_judged_at_a_guess() -> None:
    world = World()
    world.blind = True
    world.look()
    assert world.journal == []
    assert world.strategy.guarded == 0


def test_what_is_valued_at_its_cost_is_no_loss_and_margin_is_looked_after_all_the_same() -> None:
    world = World()
    world.look()
    before = len(world.journal)
    world.lose("50000")
    world.present.guessed = True
    world.look()
    assert (len(world.journal), world.strategy.guarded) == (before, 2)
    world.present.guessed = False
    world.look()
    assert world.of(DrawdownReached)


def test_a_lean_warns_and_then_is_hedged_by_what_reduces_it() -> None:
    world = World()
    world.trade(SPOT, Side.BUY, "1")
    world.trade(PERP, Side.SELL, "1")
    world.look()
    assert world.of(DeltaReached) == []
    world.trade(PERP, Side.BUY, "0.1")
    world.look()
    assert [e.band for e in world.of(DeltaReached)] == [Band.WARN]
    assert world.wishes == []
    world.trade(PERP, Side.BUY, "0.1")
    world.look()
    assert [e.band for e in world.of(DeltaReached)] == [Band.WARN, Band.HEDGE]
    hedge = world.wishes[-1]
    assert isinstance(hedge, Intent)
    assert (hedge.instrument, hedge.side, hedge.purpose) == (SPOT.id, Side.SELL, Purpose.HEDGE)
    assert SPOT.size(hedge.lots) == D("0.2")
    assert hedge.owner == OWNER
    world.trade(SPOT, Side.SELL, "0.2")
    world.look()
    assert world.of(DeltaReached)[-1].band is Band.INSIDE
    assert len(world.wishes) == 1
    assert len(world.pages) == 2


def test_too_short_is_bought_back_reduce_only() -> None:
    world = World()
    world.trade(SPOT, Side.BUY, "1")
    world.trade(PERP, Side.SELL, "1")
    world.look()
    world.trade(SPOT, Side.SELL, "0.3")
    world.look()
    hedge = world.wishes[-1]
    assert (hedge.instrument, hedge.side, hedge.reduce_only) == (PERP.id, Side.BUY, True)
    assert PERP.size(hedge.lots) == D("0.3")


def test_a_pair_under_way_may_lean_by_a_clip_and_is_never_hedged_into() -> None:
    world = World()
    pair = PairIntent(
        "run-sentinel.BTC-2-entry", "sentinel", "BTC", OWNER, PairType.CORE, Purpose.ENTRY, SPOT.id, PERP.id,
        1000, 70, "because", 1, 2, 3, 10.0, 10.0,
    )  # fmt: skip
    world.working_ = [pair]
    world.look()
    world.trade(SPOT, Side.BUY, "0.07")
    world.look()
    assert world.of(DeltaReached) == [], "a clip of 2,100 is explained"
    world.trade(SPOT, Side.BUY, "0.5")
    world.look()
    assert world.of(DeltaReached)[-1].band is Band.HEDGE
    assert world.wishes == []
    world.working_ = []
    world.look()
    assert len(world.wishes) == 1


def test_a_holding_is_hedged_while_another_of_its_base_is_under_way() -> None:
    world = World()
    other = PairIntent(
        "run-sentinel.BTC-4-entry", "sentinel", "BTC", "BTC:satellite:3", PairType.SATELLITE, Purpose.ENTRY,
        SPOT.id, PERP.id, 100, 10, "because", 1, 2, 3, 10.0, 10.0,
    )  # fmt: skip
    world.trade(SPOT, Side.BUY, "0.01", owner=other.position)
    world.trade(SPOT, Side.BUY, "0.5")
    world.working_ = [other]
    world.look()
    (hedge,) = world.wishes
    assert (hedge.owner, hedge.side) == (OWNER, Side.SELL)


def test_one_hedge_at_a_time_and_what_rests_is_taken_back_first() -> None:
    world = World()
    world.trade(SPOT, Side.BUY, "1")
    world.look()
    hedge = world.wishes[0]
    order = SimpleNamespace(state=OrderState.OPEN, sent_ns=world.now_ns)
    ticket = SimpleNamespace(intent=hedge, order=order)
    world.desk.tickets.append(ticket)
    world.look()
    assert (len(world.wishes), world.cancelled) == (1, [])
    world.look(10)
    assert (len(world.wishes), world.cancelled) == (1, [ticket])
    order.state = OrderState.CANCELLED
    world.look()
    assert len(world.wishes) == 2
    assert world.wishes[0].id != world.wishes[1].id


def test_coins_that_are_not_of_a_pair_are_theirs_to_hold() -> None:
    world = World()
    world.trade(SPOT, Side.BUY, "1", owner="")
    world.look()
    assert world.of(DeltaReached) == []
    assert world.wishes == []


def test_no_price_is_no_hedge() -> None:
    world = World()
    world.trade(SPOT, Side.BUY, "1")
    world.present.price = lambda instrument: NoPrice(Reason.STALE, 1)
    world.look()
    assert world.of(DeltaReached)[-1].band is Band.HEDGE
    assert world.wishes == []


def test_other_limits_are_judged_by_from_the_next_look_and_reached_rungs_stay() -> None:
    world = World()
    world.look()
    world.lose("2500")
    world.look()
    halved = [e.rung for e in world.journal if isinstance(e, DrawdownReached)]
    assert halved == [Rung.HALVE]
    world.guard.retune(DrawdownLimits(D("0.5"), D("0.6"), D("0.7")), DeltaLimits())
    world.look()
    assert [e.rung for e in world.journal if isinstance(e, DrawdownReached)] == halved
    assert world.guard.drawdown.reached == (Rung.HALVE,)
    world.guard.retune(DrawdownLimits(D("0.01"), D("0.02"), D("0.03")), DeltaLimits(D("0.001"), D("0.9")))
    world.trade(SPOT, Side.BUY, "0.01")
    world.look()
    assert [e.rung for e in world.journal if isinstance(e, DrawdownReached)] == [Rung.HALVE, Rung.NO_ENTRIES]
    assert [e.limit for e in world.journal if isinstance(e, DeltaReached)] == [D("0.001")]
