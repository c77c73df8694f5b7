"""visavis events"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.invocation import Invocation, data_console, write_data
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from visavis.application.ports.events import EventFilter
    from visavis.bootstrap.platform import Platform
    from visavis.client.resources.events import Wanted
    from visavis.client.synchronous import Client
    from visavis.wire.v1.events import EventNote


class OutcomeName(StrEnum):
    """`visavis.domain.decision.Outcome`, repeated because --help must not wait for numpy."""

    MATCH = "match"
    NON_MATCH = "non_match"
    INCONCLUSIVE = "inconclusive"


GalleryFilter = Annotated[
    str | None, typer.Option("--gallery", "-g", metavar="NAME", help="Only events of this gallery.")
]
OutcomeFilter = Annotated[
    OutcomeName | None,
    typer.Option("--outcome", metavar="|".join(OutcomeName), help="Only events that ended like this."),
]
SourceFilter = Annotated[
    str | None,
    typer.Option("--source", "--camera", metavar="NAME", help="Only events of this camera or application."),
]
SiteFilter = Annotated[
    str | None, typer.Option("--site", metavar="NAME", help="Only where the camera hung in this site.")
]
ZoneFilter = Annotated[
    str | None, typer.Option("--zone", metavar="NAME", help="Only where the camera hung in this zone.")
]
TrackFilter = Annotated[UUID | None, typer.Option("--track", metavar="ID", help="Only this track.")]
SubjectFilter = Annotated[
    str | None, typer.Option("--subject", metavar="NAME", help="Only events of this subject.")
]
UnknownFlag = Annotated[
    bool,
    typer.Option("--unknown", help="Only humans without a name: strangers, and unknowns who are remembered."),
]
LimitOption = Annotated[
    int, typer.Option("--limit", min=1, max=100_000, metavar="N", help="At most so many.")
]
FollowFlag = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until Ctrl-C.")]
AfterOption = Annotated[
    int | None,
    typer.Option("--after", metavar="N", min=0, help="Events above this sequence, the oldest first."),
]
_LOOK_S = 0.5
_AT_DOORS = {
    "access_granted": ("granted", "green"),
    "access_denied": ("denied", "bold red"),
    "door_held_open": ("held open", "yellow"),
    "door_forced": ("forced", "bold red"),
}


def events(
    invocation: Invocation,
    gallery: GalleryFilter = None,
    outcome: OutcomeFilter = None,
    source: SourceFilter = None,
    site: SiteFilter = None,
    zone: ZoneFilter = None,
    track: TrackFilter = None,
    subject: SubjectFilter = None,
    unknown: UnknownFlag = False,
    after: AfterOption = None,
    limit: LimitOption = 100,
    follow: FollowFlag = False,
    server: ServerOption = None,
) -> None:
    """The detection log: who was seen when and where, on what grounds. The latest first, a line for each face.

    With --json each line is a document, the same that webhooks receive. --follow leaves --limit aside.

    \b
    Examples:
      visavis events --gallery staff --outcome match
      visavis events --site "Head office" --zone Reception --unknown
      visavis events --follow --json
      visavis events --follow --after 1200 --server https://faces.example.org
    """
    invocation.streaming = True
    with connected(invocation, server) as client:
        chosen = Chosen(
            gallery=gallery,
            outcome=outcome,
            source=source,
            site=site,
            zone=zone,
            track=track,
            subject=subject,
            unknown=True if unknown else None,
        )
        if client is None:
            _here(invocation, chosen, after, limit, follow=follow)
        else:
            wanted = chosen.asked(client)
            for note in _follow(client, wanted, after) if follow else _listed(client, wanted, after, limit):
                show(invocation, [note])


def show(invocation: Invocation, notes: "Sequence[EventNote]") -> None:
    """A line for each, as it happens."""
    from visavis.cli.tables import print_line
    from visavis.wire.jobs import EventDocument

    for note in notes:
        if invocation.as_json:
            write_data(EventDocument.of_note(note).line())
        else:
            print_line(data_console(), *line(note))


def line(note: "EventNote") -> list[str | tuple[str, str]]:
    """What happened, in one line."""
    from visavis.cli.sentences import OUTCOMES, STYLES

    at = f"{note.captured_at.astimezone():%Y-%m-%d %H:%M:%S}"
    where = note.source or note.gallery or "–"
    where += f" ({' / '.join(filter(None, (note.site, note.zone)))})" if note.site or note.zone else ""
    if note.kind.value.startswith("drift"):
        raised = note.kind.value == "drift_raised"
        said = ("drift", "bold red") if raised else ("drift over", "green")
        return [f"{note.sequence:>6}  {at}  ", said, f"  {where}: {', '.join(note.reasons)}"]
    if note.kind.value in _AT_DOORS:
        who = f"  {note.subject}" if note.subject else ""
        return [
            f"{note.sequence:>6}  {at}  ",
            _AT_DOORS[note.kind.value],
            f"{who}  {where}: {', '.join(note.reasons)}",
        ]
    if note.outcome is None:
        return [f"{note.sequence:>6}  {at}  ", ("refused", "dim"), f"  {where}: {', '.join(note.reasons)}"]
    outcome = note.outcome.value
    score = "" if note.score is None else f"  {note.score:.3f}"
    who = note.subject or {"match": "an erased subject"}.get(outcome, "unknown")
    if outcome == "inconclusive" and note.subject:
        who = f"{note.subject}?"
    mark = f"  {(note.seen_until - note.captured_at).total_seconds():.0f} s" if note.seen_until else ""
    mark += f" (reviewed: {OUTCOMES[note.verdict.value]})" if note.verdict else ""
    return [
        f"{note.sequence:>6}  {at}  ",
        (OUTCOMES[outcome], STYLES[outcome]),
        f"  {who}  {where}{score}{mark}",
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """Which events the options name."""

    gallery: str | None
    outcome: OutcomeName | None
    source: str | None
    site: str | None
    zone: str | None
    track: UUID | None
    subject: str | None
    unknown: bool | None

    def asked(self, client: "Client") -> "Wanted":
        """The same, as a server is asked for it."""
        from visavis.client.resources.events import Wanted
        from visavis.domain.decision import Outcome

        return Wanted(
            gallery=self.gallery,
            subject_id=client.subjects.named(self.subject).id if self.subject else None,
            source=self.source,
            site=self.site,
            zone=self.zone,
            track=self.track,
            unknown=self.unknown,
            outcome=Outcome(self.outcome) if self.outcome else None,
        )

    async def filter(self, platform: "Platform") -> "EventFilter":
        """The same, for the database of this machine."""
        from visavis.application.ports.events import EventFilter
        from visavis.domain.decision import Outcome

        place = await existing_gallery(platform, self.gallery) if self.gallery else None
        named = await platform.subjects.get(self.subject) if self.subject else None
        return EventFilter(
            gallery_id=place.id if place else None,
            subject_id=named.subject.id if named else None,
            source=self.source,
            site=self.site,
            zone=self.zone,
            track=self.track,
            unknown=self.unknown,
            outcome=Outcome(self.outcome) if self.outcome else None,
        )


def _listed(client: "Client", wanted: "Wanted", after: int | None, limit: int) -> "Iterator[EventNote]":
    return islice(client.events.list(wanted, after=after, page_size=min(limit, 1000)), limit)


def _follow(client: "Client", wanted: "Wanted", after: int | None) -> "Iterator[EventNote]":
    return client.events.stream(wanted, after=after)


def _here(invocation: Invocation, chosen: Chosen, after: int | None, limit: int, *, follow: bool) -> None:
    """From the database of this machine."""

    async def work() -> None:
        async with open_platform(invocation) as platform:
            wanted = await chosen.filter(platform)
            await _shown(invocation, platform, wanted, after, limit, follow=follow)

    run(work)


async def _shown(
    invocation: Invocation,
    platform: "Platform",
    wanted: "EventFilter",
    after: int | None,
    limit: int,
    *,
    follow: bool,
) -> None:
    import anyio

    from visavis.application.ports.events import EventFilter
    from visavis.wire.v1.events import EventNote

    log = platform.detection_log
    if not follow:
        page = await log.page(wanted, after=after, limit=limit)
        show(invocation, [EventNote.of(one.event, one.subject) for one in page])
        return
    if after is None:
        latest = await log.page(EventFilter(), limit=1)
        after = latest[0].event.sequence if latest else 0
    while True:
        page = await log.page(wanted, after=after, limit=1000)
        show(invocation, [EventNote.of(one.event, one.subject) for one in page])
        after = page[-1].event.sequence if page else after
        if not page:
            await anyio.sleep(_LOOK_S)


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the command to the command line."""
    app.command("events", rich_help_panel=panel)(common(events))
