"""Withdrawals of the simulated venue: they take their time, cost their fee and lose nothing else."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from tests.simulation.scenes import PERP, SPOT, D
from tests.simulation.test_venue import Desk
from titan.model.account import WithdrawalState
from titan.model.errors import ConfigError, VenueRefused
from titan.model.pair import TransferIntent
from titan.simulation.assumptions import assumed
from titan.simulation.models import Models
from titan.simulation.withdrawals import SimCarrier

MODELS = Models(withdrawal_ns=600, withdrawal_fees={"USDT": D("1.5")})
OTHER = tuple(replace(one, venue="other") for one in (SPOT, PERP))
HERE, THERE = f"{SPOT.venue}.spot", "other.spot"
WISH = TransferIntent("w", "s", "USDT", HERE, THERE, "100", "margin")


class Between:
    def __init__(self) -> None:
        self.desk = Desk([], (SPOT, PERP, *OTHER), MODELS)
        self.desk.venue.deposit(HERE, "USDT", D(250))
        self.carrier = SimCarrier(self.desk.venue, MODELS, self.desk.clock)

    def held(self, wallet):
        return self.desk.venue.balances().get((wallet, "USDT"), D(0))


async def test_it_takes_its_time_and_costs_its_fee():
    one = Between()
    told = await one.carrier.send(WISH)
    assert (told.fee, told.state, told.txid) == (D("1.5"), WithdrawalState.PENDING, "")
    assert (one.held(HERE), one.held(THERE)) == (D(150), D(0))
    one.desk.clock.time = 599
    assert await one.carrier.arrived(WISH, "w", 0) is None
    one.desk.clock.time = 600
    sent = await one.carrier.sent(WISH, 0)
    assert sent is not None
    assert (sent.state, sent.txid) == (WithdrawalState.SENT, "w")
    for _ in range(2):  # credited once, however often it is asked about
        there = await one.carrier.arrived(WISH, sent.txid, 0)
        assert there is not None
        assert (there.amount, there.credited) == (D("98.5"), True)
    assert one.held(THERE) == D("98.5")
    assert one.desk.market.withdrawable(THERE, "USDT") == pytest.approx(98.5)


@pytest.mark.parametrize(
    "wrong", [{"amount": "251"}, {"amount": "1.5"}, {"target": "nowhere.spot"}, {"target": "other.perp"}]
)
async def test_what_cannot_be_is_refused(wrong):
    one = Between()
    wish = replace(WISH, **wrong)
    with pytest.raises(VenueRefused):
        await one.carrier.send(wish)
    assert one.held(HERE) == D(250)
    assert await one.carrier.sent(wish, 0) is None


async def test_what_had_left_before_a_restart_arrives_a_whole_way_later():
    one = Between()
    one.desk.clock.time = 50
    one.carrier.recall(WISH)
    one.desk.clock.time = 650
    assert await one.carrier.arrived(WISH, "w", 0)
    assert (one.held(HERE), one.held(THERE)) == (D(250), D("98.5"))


async def test_its_balances_are_the_venues():
    one = Between()
    assert {(b.wallet, b.asset): b.total for b in await one.carrier.fetch_balances()} == {
        (HERE, "USDT"): D(250)
    }


def test_the_report_says_what_is_assumed():
    said = dict(assumed(Models(withdrawal_ns=1_800_000_000_000, withdrawal_fees={"USDT": D(1)})))["transfers"]
    assert "30 minutes" in said
    assert "1 USDT" in said


def test_a_negative_fee_is_no_model():
    with pytest.raises(ConfigError):
        Models(withdrawal_fees={"USDT": D(-1)})
