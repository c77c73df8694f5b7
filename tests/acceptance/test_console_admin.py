"""An owner runs the place: rules in words, an operator who sees no more than she may, an audit log that verifies, a
model that is tried beside the one in force."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from tests.acceptance.browser import MARKS, PASSWORD, PATIENCE_MS, Console, Driven

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload, Page

pytestmark = MARKS


def test_an_owner_changes_rules_invites_an_operator_and_verifies_the_log(
    console: Console, driven: Driven, photos: dict[str, Path]
) -> None:
    page = driven.page()
    console.sign_in(page, "/galleries")
    page.click("[data-opens=new]")
    page.fill("#name", "staff")
    page.click("#make button.main")
    page.wait_for_url("**/galleries/staff")

    page.click("[data-opens=change]")
    page.select_option("#policy [name=fpir]", "0.0001")
    page.fill("#policy [name=event_days]", "30")
    said = page.inner_text("#consequences")
    assert "Strangers taken for somebody: 1 in 10,000 instead of 1 in 1,000." in said
    assert "30 days instead of 90 days. What is older goes within the hour, for good." in said
    page.click("#save")
    page.wait_for_selector(".sentences:has-text('decisions after 30 days')")
    assert "1 in 10,000 is taken for somebody" in page.inner_text(".sentences")

    page.goto(f"{console.url}/settings/users")
    page.click("[data-opens=invite]")
    page.fill("#login", "ada@example.org")
    page.click("#invite-form button.main")
    page.wait_for_selector("#once[open]")
    link = page.inner_text("#once-secret")
    assert link.startswith(f"{console.url}/sign-in#")

    operator = driven.page()
    operator.goto(link)
    operator.fill("#new", PASSWORD)
    operator.fill("#again", PASSWORD)
    operator.click("#choose button.main")
    operator.wait_for_selector("#places a[href='/people']")
    places = operator.inner_text("#places")
    assert "Settings" not in places
    assert "Compliance" not in places
    driven.tolerated.append("status of 403")
    operator.goto(f"{console.url}/compliance/audit")
    assert "administrators and auditors" in operator.inner_text("main")

    page.goto(f"{console.url}/compliance/audit")
    page.click("#verify")
    page.wait_for_selector("#chain .badge.good")
    head = page.inner_text("#chain .digest")
    assert len(head) == 64
    console.machine.visavis("audit", "verify")
    _a_trial(page, console.url, photos)


def _a_trial(page: "Page", url: str, photos: dict[str, Path]) -> None:
    """Another model decides beside the one in force, is found among the models, and is stopped."""
    csrf = {"X-CSRF-Token": str(page.get_attribute("meta[name=csrf-token]", "content"))}
    staff = f"{url}/v1/galleries/staff"
    assert page.request.patch(f"{staff}/policy", data={"keep": "photo"}, headers=csrf).ok
    file: FilePayload = {"name": "a", "mimeType": "image/png", "buffer": photos["hopper"].read_bytes()}
    enrolled = page.request.post(f"{staff}/enrol?subject=Grace", multipart={"image": file}, headers=csrf)
    assert enrolled.ok

    page.goto(f"{url}/galleries/staff")
    page.select_option("#candidate", "classic")
    page.click("text=Try it in shadow")
    page.wait_for_selector(".badge:has-text('in shadow')")
    assert "Nothing was compared yet" in page.inner_text("section:has(> #trial)")
    _until(page, lambda: "the worker looks" not in page.inner_text("section:has(> #trial)"))
    page.goto(f"{url}/search")
    page.set_input_files("#file", str(photos["hopper_again"]))
    page.wait_for_selector("#results .badge.match")

    page.goto(f"{url}/models")
    line = "tr:has(a[href='/galleries/staff#trial'])"
    _until(page, lambda: "100.0 % of 1" in page.inner_text(line))
    assert "in shadow" in page.inner_text(line)
    page.click(f"{line} a")
    page.click("text=The figures")
    assert page.inner_text("tr:has(th:text-is('the same person')) td") == "1"
    page.click("text=Stop the trial…")
    page.click("dialog[open] .danger")
    page.wait_for_selector("#candidate")
    page.goto(f"{url}/models")
    assert page.locator("#trials").count() == 0


def _until(page: "Page", right: Callable[[], bool]) -> None:
    """The server works on it: the page is loaded again until it says so."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not right():
        assert time.monotonic() < deadline, page.inner_text("main")
        page.reload()
