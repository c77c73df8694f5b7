"""In the console: a channel and a rule are made, somebody is seen, the alert arrives on the page and at the channel."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.acceptance.browser import MARKS, PATIENCE_MS, Console, Driven
from tests.acceptance.conftest import Machine

pytestmark = MARKS
ONE_WAITS, NONE_WAITS = re.compile(r"^\(1\) Alerts"), re.compile("^Alerts")
TONES = """
    const start = OscillatorNode.prototype.start;
    let tones = 0;
    OscillatorNode.prototype.start = function (...when) {
        document.documentElement.dataset.tones = ++tones;
        return start.apply(this, when);
    };
"""


@pytest.fixture
def machine(machine: Machine) -> Machine:
    """The endpoint of this test is on this machine."""
    machine.environment["VISAVIS_WEBHOOKS__ALLOW_HTTP"] = "true"
    machine.environment["VISAVIS_WEBHOOKS__ALLOW_HOSTS"] = "127.0.0.1"
    return machine


@dataclass
class Endpoint:
    """Takes what it is sent."""

    url: str = ""
    bodies: list[dict[str, object]] = field(default_factory=list)


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    kept = Endpoint()

    class Taking(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            kept.bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Taking) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        kept.url = f"http://127.0.0.1:{server.server_port}/alerts"
        yield kept
        server.shutdown()
        thread.join()


def test_a_rule_that_is_made_in_the_console_tells_of_whom_it_waits_for(
    console: Console, driven: Driven, photos: dict[str, Path], endpoint: Endpoint
) -> None:
    from playwright.sync_api import expect

    expect.set_options(timeout=PATIENCE_MS)
    console.machine.visavis("enrol", "Grace Hopper", photos["hopper"], "--gallery", "banned", "--create")
    page = driven.page()
    console.sign_in(page, "/alerts/channels")
    page.click("text=Add a channel")
    page.fill("#channel-name", "guard post")
    page.select_option("#kind", "webhook")
    page.fill("#url", endpoint.url)
    page.click("#new-channel button.main")
    page.wait_for_selector("#secret-text:visible")
    assert len(page.inner_text("#secret-text")) >= 16
    page.click("#secret-done")
    page.click("text=Send a test")
    page.wait_for_selector(".outcome.good")
    assert len(endpoint.bodies) == 1

    page.goto(f"{console.url}/alerts/rules/new")
    page.fill("#name", "watchlist")
    page.check("input[name='condition.galleries'][value=banned]")
    page.check("text=guard post")
    page.select_option("#severity", "critical")
    said = "When somebody of ‘banned’ is recognised at any camera, tell ‘guard post’, at most every 5 min."
    page.wait_for_selector(f"#sentence:has-text('{said}')")
    page.click("text=Save the rule")
    page.wait_for_selector(f".rule:has-text('{said}')")

    page.add_init_script(TONES)
    page.goto(f"{console.url}/alerts")
    page.wait_for_selector("#follow.good")
    page.wait_for_selector("#sound[data-on=false]:has-text('Sound is off')")
    assert page.evaluate("localStorage.getItem('alert-sound')") is None
    expect(page).to_have_title(NONE_WAITS)
    page.click("#sound")
    page.wait_for_selector("#sound[data-on=true]:has-text('Sound is on')")
    page.wait_for_selector("html[data-tones='2']", state="attached")
    page.reload()
    page.wait_for_selector("#follow.good")
    page.wait_for_selector("#sound[data-on=true]")
    page.click("h1")  # browsers are silent before
    page.wait_for_selector("#sound span:text-is('Sound is on')")
    assert not page.locator("html[data-tones]").count()
    console.machine.visavis("identify", photos["hopper_again"], "--gallery", "banned")
    alert = page.wait_for_selector(".alert.open:has-text('Grace Hopper')")
    assert alert is not None
    page.wait_for_selector("html[data-tones='3']", state="attached")
    expect(page).to_have_title(ONE_WAITS)
    page.click(".alert button:has-text('Acknowledge')")
    page.fill("#note", "on my way")
    page.keyboard.press("Enter")
    page.wait_for_selector(".alert.acknowledged:has-text('on my way')")
    assert "you" in page.inner_text(".alert .said")
    expect(page).to_have_title(NONE_WAITS)
    page.click(".alert button:has-text('Undo')")
    page.wait_for_selector(".alert.open")
    expect(page).to_have_title(ONE_WAITS)
    assert page.locator("html[data-tones='3']").count(), "what was known makes no sound"

    page.click(".alert .title")
    page.wait_for_selector("#evidence + .scroll a")
    page.wait_for_selector("#told ~ .scroll .badge.good:has-text('delivered')")
    told = endpoint.bodies[-1]
    assert told["schema"] == "visavis.alert/1"
    assert "Grace Hopper" not in json.dumps(told), "the channel may not carry names"
