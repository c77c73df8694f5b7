"""visavis visitors"""

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from visavis.cli.invocation import Invocation, write_data
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run

if TYPE_CHECKING:
    from visavis.application.visitors import Range
    from visavis.bootstrap.platform import Platform
    from visavis.domain.gallery import Gallery
    from visavis.domain.visit import By
    from visavis.wire.visitors import Report


class ByName(StrEnum):
    """`visavis.domain.visit.By`, repeated here because --help must not wait for numpy."""

    HOUR = "hour"
    DAY = "day"
    ZONE = "zone"
    CAMERA = "camera"
    SITE = "site"


class ReportName(StrEnum):
    """What is asked."""

    SUMMARY = "summary"
    VISITS = "visits"
    FLOWS = "flows"
    HOURS = "hours"


GalleryArgument = Annotated[str, typer.Argument(metavar="GALLERY", help="The gallery of the visitors.")]
ReportArgument = Annotated[
    ReportName,
    typer.Argument(
        metavar="|".join(ReportName), help="How many; each visit; ways between zones; rush hours."
    ),
]
ByOption = Annotated[ByName, typer.Option("--by", metavar="|".join(ByName), help="What is counted by.")]
_FORMATS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H:%M:%S"]
SinceOption = Annotated[
    datetime | None, typer.Option("--since", formats=_FORMATS, help="Visits that began then or later.")
]
UntilOption = Annotated[
    datetime | None, typer.Option("--until", formats=_FORMATS, help="Visits that began before.")
]
SiteOption = Annotated[str | None, typer.Option("--site", metavar="NAME", help="Of this site only.")]
ZoneOption = Annotated[str | None, typer.Option("--zone", metavar="NAME", help="In this zone only.")]
CameraOption = Annotated[str | None, typer.Option("--camera", metavar="NAME", help="By this camera only.")]
GapOption = Annotated[
    float,
    typer.Option("--gap", metavar="MINUTES", min=0.01, max=1440, help="Longer out of sight ends a visit."),
]
TimezoneOption = Annotated[
    str, typer.Option("--timezone", metavar="NAME", help="Of hours, days, --since and --until.")
]
LimitOption = Annotated[int, typer.Option("--limit", metavar="N", min=1, max=100_000, help="Visits at most.")]
CsvFlag = Annotated[bool, typer.Option("--csv", help="A table for other programs.")]


def visitors(
    invocation: Invocation,
    gallery: GalleryArgument,
    report: ReportArgument = ReportName.SUMMARY,
    by: ByOption = ByName.DAY,
    since: SinceOption = None,
    until: UntilOption = None,
    site: SiteOption = None,
    zone: ZoneOption = None,
    camera: CameraOption = None,
    gap: GapOption = 30.0,
    timezone: TimezoneOption = "UTC",
    limit: LimitOption = 100,
    as_csv: CsvFlag = False,
    server: ServerOption = None,
) -> None:
    """How many visitors came, when, for how long, along which way. No picture, no name.

    They are counted from the detection log of a gallery in which unknowns are remembered, as in one that was created
    with --purpose visitors. Everybody counts once in an hour, a day, a zone, however often she was seen.

    \b
    Examples:
      visavis visitors shop --by day --timezone Europe/Berlin
      visavis visitors shop --by hour --since 2026-03-02 --until 2026-03-03 --csv
      visavis visitors shop visits --zone till --json
      visavis visitors shop flows
      visavis visitors shop hours --timezone Europe/Berlin
    """
    from datetime import timedelta

    from visavis.application.visitors import Range
    from visavis.domain.visit import By, zone_named

    local = zone_named(timezone)
    wanted = Range(
        since=since.replace(tzinfo=local) if since and since.tzinfo is None else since,
        until=until.replace(tzinfo=local) if until and until.tzinfo is None else until,
        site=site,
        zone=zone,
        source=camera,
        gap=timedelta(minutes=gap),
    )

    async def work() -> "Report":
        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            return await _asked(platform, found, report, wanted, By(by), timezone, limit)

    with connected(invocation, server) as client:
        if client is None:
            document = run(work)
        else:
            from visavis.cli.remote import visitors as remote

            document = remote.asked(client, gallery, report, wanted, By(by), timezone, limit)
    from visavis.cli.visitors_table import csv_of, render

    if as_csv:
        write_data(csv_of(document).rstrip())
    else:
        invocation.answer(document, lambda console: render(console, document))


async def _asked(
    platform: "Platform",
    gallery: "Gallery",
    report: ReportName,
    wanted: "Range",
    by: "By",
    timezone: str,
    limit: int,
) -> "Report":
    from visavis.bootstrap.visiting import flows_note, hours_note, summary_note, visit_note
    from visavis.domain.visit import zone_named
    from visavis.wire.visitors import FlowsDocument, HoursDocument, VisitorsDocument, VisitsDocument

    asking, local = platform.visitors, zone_named(timezone)
    match report:
        case ReportName.SUMMARY:
            found = await asking.summary(gallery, wanted, by=by, zone=local)
            return VisitorsDocument(summary=summary_note(gallery.name, found, by=by, timezone=timezone))
        case ReportName.VISITS:
            page = await asking.page(gallery, wanted, limit=limit)
            return VisitsDocument(
                gallery=gallery.name, timezone=timezone, visits=tuple(map(visit_note, page))
            )
        case ReportName.FLOWS:
            return FlowsDocument(flows=flows_note(gallery.name, await asking.flows(gallery, wanted)))
        case ReportName.HOURS:
            heat = await asking.hours(gallery, wanted, zone=local)
            return HoursDocument(hours=hours_note(gallery.name, heat, timezone=timezone))
