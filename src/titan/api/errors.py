"""What the gateway answers instead of what was asked: a status, a code for programs, words for people.

ApiError                        any of them: `status` of HTTP, `code` that never changes
├── Unauthorised                401: no token, or one that is not (or no longer) good
├── Forbidden                   403: the token is good and its scopes are not enough
├── NotFound                    404
├── Conflict                    409: it cannot be done as things stand
├── NotYet                      503: it is still being read, ask again
├── TooMany                     429: again after `retry_after_s`
└── Unavailable                 503: the gateway cannot do it now; its log says why

On the wire each is {"error": {"code", "message", "remedy"}}.
"""

from __future__ import annotations

from titan.model.errors import TitanError


class ApiError(TitanError):
    status = 400
    code = "bad_request"

    def __init__(self, message: str, *, remedy: str = "", code: str = "") -> None:
        super().__init__(message, remedy=remedy)
        if code:
            self.code = code


class Unauthorised(ApiError):
    status, code = 401, "unauthorised"


class Forbidden(ApiError):
    status, code = 403, "forbidden"


class NotFound(ApiError):
    status, code = 404, "not_found"


class Conflict(ApiError):
    status, code = 409, "conflict"


class NotYet(ApiError):
    """It is still being read: ask again."""

    status, code = 503, "not_yet"


class TooMany(ApiError):
    status, code = 429, "too_many_requests"

    def __init__(self, message: str, *, retry_after_s: float, remedy: str = "") -> None:
        super().__init__(message, remedy=remedy)
        self.retry_after_s = retry_after_s


class Unavailable(ApiError):
    status, code = 503, "unavailable"
