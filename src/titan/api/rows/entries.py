"""Entries of the journal as documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from titan.api.shapes.history import EntryShape
from titan.api.wire import ms
from titan.runtime.secrets.redact import without_passwords
from titan.runtime.watching.words import label, words
from titan.storage.search import Entry
from titan.storage.views import Rules


def shape(entry: Entry, rules: Mapping[str, Rules]) -> EntryShape:
    """An entry of another version is told as it stands. What a run began with may name its store: it is told
    without the password.
    """
    entry = entry._replace(body=without_passwords(entry.body))
    try:
        body: dict[str, Any] = msgspec.json.decode(entry.body, type=dict[str, Any])
    except msgspec.DecodeError:
        body = {"text": entry.body}
    return EntryShape(
        entry.seq, ms(entry.at_ns), str(entry.at_ns), entry.what, label(entry), said(entry, rules),
        entry.saga, entry.intent_id, entry.client_id, body,
    )  # fmt: skip


def said(entry: Entry, rules: Mapping[str, Rules]) -> str:
    """In words; empty for one of another version, whose body alone tells."""
    try:
        return words(entry, rules)
    except (KeyError, TypeError, ValueError, ArithmeticError, AttributeError, msgspec.DecodeError):
        return ""
