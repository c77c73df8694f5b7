"""The first steps of an owner, and the overview: what is counted, what waits, and for whom."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.api.test_events import log
from tests.console.conftest import Desk
from tests.contract.making import a_subject
from visavis.application.ports.events import EventFilter
from visavis.console.clock import COOKIE
from visavis.domain.access import Role
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio


def _at(event: Event, number: int, moment: datetime, outcome: Outcome | None = None) -> Event:
    """The same at another time."""
    return replace(
        event,
        id=EventId(uuid.uuid4()),
        reference=f"later {number}",
        captured_at=moment,
        recorded_at=moment,
        outcome=outcome or event.outcome,
    )


async def test_an_owner_is_led_through_the_first_steps(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        owner.cookies.delete("visavis_later")
        first = await owner.get("/")
        assert (first.status_code, first.headers["location"]) == (303, "/welcome")
        page = (await owner.get("/welcome")).text
        assert "How strict?" in page
        assert "1 in 10,000 strangers" in page
        assert 'value="watchlist"' in page
        body = {"name": "front & back", "purpose": "access", "policy": {"fpir": 1e-4, "consent": "entry"}}
        assert (await owner.post("/v1/galleries", json=body)).status_code == 201
        page = (await owner.get("/welcome")).text
        assert "Whom shall it recognise?" in page
        assert "front &amp; back" in page
        assert "gallery=front+%26+back" in page or "gallery=front%20%26%20back" in page
        assert "Setting up is not finished" in (await owner.get("/")).text
        subject, gallery = a_subject("Ada"), await desk.service.platform().gallery("front & back")
        async with desk.service.store.transaction(DEFAULT_TENANT) as work:
            await work.subjects.add(subject)
            await work.subjects.join(gallery.id, subject.id)
        done = await owner.get("/welcome")
        assert (done.status_code, done.headers["location"]) == (303, "/")
        assert "Setting up is not finished" not in (await owner.get("/")).text


async def test_first_steps_can_wait_and_are_not_for_everybody(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        assert (await owner.get("/")).status_code == 200
    async with desk.browser(Role.REVIEWER) as reviewer:
        reviewer.cookies.delete("visavis_later")
        page = await reviewer.get("/")
        assert page.status_code == 200
        assert "No face was seen yet" in page.text
        assert "/enrol" not in page.text
        assert (await reviewer.get("/welcome")).status_code == 403


async def test_the_last_day_in_figures(desk: Desk) -> None:
    gallery = await desk.staff()
    await log(desk.service, 6)
    now = datetime.now(UTC)
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        found = await work.events.page(EventFilter())
        recent = [
            _at(event, number, now - timedelta(hours=2 * number, minutes=1))
            for number, event in enumerate(found, 1)
        ]
        await work.events.add(recent)
    assert gallery.name == "staff"
    async with desk.browser(Role.OPERATOR) as operator:
        operator.cookies.set(COOKIE, "Asia%2FKolkata")
        page = (await operator.get("/")).text
        assert "Times of Asia/Kolkata" in page
        assert 'href="/log?outcome=match"' in page
        assert "recognised, by hour; at most" in page
        assert "1 in 1,000" in page
        assert "from picture to template" not in page, "an operator may not read the figures of the process"
        operator.cookies.set(COOKIE, "../../etc/passwd")
        assert "Times of UTC" in (await operator.get("/")).text


async def test_what_waits_is_named(desk: Desk) -> None:
    await desk.staff()
    await log(desk.service, 1)
    now = datetime.now(UTC)
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        (event,) = await work.events.page(EventFilter())
        await work.events.add([_at(event, 7, now - timedelta(minutes=5), Outcome.INCONCLUSIVE)])
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/")).text
        assert "1 decision of the last two days waits for a person." in page
        assert 'href="/review"' in page
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get("/")).text
        assert '<a href="/log?outcome=inconclusive">1 decision of the last two days waits' in page


async def test_what_the_sign_in_offers(desk: Desk) -> None:
    async with desk.browser() as stranger:
        assert (await stranger.get("/v1/auth/ways")).json() == {"password": True, "provider": False}
        page = (await stranger.get("/sign-in")).text
        assert "visavis users sign-in owner" in page
