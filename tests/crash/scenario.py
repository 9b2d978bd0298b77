"""What a seed decides: the wish, the manners of venue and wire, and when the process is killed."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from tests.crash.market import HALF_TICKS, INSTRUMENTS, PERP, SPOT, START, Walk
from tests.crash.venue import Manners
from tests.crash.wire import NS, Faults
from titan.execution.sagas.table import SagaWish
from titan.model.bracket import BracketIntent
from titan.model.limit import LimitIntent
from titan.model.order import Side
from titan.model.pair import PairIntent, PairType, TransferIntent
from titan.model.signal import Purpose
from titan.model.twap import TwapIntent

ONE = ("pair", "twap", "limit", "bracket", "transfer", "withdrawal")
SAGAS = (*ONE, "reverse", "many")
OWNER = "BTC:core:1"
LENDER = "BTC:core:0"
STRATEGY = "crash"


@dataclass
class Scenario:
    """`kills` are journal entries of the whole story (at) or seconds from the start (moments)."""

    saga: str
    seed: int
    wish: SagaWish
    walk: Walk
    manners: Manners
    faults: Faults
    at_entries: list[int] = field(default_factory=list)
    at_seconds: list[float] = field(default_factory=list)
    downs: list[tuple[float, float]] = field(default_factory=list)
    """(from, for) seconds in which the venue does not answer."""
    blind: list[tuple[float, float]] = field(default_factory=list)
    """(from, for) seconds in which no price can be trusted."""
    halts_s: float = 0.0
    trades: list[tuple[float, int]] = field(default_factory=list)
    """Orders of somebody else in this process: they move the wallets while money is moved."""
    further: list[tuple[float, SagaWish]] = field(default_factory=list)
    """More wishes, and when they come: of other owners, and of the same instruments."""
    halted: str = ""
    """Which wish is halted; empty: the first."""
    lent: int = 0
    """Units of coins and shorts of another owner, whose coins a pair in reverse sells."""

    def wishes(self) -> list[SagaWish]:
        return [self.wish, *(wish for _, wish in self.further)]

    def holdings(self) -> dict[str, int]:
        """Units that each owner has before, short in the perp; a pair's with as much spot. One in reverse has
        sold them: a negative number.
        """
        lent = {LENDER: self.lent} if self.lent else {}
        return lent | {
            str(getattr(w, "position", "") or getattr(w, "owner", "")): held
            for w in self.wishes() if (held := _held(w))
        }  # fmt: skip


def scenario(saga: str, seed: int, *, kills: bool = True) -> Scenario:
    rng = Random(f"{saga}:{seed}")
    step_bps = rng.choice([0.3, 1.0, 3.0]) * (3 if saga == "bracket" else 1)
    calm = rng.random() < 0.15
    manners = Manners() if calm else Manners(
        reject=rng.choice([0, 0, 0.05, 0.2]), part=rng.choice([0, 0.2, 0.5]),
        nothing=rng.choice([0, 0.05, 0.2]), late=rng.choice([0, 0, 0, 0.5]),
    )  # fmt: skip
    faults = Faults() if calm else Faults(
        lose_request=rng.choice([0, 0.02, 0.1]), lose_answer=rng.choice([0, 0.05, 0.2]),
        lose_report=rng.choice([0, 0.05, 0.3]), double=rng.choice([0, 0.2]), slow=rng.choice([0, 0.05, 0.3]),
    )  # fmt: skip
    made = Scenario(saga, seed, _WISHES[saga](rng), Walk(Random(seed), step_bps), manners, faults)
    if isinstance(made.wish, LimitIntent):
        made.wish = _priced(made.wish, made.walk, rng)
    span = {"transfer": 20.0, "withdrawal": 300.0, "pair": 200.0, "reverse": 200.0}.get(saga, 100.0)
    if isinstance(made.wish, PairIntent) and made.wish.reverse:
        made.lent = made.wish.units + 1
    if saga == "many":
        _gather(made, rng, span)
    if kills:
        for _ in range(rng.choice([0, 1, 1, 2, 3, 5])):
            if rng.random() < 0.6:
                made.at_entries.append(rng.randint(1, 40))
            else:
                made.at_seconds.append(rng.random() ** 2 * span)
    if not calm and rng.random() < 0.3:
        made.downs.append((rng.random() * span / 2, rng.random() * 30))
    if not calm and rng.random() < 0.2:
        made.blind.append((rng.random() * span / 2, rng.random() * 10))
    if rng.random() < 0.1:
        made.halts_s = rng.random() * span
    if saga in ("transfer", "withdrawal"):
        made.trades = [(rng.random() * span, rng.choice([-1, 1])) for _ in range(rng.choice([0, 0, 3]))]
    return made


def _pair(rng: Random) -> PairIntent:
    units = rng.randint(1, 8)
    return PairIntent(
        id="run-s-1-pair", strategy=STRATEGY, pair="BTC", position=OWNER, type=PairType.CORE,
        purpose=rng.choice([Purpose.ENTRY, Purpose.EXIT]), spot=SPOT.id, perp=PERP.id, units=units,
        clip_units=rng.randint(1, 4), reason="wanted", gap_min_ns=3 * NS, gap_max_ns=9 * NS,
        leg_deadline_ns=2 * NS, slippage_cap_bps=10.0, arrival_cap_bps=rng.choice([15.0, 200.0]),
    )  # fmt: skip


def _reverse(rng: Random) -> PairIntent:
    """A vacuum: its entry sells the lender's coins."""
    from msgspec.structs import replace

    return replace(
        _pair(rng), id="run-s-1-reverse", position="BTC:vacuum:1", type=PairType.VACUUM, reverse=True,
    )  # fmt: skip


def _twap(rng: Random) -> TwapIntent:
    return TwapIntent(
        id="run-s-1-twap", strategy=STRATEGY, owner=OWNER, instrument=PERP.id,
        side=Side.BUY, purpose=rng.choice([Purpose.ENTRY, Purpose.EXIT]), lots=rng.randint(1, 40),
        slice_lots=rng.randint(1, 12), reason="wanted", gap_min_ns=2 * NS, gap_max_ns=8 * NS,
        slice_deadline_ns=2 * NS, deadline_ns=START + rng.choice([40, 3600]) * NS, slippage_cap_bps=10.0,
        arrival_cap_bps=rng.choice([20.0, 500.0]),
    )  # fmt: skip


def _limit(rng: Random) -> LimitIntent:
    return LimitIntent(
        id="run-s-1-limit", strategy=STRATEGY, owner=OWNER, instrument=PERP.id, side=Side.BUY,
        purpose=rng.choice([Purpose.ENTRY, Purpose.EXIT]), lots=rng.randint(1, 40), limit_ticks=0,
        reference_ticks=0, reason="wanted", patience_ns=rng.choice([10, 60]) * NS, look_ns=NS // 2,
        answer_ns=2 * NS, drift_bps=rng.choice([1.0, 5.0]), cap_bps=rng.choice([5.0, 50.0]),
        post_only=rng.random() < 0.7, convert=rng.random() < 0.6,
    )  # fmt: skip


def _priced(wish: LimitIntent, walk: Walk, rng: Random) -> LimitIntent:
    from msgspec.structs import replace

    mid = walk.mid_ticks(wish.instrument, START)
    off = rng.choice([-1, 1, 1, 20]) * HALF_TICKS[wish.instrument]
    return replace(wish, reference_ticks=mid, limit_ticks=mid - wish.side * off)


def _bracket(rng: Random) -> BracketIntent:
    side = rng.choice([Side.BUY, Side.SELL])
    return BracketIntent(
        id="run-s-1-bracket", strategy=STRATEGY, owner=OWNER, instrument=PERP.id, side=side,
        lots=rng.randint(1, 40), atr_ticks=rng.choice([200, 800]), reason="wanted", answer_ns=2 * NS,
        look_ns=NS // 2, entry_cap_bps=10.0, exit_cap_bps=10.0,
        deadline_ns=rng.choice([0, START + 120 * NS]), venue_stops=rng.random() < 0.7,
    )  # fmt: skip


def _transfer(rng: Random) -> TransferIntent:
    return TransferIntent(
        "run-s-1-transfer", STRATEGY, "USDT", "binance.spot", "binance.perp", str(rng.randint(1, 5000)),
        "split", 60 * NS,
    )  # fmt: skip


def _withdrawal(rng: Random) -> TransferIntent:
    return TransferIntent(
        "run-s-1-withdrawal", STRATEGY, "USDT", "binance.spot", "okx.spot", str(rng.randint(10, 5000)),
        "margin", 60 * NS, fee_limit=rng.choice(["", "0.5", "2"]),
        deadline_ns=rng.choice([120, 1800]) * NS,
    )  # fmt: skip


def _many(rng: Random) -> SagaWish:
    return _short(_WISHES[rng.choice(ONE)](rng), 1)


def _gather(made: Scenario, rng: Random, span: float) -> None:
    """More wishes beside the first: most within its life, each of an owner of its own."""
    for n in range(2, 3 + rng.randint(0, 3)):
        wish = _short(_WISHES[rng.choice(ONE)](rng), n)
        if isinstance(wish, LimitIntent):
            wish = _priced(wish, made.walk, rng)
        made.further.append((rng.choice([0.0, rng.random() ** 2 * span / 2]), wish))
    if rng.random() < 0.3:
        made.halts_s = rng.random() * span
    made.halted = rng.choice(made.wishes()).id


def _short(wish: SagaWish, n: int) -> SagaWish:
    """As the n-th of several. All stand short in the perp: owners who stood against each other could not
    reduce at a venue that knows their sum alone."""
    from msgspec.structs import replace

    name = f"{wish.id}-{n}"
    if isinstance(wish, PairIntent):
        return replace(wish, id=name, position=f"BTC:core:{n}")
    if isinstance(wish, TransferIntent):
        return replace(wish, id=name, amount=str(int(wish.amount) * 10 + n))
    owner = f"BTC:core:{n}"
    if isinstance(wish, BracketIntent):
        return replace(wish, id=name, owner=owner, side=Side.SELL)
    side = Side.BUY if _held(wish) else Side.SELL
    return replace(wish, id=name, owner=owner, side=side)  # type: ignore[call-arg]


def _held(wish: SagaWish) -> int:
    exits = getattr(wish, "purpose", None) is Purpose.EXIT
    held = int(getattr(wish, "units", getattr(wish, "lots", 0))) if exits else 0
    return -held if getattr(wish, "reverse", False) else held


_WISHES = {
    "pair": _pair,
    "reverse": _reverse,
    "twap": _twap,
    "limit": _limit,
    "bracket": _bracket,
    "transfer": _transfer,
    "withdrawal": _withdrawal,
    "many": _many,
}
assert set(INSTRUMENTS) == {SPOT.id, PERP.id}
