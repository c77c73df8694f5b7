"""The client against the application itself: every operation, in both ways, and what a retry must not do twice."""

import json
import uuid
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.api.serving import Served
from visavis.client.asynchronous import AsyncClient
from visavis.client.connection import Retries
from visavis.client.resources.events import Wanted
from visavis.domain.access import Permission, Role
from visavis.domain.decision import Measure, Outcome
from visavis.domain.errors import (
    AccountNotFound,
    AlreadyExists,
    CalibrationMissing,
    CalibrationNotFound,
    DeliveryNotFound,
    EventNotFound,
    GalleryNotFound,
    JobNotFound,
    ModelNotFound,
    NoFace,
    NotAuthenticated,
    PreconditionFailed,
    ReferenceNotFound,
    SubjectNotFound,
    ValueInvalid,
    VisavisError,
)
from visavis.domain.gallery import Purpose
from visavis.domain.policy import Keep
from visavis.domain.visit import By
from visavis.wire.v1.accounts import KeyCreate, KeyEdit, TenantCreate, TenantEdit, UserEdit
from visavis.wire.v1.calibrations import CalibrationContent, CalibrationPointContent
from visavis.wire.v1.galleries import PolicyChange
from visavis.wire.v1.jobs import WebhookEdit

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
        await _visitors(client)
        await _later(client, portraits)
        await _accounts(client)
    described = recognising.app.openapi()["paths"]
    wanted = {
        (verb.upper(), path)
        for path, operations in described.items()
        for verb in operations
        if path.startswith("/v1/") and not path.startswith(NOT_FOR_APPLICATIONS)
    }
    streamed = {("GET", "/v1/events/stream")}  # endless: see tests/acceptance/test_client.py
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
    lines = [json.loads(line) async for line in client.audit.export(after=2)]
    assert len(lines) >= len(latest) - 1


async def _log(client: AsyncClient) -> None:
    events = [one async for one in client.events.list(page_size=2)]
    assert [one.sequence for one in events] == list(range(len(events), 0, -1))
    ascending = [one.sequence async for one in client.events.list(after=2, page_size=2)]
    assert ascending == list(range(3, len(events) + 1))
    matched = [one async for one in client.events.list(Wanted(gallery="staff", outcome=Outcome.NON_MATCH))]
    assert [one.source for one in matched] == ["door"]
    assert await client.events.get(matched[0].id) == matched[0]
    reviewed = await client.events.review(matched[0].id, Outcome.INCONCLUSIVE)
    assert reviewed.verdict is Outcome.INCONCLUSIVE
    lines = [line async for line in client.events.export()]
    assert len(lines) == len(events)
    table = [line async for line in client.events.export(Wanted(source="door"), form="csv")]
    assert table[0].startswith("id,sequence")
    assert len(table) == 3
    with pytest.raises(EventNotFound):
        await client.events.get(uuid.uuid4())


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


async def _visitors(client: AsyncClient) -> None:
    visits = [one async for one in client.visitors.visits("staff", page_size=1)]
    summary = await client.visitors.summary("staff", by=By.CAMERA, timezone="Europe/Berlin")
    assert summary.visits == len(visits)
    assert len([line async for line in client.visitors.export("staff")]) == len(visits) + 1
    assert sum(one.transitions for one in (await client.visitors.flows("staff")).flows) >= len(visits)
    assert len((await client.visitors.hours("staff")).weekdays) == 7


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
    listed = [one.id async for one in client.jobs.list(page_size=1)]
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
    assert len([one async for one in client.api_keys.list(page_size=1)]) == 2
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
