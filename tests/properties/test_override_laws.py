"""The algebra of overrides: whatever is imposed, in whatever order, the more severe wins."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from titan.risk.overrides import (
    CLOSE,
    FREE,
    NO_TRADING,
    REDUCE_ONLY,
    Mode,
    Override,
    Scope,
    effective,
    scale,
)

overrides = st.fractions(0, 1).map(scale) | st.sampled_from([FREE, REDUCE_ONLY, CLOSE, NO_TRADING])
names = st.sampled_from(["", "a", "b"])
scopes = st.builds(Scope, names, names, names, names, names)
subjects = st.builds(Scope, *[st.sampled_from(["a", "b", "c"])] * 5)


@given(overrides, overrides, overrides)
def test_associative(a: Override, b: Override, c: Override) -> None:
    assert (a & b) & c == a & (b & c)


@given(overrides, overrides)
def test_commutative_and_never_less_severe(a: Override, b: Override) -> None:
    both = a & b
    assert both == b & a
    assert both.mode == max(a.mode, b.mode)
    assert both.factor <= min(a.factor, b.factor)


@given(overrides)
def test_identity_zero_and_idempotence(a: Override) -> None:
    assert a & FREE == a
    assert a & NO_TRADING == NO_TRADING
    assert (a & a == a) is (a.mode is not Mode.SCALE or a == FREE)
    assert a & scale(0) == (a if a.mode > Mode.REDUCE_ONLY else REDUCE_ONLY)


@given(st.dictionaries(scopes, overrides, max_size=8), subjects, st.randoms(use_true_random=False))
def test_scopes_combine_in_any_order(table: dict[Scope, Override], subject: Scope, chance: object) -> None:
    rows = list(table.items())
    chance.shuffle(rows)  # type: ignore[attr-defined]
    result = effective(table, subject)
    assert result == effective(dict(rows), subject)
    for scope, override in rows:
        if scope.covers(subject):
            assert result & override == (
                Override(Mode.SCALE, result.factor * override.factor)
                if result.mode is override.mode is Mode.SCALE
                else result
            )


@given(st.fractions().filter(lambda f: not 0 <= f <= 1))
def test_no_other_scale_exists(factor: Fraction) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        scale(factor)


@given(st.sampled_from([Mode.REDUCE_ONLY, Mode.CLOSE, Mode.NO_TRADING]), st.fractions("1/1000", 1))
def test_modes_have_one_form(mode: Mode, factor: Fraction) -> None:
    with pytest.raises(ValueError, match="use scale"):
        Override(mode, factor)
