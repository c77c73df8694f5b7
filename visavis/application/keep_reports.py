"""Keeps reports of evaluations and audits, so that whoever has to prove something finds them where the rest is."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.own_key import own_fingerprint
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.kept_reports import ReportFilter
from visavis.application.ports.signing import Signature, Signer
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.receipts import fingerprint
from visavis.domain.audit import Action
from visavis.domain.errors import VisavisError
from visavis.domain.report import ReportFigure, ReportId, ReportKind, StoredReport
from visavis.domain.subject import TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """A report that was read and found to be in order; `signature` has been verified by whoever read it."""

    kind: ReportKind
    title: str
    text: str
    pack: str = ""
    rival: str = ""
    gallery: str = ""
    figures: tuple[ReportFigure, ...] = ()
    signature: Signature | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReports:
    """Those of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    signer: Signer | None

    async def add(self, new: NewReport) -> StoredReport:
        """Its digest goes into the audit log. Raises `AlreadyExists`, `ValueInvalid`, `KeyUnavailable`."""
        content = new.text.encode()
        async with self.store.transaction(self.tenant) as work:
            report = StoredReport(
                id=ReportId(self.identifiers.new()),
                kind=new.kind,
                title=new.title.strip(),
                pack=new.pack,
                rival=new.rival,
                gallery=new.gallery,
                sha256=hashlib.sha256(content).hexdigest(),
                size=len(content),
                signed_by=fingerprint(new.signature.public_key) if new.signature else "",
                own=await self._own(work, new.signature),
                figures=new.figures,
                added_at=self.clock.now(),
                added_by=str(self.ledger.actor),
            )
            await work.reports.add(report, new.text)
            await self.ledger.note(
                work,
                Action.REPORT_ADDED,
                f"report:{report.id}",
                report_kind=report.kind.value,
                report_sha256=report.sha256,
                signed_by=report.signed_by or None,
            )
        return report

    async def page(
        self, wanted: ReportFilter, *, after: ReportId | None = None, limit: int = 100
    ) -> Sequence[StoredReport]:
        """The latest first."""
        async with self.store.transaction(self.tenant) as work:
            return await work.reports.page(wanted, after=after, limit=limit)

    async def get(self, report_id: ReportId) -> StoredReport:
        """Raises `ReportNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            return await work.reports.get(report_id)

    async def text(self, report: StoredReport) -> str:
        """As it came. Raises `ReportNotFound`, and `VisavisError` if somebody changed it in the database."""
        async with self.store.transaction(self.tenant) as work:
            text = await work.reports.text(report.id)
        if not report.is_of(text):
            raise VisavisError(
                "The report was changed in the database.",
                hint="Find out who did, and restore it from a backup.",
            )
        return text

    async def remove(self, report_id: ReportId) -> StoredReport:
        """The audit log still has its digest. Raises `ReportNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            report = await work.reports.get(report_id)
            await work.reports.remove(report_id)
            await self.ledger.note(
                work,
                Action.REPORT_REMOVED,
                f"report:{report_id}",
                report_kind=report.kind.value,
                report_sha256=report.sha256,
            )
        return report

    async def _own(self, work: UnitOfWork, signature: Signature | None) -> bool:
        if signature is None:
            return False
        return await own_fingerprint(work, self.signer) == fingerprint(signature.public_key)
