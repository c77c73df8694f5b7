"""A kiosk that greets whom it knows and nobody else, and many people enrolled from folders, in a real browser."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

from tests.acceptance.browser import MARKS, PASSWORD, Console, chromium, film

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytest.importorskip("playwright.sync_api", reason="drives the browser")

pytestmark = MARKS


def folders(photos: dict[str, Path], where: Path) -> Path:
    """Two people, one of whom has a photo that shows nobody."""
    for name, files in (("Grace Hopper", ["hopper", "hopper_again"]), ("Nobody", ["nobody"])):
        (where / name).mkdir(parents=True)
        for file in files:
            shutil.copy(photos[file], where / name)
    (where / "notes.txt").write_text("left out")
    return where


def test_folders_are_enrolled_and_the_kiosk_greets_whom_it_knows(
    console: Console, webcam: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    with chromium(webcam) as known:
        page = known.page()
        console.sign_in(page, "/enrol")
        page.fill("#gallery-name", "staff")
        page.click("#make-gallery button")
        page.wait_for_selector("#who")
        enrol_folders(page, console, photos, tmp_path)
        kiosk(page, console, "reception")
        assert page.inner_text("#headline") == "Welcome, Grace Hopper"
        page.wait_for_selector("body[data-state=idle]")  # ready for the next
        page.goto(f"{console.url}/log")
        page.wait_for_url("**/sign-in?*")  # the person is signed out, the device is not
        page.goto(f"{console.url}/kiosk")
        page.wait_for_selector("body[data-state=known]")
        assert not known.complaints(console.url)
    read = cv2.imread(str(photos["collins"]))
    assert read is not None
    with chromium(film(read, tmp_path / "stranger.mjpeg")) as stranger:
        page = stranger.page((800, 1200), dark=True)
        page.goto(f"{console.url}/sign-in?next=/log")
        page.fill("#login", "owner")
        page.fill("#password", PASSWORD)
        page.click("#sign button")
        page.wait_for_url(f"{console.url}/log")
        assert "reception" in page.inner_text("main")
        kiosk(page, console, "desk")
        assert page.inner_text("#headline") == "You are not known here"
        assert "Hopper" not in page.content()
        assert not stranger.complaints(console.url)


def enrol_folders(page: "Page", console: Console, photos: dict[str, Path], tmp_path: Path) -> None:
    page.goto(f"{console.url}/enrol/many")
    page.set_input_files("#folder", str(folders(photos, tmp_path / "people")))
    page.wait_for_selector("#preview:not([hidden])")
    assert page.inner_text("#found") == "2 people, 3 photos. 1 other file is left out."
    page.click("#send")
    page.wait_for_url("**/jobs/*")
    page.wait_for_selector("#fresh:not([data-running])")
    refused = page.inner_text("main tbody")
    assert "nobody.png" in refused
    assert "No face was found" in refused
    with page.expect_download() as download:
        page.click("text=Report (CSV)")
    download.value.save_as(tmp_path / "report.csv")
    lines = (tmp_path / "report.csv").read_text().splitlines()
    assert sum(",done," in line for line in lines) == 2
    assert sum("no_face" in line for line in lines) == 1


def kiosk(page: "Page", console: Console, name: str) -> None:
    """Makes the device one, and waits for what it says."""
    page.goto(f"{console.url}/kiosk/set-up")
    page.fill("#name", name)
    page.click("#set-up button.main")
    page.wait_for_url("**/kiosk")
    page.wait_for_selector("body[data-state=known], body[data-state=unknown], body[data-state=refused]")
