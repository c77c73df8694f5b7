"""The pages of alerts, attendance, doors and visitors: what they say, to whom, and of odd input."""

import uuid
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
import pytest

from tests.api.test_alerts import kept
from tests.console.conftest import Desk
from tests.contract.making import START, a_subject, an_event
from tests.contract.store_alerts import an_alert
from visavis.domain.access import Role
from visavis.domain.alert_kinds import AlertState
from visavis.domain.camera import Direction
from visavis.domain.gallery import Purpose
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio

HOOK = {"name": "<b>guard</b>", "target": {"kind": "mqtt", "host": "broker.example.org"}}


async def made(browser: httpx.AsyncClient, path: str, body: object, method: str = "POST") -> dict[str, str]:
    answer = await browser.request(method, path, json=body)
    assert answer.status_code in (200, 201), answer.text
    found: dict[str, str] = answer.json()
    return found


async def test_open_alerts_are_listed_first_and_acknowledged_by_name(desk: Desk) -> None:
    done = an_alert(state=AlertState.RESOLVED, source="yard", key="track:2")
    alert = an_alert(text="<i>odd</i>")
    await kept(desk.service, alert, done)
    async with desk.browser(Role.OPERATOR) as operator:
        page = (await operator.get("/alerts")).text
        assert f"alert-{alert.id}" in page
        assert f"alert-{done.id}" not in page
        assert "<i>odd" not in page
        assert "/alerts/deliveries" not in page, "messages belong to those who make channels"
        assert f"alert-{done.id}" in (await operator.get("/alerts?state=")).text
        await made(
            operator, f"/v1/alerts/{alert.id}", {"state": "acknowledged", "note": "on my way"}, "PATCH"
        )
        card = unescape((await operator.get(f"/alerts/{alert.id}/card")).text)
        assert "Looked after · you: “on my way”" in card
        assert 'data-change="open"' in card
        whole = await operator.get(f"/alerts/{alert.id}")
        assert "No line of the detection log" in whole.text
        assert (await operator.get(f"/alerts/{uuid.uuid4()}")).status_code == 404
    async with desk.browser(Role.AUDITOR) as auditor:
        assert "data-change" not in (await auditor.get("/alerts?state=")).text


async def test_a_rule_is_read_back_in_a_sentence(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        await made(owner, "/v1/galleries", {"name": "banned"})
        channel = (await made(owner, "/v1/channels", HOOK))["channel"]
        days = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
        nights = {"zone": "Europe/Berlin", **{day: ["22:00-06:00"] for day in days}}
        rule = {
            "name": "at night",
            "condition": {"galleries": ["banned"], "when": nights},
            "effects": {"channels": [channel["id"]], "dedupe_s": 600},  # type: ignore[index]
        }
        said = (
            "When somebody of ‘banned’ is recognised at any camera between 22:00 and 06:00 (Europe/Berlin), "
            "tell ‘<b>guard</b>’, at most every 10 min."
        )
        answer = await owner.post("/alerts/sentence", json=rule)
        assert answer.text == said
        assert answer.headers["content-type"].startswith("text/plain")
        assert (await owner.post("/alerts/sentence", json={"name": "x"})).status_code == 422
        kept_rule = await made(owner, "/v1/alert-rules", rule)
        page = (await owner.get("/alerts/rules")).text
        assert said in unescape(page)
        assert "<b>guard" not in page
        form = (await owner.get(f"/alerts/rules/{kept_rule['id']}")).text
        assert 'value="22:00"' in form
        assert form.count("checked") >= len(days) + 3
    async with desk.browser(Role.OPERATOR) as operator:
        listed = (await operator.get("/alerts/rules")).text
        assert "data-ask" not in listed
        assert (await operator.get("/alerts/rules/new")).status_code == 403


async def test_channels_show_what_became_of_messages_to_those_who_manage_them(desk: Desk) -> None:
    async with desk.browser(Role.ADMINISTRATOR) as administrator:
        assert "No channel yet" in (await administrator.get("/alerts/channels")).text
        await made(administrator, "/v1/channels", HOOK)
        page = (await administrator.get("/alerts/channels")).text
        assert "mqtts://broker.example.org" in page
        assert "data-test" in page
        assert "was sent yet" in (await administrator.get("/alerts/deliveries")).text
    async with desk.browser(Role.REVIEWER) as reviewer:
        page = (await reviewer.get("/alerts/channels")).text
        assert "data-test" not in page
    async with desk.browser(Role.INTEGRATOR) as integrator:
        assert (await integrator.get("/alerts")).status_code == 403


async def attended(desk: Desk, browser: httpx.AsyncClient) -> str:
    """Somebody came at nine and left at five; her identifier."""
    platform = desk.service.platform()
    gallery = await platform.create(
        "staff", pack=platform.models.pack("standard"), purpose=Purpose.ATTENDANCE
    )
    ada = a_subject("Ada & Co")
    at = START.replace(hour=9, minute=0)
    seen = [
        replace(
            an_event(gallery, subject=ada),
            captured_at=at + timedelta(hours=later),
            source=source,
            direction=direction,
            seen_until=None,
        )
        for later, source, direction in ((0, "in", Direction.ENTRY), (8, "out", Direction.EXIT))
    ]
    async with desk.service.store.transaction(DEFAULT_TENANT) as work:
        await work.subjects.add(ada)
        await work.subjects.join(gallery.id, ada.id)
        await work.events.add(seen)
    cameras = [{"name": "in", "direction": "entry"}, {"name": "out", "direction": "exit"}]
    await made(
        browser, "/v1/galleries/staff/attendance/plan", {"zone": "Europe/Berlin", "cameras": cameras}, "PUT"
    )
    return str(ada.id)


async def test_attendance_by_day_week_month_and_person(desk: Desk) -> None:
    day = START.date().isoformat()
    async with desk.browser(Role.OWNER) as owner:
        assert "no gallery yet" in (await owner.get("/attendance")).text
        ada = await attended(desk, owner)
        for view in ("day", "week", "month", "odd"):
            page = unescape((await owner.get(f"/attendance?view={view}&day={day}")).text)
            assert "Ada & Co" in page
            assert "8.0" in page
        assert "10:00" in (await owner.get(f"/attendance?view=day&day={day}")).text, "in the plan's zone"
        address = f"/attendance/person?gallery=staff&subject={ada}&seen={day}"
        person = (await owner.get(address)).text
        assert person.count("data-ignore") == 2
        correction = {"subject_id": ada, "kind": "excuse", "at": f"{day}T12:00:00Z", "reason": "<u>Leave"}
        noted = await made(owner, "/v1/galleries/staff/attendance/corrections", correction)
        corrected = (await owner.get(address)).text
        assert f"corrections/{noted['id']}/undo" in corrected
        assert "<u>Leave" not in corrected
        assert 'name="day_begins"' in (await owner.get("/attendance/plan?gallery=staff")).text
        assert (await owner.get("/attendance?day=yesterday&gallery=none")).status_code == 200
    async with desk.browser(Role.AUDITOR) as auditor:
        page = (await auditor.get(address)).text
        assert "data-correct" not in page
        assert (await auditor.get("/attendance/plan")).status_code == 403
    async with desk.browser(Role.REVIEWER) as reviewer:
        assert (await reviewer.get("/attendance")).status_code == 403


async def test_doors_are_said_in_words_and_schedules_drawn(desk: Desk) -> None:
    night = [{"begins": "22:00", "ends": "06:00"}]
    async with desk.browser(Role.OWNER) as owner:
        assert "There is no door yet" in (await owner.get("/access")).text
        await made(owner, "/v1/galleries", {"name": "staff"})
        await made(owner, "/v1/schedules/nights & days", {"zone": "Europe/Berlin", "friday": night}, "PUT")
        door = {
            "gallery": "staff",
            "rules": [{"name": "x", "schedule": "nights & days"}],
            "require_live": True,
        }
        await made(owner, "/v1/doors/front", door, "PUT")
        page = unescape((await owner.get("/access")).text)
        assert "Everybody of ‘staff’ while ‘nights & days’ is open." in page
        assert "nobody passes" in page
        assert "Nobody came yet" in page
        one = unescape((await owner.get("/access/doors/front?outcome=odd&since=x")).text)
        assert one.count('class="open"') == 2, "the evening, and the morning after"
        assert "data-door" in one
        assert 'selected value="nights & days"' in unescape(
            (await owner.get("/access/doors/front/edit")).text
        )
        assert (await owner.get("/access/doors/back")).status_code == 404
        assert "22:00–06:00" in (await owner.get("/access/schedules")).text
        assert 'value="22:00"' in (await owner.get("/access/schedule?name=nights %26 days")).text
        assert (await owner.get("/access/schedule?name=none")).status_code == 404
        for state in ("closed", "open"):
            await made(owner, "/v1/doors/front/state", {"state": state})
        assert "The door was opened, and nobody had been let in." in (await owner.get("/access/latest")).text
    async with desk.browser(Role.OPERATOR) as operator:
        page = (await operator.get("/access/doors/front")).text
        assert "Remove" not in page
        assert "Would this person get in?" in page
        assert (await operator.get("/access/new")).status_code == 403


async def test_visitors_are_counted_and_drawn(desk: Desk) -> None:
    async with desk.browser(Role.OWNER) as owner:
        assert "No gallery counts visitors yet" in (await owner.get("/visitors")).text
        platform = desk.service.platform()
        gallery = await platform.create(
            "shop", pack=platform.models.pack("standard"), purpose=Purpose.VISITORS
        )
        ada = a_subject("Ada")
        seen = [
            replace(
                an_event(gallery, subject=ada),
                captured_at=START + timedelta(minutes=later),
                seen_until=START + timedelta(minutes=later, seconds=30),
                site="Kiel",
                zone=zone,
                source=zone,
            )
            for later, zone in ((0, "door"), (5, "<till>"), (2880, "door"))
        ]
        async with desk.service.store.transaction(DEFAULT_TENANT) as work:
            await work.subjects.add(ada)
            await work.events.add(seen)
        first, last = START.date(), (START + timedelta(days=2)).date()
        query = f"since={first}&until={last}"
        page = (await owner.get(f"/visitors?{query}")).text
        assert "Ada" not in page.replace("Adapt", ""), "names are not shown unless the policy allows it"
        assert "<till>" not in page
        assert "seen before" in page
        assert "5–10: 1" in page, "five and a half minutes"
        more = f"/visitors/visits?gallery=shop&{query}&before={(START + timedelta(days=1)).isoformat()}"
        rows = (await owner.get(more.replace("+", "%2B"))).text
        assert rows.count("<tr") == 1
        assert "Nobody came" in (await owner.get("/visitors?since=2001-01-01&until=2001-01-02")).text
        assert (await owner.get("/visitors?since=x&until=9999-12-31&zone=none&before=y")).status_code == 200
    async with desk.browser(Role.OPERATOR) as operator:
        assert "visits/export" not in (await operator.get(f"/visitors?{query}")).text
