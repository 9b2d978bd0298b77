"""The simulated venue behind the ports: orders in, reports, balances and transfers out, over one exchange."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from titan.model.errors import InstrumentError, OrderError, VenueRefused
from titan.model.events import OrderReport, VenueEvent
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import InstrumentKind
from titan.model.order import OrderEvent, Side
from titan.model.position import Position
from titan.ports import Approved, Clock
from titan.simulation import records
from titan.simulation.accounts import Accounts
from titan.simulation.exchange import Exchange
from titan.simulation.margin import LAST_OF_WALLET
from titan.simulation.setup import wallet_of

_EVENTS: Final[dict[int, OrderEvent]] = {
    records.ACK: OrderEvent.ACCEPT,
    records.CANCELLED: OrderEvent.CANCEL,
    records.REJECTED: OrderEvent.REJECT,
    records.EXPIRED: OrderEvent.EXPIRE,
}

Report = tuple[int, int, int, int, int, int, int, int, int, int, float, float]
"""One REPORT record as Python numbers, in the order of its fields."""


class SimVenue:
    """Implements OrderEntry, Executions, Balances and Transfers of titan.ports.

    What our own account knows changes when reports are delivered, not when the exchange made them. Transfers
    are instantaneous and free. A liquidation is delivered as a fill of an order `liquidation-<n>` that nobody
    sent; its fee is net of what the insurance fund absorbed, so that balances and fills always agree.
    """

    def __init__(self, exchange: Exchange, clock: Clock) -> None:
        self.exchange = exchange
        self.accounts = Accounts(exchange.instruments, exchange.models)
        self._clock = clock
        self._index = {one.id: i for i, one in enumerate(exchange.instruments)}
        self._wallets = {wallet_of(one) for one in exchange.instruments}
        self._handles: dict[str, int] = {}
        self._clients: list[str] = []
        self._sink: Callable[[VenueEvent], None] | None = None
        self._reports = 0
        self._transfers = 0

    def deposit(self, wallet: str, asset: str, amount: Decimal) -> None:
        """Put money into a wallet from outside. Raises VenueRefused for a wallet that the venue does not
        have.
        """
        self.check_wallets(wallet)
        self.accounts.add(wallet, asset, amount)
        self.exchange.deposit(wallet, asset, float(amount))

    def restore(
        self, balances: Mapping[tuple[str, str], Decimal], positions: Sequence[Position], told: int
    ) -> None:
        """Stand as the books of before a restart say. `told` events were told then: names of fills and
        transfers go on from there."""
        for (wallet, asset), amount in balances.items():
            if wallet in self._wallets:
                self.deposit(wallet, asset, amount)
        for position in positions:
            inst = self._index[position.instrument]
            rules = self.exchange.instruments[inst]
            self.accounts.restore(inst, position.lots, position.cost)
            if position.lots and rules.kind is InstrumentKind.PERP:
                entry = float(abs(position.cost) / abs(position.lots) / rules.lot)
                self.exchange.restore_position(inst, position.lots, entry)
        self._reports = self._transfers = told

    def submit(self, order: Approved) -> None:
        """Send an approved order now. Raises InstrumentError or OrderError for what cannot be sent at all."""
        intent = order.intent
        inst = self._index.get(intent.instrument)
        if inst is None:
            raise InstrumentError(f"{intent.instrument} is not traded at this venue")
        if order.client_id in self._handles:
            raise OrderError(f"the client order id {order.client_id} was used before")
        handle = len(self._clients)
        self._handles[order.client_id] = handle
        self._clients.append(order.client_id)
        self.exchange.submit(
            handle,
            inst,
            intent.side,
            intent.type,
            intent.tif,
            intent.lots,
            intent.limit_ticks,
            intent.stop_ticks,
            intent.reduce_only,
            self._clock.now(),
        )

    def cancel(self, client_id: str) -> None:
        """Ask for a cancel now; an order that is already done answers nothing more than its last report."""
        handle = self._handles.get(client_id)
        if handle is None:
            raise OrderError(f"no order {client_id} was sent to this venue")
        self.exchange.cancel(handle, self._clock.now())

    def resting(self) -> Sequence[tuple[str, str, Side, int]]:
        """What rests at this moment: client id, instrument, side and the lots that are left."""
        state = self.exchange.state
        found = state.resting[: int(state.core[0]["resting"])]
        fields = zip(*(found[name].tolist() for name in ("handle", "inst", "side", "lots")))
        instruments = self.exchange.instruments
        return [(self._clients[h], instruments[i].id, Side(side), lots) for h, i, side, lots in fields]

    def subscribe(self, sink: Callable[[VenueEvent], None]) -> None:
        """Where `deliver` puts the events."""
        self._sink = sink

    def balances(self) -> dict[tuple[str, str], Decimal]:
        """As far as reports were delivered."""
        return self.accounts.balances()

    def transfer(self, asset: str, amount: Decimal, source: str, target: str) -> str:
        """Move free money between wallets, at once; returns the transfer's id. Raises VenueRefused."""
        self.check_wallets(source, target)
        self._check_free(source, asset, amount)
        self.accounts.transfer(asset, amount, source, target)
        self.exchange.deposit(source, asset, -float(amount))
        self.exchange.deposit(target, asset, float(amount))
        self._transfers += 1
        return f"transfer-{self._transfers}"

    def withdraw(self, wallet: str, asset: str, amount: Decimal) -> None:
        """Take free money out of a wallet. Raises VenueRefused."""
        self._check_free(wallet, asset, amount)
        self.accounts.pay_out(asset, amount, wallet)
        self.exchange.deposit(wallet, asset, -float(amount))

    def check_wallets(self, *wallets: str) -> None:
        """Raises VenueRefused for one that the venue does not have."""
        for wallet in wallets:
            if wallet not in self._wallets:
                raise VenueRefused(
                    f"there is no wallet {wallet}", remedy=f"one of {', '.join(sorted(self._wallets))}"
                )

    def _check_free(self, wallet: str, asset: str, amount: Decimal) -> None:
        free = self.exchange.withdrawable(wallet, asset)
        if free is not None and float(amount) > free * (1 + 1e-12):
            raise VenueRefused(f"transfer of {amount} {asset}: only {max(free, 0.0):.8f} is free in {wallet}")

    @property
    def next_report_ns(self) -> int:
        """Local time of the first report that `deliver` has not given yet; far away when there is none."""
        return self.exchange.next_report_ns

    def advance(self, until_ns: int) -> int:
        """Move the market to `until_ns`, or to the first report before it; returns the time reached."""
        return self.exchange.advance(until_ns)

    def deliver(self, now_ns: int) -> int:
        """Book what was heard by local time `now_ns` and tell the sink; returns how many events that were."""
        told = 0
        for report in self.exchange.reports(now_ns).tolist():
            self._reports += 1
            event = self._event(report)
            if event is not None and self._sink is not None:
                told += 1
                self._sink(event)
        return told

    def _event(self, report: Report) -> VenueEvent | None:
        handle, _, kind, reason, _, _, _, _, venue_ns, local_ns, _, _ = report
        if kind == records.FILL or kind == records.LIQUIDATED:
            return self._fill(report)
        if kind == records.FUNDING_PAID:
            return self._funding(report)
        event = _EVENTS.get(kind)
        if event is None:
            return None
        return OrderReport(self._clients[handle], event, venue_ns, local_ns, records.REASONS[reason])

    def _fill(self, report: Report) -> Fill:
        handle, inst, kind, reason, side, maker, ticks, lots, venue_ns, local_ns, _, _ = report
        instrument = self.exchange.instruments[inst]
        if kind == records.LIQUIDATED:
            client = f"liquidation-{self._reports}"
            fee = self.accounts.book_liquidation(inst, side, ticks, lots, reason == LAST_OF_WALLET)
        else:
            client = self._clients[handle]
            rate = instrument.fees.maker if maker else instrument.fees.taker
            fee = self.accounts.book_fill(inst, side, ticks, lots, rate)
        return Fill(
            id=f"{instrument.venue}-{self._reports}",
            client_id=client,
            instrument=instrument.id,
            side=Side(side),
            ticks=ticks,
            lots=lots,
            fee=fee,
            fee_asset=instrument.quote,
            liquidity=Liquidity.MAKER if maker else Liquidity.TAKER,
            venue_ns=venue_ns,
            local_ns=local_ns,
        )

    def _funding(self, report: Report) -> FundingPayment:
        _, inst, _, _, _, _, _, lots, venue_ns, local_ns, rate, mark = report
        instrument = self.exchange.instruments[inst]
        amount = self.accounts.book_funding(inst, lots, rate, mark)
        return FundingPayment(
            id=f"{instrument.venue}-{self._reports}",
            instrument=instrument.id,
            rate=Decimal(repr(rate)),
            position_lots=lots,
            mark=Decimal(repr(mark)),
            amount=amount,
            asset=instrument.settle,
            venue_ns=venue_ns,
            local_ns=local_ns,
        )
