"""The same kernels, compiled and as plain Python, in two processes: equal to the last bit."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from titan.market import basis as b
from titan.market import book as l2
from titan.market import compiled as compiled_module
from titan.market import quotes as q
from titan.market import stats as s
from titan.market.compiled import compiled
from titan.market.tape.rows import END, Kind, Rows, empty


def made_rows(n: int, seed: int) -> Rows:
    """Rows of every kind for two instruments, with prices that leave the window now and then."""
    rng = np.random.default_rng(seed)
    rows = empty(n)
    rows.ts[:] = rows.recv[:] = np.arange(1, n + 1)
    rows.inst[:] = rng.integers(0, 2, n)
    usual = [Kind.LEVEL] * 30 + [Kind.BBO] * 6
    rows.kind[:] = rng.choice([*usual, *Kind], n)
    rows.side[:] = rng.choice([-1, 1], n)
    rows.flags[:] = rng.choice([0, END], n)
    near = 280_000 + np.cumsum(rng.integers(-30, 31, n)) - rows.side * rng.integers(0, 300, n)
    ticks = np.where(rng.random(n) < 0.05, rng.integers(1, 1_000_000, n), near)
    rows.px[:] = ticks / 10
    rows.qty[:] = np.where(rng.random(n) < 0.4, 0.0, rng.integers(1, 5_000, n) / 1000)
    return rows


@compiled
def scan(quotes: q.Quotes, books: q.Quotes, state: np.void, rows: Rows, out: np.ndarray) -> None:
    for k in range(len(rows.ts)):
        if q.update(quotes, books, rows, k):
            got = b.executable_basis(quotes[0], books[0], quotes[1], books[1], rows.side[k], 20_000.0)
            s.push(state, got.bps)
            i = rows.inst[k]
            out[k, 5] = q.take(quotes[i], books[i], 1, quotes[i]["bid"], 0.3)
            out[k, 5] += q.take(quotes[i], books[i], -1, quotes[i]["ask"], 0.7)
            out[k, 0] = got.code
            out[k, 1] = got.bps
            out[k, 2] = got.spot_impact + got.perp_impact
            out[k, 3] = s.zscore(state, got.bps)
            out[k, 4] = s.percentile(state, 90.0)


def digest(n: int, seed: int) -> str:
    """Of every number that the kernels leave behind, bit for bit."""
    rows = made_rows(n, seed)
    quotes, books = q.new_quotes([0.1, 0.1], half_spread=2e-4, bar_share=0.1), l2.new_books([0.1, 0.1])
    state = s.new_rolling(1, 30)
    out = np.zeros((n, 6))
    scan(quotes, books, state[0], rows, out)
    assert np.count_nonzero(out[:, 1]) > n // 10
    return hashlib.sha256(b"".join(a.tobytes() for a in (quotes, books, state, out))).hexdigest()


def test_plain_python_gives_the_compiled_bits() -> None:
    root = Path(__file__).resolve().parents[2]
    path = os.pathsep.join([str(root), str(root / "src")])
    done = subprocess.run(
        [sys.executable, "-c", "from tests.market.test_compiled import digest; print(digest(1500, 3))"],
        env={**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == digest(1500, 3)


def test_the_cache_knows_every_source_of_a_kernel() -> None:
    """A module with kernels that is not in the digest would run stale machine code after a change."""
    package = Path(compiled_module.__file__).resolve().parent.parent
    for source in package.rglob("*.py"):
        file = source.relative_to(package)
        text = source.read_text()
        if "@compiled" in text or "@inlined" in text:
            known = file.parts[0] in compiled_module.KERNEL_ROOMS or str(file) in compiled_module.KERNEL_FILES
            assert known, f"{file} belongs into KERNEL_FILES"
