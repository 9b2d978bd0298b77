"""Faults of a double, by script and by seed.

A script is a TOML or JSON file with `seed` and a list `fault` of tables:

    kind         what happens (see `KINDS`)
    match        only where this text stands in the request ("POST /api/v3/order") or the frame's topic
    on           "http" (also the opening of a socket) or "ws" (frames); both when empty
    at           seconds after the double's start from which it may happen
    every        seconds that must lie between two times
    probability  of each chance (1 when not given)
    count        how often at most (0: no limit; 1 when neither `every` nor `probability` is given)
    nth          only the n-th chance after `at`
    seconds      how long: of a delay, a half-open socket, a skew, a sliced order; an unanswered request is
                 cut after them where they are more than 1, else it hangs
    status       of http_5xx (503) and rate_limit (429, or 418)
    shift        seconds by which clock_skew moves the venue's clock
    pieces       of an order that partial_fills slices

Every chance is counted and drawn in the order in which it comes, so the same traffic meets the same faults.
"""

from __future__ import annotations

import random as randomness
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, Literal

import msgspec

from titan.doubles.account import Movement
from titan.doubles.orders import Order, Ticket
from titan.model.errors import ConfigError

Kind = Literal[
    "delay", "drop", "duplicate", "reorder", "half_open", "disconnect", "http_5xx", "rate_limit",
    "timeout_before", "timeout_after", "sequence_gap", "wrong_checksum", "partial_fills", "clock_skew",
    "reject", "withdrawal_fails", "withdrawal_late",
]  # fmt: skip

KINDS: Final[dict[Kind, str]] = {
    "delay": "an answer or a frame comes `seconds` later; frames keep their order",
    "drop": "a request is answered by a closed connection, a frame is never sent",
    "duplicate": "a frame is sent twice",
    "reorder": "a frame is sent after the next one of its connection",
    "half_open": "a socket answers pings and sends nothing else for `seconds` (0: for good)",
    "disconnect": "a connection is cut",
    "http_5xx": "an error of the venue's servers",
    "rate_limit": "too many requests, with the venue's headers",
    "timeout_before": "a request is swallowed before it was done, and never answered",
    "timeout_after": "a request is done and never answered",
    "sequence_gap": "a numbered frame is lost to every subscriber",
    "wrong_checksum": "a checksum is wrong",
    "partial_fills": "an order reaches the engine in `pieces` over `seconds`",
    "clock_skew": "the venue's clock is `shift` seconds off, for `seconds` (0: for good)",
    "reject": "an order is refused",
    "withdrawal_fails": "a withdrawal is taken and fails a moment later: the money is back",
    "withdrawal_late": "a withdrawal arrives `seconds` later",
}
_FRAMES: Final[tuple[Kind, ...]] = ("drop", "duplicate", "reorder", "half_open", "disconnect", "delay")
_REQUESTS: Final[tuple[Kind, ...]] = (
    "delay", "drop", "disconnect", "http_5xx", "rate_limit", "timeout_before", "timeout_after",
)  # fmt: skip
SECOND_NS: Final = 1_000_000_000


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """One line of a script; the module's text says what the fields mean."""

    kind: Kind
    match: str = ""
    on: Literal["", "http", "ws"] = ""
    at: float = 0.0
    every: float = 0.0
    probability: float = 1.0
    count: int | None = None
    nth: int = 0
    seconds: float = 1.0
    status: int = 0
    shift: float = 0.0
    pieces: int = 4

    @property
    def most(self) -> int:
        """How often at most; 0 for no limit."""
        if self.count is not None:
            return self.count
        return 0 if self.every or self.probability < 1 else 1


class Script(msgspec.Struct, forbid_unknown_fields=True):
    fault: list[Fault] = []
    seed: int = 0


class _Standing(msgspec.Struct):
    fault: Fault
    chances: int = 0
    hits: int = 0
    last_ns: int = 0


class Faults:
    """Answers, chance by chance, whether a fault happens now. `now` is ns of a clock that never jumps by
    faults; `at` counts from the moment when a fault was added.
    """

    def __init__(self, faults: Sequence[Fault] = (), *, now: Callable[[], int], seed: int = 0) -> None:
        self._now = now
        self._random = randomness.Random(seed)  # noqa: S311  repeatable on purpose
        self._standing: list[tuple[int, _Standing]] = []
        self.add(faults)

    def add(self, faults: Sequence[Fault]) -> None:
        """More faults; their clocks begin now."""
        self._standing += [(self._now(), _Standing(fault)) for fault in faults]

    def clear(self) -> None:
        self._standing.clear()

    def counts(self) -> list[dict[str, object]]:
        """Every fault with how often it had a chance and how often it happened."""
        return [
            {"fault": msgspec.to_builtins(one.fault), "chances": one.chances, "hits": one.hits}
            for _, one in self._standing
        ]

    def frame(self, topic: str) -> Fault | None:
        """What happens to a frame that is about to be sent."""
        return self._draw(_FRAMES, topic, "ws")

    def request(self, what: str) -> Fault | None:
        """What happens to a request, as "POST /path"."""
        return self._draw(_REQUESTS, what, "http")

    def gap(self, topic: str) -> bool:
        """Whether a numbered frame is lost to everybody."""
        return self._draw(("sequence_gap",), topic, "ws") is not None

    def bad_checksum(self, topic: str) -> bool:
        """Whether the encoder shall write a wrong checksum."""
        return self._draw(("wrong_checksum",), topic, "ws") is not None

    def rejects(self, ticket: Ticket) -> bool:
        """Whether an order is refused for no reason of its own; `match` is looked for in its client id."""
        return self._draw(("reject",), ticket.client_id, "") is not None

    def mishap(self, paid: Movement) -> tuple[bool, int]:
        """Whether a withdrawal fails, and by how much (ns) it comes later. `match`: its asset."""
        late = self._draw(("withdrawal_late",), paid.asset, "")
        fails = self._draw(("withdrawal_fails",), paid.asset, "") is not None
        return fails, round(late.seconds * SECOND_NS) if late is not None else 0

    def slices(self, order: Order) -> list[tuple[int, int]]:
        """(delay ns, lots) pieces of an order; empty when it is left whole. `match`: the instrument's id."""
        fault = self._draw(("partial_fills",), order.instrument.id, "")
        if fault is None or order.lots < 2:
            return []
        pieces = min(max(fault.pieces, 2), order.lots)
        step = round(fault.seconds * SECOND_NS / (pieces - 1))
        share = order.lots // pieces
        lots = [share] * (pieces - 1) + [order.lots - share * (pieces - 1)]
        return [(k * step, n) for k, n in enumerate(lots)]

    def skew_ns(self) -> int:
        """By how much the venue's clock is wrong at present."""
        total = 0.0
        for since, one in self._standing:
            fault = one.fault
            if fault.kind != "clock_skew":
                continue
            passed = (self._now() - since) / SECOND_NS - fault.at
            if passed >= 0 and (not fault.seconds or passed < fault.seconds):
                one.hits = 1
                total += fault.shift
        return round(total * SECOND_NS)

    def _draw(self, kinds: Sequence[Kind], what: str, on: str) -> Fault | None:
        now = self._now()
        for since, one in self._standing:
            fault = one.fault
            if fault.kind not in kinds or fault.match not in what or (fault.on and on and fault.on != on):
                continue
            if now - since < fault.at * SECOND_NS:
                continue
            one.chances += 1
            spent = bool(fault.most) and one.hits >= fault.most
            early = bool(one.hits and fault.every) and now - one.last_ns < fault.every * SECOND_NS
            if spent or early or (fault.nth and one.chances != fault.nth):
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            one.hits += 1
            one.last_ns = now
            return fault
        return None


def read_script(file: Path) -> Script:
    """A script from a TOML or JSON file. Raises ConfigError with the line or field that is wrong."""
    try:
        text = file.read_text(encoding="utf-8")
    except OSError as e:
        raise ConfigError(
            f"{file} cannot be read: {e.strerror}", remedy="--faults wants a TOML or JSON file"
        ) from e
    try:
        raw = msgspec.json.decode(text) if text.lstrip()[:1] in ("{", "[") else tomllib.loads(text)
        return msgspec.convert({"fault": raw} if isinstance(raw, list) else raw, Script)
    except (msgspec.DecodeError, tomllib.TOMLDecodeError) as e:
        raise ConfigError(f"{file} is no script of faults: {e}", remedy=f"kinds: {', '.join(KINDS)}") from e
