"""visavis attendance"""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from visavis.cli.invocation import Invocation, write_data
from visavis.cli.options import common
from visavis.cli.servers import ServerOption, connected
from visavis.cli.stores import existing_gallery, open_platform, run
from visavis.domain.errors import ValueInvalid

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.v1.attendance import AttendanceNote, DayNote

GalleryArgument = Annotated[str, typer.Argument(metavar="GALLERY", help="The gallery.")]
DayOption = Annotated[str | None, typer.Option("--day", metavar="DATE", help="One day; today by default.")]
WeekOption = Annotated[
    str | None, typer.Option("--week", metavar="DATE", help="Monday to Sunday of the week with this day.")
]
MonthOption = Annotated[str | None, typer.Option("--month", metavar="YYYY-MM", help="A whole month.")]
SinceOption = Annotated[str | None, typer.Option("--since", metavar="DATE", help="From this day on.")]
UntilOption = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="Up to this day, included; today by default.")
]
CsvFlag = Annotated[bool, typer.Option("--csv", help="Lines for a spreadsheet.")]
SubjectOption = Annotated[
    UUID | None, typer.Option("--subject", metavar="ID", help="Of this subject only.", show_default=False)
]


def attendance(
    invocation: Invocation,
    gallery: GalleryArgument,
    day: DayOption = None,
    week: WeekOption = None,
    month: MonthOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    subject: SubjectOption = None,
    as_csv: CsvFlag = False,
    server: ServerOption = None,
) -> None:
    """Who was there, from when until when: first in, last out, hours, breaks, and what does not add up.

    The gallery needs a plan first: visavis attendance-plan. Every report is audited.

    \b
    Examples:
      visavis attendance staff --day 2026-11-20
      visavis attendance staff --week 2026-11-20
      visavis attendance staff --month 2026-11 --csv > november.csv
    """
    first, last = days(day, week, month, since, until, today=datetime.now(UTC).astimezone().date())

    async def work() -> "AttendanceNote":
        from visavis.bootstrap.attendance import attendance_note
        from visavis.domain.attendance import Period
        from visavis.domain.subject import SubjectId

        async with open_platform(invocation) as platform:
            found = await existing_gallery(platform, gallery)
            only = SubjectId(subject) if subject else None
            return attendance_note(
                await platform.report_attendance(found, Period(first=first, last=last), subject_id=only)
            )

    with connected(invocation, server) as client:
        there = client.attendance.report if client else None
        report = there(gallery, first, last, subject_id=subject) if there else run(work)
    _answer(invocation, report, as_csv=as_csv)


def days(
    day: str | None, week: str | None, month: str | None, since: str | None, until: str | None, *, today: date
) -> tuple[date, date]:
    """The first and the last day that the options name. Raises `ValueInvalid`."""
    if sum(one is not None for one in (day, week, month, since)) > 1 or (until and not since):
        raise ValueInvalid("Name one of --day, --week, --month and --since; --until goes with --since.")
    if week is not None:
        monday = _date(week) - timedelta(days=_date(week).weekday())
        return monday, monday + timedelta(days=6)
    if month is not None:
        first = _date(f"{month}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if since is not None:
        return _date(since), _date(until) if until else today
    one = _date(day) if day else today
    return one, one


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueInvalid(f"{text!r} is no date.", hint="Write it as 2026-11-20.") from error


def _answer(invocation: Invocation, report: "AttendanceNote", *, as_csv: bool) -> None:
    from visavis.wire.passages import AttendanceDocument
    from visavis.wire.v1.attendance import attendance_csv

    if as_csv:
        for line in attendance_csv(report):
            write_data(line.rstrip("\r\n"))
        return
    document = AttendanceDocument(report=report)
    invocation.answer(document, lambda console: render(console, report))


def render(console: "Console", report: "AttendanceNote") -> None:
    from visavis.cli.tables import print_line, print_table

    rows = [(person.subject, *_cells(day)) for person in report.people for day in person.days]
    if not rows:
        print_line(console, "Nobody was there, and nobody was expected.")
        return
    columns = ("subject", "day", "in", "out", ">hours", ">breaks", ">planned", "to look at")
    print_table(console, columns, rows)
    absent = sum(not person.days for person in report.people)
    if absent:
        print_line(console, (f"{absent} more of the gallery were not seen.", "dim"))


def _cells(day: "DayNote") -> tuple[str | tuple[str, str], ...]:
    marks = [one.value.replace("_", " ") for one in day.irregularities]
    if day.excused:
        marks.append("excused")
    if day.corrected:
        marks.append("corrected")
    return (
        f"{day.day:%a %Y-%m-%d}",
        f"{day.first_in:%H:%M}" if day.first_in else "–",
        f"{day.last_out:%H:%M}" if day.last_out else "–",
        f"{day.present_s / 3600:.2f}",
        f"{day.break_s / 3600:.2f}",
        f"{day.expected_s / 3600:.2f}",
        (", ".join(marks), "yellow" if day.irregularities else "dim"),
    )


def add_to(app: typer.Typer, panel: str) -> None:
    """Adds the command to the command line."""
    app.command("attendance", rich_help_panel=panel)(common(attendance))
