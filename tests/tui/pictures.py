"""The screen as lines of text, taken from what the terminal would draw."""

from __future__ import annotations

import html
import os
import re
from pathlib import Path

from textual.app import App

_TEXT = re.compile(r'<text class="[^"]*" x="([\d.]+)" y="[\d.]+"[^>]*url\(#[^)]*-line-(\d+)\)">(.*?)</text>')
_CELL = 12.2
"""Width of a cell in the drawing."""
GOLDEN = Path(__file__).parent / "golden"


def lines(app: App[None]) -> list[str]:
    """What stands on the screen, line by line."""
    found: dict[int, str] = {}
    for x, line, escaped in _TEXT.findall(app.export_screenshot()):
        text = html.unescape(escaped).replace("\N{NO-BREAK SPACE}", " ")
        row = found.get(int(line), "")
        found[int(line)] = row.ljust(round(float(x) / _CELL)) + text
    return [found.get(n, "").rstrip() for n in range(max(found, default=0) + 1)]


def text(app: App[None]) -> str:
    return "\n".join(lines(app))


def check(app: App[None], name: str) -> None:
    """Against the picture `name`; TITAN_GOLDEN=write draws it anew, to be looked at before it is kept."""
    place, now = GOLDEN / f"{name}.txt", text(app) + "\n"
    if os.environ.get("TITAN_GOLDEN") == "write":
        place.parent.mkdir(exist_ok=True)
        place.write_text(now)
    assert now == place.read_text(), f"{place.name} differs"
