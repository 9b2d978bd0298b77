"""Executions, and what happened last, as the journal tells them."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec

from tests.views.scripts import ENDED, HELD, HOUR, NOW, PERP, SPOT, Timed, leg, outcome, replica, script, wish
from titan.model.events import Refused, Submitted
from titan.model.fill import Fill
from titan.model.order import Side
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, PairType, TransferIntent
from titan.model.recovery import PanicEnded
from titan.model.routing import Route, Routed
from titan.model.signal import Purpose, Signal
from titan.model.step import SagaStep
from titan.model.wake import SettingsChanged, Why, Woke
from titan.views import works
from titan.views.alerts import Weight
from titan.views.replica import Replica

CORE = wish("r-sentinel.BTC-2-entry", HELD, Purpose.ENTRY, 100, "funding")
SIGNAL = Signal("sentinel", 3, "CORE_OPEN", "BTC", 7, NOW, {"z": 1.0})
ROUTE = Route(SPOT.id, PERP.id, 10.0, 4.0, 1.0, 0.0, 7.0)


def routed(intent_id: str) -> Routed:
    chosen = ROUTE if intent_id else None
    why = "one venue" if intent_id else "no route pays"
    return Routed(intent_id, "sentinel", "BTC", PairType.CORE, D(500), 5.0, chosen, ROUTE, None, (), why, NOW)


def told(*events: msgspec.Struct) -> Replica:
    return replica([(NOW + n, event) for n, event in enumerate(events)])


def step(name: str, number: int = 1) -> SagaStep:
    return SagaStep(CORE.id, name, number, (number, -number), NOW + number, f"note {number}")


def test_a_work_has_its_steps_and_its_orders_until_it_ends() -> None:
    began = [*leg(1, CORE, SPOT, Side.BUY, 10_000, 6_000_000, NOW)]
    folded = told(CORE, step("clip"), *(event for _, event in began), step("matched", 2))
    work = folded.works.working[CORE.id]
    assert (work.kind, work.subject, work.purpose, work.planned, work.end) == (
        "pair",
        "BTC",
        "entry",
        100,
        "",
    )
    assert work.steps == [
        works.Step(NOW + 1, "clip", "note 1", (1, -1)), works.Step(NOW + 2, "matched", "note 2", (2, -2)),
    ]  # fmt: skip
    assert [sent.order.filled_lots for sent in work.orders] == [10_000]
    folded(folded.seq + 1, NOW + 9, outcome(CORE, NOW + 9, 99, PairEnd.ABORTED, "a leg failed"))
    (ended,) = folded.works.ended
    assert folded.works.working == {}
    assert (ended.end, ended.reason, ended.units, ended.ended_ns) == ("aborted", "a leg failed", 99, NOW + 9)
    assert (ended.clips, ended.aborted, ended.began_ns, ended.seq) == (1, 1, NOW, 1)
    assert ended.orders[0].order.filled_lots == 10_000


def test_works_of_every_kind_say_what_they_are_about() -> None:
    move = TransferIntent("t", "sentinel", "USDT", "binance.spot", "binance.perp", "5", "split")
    folded = told(move)
    assert [(w.kind, w.subject, w.purpose, w.planned, w.why) for w in folded.works.working.values()] == [
        ("transfer", "USDT binance.spot > binance.perp", "", 0, "split")
    ]
    folded(2, NOW, SagaOutcome(move, PairEnd.NEEDS_OPERATOR, 0, 0, "nobody knows", NOW, cost=D(1)))
    assert [(w.end, w.cost) for w in folded.works.ended] == [("needs operator", D(1))]


def test_an_outcome_whose_wish_was_pruned_is_a_work_that_ended() -> None:
    folded = told(outcome(CORE, NOW, 100), outcome(CORE, NOW, 100))
    assert [(w.id, w.seq, w.began_ns) for w in folded.works.ended] == [(CORE.id, 1, NOW)]
    assert folded.works.working == {}


def test_a_panic_ends_all_but_transfers() -> None:
    move = TransferIntent("t", "sentinel", "USDT", "binance.spot", "binance.perp", "5", "split")
    folded = told(CORE, move, PanicEnded("p", ("binance",), {}, NOW + 5))
    assert [(w.id, w.end, w.ended_ns) for w in folded.works.ended] == [(CORE.id, "panic", NOW + 5)]
    assert list(folded.works.working) == ["t"]


def test_of_a_long_work_the_last_is_kept() -> None:
    folded = told(CORE, *(step("clip", n) for n in range(works.STEPS + 5)))
    steps = folded.works.working[CORE.id].steps
    assert (len(steps), steps[0].lots, steps[-1].lots) == (works.STEPS, (5, -5), (104, -104))
    for n in range(works.KEPT + 3):
        folded(folded.seq + 1, NOW, outcome(msgspec.structs.replace(CORE, id=f"w{n}"), NOW, 0))
    assert (len(folded.works.ended), folded.works.ended[0].id) == (works.KEPT, "w3")


def test_a_signal_knows_the_wish_that_followed_and_how_it_ended() -> None:
    woke = Woke("sentinel", Why.SIGNAL, "CORE_OPEN", NOW, 7, "", 2)
    folded = told(SIGNAL, woke, routed(CORE.id), CORE)
    (raised,) = folded.latest.signals
    assert (raised.seq, raised.at_ns, raised.signal, raised.wish) == (1, NOW, SIGNAL, CORE.id)
    assert (raised.passed, raised.end) == ("", "")
    assert [(one.seq, one.event.intent_id) for one in folded.latest.routes] == [(3, CORE.id)]
    folded(5, NOW, outcome(CORE, NOW, 0, PairEnd.REFUSED, "collar"))
    assert (raised.end, raised.reason) == ("refused", "collar")


def test_a_signal_that_found_no_way_says_why() -> None:
    folded = told(SIGNAL, Woke("sentinel", Why.SIGNAL, "CORE_OPEN", NOW, 7, "", 1), routed(""))
    assert [(one.wish, one.passed) for one in folded.latest.signals] == [("", "no route pays")]


def test_what_was_wished_later_or_for_another_pair_did_not_follow() -> None:
    other = msgspec.structs.replace(CORE, id="x", pair="ETH")
    later = [
        [other],
        [Woke("sentinel", Why.TICK, "", NOW, 7, "", 1), CORE],
        [SIGNAL, Woke("sentinel", Why.SIGNAL, "CORE_OPEN", NOW, 8, "", 0), routed("")],
        [Fill("f", "c", SPOT.id, Side.BUY, 1, 1, D(0), "USDT", "taker", NOW, NOW), CORE],  # type: ignore[arg-type]
    ]
    for events in later:
        assert told(SIGNAL, *events).latest.signals[0].wish == ""
        assert told(SIGNAL, *events).latest.signals[0].passed == ""


def test_refusals_are_kept_by_gate_with_their_figures_and_the_wish() -> None:
    refused = Refused(f"{CORE.id}-BTC-1-spot", "collar", "price moved", {"bps": "51"}, NOW)
    single = Refused("r-x", "rate", "too many", {}, NOW + 2)
    folded = told(CORE, refused, single)
    assert [(one.seq, one.event, one.wish) for one in folded.latest.refused] == [
        (2, refused, CORE.id), (3, single, "r-x"),
    ]  # fmt: skip
    assert {name: one.event for name, one in folded.latest.gates.items()} == {
        "collar: price moved": refused, "rate: too many": single,
    }  # fmt: skip


def test_fills_are_kept_with_the_holding_they_were_for_each_once() -> None:
    events: list[Timed] = script()
    (again,) = [event for _, event in events if isinstance(event, Fill) and event.id == "f6"]
    folded = replica([*events, (NOW, again)])
    assert [(one.fill.id, one.owner, one.purpose) for one in folded.latest.fills] == [
        ("f1", HELD, "entry"), ("f2", HELD, "entry"), ("f3", ENDED, "entry"), ("f4", ENDED, "entry"),
        ("f5", ENDED, "exit"), ("f6", ENDED, "exit"),
    ]  # fmt: skip
    assert [one.seq for one in folded.latest.fills] == [
        n for n, (_, event) in enumerate(events, 1) if isinstance(event, Fill)
    ]
    stray = Fill("f9", "nobody", SPOT.id, Side.BUY, 1, 1, D(0), "USDT", again.liquidity, NOW, NOW)
    folded(folded.seq + 1, NOW, stray)
    assert (folded.latest.fills[-1].owner, folded.latest.fills[-1].saga) == ("", "")


def test_changed_settings_are_kept_and_told() -> None:
    changed = SettingsChanged({"sentinel.entry_z": 2.5}, "ada", "calmer", NOW)
    folded = told(changed)
    assert [one.event for one in folded.latest.settings] == [changed]
    assert [(one.weight, one.text) for one in folded.alerts] == [
        (Weight.NOTE, "settings changed by ada: sentinel.entry_z = 2.5")
    ]


def test_another_run_begins_with_none_of_it() -> None:
    folded = replica()
    assert folded.latest.signals
    assert folded.works.ended
    began = next(event for _, event in script())
    folded(folded.seq + 1, NOW + HOUR, began)
    assert [*folded.latest.signals, *folded.latest.fills, *folded.works.ended, *folded.works.working] == []


def test_orders_of_a_work_are_its_own() -> None:
    folded = replica()
    core, sat, out = folded.works.ended
    assert [len(one.orders) for one in (core, sat, out)] == [2, 2, 2]
    sagas = {e.client_id: e.intent.saga for _, e in script() if isinstance(e, Submitted)}
    for work in (core, sat, out):
        assert {sagas[sent.order.request.client_id] for sent in work.orders} == {work.id}
