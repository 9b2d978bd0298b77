"""One call to a venue: its priority, its answer on the wire, its error as one of the four kinds.

A query is asked again after a while; a change (an order, a transfer, a withdrawal) never is, but for one that
the venue put aside unread because a later one was there before it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from decimal import localcontext
from typing import Any, Final, TypeVar

import ccxt

from titan.model.errors import TitanError, VenueBusy, VenueError
from titan.venues.gateway.client import PRIORITY, REHEARSAL, Rehearsed
from titan.venues.gateway.errors import ANSWER, NS, Answer, Doing, overtaken, venue_error
from titan.venues.gateway.limiter import Priority

T = TypeVar("T")
ATTEMPTS: Final = 4
_FIRST_WAIT_S: Final = 0.25
_LONGEST_WAIT_S: Final = 5.0
_BAN_NS: Final = 60 * NS
"""Told to stay away for longer, nothing is sent at all."""
_PARSING: Final = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)
"""What ccxt raises where a body has not the shape it expects: an answer came and cannot be read."""
_OVERTAKEN: Final = 3
"""How often a request that was overtaken by a later one goes out again."""


class Caller:
    """`now` is ns UTC. `hidden` are the values that no error may show."""

    def __init__(self, venue: str, client: Any, now: Callable[[], int], hidden: tuple[str, ...] = ()) -> None:
        self.venue, self.client, self.now = venue, client, now
        self._hidden: Callable[[], tuple[str, ...]] = lambda: hidden  # so that no repr of us shows them

    async def change(self, call: Callable[[], Awaitable[T]], priority: Priority = Priority.ORDER) -> T:
        """Once. Raises one of the four kinds of VenueError."""
        return await self._once(call, Doing.CHANGE, priority)

    async def query(
        self,
        call: Callable[[], Awaitable[T]],
        priority: Priority = Priority.QUERY,
        *,
        attempts: int = ATTEMPTS,
    ) -> T:
        """Asked again while the venue is busy for a short time; then VenueBusy is the caller's to see."""
        wait = _FIRST_WAIT_S
        for attempt in range(1, attempts + 1):
            try:
                return await self._once(call, Doing.QUERY, priority)
            except VenueBusy as e:
                pause = max(wait, e.retry_after_ns / NS if e.retry_after_ns > NS else 0.0)
                if attempt == attempts or pause > _LONGEST_WAIT_S:
                    raise
                await asyncio.sleep(pause)
                wait *= 2
        raise AssertionError("unreachable")

    def rehearse(self, call: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """A change up to the point of sending, within this turn of the loop: see `client.Rehearsed`. One that
        would have to ask the venue something first is given up, and does not ask."""
        rehearsing = REHEARSAL.set(True)
        made = call()
        try:
            with localcontext():
                asks = made.send(None)
            if isinstance(asks, asyncio.Future):
                asks.cancel()
        except (Rehearsed, StopIteration, ccxt.BaseError):
            pass
        finally:
            made.close()
            REHEARSAL.reset(rehearsing)

    async def _once(self, call: Callable[[], Awaitable[T]], doing: Doing, priority: Priority) -> T:
        """One request; another one only where the venue says that it did not read the first."""
        for left in range(_OVERTAKEN, -1, -1):
            answer = Answer()
            heard, urgent = ANSWER.set(answer), PRIORITY.set(priority)
            try:
                # ccxt sets rounding and traps of the Decimal context it finds, which would be everybody's.
                with localcontext():
                    return await call()
            except TitanError:
                raise
            except (TimeoutError, ccxt.BaseError, OSError, *_PARSING) as e:
                if left and overtaken(self.venue, e):
                    continue
                error = self.error(e, answer, doing)
            finally:
                PRIORITY.reset(urgent)
                ANSWER.reset(heard)
            if isinstance(error, VenueBusy) and (
                answer.status in (418, 429) or error.retry_after_ns > _BAN_NS
            ):
                for limiter in self.client.meter.limiters:
                    limiter.close(error.retry_after_ns / NS)
            raise error from None  # ccxt's own carries signed addresses in its text
        raise AssertionError("unreachable")

    def error(self, e: BaseException, answer: Answer, doing: Doing) -> VenueError:
        return venue_error(self.venue, e, answer, doing, now_ns=self.now(), hidden=self._hidden())
