"""What erasing and revoking have in common: find what is kept of a subject, remove it, count it."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.ports.corrections import CorrectionFilter
from visavis.application.ports.store import UnitOfWork
from visavis.domain.correction import CorrectionKind
from visavis.domain.errors import SubjectNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.subject import GalleryId, Subject, SubjectId

_PAGE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """What was removed of a subject, from which `places`; `events` no longer name it. `whole`: nothing is left."""

    subject_id: SubjectId
    references: int = 0
    galleries: int = 0
    samples: int = 0
    events: int = 0
    whole: bool = False
    places: tuple[Gallery, ...] = ()


async def found(work: UnitOfWork, subject: str | SubjectId) -> Subject:
    """The subject of this name or identifier; the identifier of one that was merged stands for whom it became.
    Raises `SubjectNotFound`."""
    if isinstance(subject, str):
        return await work.subjects.by_name(subject)
    try:
        return await work.subjects.get(subject)
    except SubjectNotFound:
        became = await work.lineage.leads_to(subject)
        if became is None:
            raise
        return await work.subjects.get(became)


async def member(work: UnitOfWork, gallery_id: GalleryId, subject: Subject) -> bool:
    """Whether the subject belongs to the gallery, with references or before it has any."""
    page = await work.subjects.page(gallery_id=gallery_id, prefix=subject.name, limit=1)
    return bool(page) and page[0].subject.id == subject.id


async def placed(work: UnitOfWork, subject: Subject) -> list[Gallery]:
    """The galleries that the subject is a member of, by name."""
    everything = [summary.gallery for summary in await work.galleries.all()]
    return [gallery for gallery in everything if await member(work, gallery.id, subject)]


async def remove_wholly(work: UnitOfWork, subject: Subject) -> Removed:
    """Removes the subject, and its traces in the detection log."""
    places = await placed(work, subject)
    samples = sum([await _samples(work, gallery, subject) for gallery in places])
    earlier = await _earlier(work, subject)
    await work.denials.forget(subject.id)
    events = await work.events.forget(subject.id)
    erasure = await work.subjects.erase(subject.id)
    for subject_id, name in [(subject.id, subject.name), *earlier]:
        await work.jobs.forget(subject_id, name)
    return Removed(
        subject_id=subject.id,
        references=erasure.references,
        galleries=erasure.galleries,
        samples=samples,
        events=events,
        whole=True,
        places=tuple(places),
    )


async def _earlier(work: UnitOfWork, subject: Subject) -> list[tuple[SubjectId, str]]:
    """What the subject was called before merges, as far as it is still known."""
    merges = CorrectionFilter(subject_id=subject.id, kind=CorrectionKind.MERGE)
    gone = [one.undo.gone for one in await work.corrections.page(merges, limit=_PAGE)]
    names = {one.id: one.name for one in gone if one is not None}
    aliases = await work.lineage.aliases(subject.id)
    return [(one, names.get(one, subject.name)) for one in aliases]


async def remove_from(work: UnitOfWork, subject: Subject, galleries: Sequence[Gallery]) -> Removed:
    """Removes what these galleries keep of the subject, and the subject if it is in no other."""
    places = await placed(work, subject)
    leaving = {gallery.id for gallery in galleries} & {gallery.id for gallery in places}
    if leaving and len(leaving) == len(places):
        return await remove_wholly(work, subject)
    samples = references = touched = 0
    for gallery in places:
        if gallery.id in leaving:
            samples += await _samples(work, gallery, subject)
            count = await work.subjects.leave(gallery.id, subject.id)
            references += count
            touched += bool(count)
    return Removed(
        subject_id=subject.id,
        references=references,
        galleries=touched,
        samples=samples,
        places=tuple(gallery for gallery in places if gallery.id in leaving),
    )


async def _samples(work: UnitOfWork, gallery: Gallery, subject: Subject) -> int:
    count, after = 0, None
    while True:
        page = await work.references.page(gallery.id, subject_id=subject.id, after=after, limit=_PAGE)
        if page:
            kinds = await work.samples.kinds([reference.id for reference in page])
            count += sum(map(len, kinds.values()))
        if len(page) < _PAGE:
            return count
        after = page[-1].id
