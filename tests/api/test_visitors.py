"""Reports about visitors over HTTP: figures, pages, tables, time zones, and names only where they are allowed."""

import csv
import io
import uuid
from datetime import timedelta

import pytest

from tests.api.serving import Served
from tests.api.test_client import connect
from tests.contract.making import START
from visavis.client.resources.visitors import WantedVisits
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.domain.errors import GalleryNotFound, ValueInvalid
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.subject import DEFAULT_TENANT, Subject, SubjectId, SubjectKind
from visavis.domain.visit import By

pytestmark = pytest.mark.anyio
VISITS = "/v1/galleries/shop/visitors"


def line(gallery: Gallery, subject: Subject, minute: float, zone: str) -> Event:
    first = START + timedelta(minutes=minute)
    return Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.IDENTIFIED,
        captured_at=first,
        recorded_at=first,
        gallery_id=gallery.id,
        gallery=gallery.name,
        source=f"cam-{zone}",
        reference="",
        position=0,
        outcome=Outcome.MATCH,
        subject_id=subject.id,
        site="main",
        zone=zone,
        seen_until=first + timedelta(seconds=30),
    )


@pytest.fixture
async def shop(service: Served) -> Served:
    """Three visitors: one through two zones and again the next day, one with a name, one only once."""
    platform = service.platform()
    gallery = await platform.create("shop", pack=platform.models.pack("standard"), purpose=Purpose.VISITORS)
    people = [
        Subject(id=SubjectId(uuid.UUID(int=number)), name=name, created_at=START, kind=kind)
        for number, name, kind in (
            (1, "anonymous-1", SubjectKind.ANONYMOUS),
            (2, "=Ada", SubjectKind.NAMED),
            (3, "anonymous-3", SubjectKind.ANONYMOUS),
        )
    ]
    one, ada, three = people
    async with service.store.transaction(DEFAULT_TENANT) as work:
        for subject in people:
            await work.subjects.add(subject)
        await work.events.add(
            [
                line(gallery, one, 0, "door"),
                line(gallery, one, 5, "hall"),
                line(gallery, ada, 2, "door"),
                line(gallery, three, 120, "hall"),
                line(gallery, one, 24 * 60, "door"),
            ]
        )
    return service


async def test_figures_by_day_hour_and_zone(shop: Served) -> None:
    async with shop.client(await shop.key()) as client:
        found = (await client.get(f"{VISITS}/summary?timezone=Europe/Berlin")).json()
        assert (found["visitors"], found["visits"], found["new"], found["returning"]) == (3, 4, 3, 1)
        assert [one["start"] for one in found["buckets"]] == [
            "2026-03-01T00:00:00+01:00",
            "2026-03-02T00:00:00+01:00",
        ]
        assert found["dwell"]["count"] == 4
        assert found["dwell"]["median_s"] == 30
        by_hour = (await client.get(f"{VISITS}/summary?by=hour&zone=hall")).json()
        assert [(one["start"], one["visitors"]) for one in by_hour["buckets"]] == [
            ("2026-03-01T12:00:00Z", 1),
            ("2026-03-01T14:00:00Z", 1),
        ]
        table = await client.get(f"{VISITS}/summary?by=zone&format=csv")
        assert table.headers["content-type"].startswith("text/csv")
        assert list(csv.reader(io.StringIO(table.text))) == [
            ["zone", "visitors", "new", "returning"],
            ["door", "2", "2", "0"],
            ["hall", "2", "2", "0"],
        ]
        for wrong in ("timezone=Mars/Base", "by=name", "gap_minutes=0", "since=2026-03-01"):
            assert (await client.get(f"{VISITS}/summary?{wrong}")).status_code == 422
        assert (await client.get("/v1/galleries/none/visitors/summary")).status_code == 404


async def test_visits_come_in_pages_without_names(shop: Served) -> None:
    async with shop.client(await shop.key()) as client:
        seen: list[tuple[str, str | None, bool, float]] = []
        cursor = ""
        while True:
            page = (await client.get(f"{VISITS}/visits?limit=1{cursor}")).json()
            seen += [
                (one["subject_id"][-1], one["name"], one["returning"], one["dwell_s"])
                for one in page["visits"]
            ]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert seen == [
            ("1", None, True, 30),
            ("3", None, False, 30),
            ("2", None, False, 30),
            ("1", None, False, 330),
        ]
        mine = (await client.get(f"{VISITS}/visits?subject_id={uuid.UUID(int=1)}")).json()["visits"]
        assert [[stay["zone"] for stay in one["path"]] for one in mine] == [["door"], ["door", "hall"]]
        assert (await client.get(f"{VISITS}/visits?cursor=nonsense")).status_code == 422
        change = {"visitor_names": True}
        await client.patch("/v1/galleries/shop/policy", json=change)
        named = (await client.get(f"{VISITS}/visits")).json()["visits"]
        assert [one["name"] for one in named] == ["anonymous-1", "anonymous-3", "=Ada", "anonymous-1"]
        rows = list(csv.reader(io.StringIO((await client.get(f"{VISITS}/visits/export")).text)))
        assert rows[0][:3] == ["subject_id", "name", "site"]
        assert sorted(row[1] for row in rows[1:]) == ["'=Ada", "anonymous-1", "anonymous-1", "anonymous-3"]
        assert "door 30.0 > hall 30.0" in [row[-1] for row in rows]


async def test_ways_and_hours(shop: Served) -> None:
    async with shop.client(await shop.key()) as client:
        flows = (await client.get(f"{VISITS}/flows")).json()
        assert {"origin": "door", "target": "hall", "transitions": 1} in flows["flows"]
        assert [(one["zone"], one["stays"]["count"]) for one in flows["zones"]] == [("door", 3), ("hall", 2)]
        found = (await client.get(f"{VISITS}/hours?timezone=Asia/Tokyo")).json()
        sunday, monday = found["weekdays"][6], found["weekdays"][0]
        assert (sunday["days"], sunday["visitors"][21], sunday["visitors"][23]) == (1, 2, 1)
        assert (monday["days"], monday["visitors"][21]) == (1, 1)
        assert (await client.get(f"{VISITS}/hours?format=csv")).text.startswith("weekday,days,00:00")
        assert (await client.get(f"{VISITS}/flows?format=csv")).text.startswith("origin,target,transitions")


async def test_who_may_not_read_the_log_sees_nothing(shop: Served) -> None:
    async with shop.client(await shop.key(frozenset({Permission.IDENTIFY}))) as client:
        for report in ("summary", "visits", "visits/export", "flows", "hours"):
            assert (await client.get(f"{VISITS}/{report}")).status_code == 403


async def test_the_client_asks_for_all_of_it(shop: Served) -> None:
    async with connect(shop, await shop.key()) as client:
        since = START + timedelta(hours=1)
        found = await client.visitors.summary("shop", WantedVisits(since=since), by=By.HOUR)
        assert (found.visitors, found.visits) == (2, 2)
        visits = [one async for one in client.visitors.visits("shop", page_size=2)]
        assert [one.returning for one in visits] == [True, False, False, False]
        assert len([one async for one in client.visitors.export("shop")]) == 5
        assert (await client.visitors.flows("shop", WantedVisits(zone="hall"))).flows[0].target == "hall"
        assert sum(sum(day.visitors) for day in (await client.visitors.hours("shop")).weekdays) == 4
        with pytest.raises(GalleryNotFound):
            await client.visitors.hours("none")
        with pytest.raises(ValueInvalid):
            await client.visitors.hours("shop", timezone="Mars/Base")
