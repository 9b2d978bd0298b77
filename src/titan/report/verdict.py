"""The verdict: what happened, in sentences made from the figures alone.

A sentence is a list of phrases; a phrase is its text and a tone (gain, loss, figure or plain), so that the
page can colour a figure and the terminal can print the same words.
"""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from titan.report import funnel, waterfall
from titan.report.documents import SOURCES, NearMiss, ReportDocument, RunDocument, exact
from titan.report.words import amount, join, moment, number, percent, span

CENT = Decimal("0.005")
SAME = 5e-7
"""Returns closer than this are the same in a report."""
SHORT_DAYS = 30


class Phrase(NamedTuple):
    text: str
    tone: str = ""


Sentence = list[Phrase]


def text_of(sentence: Sentence) -> str:
    return "".join(phrase.text for phrase in sentence)


def total_of(report: ReportDocument) -> Decimal:
    """The run's profit or loss: the last NAV less the first."""
    return exact(report.nav_end) - exact(report.nav_start)


def seconds_of(run: RunDocument) -> float:
    return max(run.tape.end_ns - run.tape.start_ns, 0) / 1e9


def headline(run: RunDocument, report: ReportDocument) -> Sentence:
    """Did it make money, after everything?"""
    total, start = total_of(report), exact(report.nav_start)
    length = span(seconds_of(run))
    share = percent(total / start, sign=True) if start else ""
    if not report.trades and not report.fills and abs(total) < CENT:
        return [Phrase("Did not trade", "figure"), Phrase(f" in {length}: the capital is untouched.")]
    if abs(total) < CENT:
        return [Phrase("Ended where it began", "figure"), Phrase(f" after {length} and all costs.")]
    word, tone = ("Made ", "gain") if total > 0 else ("Lost ", "loss")
    return [
        Phrase(word),
        Phrase(f"{amount(abs(total))} {run.currency}", tone),
        Phrase(f" ({share}) in {length} after all costs."),
    ]


EARNED = {
    "funding": "funding earned",
    "basis": "the basis earned",
    "transfers": "transfers brought",
    "stablecoin": "stablecoins gained",
}
TOOK = {
    "funding": "funding cost",
    "basis": "the basis lost",
    "fees": "fees took",
    "slippage": "slippage took",
    "transfers": "transfers cost",
    "stablecoin": "stablecoins lost",
}


def sources(report: ReportDocument) -> Sentence | None:
    """Where it came from and what took it: gains first, each side by size, in the waterfall's cents."""
    amounts = {step.key: step.value for step in waterfall.steps(report) if step.key in SOURCES}
    if all(abs(value) < CENT for value in amounts.values()):
        return None
    ordered = sorted(amounts.items(), key=lambda item: -item[1])
    gains = [
        f"{EARNED.get(name, name + ' brought')} {amount(value)}" for name, value in ordered if value >= CENT
    ]
    costs = [f"{TOOK[name]} {amount(-value)}" for name, value in reversed(ordered) if value <= -CENT]
    text = "; ".join(join(part) for part in (gains, costs) if part) + "."
    return [Phrase(text[0].upper() + text[1:])]


def beside(report: ReportDocument) -> Sentence | None:
    """Whether something simpler would have done better with the same capital: what beat it is named first."""
    start = exact(report.nav_start)
    known = [(bench.name, bench.growth) for bench in report.benchmarks if bench.growth is not None]
    if not known or not start:
        return None
    own = float(total_of(report) / start)
    better = [one for one in known if one[1] > own + SAME]
    worse = [one for one in known if one[1] < own - SAME]
    equal = [one for one in known if abs(one[1] - own) <= SAME]
    said: Sentence = []
    for lead, group, tone in (
        ("less than ", better, "loss"), ("more than ", worse, "gain"), ("as much as ", equal, ""),
    ):  # fmt: skip
        if group:
            said += [Phrase(", and " if said else "It returned "), Phrase(lead, tone), Phrase(_named(group))]
    return [*said, Phrase(".")]


def risk(report: ReportDocument) -> Sentence | None:
    """What the coins put their holder through meanwhile: a return without its falls is half a comparison."""
    falls = [
        -bench.max_drawdown for bench in report.benchmarks if bench.kind == "coin" and bench.max_drawdown
    ]
    if not falls:
        return None
    low, high = min(falls), max(falls)
    coins = percent(high, 0) if high - low < 0.005 else f"{percent(low, 0)} to {percent(high, 0)}"
    return [Phrase(f"On the way the coins fell by {coins} from a peak, this run by {_own_fall(report)}.")]


def _own_fall(report: ReportDocument) -> str:
    return percent(abs(report.max_drawdown)) if report.max_drawdown else "nothing"


def _named(group: list[tuple[str, float]]) -> str:
    """`holding cash (0.00 %), buying and holding BTC (+17.34 %) and ETH (+31.82 %)`"""
    parts: list[str] = []
    said = ""
    for name, growth in group:
        verb, rest = _doing(name)
        words = rest if verb and verb == said else f"{verb} {rest}".strip()
        parts.append(f"{words} ({percent(growth, sign=True)})")
        said = verb
    return join(parts)


def why_not(run: RunDocument, report: ReportDocument) -> Sentence | None:
    """For a run without trades: the stage where the chances ended, and how near the nearest came."""
    if report.trades or report.fills:
        return None
    text = " ".join(funnel.ended(path) for path in funnel.paths(run)) or "The run recorded no stages."
    if run.refusals:
        top = max(run.refusals, key=lambda refusal: refusal.count)
        text += f" Refused most often, {number(top.count, 0)} times: {top.reason.rstrip('.')} ({top.gate})."
    near = nearest(run)
    if near is not None and near.edge_bps is not None:
        gap = number(abs(near.edge_bps), 1)
        missed = (
            "fell {} bps short of paying for itself" if near.edge_bps < 0 else "left {} bps after its costs"
        )
        text += f" The nearest chance was {near.pair} on {moment(near.ts_ns)} UTC: it {missed.format(gap)}."
    return [Phrase(text.strip())] if text else None


def nearest(run: RunDocument) -> NearMiss | None:
    """The near miss with the largest edge, if any was recorded."""
    known = [miss for miss in run.near_misses if miss.edge_bps is not None]
    return max(known, key=lambda miss: miss.edge_bps or 0.0) if known else None


def cautions(run: RunDocument, report: ReportDocument) -> list[Sentence]:
    """What a careful reader should hold against the figures."""
    found: list[Sentence] = []
    if report.ledger_matches_venue is False:
        found.append(
            [Phrase("The ledger does not match the venue's account: do not rely on any figure here.", "loss")]
        )
    days = seconds_of(run) / 86_400
    if days < 1:
        found.append(
            [Phrase(f"{span(seconds_of(run)).capitalize()} are far too short to judge a strategy by.")]
        )
    elif days < SHORT_DAYS:
        found.append([Phrase(f"{span(seconds_of(run)).capitalize()} are too few to judge a strategy by.")])
    open_cost = exact(report.exit_cost)
    if open_cost >= CENT:
        text = "Pairs are still open, valued at mid prices: closing them would take about "
        found.append([Phrase(f"{text}{amount(open_cost)} {run.currency} in fees and half spreads.")])
    bad = [check for check in run.data_quality if check.level == "bad"]
    if bad:
        count = "One check" if len(bad) == 1 else f"{len(bad)} checks"
        found.append([Phrase(f"{count} of the data failed: see Data quality.", "loss")])
    return found


DOING = (("Buy and hold", "buying and holding"), ("Hold", "holding"))
MINOR = ("Plain funding harvesting", "Cash at", "Equal-weight basket")
"""Names that stand in a sentence with a small first letter."""


def _doing(name: str) -> tuple[str, str]:
    """`Buy and hold BTC` as (`buying and holding`, `BTC`); a name of another form has no verb."""
    for verb, form in DOING:
        if name.startswith(verb + " "):
            return form, name.removeprefix(verb + " ")
    if name.startswith("Equal-weight"):
        return "", "an " + name[0].lower() + name[1:]
    return "", name[0].lower() + name[1:] if name.startswith(MINOR) else name
