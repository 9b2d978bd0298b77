"""One-time codes of an authenticator app (RFC 6238): six digits, a new one every 30 s."""

from __future__ import annotations

import hmac
from typing import Final

import pyotp

STEP_S: Final = 30
ISSUER: Final = "Titan"


def fresh_secret() -> str:
    """160 bits, as the RFC asks."""
    return pyotp.random_base32(32)


def uri_of(secret: str, name: str) -> str:
    """What an app reads from a picture."""
    return pyotp.TOTP(secret, interval=STEP_S).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now_s: float) -> int | None:
    """The time step that the code is of: this one, or one before or after it. None for any other code."""
    totp = pyotp.TOTP(secret, interval=STEP_S)
    given = code.strip().replace(" ", "").encode()
    here = int(now_s) // STEP_S
    found = None
    for step in (here, here - 1, here + 1):  # all three, at the same cost
        if hmac.compare_digest(totp.generate_otp(step).encode(), given):
            found = step
    return found
