"""A real browser before a console: what it asks elsewhere and what its pages complain about fails the test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Chromium
    from playwright.sync_api import BrowserContext, Page

    from tests.acceptance.conftest import Machine

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
MARKS = [
    pytest.mark.models,
    pytest.mark.postgres,
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
PASSWORD = "correct horse battery"  # noqa: S105
PATIENCE_MS = 60_000
PHONE = (390, 844)


@dataclass(frozen=True)
class Console:
    """An installation with its console; `token` is the one of the owner's first sign-in."""

    machine: "Machine"
    url: str
    token: str

    def sign_in(self, page: "Page", then: str = "/") -> None:
        first_sign_in(page, self.url, self.token, then)


def first_sign_in(page: "Page", url: str, token: str, then: str = "/") -> None:
    """The owner's first time: chooses her password by the one-time link, and arrives at `then`."""
    page.goto(f"{url}/sign-in?next={then}#{token}")
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("#choose button.main")
    page.wait_for_url(f"{url}{then}")


@dataclass
class Driven:
    """Chromium whose webcam shows somebody. `tolerated` are parts of complaints that the test provokes, such as
    `status of 409`."""

    chromium: "Chromium"
    asked: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    tolerated: list[str] = field(default_factory=list)

    def context(self, size: tuple[int, int] = (1280, 720), *, dark: bool = False) -> "BrowserContext":
        """A fresh visitor, without anybody's cookies."""
        made = self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        made.set_default_timeout(PATIENCE_MS)
        made.on("page", self._listen)
        return made

    def page(self, size: tuple[int, int] = (1280, 720), *, dark: bool = False) -> "Page":
        return self.context(size, dark=dark).new_page()

    def _listen(self, page: "Page") -> None:
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: self.problems.append(said.text) if said.type == "error" else None)

    def complaints(self, url: str) -> list[str]:
        """What a page complained about, and requests elsewhere than to `url`."""
        own = (url, "blob:", "data:", "about:")
        said = [one for one in self.problems if not any(part in one for part in self.tolerated)]
        return said + [f"asked elsewhere: {one}" for one in self.asked if not one.startswith(own)]


@contextmanager
def chromium(webcam: Path | None = None) -> Iterator[Driven]:
    """`webcam` is a motion-JPEG film of what the camera sees."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu"]
    if webcam is not None:
        arguments += [
            "--use-fake-ui-for-media-stream",
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-video-capture={webcam}",
        ]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        try:
            yield Driven(browser)
        finally:
            browser.close()


def film(picture: Any, target: Path) -> Path:
    """Somebody who sits still before a webcam: a BGR picture as two seconds of motion JPEG, 640 × 480."""
    import av

    frame = cv2.copyMakeBorder(
        cv2.resize(picture, (384, 480)), 0, 0, 128, 128, cv2.BORDER_CONSTANT, value=(110, 110, 110)
    )
    with av.open(str(target), "w", format="mjpeg") as container:
        stream = container.add_stream("mjpeg", rate=15)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuvj420p"
        stream.options = {"q:v": "3"}
        for _ in range(30):
            for packet in stream.encode(av.VideoFrame.from_ndarray(frame, format="bgr24")):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target
