"""The drill notices each promise that is broken."""

import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from ops.drills.checks import Found, violations
from ops.drills.clients import Book

ADA, BOB = "subject-ada", "subject-bob"


def event(sequence: int, reference: str, position: int = 0) -> dict[str, Any]:
    return {
        "id": str(uuid.UUID(int=sequence)),
        "sequence": sequence,
        "kind": "identified",
        "source": "gate",
        "reference": reference,
        "position": position,
    }


def entry(action: str, target: str = "", **details: str) -> dict[str, Any]:
    return {"action": action, "target": target, "details": details}


def scene() -> tuple[Book, Found]:
    """Ada is enrolled and consents, Bob was erased; one capture of two faces, one job of two photos in order."""
    events = [event(1, "capture"), event(2, "capture", 1), event(3, "first"), event(4, "second")]
    book = Book(
        enrolled={"ada": ADA, "bob": BOB},
        erasing={"bob"},
        erased={"bob"},
        consents={ADA: "consent"},
        asked={("gate", name) for name in ("capture", "first", "second")},
        faces={("gate", "capture"): 2},
        jobs={"job": ("first", "second")},
    )
    book.streams["gate"] = ["first", "second"]
    found = Found(
        subjects={"ada": {"references": 1}},
        references=Counter({ADA: 1}),
        events=events,
        audit=[
            entry("subject.enrolled", f"subject:{ADA}"),
            entry("subject.enrolled", f"subject:{BOB}"),
            entry("subject.erased", f"subject:{BOB}"),
            entry("consent.granted", f"subject:{ADA}"),
            entry("job.submitted", "job:job"),
            entry("job.finished", "job:job"),
            *(entry("decision.identified", event=one["id"]) for one in events),
        ],
        jobs=[{"id": "job", "state": "succeeded"}],
        consents=Counter({ADA: 1}),
        intact=True,
    )
    return book, found


def test_nothing_is_wrong_with_what_is_right() -> None:
    assert violations(*scene()) == []


def swap(book: Book, found: Found) -> None:
    found.events[2], found.events[3] = event(3, "second"), event(4, "first")


@pytest.mark.parametrize(
    "break_it",
    [
        lambda book, found: found.subjects.clear(),
        lambda book, found: found.subjects["ada"].update(references=2),
        lambda book, found: found.subjects.update(bob={"references": 0}),
        lambda book, found: found.consents.update([ADA]),
        lambda book, found: found.events.pop(),
        lambda book, found: found.events.pop(1),
        lambda book, found: found.events.append(event(5, "capture", 1)),
        lambda book, found: found.events.append(event(5, "nobody asked")),
        lambda book, found: found.events.append(event(6, "first", 1)),
        swap,
        lambda book, found: found.jobs.clear(),
        lambda book, found: found.jobs[0].update(state="running"),
        lambda book, found: found.jobs.append({"id": "other", "state": "queued"}),
        lambda book, found: found.audit.pop(0),
        lambda book, found: found.audit.pop(),
        lambda book, found: found.audit.append(found.audit[0]),
        lambda book, found: found.audit.append(found.audit[-1]),
        lambda book, found: book.faults.append("500"),
    ],
)
def test_everything_that_is_wrong_is_told(break_it: Callable[[Book, Found], object]) -> None:
    book, found = scene()
    break_it(book, found)
    assert violations(book, found)
