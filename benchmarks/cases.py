"""What is measured: every case is one module, one variant and the environment whose Python runs it.
 The order within a suite is the order of a round, so that peers alternate and the machine's moods hit all
alike.
"""

from __future__ import annotations

from typing import Final, NamedTuple

TITAN: Final = "titan"
PEERS: Final = "peers"


class Case(NamedTuple):
    """`subject` is what is done, `peer` who does it; a table compares the peers of one subject."""

    suite: str
    subject: str
    peer: str
    module: str
    variant: str
    home: str = PEERS
    cold: bool = False
    """Run with an empty cache of compiled kernels."""

    @property
    def needs(self) -> str:
        """The distribution without which this case cannot run; empty for Titan's own."""
        names = ("nautilus-trader", "hftbacktest", "cryptofeed", "vectorbt")
        return next((name for name in names if name.split("-")[0] in self.peer), "")


def _loop() -> list[Case]:
    cases = []
    for subject in ("bare", "full"):
        cases += [
            Case("loop", subject, "titan", "loop_titan", subject, TITAN),
            Case("loop", subject, "hftbacktest (vector)", "loop_hftbacktest", f"{subject}-roi"),
            Case("loop", subject, "hftbacktest (hash map)", "loop_hftbacktest", f"{subject}-map"),
            Case("loop", subject, "nautilus_trader", "loop_nautilus", subject),
            Case("loop", subject, "bare Numba loop", "loop_numba", subject),
        ]
    return cases


def _book() -> list[Case]:
    cases = []
    for subject in ("perp", "spot", "eth"):
        cases += [
            Case("book", subject, "titan, one compiled loop", "book_titan", f"{subject}-batch", TITAN),
            Case("book", subject, "titan, a call a message", "book_titan", subject, TITAN),
            Case("book", subject, "hftbacktest (vector)", "book_hftbacktest", f"{subject}-roi"),
            Case("book", subject, "hftbacktest (hash map)", "book_hftbacktest", f"{subject}-map"),
            Case("book", subject, "nautilus_trader, objects ready", "book_nautilus", subject),
            Case("book", subject, "nautilus_trader, objects built", "book_nautilus", f"{subject}-build"),
            Case("book", subject, "sortedcontainers", "book_sortedcontainers", subject),
        ]
    return cases


def _backtest() -> list[Case]:
    return [
        Case("backtest", "basis", "titan", "backtest_titan", "basis", TITAN),
        Case("backtest", "basis", "hftbacktest (vector)", "backtest_hftbacktest", "basis-roi"),
        Case("backtest", "basis", "hftbacktest (hash map)", "backtest_hftbacktest", "basis-map"),
        Case("backtest", "basis", "nautilus_trader", "backtest_nautilus", "basis"),
    ]


def _start() -> list[Case]:
    cases = []
    for subject, cold in (("warm", False), ("cold", True)):
        cases += [
            Case("start", subject, "titan", "backtest_titan", "basis-once", TITAN, cold),
            Case(
                "start", subject, "hftbacktest (vector)", "backtest_hftbacktest", "basis-roi-once", cold=cold
            ),
            Case("start", subject, "nautilus_trader", "backtest_nautilus", "basis-once", cold=cold),
        ]
    return cases


def _socket() -> list[Case]:
    peers = {"titan": "titan", "picows": "picows alone", "websockets": "websockets", "aiohttp": "aiohttp"}
    return [
        Case("socket", subject, name, "socket_receive", f"{subject}-{peer}", TITAN)
        for subject in ("burst", "paced")
        for peer, name in peers.items()
    ]


def _decode() -> list[Case]:
    cases = []
    for subject in ("mix", "depth"):
        cases += [
            Case("decode", subject, "titan", "decode_titan", subject, TITAN),
            Case(
                "decode",
                subject,
                "titan, without compiled readers",
                "decode_titan",
                f"{subject}-typed",
                TITAN,
            ),
            Case("decode", subject, "msgspec alone", "decode_msgspec", subject, TITAN),
            Case("decode", subject, "ccxt.pro", "decode_ccxt", subject),
            Case("decode", subject, "cryptofeed", "decode_cryptofeed", subject),
        ]
    return cases


def _journal() -> list[Case]:
    peers = {"titan": "titan", "postgresql": "titan, PostgreSQL", "bare": "bare sqlite3"}
    return [
        Case("journal", subject, name, "journal", f"{subject}-{peer}", TITAN)
        for subject in ("paced", "burst", "recall")
        for peer, name in peers.items()
    ]


def _memory() -> list[Case]:
    return [
        Case("memory", "10 M messages", "titan", "memory", "titan-10000000", TITAN),
        Case("memory", "1 M messages", "titan", "memory", "titan-1000000", TITAN),
        Case("memory", "1 M messages", "ccxt.pro", "memory", "ccxt-1000000"),
    ]


def _desk() -> list[Case]:
    peers = {
        "titan": "titan", "memory": "titan, journal in memory", "": "nautilus_trader", "ccxt": "ccxt.pro",
        "bare": "sockets alone",
    }  # fmt: skip
    return [
        Case("desk", f"{rate:,} quotes/s", name, "desk", f"{rate}-{peer}", TITAN)
        if peer
        else Case("desk", f"{rate:,} quotes/s", name, "desk_nautilus", f"{rate}")
        for rate in (1_000, 5_000, 20_000)
        for peer, name in peers.items()
    ]


def _orders() -> list[Case]:
    return [
        Case("orders", "filled at once", "titan", "orders_titan", "stored", TITAN),
        Case("orders", "filled at once", "titan, journal in memory", "orders_titan", "memory", TITAN),
        Case("orders", "filled at once", "nautilus_trader", "orders_nautilus", "all"),
    ]


def _terminal() -> list[Case]:
    peers = {"alone": "a run alone", "watched": "with a terminal at 10 Hz"}
    return [
        Case("terminal", f"{rate:,} quotes/s", name, "terminal", f"{rate}-{peer}", TITAN)
        for rate in (1_000, 5_000)
        for peer, name in peers.items()
    ]


def _gateway() -> list[Case]:
    peers = {
        "alone": "a run alone", "stranger": "beside half a core of anything", "1": "with one console",
        "100": "with 100 consoles",
    }  # fmt: skip
    return [
        Case("gateway", "2,000 quotes/s", name, "gateway", f"2000-{peer}", TITAN)
        for peer, name in peers.items()
    ]


def _sweep() -> list[Case]:
    return [
        Case("sweep", "a month", "titan", "sweep_titan", "month", TITAN),
        Case("sweep", "a month", "vectorbt", "sweep_vectorbt", "month"),
        Case("sweep", "a month", "hftbacktest (vector)", "sweep_hftbacktest", "month-roi"),
        Case("sweep", "a month", "hftbacktest (hash map)", "sweep_hftbacktest", "month-map"),
    ]


SUITES: Final = {
    "loop": _loop, "book": _book, "backtest": _backtest, "start": _start, "socket": _socket,
    "decode": _decode, "memory": _memory, "journal": _journal, "desk": _desk,
    "orders": _orders, "terminal": _terminal, "gateway": _gateway, "sweep": _sweep,
}  # fmt: skip


def of(suites: list[str]) -> list[Case]:
    """The cases of the named suites, in their order; raises KeyError for a name that is none."""
    return [case for suite in suites for case in SUITES[suite]()]
