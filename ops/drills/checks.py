"""What must be true afterwards, seen through the API as an auditor would."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from ops.drills.clients import GALLERY, Book


@dataclass(frozen=True, kw_only=True)
class Found:
    """Everything the server knows."""

    subjects: dict[str, dict[str, Any]]  #: by name
    references: Counter[str]  #: by subject identifier
    events: list[dict[str, Any]]  #: in order
    audit: list[dict[str, Any]]  #: in order
    jobs: list[dict[str, Any]]
    consents: Counter[str]  #: by subject identifier
    intact: bool


async def look(http: httpx.AsyncClient) -> Found:
    """Reads all of it, page by page."""
    verified = (await http.get("/v1/audit/verify")).raise_for_status().json()
    return Found(
        subjects={one["name"]: one async for one in _all(http, "/v1/subjects", "subjects")},
        references=Counter(
            [
                one["subject_id"]
                async for one in _all(http, f"/v1/galleries/{GALLERY}/references", "references")
            ]
        ),
        events=[one async for one in _all(http, "/v1/events", "events", after=0)],
        audit=[one async for one in _all(http, "/v1/audit", "entries", after=0)],
        jobs=[one async for one in _all(http, "/v1/jobs", "jobs")],
        consents=Counter([one["subject_id"] async for one in _all(http, "/v1/consents", "consents")]),
        intact=verified["intact"],
    )


async def _all(http: httpx.AsyncClient, path: str, name: str, **query: int) -> AsyncIterator[dict[str, Any]]:
    cursor = None
    while True:
        page = (
            await http.get(path, params={"limit": 1000, **query, **({"cursor": cursor} if cursor else {})})
        ).raise_for_status()
        document = page.json()
        for one in document[name]:
            yield one
        cursor = document["next_cursor"]
        if cursor is None:
            return


def violations(book: Book, found: Found) -> list[str]:
    """Every promise that was not kept, in words; empty if all were."""
    return [
        *book.faults,
        *([] if found.intact else ["the audit chain is broken"]),
        *_subjects(book, found),
        *_events(book, found),
        *_jobs(book, found),
        *_audit(book, found),
    ]


def _subjects(book: Book, found: Found) -> Iterable[str]:
    for name, subject_id in book.enrolled.items():
        there = found.subjects.get(name)
        if name in book.erased and there is not None:
            yield f"{name} was erased and is there"
        if name in book.erasing:
            continue
        if there is None:
            yield f"{name} was acknowledged and is lost"
        elif there["references"] != 1:
            yield f"{name} has {there['references']} references instead of 1"
        if subject_id in book.consents and found.consents[subject_id] != 1:
            yield f"{name} has {found.consents[subject_id]} consents instead of 1"


def _events(book: Book, found: Found) -> Iterable[str]:
    if [one["sequence"] for one in found.events] != list(range(1, len(found.events) + 1)):
        yield "the sequence of events has a gap"
    positions: dict[tuple[str, str], list[int]] = defaultdict(list)
    for one in found.events:
        positions[one["source"], one["reference"]].append(one["position"])
    for capture, seen in positions.items():
        if capture not in book.asked:
            yield f"{capture}: an event that nobody asked for"
        if len(set(seen)) != len(seen):
            yield f"{capture}: {len(seen)} events, but {len(set(seen))} faces"
    for capture, faces in book.faces.items():
        if sorted(positions[capture]) != list(range(faces)):
            yield f"{capture}: {faces} faces, events for {positions[capture]}"
    for source, references in book.streams.items():
        known = set(references)
        firsts = [
            one["reference"] for one in found.events if one["source"] == source and one["position"] == 0
        ]
        if [one for one in firsts if one in known] != references:
            yield f"{source}: the events of accepted photos are not in the order of their acceptance, or not complete"


def _jobs(book: Book, found: Found) -> Iterable[str]:
    states = {one["id"]: one for one in found.jobs}
    for job_id in book.jobs:
        one = states.get(job_id)
        if one is None:
            yield f"job {job_id} was accepted and is lost"
        elif one["state"] != "succeeded":
            yield f"job {job_id} is {one['state']}: {one}"
    for one in found.jobs:
        if one["state"] in ("queued", "running"):
            yield f"job {one['id']} is stuck in {one['state']}"


def _audit(book: Book, found: Found) -> Iterable[str]:
    entries = Counter((one["action"], one["target"]) for one in found.audit)
    for action, target in _wanted(book):
        if entries[action, target] != 1:
            yield f"{entries[action, target]} audit entries {action} of {target}"
    noted = Counter(
        one["details"].get("event") for one in found.audit if one["action"] == "decision.identified"
    )
    for event in found.events:
        if event["kind"] == "identified" and noted[event["id"]] != 1:
            yield f"event {event['id']} has {noted[event['id']]} audit entries"


def _wanted(book: Book) -> Iterable[tuple[str, str]]:
    """Action and target of every change that was acknowledged."""
    for name, subject_id in book.enrolled.items():
        if subject_id:
            yield "subject.enrolled", f"subject:{subject_id}"
        if name in book.erased:
            yield "subject.erased", f"subject:{subject_id}"
    for subject_id in book.consents:
        yield "consent.granted", f"subject:{subject_id}"
    for job_id in book.jobs:
        yield "job.submitted", f"job:{job_id}"
        yield "job.finished", f"job:{job_id}"
