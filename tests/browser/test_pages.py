"""Every page opens without a complaint, shows live figures, and fits a phone."""

from __future__ import annotations

import re
from typing import Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import REPO, Desk

PAGES: Final = (
    "overview", "markets", "opportunities", "execution", "trades", "positions", "inventory", "risk",
    "strategies", "replay", "journal", "settings",
)  # fmt: skip
CSV: Final = ("trades", "execution", "positions", "inventory", "opportunities")
AXE: Final = REPO / "console/node_modules/axe-core/axe.min.js"
AXE_RUN: Final = """async () => {
  const found = await axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
  return found.violations.map((one) => [one.id, one.nodes.map((node) => node.html.slice(0, 200))]);
}"""
SIDEWAYS: Final = """() => {
  const main = document.querySelector("main");
  return [document.documentElement.scrollWidth - innerWidth, main.scrollWidth - main.clientWidth];
}"""


TICKS: Final = """count => new Promise(done => {
  let shifted = 0, ticks = 0;
  new PerformanceObserver(list => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) shifted += one.value;
  }).observe({ type: "layout-shift" });
  new MutationObserver(changes => {
    ticks += changes.length;
    if (ticks >= count) setTimeout(() => done(shifted), 200);
  }).observe(document.querySelector("main"), { characterData: true, childList: true, subtree: true });
})"""


def complaints(page: Page) -> list[str]:
    found: list[str] = page.said  # type: ignore[attr-defined]
    return found


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_without_a_complaint_and_is_live(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.address}/#/{name}")
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("header [title^='live']").first).to_be_visible()
    expect(page.locator("main [role=status]", has_text="Loading")).to_have_count(0)
    expect(page.locator("main [role=alert]").filter(has_text=re.compile(r"\S"))).to_have_count(0)
    assert complaints(page) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_meets_wcag_aa(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.address}/#/{name}")
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main [role=status]", has_text="Loading")).to_have_count(0)
    page.evaluate(AXE.read_text())  # the page's own policy lets no script tag in
    assert page.evaluate(AXE_RUN) == []


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_a_phone(page: Page, desk: Desk, name: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{desk.address}/#/{name}")
    expect(page.locator("main h1")).to_be_visible()
    expect(page.locator("main [role=status]", has_text="Loading")).to_have_count(0)
    assert page.evaluate(SIDEWAYS) == [0, 0]


@pytest.mark.parametrize("name", ["overview", "markets"])
def test_nothing_moves_as_numbers_tick(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.address}/#/{name}")
    expect(page.locator("header [title^='live']").first).to_be_visible()
    expect(page.locator("main [role=status]", has_text="Loading")).to_have_count(0)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(TICKS, 500) < 0.01


@pytest.mark.parametrize("name", CSV)
def test_what_is_shown_can_be_saved(page: Page, desk: Desk, name: str) -> None:
    page.goto(f"{desk.address}/#/{name}")
    button = page.locator("main").get_by_role("button", name="CSV").and_(page.locator(":enabled")).first
    expect(button).to_be_visible()
    with page.expect_download() as saved:
        button.click()
    lines = saved.value.path().read_text().splitlines()
    assert saved.value.suggested_filename.endswith(".csv")
    assert len(lines) > 1
