"""From the public archive to a report, as docs/strategies/sentinel.md writes it."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from titan.cli.app import main

FIRST_MS = 1_735_689_600_000
"""2025-01-01 UTC."""
DAY_MS, BAR_MS, SETTLED_MS = 86_400_000, 300_000, 28_800_000
DAYS = 2
COINS = {"BTCUSDT": (94_000.0, 1), "ETHUSDT": (3_300.0, 2)}


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base class's name
        del format, args


def put(root: Path, path: str, lines: list[str]) -> None:
    target = root / path
    target.parent.mkdir(parents=True, exist_ok=True)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        made.writestr(target.name.replace(".zip", ".csv"), "\n".join(lines) + "\n")
    target.write_bytes(packed.getvalue())
    digest = hashlib.sha256(packed.getvalue()).hexdigest()
    target.with_name(target.name + ".CHECKSUM").write_text(f"{digest}  {target.name}\n")


def bars(start_ms: int, prices: list[float], unit: int) -> list[str]:
    """A day of bars; spot files count microseconds since 2025, the others milliseconds."""
    found = []
    for n, (now, then) in enumerate(pairwise(prices)):
        at = (start_ms + n * BAR_MS) * unit
        high, low = max(now, then), min(now, then)
        found.append(f"{at},{now:.2f},{high:.2f},{low:.2f},{then:.2f},900.0,{at + 1},1.0,10,450.0,1.0,0")
    return found


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[str]:
    """A host with two days of two coins, whose funding is well worth harvesting."""
    root = tmp_path / "host"
    for symbol, (price, seed) in COINS.items():
        rng = np.random.default_rng(seed)
        count = DAYS * DAY_MS // BAR_MS + 1
        spot = price * np.exp(np.cumsum(rng.normal(0, 5e-4, count)))
        perp = spot * (1 + rng.normal(3e-4, 5e-5, count))
        for day in range(DAYS):
            part = slice(day * 288, day * 288 + 289)
            start, name = FIRST_MS + day * DAY_MS, f"{symbol}-5m-2025-01-0{day + 1}.zip"
            um = "data/futures/um/daily"
            put(root, f"data/spot/daily/klines/{symbol}/5m/{name}", bars(start, spot[part].tolist(), 1000))
            put(root, f"{um}/klines/{symbol}/5m/{name}", bars(start, perp[part].tolist(), 1))
            put(root, f"{um}/markPriceKlines/{symbol}/5m/{name}", bars(start, perp[part].tolist(), 1))
        settled = range(FIRST_MS, FIRST_MS + 31 * DAY_MS, SETTLED_MS)
        put(
            root, f"data/futures/um/monthly/fundingRate/{symbol}/{symbol}-fundingRate-2025-01.zip",
            ["calc_time,funding_interval_hours,last_funding_rate", *(f"{at},8,0.0008" for at in settled)],
        )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_download_import_backtest_report(
    archive: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, tape, out = tmp_path / "data", tmp_path / "tape", tmp_path / "run"
    named = [
        word for symbol in COINS for kind in ("spot", "perp") for word in ("--instrument", f"{kind}.{symbol}")
    ]
    kinds = [word for kind in ("klines", "fundingRate", "markPriceKlines") for word in ("--kind", kind)]
    when = ["--interval", "5m", "--start", "2025-01-01", "--end", "2025-01-03"]
    assert main(["data", "download", *named, *kinds, *when, "--out", str(data), "--base-url", archive]) == 0
    said = capsys.readouterr().out
    assert "14 files fetched" in said
    assert "not published" not in said
    assert (
        main(["tape", "import", str(data), "--venue", "binance", "--end", "2025-01-03", "--out", str(tape)])
        == 0
    )
    config = Path(__file__).parents[2] / "config" / "sentinel"
    assert (
        main(["backtest", "sentinel", "--tape", str(tape), "--config", str(config), "--out", str(out)]) == 0
    )
    report = json.loads((out / "report.json").read_text())
    assert report["pnl_sums_to_nav_change"] is True
    assert report["ledger_matches_venue"] is True
    assert report["pnl"]["funding"] > 0
    kinds_compared = [bench["kind"] for bench in report["benchmarks"]]
    assert kinds_compared == ["cash", "cash", "harvest", "coin", "coin", "basket"]
    page = (out / "report.html").read_text()
    assert "Plain funding harvesting" in page


def test_what_only_perps_have_is_refused_of_a_spot_alone(archive: str, tmp_path: Path) -> None:
    arguments = ["--instrument", "spot.BTCUSDT", "--kind", "fundingRate", "--start", "2025-01"]
    assert main(["data", "download", *arguments, "--out", str(tmp_path / "d"), "--base-url", archive]) == 2
