"""MEXC spot: protobuf pushes, answers in JSON.

Source: www.mexc.com/api-docs, "Spot V3, Websocket Market Streams" (November 2026): one connection lives 24
hours and carries 30 subscriptions; without a subscription it is closed after 30 s, without data after 60 s,
and a ping keeps it. The streams of JSON ended in August 2025; recorders write the pushes of protobuf as JSON,
which is read too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, cast

import msgspec

from titan.model.instrument import InstrumentKind
from titan.venues.bars import Bar, checked
from titan.venues.depth import Update
from titan.venues.mexc import wire
from titan.venues.mexc.line import BROKEN, Book, MexcLine
from titan.venues.mexc.names import MINUTE
from titan.venues.mexc.numbers import of_text, version
from titan.venues.numbers import checked as checked_levels
from titan.venues.numbers import moment, positive
from titan.venues.sink import NO_TS
from titan.venues.stream import Acked, Channel, Fetch, Heartbeat, Market, Refused, Rules, Wish

_TOPICS: Final = {
    Channel.TRADES: "spot@public.aggre.deals.v3.api.pb@100ms@{}",
    Channel.DEPTH: "spot@public.aggre.depth.v3.api.pb@100ms@{}",
    Channel.BBO: "spot@public.aggre.bookTicker.v3.api.pb@100ms@{}",
    Channel.KLINES: "spot@public.kline.v3.api.pb@{}@" + MINUTE,
}
_DEPTH: Final = "public.aggre.depth."
_PASSED: Final = {
    "public_increase_depths": "depth of the old kind",
    "public_limit_depths": "depth of few levels",
    "public_increase_depths_batch": "depth of the old kind",
    "public_mini_ticker": "day ticker",
    "public_mini_tickers": "day ticker",
    "public_book_ticker_batch": "batched book ticker",
    "private_orders": "private",
    "private_deals": "private",
    "private_account": "private",
}


class SpotLine(MexcLine):
    """The socket at `/ws`."""

    name = "spot"
    kind: ClassVar[InstrumentKind] = InstrumentKind.SPOT
    rules = Rules(
        heartbeat=Heartbeat(15.0, b'{"method":"PING"}'),
        topics_a_connection=30,
        topics_a_request=30,
        requests_a_second=10.0,
        silence_s=30.0,
    )

    def path(self) -> str:
        return "/ws"

    def topics(self, wish: Wish) -> tuple[str, ...]:
        topic = _TOPICS.get(wish.channel)
        if topic is None or wish.market.kind is not InstrumentKind.SPOT:
            return ()
        self._know(wish.market)
        return (topic.format(wish.market.native),)

    def fetches(self, wish: Wish) -> tuple[Fetch, ...]:
        del wish
        return ()

    def subscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"method": "SUBSCRIPTION", "params": list(topics), "id": request})

    def unsubscribe(self, topics: Sequence[str], request: int) -> bytes:
        return msgspec.json.encode({"method": "UNSUBSCRIPTION", "params": list(topics), "id": request})

    def hear(self, frame: bytes, recv: int, connection: int) -> None:
        self.tally.messages += 1
        if frame[:1] in (b"{", b"["):
            self._text(frame, recv, connection)
            return
        try:
            push = wire.read(bytes(frame))
        except wire.DecodeError as e:
            self.tally.say_malformed("push", str(e), frame, recv)
            return
        self._push(push, frame, recv, connection)

    def lost(self, topics: Sequence[str], recv: int) -> None:
        for topic in topics:
            if _DEPTH in topic:
                book = self._books.get(_symbol(topic))
                if book is not None:
                    book.depth.lost(recv)

    def _fetch_depth(self, market: Market) -> Fetch:
        return Fetch(market, "depth", f"/api/v3/depth?symbol={market.native}&limit=5000")

    def _answer(self, book: Book, what: str, body: bytes, recv: int) -> None:
        del what
        self._snapshot(book, wire.SNAPSHOT.decode(body), recv, 0)

    def _text(self, frame: bytes, recv: int, connection: int) -> None:
        if frame[:1] == b"[":
            self._old(frame, recv)
            return
        try:
            push = wire.JSON.decode(frame)
        except BROKEN as e:
            if isinstance(e, msgspec.ValidationError) and b".pb@" not in frame[:400]:
                self._old(frame, recv)
            else:
                self.tally.say_malformed("text", str(e), frame, recv)
            return
        if push.msg is not None:
            self._said(push)
        elif push.last_update_id is not None or push.code or push.success is not None:
            self.tally.passed["answer without a question"] += 1
        elif push.channel.startswith("spot@"):
            self._push(cast(wire.Push, push), frame, recv, connection)
        else:
            self._old(frame, recv)

    def _said(self, answer: wire.PushJson) -> None:
        """An answer to a request, or a pong."""
        text = answer.msg or ""
        if text == "PONG":
            self.tally.passed["pong"] += 1
        elif answer.code or not text.startswith("spot@"):
            self.events.append(Refused(answer.id, text))
            self.tally.passed["refused"] += 1
        else:
            topics = tuple(text.split(","))
            self.events.append(Acked(answer.id, topics))
            self.tally.passed["acknowledged"] += 1
            for topic in topics:
                book = self._books.get(_symbol(topic)) if _DEPTH in topic else None
                if book is not None:
                    book.depth.want()

    def _old(self, frame: bytes, recv: int) -> None:
        """Formats that the venue has given up: they are known, and not read."""
        if frame.startswith(b'["push.') or b'"push.' in frame[:600] or b'"spot@' in frame[:600]:
            self.tally.passed["retired format"] += 1
        else:
            self.tally.say_unknown("text", frame, recv)

    def _push(self, push: wire.Push, frame: bytes, recv: int, connection: int) -> None:
        body = push.WhichOneof("body")
        try:
            if body is None:
                self._empty(push, frame, recv)
            elif body in _PASSED:
                self.tally.passed[_PASSED[body]] += 1
            elif push.symbol not in push.channel.split("@"):
                raise ValueError("the channel and the push name different symbols")
            else:
                book = self._book(push.symbol)
                if book is not None:
                    self._body(book, body, push, frame, recv, connection)
        except BROKEN as e:
            self.tally.say_malformed(body or "push", str(e), frame, recv)

    def _empty(self, push: wire.Push, frame: bytes, recv: int) -> None:
        """A push without a body: seen in captures when nothing had changed."""
        if push.channel.startswith("spot@"):
            self.tally.passed["empty"] += 1
        else:
            self.tally.say_unknown("push without a body", frame, recv)

    def _body(self, book: Book, body: str, push: wire.Push, frame: bytes, recv: int, connection: int) -> None:
        said = getattr(push, body)
        if body == "public_aggre_depths":
            self._depth(book, said, push, recv, connection)
        elif body in ("public_aggre_deals", "public_deals"):
            self._deals(book, said, push, frame, recv, connection)
        elif body in ("public_aggre_book_ticker", "public_book_ticker"):
            self._quote(book, said, push, recv, connection)
        elif body == "public_spot_kline":
            self._kline(book, said, recv, connection)
        else:
            self._snapshot(book, said, recv, connection)

    def _depth(self, book: Book, said: wire.Depth, push: wire.Push, recv: int, connection: int) -> None:
        first, last = version(said.from_version), version(said.to_version)
        if first > last:
            raise ValueError("an update that ends before it begins")
        ts = moment(push.send_time)
        book.depth.update(
            Update(first, last, ts, ts, recv, connection, of_text(said.bids), of_text(said.asks))
        )

    def _snapshot(self, book: Book, said: wire.SnapshotJson, recv: int, connection: int) -> None:
        ts = moment(said.timestamp) if said.timestamp else NO_TS
        bids, asks = checked_levels(said.bids), checked_levels(said.asks)
        book.depth.snapshot(version(said.version), ts, recv, connection, bids, asks)

    def _deals(
        self, book: Book, said: wire.Deals, push: wire.Push, frame: bytes, recv: int, connection: int
    ) -> None:
        event = moment(push.send_time)
        made = [
            (
                moment(d.time),
                _SIDES[d.trade_type],
                positive(d.price),
                positive(d.quantity, "a size"),
                d.trade_id,
            )
            for d in said.deals
        ]
        inst, deals = book.market.inst, book.deals
        if made and not made[0][4] and not deals.new(frame):
            self.tally.noticed["trades known already"] += len(made)
            return
        for ts, side, px, qty, trade in made:
            new = deals.new(trade) if trade else deals.new_of(connection, (ts, side, px, qty))
            if new:
                self._sink.trade(inst, ts, event, recv, connection, side, px, qty)
            else:
                self.tally.noticed["trades known already"] += 1

    def _quote(self, book: Book, said: wire.Quote, push: wire.Push, recv: int, connection: int) -> None:
        if not (said.bid_price and said.ask_price):
            self.tally.passed["one-sided quote"] += 1
            return
        bid, ask = positive(said.bid_price), positive(said.ask_price)
        (_, bid_qty), (_, ask_qty) = checked_levels(
            ((bid, float(said.bid_quantity)), (ask, float(said.ask_quantity)))
        )
        if bid > ask:
            raise ValueError("the bid is above the ask")
        ts = moment(push.send_time)
        if self._newest(book, version(said.version) if said.version else 0, ts, recv):
            self._sink.quote(book.market.inst, ts, ts, recv, connection, bid, bid_qty, ask, ask_qty)

    def _kline(self, book: Book, said: wire.Kline, recv: int, connection: int) -> None:
        if said.interval != MINUTE:
            self.tally.passed["bars of another length"] += 1
            return
        bar = Bar(
            moment(said.window_start * 1000), float(said.opening_price), float(said.highest_price),
            float(said.lowest_price), float(said.closing_price), float(said.volume),
        )  # fmt: skip
        if not self._bars.grow(book.market.inst, checked(bar), recv, connection):
            self.tally.noticed["bars known already"] += 1


_SIDES: Final = {1: 1, 2: -1}


def _symbol(topic: str) -> str:
    """The symbol in a topic: its last part, but for klines."""
    return topic.rpartition("@")[2]
