"""Refusals as OKX writes them. Codes and HTTP status: okx.com/docs-v5 "Error Code" (read 2026-11-21)."""

from __future__ import annotations

from typing import Final

STATUS: Final[dict[str, int]] = {
    "50011": 429, "50013": 503, "50026": 500, "50001": 503, "50040": 429, "50061": 429,
    "50101": 401, "50102": 401, "50103": 401, "50104": 401, "50105": 401, "50106": 401, "50107": 401,
    "50110": 401, "50111": 401, "50112": 401, "50113": 401, "50114": 401, "50120": 401, "50115": 405,
    "50000": 400, "50002": 400, "50006": 400, "50014": 400,
}  # fmt: skip
"""HTTP status by code; 200 for all others."""


class Refused(Exception):
    """The whole request is refused with `code`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = STATUS.get(code, 200)


class NotDone(Exception):
    """One order of a request was not placed, amended or cancelled: its `sCode` and `sMsg`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
