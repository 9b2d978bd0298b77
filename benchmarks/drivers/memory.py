"""The `memory` suite: many messages through one decoder, and what the process holds after a tenth and after
all of them.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Final

from benchmarks.drivers import task

BLOCK: Final = 1 << 14
BASE: Final = 1000
MS: Final = 1_780_000_000_000


def messages(n: int) -> Iterator[bytes]:
    """Quotes, trades and depth in turn, as Binance writes them, around a price that swings."""
    for i in range(1, n + 1):
        px = 30_000.0 + abs(i % 2000 - 1000) / 10
        ms = MS + i // 10
        if i % 3 == 0:
            yield (
                f'{{"stream":"btcusdt@bookTicker","data":{{"e":"bookTicker","u":{BASE + i},"s":"BTCUSDT",'
                f'"b":"{px:.2f}","B":"1.250","a":"{px + 0.1:.2f}","A":"0.750","T":{ms},"E":{ms}}}}}'
            ).encode()
        elif i % 3 == 1:
            yield (
                f'{{"stream":"btcusdt@trade","data":{{"e":"trade","E":{ms},"T":{ms},"s":"BTCUSDT",'
                f'"t":{i // 3 + 1},"p":"{px:.2f}","q":"0.010","X":"MARKET","m":true}}}}'
            ).encode()
        else:
            last = BASE + i // 3 + 1
            bid, ask = px - i % 97 / 10, px + 0.1 + i % 89 / 10
            yield (
                f'{{"stream":"btcusdt@depth@0ms","data":{{"e":"depthUpdate","E":{ms},"T":{ms},"s":"BTCUSDT",'
                f'"U":{last},"u":{last},"pu":{last - 1},"b":[["{bid:.2f}","{i % 7}.000"]],'
                f'"a":[["{ask:.2f}","{i % 5}.000"]]}}}}'
            ).encode()


def resident_mb() -> float:
    """Of this process now, MB (10^6 bytes)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


async def main(found: task.Task) -> None:
    peer, _, number = found.variant.partition("-")
    n = int(number)
    hear: Callable[[Sequence[bytes]], None] = importlib.import_module(
        f"benchmarks.drivers.decode_{peer}"
    ).listener(BASE)
    heard, tenth = 0, 0.0
    source = messages(n)
    while block := list(islice(source, BLOCK)):
        hear(block)
        heard += len(block)
        if not tenth and heard >= n // 10:
            gc.collect()
            tenth = resident_mb()
    gc.collect()
    end = resident_mb()
    found.write(tenth_mb=tenth, end_mb=end, growth_mb=end - tenth, messages=float(heard))


if __name__ == "__main__":
    asyncio.run(main(task.from_command_line()))
