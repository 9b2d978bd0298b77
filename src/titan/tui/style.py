"""How the screens are laid out."""

from __future__ import annotations

from typing import Final

STYLE: Final = """
Screen { background: $background; color: $foreground; }
#head { height: 3; background: $panel; }
#tabs { height: 1; display: none; background: $surface; }
.tab { width: 1fr; height: 1; content-align: center middle; color: #7d8b85; }
.tab.shown { color: $primary; text-style: bold; background: $panel; }
.tab:hover { background: $panel; }
#panels {
    layout: grid; grid-size: 2 3; grid-columns: 2fr 1fr; grid-rows: 14 3fr 2fr; height: 1fr;
}
#panels > * {
    border: round #26332e; border-title-color: #7d8b85; border-subtitle-color: #7d8b85;
    background: $background; padding: 0 0; scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
}
#panels > *:focus { border: round $primary; border-title-color: $primary; }
#yields, #desk, #chart { padding: 0 1; }
#head, #alert, #facts, #yields-text, #chart-text, #desk-text { text-wrap: nowrap; text-overflow: ellipsis; }
#alert { height: 1; background: $surface; display: none; }
#filter { height: 1; border: none; background: $panel; padding: 0 1; }
DataTable { height: 1fr; }
DataTable > .datatable--header { background: $background; color: #7d8b85; text-style: none; }
DataTable > .datatable--header-hover { background: $panel; }
DataTable > .datatable--hover { background: $surface; }

BoardScreen.one #panels { layout: vertical; }
BoardScreen.one #panels > * { display: none; height: 1fr; }
BoardScreen.one #panels > .shown { display: block; }
BoardScreen.one #tabs { display: block; }
BoardScreen.one #alert { display: block; }

#facts { height: auto; border: round #26332e; border-title-color: $primary; padding: 0; }
#transactions { border: round #26332e; border-title-color: #7d8b85; border-subtitle-color: #7d8b85; }
#transactions:focus { border: round $primary; }
#story { border: round $primary; border-title-color: $primary; border-subtitle-color: #7d8b85; padding: 0 1; }
#starting { border: round $primary; border-title-color: $primary; margin: 1 2; height: auto; min-height: 10; }

HelpScreen, LeaveScreen { align: center middle; background: $background 70%; }
#help, #leave {
    width: 78; max-width: 100%; height: auto; max-height: 100%; background: $panel;
    border: round $primary; border-title-color: $primary; border-subtitle-color: #7d8b85;
}
Footer { background: $surface; }
"""
