"""The checksum of OKX's books.

docs-v5 "Order book channel" (read 2026-11-21): CRC32, as a signed 32-bit number, over the best 25 levels of
each side joined as `bid price:bid size:ask price:ask size:...` in the text as sent; where one side is
shorter, the other's levels follow alone. Since 2026-06-23 the venue always sends 0 and leaves continuity to
`seqId` and `prevSeqId`.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from itertools import zip_longest
from typing import Final

LEVELS: Final = 25


def checksum(bids: Sequence[Sequence[str]], asks: Sequence[Sequence[str]]) -> int:
    """Signed CRC32 of a book, best levels first; each level starts with price and size as sent."""
    parts: list[str] = []
    for bid, ask in zip_longest(bids[:LEVELS], asks[:LEVELS]):
        for level in (bid, ask):
            if level is not None:
                parts += level[:2]
    crc = zlib.crc32(":".join(parts).encode())
    return crc - (1 << 32) if crc >= 1 << 31 else crc
