"""The client against the application itself: every operation, in both ways, and what a retry must not do twice."""

import base64
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import cv2
import httpx
import numpy as np
import pytest
from starlette.types import Receive, Scope, Send

from tests.api.reports import a_report
from tests.api.serving import Served
from tests.contract.store_alerts import a_channel, a_dispatch, an_alert
from visavis.bootstrap.boxes import new_pair
from visavis.client.asynchronous import AsyncClient
from visavis.client.connection import Retries
from visavis.client.resources.events import Wanted
from visavis.client.resources.governance import Sought
from visavis.domain.access import Permission, Role
from visavis.domain.alert import ChannelId, RuleId
from visavis.domain.alert_kinds import AlertState, DispatchState
from visavis.domain.attendance import AttendanceChange
from visavis.domain.camera import Direction
from visavis.domain.decision import Measure, Outcome
from visavis.domain.errors import (
    AccountNotFound,
    AlreadyExists,
    CalibrationMissing,
    CalibrationNotFound,
    CameraNotFound,
    ConfirmationMissing,
    CorrectionConflict,
    DeliveryNotFound,
    EventNotFound,
    GalleryNotFound,
    JobNotFound,
    ModelNotFound,
    NoFace,
    NotAuthenticated,
    NotFound,
    NotPermitted,
    PreconditionFailed,
    RecordingNotFound,
    ReferenceNotFound,
    ReviewNotFound,
    SubjectNotFound,
    ValueInvalid,
    VisavisError,
)
from visavis.domain.gallery import Purpose
from visavis.domain.policy import Keep
from visavis.domain.visit import By
from visavis.wire.edge import DetectorFamily, Split, Workload
from visavis.wire.edge_health import AgentHealth
from visavis.wire.v1.accounts import KeyCreate, KeyEdit, TenantCreate, TenantEdit, UserEdit
from visavis.wire.v1.agent_files import PackContents
from visavis.wire.v1.agents import AgentReport, CopyState
from visavis.wire.v1.alert_rules import AlertRuleCreate, AlertRuleEdit, RuleCondition, RuleEffects
from visavis.wire.v1.attendance import PlanWrite
from visavis.wire.v1.calibrations import CalibrationContent, CalibrationPointContent
from visavis.wire.v1.camera_pictures import SnapshotReport
from visavis.wire.v1.cameras import CameraEdit
from visavis.wire.v1.channels import ChannelCreate, ChannelEdit, MqttWanted
from visavis.wire.v1.doors import DoorWrite
from visavis.wire.v1.galleries import PolicyChange
from visavis.wire.v1.jobs import WebhookEdit
from visavis.wire.v1.schedules import ScheduleWrite, SpanNote
from visavis.wire.v1.tracks import ShotReport, TrackReport

pytestmark = [pytest.mark.anyio, pytest.mark.models]

NOT_FOR_APPLICATIONS = ("/v1/auth/", "/v1/me/", "/v1/metrics")
"""What browsers, users and Prometheus ask for."""


class Watched(httpx.ASGITransport):
    """Remembers which routes were asked for."""

    def __init__(self, served: Served) -> None:
        self.routes: set[tuple[str, str]] = set()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            await served.app(scope, receive, send)
            if (route := scope.get("route")) is not None:
                self.routes.add((scope["method"], route.path_format))

        super().__init__(app, raise_app_exceptions=False)


class Cut(httpx.AsyncBaseTransport):
    """Carries every request out, and loses the first answer of each kind that is named."""

    def __init__(self, inner: httpx.AsyncBaseTransport, lose: str) -> None:
        self._inner, self._lose = inner, lose
        self.sent = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        if request.url.path.endswith(self._lose):
            self.sent += 1
            if self.sent == 1:
                await response.aread()
                raise httpx.ReadError("the connection was cut")
        return response


def connect(served: Served, key: str, transport: httpx.AsyncBaseTransport | None = None) -> AsyncClient:
    """In this process. (The transport collects whole answers, so endless ones are for the acceptance tests.)"""
    inner = transport or httpx.ASGITransport(served.app, raise_app_exceptions=False)
    retries = Retries(times=2, first_s=0.0, longest_s=2.0)
    return AsyncClient("http://127.0.0.1:8420", key, transport=inner, retries=retries)


@pytest.fixture
async def owner(recognising: Served) -> AsyncIterator[AsyncClient]:
    async with connect(recognising, await recognising.key()) as client:
        yield client


async def test_every_operation_of_the_api_is_in_the_client(recognising: Served, portraits: Path) -> None:
    watched = Watched(recognising)
    async with connect(recognising, await recognising.key(), watched) as client:
        await _recognition(client, portraits)
        await _calibration(client, portraits)
        await _subjects(client, portraits)
        await _governance(client)
        await _log(client)
        await recognising.platform().watch_drift()
        await _drift(client)
        await _alerts(client, recognising)
        await _doors(client, portraits)
        await _attendance(client)
        await _cameras(client, portraits)
        await _agents(client, recognising, watched)
        await _corrections(client)
        await _reviews(client)
        await _pictures(client, portraits)
        await _proofs(client)
        await _visitors(client)
        await _recordings(client, portraits)
        await _later(client, portraits)
        await _accounts(client)
    described = recognising.app.openapi()["paths"]
    wanted = {
        (verb.upper(), path)
        for path, operations in described.items()
        for verb in operations
        if path.startswith("/v1/") and not path.startswith(NOT_FOR_APPLICATIONS)
    }
    streamed = {
        ("GET", "/v1/events/stream"),
        ("GET", "/v1/alerts/stream"),
        ("GET", "/v1/doors/{door}/decisions/stream"),
    }  # endless: see tests/acceptance/test_client.py
    assert wanted - watched.routes == streamed


async def _recognition(client: AsyncClient, portraits: Path) -> None:
    obama, again, biden = (portraits / f"{name}.jpg" for name in ("obama", "obama2", "biden"))
    assert (await client.health()).status == "ok"
    assert (await client.ready()).status == "ok"
    assert Permission.IDENTIFY in (await client.me()).permissions
    packs = (await client.models.list()).models
    assert (await client.models.get(packs[0].name)).pack == packs[0]
    assert len((await client.detect(obama)).faces) == 1
    template = (await client.templates(obama)).templates[0].template
    assert (await client.verify(obama, again)).decision.outcome == "match"
    assert (await client.verify([obama, again], biden)).decision.outcome == "non_match"
    mixed = await client.verify(probe=again, reference_template=template, fmr=1e-6)
    assert mixed.decision.outcome == "match"
    policy = PolicyChange(keep=Keep.SAMPLE, fpir=1e-4)
    made = await client.galleries.create("staff", purpose=Purpose.ACCESS, policy=policy)
    assert (made.policy.keep, made.policy.fpir) == ("sample", 1e-4)
    with pytest.raises(AlreadyExists):
        await client.galleries.create("staff")
    enrolled = await client.enrol("staff", "Barack / O.", obama, again.read_bytes())
    assert enrolled.enrolled == 2
    found = await client.identify("staff", portraits / "obama3.jpg", biden, source="door")
    assert [face.subject for face in found.faces] == ["Barack / O.", None]
    assert len(found.event_ids) == 2
    fused = await client.identify("staff", obama, again, together=True)
    assert [face.subject for face in fused.faces] == ["Barack / O."]
    assert (await client.identify("staff", templates=[template])).faces[0].subject == "Barack / O."
    claim = await client.verify_subject("staff", "Barack / O.", portraits / "obama3.jpg")
    assert claim.decision.outcome == "match"


async def _calibration(client: AsyncClient, portraits: Path) -> None:
    gallery = await client.galleries.get("staff")
    with pytest.raises(CalibrationNotFound):
        await client.galleries.calibration("staff")
    own = CalibrationContent(
        model=gallery.model,
        measure=Measure.COSINE,
        data="our door",
        subjects=400,
        mated=400,
        non_mated=300_000,
        points=(
            CalibrationPointContent(score=0.1, fmr=0.1, fnmr=0.0, fmr_low=0.08, fmr_high=0.12),
            CalibrationPointContent(score=1 / 3, fmr=1e-5, fnmr=0.1, fmr_low=5e-6, fmr_high=2e-5),
        ),
    )
    given = await client.galleries.set_calibration("staff", own)
    assert given.calibration is not None
    assert given.calibration.data == "our door"
    assert await client.galleries.calibration("staff") == own
    claim = await client.verify_subject("staff", "Barack / O.", portraits / "obama3.jpg")
    assert (claim.decision.calibration, claim.decision.outcome) == ("our door", "match")
    assert (await client.galleries.remove_calibration("staff")).calibration is None


async def _subjects(client: AsyncClient, portraits: Path) -> None:
    read = await client.galleries.read("staff")
    changed = await client.galleries.change_policy("staff", PolicyChange(fmr=1e-5), etag=read.etag)
    assert (changed.policy.fmr, changed.policy.fpir) == (1e-5, 1e-4)
    with pytest.raises(PreconditionFailed):
        await client.galleries.change_policy("staff", PolicyChange(fmr=1e-3), etag=read.etag)
    for number in range(5):
        await client.subjects.create(f"guest {number}", "staff")
    names = [one.name async for one in client.subjects.list(gallery="staff", page_size=2)]
    assert names == ["Barack / O.", *(f"guest {n}" for n in range(5))]
    assert [one.name async for one in client.subjects.list(prefix="guest 3")] == ["guest 3"]
    first = await client.subjects.page(containing="GUEST", page_size=2)
    assert [one.name for one in first.subjects] == ["guest 0", "guest 1"]
    rest = await client.subjects.page(containing="GUEST", cursor=first.next_cursor)
    assert [one.name for one in rest.subjects] == ["guest 2", "guest 3", "guest 4"]
    guest = await client.subjects.named("guest 1")
    before = await client.subjects.read(guest.id)
    assert (await client.subjects.rename(guest.id, "guest one", etag=before.etag)).name == "guest one"
    with pytest.raises(SubjectNotFound):
        await client.subjects.named("guest 1")
    assert (await client.subjects.get(guest.id)).name == "guest one"
    references = [one async for one in client.references.list("staff", subject="Barack / O.", page_size=1)]
    assert len(references) == 2
    assert await client.references.get("staff", references[0].id) == references[0]
    assert (await client.references.image("staff", references[0].id, Keep.SAMPLE))[1:4] == b"PNG"
    with pytest.raises(ReferenceNotFound):
        await client.references.image("staff", references[0].id, Keep.PHOTO)
    moved = await client.references.move("staff", [references[0].id], "guest one")
    assert [one.subject for one in moved.references] == ["guest one"]
    await client.references.remove("staff", references[1].id)
    everything = await client.subjects.export(guest.id)
    assert len(everything.references) == 1
    assert [one.name async for one in client.galleries.list(page_size=1)] == ["staff"]
    assert (await client.galleries.get("staff")).references == 1


async def _governance(client: AsyncClient) -> None:
    guest = await client.subjects.named("guest 2")
    expires = datetime.now(UTC) + timedelta(days=9)
    consent = await client.consents.grant(
        guest.id, purpose="access", text_version="1", evidence="form 7", expires_at=expires
    )
    assert (await client.consents.get(consent.id)).valid
    assert [one.id async for one in client.consents.list(subject_id=guest.id)] == [consent.id]
    assert [one.id async for one in client.consents.list(page_size=1)] == [consent.id]
    revoked = await client.consents.revoke(consent.id, erase=True, reason="asked for")
    assert revoked.receipt is not None
    erased = await client.subjects.erase((await client.subjects.named("guest 3")).id, reason="asked for")
    receipts = [one.id async for one in client.receipts.list(page_size=1)]
    assert erased.receipt is not None
    assert set(receipts) == {revoked.receipt.id, erased.receipt.id}
    assert await client.receipts.get(erased.receipt.id) == erased.receipt
    assert (await client.retention.run(dry_run=True)).dry_run
    assert (await client.audit.verify()).intact
    latest = [one.sequence async for one in client.audit.list(page_size=3)]
    assert latest == sorted(latest, reverse=True)
    assert latest[-1] == 1
    consents = [one.action async for one in client.audit.list(Sought(action="consent"), page_size=1)]
    assert consents == ["consent.revoked", "consent.granted"]
    page = await client.audit.page(Sought(target=f"subject:{guest.id}"), page_size=1)
    assert page.next_cursor
    assert (await client.audit.page(cursor=page.next_cursor)).entries[0].sequence < page.entries[0].sequence
    lines = [json.loads(line) async for line in client.audit.export(after=2)]
    assert len(lines) >= len(latest) - 1


async def _log(client: AsyncClient) -> None:
    events = [one async for one in client.events.list(page_size=2)]
    assert [one.sequence for one in events] == list(range(len(events), 0, -1))
    ascending = [one.sequence async for one in client.events.list(after=2, page_size=2)]
    assert ascending == list(range(3, len(events) + 1))
    matched = [one async for one in client.events.list(Wanted(gallery="staff", outcome=Outcome.NON_MATCH))]
    assert [one.source for one in matched] == ["door"]
    detail = await client.events.get(matched[0].id)
    assert detail.model_dump(exclude={"picture"}) == matched[0].model_dump()
    counted = await client.events.summary(Wanted(gallery="staff"))
    assert (counted.counts.non_match, counted.steps) == (1, ())
    reviewed = await client.events.review(matched[0].id, Outcome.INCONCLUSIVE)
    assert reviewed.verdict is Outcome.INCONCLUSIVE
    lines = [line async for line in client.events.export()]
    assert len(lines) == len(events)
    table = [line async for line in client.events.export(Wanted(source="door"), form="csv")]
    assert table[0].startswith("id,sequence")
    assert len(table) == 3
    with pytest.raises(EventNotFound):
        await client.events.get(uuid.uuid4())


async def _cameras(client: AsyncClient, portraits: Path) -> None:
    made = await client.cameras.create("door", site="HQ", zone="In", direction=Direction.ENTRY)
    assert await client.cameras.get("door") == made
    read = await client.cameras.read("door")
    moved = await client.cameras.change("door", CameraEdit(zone="Out"), etag=read.etag)
    assert (moved.site, moved.zone) == ("HQ", "Out")
    with pytest.raises(PreconditionFailed):
        await client.cameras.change("door", CameraEdit(zone="In"), etag=read.etag)
    assert [one.name async for one in client.cameras.list(site="HQ", page_size=1)] == ["door"]
    template = (await client.templates(portraits / "biden.jpg")).templates[0].template
    now = datetime.now(UTC)
    shot = ShotReport(at=now, template=template)
    report = TrackReport(
        track=uuid.uuid4(), camera="door", first_at=now, last_at=now, frames=1, ended=True, shots=(shot,)
    )
    told = await client.tracks.report("staff", report)
    assert (told.outcome, told.revised) == (Outcome.NON_MATCH, True)
    both = await client.tracks.report_all("staff", [report])
    assert [one.recorded and one.recorded.revised for one in both.tracks] == [False]
    assert not (await client.tracks.report_form("staff", report)).revised
    assert (await client.tracks.report_later("staff", [report])).total == 1
    seen = Wanted(track=report.track, site="HQ", zone="Out", unknown=True)
    assert [one.id async for one in client.events.list(seen)] == [told.event_id]
    await client.cameras.remove("door")
    with pytest.raises(CameraNotFound):
        await client.cameras.get("door")


async def _corrections(client: AsyncClient) -> None:
    ada, guest = [await client.subjects.named(name) for name in ("Barack / O.", "guest one")]
    (event, *_) = [one async for one in client.events.list(Wanted(gallery="staff", source="door"))]
    assigned = await client.corrections.assign(event.id, name="guest one", note="seen by the door")
    assert assigned.subject.name == "guest one"
    denied = await client.corrections.deny(event.id)
    listed = [one.id async for one in client.corrections.list(event_id=event.id, page_size=1)]
    assert listed[:2] == [denied.id, assigned.id]
    assert await client.corrections.get(denied.id) == denied
    with pytest.raises(CorrectionConflict):
        await client.corrections.undo(assigned.id)
    assert (await client.corrections.undo(denied.id)).undone_at is not None
    with pytest.raises(ConfirmationMissing):
        await client.corrections.merge(guest.id, ada.id)
    merged = await client.corrections.merge(guest.id, ada.id, confirm=["Barack / O.", "guest one"])
    assert (await client.subjects.get(guest.id)).name == "Barack / O."
    await client.corrections.undo(merged.id)
    split = await client.corrections.split(guest.id, event_ids=[event.id], name="guest two")
    assert (split.events, split.other.name if split.other else "") == (1, "guest two")
    await client.corrections.undo(split.id)


async def _reviews(client: AsyncClient) -> None:
    nobody = uuid.uuid4()
    waiting = [one async for one in client.reviews.list(gallery="staff", todo=True, page_size=2)]
    assert (await client.reviews.summary(gallery="staff")).todo == len(waiting)
    with pytest.raises(ReviewNotFound):
        await client.reviews.get(nobody)
    with pytest.raises(ReviewNotFound):
        await client.reviews.claim(nobody)
    with pytest.raises(ReviewNotFound):
        await client.reviews.leave(nobody)
    with pytest.raises(ReviewNotFound):
        await client.reviews.decide(nobody, Outcome.NON_MATCH, reason="another nose")
    with pytest.raises(ReviewNotFound):
        await client.reviews.withdraw(nobody)


async def _pictures(client: AsyncClient, portraits: Path) -> None:
    event = (await client.events.page(page_size=1)).events[0]
    with pytest.raises(NotFound):
        await client.events.picture(event.id)
    with pytest.raises(NotFound):
        await client.events.reference_picture(event.id, uuid.uuid4())
    small = cv2.resize(np.asarray(cv2.imread(str(portraits / "biden.jpg"))), (320, 320))
    content = base64.b64encode(cv2.imencode(".jpg", small)[1].tobytes()).decode()
    report = SnapshotReport(content=content, at=datetime.now(UTC), blurred=False)
    assert (await client.cameras.keep_snapshot("yard", report)).newest
    assert [one.camera for one in (await client.cameras.snapshots()).snapshots] == ["yard"]
    assert (await client.cameras.snapshot("yard")).startswith(b"\xff\xd8")
    with pytest.raises(NotPermitted):
        await client.cameras.try_address("http://127.0.0.1:9/video")


async def _proofs(client: AsyncClient) -> None:
    kept = await client.reports.add("LFW, spring", a_report())
    assert [one.id async for one in client.reports.list(page_size=1)] == [kept.id]
    assert (await client.reports.get(kept.id)).report.title == "LFW, spring"
    assert (await client.reports.file(kept.id)).decode() == a_report()
    await client.reports.remove(kept.id)
    assert (await client.encryption.get()).keys == ()
    with pytest.raises(ValueInvalid):
        await client.receipts.verify("{}")
    assert (await client.models.cards("standard")).cards
    assert (await client.models.calibrations("standard")).calibrations
    assert (await client.models.gate("standard")).criteria
    assert (await client.models.promotions()).entries == ()
    await client.models.promote("light")
    assert (await client.models.promotions()).promoted == "light"
    await client.models.roll_back()
    assert (await client.models.promotions()).promoted is None
    assert (await client.trials.list()).trials == ()
    begun = await client.trials.put("staff", "classic")
    assert (await client.trials.get("staff")).started_at == begun.started_at
    with pytest.raises(ValueInvalid):  # no picture is kept here, so it can have no reference
        await client.trials.promote("staff", drop_missing=True)
    assert (await client.trials.stop("staff")).pack == "classic"


async def _agents(client: AsyncClient, served: Served, watched: Watched) -> None:
    issued = await client.agents.invite("gate", galleries=("staff",))
    enrolled = await client.outposts.enrol(issued.token, base64.b64encode(new_pair()[1]).decode())
    configured = await client.agents.configure(enrolled.agent_id, Workload(gallery="staff", pack="standard"))
    await client.agents.configure(enrolled.agent_id, Workload(gallery="staff", pack="light"))
    assert (await client.agents.roll_back(enrolled.agent_id)).workload == configured.workload
    await client.galleries.change_policy("staff", PolicyChange(copies=True))
    async with connect(served, enrolled.key, watched) as agent:
        told = await agent.outposts.configuration()
        assert told.configuration is not None
        assert (await agent.outposts.report(report())).desired == 3
        files = PackContents.model_validate_json((await agent.outposts.pack("standard")).contents.text).files
        part = await agent.outposts.pack_part("standard", files[0].sha256, 10, 1000)
        assert part == (await agent.outposts.pack_part("standard", files[0].sha256, 0, 1010))[10:]
        assert (await agent.outposts.copy("staff")).box
    assert [(one.name, one.state) async for one in client.agents.list()] == [("gate", "up")]
    assert (await client.agents.get(enrolled.agent_id)).report == report()
    await client.agents.revoke(enrolled.agent_id)


def report() -> AgentReport:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    health = AgentHealth(
        version="1",
        started_at=at,
        at=at,
        split=Split.MATCH,
        gallery="staff",
        pack="light",
        detector=DetectorFamily.YUNET,
    )
    return AgentReport(
        applied=2, health=health, copies=(CopyState(gallery="staff", version=7, as_of=at, subjects=2),)
    )


async def _alerts(client: AsyncClient, served: Served) -> None:
    target = MqttWanted(kind="mqtt", host="0x.invalid")
    channel = (await client.channels.create(ChannelCreate(name="home", target=target))).channel
    assert (await client.channels.list()).channels == (channel,)
    assert await client.channels.get(channel.id) == channel
    assert not (await client.channels.test(channel.id)).accepted
    assert not (await client.channels.change(channel.id, ChannelEdit(enabled=False))).channel.enabled
    effects = RuleEffects(channels=(UUID(channel.id),))
    wanted = AlertRuleCreate(name="door", condition=RuleCondition(), effects=effects)
    rule = await client.alert_rules.create(wanted)
    assert (await client.alert_rules.list()).rules == (await client.alert_rules.get(rule.id),)
    assert not (await client.alert_rules.change(rule.id, AlertRuleEdit(enabled=False))).enabled
    made = an_alert(RuleId(UUID(rule.id)), gallery="staff")
    sent = a_dispatch(a_channel(id=ChannelId(UUID(channel.id))), made, state=DispatchState.DEAD)
    async with served.store.transaction(served.platform().tenant) as work:
        await work.alerts.keep(made)
        await work.channels.put([sent])
    (alert,) = [one async for one in client.alerts.list(rule_id=rule.id, state=AlertState.OPEN)]
    assert (await client.alerts.get(alert.id)).event_ids == ()
    assert (await client.alerts.change(alert.id, AlertState.RESOLVED)).state is AlertState.RESOLVED
    (message,) = (await client.alerts.deliveries(alert.id)).deliveries
    assert (await client.channels.deliveries(channel.id, state=DispatchState.DEAD)).deliveries == (message,)
    assert (await client.channels.redeliver(channel.id, message.id)).state is DispatchState.PENDING
    await client.alert_rules.remove(rule.id)
    await client.channels.remove(channel.id)


async def _drift(client: AsyncClient) -> None:
    monitors = [one async for one in client.monitors.list(gallery="staff", page_size=1)]
    assert "door" in [one.source for one in monitors]
    assert [one async for one in client.monitors.list(alarm=True)] == []
    found = await client.monitors.get(monitors[0].id)
    assert (found.state, found.pinned) == ("learning", False)
    assert sum(found.histograms[0].reference) == found.signals[0].reference_values
    assert (await client.monitors.accept(found.id)).pinned
    poor = [one async for one in client.monitors.re_enrolment("staff", quality=100)]
    assert [one.reasons for one in poor] == [("low_quality",)] * len(poor)
    assert poor


async def _doors(client: AsyncClient, portraits: Path) -> None:
    hours = ScheduleWrite(zone="UTC", monday=(SpanNote(begins="08:00", ends="18:00"),))
    assert (await client.schedules.put("office", hours)).monday == hours.monday
    assert (await client.schedules.list()).schedules == (await client.schedules.get("office"),)
    made = await client.doors.put("front", DoorWrite(gallery="staff"))
    assert (await client.doors.list()).doors == (made,)
    assert await client.doors.get("front") == made
    answer = await client.doors.decide("front", portraits / "biden.jpg")
    assert not answer.granted
    assert [one async for one in client.doors.decisions("front", page_size=1)] == [answer.decision]
    assert (await client.doors.tell_state("front", is_open=True)).contact.state == "open"
    await client.doors.remove("front")


async def _attendance(client: AsyncClient) -> None:
    plan = await client.attendance.set_plan("staff", PlanWrite(zone="UTC", schedule="office"))
    assert await client.attendance.plan("staff") == plan
    monday = date(2026, 11, 16)
    report = await client.attendance.report("staff", monday, monday)
    lines = [line async for line in client.attendance.export("staff", monday, monday)]
    assert len(lines) == len(report.people) + 1
    at = datetime(2026, 11, 16, 9, tzinfo=UTC)
    who = report.people[0].subject_id
    said = await client.attendance.correct("staff", who, AttendanceChange.EXCUSE, reason="Leave.", at=at)
    assert (await client.attendance.undo("staff", said.id)).undone_at is not None
    assert len((await client.attendance.corrections("staff")).corrections) == 1
    await client.attendance.set_plan("staff", PlanWrite(zone="UTC"))
    await client.schedules.remove("office")


async def _visitors(client: AsyncClient) -> None:
    visits = [one async for one in client.visitors.visits("staff", page_size=1)]
    summary = await client.visitors.summary("staff", by=By.CAMERA, timezone="Europe/Berlin")
    assert summary.visits == len(visits)
    assert len([line async for line in client.visitors.export("staff")]) == len(visits) + 1
    assert sum(one.transitions for one in (await client.visitors.flows("staff")).flows) >= len(visits)
    assert len((await client.visitors.hours("staff")).weekdays) == 7


async def _recordings(client: AsyncClient, portraits: Path) -> None:
    begun = datetime(2026, 3, 2, 8, tzinfo=UTC)
    job = await client.recordings.add("staff", "lobby.mp4", begun, camera="lobby", keep_days=30)
    assert (job.kind, job.total) == ("index", 1)
    assert [one async for one in client.recordings.list(camera="lobby")] == []
    found = await client.recordings.search("staff", portraits / "obama.jpg", since=begun, case="17")
    assert (found.hits, found.searched) == ((), 0)
    assert (await client.recordings.report("staff", portraits / "obama.jpg", since=begun))[:2] == b"PK"
    with pytest.raises(RecordingNotFound):
        await client.recordings.still(uuid.uuid4(), 0)
    with pytest.raises(RecordingNotFound):
        await client.recordings.get(uuid.uuid4())
    with pytest.raises(RecordingNotFound):
        await client.recordings.remove(uuid.uuid4())


async def _later(client: AsyncClient, portraits: Path) -> None:
    photos = [portraits / "obama.jpg", portraits / "biden.jpg"]
    job = await client.jobs.classify("staff", *photos[:2], source="door", reference="7")
    batches = [one async for one in client.jobs.classify_all("staff", [b"x"] * 33)]
    assert [one.total for one in batches] == [32, 1]
    line = json.dumps({"subject": "x", "image": "AAAA"}).encode()
    enrolling = await client.jobs.enrol("staff", line, force=True)
    assert (await client.jobs.get(job.id)).total == 2
    assert (await client.jobs.wait(job.id, timeout_s=0)).state == "queued"
    assert [one.number async for one in client.jobs.items(job.id, page_size=1)] == [0, 1]
    assert (await client.jobs.cancel(enrolling.id)).state == "cancelled"
    with pytest.raises((ModelNotFound, CalibrationMissing, ValueInvalid)):
        await client.jobs.re_embed("staff", "none")
    classifying = {enrolling.id, *(one.id for one in batches), job.id}
    listed = [one.id async for one in client.jobs.list(page_size=1) if one.id in classifying]
    assert listed == [enrolling.id, *(one.id for one in reversed(batches)), job.id]
    with pytest.raises(JobNotFound):
        await client.jobs.get(uuid.uuid4())
    made = await client.webhooks.create("https://example.org/hook", description="gate")
    same = await client.webhooks.change(made.webhook.id, WebhookEdit(active=False))
    assert (same.active, same.description) == (False, "gate")
    assert (await client.webhooks.get(made.webhook.id)) == same
    assert (await client.webhooks.renew_secret(made.webhook.id)).secret != made.secret
    assert (await client.webhooks.list()).webhooks == (same,)
    assert [one async for one in client.webhooks.deliveries(made.webhook.id)] == []
    with pytest.raises(DeliveryNotFound):
        await client.webhooks.redeliver(made.webhook.id, uuid.uuid4())
    await client.webhooks.remove(made.webhook.id)
    assert (await client.galleries.remove("staff")).gallery == "staff"


async def _accounts(client: AsyncClient) -> None:
    added = await client.users.add("ada@example.org", Role.REVIEWER, galleries=("door",))
    assert (await client.users.get(added.user.id)).galleries == ("door",)
    changed = await client.users.change(added.user.id, UserEdit(everywhere=True))
    assert (changed.role, changed.galleries) == (Role.REVIEWER, None)
    assert (await client.users.sign_in_link(added.user.id)).login == "ada@example.org"
    assert "ada@example.org" in [one.login async for one in client.users.list(page_size=1)]
    await client.users.remove(added.user.id)
    with pytest.raises(AccountNotFound):
        await client.users.get(added.user.id)
    key = await client.api_keys.create(KeyCreate(name="gate", permissions=(Permission.IDENTIFY,)))
    renamed = await client.api_keys.change(key.key.id, KeyEdit(name="door"))
    assert (renamed.name, renamed.permissions) == ("door", (Permission.IDENTIFY,))
    assert await client.api_keys.get(key.key.id) == renamed
    assert (await client.api_keys.revoke(key.key.id)).revoked_at is not None
    assert len([one async for one in client.api_keys.list(page_size=1)]) == 3  # with the agent's
    tenant = await client.tenants.create(TenantCreate(name="b", owner="bob"))
    edited = await client.tenants.change(tenant.tenant.id, TenantEdit(name="b2", suspended=True))
    assert edited.suspended
    assert edited in (await client.tenants.list()).tenants
    with pytest.raises(VisavisError):
        await client.tenants.remove(uuid.uuid4())


async def test_an_enrolment_whose_answer_was_lost_happens_once(recognising: Served, portraits: Path) -> None:
    cut = Cut(httpx.ASGITransport(recognising.app, raise_app_exceptions=False), "/enrol")
    async with connect(recognising, await recognising.key(), cut) as client:
        await client.galleries.create("staff")
        done = await client.enrol("staff", "ada", portraits / "obama.jpg")
        assert cut.sent == 2
        assert [photo.outcome for photo in done.photos] == ["enrolled"], "the answer is that of the first try"
        assert (await client.galleries.get("staff")).references == 1


@pytest.mark.parametrize("reference", ["", "capture 7"])
async def test_an_identification_whose_answer_was_lost_is_logged_once(
    recognising: Served, portraits: Path, reference: str
) -> None:
    cut = Cut(httpx.ASGITransport(recognising.app, raise_app_exceptions=False), "/identify")
    async with connect(recognising, await recognising.key(), cut) as client:
        await client.galleries.create("staff")
        found = await client.identify("staff", portraits / "obama.jpg", source="door", reference=reference)
        assert cut.sent == 2
        events = [str(one.id) async for one in client.events.list()]
        assert events == [str(one) for one in found.event_ids]


async def test_errors_are_those_of_the_library(recognising: Served, owner: AsyncClient) -> None:
    with pytest.raises(GalleryNotFound) as raised:
        await owner.identify("none", b"x")
    assert uuid.UUID(raised.value.request_id)
    with pytest.raises(ValueInvalid, match="limit"):
        await owner.identify("none", b"x", limit=1000)
    async with connect(recognising, "vv_wrong") as stranger:
        with pytest.raises(NotAuthenticated):
            await stranger.me()
    blank = (
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00\x90wS\xde"
        b"\x00\x00\x00\x0cIDATx\x9cc```\x00\x00\x00\x04\x00\x01\xf6\x178U\x00\x00\x00\x00IEND\xaeB`\x82"
    )
    await owner.galleries.create("staff")
    with pytest.raises(NoFace):
        await owner.enrol("staff", "x", blank)


async def test_a_listing_can_be_left(owner: AsyncClient) -> None:
    for number in range(4):
        await owner.galleries.create(f"g{number}")
    async with aclosing(owner.galleries.list(page_size=1)) as found:
        async for gallery in found:
            assert gallery.name == "g0"
            break
