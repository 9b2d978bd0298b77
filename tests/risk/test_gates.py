"""Each gate by example, and the proof that nothing passes around them."""

from __future__ import annotations

import copy
import dataclasses
import textwrap
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import msgspec
import pytest
from mypy import api

from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.pair import PairType
from titan.model.signal import Intent, Purpose, client_order_id
from titan.ports import Approved as ApprovedPort
from titan.risk.capital import CapitalPolicy, type_of
from titan.risk.decision import Allow, Reason, Refuse, Shrink
from titan.risk.gates import Approved, approve, judge
from titan.risk.overrides import CLOSE, NO_TRADING, REDUCE_ONLY, Scope, effective, scale
from titan.risk.standing import Limits, Opposing, SelfTrade, Standing

PERP = Instrument(
    "binance", InstrumentKind.PERP, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.001"),
    FeeSchedule(maker=D(0), taker=D(0)), min_qty=D("0.002"), min_notional=D(5),
)  # fmt: skip
ENTRY = Intent("i-1", "s", "BTC:core:1", PERP.id, Side.SELL, 100, Purpose.ENTRY, reference_ticks=1000)
STANDING = Standing(PERP, 1000, nav=D(1000), gross=D(0))
LIMITS = Limits(max_order_notional=D(500))
"""100 lots at 1000 ticks are 0.1 BTC at 100: a notional of 10."""


def with_(struct: Any, **changes: Any) -> Any:
    return msgspec.structs.replace(struct, **changes)


def test_a_plain_entry_passes_as_it_is() -> None:
    assert judge(ENTRY, STANDING, LIMITS) == Allow()
    order = approve(ENTRY, STANDING, LIMITS)
    assert isinstance(order, Approved)
    assert (order.intent, order.client_id, order.shrinks) == (ENTRY, client_order_id("i-1"), ())
    port: ApprovedPort = order
    assert port.client_id == order.client_id


EXIT = with_(ENTRY, side=Side.BUY, purpose=Purpose.EXIT, reduce_only=True)
HEDGE = with_(ENTRY, side=Side.BUY, purpose=Purpose.HEDGE)
LIMIT_BUY = with_(ENTRY, side=Side.BUY, type=OrderType.LIMIT)
SHORT = with_(STANDING, reducible_lots=-100)
REST = Opposing("t-mine", 1000, rests=True)
"""Our own sell order at 1000."""

CASES: dict[str, tuple[Intent, Standing, Limits, Allow | tuple[int | None, Reason]]] = {
    "no trading": (EXIT, with_(SHORT, override=NO_TRADING), LIMITS, (None, Reason.NO_TRADING)),
    "reduce-only": (ENTRY, with_(STANDING, override=REDUCE_ONLY), LIMITS, (None, Reason.REDUCE_ONLY)),
    "close": (ENTRY, with_(STANDING, override=CLOSE), LIMITS, (None, Reason.REDUCE_ONLY)),
    "close lets exits go": (EXIT, with_(SHORT, override=CLOSE), LIMITS, Allow()),
    "scale": (ENTRY, with_(STANDING, override=scale("0.555")), LIMITS, (55, Reason.SCALED)),
    "scale to nothing": (ENTRY, with_(STANDING, override=scale("0.005")), LIMITS, (None, Reason.SCALED)),
    "scale spares exits": (EXIT, with_(SHORT, override=scale("0.5")), LIMITS, Allow()),
    "duplicate": (ENTRY, with_(STANDING, seen={"i-1"}), LIMITS, (None, Reason.DUPLICATE)),
    "stale": (ENTRY, with_(STANDING, reference_ticks=None, no_price="gap"), LIMITS, (None, Reason.NO_PRICE)),
    "stale exit": (EXIT, with_(SHORT, reference_ticks=None), LIMITS, (None, Reason.NO_PRICE)),
    "blind exit": (EXIT, with_(SHORT, reference_ticks=None), with_(LIMITS, blind_exits=True), Allow()),
    "blind entry": (
        ENTRY, with_(STANDING, reference_ticks=None), with_(LIMITS, blind_exits=True), (None, Reason.NO_PRICE)
    ),
    "reduce-only truth": (EXIT, STANDING, LIMITS, (None, Reason.NOT_A_REDUCTION)),
    "reduces the wrong way": (
        EXIT, with_(STANDING, reducible_lots=100), LIMITS, (None, Reason.NOT_A_REDUCTION)
    ),
    "more than held": (EXIT, with_(STANDING, reducible_lots=-60), LIMITS, (60, Reason.BEYOND_POSITION)),
    "collar": (with_(LIMIT_BUY, limit_ticks=1011), STANDING, LIMITS, (None, Reason.BEYOND_COLLAR)),
    "at the collar": (with_(LIMIT_BUY, limit_ticks=1010), STANDING, LIMITS, Allow()),
    "better than the collar": (with_(LIMIT_BUY, limit_ticks=500), STANDING, LIMITS, Allow()),
    "price moved": (with_(ENTRY, reference_ticks=989), STANDING, LIMITS, (None, Reason.PRICE_MOVED)),
    "open orders": (ENTRY, with_(STANDING, open_orders=100), LIMITS, (None, Reason.TOO_MANY_ORDERS)),
    "exits may queue": (EXIT, with_(SHORT, open_orders=100), LIMITS, Allow()),
    "too large": (ENTRY, STANDING, with_(LIMITS, max_order_notional=D("9.99")), (99, Reason.ORDER_TOO_LARGE)),
    "too large hedge": (
        HEDGE, STANDING, with_(LIMITS, max_exit_notional=D(6)), (60, Reason.ORDER_TOO_LARGE)
    ),
    "leverage": (ENTRY, with_(STANDING, gross=D(2994)), LIMITS, (60, Reason.LEVERAGE)),
    "leverage used up": (ENTRY, with_(STANDING, gross=D(3000)), LIMITS, (None, Reason.LEVERAGE)),
    "hedges pass leverage": (HEDGE, with_(STANDING, gross=D(3000)), LIMITS, Allow()),
    "no capital": (ENTRY, with_(STANDING, nav=D(0)), LIMITS, (None, Reason.NO_NAV)),
    "nav unknown": (ENTRY, with_(STANDING, nav=D("NaN")), LIMITS, (None, Reason.NO_NAV)),
    "core share": (
        ENTRY, with_(STANDING, deployed={PairType.CORE: D(713)}), LIMITS, (70, Reason.CAPITAL_SHARE)
    ),
    "another's share is no hindrance": (
        ENTRY, with_(STANDING, deployed={PairType.SATELLITE: D(180)}), LIMITS, Allow()
    ),
    "hedges pass shares": (HEDGE, with_(STANDING, deployed={PairType.CORE: D(900)}), LIMITS, Allow()),
    "lease lapsed": (
        ENTRY, with_(STANDING, now_ns=200, lease_until_ns=200), LIMITS, (None, Reason.LEASE_LAPSED)
    ),
    "lease runs": (ENTRY, with_(STANDING, now_ns=199, lease_until_ns=200), LIMITS, Allow()),
    "lease, and nobody knows the time": (
        ENTRY, with_(STANDING, lease_until_ns=200), LIMITS, (None, Reason.LEASE_LAPSED)
    ),
    "exits need no lease": (EXIT, with_(SHORT, now_ns=300, lease_until_ns=200), LIMITS, Allow()),
    "hedges need no lease": (HEDGE, with_(STANDING, now_ns=300, lease_until_ns=200), LIMITS, Allow()),
    "its time is over": (
        with_(ENTRY, until_ns=200), with_(STANDING, now_ns=200), LIMITS, (None, Reason.EXPIRED)
    ),
    "in time": (with_(ENTRY, until_ns=200), with_(STANDING, now_ns=199), LIMITS, Allow()),
    "in time, and nobody knows the time": (
        with_(ENTRY, until_ns=200), STANDING, LIMITS, (None, Reason.EXPIRED)
    ),
    "too fast": (ENTRY, with_(STANDING, tokens=0), LIMITS, (None, Reason.TOO_FAST)),
    "the last token": (ENTRY, with_(STANDING, tokens=1), LIMITS, Allow()),
    "exits wait for no token": (EXIT, with_(SHORT, tokens=-3), LIMITS, Allow()),
    "open orders here": (ENTRY, with_(STANDING, open_here=20), LIMITS, (None, Reason.TOO_MANY_HERE)),
    "exits may queue here": (EXIT, with_(SHORT, open_here=20), LIMITS, Allow()),
    "size": (ENTRY, STANDING, with_(LIMITS, max_order_size={"BTC": D("0.0555")}), (55, Reason.SIZE)),
    "size of the instrument": (
        ENTRY, STANDING, with_(LIMITS, max_order_size={ENTRY.instrument: D("0.0533"), "BTC": D("0.0555")}),
        (53, Reason.SIZE),
    ),
    "size of the base, tighter": (
        ENTRY, STANDING, with_(LIMITS, max_order_size={ENTRY.instrument: D("0.0777"), "BTC": D("0.0555")}),
        (55, Reason.SIZE),
    ),
    "size of another base": (ENTRY, STANDING, with_(LIMITS, max_order_size={"ETH": D("0.01")}), Allow()),
    "size that is none": (
        ENTRY, STANDING, with_(LIMITS, max_order_size={"BTC": D("NaN")}), (None, Reason.SIZE)
    ),
    "exits have any size": (EXIT, SHORT, with_(LIMITS, max_order_size={"BTC": D("0.01")}), Allow()),
    "self-trade": (
        with_(LIMIT_BUY, limit_ticks=1000), with_(STANDING, opposing=[REST]), LIMITS, (None,
        Reason.SELF_TRADE)
    ),
    "self-trade of an exit": (
        with_(EXIT, type=OrderType.LIMIT, limit_ticks=1001), with_(SHORT, opposing=[REST]), LIMITS,
        (None, Reason.SELF_TRADE_CLEARING),
    ),
    "self-trade, the resting one first": (
        with_(LIMIT_BUY, limit_ticks=1000), with_(STANDING, opposing=[REST]),
        with_(LIMITS, self_trade=SelfTrade.CANCEL_RESTING), (None, Reason.SELF_TRADE_CLEARING),
    ),
    "below our own": (with_(LIMIT_BUY, limit_ticks=999), with_(STANDING, opposing=[REST]), LIMITS, Allow()),
    "a market order meets all": (
        with_(LIMIT_BUY, type=OrderType.MARKET), with_(STANDING, opposing=[REST]), LIMITS,
        (None, Reason.SELF_TRADE),
    ),
    "two that never rest cannot meet": (
        with_(LIMIT_BUY, limit_ticks=1005), with_(STANDING, opposing=[with_(REST, rests=False)]), LIMITS,
        Allow()
    ),
    "what will rest may be met by what is on its way": (
        with_(LIMIT_BUY, limit_ticks=1005, tif=TimeInForce.GTC),
        with_(STANDING, opposing=[with_(REST, ticks=0, rests=False)]), LIMITS, (None, Reason.SELF_TRADE),
    ),
    "a stop meets nothing before its price": (
        with_(LIMIT_BUY, type=OrderType.STOP, stop_ticks=1005), with_(STANDING, opposing=[REST]), LIMITS,
        Allow()
    ),
    "gross unknown": (ENTRY, with_(STANDING, gross=D("NaN")), LIMITS, (None, Reason.NO_VALUE)),
    "deployed unknown": (ENTRY, with_(STANDING, deployed=None), LIMITS, (None, Reason.NO_VALUE)),
    "exits need no value": (
        EXIT, with_(SHORT, nav=D("NaN"), gross=D("NaN"), deployed=None), LIMITS, Allow()
    ),
    "dust": (EXIT, with_(STANDING, reducible_lots=-1), LIMITS, (None, Reason.DUST)),
    "below the minimum": (with_(ENTRY, lots=1), STANDING, LIMITS, (None, Reason.VENUE_RULES)),
    "shrunk below the minimum": (
        ENTRY, with_(STANDING, gross=D("2996")), LIMITS, (None, Reason.VENUE_RULES)
    ),
    "the wrong rules": (with_(ENTRY, instrument="okx.perp.X"), STANDING, LIMITS, (None, Reason.VENUE_RULES)),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_gate(name: str) -> None:
    intent, standing, limits, expected = CASES[name]
    decision = judge(intent, standing, limits)
    order = approve(intent, standing, limits)
    match decision:
        case Allow():
            assert expected == decision
            assert isinstance(order, Approved)
            assert order.intent == intent
        case Shrink(lots=lots, reason=reason):
            assert (lots, reason) == expected
            assert isinstance(order, Approved)
            assert order.intent == with_(intent, lots=lots)
            whole = approve(intent, standing, limits, may_shrink=False)
            assert isinstance(whole, Refuse)
            assert whole.reason is reason
        case Refuse(reason=reason, numbers=numbers):
            assert (None, reason) == expected
            assert order == decision
            assert numbers
            assert all(isinstance(value, str) for value in numbers.values())


def test_a_perp_that_ties_up_nothing_meets_no_share() -> None:
    limits = with_(LIMITS, capital=CapitalPolicy(perp_rate=D(0)))
    assert judge(ENTRY, with_(STANDING, deployed={PairType.CORE: D(900)}), limits) == Allow()


def test_the_type_is_read_from_the_holding() -> None:
    assert type_of("BTC:core:3") is PairType.CORE
    assert type_of("BTC@okx:vacuum:12") is PairType.VACUUM
    assert type_of("") is type_of("momentum") is type_of("BTC:gamble:1") is None


def test_an_approved_order_cannot_be_made_elsewhere() -> None:
    order = approve(ENTRY, STANDING, LIMITS)
    assert isinstance(order, Approved)
    with pytest.raises(TypeError):
        Approved(ENTRY, "t1", ())  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"made by titan\.risk\.gates\.approve"):
        Approved(ENTRY, "t1", (), object())  # type: ignore[arg-type]
    with pytest.raises((TypeError, ValueError)):
        dataclasses.replace(order, intent=with_(ENTRY, lots=10**9))
    with pytest.raises(dataclasses.FrozenInstanceError):
        order.intent = ENTRY  # type: ignore[misc]
    assert copy.copy(order) == order


def test_a_type_checker_refuses_it_too(tmp_path: Path) -> None:
    source = """
        from titan.model.signal import Intent
        from titan.ports import OrderEntry
        from titan.risk.gates import Approved

        def forge(intent: Intent, venue: OrderEntry) -> None:
            venue.submit(intent)
            venue.submit(Approved(intent, "t1", ()))
            venue.submit(Approved(intent, "t1", (), object()))
    """
    file = tmp_path / "forge.py"
    file.write_text(textwrap.dedent(source))
    root = Path(__file__).resolve().parents[2]
    config = str(root / "pyproject.toml")
    out, err, code = api.run(["--config-file", config, "--cache-dir", str(tmp_path / "cache"), str(file)])
    lines = [line for line in out.splitlines() if "forge.py" in line]
    assert code == 1, err
    assert [int(line.split(":")[1]) for line in lines if "error" in line] == [7, 8, 9]


def test_scopes_combine() -> None:
    subject = Scope("sentinel", "binance", "BTC", PERP.id, "BTC:core:1")
    overrides = {
        Scope(): scale("0.5"),
        Scope(base="BTC"): scale("0.5"),
        Scope(venue="okx"): NO_TRADING,
        Scope(strategy="sentinel", base="ETH"): CLOSE,
    }
    assert effective(overrides, subject) == scale("0.25")
    assert effective(overrides, with_(subject, venue="okx")) == NO_TRADING
    assert effective(overrides, with_(subject, base="ETH")) == CLOSE
    assert effective(overrides, with_(subject, base="SOL")) == scale("0.5")


def test_what_is_quoted_in_another_stablecoin_counts_at_its_rate() -> None:
    entry, limits = with_(ENTRY, lots=500), Limits(max_order_notional=D(50))
    assert judge(entry, STANDING, limits) == Allow()
    dear = judge(entry, with_(STANDING, rate=D("1.25")), limits)
    assert isinstance(dear, Shrink)
    assert dear.lots == 400
    unknown = judge(entry, with_(STANDING, rate=None), limits)
    assert isinstance(unknown, Refuse)
    assert unknown.reason is Reason.NO_VALUE
