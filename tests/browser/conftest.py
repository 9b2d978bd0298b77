"""The console in a real Chromium, on a desk that trades at a double: `make e2e`, and no other, runs it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator

import httpx
import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.desk import REPO, Desk

NAME, PASSWORD = "ana", "a long sentence to keep"
ARGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 120_000
expect.set_options(timeout=WAIT_MS)


collect_ignore_glob = [] if os.environ.get("TITAN_BROWSER") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    place = os.environ.get("TITAN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if place is None:
        pytest.fail("no Chromium: install it (`apt install chromium`), or name one in TITAN_CHROMIUM")
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=place, args=ARGS)
        yield made
        made.close()


@pytest.fixture(scope="session")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """With the user NAME. Its console must be built: `make console`."""
    if not (REPO / "src/titan/api/console/index.html").is_file():
        pytest.fail("the console is not built: `make console`")
    place = tmp_path_factory.mktemp("desk")
    shutil.copytree(REPO / "config", place / "config")
    (place / "state").mkdir(mode=0o700)
    made = Desk(place)
    try:
        made.start()
        user = {"token": made.word, "name": NAME, "password": PASSWORD}
        httpx.post(f"{made.address}/v1/auth/setup", json=user, timeout=120.0).raise_for_status()
        yield made
    finally:
        made.stop()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    made.set_default_timeout(WAIT_MS)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext, desk: Desk) -> Page:
    """Signed in, at the Overview. `page.said` has what the page complained of."""
    found = context.new_page()
    complaints: list[str] = []
    found.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    found.on("pageerror", lambda error: complaints.append(str(error)))
    found.said = complaints  # type: ignore[attr-defined]
    sign_in(found, desk)
    return found


@pytest.fixture
def admin(page: Page, desk: Desk) -> Iterator[Page]:
    """With a second factor, which admins need; it is taken away afterwards."""
    page.goto(f"{desk.address}/#/settings?tab=account")
    page.get_by_role("tabpanel").get_by_role("button", name="Set up").click()
    secret = page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
    page.get_by_label("The code that it shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("A code is asked for at sign-in")).to_be_visible()
    yield page
    page.goto(f"{desk.address}/#/settings?tab=account")
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("button", name="Turn off and sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def sign_in(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/overview")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("nav[aria-label=Pages]")
    page.wait_for_selector("main h1")
