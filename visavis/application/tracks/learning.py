"""A visitor who is recognised for certain is remembered by this look, too: the next one is in another light."""

from dataclasses import dataclass

from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker, note_enrolled
from visavis.application.ports.store import UnitOfWork
from visavis.application.tracks.log import line_of
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.decision import Outcome
from visavis.domain.errors import SubjectNotFound
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Unknowns
from visavis.domain.subject import ReferenceDetails, SubjectId, SubjectKind

_CERTAIN = 0.1  #: of the policy's FPIR: a wrong look would draw others after it
_NEW = 0.8  #: similarity from which on a look shows nothing new


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnLook:
    """Only in galleries of visitors and only for anonymous subjects: what is known of somebody with a name changes
    by enrolment alone. Runs before the line is written, because that comes last."""

    maker: ReferenceMaker
    ledger: Ledger

    async def __call__(self, work: UnitOfWork, gallery: Gallery, track: SeenTrack, line: Event) -> bool:
        """Whether the subject has one more reference."""
        if line.subject_id is None or track.probe is None or not self._wants(gallery, track, line):
            return False
        before = await line_of(work, gallery, track.reported)
        if before is not None and before.outcome is Outcome.MATCH:
            return False  # told again
        if not await self._has_room(work, gallery, line.subject_id):
            return False
        reference = self.maker.reference(
            gallery,
            line.subject_id,
            track.probe,
            photo=b"",
            details=ReferenceDetails(image_id=self.maker.identifiers.new()),
        )
        await work.references.add([reference])
        await note_enrolled(self.ledger, work, gallery, line.subject_id, 1, anonymous=True, learned=True)
        return True

    def _wants(self, gallery: Gallery, track: SeenTrack, line: Event) -> bool:
        policy, quality = gallery.policy, track.probe.quality if track.probe else None
        return (
            gallery.purpose is Purpose.VISITORS
            and policy.unknowns is Unknowns.REMEMBER
            and not policy.consent
            and track.reported.ended
            and track.reported.decided is None
            and line.outcome is Outcome.MATCH
            and (quality is None or quality >= policy.enrol_quality)
            and line.fpir is not None
            and line.fpir <= _CERTAIN * policy.fpir
            and line.score is not None
            and line.score < _NEW
        )

    async def _has_room(self, work: UnitOfWork, gallery: Gallery, subject_id: SubjectId) -> bool:
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
        return len(kept) < gallery.policy.max_references and not full
