"""What gates refused, and how much of each limit is used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from litestar import get

from titan.api.gateway import TheGateway
from titan.api.routes.now import READ
from titan.api.shapes.history import GateShape, LimitShape
from titan.api.told import Told
from titan.api.wire import ms
from titan.runtime.config import SETTINGS
from titan.runtime.config.fields import extra_of
from titan.views.board import Board
from titan.views.status import Status


@get("/v1/gates", opt=READ, sync_to_thread=True)
def gates(gateway: TheGateway) -> list[GateShape]:
    """Refusals by gate and reason, those of late first, with the figures of the last."""
    with gateway.watcher.replica() as replica:
        counts, told = dict(replica.refusals), dict(replica.latest.gates)
    found = [
        GateShape(
            one.event.gate, one.event.reason, counts.get(name, 1), ms(one.at_ns), one.event.numbers, one.wish
        )
        for name, one in told.items()
    ]
    return sorted(found, key=lambda gate: -gate.last_ms)


@get("/v1/limits", opt=READ, sync_to_thread=False)
def limits(gateway: TheGateway) -> list[LimitShape]:
    """The limits that the run's settings name, and what is used of each now."""
    return list(limits_of(gateway.watcher.told, gateway.watcher.board))


Used = Callable[[Status, Board], float | None]


class Limit(NamedTuple):
    """`default` is a setting that holds where `key` is left out, `times` it."""

    key: str
    name: str
    used: Used
    default: str = ""
    times: float = 1.0


def limits_of(told: Told, board: Board) -> Iterable[LimitShape]:
    for one in LIMITS:
        most = _number(told.value(one.key))
        if most is None and one.default:
            other = _number(told.value(one.default))
            most = other * one.times if other is not None else None
        if most is None:
            continue
        used = one.used(board.status, board) if board.status is not None else None
        info = SETTINGS.get(one.key)
        meaning, unit = (info.description or "", extra_of(info, "unit")) if info is not None else ("", "")
        share = used / most if used is not None and most else None
        yield LimitShape(one.key, one.name, meaning, unit or "", most, used, share)


def _number(value: Any) -> float | None:
    """Money is text in the canonical config."""
    try:
        return float(value) if isinstance(value, int | float | str | Decimal) else None
    except ValueError:
        return None


def _most(values: Iterable[Decimal | None]) -> float | None:
    """The largest in size; None where one is not known."""
    found = list(values)
    known = [abs(one) for one in found if one is not None]
    return float(max(known, default=Decimal(0))) if len(known) == len(found) else None


def _leverage(s: Status, _: Board) -> float | None:
    values = [one.value for one in s.positions]
    known = [abs(one) for one in values if one is not None]
    return float(sum(known, Decimal(0)) / s.nav) if s.nav and len(known) == len(values) else None


def _drawdown(_: Status, board: Board) -> float | None:
    return board.yields.drawdown


def _delta(_: Status, board: Board) -> float | None:
    return abs(board.delta_share) if board.delta_share is not None else None


def _orders_here(s: Status, _: Board) -> float:
    names = [one.instrument for one in s.in_flight]
    return float(max((names.count(name) for name in set(names)), default=0))


def _pair(s: Status, _: Board) -> float | None:
    """The largest value that one pair has over all of its holdings."""
    sums: dict[str, Decimal] = {}
    for one in s.holdings:
        if one.value is None:
            return None
        sums[one.pair] = sums.get(one.pair, Decimal(0)) + one.value
    return _most(sums.values())


def _deployed(s: Status, _: Board) -> float | None:
    return float(s.deployed / s.nav) if s.deployed is not None and s.nav else None


def _margin(s: Status, _: Board) -> float | None:
    used = [one.used for one in s.margins if one.used is not None]
    return max(used) if used and len(used) == len(s.margins) else None


def _nothing(_: Status, __: Board) -> float | None:
    """What nobody counts outside the run."""
    return None


LIMITS: Final = (
    Limit("limits.drawdown_halve", "Day's loss that halves sizes", _drawdown),
    Limit("limits.drawdown_no_entries", "Day's loss that stops entries", _drawdown),
    Limit("limits.drawdown_flatten", "Day's loss that closes all", _drawdown),
    Limit("limits.delta_warn", "Delta that is told", _delta),
    Limit("limits.delta_hedge", "Delta that is hedged", _delta),
    Limit("limits.max_leverage", "Gross exposure over NAV", _leverage, "simulation.leverage"),
    Limit(
        "limits.max_position_usd", "Largest position", lambda s, _: _most(one.value for one in s.positions),
        "sentinel.pair_limit_usd", 1.1,
    ),
    Limit("sentinel.pair_limit_usd", "Largest pair", _pair),
    Limit("sentinel.deploy_share", "Capital that is deployed", _deployed),
    Limit("sentinel.margin_ceiling", "Margin of a wallet", _margin),
    Limit("limits.max_open_orders", "Open orders", lambda s, _: float(len(s.in_flight))),
    Limit("limits.max_open_orders_here", "Open orders of an instrument", _orders_here),
    Limit("limits.max_order_usd", "Largest entry", _nothing, "sentinel.clip_usd", 2.0),
    Limit("limits.collar_bps", "How far a price may stand off", _nothing),
    Limit("limits.orders_per_second", "Messages a second to a venue", _nothing),
)  # fmt: skip

ROUTES: Final = (gates, limits)
