"""Files of the public archive become a tape, with and without headers."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from titan.market.tape.read import TapeReader
from titan.market.tape.rows import SETTLED, Kind
from titan.model.errors import DataError
from titan.venues.recorded.assemble import import_recordings

SPOT, PERP = "data/spot/daily", "data/futures/um/daily"
MS = 1_735_689_600_000


def put(root: Path, path: str, text: str) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(target.name.replace(".zip", ".csv"), text)
    target.write_bytes(packed.getvalue())


def test_every_kind_that_has_rows_comes_onto_the_tape(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    bar = ",94000.1,94100.0,93900.5,94050.0,12.5,{end},1175000.0,10,6.0,564000.0,0\n"
    put(
        raw, f"{SPOT}/klines/BTCUSDT/1m/BTCUSDT-1m-2025-01-01.zip",
        "".join(f"{(MS + i * 60_000) * 1000}" + bar.format(end=0) for i in range(3)),
    )  # fmt: skip
    put(
        raw, f"{PERP}/klines/BTCUSDT/1m/BTCUSDT-1m-2025-01-01.zip",
        "open_time,open,high,low,close,volume,close_time,quote_volume,count,taker_buy_volume,"
        "taker_buy_quote_volume,ignore\n"
        + "".join(f"{MS + i * 60_000}" + bar.format(end=0) for i in range(3)),
    )  # fmt: skip
    put(
        raw, f"{PERP}/markPriceKlines/BTCUSDT/1m/BTCUSDT-1m-2025-01-01.zip",
        "".join(f"{MS + i * 60_000}" + bar.format(end=0) for i in range(3)),
    )  # fmt: skip
    put(
        raw, f"{SPOT}/aggTrades/BTCUSDT/BTCUSDT-aggTrades-2025-01-01.zip",
        f"1,94000.1,0.5,1,1,{MS * 1000},False,True\n2,94000.0,0.25,2,2,{MS * 1000 + 7},True,True\n",
    )  # fmt: skip
    put(
        raw, "data/futures/um/monthly/fundingRate/BTCUSDT/BTCUSDT-fundingRate-2025-01.zip",
        f"calc_time,funding_interval_hours,last_funding_rate\n{MS},8,0.0001\n{MS + 28_800_000},8,-0.0002\n",
    )  # fmt: skip
    put(
        raw, f"{PERP}/metrics/BTCUSDT/BTCUSDT-metrics-2025-01-01.zip",
        "create_time,symbol,sum_open_interest,sum_open_interest_value,a,b,c,d\n"
        "2025-01-01 00:05:00,BTCUSDT,81234.5,7636043000.0,1,1,1,1\n",
    )  # fmt: skip
    put(
        raw, f"{PERP}/liquidationSnapshot/BTCUSDT/BTCUSDT-liquidationSnapshot-2025-01-01.zip",
        "time,side,order_type,time_in_force,original_quantity,price,average_price,order_status,"
        "last_fill_quantity,accumulated_fill_quantity\n"
        f"{MS + 5},SELL,LIMIT,IOC,0.5,93000,93100.5,FILLED,0.5,0.5\n",
    )  # fmt: skip
    report = import_recordings([raw], tmp_path / "tape")
    assert report.bad_row_count == 0
    assert report.skipped == ()
    counts = TapeReader(tmp_path / "tape").counts
    spot, perp = counts["binance.spot.BTCUSDT"], counts["binance.perp.BTCUSDT"]
    assert (spot[Kind.TRADE], spot[Kind.BAR_CLOSE]) == (2, 3)
    assert (perp[Kind.MARK], perp[Kind.FUNDING], perp[Kind.OPEN_INTEREST], perp[Kind.LIQUIDATION]) == (
        3,
        2,
        1,
        1,
    )
    rows = TapeReader(tmp_path / "tape").load()
    trades = rows.kind == Kind.TRADE
    assert rows.side[trades].tolist() == [1, -1]
    assert rows.ts[trades].tolist() == [MS * 1_000_000, MS * 1_000_000 + 7000]
    assert rows.side[rows.kind == Kind.LIQUIDATION].tolist() == [1]
    assert (rows.flags[rows.kind == Kind.FUNDING] & SETTLED).all()


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "BTCUSDT-aggTrades-2025-01-01.zip"
    path.write_bytes(b"PK\x03\x04 cut short")
    with pytest.raises(DataError, match=r"BTCUSDT-aggTrades-2025-01-01\.zip"):
        import_recordings([path], tmp_path / "tape")
    assert not (tmp_path / "tape").exists()
