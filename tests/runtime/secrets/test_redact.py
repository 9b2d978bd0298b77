"""Passwords within URLs."""

from __future__ import annotations

import pytest

from titan.runtime.secrets.redact import without_passwords


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://desk:hunter2@db/titan", "postgresql://desk:***@db/titan"),
        ('{"store":"postgresql+psycopg://desk:hun%40ter2@db:5432/titan","x":1}',
         '{"store":"postgresql+psycopg://desk:***@db:5432/titan","x":1}'),
        ("http://:hunter2@proxy", "http://:***@proxy"),
        ("a https://u:p@x and b ftp://v:q@y", "a https://u:***@x and b ftp://v:***@y"),
        ("sqlite:///titan.db", "sqlite:///titan.db"),
        ("https://desk@db/titan at 12:30 by a@b", "https://desk@db/titan at 12:30 by a@b"),
        ("http://127.0.0.1:8787/@here", "http://127.0.0.1:8787/@here"),
        ("no address", "no address"),
    ],
)  # fmt: skip
def test_urls_are_shown_without_them(text: str, shown: str) -> None:
    assert without_passwords(text) == shown
