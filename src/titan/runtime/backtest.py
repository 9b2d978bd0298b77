"""A backtest from a tape and a configuration to a run's folder; the page is made of that folder by
`report`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final

import msgspec

from titan import __version__
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import Rows
from titan.market.tape.validate import Quality, validate
from titan.model.errors import ConfigError
from titan.runtime.clock import WallClock
from titan.runtime.comparisons import comparisons
from titan.runtime.config import Config, load_config
from titan.runtime.coverage import Coverage
from titan.runtime.harvest import play_harvest
from titan.runtime.outcome import status_of
from titan.runtime.results import encode, report_document, run_document, trades_of, write_tables
from titan.runtime.run_folder import STATUS_FILE, check_target, writing
from titan.runtime.session import Session
from titan.views.status import encoded

Progress = Callable[[str, int, int], None]
STRATEGIES: Final = ("sentinel",)


def run_backtest(
    strategy: str,
    tape: Path,
    out: Path,
    *,
    config: Path | None,
    overrides: Mapping[str, object],
    progress: Progress,
) -> Path:
    """Run it and write `out`. Nothing is written when anything fails or is interrupted."""
    if strategy not in STRATEGIES:
        raise ConfigError(
            f"there is no strategy '{strategy}'", remedy=f"choose one of: {', '.join(STRATEGIES)}"
        )
    check_target(out)
    # In its canonical form, so that a replay, which has only that, starts from the very same values.
    settings = Config.model_validate(load_config(config, os.environ, overrides).canonical())
    reader = TapeReader(tape)
    coverage = Coverage(len(reader.instruments))
    quality = inspect(reader, coverage, progress)
    session, seconds = play(reader, settings, coverage, progress)
    run_hash, trades = session.journal.digest, trades_of(session)
    compared = settings.report.compare_with_harvest and bool(session.observer.equity)
    plain = harvested(reader, settings, coverage, progress) if compared else None
    curves = comparisons(session, plain)
    with writing(out) as folder:
        write_tables(folder, session, trades, curves)
        (folder / "run.json").write_bytes(encode(run_document(session, run_hash, quality)))
        report = report_document(session, trades, run_hash, seconds, quality, curves)
        (folder / "report.json").write_bytes(encode(report))
        (folder / STATUS_FILE).write_bytes(encoded(status_of(session)))
    return out


def inspect(reader: TapeReader, coverage: Coverage, progress: Progress) -> Quality:
    """Check every row before any is traded on, and fill `coverage`; the findings go into the report."""
    done = 0

    def counted() -> Iterator[Rows]:
        nonlocal done
        for block in reader.blocks():
            coverage.add(block)
            yield block
            done += len(block.ts)
            progress("checking data", done, reader.rows)

    return validate(counted(), reader.meta)


def play(
    reader: TapeReader, settings: Config, coverage: Coverage, progress: Progress
) -> tuple[Session, float]:
    """One session to its end, and the seconds that it took."""
    session = Session(reader, settings, run_id(reader, settings), coverage)
    progress("loading kernels (compiled once per version)", 0, 0)
    session.prepare()
    clock = WallClock()
    began = clock.elapsed()
    session.run(lambda done, total: progress("backtest", done, total))
    return session, clock.elapsed() - began


def harvested(reader: TapeReader, settings: Config, coverage: Coverage, progress: Progress) -> Session | None:
    """Plain funding harvesting on the same tape, for the report."""
    return play_harvest(
        reader, settings, coverage, lambda done, total: progress("plain harvesting, to compare", done, total)
    )


def run_id(reader: TapeReader, settings: Config) -> str:
    """The same tape, settings and Titan give the same id: 12 hex characters."""
    text = msgspec.json.encode([settings.canonical(), reader.fingerprint, __version__], order="deterministic")
    return hashlib.blake2b(text, digest_size=6).hexdigest()
