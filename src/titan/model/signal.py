"""What a compiled step noticed, and what the strategy wants done about it. Ids are deterministic.

The same run id, strategy, signal row and leg give the same intent id in every process, so a restart can
never turn
one decision into two orders; the client order id is derived from it and fits every venue's format.
"""

from __future__ import annotations

import hashlib
import re
from enum import StrEnum
from typing import Final

import msgspec

from titan.model.order import OrderType, Side, TimeInForce


class Signal(msgspec.Struct, frozen=True, tag="signal", tag_field="what"):
    """`row` is the position of the row on the tape that raised it; `code` and `name` are the strategy's
    own vocabulary.

    `figures` are the numbers that made it (z-score, basis, edge ...), for the decision, the journal and
    the report.
    """

    strategy: str
    code: int
    name: str
    subject: str
    row: int
    local_ns: int
    figures: dict[str, float]


class Purpose(StrEnum):
    """Why an intent exists: gates treat exits and hedges more kindly than entries."""

    ENTRY = "entry"
    EXIT = "exit"
    HEDGE = "hedge"


class Intent(msgspec.Struct, frozen=True, tag="intent", tag_field="what"):
    """One leg wanted by a strategy. `owner` is the holding it belongs to; `reference_ticks` the price it
    was decided on; `saga` the id of the wish that it is a step of, empty where it stands alone. After
    `until_ns` (0: never) it is not sent any more, and what rests of it is cancelled. `replaces` is the client
    order id of the order whose place it takes, which is not counted beside it.
    """

    id: str
    strategy: str
    owner: str
    instrument: str
    side: Side
    lots: int
    purpose: Purpose
    reference_ticks: int
    type: OrderType = OrderType.MARKET
    limit_ticks: int = 0
    stop_ticks: int = 0
    tif: TimeInForce = TimeInForce.IOC
    reduce_only: bool = False
    saga: str = ""
    until_ns: int = 0
    replaces: str = ""


def intent_id(run: str, strategy: str, row: int, leg: str) -> str:
    """Readable and deterministic: `<run>-<strategy>-<row>-<leg>`."""
    return f"{run}-{strategy}-{row}-{leg}"


_DIGITS: Final = "0123456789abcdefghijklmnopqrstuv"
_PAIRS: Final = [first + second for first in _DIGITS for second in _DIGITS]
_OURS: Final = re.compile(r"t[0-9a-v]{25}")


def is_client_order_id(text: str) -> bool:
    """Whether Titan made this id, in whatever process."""
    return _OURS.fullmatch(text) is not None


def client_order_id(intent: str, attempt: int = 0) -> str:
    """26 characters of [0-9a-v] beginning with `t`: valid at every venue that Titan knows."""
    digest = hashlib.blake2b(f"{intent}#{attempt}".encode(), digest_size=16).digest()
    value = int.from_bytes(digest, "big")
    pairs = "".join([_PAIRS[(value >> shift) & 1023] for shift in range(110, -1, -10)])
    return f"t{_DIGITS[(value >> 120) & 31]}{pairs}"
