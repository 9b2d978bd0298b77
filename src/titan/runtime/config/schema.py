"""Every setting of Titan: meaning, unit, rule and default. `titan config show` prints this page.

Where a figure comes from the requirements, its description names them (SEN-3, ...); the others are modest
starting points.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from titan.runtime.config.fields import Money, Number, Section, amounts, relation, setting
from titan.runtime.config.limits import LimitsConfig
from titan.runtime.config.live import LiveConfig, VenuesConfig


class RunConfig(Section):
    """What a run starts with."""

    capital: Money = setting(
        Decimal(100_000),
        "Capital at the start, in the quote asset; live it is what the venues say there is.",
        unit="quote", gt=0, account_wide=True,
    )  # fmt: skip
    quote: str = setting("USDT", "The asset in which capital, fees and profit are counted.")
    seed: int = setting(
        7,
        "Seed of every random draw: the same seed, tape and settings give the same run.",
        ge=0,
        le=2**63 - 1,
    )


class LatencyConfig(Section):
    """How long messages travel between us and the simulated exchange."""

    model: Literal["constant", "distribution", "recorded"] = setting(
        "constant",
        "constant: the delays below; distribution: log-normal around them; recorded: the feed delay of the "
        "tape's own receive stamps, orders as constant.",
    )
    order_ms: Number = setting(20.0, "From our send to the exchange's matching.", unit="ms", ge=0)
    response_ms: Number = setting(20.0, "From the exchange's report to us.", unit="ms", ge=0)
    feed_ms: Number = setting(10.0, "From a market event to our strategy.", unit="ms", ge=0)
    sigma: Number = setting(0.4, "Deviation of the logarithm of a delay; used by `distribution`.", ge=0, le=3)


class BarsConfig(Section):
    """What is assumed where a tape holds bars only; the report prints these assumptions."""

    half_spread_bps: Number = setting(
        1.0, "Assumed half spread around the last price.", unit="bps", ge=0, le=500
    )
    share: Number = setting(
        0.1, "Share of a bar part's volume taken to be on display.", unit="fraction", gt=0, le=1
    )


class FeeConfig(Section):
    """Fee rates that replace those of the instruments; leave a key out to keep the instrument's own."""

    maker_bps: Number | None = setting(None, "Maker fee; negative is a rebate.", unit="bps", ge=-100, le=1000)
    taker_bps: Number | None = setting(None, "Taker fee; negative is a rebate.", unit="bps", ge=-100, le=1000)


class FeesConfig(Section):
    spot: FeeConfig = FeeConfig()
    perp: FeeConfig = FeeConfig()


class SimulationConfig(Section):
    """The simulated exchange."""

    queue_model: Literal["risk_averse", "probability"] = setting(
        "risk_averse",
        "Our place in the queue of a price level. risk_averse: only trades move us forward; probability: "
        "cancellations ahead of us do so in proportion too.",
    )
    fill_on_touch: bool = setting(
        False,
        "Whether a resting order fills when the price only touches it; false asks that it trades through.",
    )
    margin_mode: Literal["cross", "isolated"] = setting(
        "cross", "cross: one futures wallet carries all positions; isolated: each carries its own margin."
    )
    leverage: Number = setting(
        3.0, "Leverage of perp positions (SEN-8: at most 3); margin utilisation is measured against it.",
        unit="times", ge=1, le=3, limit="upper",
    )  # fmt: skip
    withdrawal_minutes: Number = setting(
        30.0, "How long a withdrawal to another venue takes.", unit="min", ge=0, le=10_080
    )
    withdrawal_fees: list[str] = setting(
        ["USDT 1", "USDC 1", "BTC 0.0002", "ETH 0.002"],
        "What a withdrawal costs, by asset; others cost nothing.",
    )
    latency: LatencyConfig = LatencyConfig()
    bars: BarsConfig = BarsConfig()
    fees: FeesConfig = FeesConfig()

    @model_validator(mode="after")
    def _forms(self) -> Self:
        amounts("withdrawal_fees", self.withdrawal_fees)
        return self


class SentinelConfig(Section):
    """Market-neutral basis and funding arbitrage."""

    window: int = setting(
        720, "Samples in the rolling window of the basis.", unit="samples", ge=2, le=1_000_000
    )
    sample_seconds: Number = setting(
        0.0, "Time between samples; 0: each bar, or 10 s where the tape has books (1 s under an hour).",
        unit="s", ge=0, le=86_400,
    )  # fmt: skip
    min_warmup: int = setting(
        60, "Samples needed before the first signal.", unit="samples", ge=2, le=1_000_000, limit="lower"
    )
    entry_z: Number = setting(
        2.0, "EXPAND when the z-score of the basis is at least this (SEN-3).", unit="sd", gt=0, le=20
    )
    exit_z: Number = setting(
        0.0, "CONTRACT when the z-score is at most this (SEN-3).", unit="sd", ge=-20, le=20
    )
    min_edge_bps: Number = setting(
        1.0, "What must be left of the executable basis after fees, impact and expected funding.",
        unit="bps", ge=0, le=10_000, limit="lower",
    )  # fmt: skip
    core_share: Number = setting(
        0.80, "Share of the deployed capital for CORE pairs, held for funding (SEN-3: at most 0.80).",
        unit="fraction", ge=0, le=0.80, limit="upper", account_wide=True,
    )  # fmt: skip
    satellite_share: Number = setting(
        0.20, "Share of the deployed capital for SATELLITE pairs, held for the basis (SEN-3: at most 0.20).",
        unit="fraction", ge=0, le=0.20, limit="upper", account_wide=True,
    )  # fmt: skip
    deploy_share: Number = setting(
        0.90, "Share of the capital that may be deployed; the rest is the reserve.",
        unit="fraction", gt=0, le=1, limit="upper", account_wide=True,
    )  # fmt: skip
    futures_share: Number = setting(
        0.50, "Share of the capital that backs the perp legs: the futures wallet at the start.",
        unit="fraction", gt=0, lt=1, account_wide=True,
    )  # fmt: skip
    funding_hurdle_apr: Number = setting(
        0.05, "A CORE pair opens when the annualised funding forecast is above this.",
        unit="fraction a year", ge=0, le=10, limit="lower",
    )  # fmt: skip
    funding_exit_intervals: int = setting(
        3, "A CORE pair closes after this many funding intervals with a negative forecast (SEN-3).",
        unit="intervals", ge=1, le=1000,
    )  # fmt: skip
    forecast_halflife: Number = setting(
        3.0, "Half-life of the weights of the funding forecast.", unit="intervals", gt=0, le=1000
    )
    clip_usd: Money = setting(
        Decimal(500), "Largest clip of a paired TWAP, so the largest imbalance (SEN-4: at most 500).",
        unit="quote", gt=0, le=500, limit="upper",
    )  # fmt: skip
    gap_seconds_min: Number = setting(
        30.0, "Shortest gap between two clips (SEN-4).", unit="s", ge=0, le=86_400
    )
    gap_seconds_max: Number = setting(
        90.0, "Longest gap between two clips (SEN-4).", unit="s", ge=0, le=86_400
    )
    leg_deadline_ms: Number = setting(
        2000.0, "A leg not filled by then aborts its pair.", unit="ms", gt=0, le=600_000, limit="upper"
    )
    slippage_cap_bps: Number = setting(
        10.0,
        "Slippage against the arrival price that aborts a pair.",
        unit="bps",
        gt=0,
        le=10_000,
        limit="upper",
    )
    sample_skew_ms: Number = setting(
        2000.0, "Quotes of the two legs further apart than this make no sample of the basis.",
        unit="ms", ge=0, le=3_600_000,
    )  # fmt: skip
    hold_hours: Number = setting(
        8.0, "Expected holding time of a satellite: the funding that its edge counts on.",
        unit="h", ge=0, le=720,
    )  # fmt: skip
    max_age_s: Number = setting(
        0.0,
        "A quote older than this is not a price; 0 takes twice the sampling time.",
        unit="s",
        ge=0,
        le=86_400,
    )
    pair_limit_usd: Money = setting(
        Decimal(30_000), "Largest notional of one leg of one pair.", unit="quote", gt=0, limit="upper"
    )
    margin_top_up: Number = setting(
        0.30,
        "Margin utilisation above which idle quote moves to the futures wallet, down to the middle between "
        "this and margin_floor (SEN-7, tier 1).",
        unit="fraction", gt=0, le=1, limit="upper", account_wide=True,
    )  # fmt: skip
    margin_ceiling: Number = setting(
        0.50,
        "Margin utilisation above which coins are sold and the shorts they cover closed, and the proceeds "
        "moved to the futures wallet, until it is margin_top_up (SEN-7, tier 2).",
        unit="fraction", gt=0, le=1, limit="upper", account_wide=True,
    )  # fmt: skip
    margin_floor: Number = setting(
        0.10,
        "Margin utilisation below which profit of the shorts moves to spot and the pair grows by it "
        "(SEN-7, tier 3).",
        unit="fraction", ge=0, le=1, account_wide=True,
    )  # fmt: skip
    check_seconds: Number = setting(
        3600.0, "How often unfinished exits, and entries not made at their signal, are tried again.",
        unit="s", gt=0, le=86_400, account_wide=True,
    )  # fmt: skip
    vacuum_liquidations_usd: Money = setting(
        Decimal(1_000_000),
        "Liquidations of a base within vacuum_window_s that make a vacuum, longs and shorts at all venues of "
        "the run together (SEN-6); 0: no vacuums.",
        unit="quote", ge=0,
    )  # fmt: skip
    vacuum_window_s: Number = setting(
        300.0, "How far back liquidations are summed.", unit="s", ge=1, le=86_400
    )
    vacuum_entry_bps: Number = setting(
        -50.0,
        "A vacuum opens only with the basis at most here, at the mids and as it can be traded: it sells "
        "coins that other pairs hold and buys the perp, out of the reserve (SEN-6: at most -50).",
        unit="bps", ge=-10_000, le=-50, limit="upper",
    )  # fmt: skip
    vacuum_target_bps: Number = setting(
        -5.0, "It has converged, and is closed, once the basis is at least here.",
        unit="bps", ge=-10_000, le=10_000,
    )  # fmt: skip
    vacuum_hold_hours: Number = setting(4.0, "Its time limit.", unit="h", gt=0, le=720, limit="upper")
    vacuum_loss_bps: Number = setting(
        100.0, "Its loss limit: how far the basis may fall below the one it was opened at.",
        unit="bps", gt=0, le=10_000, limit="upper",
    )  # fmt: skip

    routing: bool = setting(
        True,
        "Whether a pair is opened with the best spot and the best perp of its base on all venues of the run "
        "(SEN-5); false: with those of the venue whose signal it was.",
        account_wide=True,
    )
    cross_hurdle_bps: Number = setting(
        5.0,
        "By how much a route over two venues must be better than the best single venue, all costs counted.",
        unit="bps", ge=0, le=1000, limit="lower", account_wide=True,
    )  # fmt: skip
    core_hold_days: Number = setting(
        14.0, "Expected holding time of a CORE pair, over which routing counts funding and withdrawals.",
        unit="days", gt=0, le=3650, account_wide=True,
    )  # fmt: skip
    rebalance_days: Number = setting(
        7.0, "How long a pair over two venues is expected to stand until quote must be moved between them.",
        unit="days", gt=0, le=3650, account_wide=True,
    )  # fmt: skip
    rebalance_venues: bool = setting(
        True,
        "Whether quote is withdrawn to a venue whose shorts need margin and whose own wallets have none left "
        "(SEN-7). On live data only along the ways that [venues.X.withdraw] names, with its key; in a "
        "backtest between any two venues of the tape.",
        account_wide=True,
    )
    rebalance_share: Number = setting(
        0.05, "A smaller part of NAV than this is not withdrawn.", unit="share of NAV", ge=0.001, le=1,
        account_wide=True,
    )  # fmt: skip
    rebalance_cost_bps: Number = setting(
        50.0, "What a withdrawal may cost at most, of the amount that it carries.", unit="bps", ge=0, le=1000,
        account_wide=True,
    )  # fmt: skip
    withdrawal_cost: Money = setting(
        Decimal(1),
        "What a withdrawal of quote costs where withdrawal_costs says nothing: about what large venues ask "
        "for USDT over a cheap network.",
        unit="quote", ge=0, le=1000, account_wide=True,
    )  # fmt: skip
    withdrawal_costs: list[str] = setting(
        [],
        'The same by venue and asset, fee and network together, as ["kraken USDT 2.5", "okx USDC 0.8"].',
        account_wide=True,
    )

    def withdrawals(self) -> dict[str, Decimal]:
        """`withdrawal_costs`, by `venue ASSET`."""
        found: dict[str, Decimal] = {}
        for text in self.withdrawal_costs:
            words = text.split()
            try:
                found[" ".join(words[:-1])] = cost = Decimal(words[-1] if words else "")
            except InvalidOperation:
                cost = Decimal(-1)
            if len(words) != 3 or not cost.is_finite() or cost < 0:
                raise relation("withdrawal_costs", f'"{text}" is no venue, asset and cost, as "okx USDC 0.8"')
        return found

    @model_validator(mode="after")
    def _relations(self) -> Self:
        self.withdrawals()
        if self.exit_z >= self.entry_z:
            raise relation("exit_z", f"must be below entry_z ({self.entry_z:g})")
        if self.min_warmup > self.window:
            raise relation("min_warmup", f"must be at most window ({self.window})")
        if self.gap_seconds_min > self.gap_seconds_max:
            raise relation("gap_seconds_min", f"must be at most gap_seconds_max ({self.gap_seconds_max:g})")
        if self.vacuum_target_bps <= self.vacuum_entry_bps:
            raise relation("vacuum_target_bps", f"must be above vacuum_entry_bps ({self.vacuum_entry_bps:g})")
        if self.margin_top_up > self.margin_ceiling:
            raise relation("margin_top_up", f"must be at most margin_ceiling ({self.margin_ceiling:g})")
        if self.margin_floor > self.margin_top_up:
            raise relation("margin_floor", f"must be at most margin_top_up ({self.margin_top_up:g})")
        return self


class ReportConfig(Section):
    """How the performance figures of a report are scaled."""

    risk_free_apr: Number = setting(
        0.0, "Yearly rate taken off returns in Sharpe and Sortino.", unit="fraction a year", ge=-1, le=1
    )
    days_per_year: int = setting(
        365, "Days of a year when figures are annualised; crypto never closes.", unit="days", ge=1, le=366
    )
    compare_with_harvest: bool = setting(
        True,
        "Whether a backtest also plays plain funding harvesting, to compare: its tape is played twice.",
    )


class InstrumentRules(Section):
    """What may be said of one instrument."""

    maker_bps: Number | None = setting(
        None, "Maker fee of this instrument; negative is a rebate.", unit="bps", ge=-100, le=1000
    )
    taker_bps: Number | None = setting(
        None, "Taker fee of this instrument; negative is a rebate.", unit="bps", ge=-100, le=1000
    )
    max_leverage: Number | None = setting(
        None,
        "Leverage allowed on this instrument; never above simulation.leverage.",
        unit="times",
        ge=1,
        le=3,
    )
    max_order_size: Money | None = setting(
        None, "Largest entry on this instrument, in base units; left out: limits.max_order_usd alone.", gt=0
    )


class InstrumentConfig(Section):
    """One file of `instruments/`: the instrument's own rules, and the Sentinel settings it changes."""

    instrument: InstrumentRules = InstrumentRules()
    sentinel: dict[str, bool | int | float | Decimal | str] = Field(default_factory=dict)

    @field_validator("sentinel")
    @classmethod
    def _exact(cls, values: dict[str, bool | int | float | Decimal | str]) -> dict[str, object]:
        """Amounts as Decimal, also when read back from the text of `Config.canonical`."""
        kinds = {key: SentinelConfig.model_fields[key].annotation for key in values}
        return {key: Decimal(value) if kinds[key] is Decimal else value for key, value in values.items()}


class Root(Section):
    """The tables of `titan.toml`."""

    run: RunConfig = RunConfig()
    simulation: SimulationConfig = SimulationConfig()
    sentinel: SentinelConfig = SentinelConfig()
    limits: LimitsConfig = LimitsConfig()
    report: ReportConfig = ReportConfig()
    live: LiveConfig = LiveConfig()
    venues: VenuesConfig = VenuesConfig()

    @model_validator(mode="after")
    def _relations(self) -> Self:
        largest, clip = self.limits.max_order_usd, self.sentinel.clip_usd
        if largest is not None and largest < clip:
            raise relation(
                "limits.max_order_usd",
                f"must be at least sentinel.clip_usd ({clip}): a clip leaves whole or not at all",
            )
        return self
