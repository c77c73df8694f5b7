"""What is kept beside the lines of the log: templates for corrections, pictures for people, and what these decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from visavis.application.identify import Identification
from visavis.application.ports.pictures import KeptPicture
from visavis.application.ports.probes import KeptProbe
from visavis.application.ports.store import UnitOfWork
from visavis.application.verify import Verification
from visavis.domain.decision import Outcome
from visavis.domain.errors import GalleryNotFound, ReviewNotFound
from visavis.domain.event import Event, EventId, EventKind
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import Doubt, greater_of
from visavis.domain.policy import EventPictures
from visavis.domain.review import ReviewCase, ReviewKind
from visavis.domain.sample import Sample
from visavis.domain.subject import ReferenceId, SubjectId
from visavis.domain.template import Template
from visavis.vision.png import png

_CORRECTABLE = frozenset({Outcome.MATCH, Outcome.INCONCLUSIVE})
_KINDS = {
    EventKind.IDENTIFIED: ReviewKind.IDENTIFICATION,
    EventKind.VERIFIED: ReviewKind.VERIFICATION,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grounds:
    """What an event was decided on, as far as there was any of it: the template, the face, and the subject that
    resembled it most or was claimed, with the nearest of its references."""

    template: Template | None = None
    sample: Sample | None = None
    candidate: SubjectId | None = None
    reference_id: ReferenceId | None = None

    @classmethod
    def identified(cls, result: Identification) -> "Grounds":
        best = result.candidates.best if result.candidates else None
        return cls(
            template=result.template,
            sample=result.found if isinstance(result.found, Sample) else None,
            candidate=best.subject_id if best else None,
            reference_id=best.reference_id if best else None,
        )

    @classmethod
    def verified(cls, result: Verification) -> "Grounds":
        """Without the template: nothing is learned from a claim."""
        return cls(
            sample=result.probe.sample if result.probe else None,
            candidate=result.subject_id,
            reference_id=result.reference_id,
        )


def grounds_of(events: Sequence[Event], results: Sequence[Identification]) -> dict[EventId, Grounds]:
    """What each event of a capture was decided on."""
    return {event.id: Grounds.identified(result) for event, result in zip(events, results, strict=True)}


async def keep_beside(
    work: UnitOfWork, gallery: Gallery, events: Sequence[Event], grounds: Mapping[EventId, Grounds]
) -> None:
    """What the gallery's policy wants kept of events that are in the log."""
    await _keep_probes(work, gallery, events, grounds)
    await _keep_pictures(work, gallery, events, grounds)
    cases = [case for event in events if (case := _case(gallery, event, grounds.get(event.id))) is not None]
    await work.reviews.open(cases)


async def ask_whether_live(
    work: UnitOfWork, event: Event, doubt: Doubt, grounds: Grounds | None = None
) -> None:
    """People look at a presentation that may be an attack, if it was, or may have been, taken for somebody, and nobody
    has decided about it. Of what is found of one event the worst stays."""
    if event.outcome not in _CORRECTABLE or event.verdict is not None or event.gallery_id is None:
        return
    known = await case_of(work, event.id)
    candidate = event.subject_id or (known.candidate if known else None)
    if candidate is None:
        return
    try:
        gallery = await work.galleries.get(event.gallery_id)
    except GalleryNotFound:
        return
    case = ReviewCase(
        event_id=event.id,
        gallery_id=gallery.id,
        kind=ReviewKind.LIVENESS,
        opened_at=event.recorded_at,
        candidate=candidate,
        reference_id=_nearest(candidate, known, grounds),
        needed=gallery.policy.reviewers,
        doubt=greater_of(doubt, known.doubt if known else None),
    )
    await work.reviews.open([case])


async def case_of(work: UnitOfWork, event_id: EventId) -> ReviewCase | None:
    try:
        return await work.reviews.get(event_id)
    except ReviewNotFound:
        return None


def _nearest(candidate: SubjectId, known: ReviewCase | None, grounds: Grounds | None) -> ReferenceId | None:
    """The reference of the candidate that was found to be nearest."""
    for one in (grounds, known):
        if one is not None and one.candidate == candidate and one.reference_id is not None:
            return one.reference_id
    return None


async def _keep_probes(
    work: UnitOfWork, gallery: Gallery, events: Sequence[Event], grounds: Mapping[EventId, Grounds]
) -> None:
    """Those that a person may want to correct: who was, or perhaps was, recognised, and unknowns who are remembered.
    Strangers leave no template behind."""
    days = gallery.policy.probe_days
    probes = [
        KeptProbe(
            event_id=event.id,
            gallery_id=gallery.id,
            template=template,
            expires=_expires(gallery, event, days),
        )
        for event in events
        if (template := _of(grounds, event).template) is not None
        and (event.subject_id is not None or event.outcome in _CORRECTABLE)
    ]
    await work.probes.keep(probes if min(days, gallery.policy.event_days) else [])


async def _keep_pictures(
    work: UnitOfWork, gallery: Gallery, events: Sequence[Event], grounds: Mapping[EventId, Grounds]
) -> None:
    policy = gallery.policy
    if policy.event_pictures is EventPictures.NONE or not min(policy.event_picture_days, policy.event_days):
        return
    pictures = [
        KeptPicture(
            event_id=event.id,
            gallery_id=gallery.id,
            content=png(sample.chip),
            expires=_expires(gallery, event, policy.event_picture_days),
        )
        for event in events
        if (sample := _of(grounds, event).sample) is not None
    ]
    await work.pictures.keep(pictures)


def _case(gallery: Gallery, event: Event, grounds: Grounds | None) -> ReviewCase | None:
    """What the machine left open is for people, if there is somebody whom it may be."""
    if event.outcome is not Outcome.INCONCLUSIVE or grounds is None or grounds.candidate is None:
        return None
    return ReviewCase(
        event_id=event.id,
        gallery_id=gallery.id,
        kind=_KINDS[event.kind],
        opened_at=event.recorded_at,
        candidate=grounds.candidate,
        reference_id=grounds.reference_id,
        needed=gallery.policy.reviewers,
    )


def _of(grounds: Mapping[EventId, Grounds], event: Event) -> Grounds:
    return grounds.get(event.id) or Grounds()


def _expires(gallery: Gallery, event: Event, days: int) -> datetime:
    """Never after the event itself."""
    return event.recorded_at + timedelta(days=min(days, gallery.policy.event_days))
