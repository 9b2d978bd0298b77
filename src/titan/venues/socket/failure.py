"""What went wrong with a connection, in the words of whoever has to mend it."""

from __future__ import annotations

import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

from picows import WSError, WSHandshakeError, WSInvalidStatusError

from titan.model.errors import VenueBusy, VenueError, VenueRefused, VenueUnknown

_BUSY: Final = frozenset({418, 429, 500, 502, 503, 504})
_CHECK_NETWORK: Final = "check the network, and the venue's status page; it is tried again by itself"


def explain(url: str, error: Exception) -> VenueError:
    """The error of a failed attempt to open `url`, as one of the four kinds."""
    host = urlsplit(url).netloc
    match error:
        case VenueError():
            return error
        case ssl.SSLCertVerificationError():
            return VenueRefused(
                f"{host} showed a certificate that cannot be trusted: {error.verify_message}",
                remedy="check the address, the machine's clock and its list of authorities",
            )
        case ssl.SSLError():
            return VenueRefused(
                f"{host} speaks no TLS that is understood here: {getattr(error, 'reason', '') or error}",
                remedy="check the address: wss:// needs a port that speaks TLS",
            )
        case WSInvalidStatusError() if error.response is not None:
            return _answered(host, int(error.response.status), error)
        case WSError():
            return VenueRefused(f"{host} did not answer as a WebSocket: {error}", remedy="check the address")
        case TimeoutError():
            return VenueUnknown(f"{host} did not answer in time", remedy=_CHECK_NETWORK)
        case socket.gaierror():
            return VenueUnknown(
                f"{host} has no address: {error.strerror}", remedy="check the name, and this machine's DNS"
            )
        case ConnectionRefusedError():
            return VenueUnknown(f"{host} refused the connection", remedy="is anything listening there?")
        case OSError():
            return VenueUnknown(f"{host} cannot be reached: {error.strerror or error}", remedy=_CHECK_NETWORK)
        case _:
            return VenueUnknown(f"{host}: {type(error).__name__}: {error}", remedy=_CHECK_NETWORK)


def _answered(host: str, status: int, error: WSHandshakeError) -> VenueError:
    if status in _BUSY:
        after = error.response.headers.get("Retry-After", "") if error.response is not None else ""
        return VenueBusy(
            f"{host} is busy or limits us: HTTP {status}",
            retry_after_ns=int(retry_after_s(after) * 1e9),
            remedy="fewer connections, or wait; it is tried again by itself",
        )
    return VenueRefused(
        f"{host} refused the connection: HTTP {status}",
        remedy="check the address; some venues refuse whole countries (403, 451)",
    )


def retry_after_s(header: str) -> float:
    """The seconds of a Retry-After header; 0 where it is absent or a date."""
    try:
        return max(0.0, float(header))
    except ValueError:
        return 0.0


def closed_by(payload: bytes) -> str:
    """Why the venue closed, from the payload of its close frame: a code of 2 bytes and words, or nothing."""
    if len(payload) < 2:
        return "closed by the venue"
    said = payload[2:].decode("utf-8", "replace")
    return f"closed by the venue with code {int.from_bytes(payload[:2])}" + (f" ({said})" if said else "")
