"""The sentences, word for word: what a person reads first has to be right and has to read well."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from titan.report import figures, verdict
from titan.report.documents import Benchmark, NearMiss, Refusal, ReportDocument, RunDocument, Stage, Tape

DAY = 86_400 * 10**9


def run_of(days: float, **more: Any) -> RunDocument:
    tape = Tape(path="tapes/a", fingerprint="f", rows=1, start_ns=0, end_ns=round(days * DAY))
    return RunDocument(schema=1, run_hash="h", run_id="r", strategy="sentinel", tape=tape, **more)


def report_of(pnl: dict[str, str], trades: int = 3, **more: Any) -> ReportDocument:
    end = 100_000 + sum(float(value) for value in pnl.values())
    return ReportDocument(
        run_hash="h",
        nav_start="100000",
        nav_end=f"{end:.8f}",
        pnl=dict(pnl),
        trades=trades,
        fills=trades * 4,
        **more,
    )


MADE = {"funding": "2310.2", "basis": "140.11", "fees": "-1050.4", "slippage": "-195.6", "transfers": "0"}


@pytest.mark.parametrize(
    ("pnl", "days", "said"),
    [
        (MADE, 243, "Made 1,204 USDT (+1.20 %) in 243 days after all costs."),
        (
            {"fees": "-12.5", "basis": "4.25"},
            7 / 1440,
            "Lost 8.25 USDT (\u22120.01 %) in 7 minutes after all costs.",
        ),
        ({"fees": "-0.31"}, 1, "Lost 0.31 USDT (\u22120.0003 %) in 24 hours after all costs."),
        ({"fees": "-2", "basis": "2"}, 3, "Ended where it began after 3 days and all costs."),
        ({"basis": "25000"}, 31, "Made 25,000 USDT (+25.00 %) in 31 days after all costs."),
    ],
)
def test_headline(pnl: dict[str, str], days: float, said: str) -> None:
    assert verdict.text_of(verdict.headline(run_of(days), report_of(pnl))) == said


def test_headline_of_a_run_without_trades() -> None:
    sentence = verdict.headline(run_of(30), report_of({}, trades=0))
    assert verdict.text_of(sentence) == "Did not trade in 30 days: the capital is untouched."


@pytest.mark.parametrize(
    ("pnl", "said"),
    [
        (MADE, "Funding earned 2,310 and the basis earned 140.11; fees took 1,050 and slippage took 195.60."),
        (
            {"funding": "-3", "basis": "-20.5", "fees": "-7", "slippage": "0", "transfers": "-1"},
            "The basis lost 20.50, fees took 7.00, funding cost 3.00 and transfers cost 1.00.",
        ),
        ({"slippage": "4", "fees": "-1"}, "Slippage brought 4.00; fees took 1.00."),
    ],
)
def test_sources(pnl: dict[str, str], said: str) -> None:
    sentence = verdict.sources(report_of(pnl))
    assert sentence is not None
    assert verdict.text_of(sentence) == said


def test_no_sources_where_nothing_moved() -> None:
    assert verdict.sources(report_of({"fees": "0"})) is None


def test_beside_says_first_what_did_better() -> None:
    benchmarks = [
        Benchmark("Hold cash", 0.0),
        Benchmark("Plain funding harvesting", 0.02),
        Benchmark("Buy and hold BTC", -0.1234),
        Benchmark("Buy and hold ETH", 0.3),
        Benchmark("Equal-weight basket", 0.08),
        Benchmark("Unknown", None),
    ]
    sentence = verdict.beside(report_of(MADE, benchmarks=benchmarks))
    assert sentence is not None
    assert verdict.text_of(sentence) == (
        "It returned less than plain funding harvesting (+2.00 %), buying and holding ETH (+30.00 %)"
        " and an equal-weight basket (+8.00 %), and more than holding cash (0.00 %)"
        " and buying and holding BTC (\u221212.34 %)."
    )
    assert [p.tone for p in sentence if p.tone] == ["loss", "gain"]
    assert verdict.beside(report_of(MADE, benchmarks=[Benchmark("Unknown", None)])) is None


def test_a_tie_is_neither_lost_nor_won() -> None:
    sentence = verdict.beside(report_of({}, benchmarks=[Benchmark("Hold cash", 0.0)]))
    assert sentence is not None
    assert verdict.text_of(sentence) == "It returned as much as holding cash (0.00 %)."


def test_risk_names_the_falls_of_the_coins() -> None:
    coins = [
        Benchmark("Buy and hold BTC", 0.1, kind="coin", max_drawdown=-0.3),
        Benchmark("Buy and hold ETH", 0.3, kind="coin", max_drawdown=-0.6),
    ]
    sentence = verdict.risk(report_of(MADE, benchmarks=coins, max_drawdown=-0.0033))
    assert sentence is not None
    said = verdict.text_of(sentence)
    assert said == "On the way the coins fell by 30 % to 60 % from a peak, this run by 0.33 %."
    assert verdict.risk(report_of(MADE, benchmarks=[Benchmark("Hold cash", 0.0, kind="cash")])) is None


def test_open_pairs_are_a_caution() -> None:
    cautions = verdict.cautions(run_of(100), report_of(MADE, exit_cost=62.53))
    assert "closing them would take about 62.53 USDT" in verdict.text_of(cautions[0])


FUNNEL = [
    Stage("basis samples", 70_000),
    Stage("stretched", 1_204, "z-score of at least 2"),
    Stage("paid for", 0, "edge of at least 1 bps"),
    Stage("satellites opened", 0),
    Stage("funding settlements", 729),
    Stage("CORE signals", 0, "forecast above 5.0%"),
]
MISS = NearMiss(ts_ns=60 * DAY, pair="BTCUSDT", z=2.6, edge_bps=-1.26)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (
            {"funnel": FUNNEL, "refusals": [Refusal("edge", "does not pay.", 1_204)], "near_misses": [MISS]},
            "Of 70,000 basis samples, 1,204 came as far as \u201cstretched\u201d and none to"
            " \u201cpaid for\u201d (edge of at least 1 bps). Of 729 funding settlements, none came to"
            " \u201cCORE signals\u201d (forecast above 5.0%). Refused most often, 1,204 times:"
            " does not pay (edge). The nearest chance was BTCUSDT on 1970-03-02 00:00 UTC:"
            " it fell 1.3 bps short of paying for itself.",
        ),
        ({"funnel": [Stage("basis samples", 0)]}, "There were no basis samples."),
        (
            {"funnel": FUNNEL[:2]},
            "Of 70,000 basis samples, 1,204 came to \u201cstretched\u201d, and still nothing was traded.",
        ),
        ({}, "The run recorded no stages."),
    ],
)
def test_why_not(more: dict[str, Any], said: str) -> None:
    sentence = verdict.why_not(run_of(30, **more), report_of({}, trades=0))
    assert sentence is not None
    assert verdict.text_of(sentence) == said


def test_a_run_with_trades_needs_no_reason() -> None:
    assert verdict.why_not(run_of(30, funnel=FUNNEL), report_of(MADE)) is None


def test_cautions() -> None:
    def said(days: float, **more: Any) -> list[str]:
        return [verdict.text_of(s) for s in verdict.cautions(run_of(days), report_of(MADE, **more))]

    assert said(243) == []
    assert said(9) == ["9 days are too few to judge a strategy by."]
    assert said(0.3) == ["7 hours are far too short to judge a strategy by."]
    assert said(243, ledger_matches_venue=False) == [
        "The ledger does not match the venue's account: do not rely on any figure here."
    ]


def test_replacing_a_figure_changes_the_sentence() -> None:
    better = msgspec.structs.replace(report_of(MADE), nav_end="100100")
    assert "100.00 USDT (+0.10 %)" in verdict.text_of(verdict.headline(run_of(9), better))


@pytest.mark.parametrize(
    ("days", "value", "note"),
    [
        (243.0, 2.9, "of daily returns, over 365 days a year"),
        (1.5, -8.8, "from only 36 hours"),
        (1.5, None, "too few days to say"),
    ],
)
def test_an_annualised_figure_says_when_it_rests_on_little(
    days: float, value: float | None, note: str
) -> None:
    found = {f.key: f for f in figures.leading(run_of(days), report_of(MADE, days=days, sharpe=value))}
    assert found["sharpe"].note == note
