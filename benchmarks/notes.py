"""The words beside the tables: what each suite does, how the peers were driven, and where they differ in
kind.
"""

from __future__ import annotations

from typing import Final

PEERS: Final = (
    "nautilus-trader", "hftbacktest", "vectorbt", "ccxt", "cryptofeed", "numba", "numpy", "sortedcontainers",
)  # fmt: skip

_LOOP: Final = """
EMA(100) against EMA(400) of the mid, always in the market: from the 401st quote on, one market order turns
the position to +0.01 or -0.01 BTC whenever the averages part by more than 0.01 USDT in the other direction.
`bare` has no fees and no latency; `full` has maker 2 and taker 5 bps, 1.0005 ms latency to the exchange and
back, a probabilistic queue model and, at Titan and nautilus, a margin account. *Load and set up* is reading
the tape and building the engine; *first run* is the first pass in the process, with whatever is compiled or
read from a kernel cache in it; *quotes/s* is the median of three passes after that (nautilus compiles nothing
and takes seconds: its first).

- Titan: a compiled scan looks ahead for the next crossing, Python sends the order, the simulated exchange
  follows and its reports are booked in whole ticks and lots. A quote is two rows of the tape.
- hftbacktest: each quote becomes the depth rows that turn one touch into the next; strategy compiled by
  Numba.
- nautilus_trader: Python strategy on its Cython core, its own indicators, quotes from its own catalogue. With
  latency it hands an order to the venue with the next quote after the order's arrival and fills at that later
  quote; Titan and hftbacktest fill at the last quote at or before the arrival. A plain reckoning of either
  rule gives each figure to the last digit, so the difference is this rule and nothing else.
- Of Titan's peak memory 74 MB are the tape's columns, about 75 MB is LLVM, which is loaded with the first
  kernel, and about 135 MB are the interpreter with NumPy, Numba and Arrow.
- bare Numba loop: no exchange, no latency, fills at the touch of the same quote. It is the limit, not a peer.
"""

_BOOK: Final = """
Every message is applied and the best bid and ask are read after it. `perp` is the USD-M stream on its real
snapshot; `spot` and `eth` begin empty, because those captures hold no snapshot. Titan has two rows: the loop
compiled as a whole, which is what a backtest pays, and a call from Python for each message, which is what a
live feed pays (about 0.4 us of it is the call). hftbacktest has no book to call from Python: its row is a
compiled loop with one wake-up a message, so compare it with Titan's first. *Memory a book* is how much the
process grows for each further filled book; for hftbacktest it is each further engine.
"""

_BACKTEST: Final = """
Every 100 ms the basis of the mids is sampled into a window of 600; at a z-score of 2
both legs are entered by market order (buy 0.01 BTC spot, sell 0.01 BTC perp), at 0 both are closed. Fees 2
and 5 bps, 1 ms latency each way, probabilistic queue, partial fills by displayed size. *First in a process*
is one whole backtest after the imports, from reading files to result figures, with everything that is
compiled or read from a cache in it; *again* is the median of three more in the same process, which is what
a sweep pays. *Peak memory* is over all four.

- Titan: its engine, gates, double-entry ledger, journal and performance figures; its equity is valued exactly
  once a second. The decision is taken at the first message after the grid moment, because a signal stands at
  a row of its tape; peers decide at the grid moment itself.
  A later run is about a quarter decoding Parquet, a quarter walking the books three times (exchange, our
  view, strategy), a quarter exact valuation, and a quarter the event loop of virtual time around them. Of
  these hftbacktest does the second only, twice instead of three times, and so can be ahead there.
- hftbacktest: compiled strategy, recorder every 100 ms, its own statistics. It compiles at every start and
  cannot cache that, so its first run is what a user of the command line pays, the later ones what a sweep
  pays. An order that has to walk several levels ends there with less booked than was traded: seen on the
  simulated inputs, whose touch is thinner than 0.01 BTC at times. On the recorded ones no order walks, and
  all agree.
- nautilus_trader: Python strategy on a timer, two venues (cash and margin accounts), its own analyzer.
"""

_START: Final = """
Start the interpreter, import, run the backtest above once, write the result, exit. `warm` has compiled
kernels in the cache on disk, `cold` has an empty cache, as on the first run after installation or a change of
Titan's sources. nautilus is compiled ahead of time and hftbacktest cannot cache its strategy, so for them the
two differ little.
"""

_SOCKET: Final = """
Text frames of 200 bytes over loopback, from a process that does nothing but send prebuilt frames; the client
runs under uvloop, without TLS or compression, takes each message as bytes and its time of arrival. `burst`
sends without pause, so that the client is the limit; `paced` sends one message a millisecond that carries the
sender's clock, read again when the client hands the message over.

- Titan: the connection of its feeds, which also reassembles fragments, tells control frames apart and stamps
  each read of the socket. picows alone is what it is built on, without any of that: a limit, not a peer.
- websockets and aiohttp: their own `recv` and `receive`, bytes asked for, no limit of the queue.
"""

_DECODE: Final = """
The same recorded frames, as bytes, through each decoder; processor time a message, median of three passes in
a process. `mix` are quotes, single trades and mark prices, `depth` is the order book's stream upon an empty
snapshot. *Last best bid* is what each says at the end.

- Titan: the line of its feed, with all checks of sequence, duplicates and truth, and rows of the tape out of
  its batch after every 256 frames. Hot streams are read by compiled scanners; the second row has none.
- msgspec alone: every frame into its typed struct with its numbers as numbers, told beforehand which struct:
  no check, no state, no rows. A limit of what Python can do, not a peer.
- ccxt.pro: its client's message handler, orjson installed, every stream watched; it keeps the last 1,000
  trades, quotes and 1,000 levels a side.
- cryptofeed: its message handler with one empty callback a channel. It knows no single trades, so its mix
  is the rest.
"""

_MEMORY: Final = """
Made messages of one perpetual (quotes, trades, depth within 200 levels) through the decoder as above, every
row taken and dropped. *After a tenth* and *at the end* are the resident memory then.
"""

_JOURNAL: Final = """
An order's entry written down by its process, on this disk, with the promise that it survives a loss of power
(WAL, synchronous=FULL). `paced` is one entry every 2 ms and the time from the call until the event loop hears
that it is safe; `burst` all at once until the last is; `recall` reads 100,000 back.

- Titan: entries linked by hashes, in groups by a thread of its own, with the tables of orders and fills
  beside them in the same commit; the loop goes on meanwhile. Read back, every link is checked.
- bare sqlite3: the same text into a table of one column, a commit each, made on the loop, which stands still
  for it. A limit, not a peer: without links, tables, or anybody told. Read back, nothing is checked.
"""

_DESK: Final = """
Book tickers over loopback, a new price among them twenty times a second; each is answered with a limit order
at it. Measured by the other end, with one clock: from before the price's first frame is sent until the first
byte of its order is read. 400 prices, the first 40 not counted.

- Titan: feed, compiled kernel, gates, desk and ledger, the journal in a SQLite store that has each order on
  disk before it leaves, and the gateway (ccxt's signing and HTTP under our limiter): the parts of a live run.
  The second row keeps the journal in memory: the difference is the disk's.
- nautilus_trader: its live node with its own Binance USD-M adapter for quotes and orders: risk engine, cache
  and portfolio, all settings as they come, its log off. It keeps nothing on disk, so the second row is the
  one to hold it against. It hears how its orders end on a user stream, the others in the order's answer.
- ccxt.pro: a bot as its examples write it: awaits each quote, sends the order in a task. No gates, no
  journal, no books; quotes that come while it works are conflated.
- sockets alone: picows, a signature and a kept HTTP connection. A limit, not a peer.
"""

_ORDERS: Final = """
20,000 orders that buy and sell in turn at the price that stands, each accepted and filled in the next turn of
the loop by a venue in the same process, for a fee. From the wish to the books.

- Titan: gates, desk, journal, ledger. At most 50 are under way together. The first row has each order on disk
  before it leaves and its fill written down behind it; the second keeps the journal in memory.
- nautilus_trader: a limit order at each quote of its backtest engine, with its risk engine and cache. It
  writes nothing down, and its matching is part of the time.
"""

_TERMINAL: Final = """
The run of `desk`, with its journal on disk and a status of ten pairs written every second: alone, and with
`titan tui` at 10 Hz in a terminal of 160 by 50 beside it, on the same cores. The terminal is a process of its
own that reads the run's files, so what it costs is what any other busy process costs on the machine: on two
cores that are full the median grows with the load, and no order waits for a picture.
"""

_GATEWAY: Final = """
The run of `desk` with its journal on disk, a status of ten pairs every second and the frame of 21 instruments
and those pairs twenty times a second, as runs write them: alone, and with `titan api` beside it on the same
cores, a process of its own, to which consoles are connected that have every channel open. All of them are one
more process of plain sockets that looks at each message's moment and nothing else, and gives way to others
(`nice` 19): consoles are on machines of their own. *Half a core of anything* is a process that spins for
10 ms, sleeps for 10 ms and knows nothing of the run: what is no more than that is the machine's. *Age* is
that of what a console has at any time: from the moment at the run that it is of, every 5 ms, over all
consoles. *Rows/s* are those that one console is sent.
"""

_SWEEP: Final = """
43,000 minutes of a spot and its perp; 200 sets of window, entry and exit of a z-score, two processes.
Sampled at each close, a pair of 0.004 BTC is opened where the z-score is high enough and the basis stands
above its mean by four fees (0.1 bps each, so that there is something to trade), and closed at the exit.
Orders leave at the close and meet the next bar's open. *All 200* is from reading the data to the figures of
every set, after the imports; memory is that of the largest process.

- Titan: `titan sweep` as a library call, in full fidelity: gates, journal and its hash, sagas for both
  legs, 20 ms latency, queue and margin, an exact ledger, the NAV marked 3,000 times. Each row is what
  `titan backtest` with these settings gives to the last unit. Its orders are plain Python, about a quarter
  of a millisecond each, and this grid has many of them: that, not the scan of the rows, is what it pays for.
- vectorbt: signals as matrices with rolling figures taken once a window, `Portfolio.from_signals` over two
  columns a set that share cash, filled at the next open; no latency, queue, margin or books of account. It
  cannot know whether a leg was filled: both always are.
- hftbacktest: a compiled strategy, a run a set, bars as touches one tick wide (open, low and high, close),
  20 ms latency, a queue model, its own statistics. A pair is two orders; nothing watches that both are
  filled.
- Round trips may differ by a few: a sample whose z-score stands on a threshold falls to either side with
  the last digit of a rolling sum.
"""

OF: Final = {
    "loop": _LOOP, "book": _BOOK, "backtest": _BACKTEST, "start": _START, "socket": _SOCKET,
    "decode": _DECODE, "memory": _MEMORY, "journal": _JOURNAL, "desk": _DESK,
    "orders": _ORDERS, "terminal": _TERMINAL, "gateway": _GATEWAY, "sweep": _SWEEP,
}  # fmt: skip

EXEMPT: Final = {"loop/full": ("bare Numba loop", "nautilus_trader")}
"""Peers whose answers are other by construction, by suite and subject; the notes say why."""

BUT: Final = {
    "loop": "; with latency, the bare loop and nautilus_trader are not compared, for the reasons above"
}
