"""`titan halts` as an operator meets it: at rest, beside a run, and with slips of the finger."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tests.storage.stores import Writing
from titan.cli.app import main
from titan.execution.halts import Halts
from titan.model.recovery import Latched, Rearmed
from titan.model.restraint import Imposed, Lifted
from titan.model.run import RunBegan
from titan.risk.overrides import Scope, scale
from titan.runtime.trading.asking import Ear
from titan.runtime.trading.left import Left, left_by

SETTINGS = """
[live]
folder = "run"
[venues.binance]
instruments = ["spot.BTCUSDT", "perp.BTCUSDT"]
double = "calm"
"""
BTC = Scope("sentinel", "binance", "BTC", "binance.perp.BTCUSDT", "BTC:core:1")
HALT = Imposed("contradiction tx", "REDUCE_ONLY", "0", "it cannot be", "desk", 3, instrument=BTC.instrument)


def began(*, resumed: bool = False) -> RunBegan:
    return RunBegan("r", "paper", "s", "here", Decimal(1), 1, "0", resumed, 5)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A config folder, and a journal in which the desk has halted an instrument."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TITAN_STORE", raising=False)
    (tmp_path / "titan.toml").write_text(SETTINGS)
    writing = journal(tmp_path)
    writing.journal(began())
    writing.journal(HALT)
    writing.close()
    return tmp_path


def journal(place: Path) -> Writing:
    return Writing(f"sqlite:///{place / 'run' / 'titan.db'}")


def titan(*words: str, code: int = 0) -> None:
    assert main(words) == code


def standing(capsys: pytest.CaptureFixture[str]) -> dict[str, str]:
    capsys.readouterr()
    titan("halts", "show", "--store", "run", "--json")
    return {one["name"]: one["allows"] for one in json.loads(capsys.readouterr().out)["halts"]}


def test_what_the_desk_halted_an_operator_lifts(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert standing(capsys) == {"contradiction tx": "reduce-only"}
    titan("halts", "show", "--store", "run")
    assert "instrument binance.perp.BTCUSDT" in capsys.readouterr().out
    titan("halts", "lift", "contradiction tx", "--config", ".", "--reason", "the venue explained it")
    assert standing(capsys) == {}
    titan("journal", "search", "--store", "run", "--what", "lifted")
    assert "the venue explained it" in capsys.readouterr().out
    titan("halts", "show", "--store", "run")
    assert "nothing is imposed" in capsys.readouterr().out


def test_what_an_operator_imposes_stands_until_it_is_lifted(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    titan("halts", "impose", "half", "--config", ".", "--mode", "0.5", "--base", "BTC")
    titan("halts", "impose", "stop", "--config", ".", "--mode", "no-trading", "--reason", "upgrade")
    assert standing(capsys) == {"contradiction tx": "reduce-only", "half": "scale 1/2", "stop": "no-trading"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("lift", "contradiction ty"), "those that do: 'contradiction tx'"),
        (("impose", "x", "--venue", "binanse"), "does not trade binanse"),
        (("impose", "x", "--instrument", "perp.BTCUSDT"), "binance.perp.BTCUSDT"),
        (("impose", "x", "--mode", "2"), "a scale is"),
        (("impose", "x", "--mode", "stop"), "reduce-only, close, no-trading"),
    ],
)
def test_a_slip_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    titan("halts", *words, "--config", ".", code=2)
    assert said in capsys.readouterr().err
    assert standing(capsys) == {"contradiction tx": "reduce-only"}


def test_a_latch_is_not_lifted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writing = journal(place)
    writing.journal(Latched("panic", "a drill", "somebody", 9))
    writing.close()
    titan("halts", "lift", "latch panic", "--config", ".", code=2)
    assert "--rearm" in capsys.readouterr().err
    assert standing(capsys) == {"latch panic": "reduce-only", "contradiction tx": "reduce-only"}


def test_a_running_run_is_asked_and_hears_each_request_once(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = journal(place)
    titan("halts", "impose", "half", "--config", ".", "--mode", "1/2")
    assert "was asked" in capsys.readouterr().out
    titan("halts", "lift", "contradiction tx", "--config", ".")
    written: list[msgspec.Struct] = []

    class Journal:
        def __call__(self, event: msgspec.Struct) -> None:
            written.append(event)

        def after(self, done: Callable[[], None]) -> None:
            stored.append(done)

    stored: list[Callable[[], None]] = []
    halts, told = Halts(written.append, lambda: 7), list[str]()
    halts.hear(HALT)

    def obey(event: msgspec.Struct) -> bool:
        written.append(event)
        return halts.hear(event)

    ear = Ear(place / "run", Journal(), obey)  # type: ignore[arg-type]
    for _ in range(2):
        ear.hear(told.append)
    assert [type(event) for event in written] == [Imposed, Lifted]
    assert halts.restraints.covering(BTC) == (scale("1/2"), ("half",))
    assert len(told) == 2
    assert len(list((place / "run").glob("asked-*"))) == 2  # not in the store yet
    for done in stored:
        done()
    assert not list((place / "run").glob("asked-*"))
    running.close()


def test_what_a_run_died_before_hearing_is_not_forgotten(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    running = journal(place)
    titan("halts", "impose", "half", "--config", ".", "--mode", "0.5")
    running.close()
    titan("halts", "impose", "more", "--config", ".")
    assert list(standing(capsys)) == ["contradiction tx", "half", "more"]
    assert not list((place / "run").glob("asked-*"))


def test_where_there_is_no_journal_nothing_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "titan.toml").write_text(SETTINGS)
    titan("halts", "impose", "x", "--config", ".", code=4)
    assert not (tmp_path / "run").exists()


def in_force(left: Left) -> dict[str, str]:
    halts = Halts(lambda _: None, lambda: 1)
    for event in left.events:
        halts.hear(event)
    found = halts.restraints
    return {name: str(override) for name, (_, override, _) in (found.latches() | found.standing()).items()}


def test_a_new_run_of_the_same_journal_inherits_latches_and_halts() -> None:
    """Else `titan run --new` would be the way around a panic."""
    latch = Latched("panic", "a drill", "somebody", 9)
    events: list[msgspec.Struct] = [began(), HALT, latch, began(), Lifted("latch panic", "x", 1)]
    for left in (left_by(events), left_by(events).anew()):
        assert in_force(left) == {"contradiction tx": "reduce-only", "latch panic": "reduce-only"}
        assert left.memory.latches == {"panic": latch}
        assert left.memory.last_ns in (0, 5)
    events += [Rearmed("panic", "x", 1), Lifted("contradiction tx", "x", 1), began()]
    assert in_force(left_by(events)) == {}
    assert left_by(events).memory.latches == {}
    assert in_force(left_by([*events[:3], began(resumed=True)])).keys() == {"contradiction tx", "latch panic"}
