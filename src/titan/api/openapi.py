"""/v1/openapi.json: what there is, made from the routes themselves, with what Litestar cannot know of them.

That is: which scope a route asks for, how it fails, which structs are arrays on the wire, what shapes mean in
words, and an example of every answer. Nothing is loaded from anywhere else.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import HeaderParameter
from litestar.routes import HTTPRoute
from litestar.types import ControllerRouterHandler

from titan import __version__
from titan.api import shapes
from titan.api.auth.scopes import LOOPBACK, SCOPE, Scope
from titan.api.examples import example
from titan.api.failures import CODES, Failure
from titan.api.wire import encoded

Document = dict[str, Any]
ABOUT: Final = (
    "A run of Titan: what it is, what it did, and what an operator may ask of it. Times are milliseconds "
    "UTC, money is exact and therefore text. What changes all the time comes over the WebSocket /v1/stream "
    '(docs/api.md), with the same rows. A failure is {"error": {"code", "message", "remedy"}}.'
)
FAILURES: Final = {
    400: "What was asked cannot be read.", 401: "No token, or one that is not good (any more).",
    403: "The scopes are not enough, or a page of another origin asks.", 404: "There is no such thing.",
    409: "It cannot be done as things stand.", 413: "More than may be sent.",
    422: "What was asked breaks a rule.", 429: "Too many requests: again after Retry-After seconds.",
    503: "Not now: a file or a store cannot be read, or it took too long.",
}  # fmt: skip
ADDRESS: Final = "/v1/openapi.json"
TEXT: Final = {"schema": {"type": "string"}}
ALSO: Final[dict[str, dict[str, Document]]] = {
    "/v1/trades": {"200": {"text/csv": {**TEXT, "example": "id,pair,type"}}},
    "/metrics": {"200": {"text/plain": {**TEXT, "example": "titan_nav 100012.3456"}}},
    ADDRESS: {
        "200": {
            "application/json": {
                "schema": {"type": "object", "required": ["openapi", "paths"]},
                "example": {"openapi": "3.1.0", "info": {"title": "Titan"}, "paths": {}},
            }
        },
        "304": {},
    },
    "/health/ready": {
        "503": {
            "application/json": {
                "schema": {
                    "anyOf": [
                        {"$ref": "#/components/schemas/Ready"},
                        {"$ref": "#/components/schemas/Failure"},
                    ]
                },
                "example": {"ready": False, "why": ["the run has said nothing for 12 s"],
                            "freshness": "stale", "age_s": 12.1},
            }
        }
    },
}  # fmt: skip
"""What else a path answers, by status and kind of content."""
SENT: Final[dict[str, Document]] = {"/v1/controls/rearm": {"confirm": "REARM", "reason": "looked into"}}
"""What is sent there, where another example of its shape would be refused."""
SAID: Final = {"304": "As it was when the ETag was given.", "503": "Not now, and why."}
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_SENTENCE: Final = re.compile(r"(?<=[.])\s+(?=[A-Z/`])")


def described(routes: Sequence[ControllerRouterHandler]) -> Document:
    """The document of an application with these routes."""
    config = OpenAPIConfig(
        title="Titan", version=__version__, description=ABOUT, use_handler_docstrings=True,
        render_plugins=[JsonRenderPlugin(path="/openapi.json")], path="/described",
    )  # fmt: skip
    given = {name: Provide(lambda: None, sync_to_thread=False) for name in ("gateway", "hub")}
    app = Litestar(list(routes), openapi_config=config, dependencies=given)
    document: Document = msgspec.json.decode(msgspec.json.encode(app.openapi_schema.to_schema()))
    known = document.setdefault("components", {}).setdefault("schemas", {})
    _add_shapes(known)
    for path, method, operation in _operations(document):
        _complete(operation, path, method, _asks_for(app, path, method), known)
    document["components"]["securitySchemes"] = {
        "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    }
    return document


def _operations(document: Document) -> Iterator[tuple[str, str, Document]]:
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                yield path, method, item[method]


def _asks_for(app: Litestar, path: str, method: str) -> tuple[Scope, bool]:
    """The scope of a route, and whether processes of this machine need none."""
    for route in app.routes:
        if isinstance(route, HTTPRoute) and (route.path_format or "/") == path:
            handler = route.route_handler_map.get(method.upper())  # type: ignore[call-overload]
            if handler is not None:
                opt = handler[0].opt
                return Scope(opt.get(SCOPE, Scope.ADMIN)), bool(opt.get(LOOPBACK))
    return Scope.ADMIN, False


def _complete(op: Document, path: str, method: str, asks_for: tuple[Scope, bool], known: Document) -> None:
    scope, loopback = asks_for
    first, *rest = _SENTENCE.split(" ".join(op.get("description", "").split()), maxsplit=1)
    op["summary"] = first.removesuffix(".")
    asks = "Open to all." if scope is Scope.OPEN else f"Scope: `{scope.value}`."
    op["description"] = " ".join([*rest, asks])
    op["operationId"] = "_".join(re.findall(r"\w+", f"{method} {path}"))
    op["tags"] = [path.strip("/").split("/")[1 if path.startswith("/v1/") else 0]]
    op["security"] = [] if scope is Scope.OPEN else [{"bearer": [scope.value]}, *([{}] if loopback else [])]
    op["x-scope"] = scope.value
    _complete_questions(op, path, known)
    answers = op["responses"]
    answers.pop("400", None)  # Litestar's own shape of an error
    for status, kinds in ALSO.get(path, {}).items():
        answer = answers.setdefault(status, {"description": SAID.get(status, "")})
        if kinds:
            answer.setdefault("content", {}).update(kinds)
    for number in _fails(op, path, method, scope):
        answers.setdefault(str(number), _failure(number))
    answers.get("204", {}).pop("content", None)
    op["responses"] = dict(sorted(answers.items()))
    for status, answer in answers.items():
        for kind, content in answer.get("content", {}).items():
            if kind == "application/json" and status[0] == "2" and "example" not in content:
                content["example"] = example(content.get("schema", {}), known)


def _complete_questions(op: Document, path: str, known: Document) -> None:
    for one in op.get("parameters", []):
        if one["in"] == "path":
            one["example"] = example(one["schema"], known, one["name"])
    for content in op.get("requestBody", {}).get("content", {}).values():
        content["example"] = SENT.get(path) or example(content["schema"], known)


def _fails(op: Document, path: str, method: str, scope: Scope) -> Iterator[int]:
    """How it can fail, by what it is."""
    yield from (403, 429, 503)
    if scope is not Scope.OPEN:
        yield 401
    asked = op.get("parameters", [])
    if asked or "requestBody" in op:
        yield 400
    if any(one["in"] == "path" for one in asked) or path == "/v1/status":
        yield 404
    if path.startswith(("/v1/config", "/v1/controls", "/v1/replays")):
        yield from (404, 409, 422)
    if method != "get":
        yield from (400, 401, 404, 409, 413, 422)


def _failure(status: int) -> Document:
    found: Document = {
        "description": FAILURES[status],
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Failure"},
                "example": {"error": {"code": CODES[status], "message": FAILURES[status], "remedy": ""}},
            }
        },
    }
    if status == 429:
        found["headers"] = {"Retry-After": {"description": "In seconds.", "schema": {"type": "integer"}}}
    return found


def _add_shapes(known: Document) -> None:
    """What shapes mean, and those that Litestar does not see as they are on the wire."""
    _, made = msgspec.json.schema_components([Failure], ref_template="#/components/schemas/{name}")
    known |= made
    for kind in _every():
        name = kind.__name__
        if name not in known:
            continue
        if kind.__struct_config__.array_like:
            known[name] = _as_array(known[name])
        known[name]["description"] = " ".join((kind.__doc__ or "").split())


def _every() -> Iterator[type[msgspec.Struct]]:
    for found in pkgutil.iter_modules(shapes.__path__):
        module = importlib.import_module(f"{shapes.__name__}.{found.name}")
        for kind in vars(module).values():
            if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
                yield kind


def _as_array(schema: Document) -> Document:
    parts = list(schema["properties"].values())
    return {"type": "array", "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}


class Describing:
    """The document as it is sent; made when it is asked for first."""

    def __init__(self, routes: Sequence[ControllerRouterHandler]) -> None:
        self._routes = routes
        self._made: tuple[str, bytes] | None = None

    def __call__(self) -> tuple[str, bytes]:
        """Its etag, and it."""
        if self._made is None:
            body = encoded(described(self._routes))
            self._made = f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"', body
        return self._made


@get(ADDRESS, opt={SCOPE: Scope.OPEN}, sync_to_thread=True, media_type="application/json")
def openapi(
    request: Request[Any, Any, Any],
    had: Annotated[str, HeaderParameter(name="If-None-Match", description="The ETag of what one has.")] = "",
) -> Response[Document]:
    """This document. With an ETag, for who has it already."""
    describing: Callable[[], tuple[str, bytes]] = request.app.state.describing
    etag, body = describing()
    same = etag in had
    told: Any = b"" if same else body
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    return Response(told, status_code=304 if same else 200, headers=headers)
