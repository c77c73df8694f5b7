"""The detection log: look, follow, export, review."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeVar
from uuid import UUID

from pydantic import ValidationError

from visavis.client.flows import Flow, Give, Lines, Pause, exchanged
from visavis.client.requests import Request, get, identifier, send
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.decision import Outcome
from visavis.domain.errors import Unavailable, VisavisError
from visavis.domain.event import EventKind
from visavis.domain.event_summary import Step
from visavis.wire.v1.events import EventDetail, EventList, EventNote, EventReview, EventSummaryNote

M = TypeVar("M")

_SILENCE_S = 45.0
"""The server says something every 15 seconds; a connection that is silent for longer is dead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events; what is `None` means any. `since` and `until` are times of capture; `unknown`: of humans without a
    name, who matched nobody or an unknown who is remembered."""

    gallery: str | None = None
    subject_id: str | UUID | None = None
    source: str | None = None
    site: str | None = None
    zone: str | None = None
    track: str | UUID | None = None
    unknown: bool | None = None
    kind: EventKind | None = None
    outcome: Outcome | None = None
    since: datetime | None = None
    until: datetime | None = None

    def on(self, request: Request) -> Request:
        return request.with_query(
            gallery=self.gallery,
            subject_id=None if self.subject_id is None else str(self.subject_id),
            source=self.source,
            site=self.site,
            zone=self.zone,
            track=None if self.track is None else str(self.track),
            unknown=self.unknown,
            kind=self.kind,
            outcome=self.outcome,
            since=self.since,
            until=self.until,
        )


_ANY = Wanted()


class Events(Resource[M]):
    """One line for each face: who (or which unknown), when, where, on what grounds."""

    @listing_of(EventNote)
    def list(self, wanted: Wanted = _ANY, *, after: int | None = None, page_size: int = 100) -> Flow[None]:
        """The latest first, or from the sequence `after` on in order. Reads further pages as you go on."""
        request = wanted.on(get("v1", "events", after=after, limit=page_size))
        return self._pages(request, EventList, lambda page: page.events)

    @operation
    def page(
        self, wanted: Wanted = _ANY, *, cursor: str | None = None, page_size: int = 100
    ) -> Flow[EventList]:
        """One page, the latest first; `next_cursor` leads to older ones."""
        request = wanted.on(get("v1", "events", limit=page_size, cursor=cursor))
        return self._ask(request, EventList)

    @operation
    def summary(self, wanted: Wanted = _ANY, *, step: Step | None = None) -> Flow[EventSummaryNote]:
        """How many lines fit, by outcome, gallery, source and site, and, with a step, by hour or day of capture."""
        return self._ask(wanted.on(get("v1", "events", "summary", step=step)), EventSummaryNote)

    @operation
    def get(self, event_id: str | UUID) -> Flow[EventDetail]:
        """With `picture`: whether its face is kept, to be looked at."""
        return self._ask(get("v1", "events", event_id), EventDetail)

    @operation
    def review(
        self, event_id: str | UUID, verdict: Outcome, *, subject_id: str | UUID | None = None
    ) -> Flow[EventNote]:
        """What a person decided: it stands beside what the machine decided, and in the audit log."""
        body = EventReview(verdict=verdict, subject_id=identifier(subject_id) if subject_id else None)
        return self._ask(self._write(send("POST", "v1", "events", event_id, "review", body=body)), EventNote)

    @operation
    def picture(self, event_id: str | UUID) -> Flow[bytes]:
        """The face that was decided on, as PNG. `EventNotFound` where none is kept."""
        reply = yield from exchanged(self._connection, get("v1", "events", event_id, "picture"))
        return reply.content

    @operation
    def reference_picture(self, event_id: str | UUID, reference_id: str | UUID) -> Flow[bytes]:
        """What is kept of a reference of whom the event shows, or may show."""
        request = get("v1", "events", event_id, "references", reference_id, "picture")
        reply = yield from exchanged(self._connection, request)
        return reply.content

    @listing_of(str)
    def export(self, wanted: Wanted = _ANY, *, form: Literal["ndjson", "csv"] = "ndjson") -> Flow[None]:
        """Lines of JSON or CSV, in order. The export is audited."""
        request = wanted.on(get("v1", "events", "export", format=form))
        yield from exchanged(self._connection, request, stream=True)
        lines = Lines()
        while (line := (yield from lines.next())) is not None:
            yield Give(line)

    @listing_of(EventNote)
    def stream(self, wanted: Wanted = _ANY, *, after: int | None = None) -> Flow[None]:
        """Follows the log without an end: every event above the sequence `after`, or what happens from now on.

        When the connection breaks or the server restarts, it goes on behind the last event, as often as it takes;
        only the first connection is given up after the usual retries. Keep `sequence` to go on in another process.
        """
        place = after
        if place is None:
            latest = yield from self._ask(get("v1", "events", limit=1), EventList)
            place = latest.events[0].sequence if latest.events else 0
        following = _Following(place=place)
        yield from exchanged(self._connection, following.request(wanted), stream=True)
        while True:
            yield from self._heard(following)
            yield from self._again(following, wanted)

    def _heard(self, following: "_Following") -> Flow[None]:
        """Gives the events of one connection, until it ends."""
        lines, message = Lines(), _Message()
        try:
            while (line := (yield from lines.next())) is not None:
                for event in message.take(line):
                    following.place, following.failures = event.sequence, 0
                    yield Give(event)
        except Unavailable:
            return

    def _again(self, following: "_Following", wanted: Wanted) -> Flow[None]:
        """Connects behind the last event. Raises what no patience helps against, such as a revoked key."""
        while True:
            following.failures += 1
            yield Pause(self._connection.retries.pause_s(following.failures, self._connection.chance()))
            try:
                yield from exchanged(self._connection, following.request(wanted), stream=True)
            except VisavisError as error:
                if not error.retryable:
                    raise
                yield Pause(min(error.retry_after_s or 0.0, self._connection.retries.longest_s))
            else:
                return


@dataclass(slots=True, kw_only=True)
class _Following:
    """How far the log was followed, and how often in a row that failed."""

    place: int
    failures: int = 0

    def request(self, wanted: Wanted) -> Request:
        bare = Request(method="GET", path="/v1/events/stream", timeout_s=_SILENCE_S)
        return wanted.on(bare).with_query(after=self.place).with_header("Accept", "text/event-stream")


@dataclass(slots=True)
class _Message:
    """A server-sent event in the making (HTML standard, 9.2.6): its data lines, until a blank line ends it."""

    data: "list[str]" = field(default_factory=list)

    def take(self, line: str) -> Iterator[EventNote]:
        """The event, if this line completes one."""
        if line.startswith("data:"):
            self.data.append(line.removeprefix("data:").removeprefix(" "))
        elif not line and self.data:
            text, self.data = "\n".join(self.data), []
            try:
                yield EventNote.model_validate_json(text)
            except ValidationError as error:
                raise VisavisError(
                    "An event of the server cannot be read.", hint="Is the client older than the server?"
                ) from error
