"""The `decode` suite at Titan: frames into the line, rows out of its batch every 256 frames. `typed` is the
same without compiled readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from benchmarks.drivers import decode, task
from titan.market.tape.rows import Kind, Rows
from titan.model.instrument import InstrumentKind
from titan.venues.batch import Batch
from titan.venues.binance import market as of_market
from titan.venues.binance.lines import lines
from titan.venues.stream import Channel, Fetch, Line, Market, Wish

EVERY: Final = 256
LINK_NS: Final = 5_000_000
SENT: Final = re.compile(rb'"E":(\d+)')
COLUMNS: Final = ("kind", "side", "px", "qty")


def decoder(base: int) -> decode.Decoder:
    heard: list[bytes] = []
    line, batch = begun(base)

    def hear(frames: Sequence[bytes]) -> None:
        heard[:] = frames
        for _ in rows_of(frames, line, batch):
            pass

    def price() -> float:
        """Of a pass of its own, so that the timed ones need not keep their rows."""
        best, levels = 0.0, {}
        for rows in rows_of(heard, *begun(base)):
            for kind, side, px, qty in zip(*(getattr(rows, c).tolist() for c in COLUMNS), strict=True):
                if kind == Kind.BBO and side > 0:
                    best = px
                elif kind == Kind.LEVEL and side > 0:
                    levels[px] = qty
        return max((px for px, qty in levels.items() if qty), default=best)

    return decode.Decoder(hear, price)


def listener(base: int) -> Callable[[Sequence[bytes]], None]:
    """One line for all that is heard; its rows are taken and dropped."""
    line, batch = begun(base)

    def hear(frames: Sequence[bytes]) -> None:
        for _ in rows_of(frames, line, batch):
            pass

    return hear


def begun(base: int) -> tuple[Line, Batch]:
    """A line that is subscribed, upon an empty snapshot of version `base` if there is one."""
    batch = Batch()
    line = next(one for one in lines(batch) if one.name == "perp-public")
    market = Market(0, decode.SYMBOL, InstrumentKind.PERP)
    for channel in (Channel.TRADES, Channel.BBO, Channel.DEPTH):
        line.topics(Wish(market, channel))
    if base:
        snapshot = f'{{"lastUpdateId":{base},"bids":[],"asks":[]}}'.encode()
        line.answer(Fetch(market, "depth", ""), snapshot, 1)
    return line, batch


def rows_of(frames: Sequence[bytes], line: Line, batch: Batch) -> Iterator[Rows]:
    """All rows, in blocks, each heard as one burst."""
    listen = line.hear
    for n in range(0, len(frames), EVERY):
        block = frames[n : n + EVERY]
        recv = told_ns(block[-1]) + LINK_NS
        for frame in block:
            listen(frame, recv, 0)
        yield batch.take()
    said = line.tally
    if said.malformed or said.unknown or said.gaps:
        raise SystemExit(f"{said.malformed} malformed, {said.unknown} unknown, {said.gaps} gaps")


def told_ns(frame: bytes) -> int:
    """When the venue sent it: a frame heard long before that would be none to believe."""
    found = SENT.search(frame)
    if found is None:
        raise SystemExit(f"a frame without a time: {frame[:200]!r}")
    return int(found[1]) * 1_000_000


def main(found: task.Task) -> None:
    kind, _, how = found.variant.partition("-")
    if how == "typed":
        of_market.USABLE = False
    frames = decode.load(found, kind)
    decode.measure(found, frames, lambda: decoder(frames.base))


if __name__ == "__main__":
    main(task.from_command_line())
