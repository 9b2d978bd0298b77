"""Many backtests of one tape, each with its own settings, on every core that is given.

A set is played by the very session that `titan backtest` plays: the same engine, gates, exchange, fees,
latency and queue, and the same run hash, so any row of a sweep can be had as a whole run. Rows are read and
kernels loaded once, before the workers are forked; sets do not touch one another, so the result does not
depend on how many workers there are or on who played what.
"""

from __future__ import annotations

import gc
import itertools
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

from titan.market.tape.loaded import LoadedTape
from titan.model.errors import ConfigError, TitanError
from titan.runtime.backtest import run_id
from titan.runtime.config import Config, load_config
from titan.runtime.coverage import Coverage, coverage_of
from titan.runtime.results import figures, trades_of
from titan.runtime.session import Session

Values = Mapping[str, object]
Progress = Callable[[str, int, int], None]
PNL: Final = ("funding", "basis", "fees", "slippage", "transfers", "stablecoin")
LOOK_S: Final = 0.25
"""How often Ctrl-C is looked for while no set ends."""
MOST: Final = 100_000
"""More sets than this are a mistake in the grid."""


class Figures(msgspec.Struct, frozen=True):
    """What one set made, by the definitions of the report; money in quote units, ratios as there."""

    run_hash: str
    total_return: float
    nav_end: float
    funding: float
    basis: float
    fees: float
    slippage: float
    transfers: float
    stablecoin: float
    annual_return: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    exposure: float | None
    trades: int
    orders: int
    fills: int


class Played(msgspec.Struct, frozen=True):
    """One set: its number in the grid, its values, and its figures or what was wrong with it."""

    number: int
    values: dict[str, object]
    figures: Figures | None = None
    error: str = ""


class Task(msgspec.Struct, frozen=True):
    number: int
    values: dict[str, object]
    config: dict[str, object]


class Ground:
    """What all sets share: the rows in memory, and from when to when each instrument is known."""

    def __init__(self, tape: Path) -> None:
        self.tape = LoadedTape(tape)
        self.coverage: Coverage = coverage_of(self.tape)


_GROUND: dict[str, Ground] = {}
"""The tape of this process's sweep; a forked worker finds it here, a spawned one loads it."""


def grid(axes: Mapping[str, Sequence[object]]) -> list[dict[str, object]]:
    """Every combination, the last key varying fastest. Raises ConfigError for an axis without values."""
    for key, values in axes.items():
        if not values:
            raise ConfigError(f"{key} has no values", remedy=f"write them as {key}=1.5,2,2.5")
    found = [dict(zip(axes, values, strict=True)) for values in itertools.product(*axes.values())]
    if len(found) > MOST:
        raise ConfigError(
            f"{len(found):,} sets are too many", remedy=f"at most {MOST:,} can be played at once"
        )
    return found


def sweep(
    tape: Path, sets: Sequence[Values], *, config: Path | None, base: Values, workers: int, progress: Progress
) -> list[Played]:
    """Play every set; the answers are in the order of `sets`, whatever the number of `workers`.

    A set whose values break a rule, or whose run fails, is an answer that says so. When interrupted, workers
    are ended and nothing is answered. Raises ConfigError when no set at all can be played.
    """
    tasks, refused = _tasks(sets, config, base)
    if not tasks:
        raise ConfigError(
            refused[0].error if refused else "there is no set to play",
            remedy="`titan config show` lists every key with its rule, unit and present value.",
        )
    progress("reading rows once for all sets", 0, 0)
    ground = _GROUND[str(tape)] = Ground(tape)
    try:
        _first(ground, tasks[0])
        found = list(refused)
        for played in _play(str(tape), tasks, max(1, min(workers, len(tasks)))):
            found.append(played)
            progress(f"sets: {len(found)} of {len(sets)}", len(found), len(sets))
    finally:
        gc.unfreeze()
        del _GROUND[str(tape)]
    return sorted(found, key=lambda one: one.number)


def _tasks(sets: Sequence[Values], config: Path | None, base: Values) -> tuple[list[Task], list[Played]]:
    """Every set as whole settings, checked before anything is played; those that break a rule apart."""
    tasks: list[Task] = []
    refused: list[Played] = []
    for number, values in enumerate(sets):
        try:
            settings = load_config(config, os.environ, {**base, **values})
        except ConfigError as error:
            refused.append(Played(number, dict(values), error=error.message))
        else:
            tasks.append(Task(number, dict(values), settings.canonical()))
    return tasks, refused


def _first(ground: Ground, task: Task) -> None:
    """Kernels are loaded here, before any fork, or compiled where this version never ran. What that leaves
    behind (a compiler's worth of objects) is no garbage, and a worker that looks through it copies it.
    """
    settings = Config.model_validate(task.config)
    Session(ground.tape, settings, "prepare", ground.coverage).prepare()
    gc.collect()
    gc.freeze()


def _play(tape: str, tasks: Sequence[Task], workers: int) -> Iterator[Played]:
    if workers == 1:
        for task in tasks:
            yield play_set(tape, task)
        return
    kinds = multiprocessing.get_all_start_methods()
    context = multiprocessing.get_context("fork" if "fork" in kinds else "spawn")
    before = set(multiprocessing.active_children())
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(tape,))
    try:
        with listening() as stopped:
            running: dict[Future[Played], Task] = {pool.submit(play_set, tape, task): task for task in tasks}
            left = set(running)
            while left:
                done, left = wait(left, timeout=LOOK_S, return_when=FIRST_COMPLETED)
                if stopped:
                    raise KeyboardInterrupt
                for future in done:
                    yield _answer(future, running[future])
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in set(multiprocessing.active_children()) - before:
            child.terminate()


@contextmanager
def listening() -> Iterator[list[int]]:
    """Holds the signals that came: Ctrl-C is looked for, because as an exception it is lost where it falls
    into a fork, whose hooks let none through.
    """
    heard: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield heard
        return
    before = signal.signal(signal.SIGINT, lambda number, _frame: heard.append(number))
    try:
        yield heard
    finally:
        signal.signal(signal.SIGINT, before)


def _answer(future: Future[Played], task: Task) -> Played:
    """Raises what a worker raised, with the set that it was at."""
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, BrokenProcessPool):
        raise ConfigError(
            f"a worker was killed at set {task.number} or near it ({spoken(task.values)})",
            remedy="most often memory ran out: use fewer --workers",
        ) from error
    error.add_note(f"at set {task.number}: {spoken(task.values)}")
    raise error


def spoken(values: Values) -> str:
    return ", ".join(f"{key}={value}" for key, value in values.items()) or "as configured"


def _begin(tape: str) -> None:
    """A worker: Ctrl-C is the parent's to hear; the tape is there after a fork, else it is loaded."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if tape not in _GROUND:
        _GROUND[tape] = Ground(Path(tape))


def play_set(tape: str, task: Task) -> Played:
    """One set from its settings to its figures."""
    ground, settings = _GROUND[tape], Config.model_validate(task.config)
    try:
        session = Session(ground.tape, settings, run_id(ground.tape, settings), ground.coverage)
        session.prepare()
        session.run(lambda _done, _total: None)
    except TitanError as error:
        return Played(task.number, task.values, error=error.message)
    return Played(task.number, task.values, figures_of(session))


def figures_of(session: Session) -> Figures:
    trades = trades_of(session)
    last = session.observer.equity[-1]
    measured = msgspec.convert(figures(session, trades), _Measured)
    capital: Decimal = session.config.run.capital
    return Figures(
        run_hash=session.journal.digest,
        total_return=float((last.nav - capital) / capital),
        nav_end=float(last.nav),
        **{name: float(getattr(last.pnl, name)) for name in PNL},
        annual_return=measured.annual_return,
        sharpe=measured.sharpe,
        sortino=measured.sortino,
        max_drawdown=measured.max_drawdown,
        win_rate=measured.win_rate,
        profit_factor=measured.profit_factor,
        exposure=measured.exposure,
        trades=measured.trades,
        orders=len(session.desk.tickets),
        fills=len(session.observer.fills),
    )


class _Measured(msgspec.Struct):
    """What is taken of the report's figures."""

    annual_return: float | None
    sharpe: float | None
    sortino: float | None
    max_drawdown: float
    win_rate: float | None
    profit_factor: float | None
    exposure: float | None
    trades: int
