"""A camera is added in the console: an agent is invited, the camera tried, an area drawn, the agent told."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import pytest

from tests.acceptance.browser import MARKS, Console, Driven
from tests.acceptance.conftest import Machine

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS
LOGIN = "viewer:hidden-word"


@pytest.fixture
def machine(machine: Machine) -> Machine:
    """The camera of this test is on this machine."""
    machine.environment["VISAVIS_CAMERAS__TRIAL_NETWORKS"] = "127.0.0.0/8"
    return machine


@pytest.fixture
def camera(photos: dict[str, Path]) -> Iterator[str]:
    """Motion JPEG over HTTP, of somebody who stands still; its address."""
    picture = cv2.imread(str(photos["hopper"]))
    assert picture is not None
    shown = cv2.copyMakeBorder(cv2.resize(picture, (512, 640)), 40, 40, 384, 384, cv2.BORDER_CONSTANT)
    content = cv2.imencode(".jpg", shown)[1].tobytes()

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "multipart/x-mixed-replace; boundary=part")
            self.end_headers()
            head = b"--part\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % len(content)
            try:
                while not ending.wait(0.05):
                    self.wfile.write(head + content + b"\r\n")
            except OSError:
                return

        def log_message(self, *_: object) -> None: ...

    ending = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://{LOGIN}@127.0.0.1:{server.server_port}/video"
        ending.set()
        server.shutdown()
        thread.join()


def test_a_camera_is_tried_drawn_on_and_given_to_an_agent(
    console: Console, driven: Driven, camera: str, tmp_path: Path
) -> None:
    machine = console.machine
    machine.visavis("galleries", "create", "staff")
    page = driven.page()
    console.sign_in(page, "/cameras/agents")
    page.click(".actions >> text=Invite an agent")
    page.fill("#agent-name", "lobby")
    page.click("#invite-form button.main")
    page.wait_for_selector("#invited:not([hidden])")
    command = page.inner_text("#command")
    token = command.split("--enrol ")[1].split()[0]
    url = command.split('url = "')[1].split('"')[0]
    own = tmp_path / "camera.toml"
    own.write_text(f'state = "{tmp_path / "state"}"\n[server]\nurl = "{url}"\n')
    machine.visavis("edge", "--config", own, "--enrol", token)
    page.click("#invited-done")
    page.wait_for_selector("td >> text=lobby")

    page.goto(f"{console.url}/cameras/new")
    page.fill("#address", camera)
    page.click("#test button.main")
    page.wait_for_selector("#seen:not([hidden])")
    assert "1280×720" in page.inner_text("#facts")
    assert "quality" in page.inner_text("#faces")
    _draw(page)
    page.fill("#details [name=name]", "door-1")
    page.fill("#details [name=zone]", "Lobby")
    page.select_option("#details [name=snapshots]", "blurred")
    page.click("#details button.main")
    page.wait_for_url("**/cameras/at/door-1")
    assert "being set up" in page.inner_text("h1") or "agent silent" in page.inner_text("h1")
    assert page.input_value("#address").startswith("http://***@127.0.0.1")
    assert "hidden-word" not in page.content()
    page.goto(f"{console.url}/cameras")
    page.wait_for_selector(".camera >> text=door-1")

    agent: Any = machine.visavis("agents", "show", "lobby", "--json").document["agent"]
    workload = agent["workload"]
    (told,) = workload["cameras"]
    assert (workload["gallery"], told["id"], told["reader"]) == ("staff", "door-1", "mjpeg")
    assert told["snapshots"] == "blurred"
    ((left_top, right_top, _, _),) = told["region"]
    assert left_top == pytest.approx([0.26, 0.2], abs=0.03)
    assert right_top[0] == pytest.approx(0.7, abs=0.03)
    (place,) = cast(
        "list[dict[str, str]]", machine.visavis("cameras", "show", "door-1", "--json").document["cameras"]
    )
    assert place["zone"] == "Lobby"
    _two_at_once(page, console.url, agent["id"], driven)


def _two_at_once(page: "Page", url: str, agent: str, driven: Driven) -> None:
    """What one saved while another looked is not overwritten, and the other is told so."""
    other = page.context.new_page()
    for one in (page, other):
        one.goto(f"{url}/cameras/agents/{agent}")
    other.select_option("#workload [name=split]", "crops")
    other.click("#workload button.main")
    other.wait_for_selector("#workload[data-version='2']")
    page.select_option("#workload [name=detector]", "mtcnn")
    page.click("#workload button.main")
    page.wait_for_selector("#workload .problem:has-text('Somebody else saved version 2')")
    assert page.input_value("#workload [name=detector]") == "mtcnn"
    page.reload()
    assert page.input_value("#workload [name=split]") == "crops"
    page.select_option("#workload [name=detector]", "mtcnn")
    page.click("#workload button.main")
    page.wait_for_selector("#workload[data-version='3']")
    assert page.input_value("#workload [name=split]") == "crops"

    for one in (page, other):
        one.goto(f"{url}/cameras/at/door-1")
    other.fill("#place-form [name=zone]", "Hall")
    other.click("#place-form button.main")
    other.wait_for_selector(".toast:has-text('Saved')")
    driven.tolerated.append("status of 412")
    page.fill("#place-form [name=zone]", "Yard")
    page.click("#place-form button.main")
    page.wait_for_selector("#place-form .problem:has-text('changed since it was read. Load the page again')")
    other.fill("#place-form [name=zone]", "Great hall")
    other.click("#place-form button.main")
    other.wait_for_selector(".toast:has-text('Saved') ~ .toast:has-text('Saved')")


def _draw(page: "Page") -> None:
    """A rectangle with the mouse; its first corner then moves with the arrow keys."""
    stage = page.locator(".stage")
    stage.scroll_into_view_if_needed()
    frame = stage.bounding_box()
    assert frame is not None
    x, y = frame["x"], frame["y"]
    page.mouse.move(x + 0.2 * frame["width"], y + 0.2 * frame["height"])
    page.mouse.down()
    page.mouse.move(x + 0.5 * frame["width"], y + 0.5 * frame["height"])
    page.mouse.move(x + 0.7 * frame["width"], y + 0.8 * frame["height"])
    page.mouse.up()
    assert page.locator(".handles button").count() == 4
    page.locator(".handles button").first.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowRight")
    assert "26 % from the left" in str(page.locator(".handles button").first.get_attribute("aria-label"))
