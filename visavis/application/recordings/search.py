"""Where in the recorded videos was this human?"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from visavis.application.ledger import Ledger
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.ports.store import Store, UnitOfWork
from visavis.domain.audit import Action
from visavis.domain.decision import (
    Calibration,
    ComparisonScore,
    FalseMatchRate,
    Outcome,
    Threshold,
    compare_all,
)
from visavis.domain.errors import SubjectNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.recording import RecordedTrack, Recording
from visavis.domain.subject import Subject, TenantId
from visavis.domain.template import Template, fuse

_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is searched for, as it is told to others: digests of the photos, or the identifier of a subject.

    `case` is the operator's word for why this is done; it stands in the report and names nobody.
    """

    photos: tuple[str, ...] = ()
    subject: str = ""
    case: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Hit:
    """A track that is alike. `fpir` is the chance that any of the searched tracks, all of other people, would be as
    much alike."""

    recording: Recording
    track: RecordedTrack
    score: ComparisonScore
    fmr: FalseMatchRate
    fpir: float
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Found:
    """The result of one search, the surest first. `skipped` were indexed with another model."""

    id: uuid.UUID
    at: datetime
    gallery: Gallery
    wanted: Wanted
    scope: RecordingFilter
    hits: tuple[Hit, ...]
    searched: int
    recordings: tuple[Recording, ...]
    skipped: tuple[Recording, ...]
    threshold: Threshold
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchRecordings:
    """Compares a probe with every recorded track in scope, at full precision, under the gallery's policy: the more
    tracks are searched, the more alike one must be, so that the rate of false positives of the whole search holds."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers
    calibration: Calibration

    async def __call__(
        self,
        gallery: Gallery,
        probe: Template,
        wanted: Wanted,
        scope: RecordingFilter,
        *,
        limit: int = 50,
    ) -> Found:
        """At most `limit` hits; those that are no match fill what matches leave. It is audited. Raises `ModelMismatch`
        for a probe of another model."""
        gallery.policy.require_calibrated_for(self.calibration, probe.model)
        async with self.store.transaction(self.tenant) as work:
            recordings = await all_of(work, scope)
            fitting = [one for one in recordings if one.model == gallery.model]
            scored = [
                pair for one in fitting for pair in await self._scored(work, gallery, probe, one, scope)
            ]
            found = self._found(gallery, wanted, scope, recordings, scored, limit)
            await self._note(work, found)
        return found

    async def subject_probe(self, gallery: Gallery, name: str) -> tuple[Subject, Template]:
        """All references of a subject together. Raises `SubjectNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            subject = await work.subjects.by_name(name)
            references = (await work.references.of_subjects(gallery.id, [subject.id])).get(subject.id, [])
        if not references:
            raise SubjectNotFound(f"The gallery {gallery.name} has no reference of this subject.")
        return subject, fuse([reference.template for reference in references])

    async def _scored(
        self, work: UnitOfWork, gallery: Gallery, probe: Template, one: Recording, scope: RecordingFilter
    ) -> list[tuple[float, Recording, RecordedTrack]]:
        scored: list[tuple[float, Recording, RecordedTrack]] = []
        async for batch in work.recordings.tracks(one.id):
            tracks = [track for track in batch if _in_scope(one, track, scope)]
            if tracks:
                scores = compare_all(probe, [track.template for track in tracks], gallery.policy.measure)
                scored += [(float(score), one, track) for score, track in zip(scores, tracks, strict=True)]
        return scored

    def _found(
        self,
        gallery: Gallery,
        wanted: Wanted,
        scope: RecordingFilter,
        recordings: Sequence[Recording],
        scored: list[tuple[float, Recording, RecordedTrack]],
        limit: int,
    ) -> Found:
        policy, searched = gallery.policy, max(len(scored), 1)
        fmr = self.calibration.comparison_fmr(policy.fpir, searched, searched)
        lenient = self.calibration.comparison_fmr(min(policy.fpir * policy.band, 0.5), searched, searched)
        threshold, weak = self.calibration.threshold_at(fmr), self.calibration.threshold_at(lenient)
        scored.sort(key=lambda one: (-one[0], one[1].started_at, one[2].number))
        hits = []
        for score, recording, track in scored[:limit]:
            rate = self.calibration.fmr_at(score)
            outcome = Outcome.INCONCLUSIVE if score >= weak.value else Outcome.NON_MATCH
            hits.append(
                Hit(
                    recording=recording,
                    track=track,
                    score=ComparisonScore(value=score, measure=policy.measure),
                    fmr=rate,
                    fpir=self.calibration.search_fpir(rate.value, searched, searched),
                    outcome=Outcome.MATCH if score >= threshold.value else outcome,
                )
            )
        return Found(
            id=self.identifiers.new(),
            at=self.clock.now(),
            gallery=gallery,
            wanted=wanted,
            scope=scope,
            hits=tuple(hits),
            searched=len(scored),
            recordings=tuple(one for one in recordings if one.model == gallery.model),
            skipped=tuple(one for one in recordings if one.model != gallery.model),
            threshold=threshold,
            by=str(self.ledger.actor),
        )

    async def _note(self, work: UnitOfWork, found: Found) -> None:
        matches = [hit for hit in found.hits if hit.outcome is Outcome.MATCH]
        await self.ledger.note(
            work,
            Action.RECORDING_SEARCHED,
            f"search:{found.id}",
            gallery=str(found.gallery.id),
            case=found.wanted.case or None,
            photos=len(found.wanted.photos) or None,
            subject=found.wanted.subject or None,
            recordings=len(found.recordings),
            tracks=found.searched,
            matches=len(matches),
            threshold=float(f"{found.threshold.value:.6g}"),
            model=found.gallery.model.key,
        )
        for recording_id in sorted({hit.recording.id for hit in matches}, key=str):
            await self.ledger.note(
                work, Action.RECORDING_SEARCHED, f"recording:{recording_id}", search=str(found.id)
            )


async def all_of(work: UnitOfWork, scope: RecordingFilter) -> list[Recording]:
    """Every recording in scope, page by page."""
    found: list[Recording] = []
    while page := await work.recordings.page(scope, after=found[-1].id if found else None, limit=_PAGE):
        found += page
    return found


def _in_scope(recording: Recording, track: RecordedTrack, scope: RecordingFilter) -> bool:
    return (scope.since is None or recording.at(track.last_s) >= scope.since) and (
        scope.until is None or recording.at(track.first_s) < scope.until
    )
