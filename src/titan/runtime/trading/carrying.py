"""Money between the venues of a run: by a key of its own, to the addresses that the config allows and no
others. What a venue tells as a deposit address is never paid to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from titan.model.account import Arrival, Balance, Withdrawal
from titan.model.errors import VenueRefused
from titan.model.instrument import venue_of
from titan.model.pair import TransferIntent
from titan.runtime.config.live import VenueConfig, Way
from titan.venues.gateway.gateway import Gateway
from titan.venues.gateway.payouts import Payouts


class LiveCarrier:
    """Implements Carrier over the gateways of a run. `payers` have the keys that may withdraw, by venue."""

    def __init__(
        self, gateways: Mapping[str, Gateway], payers: Mapping[str, Gateway],
        venues: Mapping[str, VenueConfig],
    ) -> None:  # fmt: skip
        self._gateways, self._payers = gateways, payers
        self._ways = {name: one.withdraw.ways() for name, one in venues.items()}

    async def send(self, wish: TransferIntent) -> Withdrawal:
        """Raises VenueRefused before anything is asked for where there is no way or no right."""
        source = venue_of(wish.source)
        way, pays = self._way(wish), self._payouts(source)
        for wallet in (wish.source, wish.target):
            if not wallet.endswith(".spot"):
                raise VenueRefused(f"{wallet} neither sends nor takes withdrawals", remedy="spot wallets do")
        limits = self._payers[source].limits
        if limits is not None and (await limits.key_rights()).withdraw is False:
            raise VenueRefused(
                f"the key that [venues.{source}.withdraw] names may not withdraw",
                remedy=f"give it that right at {source}, bound to your address there",
            )
        incoming = self._gateways[way.venue].deposits
        if incoming is not None:
            await incoming.into_trading()
        return await pays.withdraw(
            wish.asset, Decimal(wish.amount), way.address, network=way.network, tag=way.memo, name=wish.id
        )

    async def sent(self, wish: TransferIntent, since_ns: int, known: str = "") -> Withdrawal | None:
        """Asked with the key that trades, which may read."""
        told = self._gateways[venue_of(wish.source)].withdrawals
        if told is None:
            return None
        way = self._way(wish)
        return await told.find_withdrawal(
            wish.id, wish.asset, Decimal(wish.amount), way.address, since_ns, known
        )

    async def arrived(self, wish: TransferIntent, txid: str, since_ns: int) -> Arrival | None:
        incoming = self._gateways[venue_of(wish.target)].deposits
        return None if incoming is None else await incoming.find_arrival(txid, wish.asset, since_ns)

    async def fetch_balances(self) -> Sequence[Balance]:
        found: list[Balance] = []
        for gateway in self._gateways.values():
            found += await gateway.balances.fetch_balances()
        return found

    def _payouts(self, venue: str) -> Payouts:
        payer = self._payers.get(venue)
        if payer is None or payer.withdrawals is None:
            raise VenueRefused(
                f"no key of {venue} may withdraw",
                remedy=f"`titan keys add {venue}` one that may, and name it in [venues.{venue}.withdraw]",
            )
        return payer.withdrawals

    def _way(self, wish: TransferIntent) -> Way:
        source, target = venue_of(wish.source), venue_of(wish.target)
        fitting = [
            way for way in self._ways.get(source, ())
            if (way.venue, way.asset) == (target, wish.asset) and wish.network in ("", way.network)
        ]  # fmt: skip
        if len(fitting) != 1 or target not in self._gateways:
            many = "several ways" if len(fitting) > 1 else "no way"
            over = f" over {wish.network}" if wish.network else ""
            raise VenueRefused(
                f"[venues.{source}.withdraw] allows {many} for {wish.asset} to {target}{over}",
                remedy=f'name one: to = ["{target} {wish.asset} NETWORK ADDRESS"]',
            )
        return fitting[0]
