"""What the console says when the run or the gateway is gone; and what a first load costs."""

from __future__ import annotations

import gzip
from typing import Final

import pytest
from playwright.sync_api import BrowserContext, Page, Response, expect

from tests.browser.conftest import sign_in
from tests.browser.desk import Desk, stopped

BUDGET: Final = 300_000


def test_a_run_that_hangs_is_stale_until_it_goes_on(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/risk")
    expect(page.get_by_text("Drawdown of the UTC day")).to_be_visible()
    with stopped(desk.run_pid()):
        expect(page.get_by_text("stale").first).to_be_visible()
        expect(page.get_by_text("Not known").first).to_be_visible()
    expect(page.locator("header [title^='live']").first).to_be_visible()


def test_it_comes_back_to_a_gateway_that_was_restarted(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/overview")
    port = int(desk.address.rsplit(":", 1)[1])
    desk.stop()
    expect(page.locator("[role=status]").filter(has_text="gain").first).to_be_visible()
    desk.start(port)
    expect(page.locator("header [title^='live']").first).to_be_visible()


def test_a_first_load_is_small(
    context: BrowserContext, desk: Desk, capsys: pytest.CaptureFixture[str]
) -> None:
    page = context.new_page()
    scripts: dict[str, int] = {}

    def heard(answer: Response) -> None:
        if answer.request.resource_type == "script":
            scripts[answer.url] = len(gzip.compress(answer.body(), 9))

    page.on("response", heard)
    sign_in(page, desk)
    page.wait_for_load_state("networkidle")
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domInteractive")
    with capsys.disabled():
        total = sum(scripts.values())
        print(f"\nfirst load: {total:,} bytes of script gzipped, interactive after {ready:.0f} ms")
    assert sum(scripts.values()) < BUDGET
