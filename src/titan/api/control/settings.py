"""The settings of a run: shown, proposed, applied. What is hot goes to the run that runs as well."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from msgspec.structs import replace
from pydantic.fields import FieldInfo

from titan.api.control.standby import Target, known
from titan.api.errors import Conflict
from titan.api.shapes.control import (
    ChangeShape,
    ConfigShape,
    ProblemShape,
    Proposal,
    ProposalShape,
    SettingShape,
)
from titan.model.errors import StorageError
from titan.model.wake import SettingsChanged
from titan.runtime.config.changing import applies, written
from titan.runtime.config.editing import Difference, Edited, edited, version_of, write
from titan.runtime.config.fields import extra_of, rule_of
from titan.runtime.config.load import SETTINGS, Loaded, explain_config, value_of
from titan.runtime.config.problems import ConfigProblems
from titan.runtime.trading.asking import ask_and_wait
from titan.storage.store import shown as shown_store

HEARD_S: Final = 2.0
_KINDS: Final = (
    ("true or false", "bool"), ("a whole number", "integer"), ("a list", "list"), ("a table", "table"),
    ("one of", "text"), ("a text", "text"),
)  # fmt: skip


class SettingsDesk:
    """`target` says which run is meant. Raises Conflict while nobody knows, or the files have changed."""

    def __init__(self, target: Callable[[], Target | None], now: Callable[[], int]) -> None:
        self._target, self._now = target, now
        self._turn = threading.Lock()

    def shown(self) -> ConfigShape:
        target = known(self._target())
        loaded = explain_config(target.place, os.environ, target.overrides)
        found = [_setting(loaded, key, info) for key, info in SETTINGS.items()]
        return ConfigShape(version_of(target.place), str(target.place), tuple(found))

    def propose(self, wish: Proposal) -> ProposalShape:
        """Looks only."""
        target = known(self._target())
        try:
            found = edited(target.place, wish.changes, os.environ, target.overrides)
        except ConfigProblems as e:
            return _refused(e, version_of(target.place))
        return _shape(found, version_of(target.place))

    async def apply(self, wish: Proposal, by: str) -> ProposalShape:
        """Into the files, and to the run that runs."""
        target = known(self._target())
        answer, event = await asyncio.to_thread(self._write, target, wish, by)
        if event is None:
            return answer
        try:
            done = await ask_and_wait(target.plan, event, HEARD_S)
        except StorageError:
            return answer  # no run has begun yet: it will read its files
        text = "in force" if done else "the run was asked, and says so in its status"
        return replace(answer, text=f"{answer.text}; {text}" if answer.text else text)

    def _write(
        self, target: Target, wish: Proposal, by: str
    ) -> tuple[ProposalShape, SettingsChanged | None]:  # fmt: skip
        with self._turn:
            if wish.version and wish.version != version_of(target.place):
                raise Conflict(
                    "the files have changed since they were read", remedy="look at them again, then apply",
                    code="version_conflict",
                )  # fmt: skip
            try:
                found = edited(target.place, wish.changes, os.environ, target.overrides)
            except ConfigProblems as e:
                return _refused(e, version_of(target.place)), None
            write(found.files)
            answer = _shape(found, version_of(target.place), applied=True)
        hot = [one.key for one in found.differences if one.applies == "hot"]
        if not hot:
            return answer, None
        changes = written(found.loaded.config, dict.fromkeys(hot))
        return answer, SettingsChanged(changes, by, wish.reason or "by hand", self._now())


def _refused(error: ConfigProblems, version: str) -> ProposalShape:
    problems = tuple(
        ProblemShape(one.key, f"{one.value}: {one.rule}" if one.value else one.rule, one.hint)
        for one in error.problems
    )
    return ProposalShape(False, problems, (), "", version)


def _shape(found: Edited, version: str, *, applied: bool = False) -> ProposalShape:
    diff = tuple(_change(one) for one in found.differences)
    later = [one.key for one in found.differences if one.applies != "hot"]
    text = f"with the next start: {', '.join(later)}" if later else ""
    return ProposalShape(True, (), diff, ", ".join(str(file) for file in found.files), version, applied, text)


def _change(one: Difference) -> ChangeShape:
    before, after = _plain(one.key, one.before), _plain(one.key, one.after)
    return ChangeShape(one.key, before, after, one.applies)


def _setting(loaded: Loaded, key: str, info: FieldInfo) -> SettingShape:
    return SettingShape(
        key, key.rpartition(".")[0], info.description or "", str(extra_of(info, "unit") or ""), _kind(info),
        _plain(key, value_of(loaded.config, key)), _plain(key, info.get_default(call_default_factory=True)),
        str(loaded.origin(key)), rule_of(info), applies(key),
    )  # fmt: skip


def _kind(info: FieldInfo) -> str:
    rule = rule_of(info)
    return next((kind for begin, kind in _KINDS if rule.startswith(begin)), "number")


def _plain(key: str, value: object) -> Any:
    """As JSON has it; of a store's URL no password."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if key == "live.store" and isinstance(value, str) and value:
        return shown_store(value)
    return value
