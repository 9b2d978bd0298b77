"""Set-up, sign-in, the second factor; what is kept from who has not one."""

from __future__ import annotations

import httpx
import pyotp
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NAME, PASSWORD, WAIT_MS, sign_in
from tests.browser.desk import Desk


def test_the_word_of_the_first_user_works_once(desk: Desk) -> None:
    again = {"token": desk.word, "name": "eve", "password": "another long sentence"}
    assert httpx.post(f"{desk.address}/v1/auth/setup", json=again, timeout=60.0).status_code in (403, 409)


def test_a_wrong_password_is_refused_in_words(browser: Browser, desk: Desk) -> None:
    page = browser.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(f"{desk.address}/#/overview")
    page.get_by_label("Name").fill(NAME)
    page.get_by_label("Password").fill("not this one at all")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]").filter(has_text=" ")).not_to_be_empty()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.close()


def test_a_second_factor_is_set_up_and_asked_for(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/settings?tab=audit")
    expect(page.get_by_text("A second factor is needed")).to_be_visible()
    page.get_by_role("button", name="To the account").click()
    page.get_by_role("tabpanel").get_by_role("button", name="Set up").click()
    secret = page.get_by_role("dialog").locator("code").inner_text().replace(" ", "")
    page.get_by_label("The code that it shows now").fill(pyotp.TOTP(secret).now())
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("A code is asked for at sign-in")).to_be_visible()
    page.goto(f"{desk.address}/#/settings?tab=audit")
    expect(page.get_by_role("grid", name="Audit log")).to_be_visible()
    page.goto(f"{desk.address}/#/settings?tab=account")
    page.get_by_role("button", name="Turn off").click()
    page.get_by_role("button", name="Turn off and sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, desk)
    assert PASSWORD not in page.content()
