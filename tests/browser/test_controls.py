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
from titan.model.wake import SettingsChanged
from titan.runtime.watching.follower import event_of
from titan.storage.search import search
from titan.storage.store import open_store

TIMES: Final = 5
IN_FORCE_S: Final = 1.0
QUIET_S: Final = 10.0
ASKS_S: Final = 1.0
"""All orders are a long answer: the double, as its venue, lets nobody ask for it all the time."""


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


def test_a_second_after_a_pause_nothing_is_bought_any_more(risk: Page, desk: Desk) -> None:
    """The first of all: a desk that has just begun opens what it may, and does so for a while."""
    before = desk.bought()
    until(lambda: desk.bought() > before, "an entry at the double", every=ASKS_S)
    risk.get_by_role("button", name="Pause entries").click()
    risk.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    time.sleep(IN_FORCE_S)
    paused = desk.bought()
    time.sleep(QUIET_S)
    assert desk.bought() == paused
    risk.get_by_role("button", name="Resume entries").click()
    expect(risk.get_by_role("button", name="Pause entries")).to_be_visible()


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


def test_one_strategy_is_paused_and_resumed(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/strategies")
    page.get_by_role("button", name="Pause sentinel").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause", exact=True).click()
    page.get_by_role("button", name="Resume sentinel").click()
    expect(page.get_by_role("button", name="Pause sentinel")).to_be_visible()


def test_a_setting_is_tried_looked_at_and_applied(admin: Page, desk: Desk) -> None:
    admin.goto(f"{desk.address}/#/strategies?section=sentinel")
    row = admin.locator("[data-setting='sentinel.entry_z']")
    field = row.get_by_label("entry_z", exact=True)
    was = field.input_value()
    field.fill("many")
    expect(row.get_by_role("alert")).not_to_be_empty()
    field.fill("2.75")
    expect(row.get_by_role("alert")).to_have_count(0)
    admin.get_by_role("button", name="Review").click()
    sheet = admin.get_by_role("dialog")
    expect(sheet.get_by_role("list", name="Changes")).to_contain_text("sentinel.entry_z")
    expect(sheet.locator("del")).to_have_text(was)
    expect(sheet.locator("ins")).to_have_text("2.75")
    sheet.get_by_label("Reason, for the journal").fill("a drill")
    before = entries(desk, SettingsChanged)
    sheet.get_by_role("button", name="Apply").click()
    expect(admin.get_by_role("dialog", name="Applied")).to_be_visible()
    until(lambda: entries(desk, SettingsChanged) > before, "the change in the journal")
    assert any("2.75" in file.read_text() for file in (desk.place / "config").rglob("*.toml"))


def test_a_panic_leaves_nothing_at_the_double(
    risk: Page, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next one needs it: the run is latched afterwards."""
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


def test_rearmed_it_trades_again(admin: Page, desk: Desk) -> None:
    admin.goto(f"{desk.address}/#/risk")
    admin.get_by_role("button", name="Re-arm").click()
    dialog = admin.get_by_role("dialog")
    dialog.get_by_label("Type REARM to confirm").fill("REARM")
    dialog.get_by_role("button", name="Re-arm").click()
    expect(admin.get_by_text("Latched:", exact=False)).to_have_count(0)
    until(lambda: bool(desk.exposed()), "a position at the double")
