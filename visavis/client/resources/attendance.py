"""Attendance: plans, reports, corrections."""

from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow, Give, Lines, exchanged
from visavis.client.requests import Request, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.attendance import AttendanceChange
from visavis.wire.access import AttendanceCorrectionNote
from visavis.wire.v1.attendance import (
    AttendanceCorrectionList,
    AttendanceCorrectionWrite,
    AttendanceNote,
    PlanNote,
    PlanWrite,
)

M = TypeVar("M")


class Attendance(Resource[M]):
    """Who was there, from when until when."""

    @operation
    def plan(self, gallery: str) -> Flow[PlanNote]:
        """How attendance in the gallery is counted."""
        return self._ask(_of(gallery, "plan"), PlanNote)

    @operation
    def set_plan(self, gallery: str, plan: PlanWrite) -> Flow[PlanNote]:
        """Counts for the past, too: reports are made anew each time."""
        request = send("PUT", "v1", "galleries", gallery, "attendance", "plan", body=plan)
        return self._ask(self._write(request), PlanNote)

    @operation
    def report(
        self, gallery: str, since: date, until: date, *, subject_id: str | UUID | None = None
    ) -> Flow[AttendanceNote]:
        """Of these days, the last one included."""
        return self._ask(_days(_of(gallery), since, until, subject_id), AttendanceNote)

    @listing_of(str)
    def export(
        self, gallery: str, since: date, until: date, *, subject_id: str | UUID | None = None
    ) -> Flow[None]:
        """Lines of CSV: one for each day of each subject."""
        request = _days(_of(gallery, "export"), since, until, subject_id)
        yield from exchanged(self._connection, request, stream=True)
        lines = Lines()
        while (line := (yield from lines.next())) is not None:
            yield Give(line)

    @operation
    def corrections(
        self,
        gallery: str,
        *,
        subject_id: str | UUID | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Flow[AttendanceCorrectionList]:
        """What people said, with what was undone."""
        request = _of(gallery, "corrections").with_query(
            subject_id=None if subject_id is None else str(subject_id), since=since, until=until
        )
        return self._ask(request, AttendanceCorrectionList)

    @operation
    def correct(
        self,
        gallery: str,
        subject_id: str | UUID,
        kind: AttendanceChange,
        *,
        reason: str,
        at: datetime | None = None,
        event_id: str | UUID | None = None,
    ) -> Flow[AttendanceCorrectionNote]:
        """Came or left at a time, is excused on a day, or a sighting that does not count."""
        body = AttendanceCorrectionWrite(
            subject_id=identifier(subject_id),
            kind=kind,
            reason=reason,
            at=at,
            event_id=None if event_id is None else identifier(event_id),
        )
        request = send("POST", "v1", "galleries", gallery, "attendance", "corrections", body=body)
        return self._ask(self._write(request), AttendanceCorrectionNote)

    @operation
    def undo(self, gallery: str, correction_id: str | UUID) -> Flow[AttendanceCorrectionNote]:
        """It no longer counts, and stays to be seen."""
        request = send("POST", "v1", "galleries", gallery, "attendance", "corrections", correction_id, "undo")
        return self._ask(self._write(request), AttendanceCorrectionNote)


def _of(gallery: str, *rest: str) -> Request:
    return get("v1", "galleries", gallery, "attendance", *rest)


def _days(request: Request, since: date, until: date, subject_id: str | UUID | None) -> Request:
    return request.with_query(
        since=since.isoformat(),
        until=until.isoformat(),
        subject_id=None if subject_id is None else str(subject_id),
    )
