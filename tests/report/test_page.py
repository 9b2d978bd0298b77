"""The page: whole, self-contained, with the figures of report.json; names that are markup stay names."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.report.made_runs import EIGHT_MONTHS, NO_TRADES, SEVEN_MINUTES, SIMULATED, Spec, write_run
from titan.model.errors import StorageError
from titan.report import build_report
from titan.report.load import load_run
from titan.report.page import ASSETS, render

RUNS = ("seven_minutes", "no_trades", "eight_months", "simulated")
Made = Callable[[str], Path]
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "circle"}


class Reader(HTMLParser):
    """Checks that every element is closed in order, and gathers what the tests ask about."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[list[tuple[str, dict[str, str]]], str]] = []
        self.feed(page)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        entry = (tag, {name: value or "" for name, value in attrs})
        self.tags.append(entry)
        if tag not in VOID:
            self.open.append(entry)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1][0] == tag, f"</{tag}> closes <{self.open[-1][0]}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.texts.append((list(self.open), data))

    def text_by(self, attribute: str) -> dict[str, str]:
        """The text of every element that has `attribute`, by the attribute's value."""
        found: dict[str, str] = {}
        for stack, text in self.texts:
            for _, attributes in stack:
                if attribute in attributes:
                    found[attributes[attribute]] = found.get(attributes[attribute], "") + text
        return found

    def text(self) -> str:
        hidden = {"script", "style"}
        return "".join(text for stack, text in self.texts if not hidden & {tag for tag, _ in stack})


def number_in(text: str) -> Decimal:
    """The figure of a cell: thousands apart, a true minus, perhaps a percent sign."""
    return Decimal(text.replace(",", "").replace("\u2212", "-").replace("%", "").strip())


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest, made: Made) -> Path:
    return made(request.param)


def test_every_run_gets_a_well_formed_page_that_loads_nothing(run: Path) -> None:
    page = render(load_run(run))
    reader = Reader(page)
    for tag, attributes in reader.tags:
        address = attributes.get("src", attributes.get("href", ""))
        assert address.startswith(("#", "data:")) or not address, (tag, address)
    styles = "".join(text for stack, text in reader.texts if stack and stack[-1][0] == "style")
    assert "url(" not in styles
    assert "@import" not in styles
    assert len(page.encode()) < 3_000_000


def test_the_policy_allows_exactly_the_scripts_of_the_page(run: Path) -> None:
    reader = Reader(render(load_run(run)))
    policy = next(a["content"] for tag, a in reader.tags if a.get("http-equiv") == "Content-Security-Policy")
    scripts: dict[int, str] = {}
    for stack, text in reader.texts:
        if stack and stack[-1][0] == "script" and stack[-1][1].get("type") != "application/json":
            scripts[id(stack[-1])] = scripts.get(id(stack[-1]), "") + text
    hashes = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in scripts.values()}
    assert hashes == set(re.findall(r"sha256-([^']+)", policy))
    assert len(hashes) == 3
    assert policy.startswith("default-src 'none'")


def test_the_figures_are_those_of_report_json(run: Path) -> None:
    shown = Reader(render(load_run(run))).text_by("data-figure")
    report = json.loads((run / "report.json").read_text())
    places = {"sharpe": 1, "sortino": 1, "profit_factor": 1, "trades": 1, "orders": 1}
    scales = places | {"annual_return": 100, "win_rate": 100, "exposure": 100, "annual_volatility": 100}
    for key, scale in scales.items():
        if report[key] is None:
            assert shown[key] == "\u2013", key
            continue
        digits = Decimal(1).scaleb(number_in(shown[key]).as_tuple().exponent)
        assert number_in(shown[key]) == (Decimal(str(report[key])) * scale).quantize(digits), key
    made_money = Decimal(str(report["nav_end"])) - Decimal(str(report["nav_start"]))
    assert number_in(shown["nav_end"]) == made_money.quantize(Decimal("0.01"))
    assert number_in(shown["max_drawdown"]) <= 0


@pytest.mark.parametrize("name", ["seven_minutes", "eight_months", "simulated"])
def test_the_waterfall_adds_up_to_the_cent(made: Made, name: str) -> None:
    run = made(name)
    cells = Reader(render(load_run(run))).text_by("data-source")
    values = {name: number_in(text) for name, text in cells.items()}
    total = values.pop("total")
    assert sum(values.values()) == total
    report = json.loads((run / "report.json").read_text())
    assert total == Decimal(str(report["nav_end"] - report["nav_start"])).quantize(Decimal("0.01"))
    for source, value in values.items():
        assert abs(value - Decimal(str(report["pnl"][source]))) < Decimal("0.01"), source


def test_a_run_without_trades_says_why(made: Made) -> None:
    text = Reader(render(load_run(made("no_trades")))).text()
    assert "Did not trade in 30 days" in text
    assert "and none to \u201cEdge pays the round trip\u201d" in text
    assert "bps short of paying for itself" in text


def test_a_simulated_market_is_said_at_the_top_in_the_title_and_on_every_chart(made: Made) -> None:
    page = render(load_run(made("simulated")))
    text = Reader(page).text()
    assert text.index("Simulated market") < text.index("after all costs.", text.index("Skip"))
    assert re.search(r"<title>SIMULATED ", page)
    assert '<body class="made-up">' in page
    assert 'class="made-up"' not in render(load_run(made("eight_months")))


HOSTILE = "</script><script>alert(1)</script>\u2028<!--&amp;'\"{{ 7*7 }}"


def test_names_are_data_wherever_they_come_from(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", Spec(seconds=86_400 * 3, rows=600, pairs=(HOSTILE,)))
    run = json.loads((folder / "run.json").read_text())
    for key in ("run_id", "strategy", "run_hash", "scenario", "started", "titan"):
        run[key] = HOSTILE
    run |= {"simulated": True, "config": {HOSTILE: HOSTILE}}
    run["assumptions"] = [{"topic": HOSTILE, "text": HOSTILE}]
    run["data_quality"] = [
        {"instrument": HOSTILE, "check": HOSTILE, "level": HOSTILE, "count": 1, "detail": HOSTILE}
    ]
    run["funnel"] = [{"stage": HOSTILE, "count": 1, "note": HOSTILE}]
    run["refusals"] = [{"gate": HOSTILE, "reason": HOSTILE, "count": 1}]
    run["tape"]["path"] = HOSTILE
    run["tape"]["instruments"][0] |= {"id": HOSTILE, "kinds": {HOSTILE: 1}}
    (folder / "run.json").write_text(json.dumps(run))
    report = json.loads((folder / "report.json").read_text())
    report["benchmarks"] = [{"name": HOSTILE, "return": 0.1}]
    (folder / "report.json").write_text(json.dumps(report))
    reader = Reader(render(load_run(folder)))
    scripts = [stack[-1] for stack, text in reader.texts if stack and stack[-1][0] == "script" and text]
    assert len({id(script) for script in scripts}) == 4
    assert [
        text
        for stack, text in reader.texts
        if stack[-1:] and stack[-1][0] == "script" and "alert(1)<" in text
    ] == []
    data = next(text for stack, text in reader.texts if stack and stack[-1][1].get("id") == "data")
    assert json.loads(data)["pairs"][0]["pair"] == HOSTILE
    assert "49" not in reader.text_by("data-figure").values()


def test_the_page_comes_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", SEVEN_MINUTES)
    page = build_report(folder)
    assert page == folder / "report.html"
    assert page.read_text().endswith("</html>")
    with pytest.raises(StorageError, match="cannot be written"):
        build_report(folder, tmp_path / "nowhere" / "page.html")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run"]
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []


def test_the_same_run_gives_the_same_page(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", NO_TRADES)
    assert render(load_run(folder)) == render(load_run(folder))


@pytest.mark.parametrize(
    "empty", ["equity", "basis", "signals", "trades", "orders", "fills", "funding", "daily"]
)
def test_an_empty_table_still_gives_a_page(tmp_path: Path, empty: str) -> None:
    folder = write_run(tmp_path / "run", SEVEN_MINUTES)
    table = pq.read_table(folder / f"{empty}.parquet")
    pq.write_table(table.slice(0, 0), folder / f"{empty}.parquet")
    Reader(render(load_run(folder)))


def test_a_null_in_a_table_is_a_gap_and_not_a_zero(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", SEVEN_MINUTES)
    table = pq.read_table(folder / "trades.parquet")
    at = table.schema.get_field_index("exit_basis_bps")
    nulls = pa.nulls(len(table), pa.float64())
    pq.write_table(table.set_column(at, "exit_basis_bps", nulls), folder / "trades.parquet")
    data = Reader(render(load_run(folder)))
    document = json.loads(next(t for s, t in data.texts if s and s[-1][1].get("id") == "data"))
    assert set(document["trades"]["columns"]["exit_basis_bps"]) == {None}


def test_the_vendored_files_are_those_that_are_declared() -> None:
    declared = re.findall(r"`(vendor/[^`]+)` \| .*`([0-9a-f]{64})`", (ASSETS / "README.md").read_text())
    assert len(declared) == 2
    for name, digest in declared:
        assert hashlib.sha256((ASSETS / name).read_bytes()).hexdigest() == digest, name
    assert "MIT" in (ASSETS / "vendor" / "uPlot.LICENSE").read_text()


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2, section 'relative luminance')."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_text_colour_reads_on_every_ground(theme: str) -> None:
    blocks = (ASSETS / "css" / "theme.css").read_text().split(":root")
    tokens = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", blocks[1 if theme == "dark" else 2]))
    pairs = [(text, on) for text in ("text", "soft", "faint", "accent-text", "gain", "loss", "warn")
             for on in ("ground", "panel", "raised")]  # fmt: skip
    pairs += [(f"h{sign}{i}t", f"h{sign}{i}") for sign in ("", "-") for i in (1, 2, 3, 4)]
    for text, on in pairs:
        light, dark = sorted((luminance(tokens[text]), luminance(tokens[on])), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, (text, on, round((light + 0.05) / (dark + 0.05), 2))


def test_a_run_without_trades_begins_with_its_reasons(made: Made) -> None:
    ids = [a["id"] for tag, a in Reader(render(load_run(made("no_trades")))).tags if tag == "section"]
    assert ids == ["top", "decisions", "basis", "result", "trust"]


def test_days_that_miss_the_total_say_so(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", SIMULATED)
    assert "came before it" not in render(load_run(folder))
    table = pq.read_table(folder / "daily.parquet")
    later = [value + 7.0 for value in table.column("pnl").to_pylist()]
    pq.write_table(pa.table({"day": table.column("day"), "pnl": later}), folder / "daily.parquet")
    assert "came before it" in Reader(render(load_run(folder))).text()


def test_a_busy_run_stays_within_the_budget_and_says_what_it_left_out(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", EIGHT_MONTHS)
    for name, times in (("trades", 60), ("orders", 150), ("fills", 150), ("signals", 100)):
        path = folder / f"{name}.parquet"
        pq.write_table(pa.concat_tables([pq.read_table(path)] * times), path)
    page = render(load_run(folder))
    assert len(page.encode()) < 3_000_000
    texts = Reader(page).texts
    document = json.loads(next(text for stack, text in texts if stack and stack[-1][1].get("id") == "data"))
    for name in ("trades", "orders", "fills"):
        shown = len(next(iter(document[name]["columns"].values())))
        assert shown < document[name]["all"] == pq.read_metadata(folder / f"{name}.parquet").num_rows
