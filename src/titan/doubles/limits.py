"""Rate limits as venues count them: fixed windows of weight for each caller, then refusals, then a ban."""

from __future__ import annotations

import msgspec

SECOND_NS = 1_000_000_000


class Window(msgspec.Struct, frozen=True):
    """`name` as the venue's header writes it, as `1M`."""

    name: str
    seconds: int
    limit: int


class Verdict(msgspec.Struct, frozen=True):
    """`used` weight by window name. `status` is 200, 429 or 418, `retry_s` how long to stay away."""

    used: dict[str, int]
    status: int = 200
    retry_s: int = 0


class Limiter:
    """Weight by caller (an IP or a key) in windows that begin at whole multiples of their length.

    Over the limit: 429 until the window ends; `patience` more requests in that state: 418 for `ban_s`.
    """

    def __init__(self, *windows: Window, patience: int = 50, ban_s: int = 120) -> None:
        self.windows = windows
        self.patience = patience
        self.ban_s = ban_s
        self._used: dict[tuple[str, str], tuple[int, int]] = {}
        self._ignored: dict[str, int] = {}
        self._banned: dict[str, int] = {}

    def charge(self, caller: str, weight: int, now_ns: int) -> Verdict:
        used, retry = {}, 0
        if self._banned.get(caller, 0) > now_ns:
            return Verdict({}, 418, (self._banned[caller] - now_ns) // SECOND_NS + 1)
        for window in self.windows:
            at = now_ns // (window.seconds * SECOND_NS)
            began, before = self._used.get((caller, window.name), (at, 0))
            total = weight + (before if began == at else 0)
            self._used[caller, window.name] = at, total
            used[window.name] = total
            if total > window.limit:
                retry = max(retry, ((at + 1) * window.seconds * SECOND_NS - now_ns) // SECOND_NS + 1)
        if not retry:
            self._ignored.pop(caller, None)
            return Verdict(used)
        self._ignored[caller] = self._ignored.get(caller, 0) + 1
        if self._ignored[caller] > self.patience:
            self._banned[caller] = now_ns + self.ban_s * SECOND_NS
            return Verdict(used, 418, self.ban_s)
        return Verdict(used, 429, retry)
