"""Set-up, sign-in, the second factor; what is kept from who has not one."""

from __future__ import annotations

import httpx
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


def test_what_admins_see_waits_for_a_second_factor(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/settings?tab=audit")
    expect(page.get_by_text("A second factor is needed")).to_be_visible()
    page.get_by_role("button", name="To the account").click()
    expect(page.get_by_role("tabpanel").get_by_role("button", name="Set up")).to_be_visible()
    expect(page.get_by_role("grid", name="Audit log")).to_have_count(0)


def test_with_one_they_see_it(admin: Page, desk: Desk) -> None:
    admin.goto(f"{desk.address}/#/settings?tab=audit")
    expect(admin.get_by_role("grid", name="Audit log")).to_be_visible()
    assert PASSWORD not in admin.content()


def test_a_user_is_added_and_removed(admin: Page, desk: Desk) -> None:
    admin.goto(f"{desk.address}/#/settings?tab=users")
    admin.get_by_role("button", name="Add a user").click()
    form = admin.get_by_role("dialog")
    form.get_by_label("Name").fill("ben")
    form.get_by_label("Password", exact=True).fill("ben has a long sentence")
    form.get_by_role("button", name="Add", exact=True).click()
    line = admin.get_by_role("grid", name="Users").get_by_role("row", name="ben")
    expect(line).to_contain_text("read")
    expect(line).not_to_contain_text("trade")
    admin.get_by_role("button", name="Remove ben").click()
    admin.get_by_role("dialog").get_by_role("button", name="Remove", exact=True).click()
    expect(line).to_have_count(0)


def test_another_password_is_the_one_from_then_on(page: Page, desk: Desk) -> None:
    page.goto(f"{desk.address}/#/settings?tab=account")
    other = "another long sentence to keep"
    for before, after in ((PASSWORD, other), (other, PASSWORD)):
        page.get_by_label("Password now").fill(before)
        page.get_by_label("New password", exact=True).fill(after)
        page.get_by_label("New password again").fill(after)
        page.get_by_role("button", name="Change it").click()
        expect(page.get_by_label("Password now")).to_have_value("")
    page.get_by_role("tabpanel").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page, desk)
