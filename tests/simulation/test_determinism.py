"""The same input is the same run: in another process, without the compiler, cut into blocks, stopped and
restored.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulation import story
from tests.simulation.scenes import blocks_of
from titan.model.errors import ReplayError

ROOT = Path(__file__).resolve().parents[2]
KINDS = ("constant", "lognormal", "recorded")


def told(**environment: str) -> str:
    path = os.pathsep.join([str(ROOT / "src"), str(ROOT)])
    env = {**os.environ, "PYTHONPATH": path, **environment}
    done = subprocess.run(
        [sys.executable, "-m", "tests.simulation.story"],
        env=env,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_compiled_and_plain_python_agree_bit_for_bit():
    here = "".join(f"{kind} {story.digest(kind)}\n" for kind in KINDS)
    assert told(NUMBA_DISABLE_JIT="1", PYTHONHASHSEED="77") == here


@pytest.mark.parametrize("kind", KINDS)
def test_a_restored_exchange_continues_as_if_nothing_had_happened(kind):
    whole = story.begin(kind, [story.tape()])
    first = story.play(whole, 100, 40_100)
    kept = whole.snapshot()
    before = whole.digest()
    rest = story.play(whole, 40_100, story.LAST)
    again = story.begin(kind, blocks_of(story.tape(), [7, 300, 301, 555]))
    again.restore(kept)
    assert again.digest() == before
    assert story.play(again, 40_100, story.LAST) == rest
    assert again.digest() == whole.digest()
    assert len(first) > 40
    assert len(rest) > 40


def test_another_seed_is_another_run_and_a_broken_snapshot_says_so():
    venue = story.begin("lognormal", [story.tape()])
    with pytest.raises(ReplayError, match="not a snapshot"):
        venue.restore(b"nothing")
    venue.state.core[0]["rng1"] = 12345
    other = story.begin("lognormal", [story.tape()])
    assert story.play(venue, 100, 20_100) != story.play(other, 100, 20_100)
