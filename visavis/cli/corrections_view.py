"""Corrections, as a person reads them."""

from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from rich.console import Console

    from visavis.domain.subject import SubjectId
    from visavis.wire.corrections import CorrectedSubject, CorrectionNote, CorrectionsDocument


def render(console: "Console", document: "CorrectionsDocument") -> None:
    from visavis.cli.tables import print_line, print_table

    if not document.corrections:
        print_line(console, "Nothing was corrected.")
        return
    rows = [
        (
            one.id,
            one.kind.value,
            _somebody(one.subject),
            _somebody(one.other) if one.other else "–",
            ", ".join(one.galleries) or "–",
            f"{one.made_at.astimezone():%Y-%m-%d %H:%M}",
            ("undone", "dim") if one.undone_at else "",
        )
        for one in document.corrections
    ]
    print_table(console, ("correction", "kind", "subject", "other", "galleries", "made", ""), rows)
    if document.next_before is not None:
        print_line(console, (f"There are more: --before {document.next_before}", "dim"))


def render_one(console: "Console", one: "CorrectionNote") -> None:
    from visavis.cli.tables import print_line

    if one.undone_at is not None:
        print_line(console, "Undone: everything is as it was.")
        return
    for sentence in _sentences(one):
        print_line(console, sentence)
    until = f"{one.expires_at.astimezone():%Y-%m-%d}"
    print_line(console, (f"Undo it until {until}: visavis corrections undo {one.id}", "dim"))


def _sentences(one: "CorrectionNote") -> list[str]:
    subject, other = _somebody(one.subject), _somebody(one.other) if one.other else ""
    match one.kind.value:
        case "deny":
            learned = (
                "Later decisions know this look."
                if one.remembered
                else "What it looked like is not kept any more, so later decisions do not know it."
            )
            return [f"The event does not show {subject}.", learned]
        case "assign":
            taken = f" What was seen is a reference of {subject} now." if one.references else ""
            return [f"The event shows {subject}.{taken}"]
        case "merge":
            parked = f"Beyond the limit, and taken out: {_counted(one.parked, 'reference')}."
            return [f"{other} is {subject} now: {_moved(one)}.", *([parked] if one.parked else [])]
        case _:
            return [f"{other} was split off: {_moved(one)}."]


def _moved(one: "CorrectionNote") -> str:
    return f"{_counted(one.references, 'reference')} and {_counted(one.events, 'event')} moved"


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _somebody(subject: "CorrectedSubject") -> str:
    return subject.name or str(subject.id)


def named(subject: str) -> "str | SubjectId":
    """What looks like an identifier is one: names are chosen to be read."""
    from visavis.domain.subject import SubjectId

    try:
        return SubjectId(UUID(subject))
    except ValueError:
        return subject
