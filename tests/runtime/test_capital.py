"""The capital of a simulated run, over venues, wallets and the stablecoins that are paid with there."""

from __future__ import annotations

from decimal import Decimal as D
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies.sentinel.route_world import rules
from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, Kind, empty
from titan.market.tape.write import TapeWriter
from titan.model.errors import DataError
from titan.model.instrument import InstrumentKind
from titan.runtime.capital import opening_price, par, starting
from titan.strategies.sentinel.params import find_pairs

SPOT, PERP = InstrumentKind.SPOT, InstrumentKind.PERP
TWO = find_pairs([rules("a", SPOT), rules("a", PERP), rules("b", SPOT, "USDC"), rules("b", PERP, "USDC")])


@given(st.decimals("100", "1000000", places=2), st.decimals("0.9", "1.1", places=4), st.integers(10, 90))
def test_every_cent_is_somewhere_and_coins_are_bought_at_their_rate(capital: D, rate: D, share: int) -> None:
    found = starting(capital, TWO, D(share) / 100, "USDT", lambda _asset: rate)
    worth = sum((one.amount * (one.price or 1) for one in found), D(0))
    assert capital - D("0.04") < worth <= capital
    assert {(one.wallet, one.asset) for one in found} == {
        ("a.spot", "USDT"), ("a.perp", "USDT"), ("b.spot", "USDC"), ("b.perp", "USDC"),
    }  # fmt: skip
    assert {one.price for one in found if one.asset == "USDC"} == {rate}


def test_a_mixed_pair_has_each_leg_in_its_own_coin() -> None:
    rate = rules("a", SPOT)
    rate = type(rate)("a", SPOT, "USDCUSDT", "USDC", "USDT", D("0.0001"), D(1), rate.fees)
    (pair,) = find_pairs([rules("a", SPOT), rules("a", PERP, "USDC"), rate])
    assert (pair.spot.quote, pair.perp.quote, pair.rate_index, pair.rate_inverse) == (
        "USDT",
        "USDC",
        2,
        False,
    )
    found = starting(D(1000), [pair], D("0.4"), "USDT", par)
    assert [tuple(one) for one in found] == [
        ("a.spot", "USDT", D(600), None), ("a.perp", "USDC", D(400), D(1)),
    ]  # fmt: skip


def tape_of(place: Path, rows: list[tuple[int, int, float, float]]) -> TapeReader:
    """Rows of (kind, side, price, size), a second apart."""
    one = rules("a", SPOT)
    block = empty(len(rows))
    for k, (kind, side, px, qty) in enumerate(rows):
        block.ts[k] = block.recv[k] = (k + 1) * 1_000_000_000
        block.kind[k], block.side[k], block.px[k], block.qty[k], block.flags[k] = kind, side, px, qty, END
    with TapeWriter(place, TapeMeta(instruments=(one,), simulated=True)) as tape:
        tape.append(block)
    return TapeReader(place)


def test_the_opening_price_is_the_first_that_is_said(tmp_path: Path) -> None:
    quoted = tape_of(
        tmp_path / "a", [(Kind.BBO, 1, 98.0, 1.0), (Kind.BBO, -1, 102.0, 1.0), (Kind.TRADE, 1, 5.0, 1.0)]
    )
    one = rules("a", SPOT)
    assert opening_price(quoted, one, 0, 10**18) == 100
    assert opening_price(quoted, one, 2_500_000_000, 10**18) == 5
    silent = tape_of(tmp_path / "b", [(Kind.BBO, 1, 98.0, 1.0)])
    with pytest.raises(DataError, match="has no price on this tape"):
        opening_price(silent, one, 0, 10**18)
