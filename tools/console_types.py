"""Writes the console's types from the wire's shapes, so that the two cannot part.

    python tools/console_types.py

One interface a struct, in the order of the files, with the struct's own words above it. Money (Decimal) is
text on the wire and so a `Money` here; a struct that goes as an array is a tuple with names.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import textwrap
import types
import typing
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

import titan.api.shapes as shapes

PLACE: Final = Path(__file__).parents[1] / "console" / "src" / "lib" / "types.ts"
HEAD: Final = """\
// Made by tools/console_types.py from src/titan/api/shapes: change it there, then run it again.

/** Exact decimal text, as "1234.50": never calculate with it as a float (see format.ts). */
export type Money = string;
"""
PLAIN: Final = {
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    Decimal: "Money",
    Any: "unknown",
}


def text() -> str:
    """The whole of types.ts."""
    parts = [HEAD]
    for found in pkgutil.iter_modules(shapes.__path__):
        module = importlib.import_module(f"{shapes.__name__}.{found.name}")
        parts.extend(_declared(kind) for kind in vars(module).values() if _is_ours(kind, module))
    return "\n".join(parts)


def _is_ours(kind: object, module: types.ModuleType) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == module.__name__


def _declared(kind: type[msgspec.Struct]) -> str:
    fields = [(field.encode_name, _written(field.type)) for field in msgspec.structs.fields(kind)]
    words = textwrap.indent(inspect.cleandoc(kind.__doc__ or ""), " * ", lambda _: True)
    comment = f"/**\n{words}\n */\n".replace(" * \n", " *\n") if kind.__doc__ else ""
    if kind.__struct_config__.array_like:
        return f"{comment}export type {kind.__name__} = [{', '.join(f'{n}: {t}' for n, t in fields)}];\n"
    body = "".join(f"  {name}: {typed};\n" for name, typed in fields)
    return f"{comment}export interface {kind.__name__} {{\n{body}}}\n"


def _written(kind: Any) -> str:
    """A Python type as the same in TypeScript. Raises `TypeError` for one that no shape should have."""
    if kind in PLAIN:
        return PLAIN[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return kind.__name__
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin is typing.Annotated:
        return _written(inner[0])
    if origin in (types.UnionType, typing.Union):
        return " | ".join(_written(one) for one in inner)
    if origin is dict:
        return f"Record<{_written(inner[0])}, {_written(inner[1])}>"
    if origin in (tuple, list) and (origin is list or inner[-1] is Ellipsis):
        return f"readonly {_bracketed(_written(inner[0]))}[]"
    if origin is tuple:
        return f"readonly [{', '.join(_written(one) for one in inner)}]"
    raise TypeError(f"no TypeScript type for {kind!r}: add it to tools/console_types.py")


def _bracketed(typed: str) -> str:
    return f"({typed})" if " " in typed else typed


if __name__ == "__main__":
    PLACE.write_text(text(), encoding="utf-8")
    print(f"wrote {PLACE.relative_to(PLACE.parents[3])}")
