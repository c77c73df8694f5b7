"""Corrections, as a person reads them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

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
            parked = f" {one.parked} references beyond the limit were taken out." if one.parked else ""
            return [
                f"{other} is {subject} now: {one.references} references and {one.events} events moved.{parked}"
            ]
        case _:
            return [f"{other} was split off: {one.references} references and {one.events} events moved."]


def _somebody(subject: "CorrectedSubject") -> str:
    return subject.name or str(subject.id)
