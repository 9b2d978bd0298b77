"""/metrics, as Prometheus reads it. Who may: tests/api/auth/test_every_route.py."""

from __future__ import annotations

from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.api.stage import BEARER, says, served, settings_of
from tests.views.scripts import STATUS

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


def read(text: str) -> Samples:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def asked(client: httpx.AsyncClient) -> Samples:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return read(answer.text)


def of(found: Samples, name: str, **labels: str) -> float:
    return found[name, frozenset(labels.items())]


async def test_the_run_and_the_gateway_in_figures(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "run")
    says(settings.folder, delta=None)
    async with (
        served(settings) as gateway,
        httpx.AsyncClient(base_url=gateway.address, timeout=60) as client,
    ):
        found = await asked(client)
        assert of(found, "titan_nav") == 100012.3456
        assert of(found, "titan_run_live") == 0.0, "what was said long ago is not so now"
        assert of(
            found, "titan_run_info", run_id=STATUS.run_id, mode="paper", strategy="sentinel", state="trading"
        )
        assert of(found, "titan_pnl", source="fees") == -25.05
        assert of(found, "titan_fills_total") == 6
        assert of(found, "titan_refusals_total", gate="collar: price moved") == 1
        assert of(found, "titan_venue_live", venue="binance") == 3
        assert of(found, "titan_margin_used", wallet="binance.perp") == 0.0422
        assert of(found, "titan_basis_z", pair="BTC") == 0.42
        assert of(found, "titan_stage_seconds", stage="tick to order", quantile="p99") == 1160 / 1e6
        assert of(found, "titan_gateway_streams") == 0
        assert not [name for name, _ in found if name == "titan_delta"], "nobody knows it: left out"


async def test_answers_are_counted_by_the_route_and_never_by_what_was_asked(tmp_path: Path) -> None:
    async with (
        served(settings_of(tmp_path / "run")) as gateway,
        httpx.AsyncClient(base_url=gateway.address, timeout=60) as client,
    ):
        for name in ("A", "B", "C"):
            await client.get(f"/v1/markets/{name}/basis", headers=BEARER)
            await client.get(f"/made/up/{name}")
        await client.get("/v1/status")
        found = await asked(client)
        name = "titan_gateway_requests_total"
        assert of(found, name, method="GET", path="/v1/markets/{pair}/basis", status="404") == 3
        assert of(found, name, method="GET", path="", status="404") == 3
        assert of(found, name, method="GET", path="/v1/status", status="401") == 1
        assert of(found, "titan_gateway_request_seconds_count") == 7


async def test_a_run_that_has_said_nothing_is_no_fault(tmp_path: Path) -> None:
    settings = settings_of(tmp_path / "run")
    (settings.folder / "status.json").unlink()
    async with (
        served(settings) as gateway,
        httpx.AsyncClient(base_url=gateway.address, timeout=60) as client,
    ):
        found = await asked(client)
        assert of(found, "titan_run_live") == 0.0
        assert not [name for name, _ in found if name == "titan_nav"]
