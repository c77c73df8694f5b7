"""Consents, receipts, retention, the audit log."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, Give, Lines, exchanged
from visavis.client.requests import Request, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.wire.governance import ReceiptDocument
from visavis.wire.v1.governance import (
    AuditList,
    AuditNote,
    AuditVerified,
    ConsentGrant,
    ConsentList,
    ConsentNote,
    ReceiptList,
    RetentionRun,
    RevokedNote,
)
from visavis.wire.v1.reports import SignatureNote, SignedFile

M = TypeVar("M")


class Consents(Resource[M]):
    """What subjects agreed to."""

    @listing_of(ConsentNote)
    def list(
        self, *, subject_id: str | UUID | None = None, purpose: str | None = None, page_size: int = 100
    ) -> Flow[None]:
        """Valid and ended ones."""
        query = str(subject_id) if subject_id is not None else None
        request = get("v1", "consents", subject_id=query, purpose=purpose, limit=page_size)
        return self._pages(request, ConsentList, lambda page: page.consents)

    @operation
    def grant(
        self,
        subject_id: str | UUID,
        *,
        purpose: str,
        text_version: str,
        evidence: str = "",
        expires_at: datetime | None = None,
    ) -> Flow[ConsentNote]:
        """From now on the subject may be enrolled in galleries that require this purpose."""
        body = ConsentGrant(
            subject_id=identifier(subject_id),
            purpose=purpose,
            text_version=text_version,
            evidence=evidence,
            expires_at=expires_at,
        )
        return self._ask(self._write(send("POST", "v1", "consents", body=body)), ConsentNote)

    @operation
    def get(self, consent_id: str | UUID) -> Flow[ConsentNote]:
        return self._ask(get("v1", "consents", consent_id), ConsentNote)

    @operation
    def revoke(self, consent_id: str | UUID, *, erase: bool = False, reason: str = "") -> Flow[RevokedNote]:
        """Removes at once what galleries that require this purpose keep of the subject, or with `erase` everything."""
        request = send("POST", "v1", "consents", consent_id, "revoke", erase=erase, reason=reason or None)
        return self._ask(self._write(request), RevokedNote)


class Receipts(Resource[M]):
    """Signed proofs of removals."""

    @listing_of(ReceiptDocument)
    def list(self, *, page_size: int = 100) -> Flow[None]:
        """The latest first."""
        return self._pages(get("v1", "receipts", limit=page_size), ReceiptList, lambda page: page.receipts)

    @operation
    def get(self, receipt_id: str | UUID) -> Flow[ReceiptDocument]:
        return self._ask(get("v1", "receipts", receipt_id), ReceiptDocument)

    @operation
    def verify(self, content: str) -> Flow[SignatureNote]:
        """Whether a receipt or an audit is as it was signed, and whether this installation signed it."""
        body = SignedFile(content=content)
        return self._ask(self._write(send("POST", "v1", "receipts", "verify", body=body)), SignatureNote)


class Retention(Resource[M]):
    """What policies and consents no longer cover."""

    @operation
    def run(self, *, dry_run: bool = False) -> Flow[RetentionRun]:
        """Removes it now; the worker does so every hour by itself."""
        return self._ask(self._write(send("POST", "v1", "retention", "run", dry_run=dry_run)), RetentionRun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """Which entries; what is `None` means any. `action` is one as `gallery.created`, or all about `gallery`; `actor`
    and `target` are as `user:4711`, `user:` for all of a kind, or an identifier alone."""

    action: str | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def on(self, request: Request) -> Request:
        return request.with_query(
            action=self.action, actor=self.actor, target=self.target, since=self.since, until=self.until
        )


_ANY = Sought()


class Audit(Resource[M]):
    """Every decision, access and change, chained by digests."""

    @listing_of(AuditNote)
    def list(self, wanted: Sought = _ANY, *, after: int | None = None, page_size: int = 100) -> Flow[None]:
        """The newest first, or from `after` on in order."""
        request = wanted.on(get("v1", "audit", after=after, limit=page_size))
        return self._pages(request, AuditList, lambda page: page.entries)

    @operation
    def page(
        self, wanted: Sought = _ANY, *, cursor: str | None = None, page_size: int = 100
    ) -> Flow[AuditList]:
        """One page, the newest first; `next_cursor` leads to older ones."""
        return self._ask(wanted.on(get("v1", "audit", cursor=cursor, limit=page_size)), AuditList)

    @operation
    def verify(self) -> Flow[AuditVerified]:
        """Computes every digest anew, on the server."""
        return self._ask(get("v1", "audit", "verify"), AuditVerified)

    @listing_of(str)
    def export(self, *, after: int = 0) -> Flow[None]:
        """Lines of JSON; the last one is the signed end of the chain. The export is audited itself."""
        yield from exchanged(self._connection, get("v1", "audit", "export", after=after), stream=True)
        lines = Lines()
        while (line := (yield from lines.next())) is not None:
            yield Give(line)
