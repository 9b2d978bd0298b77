"""Refusals as Bybit writes them. Codes: bybit-exchange.github.io/docs/v5/error (read 2026-11-21)."""

from __future__ import annotations


class Refused(Exception):
    """The request is refused: `code` is the retCode, the text the retMsg. HTTP status is 200 unless said."""

    def __init__(self, code: int, message: str, status: int = 200) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
