"""What a pair was opened and closed at: the lots that both legs have, and no others."""

from __future__ import annotations

from decimal import Decimal as D
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from titan.model.basis import Basis
from titan.model.instrument import InstrumentKind
from titan.model.order import Side
from titan.model.signal import Purpose

SPOT, PERP = InstrumentKind
BUY, SELL = Side
ENTRY, EXIT, HEDGE = Purpose
Row = tuple[InstrumentKind, Side, int, int, Purpose | None, str]


def basis(*rows: Row) -> Basis:
    found = Basis()
    for leg, side, price, size, purpose, saga in rows:
        found.filled(leg, side, D(price), D(size), purpose, saga)
    return found


def test_lots_that_a_repair_gave_back_are_no_part_of_the_entry() -> None:
    held = [(SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 10, ENTRY, "a")]
    aborted = [(PERP, SELL, 202, 5, ENTRY, "b"), (PERP, BUY, 203, 5, HEDGE, "b")]
    assert basis(*held, *aborted).entry_bps == D(100)
    assert basis(*held, *aborted).exit_bps is None
    # One that is given back in parts, at the second try.
    parts = [(PERP, BUY, 203, 2, HEDGE, "b"), (PERP, BUY, 204, 3, HEDGE, "b")]
    assert basis(*held, aborted[0], *parts).entry_bps == D(100)


def test_a_repair_may_complete_an_entry_and_an_exit() -> None:
    rows = [
        (SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 4, ENTRY, "a"), (PERP, SELL, 103, 6, HEDGE, "a"),
        (SPOT, SELL, 200, 10, EXIT, "b"), (PERP, BUY, 201, 4, EXIT, "b"), (PERP, BUY, 203, 6, HEDGE, "b"),
    ]  # fmt: skip
    assert basis(*rows).entry_bps == D("220")
    assert basis(*rows).exit_bps == D("110")


def test_an_exit_that_is_taken_back_leaves_the_entry_as_it_was() -> None:
    rows = [
        (SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 10, ENTRY, "a"),
        (SPOT, SELL, 200, 10, EXIT, "b"), (SPOT, BUY, 210, 10, HEDGE, "b"),
    ]  # fmt: skip
    assert (basis(*rows).entry_bps, basis(*rows).exit_bps) == (D(100), None)
    again = [(SPOT, SELL, 300, 10, EXIT, "c"), (PERP, BUY, 303, 10, EXIT, "c")]
    assert (basis(*rows, *again).entry_bps, basis(*rows, *again).exit_bps) == (D(100), D(100))


def test_what_one_leg_alone_has_is_not_compared() -> None:
    """A clip under way, or a residual at a price of another day."""
    rows = [
        (SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 10, ENTRY, "a"), (SPOT, BUY, 150, 10, ENTRY, "a"),
    ]  # fmt: skip
    assert basis(*rows).entry_bps == D(100)
    assert basis(rows[0]).entry_bps is None


def test_a_fill_that_came_after_its_saga_is_given_back_by_an_order_of_its_own() -> None:
    held = [(SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 10, ENTRY, "a")]
    late = [(SPOT, BUY, 300, 1, ENTRY, "a"), (SPOT, SELL, 301, 1, HEDGE, "a-late-7")]
    assert (basis(*held, *late).entry_bps, basis(*held, *late).exit_bps) == (D(100), None)


def test_a_forced_close_is_an_exit() -> None:
    rows = [
        (SPOT, BUY, 100, 10, ENTRY, "a"), (PERP, SELL, 101, 10, ENTRY, "a"),
        (PERP, BUY, 202, 10, None, ""), (SPOT, SELL, 200, 10, EXIT, "b"),
    ]  # fmt: skip
    assert (basis(*rows).entry_bps, basis(*rows).exit_bps) == (D(100), D(100))


def test_a_pair_in_reverse_is_the_same() -> None:
    rows = [
        (PERP, BUY, 99, 10, ENTRY, "a"), (SPOT, SELL, 100, 12, ENTRY, "a"), (SPOT, BUY, 130, 2, HEDGE, "a"),
        (SPOT, BUY, 100, 10, EXIT, "b"), (PERP, SELL, 100, 10, EXIT, "b"),
    ]  # fmt: skip
    assert (basis(*rows).entry_bps, basis(*rows).exit_bps) == (D(-100), D(0))


prices, sizes = st.integers(1, 10_000), st.integers(0, 9)
clip = st.tuples(st.booleans(), sizes, sizes, prices, prices, prices, st.booleans())
"""(exits, spot, perp, their prices, the repair's price, whether the repair completes the leg that lags)."""


@given(st.lists(clip, max_size=12), st.booleans())
def test_sen_p20_the_basis_is_that_of_matched_lots_alone(
    clips: list[tuple[bool, int, int, int, int, int, bool]], reverse: bool
) -> None:
    """Lot by lot: every clip is repaired, and what stands in the end is compared with what was told."""
    found = Basis()
    kept: dict[tuple[Purpose, InstrumentKind], list[int]] = {
        (way, leg): [] for way in (ENTRY, EXIT) for leg in (SPOT, PERP)
    }
    for n, (exits, spot, perp, spot_px, perp_px, repair_px, completes) in enumerate(clips):
        way = EXIT if exits and found.opens is not None else ENTRY
        buys = (way is ENTRY) is not reverse
        side = {SPOT: BUY if buys else SELL, PERP: SELL if buys else BUY}
        for leg, size, price in ((SPOT, spot, spot_px), (PERP, perp, perp_px)):
            if size:
                found.filled(leg, side[leg], D(price), D(size), way, f"s{n}")
                kept[way, leg] += [price] * size
        ahead, lag = (SPOT, PERP) if spot > perp else (PERP, SPOT)
        if spot == perp:
            continue
        excess = abs(spot - perp)
        if completes:
            found.filled(lag, side[lag], D(repair_px), D(excess), HEDGE, f"s{n}")
            kept[way, lag] += [repair_px] * excess
        else:
            found.filled(ahead, side[ahead].other, D(repair_px), D(excess), HEDGE, f"s{n}")
            del kept[way, ahead][-excess:]
    for way, told in ((ENTRY, found.entry_bps), (EXIT, found.exit_bps)):
        spot_lots, perp_lots = kept[way, SPOT], kept[way, PERP]
        assert len(spot_lots) == len(perp_lots)
        if not spot_lots:
            assert told is None
            continue
        assert told is not None
        ratio = Fraction(sum(perp_lots), sum(spot_lots))
        assert abs(Fraction(told) - (ratio - 1) * 10_000) <= Fraction(1, 20_000)
