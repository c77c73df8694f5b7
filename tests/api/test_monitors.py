"""Monitors of drift over HTTP: look, accept, who sees what; and drift as figures."""

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.api.serving import Served
from tests.contract.making import START
from visavis.application.watch_drift import Watching
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.domain.drift import MonitorId
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.observation import Observation
from visavis.domain.subject import DEFAULT_TENANT
from visavis.evaluation.drift import Rule

pytestmark = pytest.mark.anyio
RULE = Rule(reference=200, window=20)


async def capture(service: Served, gallery: str, source: str, count: int, brightness: float) -> None:
    """Captures that spread a little around this brightness."""
    place = await service.platform().gallery(gallery)
    events = [
        Event(
            id=EventId(uuid.uuid4()),
            kind=EventKind.IDENTIFIED,
            captured_at=START + timedelta(seconds=number),
            recorded_at=START + timedelta(seconds=number),
            gallery_id=place.id,
            gallery=gallery,
            source=source,
            reference="",
            position=0,
            outcome=Outcome.NON_MATCH,
            observed=Observation(brightness=brightness + 7 * (number % 10)),
        )
        for number in range(count)
    ]
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add(events)
    await replace(service.platform().watch_drift, watching=Watching(rule=RULE))()


@pytest.fixture
async def drifted(service: Served) -> Served:
    """The camera gate of staff became darker, that of guests did not."""
    platform = service.platform()
    for name in ("guests", "staff"):
        await platform.create(name, pack=platform.models.pack("standard"))
        await capture(service, name, "gate", 240, 120)
    await capture(service, "staff", "gate", 40, 40)
    return service


async def test_an_alarm_says_what_changed_and_ends_when_it_is_accepted(drifted: Served) -> None:
    async with drifted.client(await drifted.key()) as client:
        listed = (await client.get("/v1/monitors")).json()["monitors"]
        assert [(one["gallery"], one["source"], one["state"]) for one in listed] == [
            ("guests", "gate", "learning"),
            ("staff", "gate", "alarm"),
        ], "the setting asks for a longer reference than this test"
        assert (await client.get("/v1/monitors", params={"alarm": True})).json()["monitors"] == listed[1:]
        path = f"/v1/monitors/{listed[1]['id']}"
        found = (await client.get(path)).json()
        (signal,) = [one for one in found["signals"] if one["state"] == "alarm"]
        assert signal["signal"] == "brightness"
        assert signal["text"].startswith("Faces from gate are darker than in the reference")
        assert signal["advice"]
        (histogram,) = [one for one in found["histograms"] if one["signal"] == "brightness"]
        assert (sum(histogram["reference"]), sum(histogram["window"])) == (200, 20)
        assert len(histogram["edges"]) == len(histogram["reference"]) + 1
        accepted = (await client.post(f"{path}/accept")).json()
        assert (accepted["state"], accepted["pinned"], accepted["alarm_since"]) == ("learning", True, None)
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions[0] == "drift.accepted"
        assert "drift.raised" in actions


async def test_pages_and_filters(drifted: Served) -> None:
    async with drifted.client(await drifted.key()) as client:
        first = (await client.get("/v1/monitors", params={"limit": 1})).json()
        assert [one["gallery"] for one in first["monitors"]] == ["guests"]
        rest = {"limit": 1, "cursor": first["next_cursor"]}
        second = (await client.get("/v1/monitors", params=rest)).json()
        assert [one["gallery"] for one in second["monitors"]] == ["staff"]
        assert second["next_cursor"] is None
        assert len((await client.get("/v1/monitors", params={"source": "x"})).json()["monitors"]) == 0
        assert (await client.get("/v1/monitors", params={"gallery": "none"})).status_code == 404
        assert (await client.get(f"/v1/monitors/{uuid.uuid4()}")).json()["code"] == "monitor_not_found"


async def test_a_key_of_one_gallery_sees_its_monitors_only(drifted: Served) -> None:
    everything = frozenset(Permission)
    async with drifted.client(await drifted.key(everything, galleries=frozenset({"guests"}))) as client:
        (mine,) = (await client.get("/v1/monitors")).json()["monitors"]
        assert mine["gallery"] == "guests"
        assert (await client.get("/v1/monitors", params={"gallery": "staff"})).status_code == 403
        assert 'gallery="staff"' not in (await client.get("/v1/metrics")).text
        (theirs,) = await drifted.platform().monitors.page(limit=1, after=(await _first(drifted)))
        assert (await client.get(f"/v1/monitors/{theirs.id}")).status_code == 404
        assert (await client.post(f"/v1/monitors/{theirs.id}/accept")).status_code == 404


async def test_drift_is_told_in_figures_and_as_an_event(drifted: Served) -> None:
    async with drifted.client(await drifted.key()) as client:
        lines = (await client.get("/v1/metrics")).text.splitlines()
        assert 'visavis_drift_alarm{gallery="staff",source="gate",signal="brightness"} 1' in lines
        assert 'visavis_drift_alarm{gallery="guests",source="gate",signal="brightness"} 0' in lines
        assert any(line.startswith('visavis_drift_psi{gallery="staff"') for line in lines)
        assert "visavis_test 1" in lines
        told = (await client.get("/v1/events", params={"kind": "drift_raised"})).json()["events"]
        assert [(one["gallery"], one["reasons"], one["outcome"]) for one in told] == [
            ("staff", ["brightness_lower"], None)
        ]
        captured = (await client.get("/v1/events", params={"kind": "identified", "limit": 1})).json()
        assert captured["events"][0]["observed"]["brightness"] > 0
        table = (await client.get("/v1/events/export", params={"format": "csv"})).text
        assert "brightness=" in table


async def test_names_in_figures_cannot_break_out(service: Served) -> None:
    platform = service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    await capture(service, "staff", 'gate"} 1\nx', 5, 120)
    async with service.client(await service.key()) as client:
        text = (await client.get("/v1/metrics")).text
    assert 'source="gate\\"} 1\\nx"' in text


async def test_nobody_to_photograph_again(service: Served) -> None:
    platform = service.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    async with service.client(await service.key()) as client:
        answer = await client.get("/v1/galleries/staff/re-enrolment")
        assert answer.json() == {"gallery": "staff", "subjects": [], "next_cursor": None}
        assert (await client.get("/v1/galleries/none/re-enrolment")).status_code == 404
        refused = await client.get("/v1/galleries/staff/re-enrolment", params={"days": 0})
        assert refused.status_code == 422


async def _first(service: Served) -> MonitorId:
    (first,) = await service.platform().monitors.page(limit=1)
    return first.id
