"""What one tenant keeps, in dictionaries."""

import secrets
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from visavis.adapters.memory.account_tables import AccountTables
from visavis.adapters.memory.agent_tables import AgentTables
from visavis.adapters.memory.alert_tables import AlertTables
from visavis.adapters.memory.correction_tables import CorrectionTables
from visavis.adapters.memory.job_tables import JobTables
from visavis.adapters.memory.passage_tables import PassageTables
from visavis.application.ports.consents import Receipt
from visavis.application.ports.pictures import KeptPicture
from visavis.application.ports.probes import KeptProbe
from visavis.application.ports.samples import KeptImage
from visavis.domain.audit import GENESIS, AuditEntry, AuditRecord
from visavis.domain.camera import Camera, CameraId
from visavis.domain.camera_picture import CameraPicture
from visavis.domain.consent import Consent, ConsentId
from visavis.domain.correction import Denial
from visavis.domain.decision import Outcome
from visavis.domain.drift import Monitor, MonitorId
from visavis.domain.errors import GalleryNotFound, SubjectNotFound
from visavis.domain.event import Event, EventId
from visavis.domain.gallery import Gallery
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.report import ReportId, StoredReport
from visavis.domain.review import ReviewCase, ReviewState
from visavis.domain.subject import GalleryId, Reference, ReferenceId, Subject, SubjectId, SubjectKind
from visavis.domain.trial import Disagreement, Trial, TrialId, TrialTemplate


@dataclass(slots=True, kw_only=True)
class Tables:
    """Not a value: the one thing here that changes. Its parts are never changed, only exchanged."""

    galleries: dict[GalleryId, Gallery] = field(default_factory=dict)
    subjects: dict[SubjectId, Subject] = field(default_factory=dict)
    members: dict[GalleryId, frozenset[SubjectId]] = field(default_factory=dict)
    references: dict[GalleryId, dict[SubjectId, tuple[Reference, ...]]] = field(default_factory=dict)
    photos: dict[GalleryId, dict[bytes, SubjectId]] = field(default_factory=dict)
    samples: dict[ReferenceId, tuple[KeptImage, ...]] = field(default_factory=dict)
    changes: dict[GalleryId, dict[SubjectId, int]] = field(default_factory=dict)
    sequences: dict[GalleryId, int] = field(default_factory=dict)
    events: dict[EventId, Event] = field(default_factory=dict)  #: by sequence
    event_sequence: int = 0
    monitors: dict[MonitorId, Monitor] = field(default_factory=dict)
    drift_position: int = 0
    recordings: dict[RecordingId, tuple[Recording, tuple[RecordedTrack, ...]]] = field(default_factory=dict)
    cameras: dict[CameraId, Camera] = field(default_factory=dict)
    camera_pictures: dict[str, CameraPicture] = field(default_factory=dict)
    probes: dict[EventId, KeptProbe] = field(default_factory=dict)
    pictures: dict[EventId, KeptPicture] = field(default_factory=dict)
    reviews: dict[EventId, ReviewCase] = field(default_factory=dict)
    reports: dict[ReportId, tuple[StoredReport, str]] = field(default_factory=dict)
    trials: dict[GalleryId, Trial] = field(default_factory=dict)
    trial_templates: dict[TrialId, dict[ReferenceId, TrialTemplate]] = field(default_factory=dict)
    trial_disagreements: dict[TrialId, tuple[Disagreement, ...]] = field(default_factory=dict)
    consents: dict[ConsentId, Consent] = field(default_factory=dict)
    receipts: dict[uuid.UUID, Receipt] = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    pending: list[AuditRecord] = field(
        default_factory=list
    )  #: what the running transaction adds to the audit log
    accounts: AccountTables = field(default_factory=AccountTables)
    agents: AgentTables = field(default_factory=AgentTables)
    jobs: JobTables = field(default_factory=JobTables)
    passages: PassageTables = field(default_factory=PassageTables)
    alerting: AlertTables = field(default_factory=AlertTables)
    corrections: CorrectionTables = field(default_factory=CorrectionTables)
    photo_key: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    signing_seed: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def copy(self) -> "Tables":
        return replace(
            self,
            galleries=dict(self.galleries),
            subjects=dict(self.subjects),
            members=dict(self.members),
            references={gallery: dict(kept) for gallery, kept in self.references.items()},
            photos={gallery: dict(known) for gallery, known in self.photos.items()},
            samples=dict(self.samples),
            changes={gallery: dict(changed) for gallery, changed in self.changes.items()},
            sequences=dict(self.sequences),
            events=dict(self.events),
            monitors=dict(self.monitors),
            recordings=dict(self.recordings),
            cameras=dict(self.cameras),
            camera_pictures=dict(self.camera_pictures),
            probes=dict(self.probes),
            pictures=dict(self.pictures),
            reviews=dict(self.reviews),
            reports=dict(self.reports),
            trials=dict(self.trials),
            trial_templates=dict(self.trial_templates),
            trial_disagreements=dict(self.trial_disagreements),
            consents=dict(self.consents),
            receipts=dict(self.receipts),
            audit=list(self.audit),
            pending=[],
            accounts=self.accounts.copy(),
            agents=self.agents.copy(),
            jobs=self.jobs.copy(),
            passages=self.passages.copy(),
            alerting=self.alerting.copy(),
            corrections=self.corrections.copy(),
        )

    def settle(self) -> None:
        """Gives what is pending its place in the chain."""
        for record in self.pending:
            last = self.audit[-1] if self.audit else None
            sequence, previous = (last.sequence + 1, last.digest) if last else (1, GENESIS)
            self.audit.append(AuditEntry.after(record, sequence=sequence, previous=previous))
        self.pending = []

    def gallery(self, gallery_id: GalleryId) -> Gallery:
        if gallery_id not in self.galleries:
            raise GalleryNotFound
        return self.galleries[gallery_id]

    def subject(self, subject_id: SubjectId) -> Subject:
        if subject_id not in self.subjects:
            raise SubjectNotFound
        return self.subjects[subject_id]

    def kept(self, gallery_id: GalleryId) -> dict[SubjectId, tuple[Reference, ...]]:
        return self.references.get(gallery_id, {})

    def everything(self) -> list[Reference]:
        """Every reference of every gallery."""
        return [one for kept in self.references.values() for group in kept.values() for one in group]

    def keep(self, gallery_id: GalleryId, subject_id: SubjectId, references: Iterable[Reference]) -> None:
        """Replaces the subject's references in the gallery, oldest first, and records the change.

        The samples of those that are gone stay; `prune` removes them.
        """
        kept, photos = self.references[gallery_id], self.photos[gallery_id]
        for old in kept.pop(subject_id, ()):
            photos.pop(old.photo, None)
        ordered = tuple(sorted(references, key=lambda one: (one.created_at, one.id)))
        if ordered:
            kept[subject_id] = ordered
            self.members[gallery_id] |= {subject_id}
        photos.update({new.photo: subject_id for new in ordered if new.photo})
        self.note_change(gallery_id, subject_id)

    def note_change(self, gallery_id: GalleryId, subject_id: SubjectId) -> None:
        """Whoever follows the gallery reads this subject again."""
        self.sequences[gallery_id] += 1
        self.changes[gallery_id][subject_id] = self.sequences[gallery_id]

    def note_denials(self, denials: Iterable[Denial]) -> None:
        """Whoever holds a copy of a gallery hears of looks that are denied no more."""
        for one in denials:
            if one.gallery_id in self.sequences:
                self.note_change(one.gallery_id, one.subject_id)

    def prune(self, gone: Iterable[Reference]) -> None:
        """Samples go with their references."""
        for reference in gone:
            self.samples.pop(reference.id, None)

    def where(self, subject_id: SubjectId) -> list[GalleryId]:
        """The galleries that the subject is a member of."""
        return [gallery for gallery, members in self.members.items() if subject_id in members]

    def expel(self, gallery_id: GalleryId, subject_id: SubjectId) -> int:
        """Ends a membership and removes the references it came with; how many these were."""
        gone = self.kept(gallery_id).get(subject_id, ())
        if gone:
            self.keep(gallery_id, subject_id, ())
            self.prune(gone)
        self.members[gallery_id] -= {subject_id}
        self.forget_probes(subject_id, gallery_id)
        self.corrections.leave(gallery_id, subject_id)
        return len(gone)

    def drop(self, subject_id: SubjectId) -> int:
        """Removes the subject and whatever leads to it; the number of references removed."""
        removed = sum(self.expel(gallery, subject_id) for gallery in self.where(subject_id))
        del self.subjects[subject_id]
        self.corrections.drop(subject_id)
        self.passages.forget(subject_id)
        self.consents = {id_: one for id_, one in self.consents.items() if one.subject_id != subject_id}
        self.forget_probes(subject_id)
        self.forget(subject_id)
        self.alerting.forget(subject_id)
        return removed

    def forget(self, subject_id: SubjectId) -> int:
        """Takes the subject out of the events that name it; how many these were."""
        named = [one for one in self.events.values() if one.subject_id == subject_id]
        self.events.update({one.id: replace(one, subject_id=None) for one in named})
        return len(named)

    def forget_probes(self, subject_id: SubjectId, gallery_id: GalleryId | None = None) -> int:
        """Removes the templates of events that name the subject, in one gallery or in all."""
        named = [
            one.event_id
            for one in self.probes.values()
            if one.event_id in self.events
            and self.events[one.event_id].subject_id == subject_id
            and gallery_id in (None, one.gallery_id)
        ]
        for event_id in named:
            del self.probes[event_id]
        self._forget_pictures(subject_id, gallery_id)
        return len(named)

    def _forget_pictures(self, subject_id: SubjectId, gallery_id: GalleryId | None) -> None:
        """With those of events that may show the subject, and the reviews that ask whether they do."""
        asked = {
            one.event_id
            for one in self.reviews.values()
            if one.candidate == subject_id and gallery_id in (None, one.gallery_id)
        }
        shown = {
            one.event_id
            for one in self.pictures.values()
            if gallery_id in (None, one.gallery_id)
            and one.event_id in self.events
            and self.events[one.event_id].subject_id == subject_id
        }
        for event_id in shown | asked:
            self.pictures.pop(event_id, None)
        for event_id in asked:
            del self.reviews[event_id]

    def follow_verdict(self, event_id: EventId, verdict: Outcome | None, at: datetime) -> None:
        """The case of an event that was decided another way is decided; of one that is open again, open."""
        case = self.reviews.get(event_id)
        if case is None:
            return
        waiting = ReviewState.WAITING if case.opinions else ReviewState.OPEN
        open_again = ReviewState.DISAGREED if case.split else waiting
        state = ReviewState.DECIDED if verdict is not None else open_again
        decided = at if verdict is not None else None
        self.reviews[event_id] = replace(case, state=state, decided_at=decided)

    def drop_empty_faces(self, ids: Iterable[SubjectId]) -> None:
        """Removes those that were indexed on their own and have no reference left."""
        for subject_id in ids:
            subject = self.subjects.get(subject_id)
            if subject is None or subject.kind is not SubjectKind.FACE:
                continue
            if not any(subject_id in kept for kept in self.references.values()):
                self.drop(subject_id)
