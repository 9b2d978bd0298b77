"""`titan orders`, `positions`, `fills`, `transfers`, `trace` and `journal` as a user meets them."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from tests.storage.stores import Writing, fill, report, submitted
from tests.storage.test_projection import SPOT, wish
from titan.cli.app import main
from titan.cli.looking import table
from titan.model.events import Refused, Transfer
from titan.model.fill import FundingPayment
from titan.model.listing import Listing
from titan.model.order import OrderEvent, Side
from titan.model.signal import Signal
from titan.storage.store import open_store

EVENTS: tuple[msgspec.Struct, ...] = (
    Listing(SPOT, 1), Signal("s", 1, "OPEN", "BTC", 7, 1, {"z": 2.5}), wish("t1"),
    submitted("tabcdefghijkl", 700, saga="t1"), report("tabcdefghijkl", OrderEvent.ACCEPT),
    fill("tabcdefghijkl", 1, 700, "0.47000", ticks=6_710_353, asset="USDT"),
    fill("tclosing", 2, 200, "0.1", ticks=6_720_000, asset="USDT", side=Side.SELL),
    submitted("tother", 5), report("tother", OrderEvent.REJECT, "margin is insufficient"),
    submitted("tresting", 5), Refused("i-x", "collar", "too far from the market", {"bps": "51"}, 1),
    Transfer("t0", "USDT", "binance.spot", "binance.perp", Decimal("1250.50"), Decimal(0), 10),
)  # fmt: skip


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one run in it, and an older one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TITAN_STORE", raising=False)
    monkeypatch.setenv("NO_COLOR", "1")
    for name in ("older", "demo"):
        writing = Writing(f"sqlite:///{tmp_path / 'runs' / name / 'titan.db'}")
        for event in EVENTS if name == "demo" else EVENTS[:1]:
            writing.journal(event)
        writing.safe()
        writing.close()
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> str:
    assert main(words) == code
    return capsys.readouterr().out


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(said(capsys, *words, "--json"))
    return found


def test_orders_in_the_units_of_people(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "orders").splitlines()
    assert lines[1].split()[2:] == [
        "binance.spot.BTCUSDT", "buy", "0.007", "limit", "ioc", "1", "0.007", "67,103.53", "filled",
        "tabcdefghijkl",
    ]  # fmt: skip
    assert "tother rejected: margin is insufficient" in lines
    opened = shown(capsys, "orders", "--open")["orders"]
    assert [o["client_id"] for o in opened] == ["tresting"]
    assert (opened[0]["size"], opened[0]["limit_price"], opened[0]["lots"]) == ("0.00005", "1.00", 5)


def test_fills_and_positions(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fills = shown(capsys, "fills")["fills"]
    assert [(f["size"], f["price"], f["fee"]) for f in fills] == [
        ("0.00700", "67103.53", "0.47000"), ("0.00200", "67200.00", "0.1"),
    ]  # fmt: skip
    (held,) = shown(capsys, "positions")["positions"]
    assert (held["size"], held["lots"], held["fees"]) == ("0.00500", 500, {"USDT": "0.57000"})
    assert held["realised_quote"] == "0.19294 USDT"
    assert shown(capsys, "positions", "--since", "2026-01-01")["positions"] == []
    assert shown(capsys, "fills", "--open")["fills"] == []
    text = said(capsys, "positions", "--owners")
    assert "BTC:core:1" in text
    assert "no holding" in text


def test_positions_at_the_marks_of_the_run_and_with_its_funding(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    writing = Writing("sqlite:///runs/demo/titan.db")
    for number in (1, 2, 2):  # the second is told twice
        paid = Decimal("-0.25") * number
        writing.journal(FundingPayment(str(number), SPOT.id, Decimal(0), 500, Decimal(1), paid, "USDT", 1, 1))
    writing.close()
    (held,) = shown(capsys, "positions")["positions"]
    assert (held["mark"], held["unrealised_quote"], held["funding"]) == (None, None, {"USDT": "-0.75"})
    assert main(["positions"]) == 0
    blind = capsys.readouterr()
    assert "no marks" in blind.err
    status = {
        "at_ns": 1_700_000_000 * 10**9,
        "prices": [{"instrument": SPOT.id, "mark": "67303.53", "why": ""}],
    }
    file = Path("runs/demo/status.json")
    file.write_text(json.dumps(status))
    found = json.loads(said(capsys, "positions", "--json"))
    assert found["marks_ns"] == status["at_ns"]
    (held,) = found["positions"]
    assert (held["mark"], held["unrealised_quote"]) == ("67303.53", "1 USDT")
    assert main(["positions"]) == 0
    seen = capsys.readouterr()
    assert "67,303.53" in seen.out
    assert "-0.75" in seen.out
    assert seen.err.splitlines()[-1].startswith("amounts in USDT; marks of 2023-")
    assert "d ago: nothing newer is known here" in seen.err
    (held,) = shown(capsys, "positions", "--owners")["positions"][:1]
    assert held["funding"] is None
    file.write_text(json.dumps(status).replace('"why": ""', '"why": "too old"'))
    (held,) = shown(capsys, "positions")["positions"]
    assert (held["mark"], held["unrealised_quote"]) == (None, None)
    file.write_text("not this")
    (held,) = shown(capsys, "positions")["positions"]
    assert held["mark"] is None


def test_transfers(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert {(t["id"], t["state"]) for t in shown(capsys, "transfers")["transfers"]} == {
        ("t1", "asked"), ("t0", "booked"),
    }  # fmt: skip
    assert "1,250.5" in said(capsys, "transfers")
    assert [t["id"] for t in shown(capsys, "transfers", "--open")["transfers"]] == ["t1"]


def test_a_trace_is_a_timeline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "trace", "t1").splitlines()
    assert lines[0] == "saga t1"
    told = [line.split(maxsplit=1) for line in lines[3:]]
    kinds = [
        next(w for w in words[1].split() if w.isalpha() and w not in ("us", "ms", "s")) for words in told
    ]
    assert kinds == ["signal", "wish", "sent", "report", "fill"]
    assert "buy 0.007 binance.spot.BTCUSDT" in lines[5]
    assert "at 67,103.53  fee 0.47 USDT" in lines[7]
    document = json.loads(said(capsys, "trace", "tabcdef", "--json"))  # the beginning of an id
    assert (document["kind"], document["id"], document["sagas"]) == ("order", "tabcdefghijkl", ["t1"])
    assert [e["what"] for e in document["entries"]] == ["submitted", "report", "fill"]
    assert all(e["step_ns"] >= 0 for e in document["entries"])
    assert main(["trace", "nosuch"]) == 4
    assert "nothing in the journal has the id nosuch" in capsys.readouterr().err
    assert main(["trace", "t"]) == 4
    assert "did you mean t0, t1, tabcdefghijkl" in capsys.readouterr().err


def test_the_newest_run_here_is_looked_into_and_another_can_be_named(
    here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["fills"]) == 0
    assert "runs/demo/titan.db" in capsys.readouterr().err
    for way in ("runs/older", "runs/older/titan.db", "sqlite:///runs/older/titan.db"):
        assert shown(capsys, "fills", "--store", way)["fills"] == []
    monkeypatch.setenv("TITAN_STORE", "runs/older")
    assert shown(capsys, "fills")["fills"] == []


@pytest.mark.parametrize(
    "command", ["orders", "fills", "positions", "transfers", "trace x", "journal verify"]
)
def test_where_there_is_no_journal_yet_it_is_said(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("TITAN_STORE", raising=False)
    assert main(command.split()) == 4
    assert "there is no journal here yet" in capsys.readouterr().err
    assert main([*command.split(), "--store", "nowhere.db"]) == 4
    assert "there is no journal at nowhere.db yet" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_looking_in_beside_a_writer_waits_for_nobody(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writing = Writing("sqlite:///runs/demo/titan.db")
    writing.journal(submitted("live"))
    writing.safe()
    assert "live" in said(capsys, "orders", "--open")
    assert main(["journal", "prune", "--before", "2199-01-01", "--out", "old.jsonl"]) == 4
    assert "another process writes this journal" in capsys.readouterr().err
    assert not Path("old.jsonl").exists()
    writing.close()


def test_tables_that_are_behind_are_named_and_made_again(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store = open_store("sqlite:///runs/demo/titan.db")
    with store.writing() as connection:
        connection.execute(sa.text("insert into marks values ('the tables are behind', 'since entry 3: x')"))
        connection.execute(sa.text("delete from orders"))
    store.close()
    assert main(["orders"]) == 0
    assert "the tables are behind the journal since entry 3: x" in capsys.readouterr().err
    assert "tables made again from 12 entries" in said(capsys, "journal", "rebuild")
    assert len(shown(capsys, "orders")["orders"]) == 3


def test_a_time_that_no_clock_will_show_is_refused(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["orders", "--since", "2999-01-01"]) == 2
    assert "--since 2999-01-01 is too far away" in capsys.readouterr().err


def test_verify_says_what_holds(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "12 entries, unbroken" in said(capsys, "journal", "verify")
    store = open_store("sqlite:///runs/demo/titan.db")
    with store.writing() as connection:
        connection.execute(sa.text("update entries set body = replace(body, '700', '701') where seq = 6"))
    store.close()
    assert main(["journal", "verify"]) == 4
    assert "5 entries hold; entry 6 does not" in capsys.readouterr().err
    document = json.loads(said(capsys, "journal", "verify", "--json", code=4))
    assert document["broken"]["seq"] == 6


def test_search_export_and_prune(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = shown(capsys, "journal", "search", "--what", "refused")["entries"]
    assert [e["what"] for e in found] == ["refused"]
    assert "margin is insufficient" in said(capsys, "journal", "search", "insufficient")
    said(capsys, "journal", "export", "--out", "all.jsonl")
    said(capsys, "journal", "export", "--out", "all.parquet", "--what", "fill")
    assert Path("all.parquet").exists()
    assert "12 entries, unbroken" in said(capsys, "journal", "verify", "--file", "all.jsonl")
    done = json.loads(
        said(capsys, "journal", "prune", "--before", "2199-01-01", "--out", "o.jsonl", "--json")
    )
    assert done == {"exported": 12, "taken_out": 3, "kept": 9, "through": 12}
    assert "10 entries, unbroken" in said(capsys, "journal", "verify")
    assert Path("o.jsonl").read_text() == Path("all.jsonl").read_text()
    assert main(["journal", "prune", "--before", "2199-01-01", "--out", "o.jsonl"]) == 4
    assert "is there already" in capsys.readouterr().err
    assert main(["journal", "prune", "--before", "1999-01-01", "--out", "p.jsonl"]) == 4
    assert not Path("p.jsonl").exists()


def test_a_name_is_written_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    table(("owner",), [("BTC:satellite:3",), ("EAPI [red] x",)])
    _, *lines = capsys.readouterr().out.splitlines()
    assert [one.strip() for one in lines] == ["BTC:satellite:3", "EAPI [red] x"]


def test_a_kept_head_is_looked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    head = str(shown(capsys, "journal", "verify")["head"])
    said(capsys, "journal", "verify", "--head", head)
    found = said(capsys, "journal", "verify", "--head", "0" * 64, "--json", code=4)
    assert "cut off" in json.loads(found)["broken"]["why"]


def test_on_a_narrow_terminal_reasons_have_several_lines_and_ids_stay(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pipe all is wide, so a terminal is pretended."""
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    why = "the venue says what it cannot say of this order, and what it proves was taken over"
    table(("name", "allows", "reason"), [("contradiction t1", "reduce-only", why)], fold=("name", "reason"))
    lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
    assert len(lines) > 2
    assert max(map(len, lines)) <= 80
    assert " ".join(" ".join(line[31:] for line in lines[1:]).split()) == why
    heads = ("sent (UTC)", "instrument", "side", "size", "filled", "average", "state", "order")
    row = ("2026-11-21 13:31:00.1", "binance.spot.BTCUSDT", "sell", "0.007", "0.007", "65,368.37", "filled",
           "t4qa1jtt5n2222222")  # fmt: skip
    table(heads, [row])
    assert capsys.readouterr().out.splitlines()[1].split()[-2:] == ["filled", "t4qa1jtt5n"]
