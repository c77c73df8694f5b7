"""What `visavis recordings` shows."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.wire.recordings import (
        HitNote,
        RecordingDocument,
        RecordingNote,
        RecordingsDocument,
        RecordingSearchDocument,
    )


def render(console: "Console", document: "RecordingsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.recordings:
        print_line(console, "There is no recording. Add one with: visavis recordings add VIDEO")
        return
    rows = [_row(one) for one in document.recordings]
    print_table(console, ("recording", "file", "camera", "began", ">seconds", ">faces", "gallery"), rows)


def _row(one: "RecordingNote") -> tuple[str, ...]:
    return (
        one.id,
        one.name,
        one.source or "–",
        f"{one.started_at.astimezone():%Y-%m-%d %H:%M:%S}",
        f"{one.duration_s:,.0f}",
        f"{one.tracks:,}",
        one.gallery,
    )


def render_found(console: "Console", document: "RecordingSearchDocument") -> None:
    from visavis.cli.sentences import counted
    from visavis.cli.tables import print_line, print_table

    found = document.found
    where = f"{counted(found.searched, 'appearance')} in {counted(found.recordings, 'recording')}"
    if not found.hits:
        print_line(console, f"Nothing to compare: {where} in scope.")
    else:
        columns = ("outcome", ">score", ">FMR", "file", "camera", "seen", ">from s", ">to s")
        print_table(console, columns, [_hit(hit) for hit in found.hits])
        print_line(
            console,
            f"{where} searched; {found.threshold:.3f} is needed so that at most 1 in "
            f"{1 / found.target_fpir:,.0f} such searches finds somebody else.",
        )
    if found.skipped:
        skipped = counted(len(found.skipped), "recording")
        print_line(console, f"Left out: {skipped} indexed with another model. Remove and add them again.")
    if document.report:
        print_line(console, f"Report: {document.report}/index.html, signed: {document.report}/report.json")


def _hit(hit: "HitNote") -> "tuple[str | tuple[str, str], ...]":
    from visavis.cli.sentences import OUTCOMES, STYLES

    return (
        (OUTCOMES[hit.outcome], STYLES[hit.outcome]),
        f"{hit.score:.3f}",
        f"{'<' if hit.fmr_extrapolated else ''}{hit.fmr:.1g}",
        hit.recording,
        hit.source or "–",
        f"{hit.first_at.astimezone():%Y-%m-%d %H:%M:%S}",
        f"{hit.first_s:.1f}",
        f"{hit.last_s:.1f}",
    )


def render_removed(console: "Console", document: "RecordingDocument") -> None:
    from visavis.cli.tables import print_line

    print_line(console, f"Forgotten: {document.recording.name}. The file stays where it is.")
