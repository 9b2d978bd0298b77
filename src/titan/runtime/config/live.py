"""Settings of `titan run`: where it runs and with whom. None of them changes what a backtest decides."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal, NamedTuple, Self

from pydantic import model_validator

from titan.runtime.config.fields import Number, Section, amounts, relation, setting

FOREIGN = Literal["adopt", "ignore", "close", "hold"]


class WithdrawConfig(Section):
    """Money that may leave a venue for another one of the run. Nothing may, unless this says so."""

    key: str = setting(
        "",
        "Name of a key that may withdraw, in the key store; the key that trades should not. With a double "
        "one of its keys (owner). Empty: no withdrawals from there.",
    )
    to: list[str] = setting(
        [],
        'Where money may go, as ["bybit USDT TRC20 ADDRESS MEMO"]: the venue it comes to, the asset, the '
        "network as ccxt names it, your address there, and a memo where the network asks for one.",
    )

    @model_validator(mode="after")
    def _forms(self) -> Self:
        self.ways()
        return self

    def ways(self) -> tuple[Way, ...]:
        """`to`, read."""
        found = []
        for text in self.to:
            parts = text.split()
            if len(parts) not in (4, 5):
                raise relation("to", f'"{text}" is not as "bybit USDT TRC20 ADDRESS MEMO"')
            found.append(Way(*parts))
        return tuple(found)


class Way(NamedTuple):
    """An address that money may be withdrawn to."""

    venue: str
    asset: str
    network: str
    address: str
    memo: str = ""


class VenueConfig(Section):
    """One venue of a run. It is left out while it has no instruments."""

    instruments: list[str] = setting(
        [], 'What is traded or watched there, as ["spot.BTCUSDT", "perp.BTCUSDT"]; none leaves the venue out.'
    )
    url_file: str = setting(
        "", "Addresses as `titan sim --json` prints them, beside this file; empty: the venue's real ones."
    )
    double: str = setting(
        "", "A double of the venue is started with the run, on this market: a scenario's name or a tape."
    )
    speed: Number = setting(
        1.0, "How much faster than recorded the double's market moves.", unit="times", gt=0, le=1000
    )
    key: str = setting(
        "", "The key's name in the key store (`titan keys list`); empty: the venue's only one, or a double's."
    )
    foreign_orders: FOREIGN | None = setting(None, "As live.foreign_orders, for this venue.")
    foreign_positions: FOREIGN | None = setting(None, "As live.foreign_positions, for this venue.")
    foreign_balances: Literal["adopt", "ignore", "hold"] | None = setting(
        None, "As live.foreign_balances, for this venue."
    )
    withdraw: WithdrawConfig = WithdrawConfig()


class VenuesConfig(Section):
    """By venue."""

    binance: VenueConfig = VenueConfig()
    bybit: VenueConfig = VenueConfig()
    kraken: VenueConfig = VenueConfig()
    mexc: VenueConfig = VenueConfig()
    okx: VenueConfig = VenueConfig()

    def used(self) -> dict[str, VenueConfig]:
        """The venues with instruments, by name."""
        found = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: venue for name, venue in found.items() if venue.instruments}


class LiveConfig(Section):
    """How `titan run` runs."""

    folder: str = setting(
        "", "Where the journal, the status and the tape of a run go; empty: runs/NAME of the config folder."
    )
    store: str = setting(
        "", "The journal's store: sqlite:///PATH or postgresql://user@host/name; empty: SQLite in the folder."
    )
    record: bool = setting(
        True, "Whether what the run hears is kept as a tape in its folder: what `titan replay` needs."
    )
    foreign_orders: FOREIGN = setting(
        "hold",
        "What to do with orders at a venue that this run did not send. hold: entries there stay closed.",
    )
    foreign_positions: FOREIGN = setting(
        "hold", "What to do with positions, and fills, that are not this run's."
    )
    foreign_balances: Literal["adopt", "ignore", "hold"] = setting(
        "hold", "What to do with money that came or went without this run."
    )
    balance_tolerances: list[str] = setting(
        [],
        'How far a balance may differ from the books, by asset, as ["USDT 0.01", "BNB 0.001"]: the rounding '
        "of a venue, or fees that were paid in it. Left out: not at all.",
    )
    reconcile_seconds: Number = setting(
        60.0, "How often each venue is asked what it knows of the account, while all is well.",
        unit="s", ge=5, le=3600,
    )  # fmt: skip
    settle_seconds: Number = setting(
        2.0, "How long a difference of positions or balances must last to be believed.",
        unit="s", ge=0.1, le=60,
    )  # fmt: skip
    grace_seconds: Number = setting(
        10.0, "How long an order that the venue does not know may be on its way before it is in doubt.",
        unit="s", ge=1, le=600,
    )  # fmt: skip
    page_after: int = setting(
        5, "Passes in a row that did not open a venue's gate before the operator is told.",
        unit="passes", ge=1, le=1000,
    )  # fmt: skip
    on_stop: Literal["leave", "flatten"] = setting(
        "leave",
        "What a stop does with what is held. leave: it stays, with its stops at the venue; flatten: it is "
        "closed, as far as stop_seconds allow.",
    )
    stop_seconds: Number = setting(
        10.0, "How long a stop waits for executions under way before it withdraws what rests.",
        unit="s", ge=0, le=600,
    )  # fmt: skip
    rehearse_seconds: Number = setting(
        0.003,
        "How often an order is made up and thrown away, so that a real one finds all caches warm; 0: never.",
        unit="s", ge=0, le=1,
    )  # fmt: skip
    status_seconds: Number = setting(
        1.0, "How often status.json and the status table are written anew.", unit="s", ge=0.05, le=60
    )
    frame_seconds: Number = setting(
        0.05,
        "How often the frame, what a console shows of markets and money, is written anew; 0: there is none.",
        unit="s", ge=0, le=60,
    )  # fmt: skip

    @model_validator(mode="after")
    def _forms(self) -> Self:
        self.tolerances()
        return self

    def tolerances(self) -> dict[str, Decimal]:
        """`balance_tolerances`, by asset."""
        return amounts("balance_tolerances", self.balance_tolerances)
