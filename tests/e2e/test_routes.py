"""A backtest over two venues, from tape to report: where two venues pay, where they must not, and in USDC."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from decimal import Decimal as D
from pathlib import Path

import msgspec
import numpy as np
import pytest

from titan.market.tape.file import TapeMeta
from titan.market.tape.read import TapeReader
from titan.market.tape.rows import END, Kind, Rows, concat, empty, take
from titan.market.tape.write import TapeWriter
from titan.model.instrument import FeeSchedule, Instrument, InstrumentKind
from titan.runtime.backtest import play, run_backtest
from titan.runtime.config import load_config
from titan.runtime.coverage import coverage_of
from titan.runtime.session import Session

HOURS = 3
SETTINGS = {
    "sentinel.min_warmup": 60,
    "sentinel.window": 128,
    "sentinel.entry_z": 1.5,
    "sentinel.funding_hurdle_apr": 0.01,
    "sentinel.check_seconds": 600,
    "simulation.fees.spot.taker_bps": 0.5,
    "simulation.fees.perp.taker_bps": 0.5,
}


def quiet(_what: str, _done: int, _total: int) -> None:
    return None


def at(venue: str, instruments: Sequence[Instrument], quote: str = "USDT") -> list[Instrument]:
    return [
        msgspec.structs.replace(i, venue=venue, quote=quote, symbol=f"{i.base}{quote}") for i in instruments
    ]


def two_venues(
    market: Path, out: Path, *, scale: Mapping[InstrumentKind, float], quote: str = "USDT", rate: float = 1.0
) -> Path:
    """The market of one venue, and beside it another's: its prices times `scale` over `rate`, in ticks."""
    reader = TapeReader(market)
    own = list(reader.meta.instruments)
    other = at("bybit", own, quote)
    extra = [] if quote == "USDT" else [_rate_instrument(own[0])]
    meta = TapeMeta(instruments=(*own, *other, *extra), simulated=True)
    with TapeWriter(out, meta) as tape:
        for block in reader.blocks():
            rows = take(block, block.ts <= reader.start + HOURS * 3_600_000_000_000)
            copy = Rows(*(column.copy() for column in rows))
            priced = np.isin(copy.kind, [Kind.TRADE, Kind.LEVEL, Kind.BBO, Kind.MARK, Kind.INDEX])
            for n, rules in enumerate(own):
                mine, tick = priced & (copy.inst == n), float(rules.tick)
                ticks = np.round(copy.px[mine] * scale[rules.kind] / rate / tick)
                copy.px[mine] = np.round(ticks * tick, 8)
            copy.inst[:] += len(own)
            parts = [rows, copy, *([_rates(rows, len(own) * 2, rate)] if extra else [])]
            whole = concat(parts)
            tape.append(take(whole, np.argsort(whole.ts, kind="stable")))
    return out


def _rate_instrument(like: Instrument) -> Instrument:
    fees = FeeSchedule(maker=D(0), taker=D(0))
    return msgspec.structs.replace(
        like, base="USDC", symbol="USDCUSDT", tick=D("0.0001"), lot=D(1), fees=fees, min_qty=D(0)
    )


def _rates(rows: Rows, inst: int, rate: float) -> Rows:
    """A bid and an ask a minute, which sink a little by and by."""
    minutes = np.arange(int(rows.ts[0]), int(rows.ts[-1]), 60_000_000_000)
    out = empty(2 * len(minutes))
    out.ts[:] = out.recv[:] = np.repeat(minutes, 2)
    out.inst[:], out.kind[:] = inst, Kind.BBO
    out.side[:] = np.tile([1, -1], len(minutes))
    out.flags[:] = np.tile([0, END], len(minutes))
    sinking = np.repeat(np.round(rate - np.linspace(0.0, 0.003, len(minutes)), 4), 2)
    out.px[:] = np.round(sinking + np.tile([-0.0001, 0.0001], len(minutes)), 4)
    out.qty[:] = 1e6
    return out


def played(tape: Path, **changes: object) -> Session:
    reader = TapeReader(tape)
    session, _ = play(reader, load_config(None, {}, SETTINGS | changes), coverage_of(reader), quiet)
    return session


def exact_books(session: Session) -> bool:
    theirs = session.venue.balances()
    return all(session.ledger.balance(*key) == amount for key, amount in theirs.items())


def legs(session: Session) -> set[tuple[str, str]]:
    """The venues of what was really held."""
    return {(h.spot.split(".")[0], h.perp.split(".")[0]) for h in session.observer.holdings.values()}


@pytest.fixture(scope="module")
def split_market(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Spot is the same at both venues; the second's perp stands 30 bps higher."""
    out = tmp_path_factory.mktemp("routes") / "tape"
    return two_venues(market, out, scale={InstrumentKind.SPOT: 0.997, InstrumentKind.PERP: 1.0})


def test_two_venues_are_used_where_that_pays(split_market: Path) -> None:
    session = played(split_market)
    routes = session.observer.routes
    taken = [r.chosen for r in routes if r.chosen is not None]
    assert any(one.cross for one in taken)
    for routed in routes:
        assert routed.single is not None
        if routed.chosen is not None and routed.chosen.cross:
            assert routed.chosen.all_in_bps >= routed.single.all_in_bps + routed.hurdle_bps
    assert any(spot != perp for spot, perp in legs(session))
    assert exact_books(session)


def test_below_their_hurdle_two_venues_are_not_used(split_market: Path) -> None:
    session = played(split_market, **{"sentinel.cross_hurdle_bps": 900})
    assert session.observer.routes
    assert all(spot == perp for spot, perp in legs(session))
    assert any(r.cross is not None for r in session.observer.routes)


def test_where_both_venues_quote_alike_one_is_enough(market: Path, tmp_path: Path) -> None:
    same = dict.fromkeys(InstrumentKind, 1.0)
    session = played(two_venues(market, tmp_path / "tape", scale=same))
    assert session.observer.routes
    assert all(spot == perp for spot, perp in legs(session))


def test_legs_in_another_stablecoin_are_accounted_to_the_last_unit(market: Path, tmp_path: Path) -> None:
    tape = two_venues(
        market, tmp_path / "tape", scale=dict.fromkeys(InstrumentKind, 1.0), quote="USDC", rate=0.998
    )
    out = run_backtest("sentinel", tape, tmp_path / "run", config=None, overrides=SETTINGS, progress=quiet)
    report = json.loads((out / "report.json").read_text())
    assert report["orders"]
    assert report["pnl_sums_to_nav_change"] is True
    assert report["ledger_matches_venue"] is True
    assert report["pnl"]["stablecoin"] < 0.0, "half of the capital stood in a coin that sank"
    lines = [json.loads(line) for line in (out / "journal.jsonl").read_text().splitlines()]
    rated = [e for e in lines if e["what"] == "fill" and e["instrument"].endswith("USDC")]
    assert rated
    assert all(D("0.99") < D(e["quote_rate"]) < D("0.999") for e in rated)
    own = [e for e in lines if e["what"] == "fill" and e["instrument"].endswith("USDT")]
    assert {e["quote_rate"] for e in own} <= {"1"}
