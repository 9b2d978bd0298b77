"""Prepare the inputs that all peers share: `python -m benchmarks.inputs --out DIR [--data DIR] [--quotes N]`.

Writes NumPy arrays (`quotes.npy`, `diffs-<book>-levels.npy`, `diffs-<book>-offsets.npy`, `legs.npy`), frames
as a venue sends them (`frames-mix.txt`, `frames-depth.txt`, one a line), a month of bars (`month.npy`) and
`inputs.json`, which says where the numbers come from. Each peer then reads them in the form it likes best;
turning them into a peer's own file format is not timed, loading that form is.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks import recorded, stored

VERSION: Final = 6
"""Part of the cache key: raise it when the meaning of a file changes."""


def prepare(out: Path, data: Path | None, n_quotes: int) -> dict[str, Any]:
    """Write the inputs unless `out` already holds the same; `data` None or absent means generated inputs."""
    is_recorded = data is not None and all(
        (data / p).is_file() for b in stored.BOOKS.values() for p in b.paths
    )
    key = {"version": VERSION, "quotes": n_quotes, "recorded": is_recorded}
    known = out / "inputs.json"
    if known.is_file() and (found := json.loads(known.read_text()))["key"] == key:
        return dict(found)
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    if is_recorded:
        assert data is not None
        described = recorded.write(out, data, n_quotes)
    else:
        from benchmarks import generated

        described = generated.write(out, n_quotes)
    described["key"] = key
    known.write_text(json.dumps(described, indent=1))
    return described


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--quotes", type=int, default=1_000_000)
    asked = parser.parse_args(argv)
    prepare(asked.out, asked.data, asked.quotes)


if __name__ == "__main__":
    main()
