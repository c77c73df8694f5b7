"""What is decided about a track: by the device while the face was in front of it, and by the server with its shots."""

import uuid
from collections.abc import Set
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from visavis.application.identify import Identification
from visavis.application.kit import Kit
from visavis.application.ports.store import UnitOfWork
from visavis.application.record import Record
from visavis.application.tracks.reported import DeviceVerdict, ReportedTrack
from visavis.application.tracks.seeing import SeenTrack
from visavis.domain.decision import Outcome
from visavis.domain.event import Event, Origin
from visavis.domain.gallery import Gallery
from visavis.domain.subject import SubjectId

_RANKS = {Outcome.NON_MATCH: 0, Outcome.INCONCLUSIVE: 1, Outcome.MATCH: 2}


class Remark(StrEnum):
    """Why the line of a track says something else than the device, or the server, would: codes in its `reasons`."""

    DEVICE_SUBJECT_GONE = (
        "device_subject_gone"  #: whom it matched is erased, revoked or in another gallery: re-decided
    )
    STORE_DISAGREES = (
        "store_disagrees"  #: the device's decision stands; the server, with its shots, decides otherwise
    )
    DEVICE_MISSED = (
        "device_missed"  #: the server found somebody whom the device's copy did not, or not surely
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Makes the line of a track, not kept yet."""

    record: Record

    def line(
        self,
        gallery: Gallery,
        track: SeenTrack,
        result: Identification,
        living: Set[SubjectId],
        *,
        job_id: uuid.UUID | None = None,
    ) -> Event:
        """`living` are subjects that the gallery holds references of, among them whom the device named if so."""
        reported = track.reported
        origin = Origin(source=reported.camera, reference=reported.reference, captured_at=reported.first_at)
        (event,) = self.record.rows(gallery, [result], origin, job_id=job_id)
        event = replace(
            event,
            track=reported.track,
            seen_until=reported.last_at,
            frames=reported.frames,
            box=None,  # that of a crop says nothing
            reasons=(*event.reasons, *track.liveness),
        )
        if reported.decided is None or event.outcome is None:
            return event
        return _with_device(event, gallery, reported.decided, living)


def without(kit: Kit, gallery: Gallery, result: Identification, own: SubjectId | None) -> Identification:
    """The decision if this subject were not in the gallery: an unknown whom the same track left resembles itself."""
    if own is None or result.candidates is None:
        return result
    others = tuple(one for one in result.candidates.candidates if one.subject_id != own)
    found = replace(result.candidates, candidates=others)
    decision = gallery.policy.decide_identification(found, kit.identify.calibration)
    return replace(result, candidates=found, decision=decision)


async def living(
    work: UnitOfWork, gallery: Gallery, reported: ReportedTrack, result: Identification, now: datetime
) -> set[SubjectId]:
    """Whom the device named, if that subject can still be recognised in this gallery."""
    named = reported.decided.subject_id if reported.decided else None
    if named is None:
        return set()
    if result.candidates and named in {one.subject_id for one in result.candidates.candidates}:
        return {named}
    there = set(await work.references.of_subjects(gallery.id, [named]))
    if there and gallery.policy.consent:
        there &= set(await work.consents.valid(gallery.policy.consent, list(there), now))
    return there


def nothing_seen(track: SeenTrack) -> Identification:
    """What is recorded of a track without a usable shot."""
    return Identification(found=track.refused, quality=None)


def has_sure_shots(track: ReportedTrack, shots: int) -> bool:
    """Whether an unknown may be remembered: while a face is in view, more looks may still show who it is."""
    return track.ended or shots >= _SURE_SHOTS


_SURE_SHOTS = 3


def _with_device(event: Event, gallery: Gallery, device: DeviceVerdict, living: Set[SubjectId]) -> Event:
    """The device's decision stands, because somebody acted on it, unless it names somebody who is not there any more
    or the server, which knows everybody, is surer."""
    if device.subject_id is not None and device.subject_id not in living:
        return replace(event, reasons=(*event.reasons, Remark.DEVICE_SUBJECT_GONE))
    if event.outcome is not None and _RANKS[event.outcome] > _RANKS[device.outcome]:
        return replace(event, reasons=(*event.reasons, Remark.DEVICE_MISSED))
    same = event.outcome is device.outcome and event.subject_id == device.subject_id
    return replace(
        event,
        outcome=device.outcome,
        subject_id=device.subject_id,
        score=event.score if device.score is None else device.score,
        fmr=device.fmr,
        fpir=device.fpir,
        threshold=event.threshold if device.threshold is None else device.threshold,
        policy=gallery.policy.name,
        searched=device.searched,
        reasons=event.reasons if same else (*event.reasons, Remark.STORE_DISAGREES),
    )
