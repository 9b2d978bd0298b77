"""Settings of the gates: what every order is held to, in every mode alike (the gates: `titan.risk.checks`).

Keys left out follow the strategy's own settings. Shares of the capital are Sentinel's (`sentinel.core_share`
...), the largest entry of one instrument stands in its file (`instrument.max_order_size`).
"""

from __future__ import annotations

from typing import Literal, Self

from pydantic import model_validator

from titan.runtime.config.fields import Money, Number, Section, relation, setting


class LimitsConfig(Section):
    """What the gates hold orders to. Exits and hedges meet only what says so."""

    max_order_usd: Money | None = setting(
        None,
        "Largest notional of an entry, at least sentinel.clip_usd and slippage; left out: twice clip_usd.",
        unit="quote", gt=0, limit="upper",
    )  # fmt: skip
    max_exit_usd: Money | None = setting(
        None, "Largest notional of an exit or a hedge; left out: the position is bound enough.",
        unit="quote", gt=0,
    )  # fmt: skip
    collar_bps: Number | None = setting(
        None,
        "How far a limit, of exits too, or the price decided on may stand beyond the price now; left out: "
        "five times sentinel.slippage_cap_bps and 50.",
        unit="bps", gt=0, le=10_000, limit="upper",
    )  # fmt: skip
    max_leverage: Number | None = setting(
        None,
        "Gross exposure after an entry, pending orders included, over NAV; left out: simulation.leverage.",
        unit="times", gt=0, le=3, limit="upper",
    )  # fmt: skip
    max_open_orders: int = setting(
        100, "Orders without an end, in all, at which entries wait.", unit="orders", ge=2, le=10_000,
        limit="upper",
    )  # fmt: skip
    max_open_orders_here: int = setting(
        20, "The same for one instrument.", unit="orders", ge=1, le=10_000, limit="upper"
    )
    orders_per_second: int = setting(
        10, "How many messages a second may leave for one venue before entries wait; exits count and go.",
        unit="a second", ge=1, le=1000, limit="upper",
    )  # fmt: skip
    burst: int = setting(
        50, "How many of them may leave at once.", unit="orders", ge=2, le=10_000, limit="upper"
    )
    self_trade: Literal["refuse", "cancel"] = setting(
        "refuse",
        "What becomes of an entry that would trade with our own order: refuse: that; cancel: what rests is "
        "cancelled first, as for exits always.",
    )
    blind_exits: bool = setting(False, "Whether exits and hedges may leave while no price can be trusted.")

    max_position_usd: Money | None = setting(
        None,
        "Largest position in one instrument after an entry, pending orders included; left out: "
        "sentinel.pair_limit_usd and a tenth.",
        unit="quote", gt=0, limit="upper",
    )  # fmt: skip
    delta_warn: Number = setting(
        0.02, "Delta of pairs, as a share of NAV, that is told to the operator (SEN-8).",
        unit="fraction", gt=0, le=1, limit="upper",
    )  # fmt: skip
    delta_hedge: Number = setting(
        0.05, "Delta of pairs, as a share of NAV, that is hedged at once (SEN-8).",
        unit="fraction", gt=0, le=1, limit="upper",
    )  # fmt: skip
    drawdown_halve: Number = setting(
        0.02, "Loss since the UTC day began at which entries are half their size for the day (SEN-8).",
        unit="fraction", gt=0, le=1, limit="upper",
    )  # fmt: skip
    drawdown_no_entries: Number = setting(
        0.04, "Loss since the UTC day began at which nothing is opened for the day (SEN-8).",
        unit="fraction", gt=0, le=1, limit="upper",
    )  # fmt: skip
    drawdown_flatten: Number = setting(
        0.06,
        "Loss since the UTC day began at which all pairs are closed, both legs together; it stays so until "
        "an operator lifts it (`titan halts lift`) (SEN-8).",
        unit="fraction", gt=0, le=1, limit="upper",
    )  # fmt: skip
    guard_seconds: Number = setting(
        0.0,
        "How often drawdown, delta and margin are looked at; 0: every 2 s on live data; in a backtest every "
        "10 s where the tape has books, else every 12 bars.",
        unit="s", ge=0, le=86_400,
    )  # fmt: skip

    @model_validator(mode="after")
    def _relations(self) -> Self:
        if self.max_open_orders_here > self.max_open_orders:
            raise relation(
                "max_open_orders_here", f"must be at most max_open_orders ({self.max_open_orders})"
            )
        for small, large in (
            ("delta_warn", "delta_hedge"), ("drawdown_halve", "drawdown_no_entries"),
            ("drawdown_no_entries", "drawdown_flatten"),
        ):  # fmt: skip
            if getattr(self, small) > getattr(self, large):
                raise relation(small, f"must be at most {large} ({getattr(self, large):g})")
        return self
