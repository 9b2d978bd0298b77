"""The simulated exchange as Python sees it: submit, cancel, advance, collect reports. The work is done in
`pump.py`.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator, Sequence

import numpy as np

from titan.market.tape.rows import COLUMNS, Rows, empty, length
from titan.model.errors import InstrumentError, TapeError
from titan.model.instrument import Instrument
from titan.simulation import snapshots
from titan.simulation.entry import addresses, enter
from titan.simulation.intake import UNKNOWN_INSTRUMENT, UNSORTED, inspect
from titan.simulation.margin import withdrawable
from titan.simulation.models import Models
from titan.simulation.pump import NEEDS_BLOCK, NEEDS_ROOM
from titan.simulation.records import AT_RISK, CANCEL, CORE, FAR, NEW, UNSEEN, Records, State
from titan.simulation.setup import new_state, wallet_keys

# Places in `core` as 64-bit words: reading a record's field from Python costs five times as much.
_NOW, _CURSOR, _ROWS, _EXHAUSTED, _SEQ, _INFLIGHT, _FRESH, _RESTING, _HEAD, _TAIL = (
    (CORE.names or ()).index(name)
    for name in ("now", "cursor", "rows", "exhausted", "seq", "inflight", "fresh", "resting", "head", "tail")
)
_MESSAGE = struct.Struct("<16q")


class Exchange:
    """One venue clock over a tape of all instruments. Handles are the caller's: any int, unique for the run.

    Local and exchange clocks are separate. A message sent at `now_ns` arrives an order latency later, but
    never before what the exchange has already lived through, so `advance` must not be taken past the caller's
    own present.
    """

    def __init__(
        self, instruments: Sequence[Instrument], blocks: Iterator[Rows], models: Models, *, seed: int
    ) -> None:
        self.instruments = tuple(instruments)
        self.models = models
        self._blocks = iter(blocks)
        self._rows = empty(0)
        self._wallets = wallet_keys(self.instruments)
        self._adopt(new_state(self.instruments, models, seed))

    def _adopt(self, state: State) -> None:
        self._state = state
        self._core = state.core.view(np.int64).data
        self._messages = state.inflight.view(np.uint8).data
        self._locate()

    def _locate(self) -> None:
        """Take the addresses anew; needed whenever an array was replaced."""
        self._at = addresses(self._state, self._rows)

    @property
    def state(self) -> State:
        """The records themselves, for reading: quotes, positions, what rests."""
        return self._state

    @property
    def now_ns(self) -> int:
        """Venue time reached."""
        return self._core[_NOW]

    @property
    def exhausted(self) -> bool:
        """No row is left."""
        return bool(self._core[_EXHAUSTED]) and self._core[_CURSOR] == length(self._rows)

    @property
    def next_report_ns(self) -> int:
        """Local time of the first report not yet collected; FAR when there is none."""
        core = self._core
        head = core[_HEAD]
        return int(self._state.reports["local_ns"][head]) if head < core[_TAIL] else FAR

    @property
    def next_due_ns(self) -> int | None:
        """When something happens without any further row: an arrival, a report, a settlement; None: nothing.

        Messages that were just sent have no arrival yet: it is given to them by `advance`.
        """
        core = self._core
        due = min(self.next_report_ns, int(self._state.core[0]["next_settle"]))
        if core[_INFLIGHT]:
            due = min(due, int(self._state.inflight[0]["arrival"]))
        return due if due < FAR else None

    def more(self) -> None:
        """Blocks have come where there were none."""
        self._core[_EXHAUSTED] = 0

    def set_latency(self, order_ns: int, response_ns: int) -> None:
        """From now on messages take this long (models `constant` and, as medians, `lognormal`)."""
        one = self._state.core[0]
        one["order_ns"], one["response_ns"] = order_ns, response_ns

    def restore_position(self, inst: int, lots: int, entry: float) -> None:
        """A perp position of before a restart, at its average price."""
        one = self._state.insts[inst]
        one["position"], one["entry"] = lots, entry
        one["margin"] = entry * abs(lots) * one["lot"] * one["initial"]
        one["watch"] = AT_RISK if self.models.margin != "none" else 0
        one["safe_low"] = UNSEEN

    def deposit(self, wallet: str, asset: str, amount: float) -> None:
        """Add to (or with a negative amount take from) the exchange's view of a wallet, at once."""
        index = self._wallets.get((wallet, asset))
        if index is not None:
            self._state.wallets[index]["balance"] += amount
            of_wallet = self._state.insts["quote"] == index
            self._state.insts["safe_low"][of_wallet] = UNSEEN

    def withdrawable(self, wallet: str, asset: str) -> float | None:
        """What may leave a wallet now; None where nothing is checked (margin "none") or trading never touches
        it.
        """
        index = self._wallets.get((wallet, asset))
        if index is None or self.models.margin == "none":
            return None
        return float(withdrawable(self._state, index))

    def submit(
        self, handle: int, inst: int, side: int, type: int, tif: int, lots: int, limit_ticks: int,  # noqa: A002
        stop_ticks: int, reduce_only: bool, now_ns: int,
    ) -> None:  # fmt: skip
        """Send an order at local time `now_ns`. Codes are those of titan.model.order."""
        if not 0 <= inst < len(self.instruments):
            raise InstrumentError(f"order {handle}: there is no instrument {inst} at this exchange")
        terms = (int(side), int(type), int(tif), lots, 0, limit_ticks, stop_ticks, int(reduce_only))
        self._send(NEW, handle, inst, *terms, now_ns)

    def cancel(self, handle: int, now_ns: int) -> None:
        """Ask at local time `now_ns` that an order be cancelled."""
        self._send(CANCEL, handle, 0, 0, 0, 0, 0, 0, 0, 0, 0, now_ns)

    def _send(self, *message: int) -> None:
        core = self._core
        at = core[_INFLIGHT] + core[_FRESH]
        if at + 1 >= len(self._state.inflight):
            self._grow()
            core = self._core
        _MESSAGE.pack_into(self._messages, at * _MESSAGE.size, 0, core[_SEQ], *message, 0, 0)
        core[_SEQ] += 1
        core[_FRESH] += 1

    def _grow(self) -> None:
        """Double the tables of orders; what rests can never outgrow them."""
        s = self._state
        used = self._core[_RESTING] + len(s.inflight)
        inflight = np.concatenate([s.inflight, np.zeros_like(s.inflight)])
        resting = np.zeros(max(len(s.resting), 2 * (used + len(inflight))), s.resting.dtype)
        resting[: len(s.resting)] = s.resting
        self._adopt(s._replace(inflight=inflight, resting=resting))

    def advance(self, until_ns: int) -> int:
        """Walk the tape up to venue time `until_ns` inclusive, or to the local time of the first report that
        waits.

        Returns the time reached. Raises TapeError where the tape is not sorted by time.
        """
        core = self._core
        if core[_FRESH] and len(self._state.resting) <= core[_RESTING] + core[_INFLIGHT] + core[_FRESH] + 1:
            self._grow()
        while True:
            code = enter(self._state, self._rows, self._at, until_ns)
            if code == NEEDS_BLOCK:
                self._next_block()
            elif code == NEEDS_ROOM:
                self._make_room()
                core = self._core
            else:
                return core[_NOW]

    def _next_block(self) -> None:
        core = self._core
        last = int(self._rows.ts[-1]) if length(self._rows) else -FAR
        core[_ROWS] += length(self._rows)
        core[_CURSOR] = 0
        block = next(self._blocks, None)
        while block is not None and length(block) == 0:
            block = next(self._blocks, None)
        if block is None:
            core[_EXHAUSTED] = 1
            self._rows = empty(0)
            self._locate()
            return
        rows = Rows(*(np.ascontiguousarray(c, d) for c, d in zip(block, COLUMNS.values(), strict=True)))
        found = inspect(rows, self._state.insts, last)
        if found == UNSORTED:
            raise TapeError(
                f"the rows after row {core[_ROWS]} are not sorted by time",
                remedy="import the tape again, or merge its parts with `titan tape merge`",
            )
        if found == UNKNOWN_INSTRUMENT:
            raise TapeError(f"a row names instrument {int(block.inst.max())} of {len(self.instruments)}")
        self._rows = rows
        self._locate()

    def _make_room(self) -> None:
        """Move the waiting reports to the front of a table that is large enough."""
        s, core = self._state, self._core
        waiting = s.reports[core[_HEAD] : core[_TAIL]]
        size = len(s.reports) if len(waiting) * 2 < len(s.reports) and core[_HEAD] > 0 else 2 * len(s.reports)
        reports = np.zeros(size, s.reports.dtype)
        reports[: len(waiting)] = waiting
        core[_HEAD], core[_TAIL] = 0, len(waiting)
        self._adopt(s._replace(reports=reports))

    def reports(self, now_ns: int) -> Records:
        """REPORT records heard by local time `now_ns`, in the order in which they were heard. Each is given
        once.
        """
        core = self._core
        head, tail = core[_HEAD], core[_TAIL]
        waiting = self._state.reports[head:tail]
        if head == tail:
            return waiting
        local = waiting["local_ns"]
        if local[-1] <= now_ns:
            heard = waiting.copy()
        else:
            heard = waiting[: int(np.searchsorted(local, now_ns, "right"))].copy()
        if len(heard) == len(waiting):
            core[_HEAD] = core[_TAIL] = 0
        else:
            core[_HEAD] = head + len(heard)
        return heard

    def snapshot(self) -> bytes:
        """The whole state but the tape itself."""
        return snapshots.pack(self._state)

    def restore(self, data: bytes) -> None:
        """Continue from a snapshot; this exchange must be new and its blocks those of the same tape from the
        start.
        """
        state, row = snapshots.unpack(data, self._state)
        self._adopt(state)
        core = self._core
        finished = core[_EXHAUSTED]
        core[_ROWS], core[_CURSOR], core[_EXHAUSTED] = 0, 0, 0
        while not core[_EXHAUSTED] and core[_ROWS] + length(self._rows) <= row:
            if finished and core[_ROWS] + length(self._rows) == row:
                core[_EXHAUSTED] = 1
                break
            self._next_block()
        core[_CURSOR] = row - core[_ROWS]

    def digest(self) -> str:
        """A hash of the whole state, the same in every process and however the tape is cut into blocks."""
        return hashlib.blake2b(snapshots.content(self._state), digest_size=16).hexdigest()
