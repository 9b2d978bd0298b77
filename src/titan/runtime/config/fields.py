"""How one setting is declared: default, unit, rule and description stand together; the rule prints itself.

TOML numbers arrive as int or Decimal (never as binary floats), so an amount of money stays as written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.fields import FieldInfo
from pydantic_core import PydanticCustomError

Limit = Literal["upper", "lower"]
"""`upper`: a smaller value is stricter (a cap). `lower`: a larger value is stricter (a floor)."""


class Section(BaseModel):
    """Base of every table of the tree: strict types, no unknown keys, no change after loading."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


def _number(value: object) -> object:
    """int, float or Decimal to a finite float; anything else is left for pydantic to refuse."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError("not a finite number")
    return number


def _exact(value: object) -> object:
    """int, float, Decimal or text such as "100000.10" to a finite Decimal, without binary noise."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return value
    try:
        exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    except InvalidOperation:
        raise ValueError("not a number") from None
    if not exact.is_finite():
        raise ValueError("not a finite number")
    return exact


Number = Annotated[float, BeforeValidator(_number)]
Money = Annotated[Decimal, BeforeValidator(_exact)]


def relation(key: str, rule: str) -> PydanticCustomError:
    """A rule between settings, or of their form, was broken; `key` (within the section) is the one to
    change."""
    return PydanticCustomError("relation", "{rule}", {"key": key, "rule": rule})


def amounts(key: str, texts: Iterable[str]) -> dict[str, Decimal]:
    """Amounts by asset from texts as "USDT 0.01". Raises what a validator raises for another form."""
    found: dict[str, Decimal] = {}
    for text in texts:
        asset, _, amount = text.strip().partition(" ")
        try:
            found[asset] = Decimal(amount.strip())
        except InvalidOperation:
            found[asset] = Decimal("NaN")
        if not asset.isalnum() or not found[asset].is_finite() or found[asset] < 0:
            raise relation(key, f'"{text}" is no asset and amount, as "USDT 0.01"')
    return found


def setting(
    default: object,
    description: str,
    *,
    unit: str = "",
    limit: Limit | None = None,
    account_wide: bool = False,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
) -> Any:
    """A field of a `Section`.

    `limit` marks it as one that lower levels of the tree may only tighten; `account_wide` as one that an
    instrument's file may not set. `ge`, `gt`, `le` and `lt` are pydantic's bounds.
    """
    extra: dict[str, Any] = {"unit": unit, "limit": limit, "account_wide": account_wide}
    return Field(default, description=description, json_schema_extra=extra, ge=ge, gt=gt, le=le, lt=lt)


def extra_of(info: FieldInfo, name: str) -> Any:
    """What `setting` noted beside a field: "unit", "limit" or "account_wide"."""
    extra = info.json_schema_extra
    return extra.get(name) if isinstance(extra, dict) else None


def section_of(info: FieldInfo) -> type[Section] | None:
    """The section class of a field that is a table, else None."""
    kind = info.annotation
    return kind if isinstance(kind, type) and issubclass(kind, Section) else None


def settings_of(section: type[Section], prefix: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Every leaf under a section, as (dotted key, field), in the order in which they were declared."""
    for name, info in section.model_fields.items():
        inner = section_of(info)
        if inner is not None:
            yield from settings_of(inner, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", info


def rule_of(info: FieldInfo) -> str:
    """The rule in words: "a number from 0 to 1", "one of cross, isolated"."""
    inner = section_of(info)
    if inner is not None:
        return f"a table with the keys {', '.join(inner.model_fields)}"
    return " ".join(filter(None, (_kind(info.annotation), _bounds(info))))


def _kind(annotation: object) -> str:
    if get_origin(annotation) in (Union, UnionType):
        return " or ".join(_kind(part) for part in get_args(annotation) if part is not NoneType)
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(map(str, get_args(annotation)))
    if get_origin(annotation) is list:
        return "a list of texts"
    names: dict[object, str] = {
        bool: "true or false",
        int: "a whole number",
        float: "a number",
        Decimal: "an exact number",
        str: "a text",
    }
    return names[annotation]


def _bounds(info: FieldInfo) -> str:
    low = high = ""
    for rule in info.metadata:
        match rule:
            case Ge(ge=bound):
                low = f"of at least {bound}"
            case Gt(gt=bound):
                low = f"above {bound}"
            case Le(le=bound):
                high = f"at most {bound}"
            case Lt(lt=bound):
                high = f"below {bound}"
    return " and ".join(filter(None, (low, high)))
