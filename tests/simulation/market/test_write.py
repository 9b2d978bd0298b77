"""A generated market on disk is a tape like any other, and says that it is simulated."""

from __future__ import annotations

from pathlib import Path

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import concat
from titan.simulation.market.generate import generate
from titan.simulation.market.instruments import simulated_pairs
from titan.simulation.market.scenario import SCENARIOS, SECOND_NS
from titan.simulation.market.write import write_market


def test_the_tape_holds_the_generated_rows_and_says_simulated(tmp_path: Path) -> None:
    instruments = simulated_pairs(["SOL"])
    span = {"start_ns": 1_784_073_600 * SECOND_NS, "duration_ns": 1800 * SECOND_NS, "seed": 4}
    rows = write_market(tmp_path / "sol", SCENARIOS["demo"], instruments=instruments, **span)
    tape = TapeReader(tmp_path / "sol")
    tape.verify()
    assert tape.meta.simulated
    assert tape.meta.scenario == "demo, seed 4"
    assert "simulated" in tape.meta.notes[0]
    assert list(tape.instruments) == instruments
    held = concat(list(tape.blocks()))
    made = concat(list(generate(SCENARIOS["demo"], instruments=instruments, **span)))
    assert rows == len(made.ts) == len(held.ts)
    assert (held.px == made.px).all()
    assert (held.recv == made.recv).all()
