"""What is asked of a connection, whatever order the answers come in."""

from __future__ import annotations

import itertools
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.venues.live.fakes import RULES, FakeLine
from titan.venues.batch import Batch
from titan.venues.live.requests import Requests
from titan.venues.live.timings import Timings
from titan.venues.stream import Acked, Refused, Rules


class Desk:
    def __init__(self, rules: Rules = RULES) -> None:
        self.sent: list[dict[str, Any]] = []
        count = itertools.count(1)
        self.requests = Requests(
            FakeLine(Batch(), rules),
            lambda frame: self.sent.append(json.loads(frame)),
            lambda: next(count),
            Timings(),
        )

    def pumped(self, at: float = 0.0) -> list[dict[str, Any]]:
        """What is sent when nothing holds it back."""
        before = len(self.sent)
        while (wait := self.requests.pump(at)) > 0:
            at += wait
        return self.sent[before:]


def test_requests_are_as_large_and_as_frequent_as_the_rules_allow() -> None:
    desk = Desk(RULES._replace(topics_a_request=3, requests_a_second=2.0))
    desk.requests.want(f"t{i}" for i in range(7))
    assert desk.requests.pump(0.0) == 0.5
    assert desk.requests.pump(0.4) > 0
    assert [len(asked["sub"]) for asked in desk.sent] == [3]
    assert desk.requests.pump(0.5) == 0.5
    assert desk.requests.pump(1.0) == 0.0
    assert [len(asked["sub"]) for asked in desk.sent] == [3, 3, 1]
    assert [asked["id"] for asked in desk.sent] == [1, 2, 3]


def test_answers_may_name_the_request_its_topics_or_topics_alone() -> None:
    desk = Desk(RULES._replace(topics_a_request=2))
    desk.requests.want(["a", "b", "c", "d", "e"])
    desk.pumped()
    assert desk.requests.heard_yes(Acked(1))
    assert desk.requests.acked == {"a", "b"}
    assert desk.requests.heard_yes(Acked(2, ("d",)))
    assert not desk.requests.settled
    assert desk.requests.missing() == ["c", "e"]
    assert desk.requests.heard_yes(Acked(0, ("c", "e")))
    assert desk.requests.settled
    assert not desk.requests.heard_yes(Acked(99))
    assert not desk.requests.overdue(1e9)


def test_what_was_not_sent_is_taken_back_in_silence() -> None:
    desk = Desk()
    desk.requests.want(["a", "b"])
    desk.requests.drop(["a"])
    assert [asked.get("sub") for asked in desk.pumped()] == [["b"]]
    desk.requests.drop(["b"])
    assert [asked.get("unsub") for asked in desk.pumped(1.0)] == [["b"]]
    assert desk.requests.wanted == {}


def test_a_late_yes_to_what_is_no_longer_wanted_changes_nothing() -> None:
    desk = Desk()
    desk.requests.want(["a"])
    desk.pumped()
    desk.requests.drop(["a"])
    desk.requests.heard_yes(Acked(1))
    assert desk.requests.acked == set()
    desk.requests.want(["a"])
    assert [sorted(asked)[1] for asked in desk.pumped(1.0)] == ["unsub", "sub"]


def test_a_wish_for_a_fresh_start_waits_for_the_answer_to_the_first() -> None:
    desk = Desk()
    desk.requests.want(["a", "b"])
    desk.requests.again(["a"])
    assert [asked["sub"] for asked in desk.pumped()] == [["a", "b"]]
    desk.requests.again(["a"])
    assert desk.pumped(1.0) == []
    desk.requests.heard_yes(Acked(1))
    assert [asked.get("unsub") or asked["sub"] for asked in desk.pumped(2.0)] == [["a"], ["a"]]
    assert desk.requests.missing() == ["a"]
    desk.requests.heard_yes(Acked(3))
    assert desk.requests.settled
    assert desk.pumped(3.0) == []


def test_a_single_topic_may_be_spelled_as_the_venue_likes() -> None:
    desk = Desk()
    desk.requests.want(["book:XBT/USD"])
    desk.pumped()
    desk.requests.heard_yes(Acked(1, ("book:BTC/USD",)))
    assert desk.requests.settled


def test_a_request_without_an_answer_is_asked_twice_and_no_more() -> None:
    desk = Desk()
    desk.requests.want(["a"])
    desk.pumped()
    assert not desk.requests.overdue(4.9)
    assert not desk.requests.overdue(5.0)
    assert desk.pumped(5.0)[0]["sub"] == ["a"]
    assert desk.requests.overdue(10.0)


def test_a_topic_that_is_always_refused_is_not_asked_for_forever() -> None:
    desk = Desk()
    desk.requests.want(["a"])
    at = 0.0
    for _ in range(10):
        for asked in desk.pumped(at):
            desk.requests.heard_no(Refused(asked["id"], "no such symbol"), at)
        at += 31.0
    assert len(desk.sent) == 4
    assert desk.requests.refused == {"a": "no such symbol"}
    assert desk.requests.settled


@given(st.sets(st.integers(0, 60), max_size=61), st.integers(1, 60), st.integers(1, 25))
def test_whatever_is_bad_the_good_ones_are_subscribed(bad: set[int], n: int, size: int) -> None:
    desk = Desk(RULES._replace(topics_a_request=size))
    desk.requests.want(f"t{i}" for i in range(n))
    refused = {f"t{i}" for i in bad}
    at = 0.0
    while sent := desk.pumped(at):
        for asked in sent:
            if refused.intersection(asked["sub"]):
                desk.requests.heard_no(Refused(asked["id"], "bad"), at)
            else:
                desk.requests.heard_yes(Acked(asked["id"]))
        at += 0.01
    assert desk.requests.acked == {f"t{i}" for i in range(n)} - refused
    assert set(desk.requests.refused) == {f"t{i}" for i in range(n)} & refused
    assert desk.requests.settled
