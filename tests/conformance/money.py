"""Money that comes and goes, and the dead man's switch."""

from __future__ import annotations

import asyncio
import time
from decimal import Decimal

import pytest

from tests.conformance.cases import Needs, Place, case
from tests.conformance.trading_at import At, Clock, trading_at
from tests.doubles.tapes import lively
from titan.doubles.account import Movement
from titan.doubles.faults import Fault
from titan.model.errors import VenueRefused, VenueUnknown
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderState, OrderType, TimeInForce
from titan.venues.gateway.profile import PROFILES

ADDRESS = "TXYZopYRdj2D9XRtbG411XZZ3kM5VkAeBf"
PAYOUTS = {
    "binance": "POST /sapi/v1/capital/withdraw/apply", "bybit": "POST /v5/asset/withdraw/create",
    "okx": "POST /api/v5/asset/withdrawal", "kraken": "POST /0/private/Withdraw",
    "mexc": "POST /api/v3/capital/withdraw",
}  # fmt: skip


def once_where(claim: str) -> Needs:
    """Once at each venue whose profile claims it."""

    def needs(place: Place) -> bool:
        profile = PROFILES[place.venue]
        return bool(getattr(profile, claim)) and place.kind is profile.kinds[0]

    return needs


def pays_funding(place: Place) -> bool:
    """A perpetual of a venue that tells what funding was paid."""
    return place.kind is InstrumentKind.PERP and PROFILES[place.venue].funding


def withdrawn(at: At) -> list[Movement]:
    """The withdrawals that the double has seen."""
    return at.venue.world.account.history("withdrawal")


@case("O-16", "money is withdrawn once, and more than there is is refused", once_where("withdrawals"))
async def money_is_withdrawn(place: Place) -> None:
    async with trading_at(place) as at:
        assert at.gateway.withdrawals is not None
        pay, network = at.gateway.withdrawals.withdraw, "desk" if place.venue == "kraken" else "TRC20"
        said = await pay("USDT", Decimal("25.5"), ADDRESS, network=network)
        assert (said.asset, said.amount, said.address) == ("USDT", Decimal("25.5"), ADDRESS)
        assert said.id
        (left,) = withdrawn(at)
        assert (left.asset, left.amount, left.address) == ("USDT", Decimal("25.5"), ADDRESS)
        with pytest.raises(VenueRefused):
            await pay("USDT", Decimal(10**9), ADDRESS, network=network)
        assert len(withdrawn(at)) == 1


@case("O-17", "a withdrawal whose answer is lost is in doubt, not sent again", once_where("withdrawals"))
async def a_withdrawal_in_doubt_is_not_sent_again(place: Place) -> None:
    async with trading_at(place, timeout_ms=700) as at:
        assert at.gateway.withdrawals is not None
        at.venue.inject(Fault(kind="timeout_after", match=PAYOUTS[place.venue], on="http"))
        with pytest.raises(VenueUnknown):
            await at.gateway.withdrawals.withdraw("USDT", Decimal(12), ADDRESS, network="TRC20")
        assert [one.amount for one in withdrawn(at)] == [12]


@case("O-18", "deposit addresses are told, by network where there are several", once_where("deposits"))
async def deposit_addresses_are_told(place: Place) -> None:
    async with trading_at(place) as at:
        assert at.gateway.deposits is not None
        ask = at.gateway.deposits.deposit_address
        assert (await ask("BTC")).address
        named = await ask("USDT", "TRC20")
        assert (named.asset, named.network) == ("USDT", "TRC20")
        assert named.address
        other = await ask("USDT", "ERC20")
        assert (other.network, other.address != named.address) == ("ERC20", True)
        for asset, network in (("NOCOIN", ""), ("USDT", "NOCHAIN")):
            with pytest.raises(VenueRefused):
                await ask(asset, network)


@case("O-19", "funding that was paid is told, with its sign, and only since then", pays_funding)
async def funding_is_told(place: Place) -> None:
    clock = Clock()
    async with trading_at(place, tape=lively(funding_s=30), now=clock) as at:
        assert at.gateway.funding is not None
        began = time.time_ns()
        await at.send("f", type=OrderType.MARKET, tif=TimeInForce.IOC)
        await at.until(lambda: at.filled() > 0)
        lots = at.filled()
        clock.ahead_s = 31
        await at.until(lambda: bool(at.venue.world.account.funding))
        clock.ahead_s = 0
        (paid,) = at.venue.world.account.funding
        (told,) = await at.gateway.funding.funding_since(at.instrument.id, began)
        assert paid.amount < 0  # a long pays a positive rate
        assert (told.instrument, told.asset, told.amount) == (at.instrument.id, "USDT", paid.amount)
        assert told.venue_ns == paid.time_ns // 1_000_000 * 1_000_000
        assert told.rate in (0, paid.rate)
        assert told.position_lots in (0, lots)
        assert list(await at.gateway.funding.funding_since(at.instrument.id, told.venue_ns + 1)) == []


@case("O-20", "orders nobody holds any more are cancelled by the venue in time", once_where("switch"))
async def the_switch_cancels_in_time(place: Place) -> None:
    clock = Clock()
    async with trading_at(place, now=clock) as at:
        assert at.gateway.switch is not None
        desk, switch = at.venue.world.desk, at.gateway.switch

        async def rests(name: str) -> str:
            client_id = await at.send(name, far=0.05)
            await at.until(lambda: len(desk.open_orders()) == 1)
            return client_id

        held = await rests("held")
        await switch.cancel_all_after(10)
        clock.ahead_s = 6
        await switch.cancel_all_after(10)
        clock.ahead_s = 12
        await asyncio.sleep(0.1)
        assert len(desk.open_orders()) == 1  # it was asked again in time
        clock.ahead_s = 17
        await at.until(lambda: not desk.open_orders())
        found = await at.gateway.orders.find_order(held, at.instrument.id)
        assert found is not None
        assert found.state is OrderState.CANCELLED
        await rests("disarmed")
        await switch.cancel_all_after(10)
        await switch.cancel_all_after(0)
        clock.ahead_s = 28
        await asyncio.sleep(0.1)
        assert len(desk.open_orders()) == 1
