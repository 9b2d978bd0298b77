"""The document that the API is described by: whole, valid, and of every route that there is."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from tests.api.fuzzing import document_in, serving
from tests.api.stage import BEARER
from titan.api.auth.scopes import Scope
from titan.api.openapi import ADDRESS
from titan.api.settings import Settings


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return document_in(tmp_path_factory.mktemp("document"))


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Settings]:
    with serving(tmp_path) as listening:
        yield listening


def operations(document: Any) -> Iterator[tuple[str, Any]]:
    for path, item in document["paths"].items():
        for method, op in item.items():
            yield f"{method.upper()} {path}", op


def contents(op: Any) -> Iterator[tuple[str, str, Any]]:
    """(where, kind, what) of what is sent and what is answered."""
    for kind, content in op.get("requestBody", {}).get("content", {}).items():
        yield "request", kind, content
    for status, answer in op["responses"].items():
        for kind, content in answer.get("content", {}).items():
            yield status, kind, content


def test_every_operation_says_what_it_is(document: Any) -> None:
    """A route that comes later is judged as well: what it lacks is named here."""
    lacks = []
    for name, op in operations(document):
        if not op["summary"]:
            lacks.append(f"{name}: its handler has no docstring to make a summary of")
        if op["x-scope"] not in {scope.value for scope in Scope}:
            lacks.append(f"{name}: no scope")
        if op["x-scope"] not in op["description"].lower():
            lacks.append(f"{name}: its description does not tell its scope")
        if (op["security"] == []) is not (op["x-scope"] == "open"):
            lacks.append(f"{name}: its security is not that of its scope")
        needs = {"403", "429", "503"} | ({"401"} if op["security"] else set())
        if missing := needs - set(op["responses"]):
            lacks.append(f"{name}: no word of {sorted(missing)}")
        lacks += [
            f"{name}: {what} has no description"
            for what, one in op["responses"].items()
            if not one["description"]
        ]
        lacks += [
            f"{name}: its parameter {one['name']} has no description"
            for one in op.get("parameters", [])
            if not one.get("description")
        ]
    assert not lacks, "\n".join(lacks)
    names = [op["operationId"] for _, op in operations(document)]
    assert len(set(names)) == len(names) >= 45


def test_every_example_is_there_and_valid(document: Any) -> None:
    wrong = []
    for name, op in operations(document):
        for where, kind, content in contents(op):
            if "example" not in content:
                wrong.append(f"{name}: no example of {where} ({kind}): see titan/api/examples.py")
            elif kind == "application/json":
                whole = content["schema"] | {"components": document["components"]}
                found = jsonschema_rs.validator_for(whole).iter_errors(content["example"])
                wrong += [f"{name}: the example of {where}: {one.message}" for one in found]
        for one in op.get("parameters", []):
            if one["in"] == "path" and not one.get("example"):
                wrong.append(f"{name}: no example of {one['name']}: titan/api/examples.py, VALUES")
    assert not wrong, "\n".join(wrong)


def test_what_is_sent_as_the_examples_have_it_can_be_read(gateway: Settings, document: Any) -> None:
    """Whatever comes of it: no example is refused for its form."""
    sent = 0
    with httpx.Client(base_url=gateway.address, headers=BEARER, timeout=60) as client:
        for name, op in operations(document):
            for where, _, content in contents(op):
                if where == "request":
                    answer = client.request(*name.split(), json=content["example"])
                    found = answer.status_code, answer.json().get("error", {}).get("code")
                    assert str(found[0]) in op["responses"], (name, answer.text)
                    assert found != (400, "bad_request"), (name, answer.text)
                    sent += 1
    assert sent >= 10


def test_money_is_text_and_points_are_arrays(document: Any) -> None:
    schemas = document["components"]["schemas"]
    assert schemas["RunRow"]["properties"]["journal"] == {"$ref": "#/components/schemas/JournalShape"}
    assert schemas["PnlShape"]["properties"]["sources"]["additionalProperties"] == {"type": "string"}
    assert schemas["NavPoint"]["type"] == "array"


def test_it_is_open_to_all_kept_by_its_tag_and_names_no_other_place(gateway: Settings) -> None:
    answer = httpx.get(f"{gateway.address}{ADDRESS}", timeout=60)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["components"]["securitySchemes"] == {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    assert "http://" not in answer.text
    assert "https://" not in answer.text
    tag = {"If-None-Match": answer.headers["etag"]}
    again = httpx.get(f"{gateway.address}{ADDRESS}", headers=tag, timeout=60)
    assert (again.status_code, again.content) == (304, b"")
