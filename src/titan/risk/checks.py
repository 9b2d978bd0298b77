"""The gates, each a pure function of an intent and how things stand. Missing data counts as a breach.

Exits and hedges make the portfolio safer, so limits on growth (open orders, leverage, capital shares, scales)
never stop them. What they cannot do is trade twice, blind, beyond the collar, or past the position they claim
to reduce.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from titan.model.money import ONE, ZERO, exact
from titan.model.order import OrderType, Side
from titan.model.signal import Intent, Purpose
from titan.risk.capital import type_of
from titan.risk.decision import ALLOW, Decision, Reason, cap, refuse
from titan.risk.permission import duplicate, in_time, lease, override
from titan.risk.standing import Limits, Standing
from titan.risk.traffic import message_rate, open_here, open_orders, self_trade

Gate = Callable[[Intent, Standing, Limits], Decision]
BPS: Final = 10_000


def freshness(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """Without a price nothing is sent, unless the limits let exits and hedges go blind."""
    if standing.reference_ticks is not None and standing.reference_ticks > 0:
        return ALLOW
    if limits.blind_exits and intent.purpose is not Purpose.ENTRY:
        return ALLOW
    return refuse("freshness", Reason.NO_PRICE, why=standing.no_price or "unknown")


def reduction(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    """What says that it reduces must reduce, and by no more than there is."""
    if not intent.reduce_only and intent.purpose is not Purpose.EXIT:
        return ALLOW
    held = standing.reducible_lots
    if held * intent.side >= 0:
        return refuse("reduction", Reason.NOT_A_REDUCTION, held_lots=held, side=intent.side.name)
    return cap(
        intent.lots, abs(held), "reduction", Reason.BEYOND_POSITION, held_lots=held, asked_lots=intent.lots
    )


def collar(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """A limit may not be worse than the reference by more than the collar; no entry on a price long gone."""
    reference = standing.reference_ticks
    if not reference:
        return ALLOW
    if intent.type is OrderType.LIMIT:
        beyond = _worse_bps(intent.side, intent.limit_ticks, reference)
        if beyond > limits.collar_bps:
            return refuse(
                "collar", Reason.BEYOND_COLLAR,
                limit_ticks=intent.limit_ticks, reference_ticks=reference, collar_bps=limits.collar_bps,
            )  # fmt: skip
    if intent.purpose is Purpose.ENTRY:
        moved = abs(_worse_bps(intent.side, intent.reference_ticks, reference))
        if moved > limits.collar_bps:
            return refuse(
                "collar", Reason.PRICE_MOVED,
                decided_ticks=intent.reference_ticks, reference_ticks=reference, collar_bps=limits.collar_bps,
            )  # fmt: skip
    return ALLOW


def order_size(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    rules = standing.rules
    named = [limits.max_order_size[key] for key in (rules.id, rules.base) if key in limits.max_order_size]
    limit = _tightest(named)
    if limit is None or intent.purpose is not Purpose.ENTRY:
        return ALLOW
    with exact():
        fits = int(limit // rules.lot) if limit.is_finite() and limit > 0 else 0
    return cap(intent.lots, fits, "order size", Reason.SIZE, lots=intent.lots, base=rules.base, limit=limit)


def order_notional(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    entry = intent.purpose is Purpose.ENTRY
    limit = limits.max_order_notional if entry else limits.max_exit_notional
    if limit is None:
        return ALLOW
    return cap(
        intent.lots, _lots_for(limit, intent, standing), "order notional", Reason.ORDER_TOO_LARGE,
        lots=intent.lots, ticks=worst_ticks(intent, standing), limit=limit,
    )  # fmt: skip


def position_size(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """What an entry makes of the position in its instrument, as far as it makes it larger."""
    if limits.max_position is None or intent.purpose is not Purpose.ENTRY:
        return ALLOW
    most = _lots_for(limits.max_position, intent, standing)
    return cap(
        intent.lots, most - standing.position * intent.side, "position size", Reason.POSITION,
        lots=intent.lots, held_lots=standing.position, limit=limits.max_position,
    )  # fmt: skip


def leverage(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """Gross exposure after the order may not pass the limit times NAV."""
    if intent.purpose is not Purpose.ENTRY:
        return ALLOW
    if not standing.nav.is_finite() or standing.nav <= 0:
        return refuse("leverage", Reason.NO_NAV, nav=standing.nav)
    if not standing.gross.is_finite() or standing.rate is None:
        return refuse("leverage", Reason.NO_VALUE, gross=standing.gross, nav=standing.nav)
    with exact():
        room = limits.max_leverage * standing.nav - standing.gross
        fits = _lots_for(room, intent, standing)
    return cap(
        intent.lots, fits, "leverage", Reason.LEVERAGE,
        lots=intent.lots, gross=standing.gross, nav=standing.nav, limit=limits.max_leverage,
    )  # fmt: skip


def capital_share(intent: Intent, standing: Standing, limits: Limits) -> Decision:
    """SEN-P2: CORE, SATELLITE and VACUUM each keep to their share, and together to the capital."""
    rate = limits.capital.rate(standing.rules.kind)
    if intent.purpose is not Purpose.ENTRY or not rate:
        return ALLOW
    kind, deployed = type_of(intent.owner), standing.deployed
    if deployed is None or not all(amount.is_finite() for amount in (standing.nav, *deployed.values())):
        return refuse("capital share", Reason.NO_VALUE, type=kind, capital=standing.nav)
    with exact():
        room = limits.capital.room(kind, standing.nav, deployed)
        fits = _lots_for(room, intent, standing, rate)
    return cap(
        intent.lots, fits, "capital share", Reason.CAPITAL_SHARE,
        type=kind, room=room, capital=standing.nav,
    )  # fmt: skip


def venue_rules(intent: Intent, standing: Standing, _limits: Limits) -> Decision:
    """Last, when the size is final: would the venue take it?"""
    ticks = intent.limit_ticks if intent.type is OrderType.LIMIT else _reference(intent, standing)
    broken = standing.rules.accepts(ticks, intent.lots) if ticks > 0 else f"a price of {ticks} ticks"
    if broken is None and standing.rules.id != intent.instrument:
        broken = f"these are the rules of {standing.rules.id}"
    if broken is None:
        return ALLOW
    reduces = intent.reduce_only or intent.purpose is Purpose.EXIT
    held = abs(standing.reducible_lots)
    if reduces and ticks > 0 and held > 0 and standing.rules.accepts(ticks, held) is not None:
        return refuse("venue rules", Reason.DUST, rule=broken, held_lots=held)
    return refuse("venue rules", Reason.VENUE_RULES, rule=broken)


IN_ORDER: Final[tuple[Gate, ...]] = (
    override,
    lease,
    duplicate,
    in_time,
    freshness,
    reduction,
    collar,
    self_trade,
    message_rate,
    open_orders,
    open_here,
    order_size,
    order_notional,
    position_size,
    leverage,
    capital_share,
    venue_rules,
)


def _tightest(named: Sequence[Decimal]) -> Decimal | None:
    """None where nothing is named; what is no number is the tightest of all."""
    return next((one for one in named if not one.is_finite()), min(named, default=None))


def worst_ticks(intent: Intent, standing: Standing) -> int:
    """The price at which an order is counted: the reference, or its limit where that is higher."""
    return max(_reference(intent, standing), intent.limit_ticks, intent.stop_ticks)


def _reference(intent: Intent, standing: Standing) -> int:
    return standing.reference_ticks or intent.reference_ticks


def _lots_for(room: Decimal, intent: Intent, standing: Standing, rate: Decimal = Decimal(1)) -> int:
    """The largest number of lots whose notional times `rate` fits into `room`."""
    with exact():
        per_lot = standing.rules.notional(worst_ticks(intent, standing), 1) * rate
        per_lot *= ONE if standing.rate is None else standing.rate
        if room.is_nan() or per_lot <= ZERO or room <= ZERO:
            return 0
        return int(room // per_lot)


def _worse_bps(side: Side, ticks: int, reference: int) -> Decimal:
    """How much worse than the reference a price is for this side, in bps; negative when better."""
    return Decimal((ticks - reference) * side * BPS) / reference
