"""A short run of `make fuzz`, and what it has to find in lines that are made wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.properties.fuzz import oracles, readings
from tests.properties.fuzz.__main__ import captured, main
from tests.properties.fuzz.episode import PLACES, Episode
from tests.properties.fuzz.player import Wrong
from tests.properties.fuzz.reproduce import report
from tests.properties.mutations import Field, Mutator, parse, unparse
from titan.venues import ahead, chain, deals, depth
from titan.venues.kraken import book as kraken_book
from titan.venues.kraken.line import SpotLine as KrakenLine

SEED = 3
SHORT = 700
MS = 1_700_000_000_000


@pytest.mark.parametrize("place", PLACES)
def test_a_line_lives_through_damaged_messages(place: str) -> None:
    counts: Counter[str] = Counter()
    for number in range(2):
        counts += Episode(place, SEED, number, length=SHORT).run()
    assert counts["damaged"] > 100
    assert counts["refused"] > 50
    assert counts["rows"] > 100
    if PLACES[place].books:
        assert counts["compared"] > 200
        assert counts["gaps"] > 5
        assert counts["snapshots"] > 5


@pytest.mark.data
@pytest.mark.parametrize("place", PLACES)
def test_a_line_lives_through_recorded_frames_too(place: str, data: Path) -> None:
    frames = captured(data, place)
    assert len(frames) > 10
    number = next(n for n in range(9) if not Episode(place, SEED, n).everything)
    assert Episode(place, SEED, number, length=SHORT, captured=frames).run()["damaged"] > 50


def test_an_episode_is_the_same_again() -> None:
    one, again = (Episode("kraken.spot", SEED, 5, length=SHORT) for _ in range(2))
    assert one.run() == again.run()


def test_mutations_follow_from_their_seed_and_change_each_message() -> None:
    frame = b'{"stream":"btcusdt@trade","data":{"e":"trade","E":1700000000000,"s":"BTCUSDT","t":1,"p":"1.5"}}'
    one, again = Mutator(Random(7)), Mutator(Random(7))
    made = [one.mutate(frame) for _ in range(300)]
    assert made == [again.mutate(frame) for _ in range(300)]
    assert all(damaged.frame != frame for damaged in made)
    assert len({damaged.how for damaged in made}) > 30


def test_fields_of_protobuf_are_read_and_written() -> None:
    fields = [Field(1, b"spot@x"), Field(6, 1_700_000_000_000), Field(313, unparse([Field(1, b"")]))]
    assert parse(unparse(fields)) == fields
    assert parse(b"\xff\xff") == []


@pytest.mark.parametrize(
    ("said", "side"),
    [("true", -1), ('"-0"', 1), ('"0"', 1), ('"False"', 1), ("1", -1), ('"2"', 0), ("null", 0)],
)
def test_the_side_of_a_trade_is_read_by_its_value(said: str, side: int) -> None:
    frame = b'{"e":"trade","s":"BTCUSDT","p":"10","q":"1","m":%b}' % said.encode()
    if side:
        assert readings.Binance().deals(frame) == [readings.Deal("BTCUSDT", side, 10.0, 1.0)]
    else:
        with pytest.raises(readings.UNREADABLE):
            readings.Binance().deals(frame)


def test_an_oracle_compares_no_number_with_a_time() -> None:
    def told(before: int, last: int, qty: float) -> readings.Told:
        return readings.Told("X", before == -1, before, last, MS * 1_000_000, [(10.0, qty)], [(11.0, 1.0)])

    oracle = oracles.Chained()
    broken = told(readings.BY_TIME, MS, 1.0)._replace(snapshot=True)
    for one in (broken, told(100, 101, 2.0)):
        oracle.hear(one, 0, 1)
    assert not oracle.live
    oracle.hear(told(-1, 100, 3.0)._replace(ts=MS * 1_000_000 - 1), 0, 0)
    assert oracle.live
    assert oracle.book == {(1, 10.0): 2.0, (-1, 11.0): 1.0}
    oracle.hear(broken, 0, 1)
    oracle.hear(told(-1, 102, 4.0), 0, 1)
    assert oracle.book == {(1, 10.0): 4.0, (-1, 11.0): 1.0}


def _found(place: str, *, episodes: int = 25) -> Wrong:
    """What goes wrong first."""
    for number in range(episodes):
        try:
            Episode(place, SEED, number, length=1500).run()
        except Wrong as wrong:
            return wrong
    raise AssertionError("nothing was found")


def _believes_holes(monkeypatch: pytest.MonkeyPatch) -> None:
    right = chain.Chain.update

    def update(self: chain.Chain, one: chain.Update) -> None:
        right(self, one._replace(prev=min(one.prev, self.last)) if self.valid else one)

    monkeypatch.setattr(chain.Chain, "update", update)


def _believes_any_version(monkeypatch: pytest.MonkeyPatch) -> None:
    right = depth.Depth.update
    monkeypatch.setattr(depth.Depth, "update", lambda self, u: right(self, u._replace(first=0)))


def _believes_any_checksum(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kraken_book.Book, "_right", lambda self, checksum: True)


def _overlooks_the_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(KrakenLine, "_spoilt", lambda *_: None)


def _believes_any_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead.Latest, "place", lambda self, ts, recv, number=0: _ever(self, ts, number))


def _ever(self: ahead.Latest, ts: int, number: int) -> int:
    if (ts, number) <= self.newest:
        return -1
    self.newest = ts, number
    return 1


def _drops_deletions(monkeypatch: pytest.MonkeyPatch) -> None:
    right = chain.Chain._apply

    def apply(self: chain.Chain, one: chain.Update) -> None:
        right(self, one._replace(asks=[level for level in one.asks if level[1]]))

    monkeypatch.setattr(chain.Chain, "_apply", apply)


@pytest.mark.parametrize(
    ("place", "mistake", "kinds"),
    [
        ("bybit.spot", _believes_holes, {"live without", "differs", "not the venue's"}),
        ("mexc.perp", _believes_any_version, {"live without", "differs", "not the venue's"}),
        ("kraken.spot", _believes_any_checksum, {"live without", "differs", "not the venue's"}),
        ("kraken.spot", _overlooks_the_unreadable, {"unreadable and live"}),
        ("okx.public", _drops_deletions, {"live without", "differs", "not the venue's"}),
        ("bybit.perp", _believes_any_time, {"silent"}),
    ],
)
def test_a_mistake_is_found(
    monkeypatch: pytest.MonkeyPatch,
    place: str,
    mistake: Callable[[pytest.MonkeyPatch], None],
    kinds: set[str],
) -> None:
    mistake(monkeypatch)
    assert _found(place).kind in kinds


def test_an_exception_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def new(_self: deals.Deals, key: object) -> bool:
        raise AttributeError(str(key))

    monkeypatch.setattr(deals.Deals, "new", new)
    assert _found("okx.public").kind == "raised"


def test_a_number_that_cannot_be_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("titan.venues.mexc.numbers.checked", list)
    assert _found("mexc.perp").kind == "number"


def test_a_failure_is_written_down_with_few_messages(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _believes_holes(monkeypatch)
    number = next(n for n in range(25) if _fails("bybit.spot", n))
    text = report("bybit.spot", SEED, number, tmp_path, length=1500).read_text()
    assert f"bybit.spot, seed {SEED}, episode {number}" in text
    assert text.count("\nhear ") < 8


def _fails(place: str, number: int) -> bool:
    try:
        Episode(place, SEED, number, length=1500).run()
    except Wrong:
        return True
    return False


def test_the_command_goes_on_where_it_stopped(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--venue", "okx.business", "--folder", str(tmp_path), "--seed", "3", "--messages"]
    assert main([*words, "10"]) == 0
    assert main([*words, "10"]) == 0
    assert (tmp_path / "progress-3.json").read_text().count('"episodes": 1') == 1
    assert "0 failures" in capsys.readouterr().out
    assert main(["--venue", "nowhere"]) == 2
