"""Keep a subject's references: sample, check, refuse with a reason, or store at once and durably."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.application.consent import require_consent
from visavis.application.guard import belongs
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker, kept_images, note_enrolled, require_room
from visavis.application.ports.inference import Inference
from visavis.application.ports.samples import KeptImage
from visavis.application.ports.store import Store, UnitOfWork
from visavis.application.probe import Probe, take_probe
from visavis.application.search import GallerySearch
from visavis.domain.decision import Calibration, Candidate, Outcome, compare
from visavis.domain.errors import (
    AlreadyEnrolled,
    AlreadyExists,
    GalleryFull,
    QualityTooLow,
    SubjectNotFound,
    VisavisError,
    WrongSubject,
)
from visavis.domain.frame import Frame
from visavis.domain.gallery import Gallery
from visavis.domain.subject import Reference, ReferenceId, Subject, SubjectId, TenantId, checked_name
from visavis.domain.template import Template, require_same_model
from visavis.engine.assess import ENROL_GATE


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolOptions:
    """`force` takes a photo although it looks like somebody else; `largest` takes the largest of several faces.

    `external_id` is the sender's word for the photos.
    """

    force: bool = False
    largest: bool = False
    external_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotoResult:
    """What became of one photo: a reference, or an error. `source` is what the caller called it."""

    source: str
    reference_id: ReferenceId | None = None
    probe: Probe | None = None
    error: VisavisError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrolment:
    """The subject and one result per photo, in order. `resembles` are other subjects it may be a duplicate of."""

    name: str
    subject_id: SubjectId | None
    results: tuple[PhotoResult, ...]
    resembles: tuple[Candidate, ...] = ()

    @property
    def enrolled(self) -> int:
        return sum(result.reference_id is not None for result in self.results)


@dataclass(slots=True)
class _Photo:
    """Working state of one photo on its way through the checks."""

    source: str
    picture: bytes | Frame
    fingerprint: bytes
    probe: Probe | None = None
    error: VisavisError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrol:
    """Enrols photos of one subject in a gallery. What it returns as enrolled is committed, and audited."""

    store: Store
    tenant: TenantId
    inference: Inference
    search: GallerySearch
    calibration: Calibration
    ledger: Ledger
    maker: ReferenceMaker

    async def __call__(
        self,
        gallery: Gallery,
        name: str,
        pictures: Sequence[tuple[str, bytes | Frame]],
        options: EnrolOptions | None = None,
    ) -> Enrolment:
        """Takes (source, file content) pairs; a bad photo does not keep the others from being enrolled.

        Raises `ModelMismatch`, `GalleryFull` or `ConsentMissing` when nothing could be enrolled at all.
        """
        options = options or EnrolOptions()
        name = checked_name(name, what="subject name")
        require_same_model(gallery.model, self.inference.model)
        photos = await self._known(gallery, name, pictures)
        # (1) sample and template of every new photo
        for photo in photos:
            if photo.error is None:
                await self._take(photo, gallery, options)
        # (2) photos that do not show this subject
        resembles: tuple[Candidate, ...] = ()
        if not options.force:
            resembles = await self._refuse_others(gallery, name, photos)
        # (3) keep the rest in one transaction
        try:
            return await self._keep(gallery, name, photos, resembles, options)
        except (AlreadyExists, SubjectNotFound):
            # somebody else enrolled or erased this subject in the same moment: once more, on what is there now
            return await self._keep(gallery, name, photos, resembles, options)

    async def _known(
        self, gallery: Gallery, name: str, pictures: Sequence[tuple[str, bytes | Frame]]
    ) -> list[_Photo]:
        """The photos with their fingerprints; those that the gallery has already carry the error."""
        async with self.store.transaction(self.tenant) as work:
            if gallery.policy.consent:
                subject = await work.subjects.find(name)
                now = self.maker.clock.now()
                await require_consent(work, gallery, subject.id if subject else None, now)
            prints = [await work.references.fingerprint(_content(data)) for _, data in pictures]
            known = await work.references.by_photo(gallery.id, prints)
            names = await work.subjects.names(list(known.values()))
        photos = []
        seen: set[bytes] = set()
        for (source, data), fingerprint in zip(pictures, prints, strict=True):
            photo = _Photo(source=source, picture=data, fingerprint=fingerprint)
            if fingerprint in known:
                photo.error = _known_photo(names.get(known[fingerprint], ""), name)
            elif fingerprint in seen:
                photo.error = AlreadyEnrolled("This photo is given twice.")
            seen.add(fingerprint)
            photos.append(photo)
        return photos

    async def _take(self, photo: _Photo, gallery: Gallery, options: EnrolOptions) -> None:
        try:
            photo.probe = await take_probe(
                photo.picture, self.inference, gate=ENROL_GATE, largest=options.largest, flip=True
            )
            quality = photo.probe.template.quality
            if quality is not None and quality < gallery.policy.enrol_quality:
                raise QualityTooLow(
                    f"The quality of the face is {quality:.0f}; this gallery asks for "
                    f"{gallery.policy.enrol_quality:.0f}.",
                    reasons=("low_quality",),
                )
        except VisavisError as error:
            photo.error = error

    async def _refuse_others(
        self, gallery: Gallery, name: str, photos: Sequence[_Photo]
    ) -> tuple[Candidate, ...]:
        """Marks photos of another subject, and returns the others this subject may be a duplicate of."""
        open_ = [(photo, photo.probe.template) for photo in photos if photo.probe and not photo.error]
        if not open_:
            return ()
        kept = await self._kept(gallery, name)
        for (photo, _), ok in zip(
            open_, belongs([template for _, template in open_], kept, self.calibration), strict=True
        ):
            if not ok:
                photo.error = WrongSubject("The photo does not look like the other photos of this subject.")
        lists = await self.search(gallery, [template for _, template in open_], self.calibration)
        policy, measure = gallery.policy, gallery.policy.measure
        decided = [policy.decide_identification(found, self.calibration) for found in lists]
        other = [
            found.best is not None and found.best.name != name and decision.outcome is Outcome.MATCH
            for found, decision in zip(lists, decided, strict=True)
        ]
        # photos of this subject that look like nobody else speak for one that does
        vouchers = [*kept, *(t for (_, t), taken in zip(open_, other, strict=True) if not taken)]
        resembles: dict[SubjectId, Candidate] = {}
        for (photo, template), found, decision, taken in zip(open_, lists, decided, other, strict=True):
            best = found.best
            if best is None or decision.outcome is not Outcome.MATCH:
                continue
            vouched = any(compare(template, one, measure).value >= best.score.value for one in vouchers)
            if taken and not vouched:
                photo.error = photo.error or WrongSubject(
                    f"The photo looks like {best.name}, who is enrolled already."
                )
            if photo.error is None:
                others = (c for c in found.candidates if c.name != name)
                resembles |= {c.subject_id: c for c in others if c.score.value >= decision.threshold.value}
        return tuple(resembles.values())

    async def _kept(self, gallery: Gallery, name: str) -> list[Template]:
        async with self.store.transaction(self.tenant) as work:
            subject = await work.subjects.find(name)
            if subject is None:
                return []
            kept = await work.references.of_subjects(gallery.id, [subject.id])
        return [reference.template for reference in kept.get(subject.id, [])]

    async def _keep(
        self,
        gallery: Gallery,
        name: str,
        photos: Sequence[_Photo],
        resembles: tuple[Candidate, ...],
        options: EnrolOptions,
    ) -> Enrolment:
        ids: dict[int, ReferenceId] = {}
        subject_id: SubjectId | None = None
        if any(photo.error is None for photo in photos):
            async with self.store.transaction(self.tenant) as work:
                await require_room(work, gallery, len(photos))
                subject_id = await self._subject(work, name)
                room = await self._room_for(work, gallery, subject_id)
                ids = await self._add(work, gallery, subject_id, photos, room, options)
                await require_consent(work, gallery, subject_id, self.maker.clock.now(), hold=True)
        results = tuple(
            PhotoResult(source=p.source, reference_id=ids.get(number), probe=p.probe, error=p.error)
            for number, p in enumerate(photos)
        )
        return Enrolment(name=name, subject_id=subject_id, results=results, resembles=resembles)

    async def _add(
        self,
        work: UnitOfWork,
        gallery: Gallery,
        subject_id: SubjectId,
        photos: Sequence[_Photo],
        room: int,
        options: EnrolOptions,
    ) -> dict[int, ReferenceId]:
        """The references of the good photos, as far as there is room; by the number of the photo."""
        references: dict[int, Reference] = {}
        images: list[KeptImage] = []
        for number, photo in enumerate(photos):
            if photo.error is not None or photo.probe is None:
                continue
            if len(references) >= room:
                photo.error = GalleryFull("The subject has as many references as the policy allows.")
                continue
            sample = photo.probe.sample
            details = self.maker.details(sample.face, photo.picture, external_id=options.external_id)
            references[number] = self.maker.reference(
                gallery, subject_id, photo.probe.template, photo=photo.fingerprint, details=details
            )
            images += await kept_images(gallery.policy.keep, references[number].id, sample, photo.picture)
        await work.references.add(list(references.values()))
        if images:
            await work.samples.add(images)
        if references:
            await note_enrolled(self.ledger, work, gallery, subject_id, len(references), forced=options.force)
        return {number: reference.id for number, reference in references.items()}

    async def _room_for(self, work: UnitOfWork, gallery: Gallery, subject_id: SubjectId) -> int:
        kept = await work.references.of_subjects(gallery.id, [subject_id])
        return gallery.policy.max_references - len(kept.get(subject_id, []))

    async def _subject(self, work: UnitOfWork, name: str) -> SubjectId:
        found = await work.subjects.find(name)
        if found is not None:
            return found.id
        subject = Subject(
            id=SubjectId(self.maker.identifiers.new()), name=name, created_at=self.maker.clock.now()
        )
        await work.subjects.add(subject)
        return subject.id


def _known_photo(owner: str, name: str) -> VisavisError:
    if owner == name:
        return AlreadyEnrolled()
    return WrongSubject(
        f"This very photo is enrolled for {owner or 'another subject'}.",
        hint="Erase it there first, if it is enrolled for the wrong subject.",
    )


def _content(picture: bytes | Frame) -> bytes:
    return picture.pixels.tobytes() if isinstance(picture, Frame) else picture
