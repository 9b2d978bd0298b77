"""A generated market as a tape on disk, marked as simulated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from titan.market.tape.file import TapeMeta
from titan.market.tape.write import TapeWriter
from titan.model.instrument import Instrument
from titan.simulation.market.generate import generate
from titan.simulation.market.scenario import Scenario


def write_market(
    path: Path | str,
    scenario: Scenario,
    *,
    instruments: Sequence[Instrument],
    start_ns: int,
    duration_ns: int,
    seed: int,
    prices: Mapping[str, float] | None = None,
    replace: bool = False,
) -> int:
    """Plays the scenario into a tape in bounded memory; the number of rows. Raises as `generate` and
    `TapeWriter`."""
    meta = TapeMeta(
        instruments=tuple(instruments),
        simulated=True,
        scenario=f"{scenario.name}, seed {seed}",
        notes=(f"simulated market, nothing here was traded: {scenario.name}, {duration_ns / 3.6e12:g} h",),
    )
    blocks = generate(
        scenario,
        instruments=instruments,
        start_ns=start_ns,
        duration_ns=duration_ns,
        seed=seed,
        prices=prices,
    )
    with TapeWriter(path, meta, replace=replace) as tape:
        for rows in blocks:
            tape.append(rows)
    return tape.rows
