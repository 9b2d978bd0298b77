"""Which network an address belongs to: money sent over another one is lost.

ccxt 4.5.90 knows OKX's chains only from its list of currencies, which it loads with a key, and at Kraken it
takes the first deposit method where none is called like the network. So that list is loaded before it is
needed, and the method is chosen here, or nothing is.
"""

from __future__ import annotations

from typing import Any

from titan.model.errors import VenueRefused
from titan.venues.gateway.account import Desk


class Networks:
    """Of one account. Networks are called as ccxt calls them: ERC20, TRC20, BTC."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._learnt = False

    async def learn(self) -> None:
        """Load the list of currencies where addresses cannot be told apart without it."""
        if self._learnt or self._desk.profile.venue != "okx":
            return
        client = self._desk.client
        found = await self._desk.caller.query(lambda: client.fetch_currencies())
        client.currencies = {**client.currencies, **found}
        client.currencies_by_id = client.index_by(client.currencies, "id")
        self._learnt = True

    async def asking(self, asset: str, network: str) -> dict[str, Any]:
        """What to ask for a deposit address with. Raises VenueRefused for a network that there is not."""
        await self.learn()
        if self._desk.profile.venue == "kraken":
            return {"method": await self._method(asset, network)}
        return {"network": network} if network else {}

    async def _method(self, asset: str, network: str) -> str:
        """Kraken's name for a way of depositing, as `Tether USD (TRC20)`; the only one if none is asked."""
        client = self._desk.client
        said = await self._desk.caller.query(lambda: client.fetch_deposit_methods(asset))
        names = [str(one.get("method")) for one in said]
        fitting = [name for name in names if network.upper() in name.upper()]
        if len(fitting) != 1:
            many = "several ways" if fitting else "no way"
            text = f"kraken has {many} to deposit {asset}{f' over {network}' if network else ''}"
            raise VenueRefused(text, remedy=f"name one of {', '.join(names)}")
        return fitting[0]
