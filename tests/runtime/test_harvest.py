"""Plain harvesting: Sentinel without judgement, closed in time."""

from __future__ import annotations

from decimal import Decimal

from titan.runtime.coverage import Span
from titan.runtime.harvest import terms_of
from titan.runtime.session import NS
from titan.strategies.sentinel.params import SentinelParams

HOUR = 3600 * NS


def closing_of(capital: int, hours: int, known: int | None = None) -> int:
    terms = terms_of(Decimal(capital))
    _, span = terms({"BTC": SentinelParams()}, Span(0, hours * HOUR, {"BTC": known}))
    at = span.closing_ns["BTC"]
    assert at is not None
    return at


def test_it_takes_every_rate_and_keeps_it() -> None:
    params, _ = terms_of(Decimal(100_000))({"BTC": SentinelParams()}, Span(0, HOUR, {"BTC": None}))
    plain = params["BTC"]
    assert plain.funding_hurdle_apr < -1000
    assert plain.funding_exit_intervals > 1_000_000
    assert (plain.core_share, plain.satellite_share) == (1, 0)
    assert (plain.deploy_share, plain.futures_share, plain.clip) == (
        SentinelParams().deploy_share, SentinelParams().futures_share, SentinelParams().clip
    )  # fmt: skip


def test_it_closes_when_its_clips_need_to() -> None:
    # 45,000 in clips of 500 is 90 clips with 90 s at most between: 2.25 h, twice that, and an hour's look
    assert closing_of(100_000, 1000) == 1000 * HOUR - round(5.5 * HOUR)


def test_never_before_the_last_quarter_and_never_after_the_data() -> None:
    assert closing_of(100_000, 8) == 6 * HOUR
    assert closing_of(100_000, 1000, known=7 * HOUR) == 7 * HOUR
