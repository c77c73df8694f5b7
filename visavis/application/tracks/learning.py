"""A visitor who is recognised for certain is remembered by this look, too: the next one is in another light."""

import uuid
from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker, note_enrolled
from visavis.application.ports.store import UnitOfWork
from visavis.application.tracks.reported import RecordedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.decision import Outcome
from visavis.domain.errors import SubjectNotFound
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Unknowns
from visavis.domain.subject import ReferenceDetails, ReferenceId, SubjectId, SubjectKind

_CERTAIN = 0.1  #: of the policy's FPIR: a wrong look would draw others after it
_NEW = 0.8  #: similarity from which on a look shows nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLook:
    """Only in galleries of visitors and only for anonymous subjects: what is known of somebody with a name changes
    by enrolment alone."""

    maker: ReferenceMaker
    ledger: Ledger

    async def __call__(
        self, work: UnitOfWork, gallery: Gallery, track: SeenTrack, told: RecordedTrack
    ) -> bool:
        """Whether the subject has one more reference."""
        if track.probe is None or told.subject_id is None or not self.wants(gallery, track, told):
            return False
        look = ReferenceId(
            uuid.uuid5(gallery.id, told.track.hex)
        )  # one for each track, however often it is told
        if not await self._has_room(work, gallery, told.subject_id, look):
            return False
        reference = self.maker.reference(
            gallery,
            told.subject_id,
            track.probe,
            photo=b"",
            details=ReferenceDetails(image_id=self.maker.identifiers.new()),
            reference_id=look,
        )
        await work.references.add([reference])
        await note_enrolled(self.ledger, work, gallery, told.subject_id, 1, anonymous=True, learned=True)
        return True

    def wants(self, gallery: Gallery, track: SeenTrack, told: RecordedTrack) -> bool:
        """Once for each track, when it has ended; not when it is told again and nothing changes."""
        policy, quality = gallery.policy, track.probe.quality if track.probe else None
        return (
            gallery.purpose is Purpose.VISITORS
            and policy.unknowns is Unknowns.REMEMBER
            and not policy.consent
            and track.reported.ended
            and track.reported.decided is None
            and track.doubt is None
            and told.revised
            and told.outcome is Outcome.MATCH
            and (quality is None or quality >= policy.enrol_quality)
            and told.fpir is not None
            and told.fpir <= _CERTAIN * policy.fpir
            and told.score is not None
            and told.score < _NEW
        )

    async def _has_room(
        self, work: UnitOfWork, gallery: Gallery, subject_id: SubjectId, look: ReferenceId
    ) -> bool:
        try:
            subject = await work.subjects.get(subject_id)
        except SubjectNotFound:
            return False
        if subject.kind is not SubjectKind.ANONYMOUS:
            return False
        kept = await work.references.page(
            gallery.id, subject_id=subject_id, limit=gallery.policy.max_references
        )
        full = await work.references.count(gallery.id) >= gallery.policy.capacity
        is_new = look not in {one.id for one in kept}
        return is_new and len(kept) < gallery.policy.max_references and not full
