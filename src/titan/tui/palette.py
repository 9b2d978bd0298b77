"""Colours, and the glyph that says the same to whoever does not see them."""

from __future__ import annotations

from typing import Final

from rich.style import Style
from rich.text import Text
from textual.theme import Theme

from titan.tui.figures import Number, money, within
from titan.views.alerts import Weight
from titan.views.board import Action

LIME: Final = "#b7f542"
AMBER: Final = "#ffb454"
ORANGE: Final = "#ff8f40"
BLUE: Final = "#59c2ff"
RED: Final = "#ff6b6b"
GREEN: Final = "#7fd962"
TEXT: Final = "#d5dcd7"
DIM: Final = "#7d8b85"
FAINT: Final = "#46534d"

THEME: Final = Theme(
    name="titan", primary=LIME, secondary=BLUE, accent=LIME, foreground=TEXT, background="#0b0f0e",
    surface="#0f1413", panel="#161d1b", success=GREEN, warning=AMBER, error=RED, dark=True,
    variables={
        "footer-key-foreground": LIME, "footer-background": "#0f1413", "footer-description-foreground": DIM,
        "block-cursor-background": "#26332e", "block-cursor-foreground": TEXT,
        "block-cursor-text-style": "none", "block-cursor-blurred-background": "#18201d",
        "block-cursor-blurred-foreground": TEXT, "border": LIME, "border-blurred": "#26332e",
        "scrollbar": "#26332e", "scrollbar-background": "#0f1413",
    },
)  # fmt: skip

_Z: Final = ((2.0, ORANGE, "▲▲"), (1.0, AMBER, "▲ "), (-1.0, DIM, "· "), (-2.0, BLUE, "▼ "))
"""From this z-score on."""

ACTIONS: Final = {
    Action.NO_DATA: ("✕", RED), Action.WARMING: ("…", DIM), Action.BLOCKED: ("✕", RED),
    Action.OPENING: ("▶", LIME), Action.CLOSING: ("◀", AMBER), Action.HOLD: ("●", GREEN),
    Action.STRETCHED: ("◇", ORANGE), Action.WAIT: ("·", DIM),
}  # fmt: skip

WEIGHTS: Final = {Weight.NOTE: ("·", DIM), Weight.WARNING: ("!", AMBER), Weight.TROUBLE: ("✕", RED)}


def z_text(z: float, *, known: bool = True) -> Text:
    """A z-score with its arrow: orange above, blue below, so that no two readings differ by hue alone."""
    if not known:
        return Text("—", DIM, justify="right")
    bold = abs(z) >= 2
    colour, glyph = next(((c, g) for least, c, g in _Z if z >= least), (BLUE, "▼▼"))
    text = Text(justify="right")
    text.append(f"{glyph} ", Style(color=colour, bold=bold))
    return text.append(money(z, 2, sign=True), Style(color=colour, bold=bold))


def gain(value: Number | None, room: int = 99) -> Text:
    """An amount with its sign, in the colour of it, in at most `room` characters."""
    colour = FAINT if value is None else DIM if not value else GREEN if value > 0 else RED
    return Text(within(value, room, sign=True), colour, justify="right")


def faded(text: Text) -> Text:
    """The same without its colours: what is not so any more."""
    return Text(text.plain, DIM, justify=text.justify, no_wrap=text.no_wrap, overflow=text.overflow)


def right(text: str, colour: str = "") -> Text:
    return Text(text, colour, justify="right")


def label(text: str) -> Text:
    return Text(text, DIM)
