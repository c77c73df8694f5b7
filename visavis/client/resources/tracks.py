"""Faces that were followed, told to the server."""

from collections.abc import Sequence
from typing import TypeVar

from visavis.client.flows import Flow
from visavis.client.requests import Part, post_parts, send
from visavis.client.resource import Resource, operation
from visavis.wire.v1.jobs import JobNote
from visavis.wire.v1.track_form import REPORT, parted
from visavis.wire.v1.tracks import TrackRecorded, TrackReport, TrackReports, TracksRecorded

M = TypeVar("M")


class Tracks(Resource[M]):
    """What a camera saw. Reports need no key of their own to be sent again: the same one changes nothing."""

    @operation
    def report(self, gallery: str, report: TrackReport) -> Flow[TrackRecorded]:
        """One search and one decision for all shots together; reported again, the line in the log is revised."""
        return self._ask(send("POST", "v1", "galleries", gallery, "tracks", body=report), TrackRecorded)

    @operation
    def report_form(self, gallery: str, report: TrackReport) -> Flow[TrackRecorded]:
        """The same as a form: crops travel as they are, a fifth less to send."""
        told, pictures = parted(report)
        content = told.model_dump_json(exclude_unset=True, by_alias=True).encode()
        parts = [Part(name=REPORT, filename="report.json", content=content)]
        parts += [Part(name=name, filename=name, content=one) for name, one in pictures.items()]
        return self._ask(post_parts("v1", "galleries", gallery, "tracks", parts=parts), TrackRecorded)

    @operation
    def report_all(self, gallery: str, reports: Sequence[TrackReport]) -> Flow[TracksRecorded]:
        """Up to 64 reports at once, each with its own outcome."""
        body = TrackReports(reports=tuple(reports))
        request = send("POST", "v1", "galleries", gallery, "tracks", "batch", body=body)
        return self._ask(request, TracksRecorded)

    @operation
    def report_later(self, gallery: str, reports: Sequence[TrackReport]) -> Flow[JobNote]:
        """Up to 64 reports of one camera, decided by a worker in the order of their arrival."""
        body = TrackReports(reports=tuple(reports))
        request = send("POST", "v1", "galleries", gallery, "tracks", "batch", body=body, later=True)
        return self._ask(self._write(request), JobNote)
