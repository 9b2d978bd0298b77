"""Whatever goes wrong as a document: {"error": {"code", "message", "remedy"}}, and never a traceback."""

from __future__ import annotations

import logging
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.exceptions import HTTPException
from litestar.types import ExceptionHandlersMap

from titan.api.errors import ApiError, TooMany
from titan.model.errors import ConfigError, DataError, StorageError, TitanError

_LOG: Final = logging.getLogger(__name__)
CODES: Final = {
    400: "bad_request", 401: "unauthorised", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    408: "timeout", 409: "conflict", 413: "too_large", 415: "unsupported_media_type",
    422: "unprocessable", 429: "too_many_requests", 503: "unavailable",
}  # fmt: skip


class ErrorShape(msgspec.Struct, frozen=True):
    """`code` is for programs and does not change; `remedy` may be empty."""

    code: str
    message: str
    remedy: str = ""


class Failure(msgspec.Struct, frozen=True):
    error: ErrorShape


def failed(
    status: int, message: str, *, code: str = "", remedy: str = "", headers: dict[str, str] | None = None
) -> Response[Failure]:
    told = ErrorShape(code or CODES.get(status, "failed"), message, remedy)
    return Response(Failure(told), status_code=status, headers=headers, media_type="application/json")


def _api(_: Request[Any, Any, Any], error: ApiError) -> Response[Failure]:
    headers = {"Retry-After": str(max(1, round(error.retry_after_s)))} if isinstance(error, TooMany) else {}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return failed(error.status, error.message, code=error.code, remedy=error.remedy, headers=headers)


def _titan(_: Request[Any, Any, Any], error: TitanError) -> Response[Failure]:
    """What the rest of Titan raises: a store that cannot be read, a setting that is wrong."""
    status = 503 if isinstance(error, StorageError) else 422 if isinstance(error, _WRONG) else 409
    return failed(status, error.message, remedy=error.remedy)


_WRONG: Final = (ConfigError, DataError)


def _http(_: Request[Any, Any, Any], error: HTTPException) -> Response[Failure]:
    """What Litestar found wrong with a request."""
    message = error.detail or "this cannot be answered"
    extra = error.extra if isinstance(error.extra, list) else []
    found = "; ".join(_said(one) for one in extra if isinstance(one, dict))
    return failed(
        error.status_code, f"{message}: {found}" if found else message, headers=dict(error.headers or {})
    )


def _said(one: dict[str, Any]) -> str:
    return ": ".join(str(one[part]) for part in ("key", "message") if one.get(part))


def _unexpected(request: Request[Any, Any, Any], error: Exception) -> Response[Failure]:
    _LOG.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failed(500, "this is a fault in Titan; the gateway's log says more", code="fault")


HANDLERS: Final[ExceptionHandlersMap] = {
    ApiError: _api, TitanError: _titan, HTTPException: _http, Exception: _unexpected,
}  # fmt: skip
