"""The console in a real browser: a wrong match is denied where it stands, two people become one, both are undone."""

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tests.acceptance.browser import MARKS, Console, Driven

if TYPE_CHECKING:
    from playwright.sync_api import FilePayload

pytestmark = MARKS


def test_a_wrong_match_is_denied_and_two_people_are_merged(
    console: Console, driven: Driven, photos: dict[str, Path]
) -> None:
    page = driven.page()
    console.sign_in(page, "/enrol")
    csrf = {"X-CSRF-Token": page.get_attribute("meta[name=csrf-token]", "content") or ""}
    api = f"{console.url}/v1/galleries"
    assert page.request.post(api, data={"name": "staff"}, headers=csrf).ok
    for name, photo in (
        ("Grace Hopper", "hopper"),
        ("Eileen Collins", "collins"),
        ("Commander Collins", "collins_again"),
    ):
        file: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": photos[photo].read_bytes()}
        path = f"{api}/staff/enrol?{urlencode({'subject': name, 'force': 'true'})}"
        assert page.request.post(path, multipart={"image": file}, headers=csrf).ok
    page.goto(f"{console.url}/search")
    page.set_input_files("#file", str(photos["hopper_again"]))
    page.wait_for_selector("#results .badge.match")

    page.goto(f"{console.url}/log")
    line = page.locator("tr[data-event]")
    assert line.count() == 1
    page.click("text=Not this person")
    page.wait_for_selector("tr[data-event]:has-text('nobody known')")
    assert "by a person" in line.inner_text()
    page.click(".toast button")
    page.wait_for_selector("tr[data-event]:has-text('Grace Hopper')")
    page.click("text=This is…")
    page.fill("dialog input", "LINS")
    page.click("dialog li:has-text('Eileen') button")
    page.wait_for_selector("tr[data-event]:has-text('Eileen Collins')")
    page.goto(f"{console.url}/log/corrections")
    assert page.locator("tbody tr").count() == 2
    page.click("text=Undo…")
    page.click("dialog .danger")
    page.wait_for_selector("tbody .badge:has-text('undone')")
    page.wait_for_selector("tbody .badge.good", state="detached")

    page.goto(f"{console.url}/people?name=commander")
    page.click("text=Commander Collins")
    gone = page.url
    page.click("#merge")
    page.click("dialog li:has-text('Eileen Collins') button")
    page.wait_for_selector("text=Are these two the same person?")
    page.check("#certain")
    page.click("text=Make them one")
    page.wait_for_selector("h1:has-text('Eileen Collins')")
    assert page.locator(".reference").count() == 2
    stays = page.url
    undo = page.locator(".toast button")
    undo.wait_for()
    page.goto(gone)
    page.wait_for_url(f"{stays}?was=merged")

    page.click("#split")
    page.locator("[data-mark=reference]").first.check()
    page.fill("#split-name", "Somebody Else")
    page.click("#split-now")
    page.wait_for_selector(".toast:has-text('Somebody Else was split off')")
    assert page.locator(".reference").count() == 1
    with page.expect_navigation():
        page.click(".toast button")
    page.wait_for_selector(".reference:nth-child(2)")
    page.goto(f"{console.url}/log/corrections?kind=merge&standing=yes")
    page.click("text=Undo…")
    page.click("dialog .danger")
    page.wait_for_selector("text=Nothing was put right")
    page.goto(gone)
    page.wait_for_selector("h1:has-text('Commander Collins')")
    console.machine.visavis("audit", "verify")
