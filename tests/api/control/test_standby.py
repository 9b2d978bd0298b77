"""The panic that stands ready is started without a secret in its words."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from titan.api.control.standby import Standby, Target

STORE = "postgresql://desk:the-password-of-the-store@db.example/titan"


async def test_the_words_of_its_command_have_no_store(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[tuple[str, ...], dict[str, Any]]] = []

    async def instead(*words: str, **how: Any) -> None:
        started.append((words, how))
        raise OSError("not started")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", instead)
    target = Target(Path("config/demo"), "paper", {"live.store": STORE}, None)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="not started"):
        await Standby(lambda: target, lambda: 0.0)._one(target)
    ((words, how),) = started
    assert "the-password-of-the-store" not in " ".join(words)
    assert "the-password-of-the-store" in how["env"]["TITAN_STANDBY"]


@pytest.mark.parametrize(("known", "told"), [(True, 1), (False, 0)])
def test_what_ends_with_its_run_is_no_failure(
    known: bool, told: int, caplog: pytest.LogCaptureFixture
) -> None:
    target = Target(Path("config/demo"), "paper", {}, None) if known else None  # type: ignore[arg-type]
    Standby(lambda: target, lambda: 0.0)._hear(b'{"error":"its venues are gone"}')
    assert len(caplog.records) == told
