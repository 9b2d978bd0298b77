"""Entries of a journal as they are told."""

from __future__ import annotations

import json

from titan.api.rows.entries import shape
from titan.storage.search import Entry


def test_what_a_run_began_with_is_told_without_the_password_of_its_store() -> None:
    store = "postgresql://desk:the-password@db.example/titan"
    body = json.dumps({"what": "settings", "config": {"live": {"store": store}}})
    told = shape(Entry(1, 2, "settings", "", "", "", body, ""), {})
    assert told.body["config"]["live"]["store"] == "postgresql://desk:***@db.example/titan"
    assert "the-password" not in told.text + told.label


def test_an_entry_of_another_version_is_told_as_it_stands() -> None:
    told = shape(Entry(1, 2, "settings", "", "", "", "no JSON http://a:b@c", ""), {})
    assert told.body == {"text": "no JSON http://a:***@c"}
