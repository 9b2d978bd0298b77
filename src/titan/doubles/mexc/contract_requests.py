"""An order that a client asks of MEXC's contracts, as a ticket of the double.

www.mexc.com/api-docs/futures "Place Order", "Place Plan Order" (read 2026-11-21). A side says what an order
does to a position: 1 opens a long, 2 closes a short, 3 opens a short, 4 closes a long. Of plan orders those
are carried that are sent at market when the last price passes: `orderType` 5, `trend` 1, a buy that waits for
a rise and a sale that waits for a fall.
"""

from __future__ import annotations

from typing import Final

from titan.doubles.market_text import MarketText
from titan.doubles.mexc.contract_account import ONE_WAY
from titan.doubles.mexc.contract_errors import Refused
from titan.doubles.mexc.contract_listing import Params, choice, decimal
from titan.doubles.orders import Ticket
from titan.model.order import OrderType, Side, TimeInForce

OPEN_LONG, CLOSE_SHORT, OPEN_SHORT, CLOSE_LONG = 1, 2, 3, 4
CLOSES: Final = (CLOSE_SHORT, CLOSE_LONG)
MARKET: Final = 5
KINDS: Final = {
    1: (OrderType.LIMIT, TimeInForce.GTC),
    2: (OrderType.LIMIT, TimeInForce.POST_ONLY),
    3: (OrderType.LIMIT, TimeInForce.IOC),
    4: (OrderType.LIMIT, TimeInForce.FOK),
    MARKET: (OrderType.MARKET, TimeInForce.IOC),
    6: (OrderType.MARKET, TimeInForce.IOC),
}
LONGEST_ID: Final = 32
_HOURS: Final = {1: 24, 2: 168}


def ticket(params: Params, market: MarketText, mode: int) -> Ticket:
    """`mode` is the account's. Raises Refused."""
    kind = choice(params, "type", 6, 2029)
    found = _common(params, market, mode)
    found.type, found.tif = KINDS[kind]
    found.extra["type"] = kind
    if found.type is OrderType.LIMIT:
        found.price = decimal(params, "price", 2007)
    return found


def plan(params: Params, market: MarketText, mode: int) -> Ticket:
    """A plan order. Raises Refused, 604 for those that a double does not carry."""
    found = _common(params, market, mode)
    rising = choice(params, "triggerType", 2, 600)
    at_market, by_last = choice(params, "orderType", 6, 2029) == MARKET, choice(params, "trend", 3, 600) == 1
    if not at_market or not by_last or (rising == 1) != (found.side is Side.BUY):
        raise Refused(604, "This double carries plan orders that stop at market by the last price")
    found.type, found.stop = OrderType.STOP, decimal(params, "triggerPrice", 2007)
    hours = _HOURS[choice(params, "executeCycle", 2, 600)]
    found.extra |= {"type": MARKET, "rising": rising, "hours": hours}
    return found


def _common(params: Params, market: MarketText, mode: int) -> Ticket:
    side, own_mode = choice(params, "side", 4, 2001), choice(params, "positionMode", 2, 600, usual=mode)
    client = str(params.get("externalOid") or "")
    if len(client) > LONGEST_ID:
        raise Refused(2030)
    flagged = own_mode == ONE_WAY and str(params.get("reduceOnly")).lower() == "true"
    margin = choice(params, "openType", 2, 2002)
    return Ticket(
        inst=market.market.index, side=Side.BUY if side in (OPEN_LONG, CLOSE_SHORT) else Side.SELL,
        type=OrderType.MARKET, tif=TimeInForce.IOC, qty=decimal(params, "vol", 2011) * market.unit,
        reduce_only=flagged or side in CLOSES, client_id=client,
        extra={"client": client, "side": side, "open": margin, "mode": own_mode},
    )  # fmt: skip
