"""What Kraken says when it refuses: texts in `error`, with HTTP 200.

Source: docs.kraken.com/api/docs/guides/spot-errors, read 2026-11-21.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.refusal import Refusal

KEY: Final = "EAPI:Invalid key"
SIGNATURE: Final = "EAPI:Invalid signature"
NONCE: Final = "EAPI:Invalid nonce"
DENIED: Final = "EGeneral:Permission denied"
ARGUMENTS: Final = "EGeneral:Invalid arguments"
METHOD: Final = "EGeneral:Unknown method"
PAIR: Final = "EQuery:Unknown asset pair"
ASSET: Final = "EQuery:Unknown asset"
ORDER: Final = "EOrder:Unknown order"
LIMIT: Final = "EAPI:Rate limit exceeded"
ORDERS_LIMIT: Final = "EOrder:Rate limit exceeded"
BUSY: Final = "EService:Busy"
UNAVAILABLE: Final = "EService:Unavailable"

_TEXTS: Final = {
    Refusal.NO_BALANCE: "EOrder:Insufficient funds",
    Refusal.NO_MARGIN: "EOrder:Insufficient margin",
    Refusal.BAD_SIZE: "EGeneral:Invalid arguments:volume",
    Refusal.MIN_QTY: "EGeneral:Invalid arguments:volume minimum not met",
    Refusal.MIN_NOTIONAL: "EOrder:Cost minimum not met",
    Refusal.BAD_PRICE: "EGeneral:Invalid arguments:price",
    Refusal.TICK_SIZE: "EOrder:Tick size check failed",
    Refusal.LOT_SIZE: "EGeneral:Invalid arguments:volume",
    Refusal.POST_ONLY_CROSSES: "EOrder:Post only order",
    Refusal.DUPLICATE_CLIENT_ID: "EGeneral:Invalid arguments:cl_ord_id already exists",
    Refusal.UNKNOWN_ORDER: ORDER,
    Refusal.ALREADY_DONE: ORDER,
    Refusal.NO_LIQUIDITY: "EOrder:No liquidity",
    Refusal.NOTHING_TO_AMEND: "EOrder:Amend has no change",
    Refusal.INJECTED: "EOrder:Trading agreement required",
    Refusal.BAD_AMOUNT: "EFunding:Invalid amount",
    Refusal.NO_WALLET: "EGeneral:Invalid arguments:from",
}


class Refused(Exception):
    """Ends a request; `text` stands in `error`."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def text_of(reason: Refusal) -> str:
    """The venue's words for a refusal of the engine's."""
    return _TEXTS.get(reason, f"{ARGUMENTS}:{reason.name.lower()}")
