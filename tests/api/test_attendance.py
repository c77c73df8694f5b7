"""Attendance over HTTP: plans, reports, corrections, spreadsheets."""

import csv
import io
import uuid
from datetime import datetime, timedelta

import pytest

from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = pytest.mark.anyio
PLAN = {
    "zone": "Europe/Berlin",
    "schedule": "office",
    "cameras": [{"name": "in-1", "direction": "entry"}, {"name": "out-1", "direction": "exit"}],
}
DAY = {"since": "2026-11-16", "until": "2026-11-16"}
BASE = "/v1/galleries/staff/attendance"


@pytest.fixture
async def office(service: Served) -> Served:
    """Ada, whose name a spreadsheet would take for a formula, came at eight and left at half past four."""
    platform = service.platform()
    gallery = await platform.create("staff", pack=platform.models.pack("standard"))
    ada = await platform.subjects.create("=ada", [gallery])
    await platform.subjects.create("bob", [gallery])
    began = datetime.fromisoformat("2026-11-16T08:00+01:00")
    events = [
        Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=began + timedelta(hours=hours),
            recorded_at=began + timedelta(hours=hours),
            gallery_id=gallery.id,
            gallery="staff",
            source=source,
            reference="",
            position=0,
            outcome=Outcome.MATCH,
            subject_id=ada.id,
        )
        for source, hours in (("in-1", 0), ("out-1", 4), ("in-1", 5), ("out-1", 8.5))
    ]
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add(events)
    async with service.client(await service.key()) as client:
        week = {"monday": [{"begins": "08:00", "ends": "12:00"}, {"begins": "13:00", "ends": "17:00"}]}
        await client.put("/v1/schedules/office", json={"zone": "Europe/Berlin"} | week)
        assert (await client.get(f"{BASE}/plan")).json()["code"] == "plan_not_found"
        assert (await client.get(BASE, params=DAY)).json()["code"] == "plan_not_found"
        assert (await client.put(f"{BASE}/plan", json=PLAN)).status_code == 200
    return service


async def test_a_plan_comes_back_as_it_was(office: Served) -> None:
    async with office.client(await office.key()) as client:
        plan = (await client.get(f"{BASE}/plan")).json()
        assert {name: plan[name] for name in PLAN} == PLAN
        assert (plan["day_begins"], plan["require_live"]) == ("00:00", False)
        for wrong in ({"zone": "x"}, PLAN | {"day_begins": "25:00"}, PLAN | {"longest": 1}):
            assert (await client.put(f"{BASE}/plan", json=wrong)).status_code == 422
        missing = await client.put(f"{BASE}/plan", json=PLAN | {"schedule": "none"})
        assert missing.json()["code"] == "schedule_not_found"


async def test_hours_breaks_and_what_does_not_add_up(office: Served) -> None:
    async with office.client(await office.key()) as client:
        report = (await client.get(BASE, params=DAY)).json()
        ada, bob = report["people"]
        (day,) = ada["days"]
        assert (day["first_in"], day["last_out"]) == (
            "2026-11-16T08:00:00+01:00",
            "2026-11-16T16:30:00+01:00",
        )
        assert (day["present_s"], day["breaks"], day["break_s"]) == (27_000, 1, 3600)
        assert (day["irregularities"], day["early_s"]) == (["early"], 1800)
        assert (bob["days"][0]["irregularities"], bob["total"]["absent"]) == (["absent"], 1)
        only = (await client.get(BASE, params=DAY | {"subject_id": ada["subject_id"]})).json()
        assert only["people"] == [ada]
        for wrong in ({}, DAY | {"until": "2026-11-15"}, DAY | {"until": "2028-01-01"}, DAY | {"since": "x"}):
            assert (await client.get(BASE, params=wrong)).status_code == 422
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions[0] == "attendance.reported"


async def test_a_spreadsheet_takes_no_name_for_a_formula(office: Served) -> None:
    async with office.client(await office.key()) as client:
        answer = await client.get(f"{BASE}/export", params=DAY)
        assert answer.headers["content-type"].startswith("text/csv")
        ada, bob = csv.DictReader(io.StringIO(answer.text))
        assert (ada["subject"], ada["hours_present"], ada["early_minutes"]) == ("'=ada", "7.50", "30")
        assert (bob["subject"], bob["irregularities"], bob["first_in"]) == ("bob", "absent", "")


async def test_corrections_are_made_listed_and_undone(office: Served) -> None:
    async with office.client(await office.key()) as client:
        bob = (await client.get(BASE, params=DAY)).json()["people"][1]
        said = {"subject_id": bob["subject_id"], "reason": "He was at the customer's."}
        for kind, at in (("in", "2026-11-16T08:00+01:00"), ("out", "2026-11-16T17:00+01:00")):
            made = await client.post(f"{BASE}/corrections", json=said | {"kind": kind, "at": at})
            assert made.status_code == 201
        (day,) = (await client.get(BASE, params=DAY)).json()["people"][1]["days"]
        assert (day["present_s"], day["irregularities"], day["corrected"]) == (32_400, [], True)
        undone = (await client.post(f"{BASE}/corrections/{made.json()['id']}/undo")).json()
        assert undone["undone_by"] is not None
        listed = (await client.get(f"{BASE}/corrections")).json()["corrections"]
        assert [one["undone_at"] is None for one in listed] == [True, False]
        for wrong, status in (
            (said | {"kind": "in"}, 422),
            (said | {"kind": "ignore", "event_id": str(uuid.uuid4())}, 404),
            (said | {"kind": "in", "at": "2026-11-16T08:00+01:00", "reason": "  "}, 422),
            (said | {"kind": "in", "at": "2026-11-16T08:00+01:00", "subject_id": str(uuid.uuid4())}, 404),
        ):
            assert (await client.post(f"{BASE}/corrections", json=wrong)).status_code == status, wrong
        assert (await client.post(f"{BASE}/corrections/{uuid.uuid4()}/undo")).status_code == 404


async def test_erasing_a_subject_takes_its_corrections_and_the_export_lists_them(office: Served) -> None:
    async with office.client(await office.key()) as client:
        bob = (await client.get(BASE, params=DAY)).json()["people"][1]["subject_id"]
        said = {"subject_id": bob, "kind": "excuse", "at": "2026-11-16T08:00+01:00", "reason": "Leave."}
        await client.post(f"{BASE}/corrections", json=said)
        exported = (await client.get(f"/v1/subjects/{bob}/export")).json()
        assert [one["kind"] for one in exported["attendance"]] == ["excuse"]
        assert exported["passages"] == []
        assert (await client.delete(f"/v1/subjects/{bob}")).status_code == 200
        assert (await client.get(f"{BASE}/corrections")).json()["corrections"] == []


async def test_a_key_of_another_gallery_is_refused(office: Served) -> None:
    key = await office.key(frozenset(Permission), galleries=frozenset({"guests"}))
    async with office.client(key) as client:
        for path in (BASE, f"{BASE}/plan", f"{BASE}/corrections", f"{BASE}/export"):
            days = {} if path.endswith("corrections") else DAY
            assert (await client.get(path, params=days)).status_code == 403
