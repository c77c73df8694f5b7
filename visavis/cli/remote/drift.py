"""drift and references ageing, asked of a server: the same documents."""

from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from visavis.client.synchronous import Client
from visavis.wire.ageing import AgeingDocument
from visavis.wire.monitors import DriftDocument, MonitorDocument, MonitorEntry
from visavis.wire.v1.monitors import MonitorDetail


def listing(
    client: Client,
    gallery: str | None,
    source: str | None,
    *,
    alarm: bool,
    after: UUID | None,
    limit: int,
) -> DriftDocument:
    """As the server orders them; those up to `after` are passed over."""
    found = client.monitors.list(gallery=gallery, source=source, alarm=True if alarm else None)
    if after is not None:
        for one in found:
            if str(one.id) == str(after):
                break
    page = list(islice(found, limit + 1))
    return DriftDocument(
        monitors=tuple(page[:limit]), next_after=str(page[limit - 1].id) if len(page) > limit else None
    )


def show(client: Client, monitor_id: UUID) -> MonitorDocument:
    return _document(client.monitors.get(monitor_id))


def accept(client: Client, monitor_id: UUID) -> MonitorDocument:
    return _document(client.monitors.accept(monitor_id))


def ageing(
    client: Client, gallery: str, *, days: int, quality: float, after: str, limit: int
) -> AgeingDocument:
    found = client.monitors.re_enrolment(gallery, days=days, quality=quality)
    page = list(islice((one for one in found if one.subject > after), limit + 1))
    return AgeingDocument(
        gallery=gallery,
        at=datetime.now(UTC),
        subjects=tuple(page[:limit]),
        next_after=page[limit - 1].subject if len(page) > limit else None,
    )


def _document(detail: MonitorDetail) -> MonitorDocument:
    fields = {name: getattr(detail, name) for name in MonitorEntry.model_fields}
    return MonitorDocument(monitor=MonitorEntry(**fields), histograms=detail.histograms)
