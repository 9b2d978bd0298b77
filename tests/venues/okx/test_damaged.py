"""Damaged messages of OKX: a book that may have lost one is no book, and every book comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.venues.heard import MS, RECV, Heard
from tests.venues.okx.test_line import BTC, INST, SECOND, levels, line, push, update, written
from titan.market.tape.rows import Kind
from titan.venues.stream import Fetch

SNAPSHOT = ([["10.0", "1"]], [["11.0", "1"]])


def test_levels_whose_text_the_checksum_needs_are_read_before_the_book_moves() -> None:
    heard = line()
    book: dict[int, dict[float, list[str]]] = {1: {}, -1: {}}
    heard.hear(written(1, *SNAPSHOT, book, "snapshot"))
    broken = written(2, [["9.0", "1"]], [], book, "update")
    broken["data"][0]["bids"][0][0] = 9.0
    heard.hear(broken)
    assert heard.line.tally.malformed == 1
    heard.hear(written(3, [["8.0", "1"]], [], book, "update"))
    assert heard.kinds[Kind.GAP] == 1, "its checksum tells that one is missing"


def test_a_trade_so_small_that_its_size_vanishes_is_refused() -> None:
    heard = line()
    heard.hear(push("trades", {"tradeId": "7", "px": "10.5", "sz": "5e-324", "side": "buy", "ts": str(MS)}))
    assert heard.line.tally.malformed == 1
    assert not heard.kinds


def test_a_snapshot_without_its_number_does_not_stop_the_book() -> None:
    heard = line()
    said = update(-1, 100, *SNAPSHOT)
    del said["data"][0]["seqId"]
    heard.hear(said)
    heard.hear(update(100, 101, [["9.0", "1"]], []))
    assert heard.kinds[Kind.GAP] == 1
    assert len(heard.line.events) == 1, "it asks for a snapshot"
    heard.hear(update(-1, 102, *SNAPSHOT))
    heard.hear(update(102, 103, [["9.0", "1"]], []))
    assert heard.books[0] == {(1, 10.0): 0.01, (-1, 11.0): 0.01, (1, 9.0): 0.01}


def unnumbered(ts: int) -> dict[str, Any]:
    """A snapshot whose `seqId` was lost, and whose checksum fits."""
    return written(ts, *SNAPSHOT, {1: {}, -1: {}}, "snapshot")  # type: ignore[no-any-return]


def answered(heard: Heard, seq: int, ts: int) -> None:
    """The snapshot of REST."""
    bids, asks = (levels(side) for side in SNAPSHOT)
    book = {"asks": asks, "bids": bids, "ts": str(MS + ts), "seqId": seq}
    body = json.dumps({"code": "0", "msg": "", "data": [book]}).encode()
    heard.line.answer(Fetch(BTC, "depth", ""), body, RECV)
    heard.taken()


@pytest.mark.parametrize(
    ("seq", "ts", "more"), [(100, 100, {(1, 9.0): 0.01}), (101, 50, {})], ids=["before", "with the update"]
)
def test_after_a_snapshot_without_its_number_the_answer_of_rest_is_taken(
    seq: int, ts: int, more: dict[tuple[int, float], float]
) -> None:
    """Whatever its time: that of the broken snapshot says nothing. The update that told it is kept."""
    heard = line()
    heard.hear(unnumbered(100))
    heard.hear(update(100, 101, [["9.0", "1"]], []))
    assert [type(event) for event in heard.line.events] == [Fetch]
    answered(heard, seq, ts)
    assert heard.books[0] == {(1, 10.0): 0.01, (-1, 11.0): 0.01} | more
    heard.hear(update(101, 102, [["8.0", "1"]], []))
    assert heard.books[0][1, 8.0] == 0.01
    assert heard.kinds[Kind.GAP] == 1


@pytest.mark.parametrize("by_rest", [False, True])
def test_a_numbered_snapshot_replaces_one_without_its_number_at_once(by_rest: bool) -> None:
    heard = line()
    heard.hear(unnumbered(100))
    if by_rest:
        answered(heard, 101, 90)
    else:
        heard.hear(update(-1, 101, *SNAPSHOT))
    heard.hear(update(101, 102, [["9.0", "1"]], []))
    assert heard.books[0] == {(1, 10.0): 0.01, (-1, 11.0): 0.01, (1, 9.0): 0.01}
    heard.hear(update(103, 104, [["8.0", "1"]], []))
    assert heard.kinds[Kind.GAP] == 1, "and a hole in it is seen at once"


def test_a_number_and_time_of_the_future_in_a_snapshot_do_not_stop_the_book() -> None:
    heard = line()
    heard.hear(update(-1, 1 << 60, *SNAPSHOT, ts=10**12))
    for n in range(502):
        heard.hear(update(n, n + 1, [["9.0", "1"]], []), RECV + n * SECOND)
    assert heard.kinds[Kind.GAP] == 1
    heard.hear(update(-1, 503, *SNAPSHOT), RECV + 503 * SECOND)
    assert heard.books[0] == {(1, 10.0): 0.01, (-1, 11.0): 0.01}


def test_a_message_that_names_two_channels_leads_no_other_astray() -> None:
    heard = line()
    twice = update(-1, 100, *SNAPSHOT)
    text = b'{"arg":{"channel":"bbo-tbt","instId":"%b"},"arg":{"channel":"books","instId":"%b"},' % (
        INST.encode(),
        INST.encode(),
    )
    data = str(twice["data"]).replace("'", '"').encode()
    heard.hear(text + b'"action":"snapshot","data":' + data + b"}")
    touch = {
        "bids": [["10.0", "1", "0", "1"]],
        "asks": [["11.0", "1", "0", "1"]],
        "ts": str(1_700_000_000_000),
    }
    heard.hear(push("bbo-tbt", touch))
    assert heard.kinds[Kind.BBO] == 2
