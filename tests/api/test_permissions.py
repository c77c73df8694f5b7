"""Every route × role × tenant: who gets in, and nobody sees another tenant's data."""

import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from tests.api.serving import Served, served
from visavis.domain.access import ROLES, Permission, Role
from visavis.domain.subject import DEFAULT_TENANT, TenantId

pytestmark = pytest.mark.anyio
P = Permission
OPEN: frozenset[Permission] = frozenset()
ANYBODY = None

# What each route asks for; None: no key at all, an empty set: any key.
TABLE: dict[str, frozenset[Permission] | None] = {
    "GET /v1/health": ANYBODY,
    "GET /v1/ready": ANYBODY,
    "GET /v1/metrics": frozenset({P.METRICS_READ}),
    "POST /v1/detect": frozenset({P.DETECT}),
    "POST /v1/templates": frozenset({P.TEMPLATES}),
    "POST /v1/verify": frozenset({P.VERIFY}),
    "POST /v1/galleries/{gallery}/verify": frozenset({P.VERIFY}),
    "POST /v1/galleries/{gallery}/identify": frozenset({P.IDENTIFY}),
    "POST /v1/galleries/{gallery}/enrol": frozenset({P.ENROL}),
    "GET /v1/galleries": frozenset({P.GALLERIES_READ}),
    "POST /v1/galleries": frozenset({P.GALLERIES_WRITE}),
    "GET /v1/galleries/{gallery}": frozenset({P.GALLERIES_READ}),
    "PATCH /v1/galleries/{gallery}/policy": frozenset({P.GALLERIES_WRITE}),
    "DELETE /v1/galleries/{gallery}": frozenset({P.GALLERIES_WRITE}),
    "GET /v1/galleries/{gallery}/calibration": frozenset({P.GALLERIES_READ}),
    "PUT /v1/galleries/{gallery}/calibration": frozenset({P.GALLERIES_WRITE}),
    "DELETE /v1/galleries/{gallery}/calibration": frozenset({P.GALLERIES_WRITE}),
    "GET /v1/galleries/{gallery}/references": frozenset({P.SUBJECTS_READ}),
    "POST /v1/galleries/{gallery}/references/move": frozenset({P.SUBJECTS_WRITE}),
    "GET /v1/galleries/{gallery}/references/{reference_id}": frozenset({P.SUBJECTS_READ}),
    "GET /v1/galleries/{gallery}/references/{reference_id}/image": frozenset({P.SUBJECTS_EXPORT}),
    "DELETE /v1/galleries/{gallery}/references/{reference_id}": frozenset({P.SUBJECTS_WRITE}),
    "GET /v1/galleries/{gallery}/attendance": frozenset({P.PASSAGES_READ}),
    "GET /v1/galleries/{gallery}/attendance/export": frozenset({P.PASSAGES_READ}),
    "GET /v1/galleries/{gallery}/attendance/plan": frozenset({P.PASSAGES_READ}),
    "PUT /v1/galleries/{gallery}/attendance/plan": frozenset({P.PASSAGES_MANAGE}),
    "GET /v1/galleries/{gallery}/attendance/corrections": frozenset({P.PASSAGES_READ}),
    "POST /v1/galleries/{gallery}/attendance/corrections": frozenset({P.PASSAGES_MANAGE}),
    "POST /v1/galleries/{gallery}/attendance/corrections/{correction_id}/undo": frozenset(
        {P.PASSAGES_MANAGE}
    ),
    "GET /v1/schedules": frozenset({P.PASSAGES_READ}),
    "GET /v1/schedules/{schedule}": frozenset({P.PASSAGES_READ}),
    "PUT /v1/schedules/{schedule}": frozenset({P.PASSAGES_MANAGE}),
    "DELETE /v1/schedules/{schedule}": frozenset({P.PASSAGES_MANAGE}),
    "GET /v1/doors": frozenset({P.PASSAGES_READ}),
    "GET /v1/doors/{door}": frozenset({P.PASSAGES_READ}),
    "PUT /v1/doors/{door}": frozenset({P.PASSAGES_MANAGE}),
    "DELETE /v1/doors/{door}": frozenset({P.PASSAGES_MANAGE}),
    "GET /v1/doors/{door}/decisions": frozenset({P.PASSAGES_READ}),
    "GET /v1/doors/{door}/decisions/stream": frozenset({P.PASSAGES_READ}),
    "POST /v1/doors/{door}/decide": frozenset({P.IDENTIFY, P.PASSAGES_READ}),
    "POST /v1/doors/{door}/state": frozenset({P.TRACKS_REPORT}),
    "GET /v1/subjects": frozenset({P.SUBJECTS_READ}),
    "POST /v1/subjects": frozenset({P.SUBJECTS_WRITE}),
    "GET /v1/subjects/{subject_id}": frozenset({P.SUBJECTS_READ}),
    "PATCH /v1/subjects/{subject_id}": frozenset({P.SUBJECTS_WRITE}),
    "DELETE /v1/subjects/{subject_id}": frozenset({P.SUBJECTS_ERASE}),
    "GET /v1/subjects/{subject_id}/export": frozenset({P.SUBJECTS_EXPORT}),
    "GET /v1/consents": frozenset({P.CONSENTS_READ}),
    "POST /v1/consents": frozenset({P.CONSENTS_WRITE}),
    "GET /v1/consents/{consent_id}": frozenset({P.CONSENTS_READ}),
    "POST /v1/consents/{consent_id}/revoke": frozenset({P.CONSENTS_WRITE}),
    "GET /v1/receipts": frozenset({P.CONSENTS_READ}),
    "GET /v1/receipts/{receipt_id}": frozenset({P.CONSENTS_READ}),
    "POST /v1/retention/run": frozenset({P.RETENTION_MANAGE}),
    "GET /v1/audit": frozenset({P.AUDIT_READ}),
    "GET /v1/audit/verify": frozenset({P.AUDIT_READ}),
    "GET /v1/audit/export": frozenset({P.AUDIT_READ}),
    "GET /v1/events": frozenset({P.EVENTS_READ}),
    "GET /v1/events/{event_id}/picture": frozenset({P.EVENTS_REVIEW}),
    "GET /v1/events/{event_id}/references/{reference_id}/picture": frozenset({P.EVENTS_REVIEW}),
    "GET /v1/reviews": frozenset({P.EVENTS_REVIEW}),
    "GET /v1/reviews/summary": frozenset({P.EVENTS_REVIEW}),
    "GET /v1/reviews/{event_id}": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/reviews/{event_id}/claim": frozenset({P.EVENTS_REVIEW}),
    "DELETE /v1/reviews/{event_id}/claim": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/reviews/{event_id}/opinion": frozenset({P.EVENTS_REVIEW}),
    "DELETE /v1/reviews/{event_id}/opinion": frozenset({P.EVENTS_REVIEW}),
    "GET /v1/events/summary": frozenset({P.EVENTS_READ}),
    "GET /v1/events/export": frozenset({P.EVENTS_READ, P.EVENTS_EXPORT}),
    "GET /v1/events/stream": frozenset({P.EVENTS_READ}),
    "GET /v1/events/{event_id}": frozenset({P.EVENTS_READ}),
    "POST /v1/events/{event_id}/review": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/galleries/{gallery}/jobs/classify": frozenset({P.JOBS_WRITE, P.IDENTIFY}),
    "POST /v1/galleries/{gallery}/jobs/enrol": frozenset({P.JOBS_WRITE, P.ENROL}),
    "POST /v1/galleries/{gallery}/jobs/re-embed": frozenset(
        {P.JOBS_WRITE, P.GALLERIES_WRITE, P.MODELS_MANAGE}
    ),
    "GET /v1/jobs": frozenset({P.JOBS_READ}),
    "GET /v1/jobs/{job_id}": frozenset({P.JOBS_READ}),
    "GET /v1/jobs/{job_id}/items": frozenset({P.JOBS_READ}),
    "POST /v1/jobs/{job_id}/cancel": frozenset({P.JOBS_WRITE}),
    "GET /v1/webhooks": frozenset({P.WEBHOOKS_MANAGE}),
    "POST /v1/webhooks": frozenset({P.WEBHOOKS_MANAGE}),
    "GET /v1/webhooks/{webhook_id}": frozenset({P.WEBHOOKS_MANAGE}),
    "PATCH /v1/webhooks/{webhook_id}": frozenset({P.WEBHOOKS_MANAGE}),
    "POST /v1/webhooks/{webhook_id}/secret": frozenset({P.WEBHOOKS_MANAGE}),
    "DELETE /v1/webhooks/{webhook_id}": frozenset({P.WEBHOOKS_MANAGE}),
    "GET /v1/webhooks/{webhook_id}/deliveries": frozenset({P.WEBHOOKS_MANAGE}),
    "POST /v1/webhooks/{webhook_id}/deliveries/{delivery_id}/redeliver": frozenset({P.WEBHOOKS_MANAGE}),
    "GET /v1/alerts": frozenset({P.ALERTS_READ}),
    "GET /v1/alerts/stream": frozenset({P.ALERTS_READ}),
    "GET /v1/alerts/{alert_id}": frozenset({P.ALERTS_READ}),
    "PATCH /v1/alerts/{alert_id}": frozenset({P.ALERTS_ACKNOWLEDGE}),
    "GET /v1/alerts/{alert_id}/deliveries": frozenset({P.ALERTS_READ}),
    "GET /v1/alert-rules": frozenset({P.ALERTS_READ}),
    "POST /v1/alert-rules": frozenset({P.ALERTS_MANAGE}),
    "GET /v1/alert-rules/{rule_id}": frozenset({P.ALERTS_READ}),
    "PATCH /v1/alert-rules/{rule_id}": frozenset({P.ALERTS_MANAGE}),
    "DELETE /v1/alert-rules/{rule_id}": frozenset({P.ALERTS_MANAGE}),
    "GET /v1/channels": frozenset({P.ALERTS_READ}),
    "POST /v1/channels": frozenset({P.ALERTS_MANAGE}),
    "GET /v1/channels/{channel_id}": frozenset({P.ALERTS_READ}),
    "PATCH /v1/channels/{channel_id}": frozenset({P.ALERTS_MANAGE}),
    "DELETE /v1/channels/{channel_id}": frozenset({P.ALERTS_MANAGE}),
    "POST /v1/channels/{channel_id}/test": frozenset({P.ALERTS_MANAGE}),
    "GET /v1/channels/{channel_id}/deliveries": frozenset({P.ALERTS_MANAGE}),
    "POST /v1/channels/{channel_id}/deliveries/{delivery_id}/redeliver": frozenset({P.ALERTS_MANAGE}),
    "GET /v1/corrections": frozenset({P.EVENTS_READ}),
    "GET /v1/corrections/{correction_id}": frozenset({P.EVENTS_READ}),
    "POST /v1/corrections/deny": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/corrections/assign": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/corrections/merge": frozenset({P.SUBJECTS_WRITE}),
    "POST /v1/corrections/split": frozenset({P.SUBJECTS_WRITE}),
    "POST /v1/corrections/{correction_id}/undo": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/galleries/{gallery}/recordings": frozenset({P.RECORDINGS_MANAGE, P.JOBS_WRITE}),
    "POST /v1/galleries/{gallery}/recordings/search": frozenset({P.RECORDINGS_SEARCH}),
    "POST /v1/galleries/{gallery}/recordings/report": frozenset({P.RECORDINGS_SEARCH}),
    "GET /v1/recordings/{recording_id}/tracks/{track}/still": frozenset({P.RECORDINGS_SEARCH}),
    "GET /v1/recordings": frozenset({P.RECORDINGS_SEARCH}),
    "GET /v1/recordings/{recording_id}": frozenset({P.RECORDINGS_SEARCH}),
    "DELETE /v1/recordings/{recording_id}": frozenset({P.RECORDINGS_MANAGE}),
    "GET /v1/monitors": frozenset({P.EVENTS_READ}),
    "GET /v1/monitors/{monitor_id}": frozenset({P.EVENTS_READ}),
    "POST /v1/monitors/{monitor_id}/accept": frozenset({P.EVENTS_REVIEW}),
    "POST /v1/galleries/{gallery}/tracks": frozenset({P.TRACKS_REPORT}),
    "POST /v1/galleries/{gallery}/tracks/batch": frozenset({P.TRACKS_REPORT}),
    "GET /v1/cameras": frozenset({P.CAMERAS_READ}),
    "POST /v1/cameras": frozenset({P.CAMERAS_MANAGE}),
    "GET /v1/cameras/{camera}": frozenset({P.CAMERAS_READ}),
    "PATCH /v1/cameras/{camera}": frozenset({P.CAMERAS_MANAGE}),
    "DELETE /v1/cameras/{camera}": frozenset({P.CAMERAS_MANAGE}),
    "GET /v1/cameras/{camera}/snapshot": frozenset({P.CAMERAS_READ}),
    "PUT /v1/cameras/{camera}/snapshot": frozenset({P.TRACKS_REPORT}),
    "GET /v1/snapshots": frozenset({P.CAMERAS_READ}),
    "POST /v1/camera-trials": frozenset({P.CAMERAS_MANAGE}),
    "GET /v1/agents": frozenset({P.CAMERAS_READ}),
    "POST /v1/agents/invitations": frozenset({P.CAMERAS_MANAGE}),
    "POST /v1/agents/enrol": ANYBODY,
    "GET /v1/agents/{agent_id}": frozenset({P.CAMERAS_READ}),
    "PUT /v1/agents/{agent_id}/configuration": frozenset({P.CAMERAS_MANAGE}),
    "POST /v1/agents/{agent_id}/rollback": frozenset({P.CAMERAS_MANAGE}),
    "DELETE /v1/agents/{agent_id}": frozenset({P.CAMERAS_MANAGE}),
    "GET /v1/agents/me/configuration": frozenset({P.TRACKS_REPORT}),
    "POST /v1/agents/me/health": frozenset({P.TRACKS_REPORT}),
    "GET /v1/agents/me/packs/{pack}": frozenset({P.TRACKS_REPORT}),
    "GET /v1/agents/me/packs/{pack}/files/{sha256}": frozenset({P.TRACKS_REPORT}),
    "GET /v1/galleries/{gallery}/copy": frozenset({P.TRACKS_REPORT}),
    "GET /v1/galleries/{gallery}/re-enrolment": frozenset({P.SUBJECTS_READ, P.EVENTS_READ}),
    "GET /v1/galleries/{gallery}/visitors/summary": frozenset({P.EVENTS_READ}),
    "GET /v1/galleries/{gallery}/visitors/visits": frozenset({P.EVENTS_READ}),
    "GET /v1/galleries/{gallery}/visitors/visits/export": frozenset({P.EVENTS_READ, P.EVENTS_EXPORT}),
    "GET /v1/galleries/{gallery}/visitors/flows": frozenset({P.EVENTS_READ}),
    "GET /v1/galleries/{gallery}/visitors/hours": frozenset({P.EVENTS_READ}),
    "GET /v1/models": frozenset({P.MODELS_READ}),
    "GET /v1/models/{pack}": frozenset({P.MODELS_READ}),
    "GET /v1/models/promotions": frozenset({P.MODELS_READ}),
    "GET /v1/models/{pack}/cards": frozenset({P.MODELS_READ}),
    "GET /v1/models/{pack}/calibrations": frozenset({P.MODELS_READ}),
    "GET /v1/models/{pack}/gate": frozenset({P.MODELS_MANAGE}),
    "POST /v1/models/{pack}/promote": frozenset({P.MODELS_MANAGE}),
    "POST /v1/models/promotions/rollback": frozenset({P.MODELS_MANAGE}),
    "GET /v1/trials": frozenset({P.MODELS_READ, P.GALLERIES_READ}),
    "GET /v1/galleries/{gallery}/trial": frozenset({P.MODELS_READ, P.GALLERIES_READ}),
    "PUT /v1/galleries/{gallery}/trial": frozenset({P.MODELS_MANAGE}),
    "DELETE /v1/galleries/{gallery}/trial": frozenset({P.MODELS_MANAGE}),
    "POST /v1/galleries/{gallery}/trial/promote": frozenset(
        {P.JOBS_WRITE, P.GALLERIES_WRITE, P.MODELS_MANAGE}
    ),
    "GET /v1/reports": frozenset({P.METRICS_READ}),
    "POST /v1/reports": frozenset({P.MODELS_MANAGE}),
    "GET /v1/reports/{report_id}": frozenset({P.METRICS_READ}),
    "GET /v1/reports/{report_id}/file": frozenset({P.METRICS_READ}),
    "DELETE /v1/reports/{report_id}": frozenset({P.MODELS_MANAGE}),
    "POST /v1/receipts/verify": frozenset({P.CONSENTS_READ}),
    "GET /v1/auth/provider": frozenset({P.USERS_READ}),
    "GET /v1/encryption": frozenset({P.AUDIT_READ}),
    "GET /v1/users": frozenset({P.USERS_READ}),
    "POST /v1/users": frozenset({P.USERS_MANAGE}),
    "GET /v1/users/{user_id}": frozenset({P.USERS_READ}),
    "PATCH /v1/users/{user_id}": frozenset({P.USERS_MANAGE}),
    "DELETE /v1/users/{user_id}": frozenset({P.USERS_MANAGE}),
    "POST /v1/users/{user_id}/sign-in-link": frozenset({P.USERS_MANAGE}),
    "GET /v1/api-keys": frozenset({P.KEYS_OWN}),
    "POST /v1/api-keys": frozenset({P.KEYS_OWN}),
    "GET /v1/api-keys/{key_id}": frozenset({P.KEYS_OWN}),
    "PATCH /v1/api-keys/{key_id}": frozenset({P.KEYS_OWN}),
    "DELETE /v1/api-keys/{key_id}": frozenset({P.KEYS_OWN}),
    "GET /v1/tenants": frozenset({P.TENANTS_MANAGE}),
    "POST /v1/tenants": frozenset({P.TENANTS_MANAGE}),
    "PUT /v1/tenants/{tenant_id}": frozenset({P.TENANTS_MANAGE}),
    "DELETE /v1/tenants/{tenant_id}": frozenset({P.TENANTS_MANAGE}),
    "GET /v1/auth/ways": ANYBODY,
    "POST /v1/auth/sign-in": ANYBODY,
    "POST /v1/auth/one-time": ANYBODY,
    "POST /v1/auth/one-time/whose": ANYBODY,
    "GET /v1/auth/oidc": ANYBODY,
    "GET /v1/auth/oidc/callback": ANYBODY,
    "POST /v1/auth/sign-out": OPEN,
    "GET /v1/me": OPEN,
    "POST /v1/me/password": OPEN,
    "GET /v1/me/sessions": OPEN,
    "DELETE /v1/me/sessions/{session_id}": OPEN,
}
_BODIES = {
    "POST /v1/galleries": {"name": "made"},
    "PATCH /v1/galleries/{gallery}/policy": {"fmr": 1e-3},
    "POST /v1/agents/invitations": {"name": "made"},
    "POST /v1/agents/enrol": {"token": "wrong", "sealing_key": "A" * 43 + "="},
    "PUT /v1/agents/{agent_id}/configuration": {"split": "crops"},
    "POST /v1/agents/{agent_id}/rollback": {"version": 1},
    "POST /v1/agents/me/health": {
        "health": {
            "version": "0",
            "started_at": "2026-01-01T00:00:00Z",
            "at": "2026-01-01T00:00:00Z",
            "split": "crops",
            "gallery": "staff",
            "pack": "standard",
            "detector": "yunet",
        }
    },
    "POST /v1/cameras": {"name": "made"},
    "POST /v1/galleries/{gallery}/recordings": {"path": "a.mp4", "started_at": "2026-01-01T00:00:00Z"},
    "POST /v1/corrections/deny": {"event_id": str(uuid.uuid4())},
    "POST /v1/corrections/assign": {"event_id": str(uuid.uuid4()), "name": "ada"},
    "POST /v1/corrections/merge": {"subject_id": str(uuid.uuid4()), "into_id": str(uuid.uuid4())},
    "POST /v1/corrections/split": {"subject_id": str(uuid.uuid4()), "event_ids": [str(uuid.uuid4())]},
    "PATCH /v1/cameras/{camera}": {"note": "changed"},
    "POST /v1/galleries/{gallery}/references/move": {"reference_ids": [str(uuid.uuid4())], "subject": "ada"},
    "POST /v1/subjects": {"name": "made", "gallery": "staff"},
    "PATCH /v1/subjects/{subject_id}": {"name": "renamed"},
    "POST /v1/consents": {"subject_id": str(uuid.uuid4()), "purpose": "door", "text_version": "1"},
    "POST /v1/events/{event_id}/review": {"verdict": "match"},
    "POST /v1/webhooks": {"url": "https://203.0.113.7/hook"},
    "PATCH /v1/webhooks/{webhook_id}": {"active": False},
    "POST /v1/users": {"login": "made@example.org", "role": "auditor"},
    "PATCH /v1/users/{user_id}": {"disabled": True},
    "POST /v1/api-keys": {"name": "made", "permissions": ["detect"]},
    "PATCH /v1/api-keys/{key_id}": {"name": "changed"},
    "POST /v1/tenants": {"name": "made", "owner": "made@example.net"},
    "PUT /v1/tenants/{tenant_id}": {"name": "changed"},
    "POST /v1/auth/sign-in": {"login": "nobody", "password": "wrong"},
    "POST /v1/auth/one-time": {"token": "wrong", "password": "wrong password"},
    "POST /v1/auth/one-time/whose": {"token": "wrong"},
    "POST /v1/me/password": {"present": "a", "wanted": "b"},
}
_QUERY = {
    "POST /v1/galleries/{gallery}/enrol": {"subject": "made"},
    "POST /v1/galleries/{gallery}/verify": {"subject": "ada"},
    "POST /v1/galleries/{gallery}/jobs/re-embed": {"pack": "standard"},
    "GET /v1/galleries/{gallery}/references/{reference_id}/image": {"kind": "photo"},
}
STREAMS = frozenset(
    {"GET /v1/alerts/stream", "GET /v1/events/stream", "GET /v1/doors/{door}/decisions/stream"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request for a route, harmless and incomplete: what matters is whether it gets past the door."""

    route: str
    ids: dict[str, str]

    @property
    def method(self) -> str:
        return self.route.partition(" ")[0]

    @property
    def path(self) -> str:
        fill = {"gallery": "staff", "pack": "standard", "sha256": "0" * 64} | self.ids
        return re.sub(
            r"{(\w+)}", lambda m: fill.get(m[1], str(uuid.UUID(int=7))), self.route.partition(" ")[2]
        )


def routes(one: Served) -> list[str]:
    """Every operation that is described."""
    paths = one.app.openapi()["paths"]
    return sorted(f"{verb.upper()} {path}" for path, operations in paths.items() for verb in operations)


async def status_of(one: Served, call: Call, key: str) -> tuple[int, str]:
    """Status and code of the answer."""
    async with one.client(key) as client:
        arguments = {"json": _BODIES[call.route]} if call.route in _BODIES else {}
        response = await client.request(
            call.method, call.path, params=_QUERY.get(call.route), timeout=20, **arguments
        )
        is_problem = response.headers.get("content-type", "").startswith("application/problem+json")
        return response.status_code, response.json()["code"] if is_problem else ""


async def fill(one: Served, tenant: TenantId, name: str) -> dict[str, str]:
    """A gallery and a subject of this tenant; their identifiers."""
    platform = one.platform(tenant)
    pack = platform.models.pack("standard")
    gallery = await platform.create("staff", pack=pack)
    subject = await platform.subjects.create(name, [gallery])
    consent = await platform.consents.grant(subject.id, purpose="door", text_version="1")
    return {"subject_id": str(subject.id), "consent_id": str(consent.id)}


@pytest.fixture(scope="module")
async def closed() -> AsyncIterator[Served]:
    """For those who are kept out, and so change nothing."""
    async with served() as one:
        yield one


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """Two tenants of one installation: what the first has, and a key of the second that may do everything."""

    one: Served
    ids: dict[str, str]
    key: str


@pytest.fixture(scope="module")
async def neighbours() -> AsyncIterator[Neighbours]:
    other = TenantId(uuid.uuid4())
    async with served() as one:
        ids = await fill(one, DEFAULT_TENANT, "ada")
        await one.add_tenant(other)
        yield Neighbours(one=one, ids=ids, key=await one.key(tenant=other))


async def test_the_table_has_every_route(service: Served) -> None:
    assert routes(service) == sorted(TABLE)


@pytest.mark.parametrize("route", sorted(route for route, asked in TABLE.items() if asked is not None))
async def test_without_a_key_nothing_is_answered(closed: Served, route: str) -> None:
    assert await status_of(closed, Call(route=route, ids={}), "") == (401, "not_authenticated")
    assert await status_of(closed, Call(route=route, ids={}), "vv_wrong_wrong") == (401, "not_authenticated")


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_gets_exactly_as_far_as_it_may(role: Role) -> None:
    """What is read or refused changes nothing, so that it can be asked of one service; writes get one each."""
    async with served() as shared:
        ids = await fill(shared, DEFAULT_TENANT, "ada")
        key = await shared.key(role)
        for route, asked in TABLE.items():
            if asked is None or route in STREAMS:
                continue
            if route.startswith("GET ") or not asked <= ROLES[role]:
                answer = await status_of(shared, Call(route=route, ids=ids), key)
            else:
                answer = await status_of_fresh(route, role)
            require_as_allowed(route, role, answer)
        assert [one.subject.name for one in await shared.platform().subjects.page()] == ["ada"]


async def status_of_fresh(route: str, role: Role) -> tuple[int, str]:
    async with served() as one:
        ids = await fill(one, DEFAULT_TENANT, "ada")
        return await status_of(one, Call(route=route, ids=ids), await one.key(role))


def require_as_allowed(route: str, role: Role, answer: tuple[int, str]) -> None:
    asked, (status, code) = TABLE[route], answer
    assert asked is not None
    if asked <= ROLES[role]:
        assert code != "not_authenticated", (route, role)
        assert status != 403 or " /v1/me" in route or "/v1/auth" in route, (route, role, code)
        assert status < 500, (route, role, code)
    else:
        assert answer == (403, "not_permitted"), (route, role)


@pytest.mark.parametrize("route", [route for route in TABLE if "{" in route])
async def test_nothing_of_another_tenant_is_found(neighbours: Neighbours, route: str) -> None:
    """The very same requests with a key of another tenant, which has every permission."""
    one = neighbours.one
    status, code = await status_of(one, Call(route=route, ids=neighbours.ids), neighbours.key)
    if route.startswith(("GET /v1/models", "DELETE /v1/me")):
        return  # packs are the installation's, and everybody's to look at
    if route.startswith("POST /v1/models"):
        assert (status, code) == (403, "not_permitted"), route
        return
    expected = {404, 403} if "tenants" in route else {404}
    body_first = {422, 415}  # the request is looked at before what it is about
    assert status in expected | body_first, (route, status, code)
    platform = one.platform()
    assert [s.subject.name for s in await platform.subjects.page()] == ["ada"]
    assert (await platform.gallery("staff")).policy.fmr == 1e-4


@pytest.mark.parametrize(
    "what", ["subjects", "galleries", "events", "audit", "consents", "users", "api-keys"]
)
async def test_lists_of_another_tenant_are_its_own(what: str) -> None:
    other = TenantId(uuid.uuid4())
    async with served() as one:
        ids = await fill(one, DEFAULT_TENANT, "ada")
        await one.add_tenant(other)
        async with one.client(await one.key(tenant=other)) as client:
            text = (await client.get(f"/v1/{what}")).text
        assert '"ada"' not in text  # three letters alone may stand in an identifier
        assert not any(value in text for value in ids.values())


async def test_a_key_of_one_gallery_sees_no_other(service: Served) -> None:
    platform = service.platform()
    ids = await fill(service, DEFAULT_TENANT, "ada")
    await platform.create("guests", pack=platform.models.pack("standard"))
    async with service.client(await service.key(galleries=frozenset({"guests"}))) as client:
        assert [one["name"] for one in (await client.get("/v1/galleries")).json()["galleries"]] == ["guests"]
        assert (await client.get("/v1/galleries/staff")).status_code == 403
        assert (await client.get("/v1/galleries/nowhere")).status_code == 403
        assert (await client.get(f"/v1/subjects/{ids['subject_id']}")).status_code == 404
        assert (await client.delete(f"/v1/subjects/{ids['subject_id']}")).status_code == 404
        assert (await client.get(f"/v1/consents/{ids['consent_id']}")).status_code == 404
        assert (await client.get("/v1/subjects")).status_code == 403
        assert (await client.get("/v1/audit")).status_code == 403
        assert (await client.post("/v1/webhooks", json={"url": "https://203.0.113.7/"})).status_code == 403
        assert (await client.post("/v1/galleries", json={"name": "more"})).status_code == 403
