"""SEN-P2: CORE + SATELLITE + VACUUM never exceed the capital, and each keeps to its share."""

from __future__ import annotations

from decimal import Decimal as D

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.strategies.sentinel.vacuum_world import UNIT, Second, World
from titan.execution.gatekeeper import Gatekeeper
from titan.execution.sagas.legs import leg_sides
from titan.model.fill import Fill, Liquidity
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.model.order import Side
from titan.model.pair import PairType
from titan.model.signal import Intent, Purpose
from titan.portfolio.ledger import Ledger
from titan.risk.capital import CapitalPolicy
from titan.risk.gates import Approved, approve
from titan.risk.standing import Limits, Standing
from titan.runtime.assembly import limits
from titan.runtime.config import Config
from titan.strategies.sentinel.capital import HEADROOM, capital_of
from titan.strategies.sentinel.params import SentinelParams
from titan.strategies.sentinel.vacuum import room

RULES = {
    kind: Instrument(
        "v", kind, "BTCUSDT", "BTC", "USDT", D("0.1"), D("0.0001"), FeeSchedule(maker=D(0), taker=D(0))
    )
    for kind in InstrumentKind
}
RULES_BY_ID = {rules.id: rules for rules in RULES.values()}
SPOT, PERP = RULES[InstrumentKind.SPOT], RULES[InstrumentKind.PERP]
PARAMS = SentinelParams(window=64, warmup=60)
shares = st.integers(0, 100).map(lambda n: D(n) / 100)


@st.composite
def policies(draw: st.DrawFn) -> CapitalPolicy:
    core = draw(shares)
    satellite = min(draw(shares), 1 - core)
    rates = st.decimals("0", "3", places=2, allow_nan=False)
    return CapitalPolicy(draw(shares), core, satellite, D(1), draw(rates))


orders = st.tuples(
    st.sampled_from(list(PairType)),
    st.sampled_from(list(InstrumentKind)),
    st.sampled_from([Purpose.ENTRY, Purpose.ENTRY, Purpose.ENTRY, Purpose.EXIT, Purpose.HEDGE]),
    st.integers(1, 3_000_000),
    st.integers(1, 2_000_000),
)


@settings(max_examples=200, deadline=None)
@given(policies(), st.decimals("0.01", "1000000", places=2, allow_nan=False), st.lists(orders, max_size=20))
def test_sen_p2_every_type_keeps_to_its_share(
    policy: CapitalPolicy, capital: D, wishes: list[tuple[PairType, InstrumentKind, Purpose, int, int]]
) -> None:
    limits = Limits(max_order_notional=D(10) ** 15, max_leverage=D(10) ** 9, capital=policy)
    deployed = dict.fromkeys(PairType, D(0))
    for n, (kind, leg, purpose, lots, ticks) in enumerate(wishes):
        rules = RULES[leg]
        intent = Intent(str(n), "s", f"BTC:{kind}:1", rules.id, Side.BUY, lots, purpose, ticks)
        standing = Standing(rules, ticks, capital, D(0), reducible_lots=-lots, deployed=dict(deployed))
        order = approve(intent, standing, limits)
        if purpose is not Purpose.ENTRY:
            assert isinstance(order, Approved), "exits and hedges always may"
            assert order.intent == intent
            continue
        if isinstance(order, Approved):
            deployed[kind] += rules.notional(ticks, order.intent.lots) * policy.rate(leg)
        for each, used in deployed.items():
            assert used <= policy.allowance(each, capital)
        assert sum(deployed.values()) <= capital
        if not isinstance(order, Approved) or order.shrinks:
            # nothing was kept back without need: one more lot would have passed a limit
            more = deployed[kind] + rules.notional(ticks, 1) * policy.rate(leg)
            others = sum(deployed.values()) - deployed[kind]
            assert more > policy.allowance(kind, capital) or more + others > capital


@given(policies(), st.decimals("0", "1000000", places=2, allow_nan=False))
def test_sen_p2_the_shares_fit_into_the_capital(policy: CapitalPolicy, capital: D) -> None:
    whole = sum(policy.allowance(kind, capital) for kind in PairType)
    assert whole <= capital
    assert policy.allowance(PairType.VACUUM, capital) == capital - capital * policy.deploy_share
    split = msgspec.structs.replace(policy, core_share=D("0.8"), satellite_share=D("0.2"))
    assert sum(split.allowance(kind, capital) for kind in PairType) == capital


class Books:
    """The gatekeeper over a real ledger at still prices, so that capital is what was paid in."""

    CAPITAL = D(100_000)

    def __init__(self, params: SentinelParams) -> None:
        self.ledger = Ledger(RULES_BY_ID, currency="USDT")
        for wallet in ("v.spot", "v.perp"):
            self.ledger.deposit(wallet, "USDT", self.CAPITAL / 2, 0)
        self.policy = limits(params, Config()).capital
        self.marks = {rules.id: D(50_000) for rules in RULES.values()}
        self.gate = Gatekeeper(
            RULES_BY_ID, self.ledger, Limits(D(10) ** 9, max_leverage=D(10), capital=self.policy),
            marks=lambda: dict(self.marks), mid_ticks=lambda _: 500_000,
        )  # fmt: skip
        self.count = 0

    def trade(self, owner: str, units: int, purpose: Purpose, buys_spot: bool) -> bool:
        """Both legs of a clip of 0.001 BTC a unit, as the pair saga asks for them; filled where they pass."""
        sides = leg_sides(buys_spot)
        passed: list[Approved] = []
        for rules, side in zip((SPOT, PERP), sides, strict=True):
            self.count += 1
            intent = Intent(str(self.count), "s", owner, rules.id, side, units * 10, purpose, 500_000)
            answer = self.gate(intent, passed)
            if not isinstance(answer, Approved):
                return False
            passed.append(answer)
        for order in passed:
            fill = Fill(
                order.client_id, order.client_id, order.intent.instrument, order.intent.side, 500_000,
                order.intent.lots, D(0), "USDT", Liquidity.TAKER, 1, 1,
            )  # fmt: skip
            self.ledger.book_fill(fill, reference_ticks=500_000, owner=owner)
        return True

    def held(self, owner: str) -> int:
        """Units, by the ledger: of a vacuum those that it has sold."""
        return int(abs(self.ledger.holding(owner, SPOT.id)) * 1000)

    def deployed(self) -> dict[PairType, D]:
        """Capital tied up by type, counted from the ledger by the plainest means."""
        found = dict.fromkeys(PairType, D(0))
        for owner in self.ledger.holders():
            for kind in PairType:
                if f":{kind}:" in owner:
                    spot, perp = (abs(self.ledger.holding(owner, rules.id)) for rules in (SPOT, PERP))
                    found[kind] += (spot + perp * self.policy.perp_rate) * 50_000
        return found


clips = st.tuples(
    st.sampled_from(list(PairType)), st.booleans(), st.integers(1, 2000), st.sampled_from([1, 1, 1, 2])
)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 100), st.integers(0, 80), st.integers(0, 20), st.integers(20, 80),
    st.lists(clips, max_size=25),
)  # fmt: skip
def test_sen_p2_holdings_of_all_three_types_keep_to_their_shares(
    deploy: int, core: int, satellite: int, futures: int, wishes: list[tuple[PairType, bool, int, int]]
) -> None:
    """Through the real gatekeeper and the real ledger; a vacuum sells coins and buys the perp."""
    params = SentinelParams(
        deploy_share=D(deploy) / 100, core_share=D(core) / 100, satellite_share=D(satellite) / 100,
        futures_share=D(futures) / 100,
    )  # fmt: skip
    books = Books(params)
    share = {
        PairType.CORE: params.deploy_share * params.core_share,
        PairType.SATELLITE: params.deploy_share * params.satellite_share,
        PairType.VACUUM: 1 - params.deploy_share,
    }
    for kind, entry, units, serial in wishes:
        owner, reverse = f"BTC:{kind}:{serial}", kind is PairType.VACUUM
        if entry:
            books.trade(owner, units, Purpose.ENTRY, not reverse)
        else:
            out = min(units, books.held(owner))
            assert not out or books.trade(owner, out, Purpose.EXIT, reverse), "an exit always may"
        used = books.deployed()
        for each in PairType:
            assert used[each] <= books.CAPITAL * share[each]
        assert sum(used.values()) <= books.CAPITAL


@given(
    st.decimals("0", "1e7", places=2, allow_nan=False), st.decimals("0", "1e6", places=2, allow_nan=False),
    st.integers(1, 100), st.integers(1, 99), st.decimals("0", "50000", places=0, allow_nan=False),
    st.integers(1, 9),
)  # fmt: skip
def test_sen_p2_a_vacuum_is_no_larger_than_what_is_left_of_the_reserve(
    nav: D, used: D, deploy: int, futures: int, limit: D, pairs: int
) -> None:
    params = SentinelParams(deploy_share=D(deploy) / 100, futures_share=D(futures) / 100, pair_limit=limit)
    notional = room(params, nav=nav, used=used, pairs=pairs)
    reserve = nav * (1 - params.deploy_share)
    assert notional >= 0
    assert not notional or used + capital_of(params, notional) <= reserve
    assert capital_of(params, notional) <= reserve / pairs
    assert not limit or notional <= limit


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 3000), st.integers(1_000, 400_000))
def test_sen_p2_a_vacuum_takes_the_reserve_or_the_inventory_whichever_is_less(units: int, nav: int) -> None:
    world = World(PARAMS, D(nav), units=units)
    world.play([Second(-60.0, 2e6)])
    reserve = nav * (1 - PARAMS.deploy_share)
    wishes = [i for owner in world.vacuums() for i in world.intents(owner, Purpose.ENTRY)]
    for wish in wishes:
        price = world.process.holdings[wish.position].price
        assert capital_of(PARAMS, wish.units * UNIT * price) <= reserve
        more = capital_of(PARAMS, (wish.units + 1) * UNIT * price)
        assert wish.units == units or more > reserve * HEADROOM, "as much as it may, and no less"
    assert bool(wishes) == (min(units, int(reserve * HEADROOM / 2)) >= 1)
