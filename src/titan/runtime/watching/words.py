"""Entries of the journal in words, one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Final

import msgspec

from titan.model.events import CAME_BACK
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.settled import Settled
from titan.portfolio.entries import TRANSIT
from titan.runtime.watching.written import SHORT, number, price, size, when
from titan.storage.search import Entry
from titan.storage.views import Rules

Body = dict[str, Any]
Known = Mapping[str, Rules]

_LABELS: Final = {
    "submitted": "sent", "saga": "step", "pair_outcome": "end", "saga_outcome": "end", "intent": "wish",
    "transfer_intent": "wish", "pair": "wish", "twap": "wish", "limit": "wish", "bracket": "wish",
    "undo": "wish", "way": "stages", "routed": "route", "margin_step": "margin", "day_opened": "day",
}  # fmt: skip
_NOT_SAID: Final = {
    "what",
    "id",
    "intent_id",
    "saga",
    "client_id",
    "strategy",
    "local_ns",
    "venue_ns",
    "at_ns",
}


def label(entry: Entry) -> str:
    """What kind of line it is, as the person at the terminal would call it."""
    return _LABELS.get(entry.what, entry.what.replace("_", " "))


def short(client_id: str) -> str:
    """Enough of an id to know it again, and to trace it."""
    return client_id[:SHORT]


def span(ns: int) -> str:
    """A length of time with three digits or so."""
    if ns < 1_000_000:
        return f"{ns / 1e3:.0f} us" if ns else "0"
    if ns < 1_000_000_000:
        return f"{ns / 1e6:.1f} ms" if ns < 100_000_000 else f"{ns / 1e6:.0f} ms"
    if ns < 100_000_000_000:
        return f"{ns / 1e9:.2f} s"
    minutes, seconds = divmod(ns // 1_000_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} m" if hours else f"{minutes} m {seconds:02d} s"


def words(entry: Entry, rules: Known) -> str:
    """What it says."""
    body: Body = msgspec.json.decode(entry.body)
    return _WORDS.get(entry.what, _any)(body, rules)


def _signal(body: Body, rules: Known) -> str:
    del rules
    figures = "  ".join(f"{name} {value:.6g}" for name, value in body["figures"].items())
    return f"{body['name']} {body['subject']}  {figures}"


def _submitted(body: Body, rules: Known) -> str:
    return f"{_order(body['intent'], rules)}  {short(body['client_id'])}"


def _order(intent: Body, rules: Known) -> str:
    name = intent["instrument"]
    kind = OrderType(intent.get("type", 0))
    tif = TimeInForce(intent.get("tif", TimeInForce.IOC))
    parts = [Side(intent["side"]).name.lower(), size(intent["lots"], name, rules), name, kind.name.lower()]
    for ticks in (intent.get("limit_ticks", 0), intent.get("stop_ticks", 0)):
        if ticks:
            parts.append(price(ticks, name, rules))
    if kind is OrderType.LIMIT:
        parts.append(tif.name.lower().replace("_", "-"))
    if intent.get("reduce_only"):
        parts.append("reduce-only")
    return " ".join([*parts, f"({intent['purpose']})"])


def _report(body: Body, rules: Known) -> str:
    del rules
    reason = f": {body['reason']}" if body.get("reason") else ""
    return f"{body['event']}{reason}  {short(body['client_id'])}"


def _fill(body: Body, rules: Known) -> str:
    name = body["instrument"]
    done = f"{Side(body['side']).name.lower()} {size(body['lots'], name, rules)} {name}"
    fee = f"fee {number(Decimal(body['fee']))} {body['fee_asset']}"
    at = price(body["ticks"], name, rules)
    return f"{done} at {at}  {fee}  {body['liquidity']}  {short(body['client_id'])}"


def _refused(body: Body, rules: Known) -> str:
    del rules
    figures = ", ".join(f"{name} {value}" for name, value in body["numbers"].items())
    return f"{body['gate']}: {body['reason']}  {figures}"


def _wish(body: Body, rules: Known) -> str:
    """Of one instrument: a TWAP, a limit, a bracket, an undoing."""
    name = body["instrument"]
    kind = {"undo": "trade back"}.get(body["what"], body["what"])
    words = f"{kind}: {Side(body['side']).name.lower()} {size(body['lots'], name, rules)} {name}"
    if body.get("limit_ticks"):
        words += f" at {price(body['limit_ticks'], name, rules)}"
    if body.get("slice_lots"):
        words += f", {size(body['slice_lots'], name, rules)} a slice"
    return f"{words}: {body['reason']}" if body.get("reason") else words


def _step(body: Body, rules: Known) -> str:
    del rules
    number = f" {body['number']}" if body.get("number") else ""
    filled = ", ".join(f"{lots:,}" for lots in body.get("lots", []))
    figures = "  ".join(f"{name} {value}" for name, value in body.get("figures", {}).items())
    parts = [
        f"{body['step']}{number}",
        f"({filled} lots filled)" if filled else "",
        body.get("note", ""),
        figures,
    ]
    return "  ".join(part for part in parts if part)


def _pair(body: Body, rules: Known) -> str:
    del rules
    verb = "open" if body["purpose"] == "entry" else "close"
    what = f"{verb} {body['units']} units of {body['pair']} ({body['type']}), {body['clip_units']} a clip"
    if body["spot"].partition(".")[0] != body["perp"].partition(".")[0]:
        what += f", {body['spot']} with {body['perp']}"
    if body.get("reverse"):
        what += ", selling spot" if verb == "open" else ", buying spot back"
    terms = body.get("terms") if verb == "open" else None
    if terms:
        what += (
            f", until {terms['target_bps']:g} bps, {terms['stop_bps']:.1f} bps or {when(terms['until_ns'])}"
        )
    return f"{what}: {body['reason']}" if body["reason"] else what


def _routed(body: Body, rules: Known) -> str:
    del rules
    lines = [
        f"{'taken: ' + _legs(body['chosen']) if body.get('chosen') else 'nothing taken'}: {body['reason']}",
        f"one venue: {_way_of(body.get('single'))}",
        f"two venues: {_way_of(body.get('cross'))}",
        f"hurdle {body['hurdle_bps']:g} bps",
    ]
    lines += [f"not {_legs(one)}: {one['why']}" for one in body["out"]]
    return "; ".join(lines)


def _legs(route: Body) -> str:
    return f"{route['spot']} with {route['perp']}"


def _way_of(route: Body | None) -> str:
    """A route and what it comes to."""
    if not route:
        return "none"
    parts = (
        f"basis {route['basis_bps']:.2f} - fees {route['fees_bps']:.2f} + funding {route['funding_bps']:.2f}"
    )
    if route["transfer_bps"]:
        parts += f" - withdrawals {route['transfer_bps']:.2f}"
    return f"{_legs(route)} {route['all_in_bps']:.2f} bps ({parts})"


def _outcome(body: Body, rules: Known) -> str:
    wish = body.get("intent", {})
    done = f" {body['units']} of {wish['units']} units in {body['clips']} clips" if "units" in wish else ""
    if body.get("lots"):
        name = wish["instrument"]
        average = price(Decimal(body["value"]) / body["lots"], name, rules)
        done = f" {size(body['lots'], name, rules)} at {average} on average"
    reason = f": {body['reason']}" if body.get("reason") else ""
    left = body.get("residual_lots", 0)
    stands = any(left) if isinstance(left, list) else left
    residual = f"  residual {_short(left)} lots" if stands else ""
    cost = f"  repairs cost {number(Decimal(body['cost']))}" if Decimal(body.get("cost", 0)) else ""
    basis = f"  filled at {body['basis_bps']:.1f} bps" if body.get("basis_bps") is not None else ""
    return f"{body['end']}{done}{reason}{basis}{residual}{cost}"


def _transfer(body: Body, rules: Known) -> str:
    del rules
    cost = Decimal(body.get("cost", 0))
    paid = f", {number(cost)} of it lost on the way" if cost else ""
    amount = f"{number(Decimal(body['amount']))} {body['asset']}"
    reason = f": {body['reason']}" if body.get("reason") else ""
    if body["target"] == TRANSIT:
        return f"{amount} left {body['source']} and is on its way"
    if body["source"] == TRANSIT:
        return f"{amount} came {'back ' if body['id'].endswith(CAME_BACK) else ''}to {body['target']}{paid}"
    return f"{amount} from {body['source']} to {body['target']}{paid}{reason}"


def _settled(body: Body, rules: Known) -> str:
    del rules
    return str(msgspec.convert(body, Settled))


def _way(body: Body, rules: Known) -> str:
    """The stages of an order that the journal itself does not show, from the tick on."""
    del rules
    names = ("heard", "signal", "decided", "gated", "written", "committed", "acked", "filled")
    times = [(name, body.get(f"{name}_ns", 0)) for name in names]
    known = [(name, at) for name, at in times if at]
    steps = [f"{name} +{span(at - known[n][1])}" for n, (name, at) in enumerate(known[1:])]
    return "  ".join([known[0][0], *steps]) if known else ""


def _margin(body: Body, rules: Known) -> str:
    del rules
    tier = {0: "split", 1: "tier 1", 2: "tier 2", 3: "tier 3"}[body["tier"]]
    moved = Decimal(body["to_perp"])
    toward = "to" if moved > 0 else "from"
    way = f", {number(abs(moved))} {body['asset']} {toward} the perp wallet" if moved else ""
    follows = f"  wishes {_short(body['wishes'])}" if body["wishes"] else ""
    return f"{tier} at {body['venue']}: {body['reason']}{way}{follows}"


def _drawdown(body: Body, rules: Known) -> str:
    del rules
    fell, limit = Decimal(body["drawdown"]), Decimal(body["limit"])
    first, nav = number(Decimal(body["first_nav"])), number(Decimal(body["nav"]))
    return (
        f"{body['rung']}: {fell:.2%} down since {body['day']} began ({first} to {nav}), from {limit:.1%} on"
    )


def _delta(body: Body, rules: Known) -> str:
    del rules
    lean = ", ".join(f"{number(Decimal(value))} of {base}" for base, value in body["lean"].items())
    return f"{body['band']}: {Decimal(body['share']):.2%} of NAV{f' ({lean})' if lean else ''}"


def _day(body: Body, rules: Known) -> str:
    del rules
    return f"{body['day']} begins with {number(Decimal(body['nav']))}"


def _any(body: Body, rules: Known) -> str:
    del rules
    said = {k: v for k, v in body.items() if k not in _NOT_SAID and v not in ("", None, [], {})}
    return "  ".join(
        str(v) if k in ("step", "reason", "note") else f"{k.replace('_', ' ')} {_short(v)}"
        for k, v in said.items()
    )


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return " ".join(f"{k} {_short(v)}" for k, v in value.items())
    return ", ".join(map(_short, value)) if isinstance(value, list) else str(value)


_WORDS: Final[dict[str, Callable[[Body, Known], str]]] = {
    "signal": _signal, "submitted": _submitted, "report": _report, "fill": _fill, "refused": _refused,
    "pair": _pair, "pair_outcome": _outcome, "transfer": _transfer, "transfer_intent": _transfer,
    "intent": _order, "way": _way, "twap": _wish, "limit": _wish, "bracket": _wish, "undo": _wish,
    "saga": _step, "settled": _settled, "saga_outcome": _outcome, "routed": _routed,
    "margin_step": _margin, "drawdown": _drawdown, "delta": _delta, "day_opened": _day,
}  # fmt: skip
