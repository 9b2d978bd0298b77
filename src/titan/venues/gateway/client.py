"""ccxt's client of a venue, held to our rules: our limiter, exact numbers, our addresses, no other host.

Numbers stay text from the wire to Decimal: ccxt is told to give strings, and JSON numbers are not read as
floats. Every request passes through `Rest.fetch2`, so nothing that ccxt asks of its own accord escapes the
limiter. With the addresses of a double every address is replaced, so no test can ever reach the real venue.
What may change something at the venue (any method but GET) goes out by our own `Http`: an order's bytes are
written in the turn that signed them.
"""

from __future__ import annotations

import functools
import json
import logging
import re
import ssl
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, Final

import ccxt.pro

from titan.model.credentials import Credentials
from titan.model.errors import ConfigError
from titan.venues.addresses import REAL, Addresses
from titan.venues.gateway.errors import ANSWER
from titan.venues.gateway.limiter import SHARED, Limiter, Priority
from titan.venues.gateway.profile import GENERIC, Profile
from titan.venues.gateway.weights import Limits, Request, limits_of
from titan.venues.socket.http import Http

TIMEOUT_MS: Final = 10_000
MS: Final = 1000
PRIORITY: Final[ContextVar[Priority]] = ContextVar("priority", default=Priority.QUERY)
REHEARSAL: Final[ContextVar[bool]] = ContextVar("rehearsal", default=False)
"""Everything is done but the sending: see `Rehearsed`."""
_SILENT: Final = logging.getLogger("titan.venues.gateway.ccxt")
_SILENT.addFilter(lambda _: False)
"""ccxt writes signed requests there. A filter stays, where `logging.config.dictConfig` undoes `disabled`."""
_ADDRESS: Final = re.compile(r"^(https?|wss?)://([^/?]+)(.*)$")
_PERP: Final = re.compile(r"(^|[.-])(fapi|fstream|ws-fapi|contract|futures)[.-]|/api/v1/(contract|private)")
"""Which of ccxt's addresses belong to futures: by their host, at MEXC by their path."""


class Meter:
    """The limiters of one client: that of its address and that of its key."""

    def __init__(self, limits: Limits, address: str, key: str) -> None:
        self._limits = limits
        self._ip = SHARED.of(address, "", limits.by_ip)
        self._key = SHARED.of(address, key or "nobody", limits.by_key)
        self._names = {w.name for w in limits.by_ip}

    @property
    def limiters(self) -> tuple[Limiter, Limiter]:
        return self._ip, self._key

    async def before(self, request: Request) -> None:
        charges = self._limits.charges(request)
        priority = PRIORITY.get()
        by_ip = [c for c in charges if c.window in self._names]
        by_key = [c for c in charges if c.window not in self._names]
        if REHEARSAL.get():
            self._ip.is_free(by_ip, priority)
            self._key.is_free(by_key, priority)
            return
        await self._ip.take(by_ip, priority)
        await self._key.take(by_key, priority)

    def after(self, url: str, headers: Mapping[str, str]) -> None:
        for window, used in self._limits.learned(url, headers):
            (self._ip if window in self._names else self._key).learn(window, used)


class Rehearsed(Exception):
    """A request of a rehearsal was made and signed; it does not leave."""


class Rest:
    """What is put before ccxt's own class of a venue."""

    meter: Meter
    http: Http
    number = str
    logger = _SILENT
    enableRateLimit = False  # noqa: N815  ccxt's own name; our limiter rules

    async def fetch2(
        self, path: Any, api: Any = "public", method: str = "GET", params: Any = None, config: Any = None
    ) -> Any:
        config = config or {}
        cost = self.calculate_rate_limiter_cost(api, method, path, params or {}, config)  # type: ignore[attr-defined]
        section = api if isinstance(api, str) else " ".join(api)
        await self.meter.before(Request(section, method, str(path), float(cost)))
        return await super().fetch2(path, api, method, params or {}, config)  # type: ignore[misc]

    async def fetch(self, url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        answer = ANSWER.get()
        if answer is not None:
            answer.status, answer.headers, answer.body = 0, {}, ""
        if method == "GET" and not REHEARSAL.get():
            return await super().fetch(url, method, headers, body)  # type: ignore[misc]
        return await self._change(url, method, headers, body)

    async def _change(self, url: str, method: str, headers: Any, body: Any) -> Any:
        """As ccxt's own `fetch`, over `http`."""
        client: Any = self
        sent = client.prepare_request_headers(headers)
        if REHEARSAL.get():
            self.http.ready(method, url, sent, (body or "").encode())
            raise Rehearsed
        try:
            reply = await self.http.request(method, url, sent, (body or "").encode(), client.timeout / MS)
        except TimeoutError as e:
            raise ccxt.RequestTimeout(client.id) from e
        except OSError as e:
            raise ccxt.ExchangeNotAvailable(client.id) from e
        text = client.on_rest_response(
            reply.status, reply.reason, url, method, reply.headers,
            reply.body.decode(errors="replace"), sent, body,
        )  # fmt: skip
        if client.enableLastHttpResponse:
            client.last_http_response = text
        found = client.parse_json(text)
        client.handle_errors(reply.status, reply.reason, url, method, reply.headers, text, found, sent, body)
        client.handle_http_status_code(reply.status, reply.reason, url, method, text)
        return text if found is None else found

    async def close(self, *args: Any) -> None:
        await self.http.close()
        await super().close(*args)  # type: ignore[misc]

    def on_rest_response(
        self, code: int, reason: str, url: str, method: str, headers: Any, body: str, sent: Any, payload: Any
    ) -> str:
        del reason, method, sent, payload
        self.meter.after(url, headers)
        answer = ANSWER.get()
        if answer is not None:
            answer.status, answer.headers, answer.body = code, dict(headers), body
        return body.strip()

    def currency_to_precision(self, code: Any, fee: Any, networkCode: Any = None) -> str:  # noqa: N803
        """The amount as it was asked for. ccxt would round to a step guessed from markets, upwards too."""
        del code, networkCode
        return fee if isinstance(fee, str) else str(self.number_to_string(fee))  # type: ignore[attr-defined]

    @staticmethod
    def on_json_response(body: str) -> Any:
        return json.loads(body, parse_float=str)


def build(
    profile: Profile,
    addresses: Addresses | None,
    credentials: Credentials | None,
    *,
    timeout_ms: int = TIMEOUT_MS,
) -> Any:
    """A ccxt.pro client. Raises ConfigError where ccxt has no such venue."""
    base = getattr(ccxt.pro, profile.ccxt_id, None) or getattr(ccxt.async_support, profile.ccxt_id, None)
    if base is None or profile.ccxt_id not in ccxt.exchanges:
        raise ConfigError(
            f"ccxt lists no exchange {profile.ccxt_id}", remedy="`titan venues` shows how to name one"
        )
    config: dict[str, Any] = {"timeout": timeout_ms, "options": dict(profile.options), "newUpdates": True}
    if credentials is not None:
        config |= {"apiKey": credentials.key, "secret": credentials.secret}
        if credentials.passphrase:
            config["password"] = credentials.passphrase
    client = type(f"Titan{profile.ccxt_id}", (Rest, base), {})(config)
    client.enableRateLimit = False
    client.enableLastHttpResponse = profile.ccxt_id == "kraken"  # its cancel_order reads it
    if profile.first_class:
        client.has["fetchCurrencies"] = False  # signed calls that load_markets does not need
    if addresses is not None and addresses != REAL.get(profile.venue):
        client.urls["api"] = _replaced(client.urls["api"], _replacer(addresses))
        if isinstance(client.hostname, str):
            client.hostname = addresses.rest.partition("://")[2]
    client.http = Http(functools.cache(lambda: ssl.create_default_context(cafile=client.cafile)))
    place = addresses.rest if addresses is not None else profile.venue
    client.meter = Meter(limits_of(profile.venue), place, credentials.key if credentials else "")
    return client


def generic_profile(venue: str) -> Profile:
    """The profile of `ccxt:<id>`: only what ccxt's own table claims, checked against nothing."""
    name = venue.removeprefix(GENERIC)
    return Profile(venue, name, (), streams=(), first_class=False)


def _replacer(addresses: Addresses) -> Callable[[str], str]:
    """An address of the venue -> the same path at ours."""

    def replace(address: str) -> str:
        found = _ADDRESS.match(address)
        if found is None:
            return address
        scheme, host, path = found.groups()
        perp = _PERP.search(host + path) is not None
        if scheme.startswith("ws"):
            ours = (addresses.perp_ws or addresses.ws) if perp else addresses.ws
        else:
            ours = (addresses.perp_rest or addresses.rest) if perp else addresses.rest
        return ours.rstrip("/") + path

    return replace


def _replaced(value: Any, replace: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: _replaced(inner, replace) for name, inner in value.items()}
    return replace(value) if isinstance(value, str) else value
