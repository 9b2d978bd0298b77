"""The `decode` suite with msgspec alone: each frame into its typed struct, numbers as numbers, and nothing
more. It is told beforehand what each frame is: the limit of a decoder in Python, not a peer.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.drivers import decode, task
from titan.venues.binance import frames as typed

_KINDS = {
    "depth": "depthUpdate",
    "bookTicker": "bookTicker",
    "trade": "trade",
    "markPrice": "markPriceUpdate",
}


def main(found: task.Task) -> None:
    frames = decode.load(found, found.variant)
    kinds = [frame[11 : frame.index(b'"', 11)].decode().split("@")[1] for frame in frames.frames]
    decoders = [typed.COMBINED[_KINDS[kind]].decode for kind in kinds]

    def hear(some: Sequence[bytes]) -> None:
        for read, frame in zip(decoders, some, strict=False):
            read(frame)

    decode.measure(found, frames, lambda: decode.Decoder(hear, lambda: 0.0))


if __name__ == "__main__":
    main(task.from_command_line())
