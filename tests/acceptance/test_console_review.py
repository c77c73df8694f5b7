"""What the machine leaves open is decided by two people in the console, each without knowing of the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.acceptance.browser import MARKS, PASSWORD, Console, Driven

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = MARKS

# Nobody can be sure of anybody here: a stranger who resembles somebody a little is left to people already.
POLICY = {
    "fpir": 5e-4,
    "band": 1000,
    "keep": "sample",
    "event_pictures": "face",
    "reviewers": 2,
}


@contextmanager
def owner_of(console: Console) -> Iterator[httpx.Client]:
    """The owner's session, without a browser."""
    with httpx.Client(base_url=console.url, timeout=60) as client:
        given = {"token": console.token, "password": PASSWORD}
        answer = client.post("/v1/auth/one-time", json=given).raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


def a_case(owner: httpx.Client, photos: dict[str, Path]) -> str:
    """Somebody who is a little like Grace Hopper, and is not her."""
    owner.post("/v1/galleries", json={"name": "staff", "policy": POLICY}).raise_for_status()
    known = {"image": photos["hopper"].read_bytes()}
    owner.post(
        "/v1/galleries/staff/enrol", params={"subject": "Grace Hopper"}, files=known
    ).raise_for_status()
    seen = {"image": photos["collins"].read_bytes()}
    answer = owner.post(
        "/v1/galleries/staff/identify", params={"source": "gate"}, files=seen
    ).raise_for_status()
    said = answer.json()
    assert said["faces"][0]["decision"]["outcome"] == "inconclusive"
    event: str = said["event_ids"][0]
    return event


def reviewer(owner: httpx.Client, console: Console, driven: Driven, login: str) -> "Page":
    """Signed in for the first time, before what waits."""
    made = owner.post("/v1/users", json={"login": login, "role": "reviewer"}).raise_for_status().json()
    page = driven.page()
    page.goto(f"{console.url}/sign-in?next=/review#{made['sign_in']['token']}")
    page.fill("#new", PASSWORD)
    page.fill("#again", PASSWORD)
    page.click("#choose button")
    page.wait_for_selector("#question")
    return page


def test_two_people_decide_what_was_left_open(
    console: Console, driven: Driven, photos: dict[str, Path], tmp_path: Path
) -> None:
    pytest.importorskip("playwright.sync_api", reason="drives the browser")
    with owner_of(console) as owner:
        event = a_case(owner, photos)
        first = reviewer(owner, console, driven, "ruth@example.org")
        assert "Is this Grace Hopper?" in first.inner_text("#question")
        first.wait_for_function(
            "[...document.querySelectorAll('.face img')].every(one => one.naturalWidth > 0)"
        )
        assert first.locator(".face img").count() == 2
        first.keyboard.press("1")
        first.click("#take-back")
        first.wait_for_selector("#decide")
        first.fill("#reason", "another nose")
        first.focus("#main")
        first.keyboard.press("2")
        first.wait_for_selector("text=Nothing waits for you.")

        second = reviewer(owner, console, driven, "omar@example.org")
        assert "another nose" not in second.content()
        second.click("[data-verdict=non_match]")
        second.wait_for_selector("text=Nothing waits for you.")
        second.goto(f"{console.url}/review/decided")
        assert "another nose" in second.inner_text("table")

        second.goto(f"{console.url}/log")
        line = second.locator(f"tr[data-event='{event}']")
        assert "by a person; machine: left open" in line.inner_text()
        line.locator("a").first.click()
        second.wait_for_url(f"**/events/{event}")
        assert second.locator(".opinions .badge.non_match").count() == 2
        with second.expect_download() as download:
            second.click("a[download]")
        download.value.save_as(tmp_path / "event.json")
        assert '"verdict": "non_match"' in (tmp_path / "event.json").read_text()
        said = owner.get("/v1/audit", params={"limit": 100}).json()
        actions = [one["action"] for one in said["entries"]]
        assert actions.count("event.opinion") == 3
        assert actions.count("event.reviewed") == 1
