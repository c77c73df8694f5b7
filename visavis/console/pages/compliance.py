"""What people agreed to, how long things are kept, what was erased, and the keys."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.render import page
from visavis.console.tabs import Tab, require
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted
from visavis.wire.v1.governance import ConsentNote

router = APIRouter()
_P = Permission
TABS: Final = (
    Tab("/compliance", "Consents", frozenset({_P.CONSENTS_READ})),
    Tab("/compliance/retention", "Retention", frozenset({_P.GALLERIES_READ, _P.RETENTION_MANAGE})),
    Tab("/compliance/erasures", "Erasures", frozenset({_P.CONSENTS_READ})),
    Tab("/compliance/audit", "Audit log", frozenset({_P.AUDIT_READ})),
    Tab("/compliance/reports", "Reports", frozenset({_P.METRICS_READ})),
    Tab("/compliance/exports", "Exports", frozenset({_P.AUDIT_READ, _P.EVENTS_EXPORT, _P.SUBJECTS_EXPORT})),
    Tab("/compliance/keys", "Keys", frozenset({_P.AUDIT_READ})),
)
KEYS: Final = {
    "template": ("Faces", "templates, details and pictures of enrolments"),
    "vault": (
        "Everything else that is secret",
        "jobs, corrections, recordings, secrets of webhooks and keys",
    ),
    "photo": ("Fingerprints of photos", "tells that a photo was enrolled before; never changes"),
    "signing": ("Signatures", "receipts and audits; never changes, so that old ones can be verified"),
}
_MOST = 1000
_SHOWN = 300
_SOON = timedelta(days=30)

Text = Annotated[str, Query(max_length=200)]


def tabs_of(visit: Visit, path: str) -> list[Tab]:
    """Raises `NotPermitted` for roles that the place is not for: operators record consents, and prove nothing."""
    if not (visit.may(_P.AUDIT_READ) or visit.may(_P.RETENTION_MANAGE)):
        raise NotPermitted(
            "This is for administrators and auditors.", hint="Ask an administrator for another role."
        )
    return require(visit, TABS, path)


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """`state` is valid, soon, ended or revoked."""

    consent: ConsentNote
    name: str
    state: str


@router.get("/compliance")
async def consents(request: Request, visit: Visiting, purpose: Text = "", state: Text = "") -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance")
    (found, more), names = await asyncio.gather(
        first_of(visit.client.consents.list(purpose=purpose or None, page_size=_MOST), _MOST), _names(visit)
    )
    now = datetime.now(UTC)
    lines = [ConsentLine(one, names.get(one.subject_id, ""), state_of(one, now)) for one in found]
    lines.sort(key=lambda line: line.consent.expires_at or datetime.max.replace(tzinfo=UTC))
    counts = {which: sum(line.state == which for line in lines) for which in STATES}
    return page(
        request,
        visit,
        "compliance_consents.html",
        tabs=tabs,
        lines=[line for line in lines if state in ("", line.state)][:_SHOWN],
        counts=counts,
        more=more or len(lines) > _SHOWN,
        purposes=sorted({one.purpose for one in found} | ({purpose} if purpose else set())),
        purpose=purpose,
        state=state,
        states=STATES,
        may_revoke=visit.may(_P.CONSENTS_WRITE),
    )


STATES: Final = {
    "valid": "in force",
    "soon": "end within 30 days",
    "ended": "ended",
    "revoked": "revoked",
}


def state_of(consent: ConsentNote, now: datetime) -> str:
    if consent.revoked_at is not None:
        return "revoked"
    if not consent.valid:
        return "ended"
    return "soon" if consent.expires_at is not None and consent.expires_at - now < _SOON else "valid"


@router.get("/compliance/retention")
async def retention(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/retention")
    galleries, _ = await first_of(visit.client.galleries.list(page_size=_MOST), _MOST)
    return page(
        request,
        visit,
        "compliance_retention.html",
        tabs=tabs,
        galleries=galleries,
        may_run=visit.may(_P.RETENTION_MANAGE),
        may_change=visit.may(_P.GALLERIES_WRITE),
    )


@router.get("/compliance/erasures")
async def erasures(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/erasures")
    found, more = await first_of(visit.client.receipts.list(page_size=_SHOWN), _SHOWN)
    return page(
        request,
        visit,
        "compliance_erasures.html",
        tabs=tabs,
        receipts=found,
        more=more,
        causes={
            "request": "somebody asked for it",
            "consent_revoked": "a consent was revoked",
            "consent_expired": "a consent had ended",
        },
    )


@router.get("/compliance/keys")
async def keys(request: Request, visit: Visiting) -> HTMLResponse:
    tabs = tabs_of(visit, "/compliance/keys")
    found = await visit.client.encryption.get()
    return page(
        request,
        visit,
        "compliance_keys.html",
        tabs=tabs,
        keys=found.keys,
        fingerprint=found.fingerprint,
        rotating=any(one.retired_at for one in found.keys),
        words=KEYS,
    )


async def _names(visit: Visit) -> dict[str, str]:
    """Of the first people by name; who is not among them is shown by identifier."""
    if not visit.may(_P.SUBJECTS_READ):
        return {}
    found, _ = await first_of(visit.client.subjects.list(page_size=_MOST), _MOST)
    return {one.id: one.name for one in found}
