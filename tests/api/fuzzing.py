"""An application that schemathesis can call: with something in it, and a caller who is never locked out."""

import asyncio
import base64
import contextlib
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import cv2
import numpy as np
import schemathesis
from hypothesis import strategies as st

from tests.api.reports import a_report
from tests.api.serving import Served
from tests.contract.store_agents import a_configuration, an_agent
from tests.contract.store_alerts import an_alert
from visavis.application.enrol import EnrolOptions
from visavis.application.passages.doors import DoorPlan
from visavis.application.passages.plans import CorrectionRequest
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.pictures import KeptPicture
from visavis.bootstrap.accounts import Credentials
from visavis.bootstrap.kept_reports import read_report
from visavis.domain.access import Role
from visavis.domain.alert import Condition, Effects
from visavis.domain.attendance import AttendanceChange, AttendancePlan
from visavis.domain.camera import Place
from visavis.domain.channel import WebhookTarget
from visavis.domain.door import DoorCamera
from visavis.domain.errors import AccessError
from visavis.domain.event import EventId, Origin
from visavis.domain.job import ItemKind, JobItem, JobKind
from visavis.domain.policy import Keep, Policy
from visavis.domain.review import ReviewCase, ReviewKind
from visavis.domain.subject import SubjectId
from visavis.domain.webhook import WebhookFilter
from visavis.wire.edge import Workload

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

STAND_IN = "Bearer somebody"
"""What requests carry; it is replaced by a key that works."""

_STREAM_LASTS_S = 0.2
_ENDS = {"DELETE": ("",), "POST": ("/revoke",)}
"""What follows the identifier of what a method removes."""


@dataclass(slots=True)
class Fuzzed:
    """Opens the service on the event loop that it is called on, and lets `STAND_IN` in as a caller who may do all.

    What is sent at random revokes keys and slows tenants down, which would make a 401 or 429 of everything after
    it. Every write gets an idempotency key of its own, as otherwise all but the first would be conflicts. Streams,
    which have no end, are left after a moment.
    """

    opened: Callable[[], AbstractAsyncContextManager[Served]]
    faces: list[bytes]
    one: Served | None = None
    key: str = ""
    ids: dict[str, list[str]] = field(default_factory=dict)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        assert self.one is not None
        scope["client"] = ["127.0.0.1", 50000]
        scope["headers"] = [pair async for pair in self._headers(scope["headers"])]
        left = _left(receive) if scope["path"].endswith("/stream") else receive
        with contextlib.suppress(Exception):  # it has been answered with 500, which is what is looked at
            await self.one.app(scope, left, send)

    async def _headers(self, given: list[tuple[bytes, bytes]]) -> AsyncIterator[tuple[bytes, bytes]]:
        for name, value in given:
            if name == b"authorization" and value == STAND_IN.encode():
                yield name, f"Bearer {await self._working()}".encode()
            elif name == b"idempotency-key" and value.isascii():
                yield name, value[:200] + uuid.uuid4().hex.encode()
            else:
                yield name, value

    async def _live(self, receive: Receive, send: Send) -> None:
        async with self.opened() as self.one:
            self.ids = await fill(self.one, self.faces)
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def _working(self) -> str:
        assert self.one is not None
        try:
            await self.one.service.authenticate(Credentials(bearer=self.key))
        except AccessError:
            await self.one.resume()
            self.key = await self.one.key()
        return self.key


def _left(receive: Receive) -> Receive:
    """The client goes away after a moment."""
    asked = 0

    async def patient() -> Message:
        nonlocal asked
        asked += 1
        if asked == 1:
            return await receive()
        await asyncio.sleep(_STREAM_LASTS_S)
        return {"type": "http.disconnect"}

    return patient


async def fill(one: Served, faces: list[bytes]) -> dict[str, list[str]]:
    """Some of everything, so that there is something to be read, changed and removed: identifiers by parameter."""
    platform, ids = one.platform(), defaultdict[str, list[str]](list)
    for name in ("staff", "guests"):
        policy = Policy(keep=Keep.SAMPLE)
        await platform.create(name, pack=platform.models.pack("standard"), policy=policy)
        ids["gallery"].append(name)
    for number in range(6):
        name = "anna" if number == 0 else f"anna {number}"
        subject = await platform.subjects.create(name, [await platform.gallery("staff")])
        consent = await platform.consents.grant(subject.id, purpose="door", text_version="1")
        ids["subject_id"].append(str(subject.id))
        ids["consent_id"].append(str(consent.id))
        if number == 5:
            done = await platform.consents.revoke(consent.id)
            ids["receipt_id"] += [str(done.receipt.id)] if done.receipt else []
        made = await platform.webhooks.create("https://hooks.example.org/visavis", WebhookFilter())
        ids["webhook_id"].append(str(made.webhook.id))
        target = WebhookTarget(url="https://hooks.example.org/alerts", secret=b"0123456789abcdef")
        channel = await platform.alert_channels.create(f"channel {number}", target)
        ids["channel_id"].append(str(channel.id))
        rule = await platform.alert_rules.create(
            f"rule {number}", Condition(), Effects(channels=(channel.id,))
        )
        ids["rule_id"].append(str(rule.id))
        alert = an_alert(rule.id, gallery="staff", subject_id=subject.id)
        async with one.store.transaction(platform.tenant) as unit:
            await unit.alerts.keep(alert)
        ids["alert_id"].append(str(alert.id))
        login = f"user{number}@example.org"
        issued = await one.service.entrance.doors.users.add(one.owner(), login, Role.OPERATOR)
        ids["user_id"].append(str(issued.user.id))
        await one.key(Role.OPERATOR)
    work = await platform.opened("staff")
    enrolled = await work.enrol(
        work.gallery, "anna", [(str(n), face) for n, face in enumerate(2 * faces)], EnrolOptions(force=True)
    )
    ids["reference_id"] += [str(result.reference_id) for result in enrolled.results]
    found = await work.identify(work.gallery, faces[0])
    for number in range(12):
        events = await platform.record.identified(work.gallery, found, Origin(reference=str(number)))
        ids["event_id"] += [str(event.id) for event in events]
        item = JobItem(number=0, kind=ItemKind.PHOTO, label="a")
        job = await platform.submit(
            JobKind.CLASSIFY, work.gallery, _one(NewItem(item=item, payload=faces[0]))
        )
        ids["job_id"].append(str(job.id))
    for name in ("door-1", "door-2"):
        ids["camera"].append((await platform.cameras.add(name, Place(site="HQ"))).name)
        await platform.camera_pictures.keep(
            name,
            base64.b64decode("/9j/wAALCAAQABABAREA/9k="),
            gallery="",
            blurred=True,
            at=datetime.now(UTC),
        )
    await platform.watch_drift()
    ids["monitor_id"] += [str(monitor.id) for monitor in await platform.monitors.page()]
    await _reviews(one, ids, faces[0])
    await _agents(one, ids)
    await _doors(one, ids)
    await _corrections(one, ids)
    for number in range(4):
        kept = await platform.reports.add(read_report(a_report(subjects=number), title=f"report {number}"))
        ids["report_id"].append(str(kept.id))
    return ids


async def _reviews(one: Served, ids: dict[str, list[str]], face: bytes) -> None:
    """What is asked about waits for one or two people, and has a picture for them."""
    gallery, now = await one.platform().gallery("staff"), datetime.now(UTC)
    candidate = SubjectId(uuid.UUID(ids["subject_id"][0]))
    async with one.store.transaction(one.platform().tenant) as work:
        waiting = ids["event_id"][: len(ids["event_id"]) // 2]
        for number, event_id in enumerate(EventId(uuid.UUID(one)) for one in waiting):
            case = ReviewCase(
                event_id=event_id,
                gallery_id=gallery.id,
                kind=ReviewKind.IDENTIFICATION,
                opened_at=now,
                candidate=candidate,
                needed=1 + number % 2,
            )
            await work.reviews.open([case])
            expires = now + timedelta(days=7)
            picture = KeptPicture(event_id=event_id, gallery_id=gallery.id, content=face, expires=expires)
            await work.pictures.keep([picture])


async def _doors(one: Served, ids: dict[str, list[str]]) -> None:
    """Schedules, doors at the camera of the events, decisions, a plan and corrections."""
    platform = one.platform()
    staff = await platform.gallery("staff")
    for number in range(4):
        await platform.schedules.put(f"hours {number}", zone="UTC", weekly=((),) * 7)
        ids["schedule"].append(f"hours {number}")
        cameras = tuple(DoorCamera(name=name) for name in ("entrance", "door-1", "door-2"))
        await platform.doors.put(f"door-{number}", staff, DoorPlan(cameras=cameras))
        ids["door"].append(f"door-{number}")
    await platform.attendances.set_plan(AttendancePlan(gallery_id=staff.id, zone="UTC"))


async def _corrections(one: Served, ids: dict[str, list[str]]) -> None:
    """Of decisions that nothing else is asked about, and of attendance, in turn."""
    platform = one.platform()
    staff = await platform.gallery("staff")
    spare = ids["event_id"][len(ids["event_id"]) // 2 :]
    for event_id, subject_id in zip(spare, ids["subject_id"], strict=True):
        denied = await platform.deny(EventId(uuid.UUID(event_id)), subject="anna")
        wanted = CorrectionRequest(
            subject_id=SubjectId(uuid.UUID(subject_id)),
            kind=AttendanceChange.IN,
            at=datetime.now(UTC),
            reason="forgotten",
        )
        added = await platform.attendances.correct(staff, wanted)
        ids["correction_id"] += [str(denied.id), str(added.id)]


async def _agents(one: Served, ids: dict[str, list[str]]) -> None:
    for number in range(6):
        agent = an_agent(f"agent {number}")
        async with one.store.transaction(one.owner().tenant) as work:
            await work.agents.add(agent)
            for version in (1, 2):
                text = Workload(gallery="staff").model_dump_json(by_alias=True)
                await work.agents.configure(replace(a_configuration(agent, version), workload=text))
        ids["agent_id"].append(str(agent.id))


async def _one(item: NewItem) -> AsyncIterator[NewItem]:
    yield item


def register(faces: list[bytes]) -> None:
    """Bodies and parts that are pictures: mostly faces, some cut off, some anything at all."""
    pictures = st.sampled_from([*faces, faces[0][:5000], b""]) | st.binary(max_size=100)
    schemathesis.openapi.format("binary", pictures)
    schemathesis.openapi.format("byte", pictures.map(lambda one: base64.b64encode(one).decode()))
    for kind in ("image/jpeg", "image/png", "application/octet-stream"):
        schemathesis.openapi.media_type(kind, pictures)


def squared(face: str) -> str:
    """Some aligned crop."""
    picture = cv2.imdecode(np.frombuffer(base64.b64decode(face), np.uint8), cv2.IMREAD_COLOR)
    _, content = cv2.imencode(".png", cv2.resize(picture, (112, 112)))
    return base64.b64encode(content.tobytes()).decode()


@dataclass(slots=True)
class Aimed:
    """A hook before each call: most of what is asked for exists, and most pictures are where they belong.

    Otherwise nearly every answer would be a 404 of the first thing that is looked up.
    """

    ids: dict[str, list[str]]
    faces: list[str]
    random: Random = field(default_factory=lambda: Random(7))

    def __call__(self, context: Any, case: Any, kwargs: Any) -> None:
        if case.meta is not None and case.meta.generation.mode.is_negative:
            return
        path, mostly = case.operation.path, self.random.random() < 0.8
        for place in (case.path_parameters, case.query):
            for name in place or ():
                spare = path.partition("/" + "{" + name + "}")[2] in _ENDS.get(case.method.upper(), ())
                if mostly or (spare and place[name] in self.ids.get(name, ())):  # an example that exists
                    place[name] = self._known(name, place[name], spare=spare)
        if not mostly:
            return
        if case.media_type == "application/json" and isinstance(case.body, dict):
            case.body = {name: self._known(name, value) for name, value in case.body.items()}
            case.body |= self._pictures(path)
            if path == "/v1/doors/{door}":  # a door without the cameras that there are lets nobody in
                case.body["cameras"] = [{"name": name} for name in self.ids["camera"]]

    def _known(self, name: str, value: Any, *, spare: bool = False) -> Any:
        """What is removed is the spare half of what there is, so that the other half can be asked for."""
        if name == "reference_ids":
            return self.ids["reference_id"][:1]
        if name == "subject":
            return "anna"
        known = self.ids.get(name, [])
        half = (len(known) + 1) // 2
        return self.random.choice(known[half:] if spare else known[:half]) if known else value

    def _track(self) -> dict[str, Any]:
        """A report that can be used, of one of a few tracks."""
        return {
            "track": str(uuid.UUID(int=self.random.randrange(3))),
            "camera": "door-1",
            "first_at": "2026-03-02T08:15:30Z",
            "last_at": "2026-03-02T08:15:34Z",
            "frames": self.random.randrange(1, 9),
            "shots": [{"at": "2026-03-02T08:15:31Z", "crop": squared(self.faces[0])}],
        }

    def _pictures(self, path: str) -> dict[str, Any]:
        kinds = {
            "/v1/detect": {"image": self.faces[0]},
            "/v1/templates": {"image": self.faces[0]},
            "/v1/verify": {"references": self.faces[:1], "probes": self.faces[1:]},
            "/v1/galleries/{gallery}/verify": {"probes": self.faces[:1]},
            "/v1/galleries/{gallery}/identify": {"images": self.faces},
            "/v1/doors/{door}/decide": {"images": self.faces[:1], "crops": [], "templates": []},
            "/v1/galleries/{gallery}/enrol": {"images": self.faces[:1]},
            "/v1/galleries/{gallery}/jobs/classify": {"images": self.faces[:1]},
            "/v1/galleries/{gallery}/tracks": self._track(),
            "/v1/galleries/{gallery}/tracks/batch": {"reports": [self._track()]},
        }
        return dict(kinds.get(path, {})) if self.random.random() < 0.8 else {}
