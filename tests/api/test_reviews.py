"""Reviews over HTTP: what waits for whom, two who must agree, second thoughts, and pictures to look at."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.api.serving import Served
from tests.api.test_corrections import a_member
from tests.api.test_sessions import invited
from visavis.application.ports.pictures import KeptPicture
from visavis.application.ports.samples import KeptImage
from visavis.domain.access import Permission, Role
from visavis.domain.audit import Action
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import AttackFinding, Doubt
from visavis.domain.policy import EventPictures, Keep
from visavis.domain.review import ReviewCase, ReviewKind
from visavis.domain.subject import DEFAULT_TENANT, Subject

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"  # noqa: S105
PNG = b"\x89PNG a face"


@asynccontextmanager
async def a_user(service: Served, login: str, role: Role = Role.REVIEWER) -> AsyncIterator[httpx.AsyncClient]:
    """Signed in as a person."""
    token = await invited(service, login, role)
    async with service.client() as client:
        given = {"token": token, "password": PASSWORD}
        answer = await client.post("/v1/auth/one-time", json=given)
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


async def left_open(
    service: Served,
    gallery: Gallery,
    candidate: Subject,
    *,
    kind: ReviewKind = ReviewKind.IDENTIFICATION,
    minutes: int = 0,
    doubt: Doubt | None = None,
) -> str:
    """An event that may show the candidate; where its liveness is doubted, that does."""
    at = datetime.now(UTC) - timedelta(hours=1) + timedelta(minutes=minutes)
    event = Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.VERIFIED if kind is ReviewKind.VERIFICATION else EventKind.IDENTIFIED,
        captured_at=at,
        recorded_at=at,
        gallery_id=gallery.id,
        gallery=gallery.name,
        source="gate",
        reference="",
        position=0,
        outcome=Outcome.INCONCLUSIVE if doubt is None else Outcome.MATCH,
        subject_id=None if doubt is None else candidate.id,
    )
    case = ReviewCase(
        event_id=event.id,
        gallery_id=gallery.id,
        kind=kind if doubt is None else ReviewKind.LIVENESS,
        opened_at=at,
        candidate=candidate.id,
        needed=gallery.policy.reviewers,
        doubt=doubt,
    )
    picture = KeptPicture(
        event_id=event.id, gallery_id=gallery.id, content=PNG, expires=at + timedelta(days=7)
    )
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add([event])
        await work.reviews.open([case])
        await work.pictures.keep([picture])
    return str(event.id)


async def a_gallery(service: Served, name: str, reviewers: int) -> Gallery:
    platform = service.platform()
    gallery = await platform.create(name, pack=platform.models.pack("standard"))
    policy = replace(gallery.policy, reviewers=reviewers, event_pictures=EventPictures.FACE)
    return await platform.galleries.set_policy(name, policy)


@pytest.fixture
async def staff(service: Served) -> Gallery:
    return await a_gallery(service, "staff", 2)


@pytest.fixture
async def ada(service: Served, staff: Gallery) -> Subject:
    return await a_member(service, staff, "ada")


async def say(client: httpx.AsyncClient, event: str, verdict: str, reason: str = "") -> httpx.Response:
    return await client.post(f"/v1/reviews/{event}/opinion", json={"verdict": verdict, "reason": reason})


async def test_two_who_agree_decide_and_neither_knows_before(
    service: Served, staff: Gallery, ada: Subject
) -> None:
    event = await left_open(service, staff, ada)
    async with a_user(service, "one@example.org") as one, a_user(service, "two@example.org") as two:
        waiting = (await two.get("/v1/reviews", params={"todo": True})).json()["reviews"]
        assert [(case["event_id"], case["candidate"], case["picture"]) for case in waiting] == [
            (event, "ada", True)
        ]
        first = (await say(one, event, "match", "same scar")).json()
        assert (first["state"], first["given"], first["opinions"][0]["mine"]) == ("waiting", 1, True)
        assert (await one.get("/v1/reviews", params={"todo": True})).json()["reviews"] == []
        assert (await one.get("/v1/reviews/summary")).json()["todo"] == 0
        unseen = (await two.get(f"/v1/reviews/{event}")).json()
        assert (unseen["given"], unseen["opinions"]) == (1, [])
        assert (await say(one, event, "match")).status_code == 409
        assert (await one.get(f"/v1/events/{event}")).json()["verdict"] is None
        second = (await say(two, event, "match")).json()
        assert (second["state"], len(second["opinions"])) == ("decided", 2)
        found = (await one.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject"]) == ("match", "ada")
        summary = (await one.get("/v1/reviews/summary")).json()
        assert (summary["compared"], summary["disagreed"]) == (1, 0)
        assert (await say(two, event, "match")).status_code == 409
        history = (await two.get("/v1/reviews", params={"state": "decided"})).json()["reviews"]
        assert [case["event_id"] for case in history] == [event]
    async with service.store.transaction(DEFAULT_TENANT) as work:
        actions = [entry.record.action async for batch in work.audit.everything() for entry in batch]
    assert actions.count(Action.EVENT_OPINION) == 2
    assert actions.count(Action.EVENT_REVIEWED) == 1


async def test_where_two_disagree_who_manages_galleries_decides(
    service: Served, staff: Gallery, ada: Subject
) -> None:
    event = await left_open(service, staff, ada)
    async with (
        a_user(service, "one@example.org") as one,
        a_user(service, "two@example.org") as two,
        a_user(service, "three@example.org") as three,
        a_user(service, "chief@example.org", Role.ADMINISTRATOR) as chief,
    ):
        await say(one, event, "match")
        split = (await say(two, event, "non_match", "another ear")).json()
        assert (split["state"], split["split"]) == ("disagreed", True)
        assert [said["reason"] for said in split["opinions"]] == ["", "another ear"]
        assert (await three.get("/v1/reviews", params={"todo": True})).json()["reviews"] == []
        assert (await say(three, event, "match")).status_code == 403
        assert (await chief.get("/v1/reviews/summary")).json()["todo"] == 1
        decided = (await say(chief, event, "non_match")).json()
        assert (decided["state"], decided["opinions"][-1]["final"]) == ("decided", True)
        found = (await one.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject_id"]) == ("non_match", None)


async def test_an_application_is_no_second_person(service: Served, staff: Gallery, ada: Subject) -> None:
    event = await left_open(service, staff, ada)
    async with service.client(await service.key(Role.REVIEWER)) as client:
        refused = await say(client, event, "match")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
        old = await client.post(f"/v1/events/{event}/review", json={"verdict": "match"})
        assert old.status_code == 403


async def test_the_verdict_on_any_event_is_an_opinion_where_two_decide(
    service: Served, staff: Gallery, ada: Subject
) -> None:
    event = await left_open(service, staff, ada)
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.reviews.drop(EventId(uuid.UUID(event)))
    body = {"verdict": "match", "subject_id": str(ada.id)}
    async with a_user(service, "one@example.org") as one, a_user(service, "two@example.org") as two:
        answer = await one.post(f"/v1/events/{event}/review", json=body)
        assert (answer.status_code, answer.json()["verdict"]) == (200, None)
        case = (await two.get(f"/v1/reviews/{event}")).json()
        assert (case["kind"], case["state"]) == ("opened", "waiting")
        answer = await two.post(f"/v1/events/{event}/review", json=body)
        assert (answer.json()["verdict"], answer.json()["subject"]) == ("match", "ada")


async def test_one_decides_alone_and_may_think_again_for_a_minute(service: Served) -> None:
    gallery = await a_gallery(service, "guests", 1)
    ada = await a_member(service, gallery, "ada")
    event = await left_open(service, gallery, ada, kind=ReviewKind.VERIFICATION)
    async with a_user(service, "one@example.org") as one, a_user(service, "two@example.org") as two:
        kinds = await one.get("/v1/reviews", params={"kind": "identification", "gallery": "guests"})
        assert kinds.json()["reviews"] == []
        assert (await say(one, event, "match")).json()["state"] == "decided"
        assert (await two.delete(f"/v1/reviews/{event}/opinion")).status_code == 409
        again = (await one.delete(f"/v1/reviews/{event}/opinion")).json()
        assert (again["state"], again["given"]) == ("open", 0)
        found = (await one.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject_id"]) == (None, None)
        assert (await say(one, event, "inconclusive")).json()["state"] == "decided"
        assert (await one.get(f"/v1/events/{event}")).json()["verdict"] == "inconclusive"


async def test_two_do_not_take_up_the_same_case(service: Served, staff: Gallery, ada: Subject) -> None:
    events = [await left_open(service, staff, ada, minutes=number) for number in range(3)]
    async with a_user(service, "one@example.org") as one, a_user(service, "two@example.org") as two:
        assert (await one.post(f"/v1/reviews/{events[0]}/claim")).status_code == 200
        refused = await two.post(f"/v1/reviews/{events[0]}/claim")
        assert (refused.status_code, refused.json()["code"]) == (409, "review_conflict")
        page = (await two.get("/v1/reviews", params={"todo": True, "limit": 1})).json()
        assert [case["event_id"] for case in page["reviews"]] == events[1:2]
        rest = await two.get("/v1/reviews", params={"todo": True, "cursor": page["next_cursor"]})
        assert [case["event_id"] for case in rest.json()["reviews"]] == events[2:]
        assert (await two.get(f"/v1/reviews/{events[0]}")).json()["claimed"] is True
        await one.delete(f"/v1/reviews/{events[0]}/claim")
        assert (await two.post(f"/v1/reviews/{events[0]}/claim")).status_code == 200


async def test_faces_are_shown_to_reviewers_and_every_look_is_audited(
    service: Served, staff: Gallery, ada: Subject
) -> None:
    stranger = await a_member(service, staff, "bob")
    event = await left_open(service, staff, ada)
    async with service.store.transaction(DEFAULT_TENANT) as work:
        hers, his = [
            (await work.references.page(staff.id, subject_id=one.id))[0].id for one in (ada, stranger)
        ]
        photo = b"\xff\xd8\xff a photo"
        await work.samples.add(
            [KeptImage(reference_id=one, kind=Keep.PHOTO, content=photo) for one in (hers, his)]
        )
    async with service.client(await service.key(Role.REVIEWER)) as client:
        seen = await client.get(f"/v1/events/{event}/picture")
        assert (seen.content, seen.headers["content-type"]) == (PNG, "image/png")
        beside = await client.get(f"/v1/events/{event}/references/{hers}/picture")
        assert (beside.content, beside.headers["content-type"]) == (photo, "image/jpeg")
        assert (await client.get(f"/v1/events/{event}/references/{his}/picture")).status_code == 404
        assert (await client.get(f"/v1/events/{uuid.uuid4()}/picture")).status_code == 404
    narrow = await service.key(frozenset({Permission.EVENTS_REVIEW}), galleries=frozenset({"others"}))
    async with service.client(narrow) as client:
        for path in (f"events/{event}/picture", f"reviews/{event}"):
            assert (await client.get(f"/v1/{path}")).status_code == 404
        assert (await client.get("/v1/reviews")).json()["reviews"] == []
    async with service.store.transaction(DEFAULT_TENANT) as work:
        looks = [
            entry.record
            async for batch in work.audit.everything()
            for entry in batch
            if entry.record.action is Action.EVENT_PICTURE_SEEN
        ]
    assert [look.details["of"] for look in looks] == ["event", "reference"]


DOUBT = Doubt(finding=AttackFinding(score=0.9, detector="pad-1", instrument="screen"), threshold=0.5)


async def test_a_doubt_of_liveness_is_found_by_its_kind_with_what_was_found(
    service: Served, staff: Gallery, ada: Subject
) -> None:
    await left_open(service, staff, ada)
    event = await left_open(service, staff, ada, doubt=DOUBT, minutes=1)
    async with a_user(service, "one@example.org") as one, a_user(service, "two@example.org") as two:
        (case,) = (await one.get("/v1/reviews", params={"kind": "liveness"})).json()["reviews"]
        assert (case["event_id"], case["kind"], case["candidate"]) == (event, "liveness", "ada")
        found = {name: value for name, value in case.items() if name.startswith("attack_")}
        assert found == {
            "attack_score": 0.9,
            "attack_threshold": 0.5,
            "attack_instrument": "screen",
            "attack_detector": "pad-1",
        }
        (other,) = (await one.get("/v1/reviews", params={"kind": "identification"})).json()["reviews"]
        assert other["attack_score"] is None
        counts = (await one.get("/v1/reviews/summary")).json()["counts"]
        assert {"state": "open", "kind": "liveness", "count": 1} in counts
        await say(one, event, "non_match", "the edge of a screen")
        assert (await one.get(f"/v1/events/{event}")).json()["subject"] == "ada"
        assert (await say(two, event, "non_match")).json()["state"] == "decided"
        found = (await one.get(f"/v1/events/{event}")).json()
        assert (found["verdict"], found["subject_id"]) == ("non_match", None)
    async with service.client(await service.key()) as client:
        assert (await client.get("/v1/corrections")).json()["corrections"] == [], "nothing is learned"
    async with service.store.transaction(DEFAULT_TENANT) as work:
        actions = [entry.record.action async for batch in work.audit.everything() for entry in batch]
    assert (actions.count(Action.EVENT_OPINION), actions.count(Action.EVENT_REVIEWED)) == (2, 1)


async def test_odd_cursors_are_refused(service: Served) -> None:
    async with service.client(await service.key(Role.REVIEWER)) as client:
        for cursor in ("MTp4", "MTp4IHk", "%%"):
            assert (await client.get("/v1/reviews", params={"cursor": cursor})).status_code == 422
