"""Withdrawals between the doubles of two venues, over unmodified ccxt: asked once, there, or back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest

from tests.doubles.servers import Running, running
from tests.execution.scripted import Prices, Stage
from titan.doubles.faults import Fault
from titan.doubles.rails import Rails, address_of
from titan.execution.sagas.saga import Parts
from titan.execution.sagas.table import saga_of
from titan.model.account import WithdrawalState
from titan.model.credentials import Credentials
from titan.model.errors import VenueRefused, VenueUnknown
from titan.model.events import Transfer
from titan.model.outcome import SagaOutcome
from titan.model.pair import PairEnd, TransferIntent
from titan.model.step import SagaStep
from titan.portfolio.entries import TRANSFERS, TRANSIT
from titan.portfolio.ledger import Ledger
from titan.runtime.config.live import VenueConfig, WithdrawConfig
from titan.runtime.trading.carrying import LiveCarrier
from titan.venues.addresses import Addresses
from titan.venues.gateway.gateway import Gateway, open_gateway

NS = 1_000_000_000
APPLY = {"binance": "POST /sapi/v1/capital/withdraw/apply", "bybit": "POST /v5/asset/withdraw/create"}
WALLET = {"binance": "spot", "bybit": "perp"}
OTHER = {"binance": "bybit", "bybit": "binance"}


def wish(source: str, **changes: Any) -> TransferIntent:
    made = TransferIntent(
        f"w-{source}", "s", "USDT", f"{source}.spot", f"{OTHER[source]}.spot", "250", "margin", 4 * NS,
        deadline_ns=20 * NS,
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


class Pair:
    """Two doubles on the same rails, a gateway to each, and a carrier."""

    def __init__(
        self, venues: dict[str, Running], gateways: dict[str, Gateway], payers: Mapping[str, Gateway],
        allowed: Mapping[str, list[str]],
    ) -> None:  # fmt: skip
        self.venues, self.gateways = venues, gateways
        configs = {
            name: VenueConfig(withdraw=WithdrawConfig(key="owner", to=allowed.get(name, [])))
            for name in venues
        }
        self.carrier = LiveCarrier(gateways, payers, configs)
        self.ledger = Ledger({}, currency="USDT")
        self.lines: list[msgspec.Struct] = []
        self.pages: list[str] = []

    def held(self, venue: str) -> Decimal:
        return self.venues[venue].world.account.total(WALLET[venue], "USDT")

    def left(self, venue: str) -> list[Decimal]:
        return [m.amount for m in self.venues[venue].world.account.history("withdrawal")]

    async def move(self, asked: TransferIntent) -> SagaOutcome:
        for name in self.venues:
            self.ledger.deposit(f"{name}.spot", "USDT", self.held(name), 1)
        stage = Stage()
        stage.desk._page = self.pages.append

        def booked(transfer: Transfer) -> None:
            self.lines.append(transfer)
            self.ledger.book_transfer(transfer)

        parts = Parts(
            {}.__getitem__, stage.desk, Prices(), self.lines.append, Random(1), time.time_ns,
            booked=self.ledger.balance, transferred=booked, carrier=self.carrier,
            worth=lambda wallet, asset: Decimal(1),
        )  # fmt: skip
        outcome = await asyncio.wait_for(saga_of(asked, parts).run(), 30)
        assert isinstance(outcome, SagaOutcome)
        return outcome

    def agrees(self) -> bool:
        """The books are what the venues hold, to the last unit, and nothing is on its way."""
        same = all(self.ledger.balance(f"{v}.spot", "USDT") == self.held(v) for v in self.venues)
        return same and not self.ledger.balance(TRANSIT, "USDT")


@asynccontextmanager
async def pair(
    *, payer: str = "owner", allowed: Mapping[str, list[str]] | None = None
) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        rails = Rails(seconds=0.3)
        venues, gateways, payers = dict[str, Running](), dict[str, Gateway](), dict[str, Gateway]()
        for name in ("binance", "bybit"):
            venue = venues[name] = await stack.enter_async_context(running(name))
            rails.join(name, venue.world.account)
            addresses = msgspec.convert(venue.addresses, Addresses)
            for key, into in (("trader", gateways), (payer, payers)):
                made = venue.world.keys.keys[key]
                credentials = Credentials(name, key, made.key, made.secret, made.passphrase)
                into[name] = open_gateway(
                    name, now=time.time_ns, addresses=addresses, credentials=credentials, timeout_ms=700
                )
                stack.push_async_callback(into[name].close)
        ways = {v: [f"{o} USDT TRC20 {address_of(o, 'USDT', 'TRX')}"] for v, o in OTHER.items()}
        yield Pair(venues, gateways, payers, ways if allowed is None else allowed)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.doubles.account.SETTLES_NS", NS // 5)


@pytest.mark.parametrize("source", ["binance", "bybit"])
async def test_money_comes_from_one_venue_to_the_other(source: str) -> None:
    async with pair() as both:
        before = {v: both.held(v) for v in both.venues}
        outcome = await both.move(wish(source))
        assert (outcome.end, both.pages) == (PairEnd.DONE, [])
        assert both.left(source) == [250]
        assert both.held(source) == before[source] - 250
        assert both.held(OTHER[source]) == before[OTHER[source]] + 249
        assert both.ledger.balance(TRANSFERS, "USDT") == 1
        assert both.agrees()


@pytest.mark.parametrize("source", ["binance", "bybit"])
async def test_a_lost_answer_is_looked_up(source: str) -> None:
    async with pair() as both:
        both.venues[source].inject(Fault(kind="timeout_after", match=APPLY[source], on="http"))
        outcome = await both.move(wish(source))
        assert (outcome.end, both.left(source)) == (PairEnd.DONE, [250])
        assert "look" in [one.step for one in both.lines if isinstance(one, SagaStep)]
        assert both.agrees()


@pytest.mark.parametrize("source", ["binance", "bybit"])
async def test_one_that_never_reached_its_venue_did_not_happen(source: str) -> None:
    async with pair() as both:
        both.venues[source].inject(Fault(kind="timeout_before", match=APPLY[source], on="http"))
        outcome = await both.move(wish(source, patience_ns=NS))
        assert (outcome.end, both.left(source)) == (PairEnd.ABORTED, [])
        assert both.agrees()


async def test_one_that_fails_is_back() -> None:
    async with pair() as both:
        both.venues["binance"].inject(Fault(kind="withdrawal_fails"))
        outcome = await both.move(wish("binance"))
        assert (outcome.end, len(both.pages)) == (PairEnd.ABORTED, 1)
        assert both.agrees()


async def test_one_that_is_late_is_told_of_and_comes() -> None:
    async with pair() as both:
        both.venues["bybit"].inject(Fault(kind="withdrawal_late", seconds=1.5))
        outcome = await both.move(wish("bybit", deadline_ns=NS))
        assert (outcome.end, len(both.pages)) == (PairEnd.DONE, 1)
        assert both.agrees()


async def test_the_key_that_trades_withdraws_nothing() -> None:
    async with pair(payer="trader") as both:
        outcome = await both.move(wish("binance"))
        assert (outcome.end, both.left("binance")) == (PairEnd.ABORTED, [])
        assert "may not withdraw" in both.pages[0]
        assert "give it that right" in both.pages[0]


async def test_without_a_key_of_its_own_nothing_leaves() -> None:
    async with pair() as both:
        both.carrier = LiveCarrier(
            both.gateways, {}, {"binance": VenueConfig(withdraw=WithdrawConfig(to=["bybit USDT TRC20 T1"]))}
        )
        with pytest.raises(VenueRefused, match="no key of binance may withdraw") as no:
            await both.carrier.send(wish("binance"))
        assert "titan keys add binance" in no.value.remedy


@pytest.mark.parametrize(
    ("allowed", "network", "says"),
    [
        ([], "", "no way"), (["bybit BTC BTC 1a"], "", "no way"), (["okx USDT TRC20 Ta"], "", "no way"),
        (["bybit USDT TRC20 Ta"], "ERC20", "no way"),
        (["bybit USDT TRC20 Ta", "bybit USDT ERC20 0xa"], "", "several ways"),
    ],
)  # fmt: skip
async def test_money_goes_to_allowed_addresses_only(allowed: list[str], network: str, says: str) -> None:
    async with pair(allowed={"binance": allowed}) as both:
        with pytest.raises(VenueRefused, match=says):
            await both.carrier.send(wish("binance", network=network))
        assert both.left("binance") == []


async def test_the_next_withdrawal_is_not_taken_for_the_one_before() -> None:
    async with pair() as both:
        first = await both.carrier.send(wish("bybit"))
        found = await both.carrier.sent(wish("bybit"), time.time_ns() - NS, first.id)
        assert found is not None
        assert found.id == first.id
        assert await both.carrier.sent(wish("bybit"), time.time_ns() + NS) is None
        assert await both.carrier.sent(wish("binance", id="another"), time.time_ns() - NS) is None
        async with asyncio.timeout(20):
            gone = found
            while gone.state is not WithdrawalState.SENT:
                asked = await both.carrier.sent(wish("bybit"), time.time_ns() - 60 * NS, first.id)
                assert asked is not None
                gone = asked
        assert len(gone.txid) == 64


async def test_the_same_name_is_not_paid_twice_at_bybit() -> None:
    async with pair() as both:
        await both.carrier.send(wish("bybit"))
        with pytest.raises((VenueRefused, VenueUnknown)):
            await both.carrier.send(wish("bybit"))
        assert both.left("bybit") == [250]
