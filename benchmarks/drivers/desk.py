"""The `desk` suite: from a quote on one socket to the order that answers it on another.

A new price comes twenty times a second among 1,000, 5,000 or 20,000 quotes a second; whoever is measured
answers each with a limit order at it. The server (`desk_server`) stamps the price's first frame before it is
sent and the order's first byte when it is read, by one clock.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import uvloop

from benchmarks.drivers import task
from benchmarks.drivers.desk_account import CONTRACT

STEPS: Final = 400
_SKIPPED: Final = 40
"""Orders that are not counted: the first ones meet cold caches and connections."""

Peer = Callable[[int], Awaitable[None]]


async def titan(port: int) -> None:
    """Feed, kernel, gates, desk, SQLite store, gateway: as `titan run --mode live` wires them."""
    from benchmarks.drivers.desk_titan import trade

    with tempfile.TemporaryDirectory() as folder:
        await trade(port, Path(folder))


async def titan_in_memory(port: int) -> None:
    from benchmarks.drivers.desk_titan import trade

    await trade(port, None)


async def ccxt_pro(port: int) -> None:
    """A bot as ccxt's examples write it: wait for the quote, send the order in a task."""
    import ccxt.pro

    ex: Any = ccxt.pro.binance({"apiKey": "k", "secret": "s", "options": {"defaultType": "future"}})
    ex.enableRateLimit = False
    ex.set_markets([ex.parse_market(CONTRACT)])
    ex.urls["api"] = pointed(ex.urls["api"], port)
    symbol, last, tasks = "BTC/USDT:USDT", 0.0, set()
    try:
        while True:
            bid = (await ex.watch_bids_asks([symbol]))[symbol]["bid"]
            if bid != last:
                last = bid
                order = ex.create_order(symbol, "limit", "buy", 0.01, bid, {"timeInForce": "IOC"})
                one = asyncio.ensure_future(order)
                tasks.add(one)
                one.add_done_callback(tasks.discard)
    except ccxt.NetworkError:
        pass  # the server is done
    finally:
        await ex.close()


def pointed(urls: Any, port: int) -> Any:
    """A client's addresses with our host in them."""
    if isinstance(urls, dict):
        return {name: pointed(url, port) for name, url in urls.items()}
    scheme, _, rest = urls.partition("://")
    path = rest.partition("/")[2]
    return f"{'ws' if scheme.startswith('ws') else 'http'}://127.0.0.1:{port}/{path}"


async def bare(port: int) -> None:
    """picows and a kept HTTP connection, a signature, nothing else: what the machine allows."""
    from picows import WSFrame, WSListener, WSTransport, ws_connect

    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ended = asyncio.get_running_loop().create_future()

    class Ear(WSListener):
        last = b""

        def on_ws_connected(self, transport: WSTransport) -> None:
            from picows import WSMsgType

            transport.send(WSMsgType.TEXT, b'{"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":1}')

        def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
            del transport
            body = frame.get_payload_as_bytes()
            at = body.find(b'"b":"')
            bid = body[at + 5 : body.find(b'"', at + 5)] if at >= 0 else self.last
            if bid != self.last:
                self.last = bid
                query = b"symbol=BTCUSDT&price=" + bid + b"&timestamp=%d" % (time.time_ns() // 1_000_000)
                sign = hmac.new(b"s", query, hashlib.sha256).hexdigest().encode()
                writer.write(
                    b"POST /fapi/v1/order?" + query + b"&signature=" + sign + b" HTTP/1.1\r\nHost: x\r\n\r\n"
                )

        def on_ws_disconnected(self, transport: WSTransport) -> None:
            del transport
            if not ended.done():
                ended.set_result(None)

    async def read() -> None:
        while await reader.read(65536):
            pass

    reading = asyncio.ensure_future(read())
    await ws_connect(Ear, f"ws://127.0.0.1:{port}/public/stream")
    await ended
    reading.cancel()


PEERS: Final[dict[str, Peer]] = {
    "titan": titan, "memory": titan_in_memory, "ccxt": ccxt_pro, "bare": bare,
}  # fmt: skip


@contextlib.asynccontextmanager
async def until_over(server: subprocess.Popen[str], peer: Awaitable[None]) -> AsyncIterator[list[int]]:
    """The server's figures; the peer is stopped when they are there."""
    assert server.stdout is not None
    work = asyncio.ensure_future(peer)
    line = asyncio.get_running_loop().run_in_executor(None, server.stdout.readline)
    await asyncio.wait({work, asyncio.ensure_future(line)}, return_when=asyncio.FIRST_COMPLETED)
    if work.done() and work.exception() is not None:
        raise work.exception() or AssertionError
    ways = json.loads(await line)
    yield ways
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


async def measured(rate: int, peer: Peer, steps: int) -> dict[str, float]:
    server = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.drivers.desk_server", str(rate), str(steps)],
        stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    try:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        async with until_over(server, peer(port)) as ways:
            counted = sorted(ways[_SKIPPED if steps > 2 * _SKIPPED else 0 :])
    finally:
        server.kill()
        server.wait()
    found = {"orders": float(len(ways)), "asked": float(steps)}
    for name, share in (("p50_us", 0.5), ("p99_us", 0.99), ("p999_us", 0.999)):
        found[name] = counted[min(int(share * len(counted)), len(counted) - 1)] / 1e3
    return found


def main(found: task.Task) -> None:
    rate, _, peer = found.variant.partition("-")
    found.write(**uvloop.run(measured(int(rate), PEERS[peer], STEPS)))


if __name__ == "__main__":
    main(task.from_command_line())
