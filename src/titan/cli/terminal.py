"""Colour where it is wanted, one JSON document where it is asked for."""

from __future__ import annotations

import json
import os
import sys
from typing import Final, TextIO

_CODES: Final = {"red": "31", "bold": "1", "dim": "2", "cyan": "36"}


def colourful(stream: TextIO) -> bool:
    """Whether colour belongs on this stream: a terminal, without NO_COLOR (no-color.org) or TERM=dumb."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, colour: str, stream: TextIO | None = None) -> str:
    """`text` in red, bold, dim or cyan where colour belongs. `stream` defaults to stdout."""
    if not colourful(stream if stream is not None else sys.stdout):
        return text
    return f"\x1b[{_CODES[colour]}m{text}\x1b[0m"


def write_json(document: object, stream: TextIO | None = None) -> None:
    """One JSON document and a newline. `stream` defaults to stdout."""
    (stream if stream is not None else sys.stdout).write(json.dumps(document, indent=2) + "\n")
