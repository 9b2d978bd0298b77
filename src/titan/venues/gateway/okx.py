"""What ccxt leaves to its user at OKX: in which mode spot stops are traded.

okx.com/docs-v5 "POST / Place order" (`tdMode`) and "GET / Account configuration" (`acctLv`), read 2026-11-21:
spot is `cash` in the spot and the futures mode (1, 2) and `cross` in the multi-currency and the portfolio
margin mode (3, 4). In the futures mode `cross` on a spot market borrows. ccxt 4.5.90 always says `cross` for
stops on spot.
"""

from __future__ import annotations

from typing import Any, Final

from titan.venues.gateway.orders import Arguments

_CROSS: Final = ("3", "4")


class SpotMode:
    """The mode of one account, asked for once."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._level = ""

    async def fit(self, stop: Arguments) -> Arguments:
        """A spot stop as this account trades it. Raises ccxt's errors."""
        if not self._level:
            said = await self._client.privateGetAccountConfig()
            self._level = str(said["data"][0].get("acctLv"))
        if self._level not in _CROSS:
            return stop._replace(params={**stop.params, "tdMode": "cash"})
        return stop
