"""Doors over HTTP: rules, decisions, following them, contacts; and a gate that asks with real pictures."""

import asyncio
import base64
import json
import uuid
from collections.abc import MutableMapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.api.serving import Served
from visavis.domain.access import Permission
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.liveness import AttackFinding, AttackThreshold
from visavis.domain.sample import Sample
from visavis.domain.subject import DEFAULT_TENANT, SubjectId
from visavis.engine.assess import PROBE_GATE
from visavis.vision.jpeg import jpeg

pytestmark = pytest.mark.anyio
HOURS = {"zone": "Europe/Berlin", "monday": [{"begins": "08:00", "ends": "18:00"}]}
DOOR = {"gallery": "staff", "cameras": [{"name": "in-1", "direction": "entry"}]}


@pytest.fixture
async def staffed(service: Served) -> Served:
    platform = service.platform()
    for name in ("staff", "guests"):
        await platform.create(name, pack=platform.models.pack("standard"))
    await platform.subjects.create("ada", [await platform.gallery("staff")])
    return service


async def see(service: Served, subject: str | None, *, source: str = "in-1") -> None:
    """Somebody is logged at a camera of the gallery staff, and the doors decide."""
    platform, now = service.platform(), datetime.now(UTC)
    gallery = await platform.gallery("staff")
    known = {one.subject.name: one.subject.id for one in await platform.subjects.page()}
    event = Event(
        id=EventId(uuid.uuid4()),
        kind=EventKind.IDENTIFIED,
        captured_at=now,
        recorded_at=now,
        gallery_id=gallery.id,
        gallery="staff",
        source=source,
        reference="",
        position=0,
        outcome=Outcome.MATCH if subject else Outcome.NON_MATCH,
        subject_id=SubjectId(known[subject]) if subject else None,
    )
    async with service.store.transaction(DEFAULT_TENANT) as work:
        await work.events.add([event])
    await platform.decide_access()


async def test_schedules_are_made_changed_and_removed(staffed: Served) -> None:
    async with staffed.client(await staffed.key()) as client:
        made = await client.put("/v1/schedules/office", json=HOURS)
        assert made.status_code == 200
        assert made.json()["monday"] == HOURS["monday"]
        assert made.json()["next_change"] is not None
        changed = await client.put("/v1/schedules/office", json={"zone": "UTC"})
        assert (changed.json()["id"], changed.json()["monday"]) == (made.json()["id"], [])
        assert (changed.json()["open"], changed.json()["next_change"]) == (False, None)
        listed = (await client.get("/v1/schedules")).json()["schedules"]
        assert listed == [(await client.get("/v1/schedules/office")).json()]
        for wrong in (
            {"zone": "Europe/Nowhere"},
            {"zone": "UTC", "monday": [{"begins": "8", "ends": "9"}]},
            {"zone": "UTC", "mondays": []},
        ):
            assert (await client.put("/v1/schedules/office", json=wrong)).status_code == 422
        door = DOOR | {"rules": [{"schedule": "office"}]}
        assert (await client.put("/v1/doors/front", json=door)).status_code == 200
        used = await client.delete("/v1/schedules/office")
        assert (used.status_code, used.json()["code"]) == (409, "still_used")
        assert (await client.delete("/v1/doors/front")).status_code == 204
        assert (await client.delete("/v1/schedules/office")).status_code == 204
        assert (await client.get("/v1/schedules/office")).json()["code"] == "schedule_not_found"


async def test_a_door_tells_what_it_decided_and_why(staffed: Served) -> None:
    async with staffed.client(await staffed.key()) as client:
        made = (await client.put("/v1/doors/front", json=DOOR)).json()
        assert made["rules"][0]["name"] == "everybody"
        assert (made["liveness_available"], made["contact"]) == (False, None)
        await see(staffed, "ada")
        await see(staffed, None)
        await see(staffed, "ada", source="elsewhere")
        path = "/v1/doors/front/decisions"
        denied, granted = (await client.get(path)).json()["decisions"]
        assert (granted["outcome"], granted["subject"], granted["direction"]) == ("granted", "ada", "entry")
        assert granted["explanation"] == "The rule everybody lets this subject pass."
        assert (denied["reasons"], denied["subject"]) == (["unknown"], None)
        first = (await client.get(path, params={"after": 0, "limit": 1})).json()
        assert first["decisions"] == [granted]
        rest = {"after": 0, "limit": 1, "cursor": first["next_cursor"]}
        assert (await client.get(path, params=rest)).json()["decisions"] == [denied]
        assert (await client.get(path, params={"outcome": "denied"})).json()["decisions"] == [denied]
        told = (await client.get("/v1/events", params={"source": "front"})).json()["events"]
        assert [one["kind"] for one in told] == ["access_denied", "access_granted"]
        actions = [one["action"] for one in (await client.get("/v1/audit")).json()["entries"]]
        assert actions[:2] == ["access.denied", "access.granted"]


async def test_a_door_takes_rules_of_those_who_exist_only(staffed: Served) -> None:
    async with staffed.client(await staffed.key()) as client:
        for rules, status in (
            ([{"schedule": "none"}], 404),
            ([{"subject_ids": [str(uuid.uuid4())]}], 404),
            ([{"subject_id": str(uuid.uuid4())}], 422),
            ([], 200),
        ):
            answer = await client.put("/v1/doors/front", json=DOOR | {"rules": rules})
            assert answer.status_code == status, rules
        assert (await client.put("/v1/doors/front", json=DOOR | {"gallery": "none"})).status_code == 404
        assert (await client.put("/v1/doors/a b", json=DOOR)).status_code == 422


async def test_a_key_of_one_gallery_knows_its_doors_only(staffed: Served) -> None:
    async with staffed.client(await staffed.key()) as client:
        await client.put("/v1/schedules/office", json=HOURS)
        await client.put("/v1/doors/front", json=DOOR)
        await client.put("/v1/doors/lobby", json={"gallery": "guests"})
    key = await staffed.key(frozenset(Permission), galleries=frozenset({"guests"}))
    async with staffed.client(key) as client:
        assert [one["name"] for one in (await client.get("/v1/doors")).json()["doors"]] == ["lobby"]
        for path in ("/v1/doors/front", "/v1/doors/front/decisions", "/v1/doors/front/decisions/stream"):
            assert (await client.get(path)).json()["code"] == "door_not_found"
        assert (await client.delete("/v1/doors/front")).status_code == 404
        assert (await client.post("/v1/doors/front/state", json={"state": "open"})).status_code == 404
        assert (await client.put("/v1/doors/front", json=DOOR)).status_code == 403
        assert (await client.put("/v1/doors/front", json={"gallery": "guests"})).status_code == 403
        assert (await client.put("/v1/schedules/office", json=HOURS)).status_code == 403


async def test_the_contact_of_a_door(staffed: Served) -> None:
    async with staffed.client(await staffed.key()) as client:
        await client.put("/v1/doors/front", json=DOOR)

        async def say(state: str) -> list[str]:
            answer = (await client.post("/v1/doors/front/state", json={"state": state})).json()
            assert answer["contact"]["state"] == state
            return [one["outcome"] for one in answer["decisions"]]

        assert [await say(one) for one in ("closed", "open", "closed")] == [[], ["forced"], []]
        await see(staffed, "ada")
        assert await say("open") == []
        assert (await client.get("/v1/doors/front")).json()["contact"]["state"] == "open"
        assert (await client.post("/v1/doors/front/state", json={"state": "ajar"})).status_code == 422


async def test_a_door_is_followed(staffed: Served) -> None:
    key = await staffed.key()
    async with staffed.client(key) as client:
        await client.put("/v1/doors/front", json=DOOR)
    await see(staffed, "ada")
    await see(staffed, None)
    assert await followed(staffed, key, "after=0", 2) == [("1", "granted"), ("2", "denied")]
    assert await followed(staffed, key, "after=1", 1) == [("2", "denied")]


async def followed(service: Served, key: str, query: str, count: int) -> list[tuple[str, str]]:
    """Identifier and kind of the first so many events of the stream."""
    heard: asyncio.Queue[str] = asyncio.Queue()
    left = asyncio.Event()

    async def receive() -> dict[str, object]:
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        await heard.put(message.get("body", b"").decode())

    path = "/v1/doors/front/decisions/stream"
    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(b"host", b"127.0.0.1:8420"), (b"authorization", f"Bearer {key}".encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8420),
        "scheme": "http",
        "root_path": "",
        "http_version": "1.1",
    }
    task, text = asyncio.create_task(service.app(scope, receive, send)), ""
    async with asyncio.timeout(20):
        while text.count("\ndata: ") < count:
            text += await heard.get()
        left.set()
        await task
    found = []
    for block in (one for one in text.split("\n\n") if one.startswith("id: ")):
        number, kind, data = (line.partition(": ")[2] for line in block.split("\n"))
        assert json.loads(data)["sequence"] == int(number)
        found.append((number, kind))
    return found


@dataclass
class Detector:
    """Says of every face what it is told to."""

    score: float = 0.0
    looked: int = 0
    name: str = "pad"
    threshold: AttackThreshold | None = None

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        self.looked += len(samples)
        finding = AttackFinding(score=self.score, detector=self.name, instrument="screen")
        return [finding if picture is not None else None for _ in samples]


@pytest.mark.models
async def test_a_gate_asks_with_a_picture(recognising: Served, portraits: Path) -> None:
    obama, again, biden = ((portraits / f"{one}.jpg").read_bytes() for one in ("obama", "obama2", "biden"))
    async with recognising.client(await recognising.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff", "policy": {"event_pictures": "face"}})
        enrol = {"params": {"subject": "ada"}, "files": {"image": ("a.jpg", obama)}}
        assert (await client.post("/v1/galleries/staff/enrol", **enrol)).status_code == 201
        await client.put("/v1/doors/front", json=DOOR)

        async def ask(picture: bytes, part: str = "image", **query: str) -> dict[str, Any]:
            answer = await client.post(
                "/v1/doors/front/decide", params=query, files={part: ("b.jpg", picture)}
            )
            return answer.json() | {"status": answer.status_code}

        granted = await ask(again, camera="in-1", reference="7")
        assert (granted["granted"], granted["decision"]["subject"]) == (True, "ada")
        assert granted["decision"]["direction"] == "entry"
        assert granted["fpir"] < 1e-3
        repeated = await ask(again, camera="in-1", reference="7")
        assert repeated["decision"]["id"] == granted["decision"]["id"]
        assert (await ask(biden))["decision"]["reasons"] == ["unknown"]
        old = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
        assert (await ask(again, captured_at=old))["decision"]["reasons"] == ["untimely"]
        assert (await ask(again, camera="other"))["status"] == 422
        await recognising.platform().decide_access()
        assert len((await client.get("/v1/doors/front/decisions")).json()["decisions"]) == 3

        await client.put("/v1/doors/front", json=DOOR | {"require_live": True})
        assert (await ask(again))["decision"]["reasons"] == ["liveness_unavailable"], "there is no detector"
        detector = Detector()
        recognising.service.installation.attack = detector
        assert (await client.get("/v1/doors/front")).json()["liveness_available"]
        assert (await ask(again))["decision"]["reasons"] == ["liveness_unavailable"], "it has no threshold"
        detector.threshold = AttackThreshold(value=0.5, detector="pad", data="lab", apcer=0.02, bpcer=0.01)
        live = await ask(again)
        assert (live["granted"], live["decision"]["attack_score"]) == (True, 0.0)
        detector.score = 0.9
        attack = (await ask(again))["decision"]
        assert (attack["reasons"], attack["attack_instrument"]) == (["attack_suspected"], "screen")
        assert detector.looked == 3, "who is not asked does not look"

        (case,) = (await client.get("/v1/reviews", params={"kind": "liveness"})).json()["reviews"]
        assert (case["event_id"], case["candidate"]) == (attack["event_id"], "ada")
        assert (case["attack_score"], case["attack_threshold"], case["picture"]) == (0.9, 0.5, True)
        detector.score = 0.3
        near = await ask(again)
        assert near["granted"], "it is held as it was, and somebody looks at it"
        cases = (await client.get("/v1/reviews", params={"kind": "liveness"})).json()["reviews"]
        assert [one["attack_score"] for one in cases] == [0.9, 0.3]
        said = {"verdict": "match", "reason": "a real face"}
        path = f"/v1/reviews/{near['decision']['event_id']}/opinion"
        assert (await client.post(path, json=said)).json()["event"]["subject"] == "ada"


@pytest.mark.models
async def test_a_door_that_follows_the_log_knows_what_was_found_of_a_track(
    recognising: Served, portraits: Path
) -> None:
    obama, again = ((portraits / f"{one}.jpg").read_bytes() for one in ("obama", "obama2"))
    work = recognising.platform()
    inference = await work.loaded(work.models.pack("standard"))
    (sample, *_) = await inference.samples(again, gate=PROBE_GATE)
    assert isinstance(sample, Sample)
    crop = base64.b64encode(jpeg(sample.chip)).decode()
    async with recognising.client(await recognising.key()) as client:
        await client.post("/v1/galleries", json={"name": "staff"})
        enrol = {"params": {"subject": "ada"}, "files": {"image": ("a.jpg", obama)}}
        assert (await client.post("/v1/galleries/staff/enrol", **enrol)).status_code == 201
        await client.put("/v1/doors/front", json=DOOR | {"require_live": True})

        async def pass_by(track: str = "") -> dict[str, Any]:
            now = datetime.now(UTC).isoformat()
            report = {
                "track": track or str(uuid.uuid4()),
                "camera": "in-1",
                "first_at": now,
                "last_at": now,
                "frames": 9,
                "shots": [{"at": now, "crop": crop}],
            }
            told = await client.post("/v1/galleries/staff/tracks", json=report)
            assert told.json()["outcome"] == "match"
            await recognising.platform().decide_access()
            found = (await client.get("/v1/doors/front/decisions")).json()["decisions"]
            latest: dict[str, Any] = max(found, key=lambda one: one["sequence"])
            return latest | {"told": told.json()["reasons"]}

        alone = await pass_by()
        assert (alone["reasons"], alone["told"]) == (["liveness_unavailable"], []), "there is no detector"
        detector = CropDetector()
        recognising.service.installation.attack = detector
        untried = await pass_by()
        assert untried["reasons"] == ["liveness_unavailable"], "it has no threshold"
        assert untried["told"] == ["pad:0.000000:screen:pad"]
        detector.threshold = AttackThreshold(value=0.5, detector="pad", data="lab", apcer=0.02, bpcer=0.01)
        live = await pass_by()
        assert (live["outcome"], live["attack_score"], live["subject"]) == ("granted", 0.0, "ada")
        detector.score, track = 0.9, str(uuid.uuid4())
        attack = await pass_by(track)
        assert (attack["outcome"], attack["reasons"]) == ("denied", ["attack_suspected"])
        assert (attack["attack_instrument"], attack["attack_threshold"]) == ("screen", 0.5)
        assert attack["told"][0] == "attack_suspected"
        detector.score = 0.0
        assert (await pass_by(track))["reasons"] == ["attack_suspected"], "of this track it stays"
        (case,) = (await client.get("/v1/reviews", params={"kind": "liveness"})).json()["reviews"]
        assert (case["event_id"], case["attack_score"]) == (attack["event_id"], 0.9)
        strict = {"value": 0.01, "detector": "pad", "data": "lab", "apcer": 0.01, "bpcer": 0.2}
        await client.put("/v1/doors/front", json=DOOR | {"require_live": True, "attack_threshold": strict})
        detector.score = 0.02
        assert (await pass_by())["reasons"] == ["attack_suspected"], "by the threshold of the door"
        cases = (await client.get("/v1/reviews", params={"kind": "liveness"})).json()["reviews"]
        assert [one["attack_threshold"] for one in cases] == [0.5, 0.01]
        await client.put("/v1/doors/front", json=DOOR)
        looked = detector.looked
        assert (await pass_by())["outcome"] == "granted"
        assert detector.looked == looked, "who is not asked does not look"


class CropDetector(Detector):
    """One that can judge a face without its surroundings."""

    async def assess(
        self, samples: Sequence[Sample], picture: bytes | None = None
    ) -> list[AttackFinding | None]:
        return await super().assess(samples, picture or b"none")
