"""What a double reads from the text of a request."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import pytest

from titan.doubles.parameters import Parameters


class Asked(Parameters):
    def missing(self, name: str) -> Exception:
        return KeyError(name)

    def illegal(self, name: str) -> Exception:
        return ValueError(name)


def asked(**params: str) -> Asked:
    return Asked(cast(Any, None), params)


def test_what_is_there() -> None:
    one = asked(a="x", n="1e-3", i="-7", limit="900")
    assert one.text("a") == "x"
    assert one.number("n") == Decimal("0.001")
    assert one.integer("i") == -7
    assert (one.limit(100, 500), asked().limit(100, 500), asked(limit="0").limit(100, 500)) == (500, 100, 1)


def test_what_is_not() -> None:
    assert asked(n="").number("n") is None
    assert asked().integer("i", 1 << 62) == 1 << 62
    for one in (asked(), asked(a="")):
        with pytest.raises(KeyError, match="a"):
            one.text("a")


@pytest.mark.parametrize("text", ["x", "NaN", "-Infinity", "1e400", "-1e10", "1,5", "0x11"])
def test_numbers_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match="n"):
        asked(n=text).number("n")


@pytest.mark.parametrize("text", ["x", "1.0", "²", "+1", "1_0", "9" * 19])
def test_integers_that_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match="i"):
        asked(i=text).integer("i")


def test_moments_between_times() -> None:
    one = asked(startTime="10", endTime="20")
    assert [one.within(ms * 1_000_000) for ms in (9, 10, 20, 21)] == [False, True, True, False]
    assert asked().within(0)
