"""What is done about a difference that nothing explains, by the declared policy."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from titan.execution.comparison import Gap
from titan.execution.policy import Foreign, Policies, declared
from titan.execution.recovery_parts import Findings, Hands
from titan.execution.venue_ports import VenuePorts
from titan.model.account import VenuePosition
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import InstrumentKind
from titan.model.money import ZERO
from titan.model.order import OrderType, Side, TimeInForce
from titan.model.recovery import Baseline, Deposited, Found
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import HOUSE, Ledger


class Settling:
    """`baselines` is shared and grows by what is declared to be somebody else's."""

    def __init__(
        self, side: VenuePorts, ledger: Ledger, hands: Hands, policies: Policies,
        baselines: dict[tuple[str, str], Baseline], now: Callable[[], int],
    ) -> None:  # fmt: skip
        self._side, self._ledger, self._hands = side, ledger, hands
        self._policies, self._baselines, self._now = policies, baselines, now

    def position(self, gap: Gap, there: VenuePosition | None, found: Findings) -> None:
        policy = declared(self._policies.positions, self._side.venue, gap.subject)
        if policy in (Foreign.ADOPT, Foreign.CLOSE) and gap.subject not in self._ledger.instruments:
            done = f"it cannot be taken over ({policy}): this run does not trade it"
            self._say(Found.POSITION, gap, done, found, blocks=True)
        elif policy is Foreign.IGNORE:
            self._ignore(gap)
            self._say(Found.POSITION, gap, "somebody else's from now on", found)
        elif policy is Foreign.HOLD:
            self._say(
                Found.POSITION, gap, "declare what to do with it (foreign_positions)", found, blocks=True
            )
        else:
            self._adopt(gap, there)
            closes = policy is Foreign.CLOSE and self.close(gap.subject, int(gap.size))
            self._say(Found.POSITION, gap, "adopted and being closed" if closes else "adopted", found)

    def balance(self, gap: Gap, found: Findings) -> None:
        wallet, _, asset = gap.subject.partition(" ")
        policy = declared(self._policies.balances, self._side.venue, asset)
        taken = policy is Foreign.ADOPT and gap.size > 0 and asset == self._ledger.currency
        if taken:
            self._hands.deposit(Deposited(self._ours(wallet), asset, gap.size, self._now()))
            self._say(Found.BALANCE, gap, "taken into the books as capital", found)
        elif policy in (Foreign.ADOPT, Foreign.IGNORE):
            self._ignore(gap)
            self._say(Found.BALANCE, gap, "left out of the books from now on", found)
        else:
            self._say(Found.BALANCE, gap, "declare what to do with it (foreign_balances)", found, blocks=True)

    def _ours(self, wallet: str) -> str:
        """The wallet of the ledger in which money of this wallet of the venue is booked."""
        names = sorted({f"{i.venue}.{i.kind}" for i in self._side.instruments.values()})
        return wallet if wallet in names or not names else names[0]

    def _say(self, kind: Found, gap: Gap, done: str, found: Findings, *, blocks: bool = False) -> None:
        found.say(kind, gap.subject, gap.ours, gap.theirs, f"{done} ({gap.size:+f})", blocks=blocks)

    def _ignore(self, gap: Gap) -> None:
        venue = self._side.venue
        known = self._baselines.get((venue, gap.subject))
        amount = (known.amount if known is not None else ZERO) + gap.size
        baseline = Baseline(venue, gap.subject, amount, self._now())
        self._hands.journal(baseline)
        self._baselines[venue, gap.subject] = baseline

    def _adopt(self, gap: Gap, there: VenuePosition | None) -> None:
        """Booked as a fill that nobody reported, at the venue's entry price, without a fee."""
        rules, now, lots = self._ledger.instruments[gap.subject], self._now(), int(gap.size)
        price = there.entry or there.mark if there is not None else Decimal(0)
        ticks = rules.nearest_ticks(price) if price > 0 else self._decided(gap.subject)
        side = Side.BUY if lots > 0 else Side.SELL
        self._hands.hear(
            Fill(
                f"adopted-{gap.subject}-{now}", "", gap.subject, side, ticks, abs(lots), ZERO, rules.settle,
                Liquidity.TAKER, now, now,
            )
        )  # fmt: skip

    def close(self, instrument: str, foreign: int) -> bool:
        """Close what `foreign` signed lots, which are booked already, made of a perp's position; False where
        they made it smaller: then there is nothing to close.
        """
        rules, held = self._ledger.instruments[instrument], self._ledger.position(instrument).lots
        if rules.kind is not InstrumentKind.PERP or held * foreign <= 0:
            return False
        self._hands.close(
            Intent(
                id=f"reconcile-{instrument}-{self._now()}", strategy="", owner=HOUSE, instrument=instrument,
                side=Side.SELL if held > 0 else Side.BUY, lots=min(abs(held), abs(foreign)),
                purpose=Purpose.EXIT, reference_ticks=self._decided(instrument), type=OrderType.MARKET,
                tif=TimeInForce.IOC, reduce_only=True,
            )
        )  # fmt: skip
        return True

    def _decided(self, instrument: str) -> int:
        """What the position cost on average, in ticks; the price that is known without asking anybody."""
        rules, held = self._ledger.instruments[instrument], self._ledger.position(instrument)
        return rules.nearest_ticks(held.cost / rules.size(held.lots)) if held.lots else 1
