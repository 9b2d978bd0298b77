"""What a run leaves in the terminal, and `titan report`."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from tests.report.made_runs import SEVEN_MINUTES, write_run
from titan.cli.app import main
from titan.report.summary import print_summary

Made = Callable[[str], Path]


def printed(folder: Path, width: int) -> str:
    out = io.StringIO()
    print_summary(folder, console=Console(file=out, width=width, highlight=False))
    return out.getvalue()


@pytest.mark.parametrize("width", [40, 72, 100, 200])
@pytest.mark.parametrize("name", ["seven_minutes", "no_trades", "eight_months", "simulated"])
def test_the_summary_fits_and_ends_with_the_whole_address(made: Made, name: str, width: int) -> None:
    lines = printed(made(name), width).splitlines()
    address = (made(name) / "report.html").resolve().as_uri()
    at = next(i for i, line in enumerate(lines) if address in line)
    assert all(len(line) <= width for line in lines[:at])
    assert not "".join(lines[at + 1 :]).strip()


def test_the_summary_says_what_happened(made: Made) -> None:
    assert "SIMULATED MARKET" in printed(made("simulated"), 100)
    assert "SIMULATED" not in printed(made("eight_months"), 100)
    assert "Did not trade in 30 days" in printed(made("no_trades"), 100)
    assert "7 minutes are far too short" in printed(made("seven_minutes"), 100)


def test_report_builds_the_page_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", SEVEN_MINUTES)
    assert main(["report", str(folder), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["report"] == str(folder / "report.html")
    assert found["bytes"] == (folder / "report.html").stat().st_size
    assert main(["report", str(folder), "--out", str(tmp_path / "page.html")]) == 0
    assert (tmp_path / "page.html").resolve().as_uri() in capsys.readouterr().out.replace("\n", "")


def test_report_refuses_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", str(tmp_path)]) == 3
    assert "holds no run.json" in capsys.readouterr().err
