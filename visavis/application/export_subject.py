"""Everything about one subject, for the subject."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.ports.access_decisions import AccessFilter
from visavis.application.ports.alerts import AlertFilter
from visavis.application.ports.consents import Receipt
from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.events import EventFilter
from visavis.application.ports.store import ReferenceSummary, Store, UnitOfWork
from visavis.application.removal import found, placed
from visavis.domain.admission import AccessDecision
from visavis.domain.alert import Alert
from visavis.domain.attendance import Correction
from visavis.domain.audit import Action, AuditEntry
from visavis.domain.consent import Consent
from visavis.domain.correction import Correction as SubjectCorrection
from visavis.domain.event import Event, EventId
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Keep
from visavis.domain.subject import ReferenceId, Subject, SubjectId, TenantId
from visavis.domain.template import Template

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedReference:
    """A reference without its template, unless that was asked for; `images` is what is kept beside it."""

    summary: ReferenceSummary
    gallery: Gallery
    images: tuple[Keep, ...]
    template: Template | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectExport:
    """Everything that is kept about a subject."""

    subject: Subject
    galleries: tuple[Gallery, ...]
    references: tuple[ExportedReference, ...]
    consents: tuple[Consent, ...]
    events: tuple[Event, ...]
    probes: Mapping[EventId, Template]  #: the templates that events were decided on, as far as they are kept
    corrections: tuple[SubjectCorrection, ...]
    receipts: tuple[Receipt, ...]
    audit: tuple[AuditEntry, ...]
    passages: tuple[AccessDecision, ...] = ()
    alerts: tuple[Alert, ...] = ()
    attendance: tuple[Correction, ...] = ()
    pictures: frozenset[EventId] = frozenset()  #: events beside which a picture is kept


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSubject:
    store: Store
    tenant: TenantId
    ledger: Ledger

    async def __call__(self, subject: str | SubjectId, *, templates: bool = False) -> SubjectExport:
        """Raises `SubjectNotFound`. Reads the whole audit log, so it takes a while where that is long."""
        async with self.store.transaction(self.tenant) as work:
            one = await found(work, subject)
            galleries = await placed(work, one)
            events = [event async for event in _events(work, one.id)]
            exported = SubjectExport(
                subject=one,
                galleries=tuple(galleries),
                references=tuple(
                    [ref for gallery in galleries async for ref in _references(work, gallery, one, templates)]
                ),
                consents=tuple(await work.consents.of_subject(one.id)),
                events=tuple(events),
                probes=await work.probes.of_all([event.id for event in events]),
                pictures=await work.pictures.kept([event.id for event in events]),
                corrections=tuple([kept async for kept in _corrections(work, one.id)]),
                receipts=tuple([receipt async for receipt in _receipts(work, one.id)]),
                audit=tuple([entry async for entry in _audit(work, one.id)]),
                passages=tuple([decision async for decision in _passages(work, one.id)]),
                alerts=tuple([alert async for alert in _alerts(work, one.id)]),
                attendance=tuple(await work.attendance.corrections(subject_ids=[one.id])),
            )
            await self.ledger.note(
                work,
                Action.SUBJECT_EXPORTED,
                f"subject:{one.id}",
                references=len(exported.references),
                events=len(exported.events),
                templates=templates,
            )
        return exported


async def _references(
    work: UnitOfWork, gallery: Gallery, subject: Subject, templates: bool
) -> AsyncIterator[ExportedReference]:
    secret: dict[ReferenceId, Template] = {}
    if templates:
        kept = await work.references.of_subjects(gallery.id, [subject.id])
        secret = {one.id: one.template for one in kept.get(subject.id, [])}
    after = None
    while True:
        page = await work.references.page(gallery.id, subject_id=subject.id, after=after, limit=_PAGE)
        kinds = await work.samples.kinds([one.id for one in page]) if page else {}
        for one in page:
            yield ExportedReference(
                summary=one, gallery=gallery, images=kinds.get(one.id, ()), template=secret.get(one.id)
            )
        if len(page) < _PAGE:
            return
        after = page[-1].id


async def _events(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[Event]:
    after = 0
    while page := await work.events.page(EventFilter(subject_id=subject_id), after=after, limit=_PAGE):
        for event in page:
            yield event
        after = page[-1].sequence


async def _alerts(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[Alert]:
    after = 0
    while page := await work.alerts.page(AlertFilter(subject_id=subject_id), after=after, limit=_PAGE):
        for alert in page:
            yield alert
        after = page[-1].sequence


async def _passages(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[AccessDecision]:
    after = 0
    wanted = AccessFilter(subject_id=subject_id)
    while page := await work.access_decisions.page(wanted, after=after, limit=_PAGE):
        for decision in page:
            yield decision
        after = page[-1].sequence


async def _corrections(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[SubjectCorrection]:
    before = None
    while page := await work.corrections.page(
        CorrectionFilter(subject_id=subject_id), before=before, limit=_PAGE
    ):
        for correction in page:
            yield correction
        before = page[-1].sequence


async def _receipts(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[Receipt]:
    after = None
    while True:
        page: Sequence[Receipt] = await work.receipts.page(after=after, limit=_PAGE)
        for receipt in page:
            if receipt.subject_id == subject_id:
                yield receipt
        if len(page) < _PAGE:
            return
        after = page[-1].id


async def _audit(work: UnitOfWork, subject_id: SubjectId) -> AsyncIterator[AuditEntry]:
    """Entries about the subject, and those that name it in their details."""
    named = str(subject_id)
    async for batch in work.audit.everything():
        for entry in batch:
            record = entry.record
            if record.target == f"subject:{named}" or named in record.details.values():
                yield entry
