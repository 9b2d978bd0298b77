"""REST over a run's folder: what is so now, its past, its journal."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.stage import TOKEN, says, served, settings_of
from tests.views.scripts import ENDED, HELD, NOW, PERP, SPOT
from titan.api.routes.history import safe_cell
from titan.views.status import BalanceLine, MarginLine


@pytest.fixture
async def client(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        served(settings_of(tmp_path / "run")) as gateway,
        httpx.AsyncClient(base_url=gateway.address, headers=headers, timeout=60) as made,
    ):
        yield made


async def got(client: httpx.AsyncClient, path: str, **asked: Any) -> Any:
    answer = await client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    return answer.json()


async def test_what_is_so_now(client: httpx.AsyncClient) -> None:
    assert (await got(client, "/v1/status"))["nav"] == "100012.3456"
    assert [one["venue"] for one in await got(client, "/v1/venues")] == ["binance"]
    assert (await got(client, "/v1/strategies"))[0]["state"] == "running"
    markets = await got(client, "/v1/markets")
    assert [one["pair"] for one in markets["pairs"]] == ["BTC", "ETH", "SOL", "XRP", "DOGE"]
    assert [one["instrument"] for one in markets["quotes"]] == [SPOT.id, PERP.id]
    assert len(await got(client, "/v1/orders")) == 6
    assert await got(client, "/v1/orders", state="working") == []
    assert len(await got(client, "/v1/fills")) == 6
    assert {one["id"] for one in await got(client, "/v1/holdings")} == {HELD, "ETH:satellite:8", ENDED}
    assert [one["id"] for one in await got(client, "/v1/holdings", state="done")] == [ENDED]
    assert (await got(client, "/v1/transfers"))[0]["state"] == "booked"
    assert len(await got(client, "/v1/signals")) == 2
    assert (await got(client, "/v1/opportunities"))["routes"] == []
    assert {one["kind"] for one in await got(client, "/v1/intents")} == {"pair", "transfer"}
    assert await got(client, "/v1/positions") == []


async def test_what_is_not_there(client: httpx.AsyncClient) -> None:
    for path in (
        "/v1/books/none.spot.X", "/v1/markets/NONE/basis", "/v1/traces/none", "/v1/streams/none", "/v1/none",
    ):  # fmt: skip
        answer = await client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"]["code"] == "not_found"
    answer = await client.get("/v1/orders", params={"state": "sideways"})
    assert answer.status_code == 400
    assert "state" in answer.json()["error"]["message"]
    answer = await client.get("/v1/orders", headers={"Authorization": "Bearer bad"})
    assert answer.status_code == 401


async def test_the_journal_newest_first_page_by_page(client: httpx.AsyncClient) -> None:
    first = await got(client, "/v1/journal", limit=10)
    assert len(first["entries"]) == 10
    assert first["entries"][0]["seq"] == first["head"]
    seen = [one["seq"] for one in first["entries"]]
    before = first["before"]
    while before:
        page = await got(client, "/v1/journal", limit=10, before=before)
        seen += [one["seq"] for one in page["entries"]]
        before = page["before"]
    assert seen == list(range(first["head"], 0, -1))


async def test_the_journal_by_kind_text_id_and_time(client: httpx.AsyncClient) -> None:
    page = await got(client, "/v1/journal", what="fill,refused")
    assert {one["what"] for one in page["entries"]} == {"fill", "refused"}
    assert page["before"] == 0
    (entry,) = (await got(client, "/v1/journal", text="collar"))["entries"]
    assert (entry["label"], entry["text"]) == ("refused", "collar: price [bold]moved[/]  bps 51")
    assert entry["body"]["numbers"] == {"bps": "51"}
    wish = await got(client, "/v1/journal", id="r-sentinel.BTC-4-entry", limit=1)
    assert wish["entries"][0]["what"] == "pair_outcome"
    assert wish["before"] == wish["entries"][0]["seq"]
    hour = 3_600_000
    late = await got(client, "/v1/journal", since_ms=NOW / 1e6 - hour)
    early = await got(client, "/v1/journal", until_ms=NOW / 1e6 - hour, limit=500)
    whole = await got(client, "/v1/journal", limit=500)
    assert len(late["entries"]) + len(early["entries"]) == len(whole["entries"])


async def test_the_story_of_an_execution(client: httpx.AsyncClient) -> None:
    told = await got(client, "/v1/traces/r-sentinel.BTC-4-entry")
    assert told["kind"] == "saga"
    assert [one["what"] for one in told["entries"]][:3] == ["signal", "pair", "submitted"]
    answer = await client.get("/v1/traces/r-sentinel.BTC-4")
    assert "r-sentinel.BTC-4-entry" in answer.json()["error"]["remedy"]


async def test_trades_with_what_was_predicted(client: httpx.AsyncClient) -> None:
    (trade,) = await got(client, "/v1/trades")
    assert (trade["id"], trade["size"], trade["value"]) == (ENDED, "0.05000", "3005.0000000")
    assert trade["predicted_bps"] == 3.2
    assert D(trade["total"]) == sum(map(D, trade["pnl"].values()))
    assert trade["realised_bps"] == pytest.approx(float(D(trade["total"])) / 3005 * 1e4)
    answer = await client.get("/v1/trades", params={"format": "csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["id"], D(row["pnl_fees"]), D(row["fees_USDT"])) == (ENDED, D("-12.0335"), D("12.0335"))


async def test_pnl_and_inventory(client: httpx.AsyncClient) -> None:
    pnl = await got(client, "/v1/pnl")
    assert [point[1] for point in pnl["history"]] == ["100000", "99988"]
    assert pnl["max_drawdown"] == pytest.approx(0.00012)
    assert pnl["drawdown"] == 0.0
    assert await got(client, "/v1/inventory") == {"quote": "USDT", "rows": [], "next_rebalance": ""}


async def test_what_wallets_hold_and_which_is_rebalanced_next(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "run")
    balances = (
        BalanceLine("binance.spot", "BTC", D("0.1000"), D("60010.5")),
        BalanceLine("binance.spot", "OLD", D("7"), None),
        BalanceLine("binance.perp", "USDT", D("47500.10"), D(1)),
    )
    margins = (
        MarginLine("binance.perp", D("47500.1"), D("6013.02"), 0.28, 0.1, 0.3, 0.5),
        MarginLine("okx.perp", D("100"), D("10"), 0.45, 0.1, 0.3, 0.5),
        MarginLine("mexc.perp", D("100"), D("10"), None, 0.1, 0.3, 0.5),
    )
    says(settings.folder, balances=balances, margins=margins)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with (
        served(settings) as gateway,
        httpx.AsyncClient(base_url=gateway.address, headers=headers, timeout=60) as client,
    ):
        told = await got(client, "/v1/inventory")
    assert told["rows"] == [
        {"venue": "binance", "wallet": "binance.spot", "asset": "BTC", "amount": "0.1000",
         "price": "60010.5", "value": "6001.05000"},
        {"venue": "binance", "wallet": "binance.spot", "asset": "OLD", "amount": "7",
         "price": None, "value": None},
        {"venue": "binance", "wallet": "binance.perp", "asset": "USDT", "amount": "47500.10",
         "price": "1", "value": "47500.10"},
    ]  # fmt: skip
    assert told["next_rebalance"] == "okx.perp: 45% of its margin is used, pairs are reduced at 50%"


async def test_gates_and_limits(client: httpx.AsyncClient) -> None:
    (gate,) = await got(client, "/v1/gates")
    assert (gate["gate"], gate["count"], gate["numbers"]) == ("collar", 1, {"bps": "51"})
    assert await got(client, "/v1/limits") == []  # this journal does not say by which settings it decides


async def test_the_basis_of_a_pair_with_its_marks(client: httpx.AsyncClient) -> None:
    told = await got(client, "/v1/markets/BTC/basis")
    assert told["points"][-1][1:] == [20.37, 19.95, 0.42]
    assert [mark["kind"] for mark in told["marks"]] == ["signal", "entry", "signal", "entry", "exit"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert safe_cell(text) == f"'{text}"
    assert safe_cell(D("-1.5")) == "-1.5"
    assert safe_cell(-1.5) == "-1.5"
