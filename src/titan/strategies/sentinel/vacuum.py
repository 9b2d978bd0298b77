"""Vacuums (SEN-6): forced selling has pushed the perp below spot; buy it, sell spot inventory, wait for the
way back.

A vacuum is a pair in reverse. It is paid for by the reserve, which nothing else may use: `1 - deploy_share`
of NAV. Its coins are lent by holdings of the same legs, and go back to them before those are closed.

What ends it is written down with it (`Terms`): the target at which its basis has converged, the basis at
which the loss is enough, and the moment at which time is up. The kernel watches all three at every message;
here they are judged again by what was really paid, at every signal and at the timer, so that a market that
fell silent ends it too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import NDArray

from titan.market.freshness import NoPrice
from titan.model.money import ZERO
from titan.model.outcome import Outcome
from titan.model.pair import PairOutcome, PairType, Terms
from titan.model.signal import Purpose, Signal
from titan.strategies.protocol import Situation, Wish
from titan.strategies.sentinel.capital import HEADROOM
from titan.strategies.sentinel.cascade import CENTS, LOST, OPEN, TIMED_OUT
from titan.strategies.sentinel.holdings import RETRY_NS, Holding
from titan.strategies.sentinel.lending import RISE, of_legs, spare
from titan.strategies.sentinel.pairing import Pairing
from titan.strategies.sentinel.params import HOUR_MS, NS, Pair, SentinelParams

BPS: Final = 10_000
AGAIN_NS: Final = 60 * NS
"""After an exit that did not end it, until the next."""
ENDED: Final = {LOST: "loss limit", TIMED_OUT: "time limit"}


def terms_of(params: SentinelParams, entry_bps: float, now_ns: int) -> Terms:
    """What ends a vacuum that is opened at this basis now."""
    return Terms(
        entry_bps=round(entry_bps, 4),
        target_bps=params.vacuum_target_bps,
        stop_bps=round(entry_bps - params.vacuum_loss_bps, 4),
        until_ns=now_ns + round(params.vacuum_hold_hours * HOUR_MS * 1e6),
    )


def verdict(terms: Terms, basis_bps: float | None, now_ns: int) -> str:
    """Why a vacuum is over; "" while it is not. Without a basis only time can end it."""
    if basis_bps is not None and basis_bps >= terms.target_bps:
        return f"converged: basis {basis_bps:.1f} bps, in at {terms.entry_bps:.1f}"
    if basis_bps is not None and basis_bps <= terms.stop_bps:
        return f"loss limit: basis {basis_bps:.1f} bps, in at {terms.entry_bps:.1f}"
    if now_ns >= terms.until_ns:
        come = "unknown" if basis_bps is None else f"{terms.convergence(basis_bps):.0%}"
        return f"time limit: convergence {come}"
    return ""


def room(params: SentinelParams, *, nav: Decimal, used: Decimal, pairs: int) -> Decimal:
    """Spot notional that a new vacuum may have: its pair's equal part of the reserve, never more than is left
    of it. Cascades hit many pairs at once, and the first shall not leave scraps to the others.

    `used` is the capital that vacuums already tie up, `pairs` the number of pairs that share the reserve.
    """
    reserve = nav * (1 - params.deploy_share)
    capital = min(reserve / pairs, reserve - used) * HEADROOM
    notional = capital * (1 - params.futures_share)
    if params.pair_limit:
        notional = min(notional, params.pair_limit)
    return max(notional, ZERO)


def edge(pair: Pair, target_bps: float, executable_bps: float) -> float:
    """What convergence to the target leaves after four taker fees, in bps."""
    fees = float(2 * (pair.spot.fees.taker + pair.perp.fees.taker) * BPS)
    return target_bps - executable_bps - fees


def figures(state: np.void) -> dict[str, float]:
    """What a vacuum signal says beside the figures of all signals."""
    return {
        "basis": float(state["vacuum_basis"]),
        "executable": float(state["vacuum_entry"]),
        "liquidated": float(state["liquidated"]["cents"]) / CENTS,
        "end": float(state["vacuum_end"]),
    }


def reason(signal: Signal, *, opens: bool) -> str:
    """A vacuum signal in words."""
    f = signal.figures
    if opens:
        return f"{f['liquidated']:,.0f} liquidated, basis {f['basis']:.1f} bps"
    why = ENDED.get(int(f["end"]), "converged")
    return f"{why}: basis {f['basis']:.1f} bps, signalled at {f['executable']:.1f}"


class Vacuums:
    """Opens, judges and closes them over the holdings that the other types share."""

    def __init__(self, params: Mapping[str, SentinelParams], pairing: Pairing) -> None:
        """`params` by pair name; account-wide settings are taken from the first."""
        self._params, self._pairing = params, pairing
        self._account = next(iter(params.values()))

    def retune(self, params: Mapping[str, SentinelParams]) -> None:
        """Other parameters, by pair name; one that is open keeps its terms."""
        self._params = params
        self._account = next(iter(params.values()))

    def open(self, signal: Signal, now: Situation) -> Sequence[Wish]:
        """A new vacuum, as large as the reserve and the inventory allow; none where it would not pay."""
        pair, p = self._pairing.pairs[signal.subject], self._params[signal.subject]
        executable = signal.figures["executable"]
        gain = edge(pair, p.vacuum_target_bps, executable)
        if gain < p.min_edge_bps or not self._pairing.may_open(pair, PairType.VACUUM, now):
            return []
        holding = self._sized(pair, now, terms_of(p, executable, now.now_ns))
        if holding is None:
            return []
        cap = min(p.slippage_cap_bps, gain)
        return [self._pairing.enter(holding, reason(signal, opens=True), cap)]

    def _sized(self, pair: Pair, now: Situation, terms: Terms) -> Holding | None:
        price, rate = now.price(pair.spot.id), now.rate(pair.spot.quote)
        if isinstance(price, NoPrice) or rate is None:
            return None
        bid = Decimal(repr(price.bid))
        unit = now.unit(pair.spot.id, pair.perp.id)
        held = self._pairing.holdings
        used = held.tied(self._account, PairType.VACUUM)
        most = room(self._params[pair.name], nav=now.nav(), used=used, pairs=len(self._pairing.pairs))
        self._pairing.look(now)
        most = self._pairing.scaled(min(most, self._covered(pair, now)), pair, now)
        units = min(int(most / (bid * rate * unit)), spare(held, pair))
        if units < 1 or pair.spot.accepts(int(bid / pair.spot.tick), int(units * unit / pair.spot.lot)):
            return None
        return Holding("", pair, PairType.VACUUM, bid * rate, unit, units, terms=terms)

    def _covered(self, pair: Pair, now: Situation) -> Decimal:
        """Spot notional whose coins can be bought back though they have become dearer: what they are sold for
        is there, and the rise is paid by quote that nothing else will spend.
        """
        rate = now.rate(pair.spot.quote) or ZERO
        free = now.wallet(f"{pair.spot.venue}.spot", pair.spot.quote) * rate
        free -= self._pairing.holdings.committed(pair.spot.venue, pair.spot.quote)
        return max(free, ZERO) / (RISE - 1)

    def judge(self, now: Situation) -> Sequence[Wish]:
        """Close what is over by its own terms. Where nothing follows nothing is changed either: a replay does
        not hear of it.
        """
        wishes: list[Wish] = []
        for holding in self._pairing.holdings:
            if holding.type is not PairType.VACUUM or holding.terms is None:
                continue
            if holding.flight and (holding.purpose is Purpose.EXIT or not holding.wanted):
                continue
            why = verdict(holding.terms, _basis_bps(holding.pair, now), now.now_ns)
            if not holding.wanted:
                why = "retry of an unfinished exit" if self._rested(holding, now) else ""
            if why:
                self._pairing.look(now)
                wishes += self._pairing.close(holding.pair.name, holding.type, why)
        return wishes

    def _rested(self, holding: Holding, now: Situation) -> bool:
        """Whether the last attempt to close it ended long enough ago: its time is short."""
        until = self._pairing.holdings.retry.get((holding.pair.name, holding.type), 0)
        return now.now_ns >= until - RETRY_NS + AGAIN_NS

    def finished(self, holding: Holding, outcome: Outcome, now: Situation) -> Sequence[Wish]:
        """After an intent has ended: its true basis from now on, and what waits for its coins is closed."""
        if holding.type is not PairType.VACUUM or not isinstance(outcome, PairOutcome):
            return []
        if outcome.intent.purpose is Purpose.ENTRY and holding.terms is not None:
            holding.terms = holding.terms.entered(outcome.basis_bps)
        wishes: list[Wish] = []
        if holding.units == 0:
            for other in of_legs(self._pairing.holdings, holding.pair):
                if other.type is not PairType.VACUUM and not other.wanted:
                    self._pairing.look(now)
                    wishes += self._pairing.exit(other, other.units, "its coins are back")
        return wishes

    def recall(self, states: NDArray[np.void], pairs: Sequence[Pair]) -> None:
        """After a restart the kernel watches again what it had opened."""
        for state, pair in zip(states, pairs, strict=True):
            holding = self._pairing.holdings.find(pair.name, PairType.VACUUM)
            if holding is not None and holding.terms is not None and holding.wanted:
                state["vacuum"] = OPEN
                state["vacuum_entry"] = holding.terms.entry_bps
                state["vacuum_until"] = holding.terms.until_ns


def _basis_bps(pair: Pair, now: Situation) -> float | None:
    """At the mids, in common terms (`rates`)."""
    spot, perp = now.price(pair.spot.id), now.price(pair.perp.id)
    quote, settle = now.rate(pair.spot.quote), now.rate(pair.perp.quote)
    if isinstance(spot, NoPrice) or isinstance(perp, NoPrice) or not quote or not settle:
        return None
    return (perp.mid * float(settle / quote) - spot.mid) / spot.mid * BPS
