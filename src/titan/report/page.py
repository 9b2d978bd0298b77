"""Builds the report: one HTML file that carries its styles, script and data, and loads nothing else."""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from titan.model.errors import StorageError
from titan.report import comparison, figures, funnel, history, settings, verdict, waterfall, words
from titan.report.documents import NearMiss
from titan.report.load import RunFolder, load_run
from titan.report.pack import script_json
from titan.report.payload import payload

ASSETS = Path(__file__).parent / "assets"
STYLES = ("vendor/uPlot.min.css", "css/theme.css", "css/layout.css", "css/parts.css", "css/print.css")
SCRIPTS = (
    "core.js",
    "chart.js",
    "equity.js",
    "compare.js",
    "sources.js",
    "basis.js",
    "table.js",
    "tables.js",
    "main.js",
)

SECTIONS = ("result", "sources", "days", "faults", "basis", "decisions", "trades", "trust")
#: Only of runs that something was done to.
TRIED = "faults"
#: A run without trades is read for its reasons: flat charts would only be in the way.
IDLE_SECTIONS = ("decisions", "basis", "result", "trades", "trust")

FILE_NAME = "report.html"


def build_report(run_dir: Path, out: Path | None = None) -> Path:
    """Write the page of the run in `run_dir` to `out` (default: report.html in it) and return its path.

    The file appears whole or not at all.

    Raises:
        DataError: the folder is no run, or a file of it is broken.
        StorageError: the page could not be written.
    """
    page = render(load_run(run_dir))
    target = out if out is not None else run_dir / FILE_NAME
    write_whole(target, page)
    return target


def render(folder: RunFolder) -> str:
    """The page of a loaded run, as text."""
    environment = Environment(
        loader=FileSystemLoader(ASSETS),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": words.number,
        "percent": words.percent,
        "moment": words.moment,
        "short_span": words.short_span,
    }
    script = "(() => {\n" + read_assets(tuple(f"js/{name}" for name in SCRIPTS)) + "\n})();"
    theme = read_assets(("js/theme.js",))
    library = read_assets(("vendor/uPlot.iife.min.js",))
    return environment.get_template("page.html.j2").render(
        styles=Markup(read_assets(STYLES)),  # noqa: S704 -- our own files
        library=Markup(library),  # noqa: S704 -- a vendored file, its hash in assets/README.md
        script=Markup(script),  # noqa: S704 -- our own files
        theme=Markup(theme),  # noqa: S704 -- our own file
        policy=page_policy(theme, library, script),
        data=Markup(script_json(payload(folder) | {"thresholds": settings.thresholds(folder.run)})),  # noqa: S704
        **_content(folder),
    )


def _content(folder: RunFolder) -> dict[str, object]:
    run, report = folder.run, folder.report
    days_sum = float(folder.tables["daily"]["pnl"].sum())
    days_gap = round(float(verdict.total_of(report)) - days_sum, 2)
    why_not, end_ns = verdict.why_not(run, report), run.tape.end_ns
    return {
        "run": run,
        "report": report,
        "sections": _sections(folder, idle=why_not is not None),
        "headline": verdict.headline(run, report),
        "sentences": [
            s for s in (verdict.sources(report), verdict.beside(report), verdict.risk(report)) if s
        ],
        "why_not": why_not,
        "cautions": verdict.cautions(run, report),
        "short": verdict.seconds_of(run) < 2 * words.DAY_S,
        "leading": figures.leading(run, report),
        "further": figures.further(report),
        "steps": waterfall.steps(report),
        "comparison": comparison.bars(run, report),
        "rate": settings.risk_free(run),
        "drawdowns": history.drawdowns(folder.tables["equity"]),
        "months": history.calendar(folder.tables["daily"]),
        "days_sum": days_sum,
        "days_gap": days_gap if abs(days_gap) >= 0.01 else 0.0,
        "groups": history.groups(folder.tables["trades"], end_ns),
        "misses": [miss for miss in run.near_misses if _missed(folder, miss)],
        "bars": funnel.bars(run),
        "settings": settings.flat(run),
        "counts": {name: len(next(iter(table.values()))) for name, table in folder.tables.items()},
    }


def _missed(folder: RunFolder, miss: NearMiss) -> bool:
    """Whether it came to nothing for want of edge: in a run that traded, one with edge enough was a trade."""
    if not folder.report.trades or miss.edge_bps is None:
        return True
    return miss.edge_bps < settings.least_edge(folder.run)


def _sections(folder: RunFolder, *, idle: bool) -> tuple[str, ...]:
    if not idle:
        left_out = set() if len(folder.tables["daily"]["day"]) > 1 else {"days"}
        left_out |= set() if folder.run.laws else {TRIED}
        return tuple(name for name in SECTIONS if name not in left_out)
    return (
        IDLE_SECTIONS
        if len(folder.tables["orders"]["ts"])
        else tuple(n for n in IDLE_SECTIONS if n != "trades")
    )


def page_policy(*scripts: str) -> str:
    """A content security policy: these scripts by their hashes, styles of the page, and no network at all."""
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in scripts
    )
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
    )


def read_assets(names: tuple[str, ...]) -> str:
    return "\n".join((ASSETS / name).read_text(encoding="utf-8") for name in names)


def write_whole(target: Path, text: str) -> None:
    """Write `text` beside `target`, then put it in its place in one step."""
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}", remedy=WRITE_REMEDY) from error
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        part.chmod(0o644)
        part.replace(target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}", remedy=WRITE_REMEDY) from error
    finally:
        part.unlink(missing_ok=True)


WRITE_REMEDY = "Check that the folder exists, is writable and has room, or name another file with --out."
