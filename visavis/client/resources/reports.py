"""Reports of evaluations and audits, and the state of the keys."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, exchanged
from visavis.client.requests import delete, get, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.report import ReportKind
from visavis.wire.v1.reports import (
    EncryptionState,
    ReportDetail,
    ReportList,
    ReportNote,
    ReportUpload,
)

M = TypeVar("M")


class Reports(Resource[M]):
    """What evaluations and audits found, where the rest of the proof is."""

    @listing_of(ReportNote)
    def list(
        self,
        *,
        kind: ReportKind | None = None,
        pack: str | None = None,
        gallery: str | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """The latest first, with their key figures."""
        request = get("v1", "reports", kind=kind, pack=pack, gallery=gallery, limit=page_size)
        return self._pages(request, ReportList, lambda page: page.reports)

    @operation
    def add(self, title: str, content: str) -> Flow[ReportNote]:
        """`content` is the text of the file, byte for byte: a signature in it is verified."""
        body = ReportUpload(title=title, content=content)
        return self._ask(self._write(send("POST", "v1", "reports", body=body)), ReportNote)

    @operation
    def get(self, report_id: str | UUID) -> Flow[ReportDetail]:
        """With everything that it says."""
        return self._ask(get("v1", "reports", report_id), ReportDetail)

    @operation
    def file(self, report_id: str | UUID) -> Flow[bytes]:
        """As it came, so that its signature can be verified elsewhere."""
        reply = yield from exchanged(self._connection, get("v1", "reports", report_id, "file"))
        return reply.content

    @operation
    def remove(self, report_id: str | UUID) -> Flow[None]:
        """The audit log still has its digest."""
        return self._do(self._write(delete("v1", "reports", report_id)))


class Encryption(Resource[M]):
    """The keys of the installation, without any secret."""

    @operation
    def get(self) -> Flow[EncryptionState]:
        """Which data keys there are, how old they are, and whether a rotation is under way."""
        return self._ask(get("v1", "encryption"), EncryptionState)
