"""What the `decode` drivers share: the frames, the passes over them, and the figures.

A pass is every frame, one after the other, through a decoder in its first state: what a venue says twice is
not news, so a state cannot be used again. Standard library only, because peers' environments import it too.
"""

from __future__ import annotations

import gc
import json
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from benchmarks.drivers.task import Task

PASSES: Final = 3
SYMBOL: Final = "BTCUSDT"


class Frames(NamedTuple):
    frames: list[bytes]
    base: int
    """The version of an empty snapshot upon which the first depth message follows."""


class Decoder(NamedTuple):
    """`hear` takes all frames; `price` says afterwards what the last best bid is, 0.0 when it keeps none."""

    hear: Callable[[Sequence[bytes]], None]
    price: Callable[[], float]


def load(task: Task, kind: str) -> Frames:
    """Frames of `mix` or `depth`."""
    frames = (task.inputs / f"frames-{kind}.txt").read_bytes().split(b"\n")
    first: dict[str, Any] = json.loads(frames[0])["data"]
    return Frames(frames, int(first["U"]) if kind == "depth" else 0)


def measure(task: Task, found: Frames, make: Callable[[], Decoder]) -> None:
    """The median of a few passes, in us of the processor a message, each with a decoder of its own."""
    make().hear(found.frames[:2000])  # what is compiled or cached at first use
    taken = []
    for _ in range(PASSES):
        decoder = make()
        gc.collect()
        begun = time.process_time()
        decoder.hear(found.frames)
        taken.append(time.process_time() - begun)
    price = decoder.price()
    us = statistics.median(taken) / len(found.frames) * 1e6
    figures = {"us": us, "messages_per_s": 1e6 / us, "messages": float(len(found.frames))}
    task.write(**figures, **({"price": price} if price else {}))
