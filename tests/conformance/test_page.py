"""The page of cases is made from the cases."""

from __future__ import annotations

from tests.conformance.__main__ import PAGE, page


def test_the_page_is_as_the_cases_are() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.conformance --page`"
