"""The two JSON documents of a finished run, as typed nouns.

Unknown fields are ignored, so that a run of a newer Titan can still be read; fields that the page cannot do
without are required, and a document without them is refused with its name and the field.
"""

from __future__ import annotations

from decimal import Decimal

import msgspec

#: Amounts are written as text where they are exact and as numbers where they were measured.
Amount = str | int | float | None
Config = dict[str, msgspec.Raw]

SOURCES = ("funding", "basis", "fees", "slippage", "transfers", "stablecoin")


class Instrument(msgspec.Struct, frozen=True):
    id: str
    rows: int = 0
    first_ns: int = 0
    last_ns: int = 0
    kinds: dict[str, int] = {}


class Tape(msgspec.Struct, frozen=True):
    path: str
    fingerprint: str
    rows: int
    start_ns: int
    end_ns: int
    simulated: bool = False
    instruments: list[Instrument] = []


class Assumption(msgspec.Struct, frozen=True):
    topic: str
    text: str


class Check(msgspec.Struct, frozen=True):
    """One finding about the data. `level` is ok, note, warn or bad."""

    instrument: str
    check: str
    count: int = 0
    detail: str = ""
    level: str = "note"


class Stage(msgspec.Struct, frozen=True):
    """How many came to a stage on the way to a trade. `path` tells different ways apart."""

    stage: str
    count: int
    note: str = ""
    path: str = ""


class Refusal(msgspec.Struct, frozen=True):
    gate: str
    reason: str
    count: int


class Intervention(msgspec.Struct, frozen=True):
    """What stepped in. `kind` is margin, drawdown or delta."""

    ts_ns: int
    kind: str
    what: str
    detail: str = ""


class NearMiss(msgspec.Struct, frozen=True):
    """A signal refused by the least. `edge_bps` is what was left after costs: negative when short."""

    ts_ns: int
    pair: str
    z: float | None = None
    basis_bps: float | None = None
    executable_bps: float | None = None
    cost_bps: float | None = None
    edge_bps: float | None = None


class Incident(msgspec.Struct, frozen=True):
    """Something that befell the run, at a moment."""

    ts_ns: int
    text: str


class Fault(msgspec.Struct, frozen=True):
    """A kind of fault that was put in the run's way, and how often it came."""

    name: str
    count: int


class Law(msgspec.Struct, frozen=True):
    """What had to be so at the end, and the figures that say whether it is."""

    name: str
    kept: bool
    figures: str


class RunDocument(msgspec.Struct, frozen=True):
    """run.json: what was run, on what, and what happened on the way to a trade."""

    schema: int
    run_hash: str
    run_id: str
    strategy: str
    tape: Tape
    mode: str = "backtest"
    simulated: bool = False
    scenario: str | None = None
    capital: Amount = None
    seed: int | None = None
    started: str = ""
    titan: str = ""
    config: msgspec.Raw = msgspec.Raw(b"{}")
    assumptions: list[Assumption] = []
    data_quality: list[Check] = []
    funnel: list[Stage] = []
    refusals: list[Refusal] = []
    interventions: list[Intervention] = []
    near_misses: list[NearMiss] = []
    incidents: list[Incident] = []
    faults: list[Fault] = []
    played: list[Fault] = []
    """What the run did of each kind, where a story says what must come."""
    laws: list[Law] = []
    command: str = ""
    """How to play it again, where that is no backtest."""
    currency: str = "USDT"

    @property
    def made_up(self) -> bool:
        """True when the market was generated, whoever says so: the run or its tape."""
        return self.simulated or self.tape.simulated


class Benchmark(msgspec.Struct, frozen=True):
    """Something simpler with the same capital. `kind` is cash, harvest, coin or basket; empty in old runs."""

    name: str
    growth: float | None = msgspec.field(default=None, name="return")
    kind: str = ""
    note: str = ""
    annual_return: float | None = None
    sharpe: float | None = None
    max_drawdown: float | None = None


class ReportDocument(msgspec.Struct, frozen=True):
    """report.json: the figures. Every measure may be null where there was too little to measure."""

    run_hash: str
    nav_start: Amount
    nav_end: Amount
    pnl: dict[str, Amount]
    events: int = 0
    events_per_second: float | None = None
    orders: int = 0
    fills: int = 0
    trades: int = 0
    days: float | None = None
    max_drawdown: float | None = None
    sharpe: float | None = None
    sortino: float | None = None
    win_rate: float | None = None
    profit_factor: float | None = None
    exposure: float | None = None
    annual_return: float | None = None
    annual_volatility: float | None = None
    benchmarks: list[Benchmark] = []
    exit_cost: Amount = None
    ledger_matches_venue: bool | None = None


def exact(value: Amount) -> Decimal:
    """The amount as a Decimal: text exactly, a number by its shortest form; null counts as nothing."""
    return Decimal(0) if value is None else Decimal(str(value))
