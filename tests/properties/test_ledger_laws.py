"""What holds of the ledger whatever happens: SEN-P19 and the laws of exact books."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.ledger_worlds import (
    INSTRUMENTS,
    RATE,
    Event,
    amounts,
    book,
    booked,
    marks,
    new_ledger,
    rates,
    sequences,
)
from titan.model.fill import Fill, FundingPayment, Liquidity
from titan.model.instrument import InstrumentKind
from titan.model.money import exact
from titan.model.order import Side
from titan.portfolio.entries import COUNTER_ACCOUNTS
from titan.portfolio.ledger import Ledger
from titan.portfolio.nav import PnL, nav, pnl, pnl_by_owner

Marks = dict[str, D]


@settings(max_examples=150, deadline=None)
@given(sequences())
def test_the_books_sum_to_zero_after_every_event(events: list[Event]) -> None:
    ledger = new_ledger()
    for event in events:
        book(ledger, event)
        assert not any(ledger.trial_balance().values())
    by_cause: dict[tuple[str, str, int], Fraction] = {}
    for line in ledger.entries:
        # causes repeat (ids are per instrument), the sum of each is zero all the same
        key = (line.cause, line.asset, line.at_ns)
        by_cause[key] = by_cause.get(key, Fraction()) + Fraction(line.amount)
    assert not any(by_cause.values())
    for (account, asset), balance in ledger.balances().items():
        lines = [line for line in ledger.entries if (line.account, line.asset) == (account, asset)]
        assert Fraction(balance) == sum(Fraction(line.amount) for line in lines)


@settings(max_examples=150, deadline=None)
@given(sequences(), marks)
def test_sources_sum_to_the_change_of_nav_exactly(events: list[Event], at: Marks) -> None:
    ledger = booked(events)
    told = pnl(ledger, at)
    assert told.total == gained(ledger, at)
    whole = PnL()
    for part in pnl_by_owner(ledger, at).values():
        whole += part
    assert whole == told


@settings(max_examples=100, deadline=None)
@given(sequences(), marks)
def test_nav_is_what_an_independent_count_says(events: list[Event], at: Marks) -> None:
    """Fractions, cash flows and final holdings only: no average cost, no sources."""
    ledger = booked(events)
    cash = {"USDT": Fraction(), "USDC": Fraction()}
    coins = dict.fromkeys(INSTRUMENTS, Fraction())
    for kind, (first, *more) in events:
        match first:
            case Fill() as fill:
                rules = INSTRUMENTS[fill.instrument]
                size = Fraction(rules.lot) * fill.lots * int(fill.side)
                cash[rules.quote] -= size * fill.ticks * Fraction(rules.tick)
                if rules.base in cash:
                    cash[rules.base] += size
                else:
                    coins[rules.id] += size
                if fill.fee_asset in cash:
                    cash[fill.fee_asset] -= Fraction(fill.fee)
                else:
                    coins[rules.id.replace("perp", "spot")] -= Fraction(fill.fee)
            case FundingPayment() as payment:
                cash[payment.asset] += Fraction(payment.amount)
            case str() as wallet:
                asset, amount, _ = more
                if str(asset) in cash:
                    cash[str(asset)] += Fraction(amount)  # type: ignore[arg-type]
                else:
                    coins[_spot(wallet, str(asset))] += Fraction(amount)  # type: ignore[arg-type]
            case transfer if kind == "transfer":
                out, cost = Fraction(transfer.amount), Fraction(transfer.cost)  # type: ignore[attr-defined]
                if transfer.asset in cash:  # type: ignore[attr-defined]
                    cash[transfer.asset] -= cost  # type: ignore[attr-defined]
                else:
                    coins[_spot(transfer.source, "BTC")] -= out + cost  # type: ignore[attr-defined]
                    coins[_spot(transfer.target, "BTC")] += out  # type: ignore[attr-defined]
    worth = {"USDT": Fraction(1), "USDC": Fraction(at[RATE.id])}
    expected = sum((amount * worth[asset] for asset, amount in cash.items()), Fraction())
    for key, size in coins.items():
        expected += size * Fraction(at[key]) * worth[INSTRUMENTS[key].quote]
    assert Fraction(nav(ledger, at)) == expected


def gained(ledger: Ledger, at: Marks) -> D:
    with exact():
        return nav(ledger, at) - ledger.deposits


def _spot(wallet: str, asset: str) -> str:
    venue = wallet.partition(".")[0]
    for quote in ("USDT", "USDC"):
        if f"{venue}.spot.{asset}{quote}" in INSTRUMENTS:
            return f"{venue}.spot.{asset}{quote}"
    return f"binance.spot.{asset}USDT"


@settings(max_examples=100, deadline=None)
@given(sequences(), marks, st.randoms(use_true_random=False))
def test_the_order_of_booking_changes_no_sum(events: list[Event], at: Marks, chance: object) -> None:
    """Funding with a named owner, and all else, may come in any order: reports cross on their way."""
    named = [event for event in events if not (event[0] == "funding" and event[1][1] is None)]
    shuffled = list(named)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = booked(named), booked(shuffled)
    assert nav(one, at) == nav(other, at)
    assert pnl(one, at) == pnl(other, at)
    assert pnl_by_owner(one, at) == pnl_by_owner(other, at)
    for key, rules in INSTRUMENTS.items():
        assert one.position(key).lots == other.position(key).lots
        if rules.kind is InstrumentKind.SPOT:
            wallet = (f"{rules.venue}.spot", rules.base)
            assert one.balance(*wallet) == other.balance(*wallet)


@settings(max_examples=100, deadline=None)
@given(sequences())
def test_events_told_again_are_ignored_and_counted(events: list[Event]) -> None:
    once, twice = booked(events), new_ledger()
    numbered = [event for event in events if event[0] != "deposit"]
    for event in events:
        book(twice, event)
        if event[0] != "deposit":
            book(twice, event)
    for event in numbered:
        book(twice, event)
    assert twice.ignored == 2 * len(numbered)
    assert list(twice.entries) == list(once.entries)
    assert twice.balances() == once.balances()
    assert twice.totals == once.totals


@settings(max_examples=100, deadline=None)
@given(sequences(), marks, amounts, st.sampled_from([key for key in INSTRUMENTS if ".perp." in key]))
def test_sen_p19_funding_and_basis_never_mix(events: list[Event], at: Marks, amount: D, perp: str) -> None:
    """A payment changes the funding source by itself and no other; nothing but payments changes it."""
    ledger = booked(events)
    before = pnl(ledger, at)
    paid = [event[1][0] for event in events if event[0] == "funding"]
    assert before.funding == sum((p.amount * p.quote_rate for p in paid), D(0))  # type: ignore[attr-defined]
    for asset in ("USDT", "USDC"):
        told = sum((p.amount for p in paid if p.asset == asset), D(0))  # type: ignore[attr-defined]
        assert told == -ledger.balance("funding", asset)
    settle = INSTRUMENTS[perp].settle
    rate = at[RATE.id] if settle == "USDC" else D(1)
    ledger.book_funding(FundingPayment("new", perp, D(0), 0, D(1), amount, settle, 1, 1, rate))
    after = pnl(ledger, at)
    assert after.funding - before.funding == amount * rate
    assert msgspec.structs.replace(after, funding=D(0)) == msgspec.structs.replace(before, funding=D(0))


@settings(max_examples=100, deadline=None)
@given(sequences(), marks, rates)
def test_a_rate_that_moves_alone_is_told_as_stablecoins_alone(
    events: list[Event], at: Marks, rate: D
) -> None:
    """With prices moving against it, so that coins are worth what they were: basis in common terms."""
    ledger = booked(events)
    before, moved = pnl(ledger, at), dict(at)
    with exact():
        for key, rules in INSTRUMENTS.items():
            moved[key] = at[key] * rate if rules.quote == "USDC" else at[key]
        then = at | {RATE.id: rate * at[RATE.id]}
        after, common = pnl(ledger, then), pnl(ledger, moved)
        coins = common.basis - before.basis
        assert msgspec.structs.replace(after, basis=D(0), stablecoin=D(0)) == msgspec.structs.replace(
            before, basis=D(0), stablecoin=D(0)
        )
        assert after.basis - before.basis == coins, "a rate weighs on prices in it as those prices would"
        money = ledger.totals.money.get(RATE.id, D(0))
        assert after.stablecoin - before.stablecoin == money * at[RATE.id] * (rate - 1)


@given(st.integers(1, 5000), st.integers(1, 5000), rates, rates)
def test_a_pair_that_settles_in_two_coins_has_its_basis_in_common_terms(
    entry: int, now: int, then: D, rate: D
) -> None:
    """Long spot in USDT, short perp in USDC: where the two prices agree in common terms there is no basis."""
    ledger, size = new_ledger(), 1000
    spot, perp = INSTRUMENTS["binance.spot.BTCUSDT"], INSTRUMENTS["bybit.perp.BTCUSDC"]
    lots = int(size * perp.lot / spot.lot)
    for n, (rules, side, count, booked_at) in enumerate(
        ((spot, Side.BUY, lots, D(1)), (perp, Side.SELL, size, then))
    ):
        ticks = entry * (10 if rules is spot else 1)
        fill = Fill(
            str(n), "c", rules.id, side, ticks, count, D(0), rules.quote, Liquidity.TAKER, 1, 1,
            quote_rate=booked_at,
        )  # fmt: skip
        ledger.book_fill(fill, reference_ticks=ticks, owner="BTC:core:1")
    spot_mark, perp_mark = now * D("0.1"), now * D("0.1")
    at = {spot.id: spot_mark, perp.id: perp_mark, RATE.id: rate}
    told = pnl(ledger, at)
    held = size * perp.lot
    first = entry * D("0.1")
    assert told.basis == held * ((spot_mark - first) - (perp_mark * rate - first * then))
    assert told.stablecoin == held * first * (rate - then)
    assert told.total == nav(ledger, at)


@settings(max_examples=100, deadline=None)
@given(sequences(), marks)
def test_positions_realise_and_keep_exactly_what_flowed(events: list[Event], at: Marks) -> None:
    ledger = booked(events)
    for key, rules in INSTRUMENTS.items():
        flows = sum(
            (
                -Fraction(rules.notional(row.fill.ticks, row.fill.lots * row.fill.side))
                for row in ledger.fills()
                if row.fill.instrument == key
            ),
            Fraction(),
        )
        position = ledger.position(key)
        held = Fraction(position.lots) * Fraction(rules.lot) * Fraction(at[key])
        kept = held - Fraction(position.cost)
        assert Fraction(position.realised) + kept == flows + held
        if rules.kind is InstrumentKind.PERP:
            assert position.lots or not position.cost


@settings(max_examples=100, deadline=None)
@given(sequences(), marks)
def test_holders_are_those_who_hold(events: list[Event], at: Marks) -> None:
    ledger = booked(events)
    assert set(ledger.holders()) == {
        who for who in ledger.owners() if any(ledger.sources(who).sizes.values())
    }
    for who in ledger.owners():
        ledger.hand_over(who, at)
    assert set(ledger.holders()) <= {""}
    assert pnl(ledger, at).total == gained(ledger, at)


@settings(max_examples=50, deadline=None)
@given(sequences(), marks)
def test_counter_accounts_hold_no_wallet(events: list[Event], at: Marks) -> None:
    ledger = booked(events)
    accounts = {account for account, _ in ledger.balances()}
    assert accounts <= COUNTER_ACCOUNTS | {
        "binance.spot",
        "binance.perp",
        "okx.spot",
        "okx.perp",
        "bybit.spot",
        "bybit.perp",
    }
