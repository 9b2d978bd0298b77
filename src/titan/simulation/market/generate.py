"""Plays a scenario for pairs of spot and perp, as sorted blocks of the tape's rows. Everything it makes is
simulated."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from titan.market.tape.rows import COLUMNS, END, Rows, concat, length, take
from titan.model.errors import ConfigError, InstrumentError
from titan.model.instrument import Instrument, InstrumentKind
from titan.simulation.market.figures import Figures, figures
from titan.simulation.market.flow import leg_steps
from titan.simulation.market.path import (
    COMMON,
    FACTOR_NORMALS,
    PAIR_NORMALS,
    PAIR_UNIFORMS,
    PATH,
    factor_steps,
    pair_steps,
)
from titan.simulation.market.scenario import Scenario
from titan.simulation.market.script import script
from titan.simulation.market.setup import first_factor, first_leg, first_pair
from titan.simulation.market.sheet import ROOM, SHEET

_CHUNK: Final = 2048
"""Steps that are played at once: the most that is held in memory, with their rows."""
_BUFFER: Final = 8 * ROOM


def generate(
    scenario: Scenario,
    *,
    instruments: Sequence[Instrument],
    start_ns: int,
    duration_ns: int,
    seed: int,
    block_rows: int = 1 << 20,
    prices: Mapping[str, float] | None = None,
) -> Iterator[Rows]:
    """Blocks of about `block_rows` rows, sorted by `ts`; a message is never cut. `inst` indexes
    `instruments`.

    `instruments` holds a spot and a perp for each base. The same arguments give the same rows in every
    process, and a base's rows do not depend on which other bases are played. `prices` overrides the measured
    first prices by base. Raises ConfigError or InstrumentError before the first block when the arguments make
    no market.
    """
    if duration_ns < scenario.step_ns or start_ns < 0 or block_rows < 1:
        raise ConfigError(
            f"a market of {duration_ns} ns from {start_ns} in blocks of {block_rows} rows is empty"
        )
    pairs = _pairs(instruments)
    market = _Market(scenario, instruments, pairs, start_ns, duration_ns, seed, _priced(figures(), prices))
    return _blocks(market.chunks(), block_rows)


def _pairs(instruments: Sequence[Instrument]) -> dict[str, tuple[int, int]]:
    """Base -> (index of spot, index of perp)."""
    found: dict[str, dict[InstrumentKind, int]] = {}
    for i, instrument in enumerate(instruments):
        legs = found.setdefault(instrument.base, {})
        if instrument.kind in legs:
            raise InstrumentError(f"{instrument.id}: a second {instrument.kind} of {instrument.base}")
        legs[instrument.kind] = i
    for base, legs in found.items():
        if len(legs) != 2:
            raise InstrumentError(
                f"{base}: a simulated market needs a spot and a perp, there is only {next(iter(legs))}"
            )
    if not found:
        raise InstrumentError("a simulated market needs at least one spot and perp of the same base")
    return {base: (legs[InstrumentKind.SPOT], legs[InstrumentKind.PERP]) for base, legs in found.items()}


def _priced(measured: Figures, prices: Mapping[str, float] | None) -> Figures:
    if not prices:
        return measured
    pairs = {
        base: msgspec.structs.replace(measured.pair(base), price=prices.get(base, measured.pair(base).price))
        for base in {*measured.pairs, *prices}
    }
    return msgspec.structs.replace(measured, pairs=pairs)


def _stream(seed: int, name: str) -> np.random.Generator:
    """A generator of its own for each name, so that one instrument's numbers never depend on another's."""
    key = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, key])))


class _Numbers:
    """A stream of random numbers as a buffer with unused numbers at its front."""

    def __init__(self, draw: np.random.Generator, *, normal: bool) -> None:
        self._draw = draw.standard_normal if normal else draw.random
        self.buffer: NDArray[np.float64] = self._draw(_BUFFER)

    def drop(self, used: int) -> None:
        left = self.buffer[used:]
        self.buffer = np.concatenate([left, self._draw(_BUFFER - len(left))])


class _Market:
    """The running states of one market."""

    def __init__(
        self,
        scenario: Scenario,
        instruments: Sequence[Instrument],
        pairs: dict[str, tuple[int, int]],
        start_ns: int,
        duration_ns: int,
        seed: int,
        measured: Figures,
    ) -> None:
        self._scenario, self._figures = scenario, measured
        self._start, self._duration = start_ns, duration_ns
        self._factor_draw = _stream(seed, "factor")
        self._factor = first_factor(measured, scenario, self._factor_draw)
        self._pairs = [_PairPlay(base, legs, self, instruments, seed) for base, legs in pairs.items()]

    @property
    def figures(self) -> Figures:
        return self._figures

    @property
    def scenario(self) -> Scenario:
        return self._scenario

    @property
    def start_ns(self) -> int:
        return self._start

    def chunks(self) -> Iterator[Rows]:
        """Rows of each chunk of steps, all instruments merged by `ts`."""
        steps = self._duration // self._scenario.step_ns
        for first in range(0, steps, _CHUNK):
            last = min(first + _CHUNK, steps)
            lines = script(self._scenario, self._figures.season, self._start, self._duration, first, last)
            common = np.zeros(last - first, COMMON)
            z = self._factor_draw.standard_normal((last - first, FACTOR_NORMALS))
            factor_steps(self._factor[0], z, lines, common)
            sheets = [sheet for pair in self._pairs for sheet in pair.play(lines, common)]
            yield _merged(sheets)


class _PairPlay:
    """One base: its path and its two legs."""

    def __init__(
        self, base: str, legs: tuple[int, int], market: _Market, instruments: Sequence[Instrument], seed: int
    ) -> None:
        self._normals, self._uniforms = _stream(seed, f"{base} normals"), _stream(seed, f"{base} uniforms")
        self._pair = first_pair(
            market.figures,
            market.scenario,
            (instruments[legs[0]], instruments[legs[1]]),
            market.start_ns,
            self._normals,
        )
        self._legs = [_LegPlay(market, instruments[i], i, seed) for i in legs]
        reference = market.figures.pair("BTC").volatility_bps
        self._beta = (market.figures.pair(base).volatility_bps / reference) ** 0.5

    def play(self, lines: NDArray[np.void], common: NDArray[np.void]) -> Iterator[NDArray[np.void]]:
        n = len(lines)
        path = np.zeros(n, PATH)
        z, u = self._normals.standard_normal((n, PAIR_NORMALS)), self._uniforms.random((n, PAIR_UNIFORMS))
        lines = lines.copy()
        lines["kick"] *= self._beta
        pair_steps(self._pair[0], lines, common, z, u, path)
        for leg in self._legs:
            yield leg.play(path)


class _LegPlay:
    """One instrument: its book and flow, and its random numbers."""

    def __init__(self, market: _Market, instrument: Instrument, inst: int, seed: int) -> None:
        self._leg = first_leg(market.figures, market.scenario, instrument, inst)
        self._u = _Numbers(_stream(seed, f"{instrument.id} uniforms"), normal=False)
        self._z = _Numbers(_stream(seed, f"{instrument.id} normals"), normal=True)
        self._sheet = np.zeros(_BUFFER, SHEET)

    def play(self, path: NDArray[np.void]) -> NDArray[np.void]:
        """The rows of these steps, in their order."""
        parts: list[NDArray[np.void]] = []
        state, first = self._leg[0], 0
        while first < len(path):
            first = leg_steps(state, path, first, self._u.buffer, self._z.buffer, self._sheet)
            parts.append(self._sheet[: int(state["n"])].copy())
            self._u.drop(int(state["u"]))
            self._z.drop(int(state["z"]))
            state["n"] = state["u"] = state["z"] = 0
        return np.concatenate(parts)


def _merged(sheets: list[NDArray[np.void]]) -> Rows:
    """All sheets as rows sorted by `ts`. Stable, so rows of one message stay together and in order."""
    whole = np.concatenate(sheets)
    order = np.argsort(whole["ts"], kind="stable")
    return Rows(*(whole[name][order] for name in COLUMNS))


def _blocks(chunks: Iterator[Rows], block_rows: int) -> Iterator[Rows]:
    """The same rows in blocks of at most `block_rows`, cut behind message ends (a longer message is a
    block)."""
    held: list[Rows] = []
    count = 0
    for chunk in chunks:
        held.append(chunk)
        count += length(chunk)
        if count < block_rows:
            continue
        rows = concat(held)
        ends: NDArray[np.int64] = np.flatnonzero(rows.flags & END) + 1
        at = 0
        while count - at >= block_rows:
            last = int(np.searchsorted(ends, at + block_rows, side="right")) - 1
            longer = int(np.searchsorted(ends, at, side="right"))
            cut = int(ends[max(last, longer)])
            yield take(rows, slice(at, cut))
            at = cut
        held, count = [take(rows, slice(at, None))], count - at
    if count:
        yield concat(held)
