"""A run that something was done to says what, and what had to be so at the end; others have no word of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

from tests.report.test_page import Reader
from titan.report.load import load_run
from titan.report.page import render


def tried(made: Callable[[str], Path], at: Path) -> Path:
    folder = copytree(made("seven_minutes"), at / "run")
    place = folder / "run.json"
    document = json.loads(place.read_bytes())
    document |= {
        "command": "python -m tests.week --seed 7",
        "incidents": [{"ts_ns": document["tape"]["start_ns"], "text": "process <1> is killed"}],
        "faults": [{"name": "processes killed", "count": 1234}],
        "played": [{"name": "withdrawals done", "count": 8765}],
        "laws": [
            {"name": "no order twice", "kept": True, "figures": "9 orders"},
            {"name": "positions", "kept": False, "figures": "1 here, 2 there"},
        ],
    }
    place.write_text(json.dumps(document))
    return folder


def test_laws_faults_and_incidents_are_told(made: Callable[[str], Path], tmp_path: Path) -> None:
    page = render(load_run(tried(made, tmp_path)))
    Reader(page)
    assert 'id="faults"' in page
    assert "process &lt;1&gt; is killed" in page
    assert "1,234" in page
    assert "8,765" in page.partition("What was done")[2]
    assert page.count("is-bad") > render(load_run(made("seven_minutes"))).count("is-bad")
    assert "python -m tests.week --seed 7" in page
    assert "titan backtest" not in page.partition('id="command"')[2].partition("</code>")[0]


def test_a_run_that_nothing_was_done_to_has_no_such_section(made: Callable[[str], Path]) -> None:
    assert 'id="faults"' not in render(load_run(made("seven_minutes")))
