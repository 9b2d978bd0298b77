"""Takes secrets out of any text that is about to be shown or written: errors, logs, tracebacks.

Whoever decrypts a secret says so with `remember`; whoever shows text passes it through `scrub`. Known values
are removed in their plain form and as they look inside JSON, a URL or base64.
"""

from __future__ import annotations

import base64
import json
import re
import threading
from typing import Final
from urllib.parse import quote

HIDDEN: Final = "[redacted]"
_SHORTEST: Final = 6
"""Shorter values would take away common words; no venue's secret is that short."""

_IN_URL: Final = re.compile(r"(?<=://)([^\s/:@\"']*):[^\s/@\"']+@")

_known: set[str] = set()
_lock = threading.Lock()


def remember(*secrets: str) -> None:
    """These values must never be shown from now on."""
    with _lock:
        for secret in secrets:
            if len(secret) >= _SHORTEST:
                plain = secret.encode()
                _known.update((secret, quote(secret, safe=""), json.dumps(secret)[1:-1]))
                _known.add(base64.b64encode(plain).decode())


def scrub(text: str) -> str:
    """`text` without any remembered value."""
    with _lock:
        known = sorted(_known, key=len, reverse=True)
    for secret in known:
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text


def without_passwords(text: str) -> str:
    """`text` with every URL in it without its password."""
    return _IN_URL.sub(r"\1:***@", text) if "://" in text else text
