"""Why a run and the backtest of its tape differ: every difference has one of these."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Cause(StrEnum):
    EQUAL = "equal"
    LATENCY = "latency"
    BOOK = "book"
    GATE = "gate"
    TIMER = "timer"
    RESTART = "restart"
    LATER = "began later"
    DOWN = "not running"
    ORDER = "order of rows"
    FOLLOWS = "follows"
    FUNDING = "funding"
    TRANSFERS = "transfers"
    STABLECOIN = "stablecoins"
    UNEXPLAINED = "not explained"


MEANING: Final = {
    Cause.EQUAL: "the same in both",
    Cause.LATENCY: "the order was decided or sent at another moment, so it met another market: messages and "
    "the journal took another time than their median, which the backtest takes for all",
    Cause.BOOK: "sent at the same moment and filled otherwise: what stood in the book when it arrived, or "
    "its place in the queue, was other",
    Cause.GATE: "a gate let it pass on one side only",
    Cause.TIMER: "the strategy's timer ticks from its own start, so it looked at another moment",
    Cause.RESTART: "rolling statistics warmed up anew after a restart of the run; in the backtest they go on",
    Cause.LATER: "the run heard rows before it began to decide; the backtest decides from the first one on",
    Cause.DOWN: "the run was stopping, stopped or dead at the time",
    Cause.ORDER: "rows of several sockets reached the run in another order than the venues' clocks give them",
    Cause.FOLLOWS: "an earlier difference left other holdings, sizes or steps behind",
    Cause.FUNDING: "funding was paid on other positions",
    Cause.TRANSFERS: "moving money cost something else",
    Cause.STABLECOIN: "other amounts of another stablecoin were held or owed while its rate moved",
    Cause.UNEXPLAINED: "none of the above was found to be the cause",
}
