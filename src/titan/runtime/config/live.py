"""Settings of `titan run`: where it runs and with whom. None of them changes what a backtest decides."""

from __future__ import annotations

from typing import Literal

from titan.runtime.config.fields import Number, Section, setting


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
    record: bool = setting(False, "Whether the market data of the run are kept as tapes in its folder.")
    foreign_orders: Literal["adopt", "ignore", "close", "hold"] = setting(
        "hold",
        "What to do with orders at a venue that this run did not send. hold: entries there stay closed.",
    )
    foreign_positions: Literal["adopt", "ignore", "close", "hold"] = setting(
        "hold", "What to do with positions, and fills, that are not this run's."
    )
    foreign_balances: Literal["adopt", "ignore", "hold"] = setting(
        "hold", "What to do with money that came or went without this run."
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
