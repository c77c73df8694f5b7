"""visitors, asked of a server: the same documents."""

from itertools import islice
from typing import TYPE_CHECKING

from visavis.client.resources.visitors import WantedVisits
from visavis.client.synchronous import Client
from visavis.domain.visit import By
from visavis.wire.visitors import FlowsDocument, HoursDocument, Report, VisitorsDocument, VisitsDocument

if TYPE_CHECKING:
    from visavis.application.visitors import Range


def asked(
    client: Client, gallery: str, report: str, given: "Range", by: By, timezone: str, limit: int
) -> Report:
    """`report` is summary, visits, flows or hours."""
    wanted = WantedVisits(
        since=given.since,
        until=given.until,
        site=given.site,
        zone=given.zone,
        source=given.source,
        gap_minutes=given.gap.total_seconds() / 60,
    )
    if report == "visits":
        found = client.visitors.visits(gallery, wanted, page_size=min(limit, 1000))
        return VisitsDocument(gallery=gallery, timezone=timezone, visits=tuple(islice(found, limit)))
    if report == "flows":
        return FlowsDocument(flows=client.visitors.flows(gallery, wanted))
    if report == "hours":
        return HoursDocument(hours=client.visitors.hours(gallery, wanted, timezone=timezone))
    return VisitorsDocument(summary=client.visitors.summary(gallery, wanted, by=by, timezone=timezone))
