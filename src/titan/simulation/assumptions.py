"""What the simulated exchange takes for granted, in plain words, for the report of a run."""

from __future__ import annotations

from typing import Final

from titan.simulation.models import Latency, Models

MS: Final = 1_000_000

IMPACT: Final = (
    "Our orders consume the display until the market next states that level; nobody reacts to them."
)
EVENTS: Final = (
    "At one instant market rows come first, then funding settlements, then arriving orders in the order in "
    "which they were sent; neither orders nor reports overtake each other."
)
TAKER: Final = "A taker order fills whole lots level by level; what a market order leaves expires."
MAKER: Final = (
    "A resting order fills when the queue ahead of it is traded off, when a trade prints through its price "
    "(by at most the trade's size), or when the opposite touch reaches it (by at most the displayed size)."
)
STOPS: Final = (
    "Stops trigger on the mark price where the instrument has one, else on the last price, and then trade as "
    "market orders."
)
SELF_TRADE: Final = "An order that would meet an own resting order is cancelled at that point."
FUNDING: Final = (
    "Paid at the tape's settlements on the position at that moment, at the mark price (else the last, also "
    "where the mark is over a minute behind the touch); where "
    "the tape has only forecasts, at the forecast's time and last rate; rounded to 1e-8."
)
FEES: Final = "Maker and taker fees of the instrument, in the quote asset, on every fill's notional."
TRANSFERS: Final = "Transfers between wallets of one venue are instantaneous and free. "


def assumed(models: Models) -> list[tuple[str, str]]:
    """(topic, sentence) for each assumption of a run with these models."""
    return [
        ("market impact", IMPACT),
        ("latency", _latency(models.latency)),
        ("order of events", EVENTS),
        ("taker fills", TAKER),
        ("queue", _queue(models)),
        ("maker fills", MAKER),
        ("bars", _bars(models)),
        ("stops", STOPS),
        ("self-trade", SELF_TRADE),
        ("funding", FUNDING),
        ("fees", FEES),
        ("margin", _margin(models)),
        ("transfers", TRANSFERS + _withdrawals(models)),
    ]


def _withdrawals(models: Models) -> str:
    fees = ", ".join(f"{fee} {asset}" for asset, fee in sorted(models.withdrawal_fees.items()))
    minutes = models.withdrawal_ns / MS / 60_000
    return f"A withdrawal to another venue takes {minutes:g} minutes and costs {fees or 'nothing'}."


def _latency(one: Latency) -> str:
    times = (
        f"orders {one.order_ns / MS:g} ms, reports {one.response_ns / MS:g} ms, data {one.feed_ns / MS:g} ms"
    )
    if one.kind == "constant":
        return f"Constant: {times}."
    if one.kind == "lognormal":
        sigmas = f"{one.order_sigma:g}, {one.response_sigma:g} and {one.feed_sigma:g}"
        return f"Lognormal with the medians {times} and the sigmas {sigmas}."
    return (
        f"As recorded: the tape's receive stamps less its venue stamps (shifted by {one.shift_ns / MS:g} ms "
        f"for clock skew, never below zero) times {one.order_scale:g} for orders, {one.response_scale:g} for "
        f"reports and {one.feed_scale:g} for data, plus: {times}."
    )


def _queue(models: Models) -> str:
    if models.queue == "risk_averse":
        return (
            "Risk averse: a new order stands behind all displayed size; only trades at its price advance it."
        )
    shape = f"power {models.queue_power}" if models.queue == "power" else "logarithm"
    return (
        "Probability: a new order stands behind all displayed size; trades at its price advance it, and so "
        f"does a share of the cancellations, weighed by the {shape} of the size behind and ahead."
    )


def _bars(models: Models) -> str:
    how = "touches" if models.fill_on_touch else "passes"
    return (
        f"Where only bars are known, the touch is assumed {models.half_spread * 1e4:g} bps to each side of "
        f"the last price, the path inside a bar is the tape's order of its parts, {models.bar_share:.0%} of "
        f"a part's volume is on display, and a resting order fills at its limit when a part {how} it, by at "
        f"most that share."
    )


def _margin(models: Models) -> str:
    if models.margin == "none":
        return "None: every order can be paid, and nothing is liquidated."
    kind = "Cross" if models.margin == "cross" else "Isolated"
    return (
        f"{kind} margin at up to {models.leverage:f}x; positions are closed at the mark when it no longer "
        f"covers maintenance, with the liquidation fee; what falls below zero is the insurance fund's."
    )
