"""The console's types are the wire's shapes."""

from __future__ import annotations

from tools import console_types


def test_the_console_has_every_shape_as_it_is() -> None:
    assert console_types.PLACE.read_text(encoding="utf-8") == console_types.text(), (
        "a shape changed: python tools/console_types.py"
    )
