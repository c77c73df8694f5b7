"""What the machine left open: one case at a time, side by side; and what was decided."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from visavis.console.accounts import Accounts
from visavis.console.at_once import at_once
from visavis.console.paging import first_of
from visavis.console.platform import Visit, Visiting
from visavis.console.reasons import in_words
from visavis.console.render import page
from visavis.console.scale import Scale, scale
from visavis.domain.access import Permission
from visavis.domain.errors import GalleryNotFound, NotPermitted, ReviewNotFound, SubjectNotFound
from visavis.domain.review import ReviewKind, ReviewState
from visavis.wire.galleries import GalleryEntry
from visavis.wire.v1.reviews import ReviewEntry, ReviewSummary
from visavis.wire.v1.subjects import ReferenceNote

router = APIRouter()
_LISTED = 50
_BESIDE = 4

KINDS = {
    ReviewKind.IDENTIFICATION.value: "search",
    ReviewKind.VERIFICATION.value: "claim",
    ReviewKind.LIVENESS.value: "live or held up",
    ReviewKind.OPENED.value: "opened by a person",
}
STATES = {
    ReviewState.OPEN.value: "nobody has looked yet",
    ReviewState.WAITING.value: "waits for a second person",
    ReviewState.DECIDED.value: "decided",
    ReviewState.DISAGREED.value: "two disagree",
}
VERDICTS = {"match": "the same person", "non_match": "not this person", "inconclusive": "cannot be told"}
_LIVE = VERDICTS | {"match": "real", "non_match": "a presentation"}
VERDICTS_OF = {kind: _LIVE if kind == ReviewKind.LIVENESS.value else VERDICTS for kind in KINDS}
"""What an opinion says, by the kind of the case."""

Text = Annotated[str, Query(max_length=200)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A case with everything that is laid beside it. `pictured` are references that can be shown."""

    entry: ReviewEntry
    gallery: GalleryEntry | None
    scale: Scale | None
    references: tuple[ReferenceNote, ...]

    @property
    def pictured(self) -> tuple[ReferenceNote, ...]:
        return tuple(one for one in self.references if one.kept)[:_BESIDE]

    @property
    def mine(self) -> bool:
        """Whether the caller has said what she thinks."""
        return any(one.mine for one in self.entry.opinions)


@router.get("/review")
async def review(
    request: Request, visit: Visiting, case: UUID | None = None, gallery: Text = "", kind: Text = ""
) -> HTMLResponse:
    _require(visit)
    async with at_once() as group:
        listed = group.create_task(
            first_of(
                visit.client.reviews.list(
                    gallery=gallery or None, kind=_kind(kind), todo=True, page_size=_LISTED
                ),
                _LISTED,
            )
        )
        summary = group.create_task(visit.client.reviews.summary())
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
        asked = group.create_task(_asked(visit, case))
    waiting, more = listed.result()
    entry = asked.result() or (waiting[0] if waiting and case is None else None)
    accounts = await Accounts.of(visit) if entry and entry.opinions else None
    return page(
        request,
        visit,
        "review.html",
        tab="waiting",
        desk=await desk(visit, entry, places.result()[0]) if entry else None,
        gone=case is not None and entry is None,
        waiting=waiting,
        more=more,
        before=_beside(waiting, entry, -1),
        after=_beside(waiting, entry, +1),
        tiles=tiles(summary.result()),
        galleries=[one.name for one in places.result()[0]],
        gallery=gallery,
        kind=kind,
        query=urlencode({name: value for name, value in (("gallery", gallery), ("kind", kind)) if value}),
        accounts=accounts,
        kinds=KINDS,
        states=STATES,
        verdicts_of=VERDICTS_OF,
        doubt=doubt_in_words(entry) if entry else "",
        in_words=in_words,
    )


@router.get("/review/{tab}")
async def reviewed(
    request: Request, visit: Visiting, tab: str, gallery: Text = "", kind: Text = ""
) -> HTMLResponse:
    """Those that are decided, or about which two disagree."""
    _require(visit)
    state = {"decided": ReviewState.DECIDED, "disagreed": ReviewState.DISAGREED}.get(tab)
    if state is None:
        raise ReviewNotFound("There is no such list.")
    async with at_once() as group:
        listed = group.create_task(
            first_of(
                visit.client.reviews.list(
                    gallery=gallery or None, kind=_kind(kind), state=state, page_size=_LISTED
                ),
                _LISTED,
            )
        )
        summary = group.create_task(visit.client.reviews.summary(gallery=gallery or None))
        places = group.create_task(first_of(visit.client.galleries.list(), 1000))
        accounts = group.create_task(Accounts.of(visit))
    found, more = listed.result()
    return page(
        request,
        visit,
        "reviewed.html",
        tab=tab,
        cases=found,
        more=more,
        tiles=tiles(summary.result()),
        galleries=[one.name for one in places.result()[0]],
        gallery=gallery,
        kind=kind,
        accounts=accounts.result(),
        kinds=KINDS,
        states=STATES,
        verdicts_of=VERDICTS_OF,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    number: str
    name: str
    path: str


def tiles(summary: ReviewSummary) -> list[Tile]:
    """How much waits, and how well people agree."""
    of = {state: sum(one.count for one in summary.counts if one.state is state) for state in ReviewState}
    found = [
        Tile(number=f"{summary.todo:,}", name="wait for you", path="/review"),
        Tile(number=f"{of[ReviewState.WAITING]:,}", name="wait for a second person", path="/review"),
        Tile(number=f"{of[ReviewState.DISAGREED]:,}", name="two disagree", path="/review/disagreed"),
        Tile(number=f"{of[ReviewState.DECIDED]:,}", name="decided", path="/review/decided"),
    ]
    if summary.compared:
        share = 1 - summary.disagreed / summary.compared
        name = f"agreement, of {summary.compared:,} that two looked at"
        found.append(Tile(number=f"{100 * share:.0f} %", name=name, path="/review/decided"))
    return found


def doubt_in_words(entry: ReviewEntry) -> str:
    """Why it is asked whether somebody was there in person; empty where it is not."""
    if entry.attack_score is None or entry.attack_threshold is None:
        return ""
    reached = entry.attack_score >= entry.attack_threshold
    instrument = {None: "a photograph or a screen", "print": "a photograph", "screen": "a screen"}
    what = instrument.get(entry.attack_instrument, entry.attack_instrument)
    beyond = "it is taken for an attack" if reached else "it would be taken for an attack, and this is near"
    return (
        f"This may be {what} held up: the detector of attacks gives it {entry.attack_score:.2f}, "
        f"from 0 (bona fide) to 1. From {entry.attack_threshold:.2f} on {beyond}."
    )


async def desk(visit: Visit, entry: ReviewEntry, galleries: Sequence[GalleryEntry]) -> Desk:
    """The case with the references of its candidate, the nearest one first."""
    event = entry.event
    gallery = next((one for one in galleries if one.name == event.gallery), None)
    references = await references_of(visit, event.gallery, entry.candidate)
    nearest = sorted(references, key=lambda one: (one.id != entry.reference_id, not one.kept))
    return Desk(
        entry=entry,
        gallery=gallery,
        scale=scale(event, gallery.policy if gallery else None),
        references=tuple(nearest),
    )


async def references_of(visit: Visit, gallery: str, subject: str | None) -> list[ReferenceNote]:
    """As far as they are there, and may be read."""
    if subject is None or not gallery or not visit.may(Permission.SUBJECTS_READ):
        return []
    try:
        found, _ = await first_of(visit.client.references.list(gallery, subject=subject), 100)
    except (GalleryNotFound, SubjectNotFound):
        return []
    return found


async def _asked(visit: Visit, case: UUID | None) -> ReviewEntry | None:
    if case is None:
        return None
    try:
        return await visit.client.reviews.get(case)
    except ReviewNotFound:
        return None


def _kind(given: str) -> ReviewKind | None:
    return ReviewKind(given) if given in KINDS else None


def _beside(waiting: Sequence[ReviewEntry], entry: ReviewEntry | None, step: int) -> ReviewEntry | None:
    """The next case, or the one before, in the order in which they wait."""
    if entry is None or not waiting:
        return None
    places = [one.event_id for one in waiting]
    if entry.event_id not in places:
        return waiting[0] if step > 0 else None
    at = places.index(entry.event_id) + step
    return waiting[at] if 0 <= at < len(waiting) else None


def _require(visit: Visit) -> None:
    if not visit.may(Permission.EVENTS_REVIEW):
        raise NotPermitted(
            "You may not review decisions.", hint="Ask an administrator for the role of a reviewer."
        )
