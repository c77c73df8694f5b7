"""Drift of what cameras send."""

from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import get, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.wire.ageing import AgeingNote
from visavis.wire.monitors import MonitorEntry
from visavis.wire.v1.monitors import MonitorDetail, MonitorList, ReEnrolmentList

M = TypeVar("M")


class Monitors(Resource[M]):
    """One for each source of captures in each gallery: what is usual, and whether it still is."""

    @listing_of(MonitorEntry)
    def list(
        self,
        *,
        gallery: str | None = None,
        source: str | None = None,
        alarm: bool | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """By gallery and source; with `alarm`, those with an alarm or those without."""
        request = get("v1", "monitors", gallery=gallery, source=source, alarm=alarm, limit=page_size)
        return self._pages(request, MonitorList, lambda page: page.monitors)

    @operation
    def get(self, monitor_id: str | UUID) -> Flow[MonitorDetail]:
        """With its histograms."""
        return self._ask(get("v1", "monitors", monitor_id), MonitorDetail)

    @operation
    def accept(self, monitor_id: str | UUID) -> Flow[MonitorDetail]:
        """What is captured from now on becomes the reference; alarms end."""
        return self._ask(self._write(send("POST", "v1", "monitors", monitor_id, "accept")), MonitorDetail)

    @listing_of(AgeingNote)
    def re_enrolment(
        self,
        gallery: str,
        *,
        days: int | None = None,
        quality: float | None = None,
        matches: int | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """Subjects whose references should be taken anew, and why; what is left out is the server's choice."""
        request = get(
            "v1",
            "galleries",
            gallery,
            "re-enrolment",
            days=days,
            quality=quality,
            matches=matches,
            limit=page_size,
        )
        return self._pages(request, ReEnrolmentList, lambda page: page.subjects)
