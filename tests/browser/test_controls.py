"""Controls from the page, and how soon they are in force: by the journal, and at the double itself."""

from __future__ import annotations

import statistics
import time
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, until
from titan.model.recovery import Latched
from titan.model.restraint import Imposed
from titan.runtime.watching.follower import event_of
from titan.storage.search import search
from titan.storage.store import open_store

TIMES: Final = 5


def entries(desk: Desk, kind: type) -> int:
    """How many of them the journal has."""
    store = open_store(f"sqlite:///{desk.folder / 'titan.db'}")
    try:
        return sum(isinstance(event_of(entry) or entry, kind) for entry in search(store))
    finally:
        store.close()


def _journalled(desk: Desk, before: int) -> None:
    until(lambda: entries(desk, Imposed) > before, "the pause in the journal")


@pytest.fixture
def risk(page: Page, desk: Desk) -> Page:
    page.goto(f"{desk.address}/#/risk")
    expect(page.get_by_role("button", name="Pause entries")).to_be_enabled()
    return page


def test_a_pause_is_soon_in_force(risk: Page, desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    took = []
    for _ in range(TIMES):
        before = entries(desk, Imposed)
        risk.get_by_role("button", name="Pause entries").click()
        sure = risk.get_by_role("dialog").get_by_role("button", name="Pause", exact=True)
        began = time.monotonic()
        sure.click()
        _journalled(desk, before)
        took.append(time.monotonic() - began)
        expect(risk.get_by_text("in force since").first).to_be_visible()
        expect(risk.get_by_text("Paused by an operator")).to_be_visible()
        risk.get_by_role("button", name="Resume entries").click()
        expect(risk.get_by_role("button", name="Pause entries")).to_be_visible()
    with capsys.disabled():
        print(f"\npause, click to journal: median {statistics.median(took) * 1e3:.0f} ms of {TIMES}")


def test_a_halt_is_imposed_and_lifted(risk: Page) -> None:
    risk.get_by_role("button", name="Impose a halt").click()
    form = risk.get_by_role("dialog")
    form.get_by_label("Coin").select_option("BTC")
    form.get_by_label("Reason, for the journal").fill("a drill")
    form.get_by_role("button", name="Impose", exact=True).click()
    line = risk.get_by_role("button", name="Lift reduce-only BTC")
    expect(line).to_be_visible()
    line.click()
    risk.get_by_role("dialog").get_by_role("button", name="Lift", exact=True).click()
    expect(line).to_have_count(0)


def test_everything_is_paused_by_keyboard_alone(risk: Page) -> None:
    risk.keyboard.press("Control+k")
    risk.keyboard.type("pause")
    risk.keyboard.press("Enter")
    expect(risk.get_by_role("dialog", name="Pause")).to_be_visible()
    risk.keyboard.type("by keyboard")
    risk.keyboard.press("Enter")
    expect(risk.get_by_text("Paused by an operator")).to_be_visible()
    risk.keyboard.press("p")
    expect(risk.get_by_role("dialog", name="Resume")).to_be_visible()
    risk.keyboard.press("Enter")
    expect(risk.get_by_text("Paused by an operator")).to_have_count(0)


def test_a_panic_leaves_nothing_at_the_double(
    risk: Page, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last of this file: the run is latched afterwards."""
    until(lambda: bool(desk.exposed()), "a position to be closed")
    risk.keyboard.press("!")
    dialog = risk.get_by_role("dialog")
    dialog.get_by_label("Type PANIC to confirm").fill("PANIC")
    began = time.monotonic()
    dialog.get_by_role("button", name="Cancel and close everything").click()
    until(lambda: not desk.resting(), "no order at the double")
    orders_s = time.monotonic() - began
    until(lambda: not desk.exposed(), "no position at the double")
    with capsys.disabled():
        print(f"\npanic, click to the double: no order after {orders_s:.2f} s, flat after "
              f"{time.monotonic() - began:.2f} s")  # fmt: skip
    expect(risk.get_by_text("Flat", exact=False).first).to_be_visible()
    assert entries(desk, Latched) > 0
