"""A gateway that listens: uvicorn in the loop of whoever calls."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

import msgspec
import uvicorn

from titan.api.app import make_app
from titan.api.gateway import Gateway, Parts
from titan.api.settings import Settings
from titan.model.errors import ConfigError


class _Server(uvicorn.Server):
    """Signals are its caller's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(
    settings: Settings,
    *,
    ready: Callable[[Settings], None] = lambda _: None,
    parts: Parts | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Until `stop` is set or it is cancelled. `ready` is told when it listens, with the port that it got
    (settings.port may be 0). Takes no signals: whoever calls does. Raises ConfigError for an address that may
    not be, or cannot be, listened at.
    """
    check_bind(settings)
    bound = _bind(settings)
    settings = _with_port(settings, bound.getsockname()[1])
    app = make_app(settings, parts if parts is not None else Parts())
    gateway: Gateway = app.state.gateway
    config = uvicorn.Config(
        app, loop="none", http="httptools", ws="websockets-sansio", lifespan="on", log_config=None,
        access_log=False, proxy_headers=False, server_header=False, ws_max_size=65_536,
        ws_per_message_deflate=False, ws_ping_interval=20.0, ws_ping_timeout=20.0, timeout_keep_alive=15,
        timeout_graceful_shutdown=5, h11_max_incomplete_event_size=65_536,
        ssl_certfile=settings.tls_cert, ssl_keyfile=settings.tls_key,
    )  # fmt: skip
    server = _Server(config)
    running = asyncio.ensure_future(server.serve(sockets=[bound]))
    stopping = asyncio.ensure_future((stop or asyncio.Event()).wait())
    try:
        while not server.started and not running.done():
            await asyncio.sleep(0.01)
        if not running.done():
            ready(settings)
        await asyncio.wait([running, stopping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        stopping.cancel()
        await gateway.hub.close()
        server.should_exit = True
        await running
        bound.close()


def check_bind(settings: Settings) -> None:
    """Wider than loopback only with TLS, or where it was asked for in so many words."""
    if (settings.tls_cert is None) is not (settings.tls_key is None):
        raise ConfigError("TLS needs a certificate and its key", remedy="give both --tls-cert and --tls-key")
    if is_loopback(settings.host) or settings.tls_cert is not None or settings.insecure_bind:
        return
    raise ConfigError(
        f"{settings.host} is no loopback address: passwords and orders would cross the network as plain text",
        remedy="give --tls-cert and --tls-key, or leave --host and use an SSH tunnel; --insecure-bind if a "
        "proxy in front does TLS",
    )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _bind(settings: Settings) -> socket.socket:
    try:
        family, kind, proto, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        bound = socket.socket(family, kind, proto)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
    except OSError as e:
        raise ConfigError(
            f"nothing can listen at {settings.host}:{settings.port}: {e.strerror or e}",
            remedy="another process has that port, or this machine has no such address: name another --port",
        ) from e
    bound.setblocking(False)
    return bound


def _with_port(settings: Settings, port: int) -> Settings:
    return msgspec.structs.replace(settings, port=port)
