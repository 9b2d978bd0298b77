"""Every answer is as the document has it, and none is a fault: to anything at all, and on a working day."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import httpx
import pyotp
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from litestar import Response, get
from litestar.params import QueryParameter
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from tests.api.auth.gateways import HERE, OTHER, PASSWORD, bearer
from tests.api.fuzzing import document_in, serving
from tests.api.stage import BEARER
from tests.views.scripts import HELD, PERP
from titan.api.auth.scopes import SCOPE, Scope
from titan.api.settings import Settings
from titan.api.tables import TABLES

NAMED = schemathesis.checks.CHECKS.get_one
LEFT_OUT = {
    "": ["positive_data_acceptance", "not_a_server_error"],  # what is well formed may still not be there
    "/v1/auth/logout": ["negative_data_rejection"],  # what is wrong in a header that a token makes needless
}
NOT_YET = {"unavailable", "not_yet"}


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return document_in(tmp_path_factory.mktemp("document"))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Settings]:
    with serving(tmp_path) as listening:
        yield listening


def schema_of(gateway: Settings, document: Any) -> Any:
    made = schemathesis.openapi.from_dict(document)
    made.config.update(base_url=gateway.address)
    return made


@pytest.fixture
def schema(gateway: Settings, document: Any) -> Any:
    return schema_of(gateway, document)


def signed_in(document: Any) -> Any:
    """The same without its security: then the token that all send is not among what may be wrong."""
    whole = copy.deepcopy(document)
    for item in whole["paths"].values():
        for op in item.values():
            op["security"] = []
    return whole


def no_fault(_: Any, response: Any, case: Any) -> None:
    """Only what is not ready yet may say so by a status of servers."""
    if response.status_code >= 500 and case.operation.path != "/health/ready":
        said = response.json()["error"]
        assert (response.status_code, said["code"] in NOT_YET) == (503, True), said


def asked_anything(operation: Any, mode: Any, examples: int) -> None:
    """Raises what is not as described."""
    left_out = [NAMED(name) for name in [*LEFT_OUT[""], *LEFT_OUT.get(operation.path, ())]]

    @settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def answered(case: Any) -> None:
        case.call_and_validate(
            headers=BEARER, timeout=60, excluded_checks=left_out, additional_checks=[no_fault]
        )

    answered()


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_as_described(gateway: Settings, document: Any, mode: GenerationMode) -> None:
    schema = schema_of(gateway, document if mode is GenerationMode.POSITIVE else signed_in(document))
    tried, wrong = 0, []
    for found in schema.get_all_operations():
        operation = found.ok()
        try:
            asked_anything(operation, mode, 5)
            tried += 1
        except FailureGroup as e:
            wrong.append(f"{operation.label}: {e}")
        except Unsatisfiable:  # nothing that is asked of it can be wrong
            assert mode is GenerationMode.NEGATIVE, operation.label
    assert not wrong, "\n\n".join(wrong)
    assert tried >= 20


@get("/v1/bad/fault", opt={SCOPE: Scope.READ}, sync_to_thread=False)
def fault() -> str:
    raise KeyError("a fault")


@get("/v1/bad/status", opt={SCOPE: Scope.READ}, sync_to_thread=False)
def status() -> Response[str]:
    return Response("tea", status_code=418)


@get("/v1/bad/kind", opt={SCOPE: Scope.READ}, sync_to_thread=False)
def kind() -> Response[list[int]]:
    told: Any = "text"
    return Response(told, media_type="text/plain")


@get("/v1/bad/shape", opt={SCOPE: Scope.READ}, sync_to_thread=False)
def shape() -> Response[list[int]]:
    told: Any = ["text"]
    return Response(told)


@get("/v1/bad/open", opt={SCOPE: Scope.OPEN}, sync_to_thread=False)
def for_all() -> int:
    return 1


@get("/v1/bad/takes", opt={SCOPE: Scope.READ}, sync_to_thread=False)
def takes(number: Annotated[str, QueryParameter(description="Any text at all.")] = "") -> str:
    return number


BAD = {
    fault: (GenerationMode.POSITIVE, "fault"),
    status: (GenerationMode.POSITIVE, "418"),
    kind: (GenerationMode.POSITIVE, "text/plain"),
    shape: (GenerationMode.POSITIVE, "integer"),
    for_all: (GenerationMode.POSITIVE, "without authentication"),
    takes: (GenerationMode.NEGATIVE, "should have been rejected"),
}


def test_what_is_not_as_described_is_found(tmp_path: Path) -> None:
    """The judge is judged: one route for each fault that it is there for."""
    document = document_in(tmp_path / "described", *BAD)
    document["paths"]["/v1/bad/open"]["get"]["security"] = [{"bearer": ["read"]}]
    (number,) = document["paths"]["/v1/bad/takes"]["get"]["parameters"]
    number |= {"schema": {"type": "integer"}, "required": True}
    with serving(tmp_path / "served", *BAD) as gateway:
        for handler, (mode, words) in BAD.items():
            path = next(iter(handler.paths))
            schema = schema_of(gateway, document if mode is GenerationMode.POSITIVE else signed_in(document))
            told = ""
            try:
                asked_anything(schema[path]["GET"], mode, 5)
            except FailureGroup as e:
                told = str(e)
            assert words in told, path


class Day:
    """Somebody's requests, each answer held against the document."""

    def __init__(self, gateway: Settings, schema: Any) -> None:
        self.client = httpx.Client(base_url=gateway.address, timeout=60)
        self._schema = schema
        self.asked: set[str] = set()

    def __call__(self, method: str, path: str, status: int | tuple[int, ...] = 200, **given: Any) -> Any:
        """`given`: what stands in the braces of the path, and what httpx takes."""
        places = {name: given.pop(name) for name in list(given) if f"{{{name}}}" in path}
        answer = self.client.request(method, path.format_map(places), **given)
        assert answer.status_code in (status if isinstance(status, tuple) else (status,)), (path, answer.text)
        self._schema[path][method].validate_response(answer)
        self.asked.add(f"{method} {path}")
        return answer.json() if answer.content and "json" in answer.headers["content-type"] else answer.text


def test_a_reader_is_answered_as_described(gateway: Settings, schema: Any) -> None:
    day = Day(gateway, schema)
    day.client.headers.update(BEARER)
    trace = "r-sentinel.BTC-4-entry"
    for channel in TABLES:
        day("GET", "/v1/streams/{channel}", channel=channel)
    assert day("GET", "/v1/markets/{pair}/basis", pair="BTC")["marks"]
    assert day("GET", "/v1/traces/{name}", name=trace)["entries"]
    assert day("GET", "/v1/journal", params={"limit": 3})["entries"]
    assert day("GET", "/v1/trades", params={"format": "csv"}).startswith("id,")
    for state in ("all", "working", "done"):
        for path in ("/v1/orders", "/v1/intents", "/v1/holdings"):
            day("GET", path, params={"state": state})
    assert HELD in {one["id"] for one in day("GET", "/v1/holdings")}
    day("GET", "/v1/books/{instrument}", 404, instrument=PERP.id)
    day("GET", "/health/ready", 503)
    assert [one["name"] for one in day("GET", "/v1/replays")] == ["run"]
    day("GET", "/v1/replays/{name}/at", 400, name="run", params={"seq": 1, "at_ms": 1})
    day("GET", "/v1/replays/{name}/timeline", 404, name="none")
    for path in ("/v1/replays/{name}/timeline", "/v1/replays/{name}/at"):
        while day("GET", path, (200, 503), name="run").get("error", {}).get("code") == "not_yet":
            pass
    plain = {path for path, item in schema.raw_schema["paths"].items() if "get" in item and "{" not in path}
    for path in sorted(plain - {"/health/ready"}):
        day("GET", path)


def test_an_operator_is_answered_as_described(gateway: Settings, schema: Any) -> None:
    day = Day(gateway, schema)
    day.client.headers.update(BEARER)
    assert day("POST", "/v1/controls/pause", json={"reason": "lunch"})["state"] == "done"
    day("POST", "/v1/controls/resume", json={})
    day("POST", "/v1/controls/halts", json={"name": "upgrade", "mode": "close", "venue": "binance"})
    day("DELETE", "/v1/controls/halts/{name}", name="upgrade")
    day("DELETE", "/v1/controls/halts/{name}", 404, name="upgrade")
    day("POST", "/v1/controls/halts", 422, json={"name": "upgrade", "mode": "7"})
    day("POST", "/v1/controls/panic", 400, json={"confirm": "yes"})
    day("POST", "/v1/controls/rearm", json={"confirm": "REARM"})
    day("POST", "/v1/controls/panic", 202, json={"confirm": "PANIC"})
    assert day("GET", "/v1/controls/panic")["state"] == "running"
    day("POST", "/v1/controls/rearm", 409, json={"confirm": "REARM"})
    config = day("GET", "/v1/config")
    wish = {"changes": {"sentinel.entry_z": 2.75}, "version": config["version"]}
    assert day("POST", "/v1/config/propose", json=wish)["ok"]
    assert day("POST", "/v1/config/apply", json=wish)["applied"]
    day("POST", "/v1/config/apply", 409, json=wish)
    assert not day("POST", "/v1/config/propose", json={"changes": {"sentinel.entry_z": -1}})["ok"]
    day("POST", "/v1/config/propose", 413, json={"changes": {"a": "b" * 1_000_000}})


def test_a_user_is_answered_as_described(gateway: Settings, schema: Any) -> None:
    day = Day(gateway, schema)
    new = {"name": "bert", "password": PASSWORD, "scopes": ["read"]}
    day("POST", "/v1/users", 201, json=new, headers=BEARER)
    day("POST", "/v1/users", 409, json=new, headers=BEARER)
    day("POST", "/v1/auth/setup", 409, json={"token": "no", "name": "eve", "password": PASSWORD})
    day("POST", "/v1/auth/login", 401, json={"name": "bert", "password": OTHER})
    opened = day("POST", "/v1/auth/login", json={"name": "bert", "password": PASSWORD})
    day("POST", "/v1/auth/refresh", 403)
    opened = day("POST", "/v1/auth/refresh", headers=HERE)
    assert day("GET", "/v1/auth/me", headers=bearer(opened["access"]))["name"] == "bert"
    day("GET", "/v1/users", 403, headers=bearer(opened["access"]))
    secret = day("POST", "/v1/auth/totp", headers=bearer(opened["access"]))["secret"]
    code = {"code": pyotp.TOTP(secret).now()}
    opened = day("POST", "/v1/auth/totp/confirm", json=code, headers=bearer(opened["access"]))
    change = {"before": PASSWORD, "after": OTHER}
    opened = day("POST", "/v1/auth/password", json=change, headers=bearer(opened["access"]))
    day("DELETE", "/v1/auth/totp", 204, headers=bearer(opened["access"]))
    day("GET", "/v1/auth/me", 401, headers=bearer(opened["access"]))
    day("POST", "/v1/auth/logout", 204, headers=HERE)
    day("DELETE", "/v1/users/{name}", 204, name="bert", headers=BEARER)
    day("DELETE", "/v1/users/{name}", 404, name="bert", headers=BEARER)
    assert day("GET", "/v1/audit", params={"limit": 5}, headers=BEARER)["rows"]
