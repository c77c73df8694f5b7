"""Reports about visitors."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, Give, Lines, exchanged
from visavis.client.requests import Request, get
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.visit import By
from visavis.wire.v1.visitors import VisitList
from visavis.wire.visitors import VisitNote, VisitorFlows, VisitorHours, VisitorSummary

M = TypeVar("M")


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedVisits:
    """Which visits; what is `None` means any. `since` and `until` are when visits begin."""

    since: datetime | None = None
    until: datetime | None = None
    site: str | None = None
    zone: str | None = None
    source: str | None = None
    gap_minutes: float | None = None

    def on(self, request: Request) -> Request:
        return request.with_query(
            since=self.since,
            until=self.until,
            site=self.site,
            zone=self.zone,
            source=self.source,
            gap_minutes=self.gap_minutes,
        )


_ALL = WantedVisits()


class Visitors(Resource[M]):
    """How many came, when, for how long, along which way."""

    @operation
    def summary(
        self, gallery: str, wanted: WantedVisits = _ALL, *, by: By = By.DAY, timezone: str = "UTC"
    ) -> Flow[VisitorSummary]:
        """Different visitors, visits, new and returning; and by hour, day, zone, camera or site."""
        request = _about(gallery, "summary").with_query(by=by, timezone=timezone)
        return self._ask(wanted.on(request), VisitorSummary)

    @listing_of(VisitNote)
    def visits(
        self,
        gallery: str,
        wanted: WantedVisits = _ALL,
        *,
        subject_id: str | UUID | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """The latest first."""
        request = _about(gallery, "visits").with_query(
            subject_id=None if subject_id is None else str(subject_id), limit=page_size
        )
        return self._pages(wanted.on(request), VisitList, lambda page: page.visits)

    @listing_of(str)
    def export(self, gallery: str, wanted: WantedVisits = _ALL) -> Flow[None]:
        """Lines of CSV, visitor by visitor."""
        request = wanted.on(get("v1", "galleries", gallery, "visitors", "visits", "export"))
        yield from exchanged(self._connection, request, stream=True)
        lines = Lines()
        while (line := (yield from lines.next())) is not None:
            yield Give(line)

    @operation
    def flows(self, gallery: str, wanted: WantedVisits = _ALL) -> Flow[VisitorFlows]:
        """From which zone to which, and how long they stay in each."""
        return self._ask(wanted.on(_about(gallery, "flows")), VisitorFlows)

    @operation
    def hours(
        self, gallery: str, wanted: WantedVisits = _ALL, *, timezone: str = "UTC"
    ) -> Flow[VisitorHours]:
        """By weekday and hour."""
        return self._ask(wanted.on(_about(gallery, "hours").with_query(timezone=timezone)), VisitorHours)


def _about(gallery: str, report: str) -> Request:
    return get("v1", "galleries", gallery, "visitors", report)
