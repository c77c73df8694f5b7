"""The console in a real browser: first sign-in, enrolment by webcam, search, live view, erasure with a receipt."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import httpx
import pytest

from tests.acceptance.conftest import Machine, free_port

playwright = pytest.importorskip("playwright.sync_api", reason="drives the browser")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.models,
    pytest.mark.postgres,
    pytest.mark.enable_socket,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine"),
]
PASSWORD = "correct horse battery"  # noqa: S105
PATIENCE_MS = 60_000


@dataclass(frozen=True)
class Console:
    machine: Machine
    url: str
    token: str


@pytest.fixture
def console(machine: Machine) -> Iterator[Console]:
    port = free_port()
    machine.environment["VISAVIS_CONSOLE__PORT"] = str(port)
    up = machine.visavis("up", "--json").document
    sign_in = up["sign_in"]
    assert isinstance(sign_in, dict)
    process = machine.start("console")
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if httpx.get(f"{url}/sign-in", timeout=5).status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        yield Console(machine, url, sign_in["token"])
    finally:
        process.terminate()
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def webcam(photos: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Somebody who sits still in front of it."""
    import av

    read = cv2.imread(str(photos["hopper"]))
    assert read is not None
    picture = cv2.resize(read, (384, 480))
    frame = cv2.copyMakeBorder(picture, 0, 0, 128, 128, cv2.BORDER_CONSTANT, value=(110, 110, 110))
    target = tmp_path_factory.mktemp("webcam") / "webcam.mjpeg"
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


def test_from_the_first_sign_in_to_an_erasure_with_a_receipt(
    console: Console, webcam: Path, photos: dict[str, Path], tmp_path: Path
) -> None:
    asked: list[str] = []
    problems: list[str] = []
    arguments = [
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={webcam}",
    ]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = browser.new_context(viewport={"width": 1280, "height": 720})
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)

        page.goto(f"{console.url}/sign-in?next=/enrol#{console.token}")
        page.fill("#new", PASSWORD)
        page.fill("#again", PASSWORD)
        page.click("#choose button")
        page.wait_for_url("**/enrol")
        page.fill("#gallery-name", "staff")
        page.fill("#gallery-consent", "access to the building")
        page.click("#make-gallery button")

        page.fill("#name", "Grace Hopper")
        page.click("#start")
        page.wait_for_selector("#shots li")
        assert page.is_disabled("#send"), "without consent nobody is enrolled"
        page.check("#agreed")
        page.click("#send")
        page.wait_for_selector("#done:not([hidden])")
        assert "Grace Hopper is enrolled in staff, with 1 picture." in page.inner_text("#done")

        page.goto(f"{console.url}/live")
        page.wait_for_selector("#state.match")
        second = context.new_page()
        second.goto(f"{console.url}/search")
        second.set_input_files("#file", str(photos["hopper_again"]))
        second.wait_for_selector("#results .badge.match")
        assert "Grace Hopper" in second.inner_text("#results h3")
        page.wait_for_selector("#ticker .badge.match")
        assert "Grace Hopper" in page.inner_text("#ticker")

        page.click("#ticker a")
        page.wait_for_selector("h1:has-text('Grace Hopper')")
        page.click("#ask")
        with page.expect_download() as download:
            page.click("#erase-now")
        receipt = tmp_path / "receipt.json"
        download.value.save_as(receipt)
        page.wait_for_url("**/people")
        page.wait_for_selector("text=Nobody fits.")
        browser.close()
    assert not problems, problems
    assert all(url.startswith((console.url, "blob:", "data:")) for url in asked), asked
    erased = json.loads(receipt.read_text())["receipt"]
    (tmp_path / "signed.json").write_text(json.dumps(erased))
    console.machine.visavis("receipts", "verify", tmp_path / "signed.json")
    console.machine.visavis("audit", "verify")
