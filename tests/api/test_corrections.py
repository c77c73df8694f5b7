"""Corrections over HTTP: who may make and see which, what they answer, how they are undone."""

import uuid
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from tests.api.serving import Served
from visavis.application.ports.probes import KeptProbe
from visavis.domain.access import Permission, Role
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.subject import DEFAULT_TENANT, Reference, ReferenceId, Subject
from visavis.domain.template import Template

pytestmark = pytest.mark.anyio
_random = np.random.default_rng(20261122)


def a_template(gallery: Gallery) -> Template:
    return Template.of(_random.standard_normal(gallery.model.dimension).astype(np.float32), gallery.model)


async def a_member(service: Served, gallery: Gallery, name: str, *, references: int = 1) -> Subject:
    platform = service.platform()
    subject = await platform.subjects.create(name, [gallery])
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.references.add(
            [
                Reference(
                    id=ReferenceId(uuid.uuid4()),
                    subject_id=subject.id,
                    gallery_id=gallery.id,
                    template=a_template(gallery),
                    photo=b"",
                    created_at=datetime.now(UTC),
                )
                for _ in range(references)
            ]
        )
    return subject


async def a_match(service: Served, gallery: Gallery, subject: Subject) -> str:
    """An event that names the subject, and what it looked like."""
    now = datetime.now(UTC)
    event = Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.IDENTIFIED,
        captured_at=now,
        recorded_at=now,
        gallery_id=gallery.id,
        gallery=gallery.name,
        source="gate",
        reference="",
        position=0,
        outcome=Outcome.MATCH,
        subject_id=subject.id,
    )
    probe = KeptProbe(
        event_id=event.id,
        gallery_id=gallery.id,
        template=a_template(gallery),
        expires=now + timedelta(days=7),
    )
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add([event])
        await work.probes.keep([probe])
    return str(event.id)


@pytest.fixture
async def staff(service: Served) -> Gallery:
    platform = service.platform()
    await platform.create("guests", pack=platform.models.pack("standard"))
    return await platform.create("staff", pack=platform.models.pack("standard"))


async def test_a_denial_is_made_listed_and_undone(service: Served, staff: Gallery) -> None:
    ada = await a_member(service, staff, "ada")
    event = await a_match(service, staff, ada)
    async with service.client(await service.key(Role.REVIEWER)) as client:
        made = await client.post("/v1/corrections/deny", json={"event_id": event, "note": "the twin"})
        assert made.status_code == 201
        said = made.json()
        assert (said["kind"], said["subject"]["name"], said["remembered"]) == ("deny", "ada", True)
        assert (said["event_id"], said["galleries"], said["note"]) == (event, ["staff"], "the twin")
        found = (await client.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject_id"]) == ("non_match", None)
        assert (await client.post("/v1/corrections/deny", json={"event_id": event})).status_code == 409
        listed = (await client.get("/v1/corrections", params={"subject_id": str(ada.id)})).json()
        assert [one["id"] for one in listed["corrections"]] == [said["id"]]
        assert (await client.get(f"/v1/corrections/{said['id']}")).json() == said
        undone = await client.post(f"/v1/corrections/{said['id']}/undo")
        assert (undone.status_code, undone.json()["remembered"]) == (200, False)
        found = (await client.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject_id"]) == (None, str(ada.id))
        again = await client.post(f"/v1/corrections/{said['id']}/undo")
        assert (again.status_code, again.json()["code"]) == (409, "correction_conflict")
        standing = (await client.get("/v1/corrections", params={"undone": False})).json()
        assert standing["corrections"] == []


async def test_assigning_needs_one_name_and_for_new_references_another_permission(
    service: Served, staff: Gallery
) -> None:
    ada, bob = await a_member(service, staff, "ada"), await a_member(service, staff, "bob")
    event = await a_match(service, staff, ada)
    path = "/v1/corrections/assign"
    async with service.client(await service.key(Role.REVIEWER)) as client:
        for given in ({}, {"name": "bob", "subject_id": str(bob.id)}):
            assert (await client.post(path, json={"event_id": event, **given})).status_code == 422
        for more in ("enrol", "create"):
            asked: dict[str, str | bool] = {"event_id": event, "name": "bob", more: True}
            refused = await client.post(path, json=asked)
            assert refused.status_code == 403
        assert (await client.post(path, json={"event_id": event, "name": "cyd"})).status_code == 404
        made = (await client.post(path, json={"event_id": event, "name": "bob"})).json()
        assert (made["subject"]["name"], made["other"]["name"], made["references"]) == ("bob", "ada", 0)
    async with service.client(await service.key(Role.OPERATOR)) as client:
        other = await a_match(service, staff, ada)
        body = {"event_id": other, "name": "cyd", "create": True, "enrol": True}
        made = (await client.post(path, json=body)).json()
        assert (made["subject"]["name"], made["references"]) == ("cyd", 1)


async def test_a_merge_asks_for_both_names_and_the_old_identifier_leads_on(
    service: Served, staff: Gallery
) -> None:
    ada, bob = await a_member(service, staff, "ada", references=2), await a_member(service, staff, "bob")
    body = {"subject_id": str(bob.id), "into_id": str(ada.id)}
    async with service.client(await service.key()) as client:
        refused = await client.post("/v1/corrections/merge", json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, "confirmation_missing")
        made = await client.post("/v1/corrections/merge", json={**body, "confirm": ["ada", "bob"]})
        assert made.status_code == 201
        assert (made.json()["references"], made.json()["parked"]) == (1, 0)
        found = (await client.get(f"/v1/subjects/{bob.id}")).json()
        assert (found["id"], found["references"]) == (str(ada.id), 3)
        split = await client.post(
            "/v1/corrections/split",
            json={"subject_id": str(ada.id), "reference_ids": [await first_reference(client)]},
        )
        assert split.json()["other"]["name"].startswith("anonymous-")
        early = await client.post(f"/v1/corrections/{made.json()['id']}/undo")
        assert early.status_code == 409
        for one in (split, made):
            assert (await client.post(f"/v1/corrections/{one.json()['id']}/undo")).status_code == 200
        assert (await client.get(f"/v1/subjects/{bob.id}")).json()["name"] == "bob"
        exported = (await client.get(f"/v1/subjects/{ada.id}/export")).json()
        assert [one["kind"] for one in exported["corrections"]] == ["split", "merge"]


async def first_reference(client: object) -> str:
    listed = await client.get("/v1/galleries/staff/references", params={"limit": 1})  # type: ignore[attr-defined]
    return str(listed.json()["references"][0]["id"])


async def test_reviewers_do_not_undo_what_concerns_subjects(service: Served, staff: Gallery) -> None:
    ada, bob = await a_member(service, staff, "ada"), await a_member(service, staff, "bob")
    made = await service.platform().merge(bob.id, ada.id, confirmed=["ada", "bob"])
    async with service.client(await service.key(Role.REVIEWER)) as client:
        assert (await client.post(f"/v1/corrections/{made.id}/undo")).status_code == 403
    async with service.client(await service.key(Role.OPERATOR)) as client:
        assert (await client.post(f"/v1/corrections/{made.id}/undo")).status_code == 200


async def test_callers_correct_in_their_galleries_only(service: Served, staff: Gallery) -> None:
    ada, bob = await a_member(service, staff, "ada"), await a_member(service, staff, "bob")
    event, other = await a_match(service, staff, ada), await a_match(service, staff, ada)
    made = await service.platform().deny(EventId(uuid.UUID(event)))
    everything = frozenset(Permission)
    async with service.client(await service.key(everything, galleries=frozenset({"guests"}))) as client:
        assert (await client.get("/v1/corrections")).json()["corrections"] == []
        assert (await client.get(f"/v1/corrections/{made.id}")).status_code == 404
        assert (await client.post(f"/v1/corrections/{made.id}/undo")).status_code == 404
        assert (await client.post("/v1/corrections/deny", json={"event_id": other})).status_code == 404
        merge = {"subject_id": str(bob.id), "into_id": str(ada.id), "confirm": ["ada", "bob"]}
        assert (await client.post("/v1/corrections/merge", json=merge)).status_code == 404
    async with service.client(await service.key(everything, galleries=frozenset({"staff"}))) as client:
        assert len((await client.get("/v1/corrections")).json()["corrections"]) == 1
        assert (await client.post(f"/v1/corrections/{made.id}/undo")).status_code == 200
