"""A new user's first minutes in a real browser, following the screen alone: first steps, enrolment by webcam, being
greeted by a kiosk, seen live and in the log, put right, erased with a receipt; and the audit log verifies."""

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.acceptance.browser import MARKS, PASSWORD, PHONE, Console, Driven

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS


def test_from_the_first_sign_in_to_an_erasure_with_a_receipt(
    console: Console, driven: Driven, tmp_path: Path
) -> None:
    page = driven.page()
    _opens_the_link_and_loads_it_again(console, page)
    console.sign_in(page, "/welcome")
    _makes_the_first_gallery(page)
    _is_enrolled_by_webcam(page)

    page.goto(f"{console.url}/live")
    page.wait_for_selector("#state.match")
    _is_greeted_by_a_kiosk(console, driven)
    page.wait_for_selector("#ticker .badge.match")
    assert "Grace Hopper" in page.inner_text("#ticker")
    assert "reception" in page.inner_text("#ticker")

    _fits_a_phone_in_the_dark(console, driven)
    _says_that_it_was_not_her(console, page)
    receipt = _is_erased(console, page, tmp_path)
    console.machine.visavis("receipts", "verify", receipt)
    console.machine.visavis("audit", "verify")
    page.context.close()
    console.machine.visavis("down")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{console.url}/sign-in", timeout=5)


def _opens_the_link_and_loads_it_again(console: Console, page: "Page") -> None:
    page.goto(f"{console.url}/sign-in")
    page.wait_for_selector("#login")
    page.evaluate("token => { location.hash = token; }", console.token)  # pasted into this very page
    page.wait_for_selector("#new")
    assert console.token not in page.url
    page.reload()
    page.wait_for_selector("#new")


def _makes_the_first_gallery(page: "Page") -> None:
    page.wait_for_selector("h1:has-text('What do you want to do?')")
    page.check("input[value=attendance]")
    assert page.input_value("#name") == "staff"
    assert page.input_value("#consent") == "recording of attendance"
    assert "every 5 days" in page.inner_text("#practice")
    page.check("input[data-name=strict]")
    assert "every 50 days" in page.inner_text("#practice")
    page.click("text=Make the gallery")
    page.wait_for_selector("h1:has-text('Whom shall it recognise?')")
    assert "1 in 10,000 strangers" in page.inner_text("main")


def _is_enrolled_by_webcam(page: "Page") -> None:
    page.click("#first-person")
    page.wait_for_selector("#missing:text-is('Still missing: the name, the consent, a picture.')")
    page.fill("#name", "Grace Hopper")
    page.click("#start")
    page.wait_for_selector("#shots li")
    assert page.is_disabled("#send"), "without consent nobody is enrolled"
    page.wait_for_selector("#missing:text-is('Still missing: the consent.')")
    page.check("#agreed")
    page.click("#send")
    page.wait_for_selector("#done:not([hidden])")
    assert "Grace Hopper is enrolled in staff, with 1 picture." in page.inner_text("#done")
    assert page.get_attribute("#try", "href") == "/search"


def _is_greeted_by_a_kiosk(console: Console, driven: Driven) -> None:
    """On a device of its own, where the owner signs in once and is signed out by setting it up."""
    device = driven.page()
    device.goto(f"{console.url}/sign-in?next=/kiosk/set-up")
    device.fill("#login", "owner")
    device.fill("#password", PASSWORD)
    device.click("#sign button.main")
    device.wait_for_selector("#set-up")
    device.fill("#set-up [name=name]", "reception")
    device.click("#set-up button.main")
    device.wait_for_selector("#kiosk[data-state=known]")
    assert "Grace Hopper" in device.inner_text("#headline")
    device.context.close()


def _fits_a_phone_in_the_dark(console: Console, driven: Driven) -> None:
    page = driven.page(PHONE, dark=True)
    page.goto(f"{console.url}/sign-in")
    page.fill("#login", "owner")
    page.fill("#password", PASSWORD)
    page.click("#sign button.main")
    page.wait_for_selector("h1:has-text('Overview')")
    for path in ("/", "/log", "/people", "/enrol"):
        page.goto(console.url + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0], path
        shade = page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        assert max(shade) < 80, f"{path} is not dark: {shade}"
    page.click("#menu")
    page.click("#places >> text=Log")
    page.wait_for_selector("h1:has-text('log')")
    page.context.close()


def _says_that_it_was_not_her(console: Console, page: "Page") -> None:
    page.goto(f"{console.url}/log?source=reception")
    page.wait_for_selector("tr:has(.badge.match) >> text=Grace Hopper")
    page.click("tr:has(.badge.match) [data-deny] >> nth=0")
    page.wait_for_selector("tr[data-event] >> text=by a person")


def _is_erased(console: Console, page: "Page", folder: Path) -> Path:
    page.goto(f"{console.url}/people")
    page.click("main >> text=Grace Hopper")
    page.wait_for_selector("h1:has-text('Grace Hopper')")
    page.click("#ask")
    with page.expect_download() as download:
        page.click("#erase-now")
    receipt = folder / download.value.suggested_filename
    download.value.save_as(receipt)
    page.wait_for_url("**/people")
    page.wait_for_selector("#toasts >> text=Grace Hopper is erased.")
    assert "Grace Hopper" not in page.inner_text("main")
    return receipt
