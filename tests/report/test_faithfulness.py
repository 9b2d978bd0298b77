"""The page of a comparison: self-contained, labelled as simulated, and strict about its document."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from titan.model.errors import DataError
from titan.model.faithfulness import Band, Chart, Comparison, Row, Series, Table
from titan.report.faithfulness import build_faithfulness, figure, render


def made() -> Comparison:
    lines = [
        Series("measured", [1.0, 10.0, 100.0], [0.3, 0.2, -0.1]),
        Series("simulated", [1.0, 10.0], [0.2, 0.2]),
    ]
    long = Series("simulated", [float(i) for i in range(100)], [0.0] * 100)
    return Comparison(
        title="A <market>",
        simulated=True,
        made="seed 1",
        tables=[
            Table("BTC", "klines", "generated", [Row("near", "bps", 2.0, 2.1), Row("far", "", 0.0, -3.0)])
        ],
        charts=[
            Chart("G", "clustering", "lag", "", lines, log_x=True),
            Chart("S", "story", "hours", "bps", [long], wide=True, bands=[Band("calm", 0.0, 50.0)]),
            Chart("G", "sizes", "%", "USDT", [Series("measured", [1.0, 2.0], [3.0, 4e6])], log_y=True),
        ],
    )


def test_the_page_is_whole_and_loads_nothing() -> None:
    page = render(made())
    assert page.count("<svg") == page.count("</svg>") == 3
    assert page.count("<h2>") == 3  # each group once, and the tables
    assert "Simulated market" in page
    assert "A &lt;market&gt;" in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert ">calm</text>" in page
    assert "nan" not in page
    assert '<td class="far">' in page
    assert "1.05" in page


def test_a_document_is_read_from_its_file(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_bytes(msgspec.json.encode(made()))
    page = build_faithfulness(tmp_path / "c.json", tmp_path / "c.html")
    assert page.read_text(encoding="utf-8") == render(made())
    (tmp_path / "bad.json").write_text('{"title": 3}')
    with pytest.raises(DataError, match=r"bad\.json is no comparison"):
        build_faithfulness(tmp_path / "bad.json", tmp_path / "c.html")


def test_figures_have_three_digits() -> None:
    assert [figure(v) for v in (0.0, 12345.6, 0.012345, -4.2351, 2.5e6)] == [
        "0",
        "12,346",
        "0.0123",
        "\u22124.24",
        "2.5 M",
    ]
