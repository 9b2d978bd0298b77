"""What a person sees of a finished run: one HTML page and a summary for the terminal.

Reads the run's folder and nothing else. `build_report(run_dir)` is the whole interface for whoever ran it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["build_report"]


def build_report(run_dir: Path, out: Path | None = None) -> Path:
    """Write the page of the run in `run_dir` and return its path; see `titan.report.page.build_report`."""
    from titan.report.page import build_report as build

    return build(run_dir, out)
