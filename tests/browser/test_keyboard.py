"""All of it without a mouse: every page, its rows, the journal, and a recorded run by its slider."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk

KEYS: Final = {
    "overview": "o", "markets": "m", "opportunities": "u", "execution": "e", "trades": "t", "positions": "p",
    "inventory": "i", "risk": "r", "strategies": "s", "replay": "y", "journal": "j", "settings": "x",
}  # fmt: skip


@pytest.mark.parametrize("name", KEYS)
def test_a_page_is_reached_by_its_key_and_by_its_name(page: Page, name: str) -> None:
    elsewhere = "risk" if name != "risk" else "journal"
    for way in ("key", "name"):
        page.keyboard.press("g")
        page.keyboard.press(KEYS[elsewhere])
        expect(page.get_by_role("heading", name=elsewhere, exact=False, level=1)).to_be_visible()
        if way == "key":
            page.keyboard.press("g")
            page.keyboard.press(KEYS[name])
        else:
            page.keyboard.press("Control+k")
            page.keyboard.type(name)
            page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(rf"#/{name}\b"))
        expect(page.get_by_role("heading", name=name, exact=False, level=1)).to_be_visible()


def test_the_keys_are_told(page: Page) -> None:
    page.keyboard.press("?")
    told = page.get_by_role("dialog", name="Keys")
    expect(told).to_contain_text("Pause or resume")
    page.keyboard.press("Escape")
    expect(told).to_have_count(0)


def test_an_execution_is_opened_and_left(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/execution")
    rows = page.get_by_role("grid", name="Finished executions")
    expect(rows.get_by_role("row").nth(1)).to_be_visible()
    rows.focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_journal_is_searched_and_read(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/journal")
    entries = page.get_by_role("listbox").get_by_role("option")
    expect(entries.first).to_be_visible()
    page.keyboard.press("/")
    page.keyboard.type("BTC")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("BTC"))
    expect(entries.first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    entry = page.get_by_role("dialog", name="Entry")
    first = entry.inner_text()
    page.keyboard.press("j")
    expect(entry).not_to_have_text(first)
    page.keyboard.press("Escape")
    expect(entry).to_have_count(0)


def test_a_recorded_run_is_gone_through(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/replay")
    runs = page.get_by_role("grid", name="Recorded runs")
    expect(runs.get_by_role("row").nth(1)).to_be_visible()
    runs.focus()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    slider = page.get_by_role("slider", name="Moment of the run")
    expect(slider).to_be_visible()
    slider.focus()

    def at(name: str = "aria-valuenow") -> int:
        return int(float(slider.get_attribute(name) or "nan"))

    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", str(at("aria-valuemin")))
    expect(page.get_by_text("No order was out")).to_be_visible()
    page.keyboard.press("n")
    expect(slider).not_to_have_attribute("aria-valuenow", str(at("aria-valuemin")))
    marked = at()
    page.keyboard.press("ArrowRight")
    expect(slider).not_to_have_attribute("aria-valuenow", str(marked))
    assert at() > marked
    page.keyboard.press("End")
    expect(page.get_by_role("grid", name="Pairs").last).to_contain_text("BTC")
    expect(page.get_by_text("Signals and decisions").first).to_be_visible()
    assert at() > marked
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Stop playing")).to_be_visible()
    expect(slider).not_to_have_attribute("aria-valuenow", str(at("aria-valuemin")))
    page.keyboard.press(" ")
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
