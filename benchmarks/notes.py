"""The words beside the tables: what each suite does, how the peers were driven, and where they differ in
kind.
"""

from __future__ import annotations

from typing import Final

PEERS: Final = ("nautilus-trader", "hftbacktest", "numba", "numpy", "sortedcontainers")

OF: Final = {
    "loop": r"""\ EMA(100) against EMA(400) of the mid, always in the market: from the 401st quote on one
    market order turns the position to +0.01 or -0.01 BTC whenever the averages part by more than 0.01 USDT
    in the other direction. `bare` has no fees and no latency; `full` has maker 2 and taker 5 bps, 1.0005 ms
    latency to the exchange and back, a probabilistic queue model and, at Titan and nautilus, a margin
    account. *Load and set up* is reading the tape and building the engine; *first run* is the first pass in
    the process, with whatever is compiled or read from a kernel cache in it; *quotes/s* is the pass after
    that (nautilus compiles nothing: its first).

- hftbacktest: each quote becomes the depth rows that turn one touch into the next; the strategy is compiled
  by Numba.
- nautilus_trader: Python strategy on its Cython core, its own indicators, quotes from its own Parquet
  catalogue.
- bare Numba loop: no exchange, fills at the touch of the same quote. It is the limit, not a competitor;
  with latency on,
  its P&L is another one by construction.""",
    "book": r"""\ Every message is applied and the best bid and ask are read after it. `perp` is the USD-M
    stream on its real snapshot; `spot` and `eth` begin empty, because those captures hold no snapshot.
    Titan has two rows: a call from Python for each message, which is what a live feed pays, and the loop
    compiled as well, which is what a backtest pays. hftbacktest has no book to call from Python, so its row
    is a compiled loop with one wake-up a message: compare it with Titan's first.
*Memory a book* is how much the process grows for each further filled book (hftbacktest: engine).""",
    "backtest": r"""\ Every 100 ms the basis of the mids is sampled into a window of 600; at a z-score of 2
    both legs are entered by market order (buy 0.01 BTC spot, sell 0.01 BTC perp), at 0 both are closed.
    Fees 2 and 5 bps, 1 ms latency each way, probabilistic queue, partial fills by displayed size. *First in
    a process* is one whole backtest after the imports, from reading files to result figures, with
    everything that is compiled or read from a cache in it; *second* is the same again in the same process,
    which is what a sweep pays.

- Titan: its engine, gates, ledger, journal and performance figures; the decision is taken at the first
  message after the grid moment, because a signal stands at a row of its tape. Peers decide at the grid
  moment itself, so fill prices, and with them fees and P&L, differ in the last digits where a quote changed
  in between.
- hftbacktest: compiled strategy, recorder, its own statistics. It compiles at every start and cannot cache
  that.
- nautilus_trader: Python strategy on a timer, two venues (cash and margin accounts), its own analyzer.""",
    "start": r"""\ Start the interpreter, import, run the backtest once, write the result, exit. `warm` has
    compiled kernels in the cache on disk, `cold` has an empty cache. nautilus is compiled ahead of time and
    hftbacktest cannot cache its strategy, so for
them the two differ little.""",
}

EXEMPT: Final = {"loop": ("bare Numba loop",)}
"""Peers whose answers are other by construction."""

BUT: Final = {"loop": " (the bare Numba loop has no latency, so it is not compared)"}
