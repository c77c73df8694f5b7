"""A scene through the whole of Visavis: followed as an agent does, recorded as a server does."""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ops.scenes.judge import Sighting, sightings
from ops.scenes.truth import Take, Truth
from visavis.adapters.memory.store import MemoryStore
from visavis.application.follow_faces import FollowFaces
from visavis.application.kit import Kit
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.application.tracks.reported import RecordedTrack, ReportedShot, ReportedTrack
from visavis.bootstrap.gathering import gathering
from visavis.bootstrap.models import Models
from visavis.bootstrap.platform import Platform, install
from visavis.domain.access import local_principal
from visavis.domain.camera import Place
from visavis.domain.errors import VisavisError
from visavis.domain.gallery import Gallery


@dataclass(frozen=True, kw_only=True, eq=False)
class Decided:
    """A track, whom it shows, and what was recorded of it."""

    sighting: Sighting
    recorded: RecordedTrack


def follower(models: Models, *, rate: float, pack: str | None = None) -> FollowFaces:
    """As an agent follows, from files and as fast as it can."""
    return replace(gathering(models, models.pack(pack), rate=rate).follow, pictures=False)


async def followed(truth: Truth, folder: Path, follow: FollowFaces) -> list[Sighting]:
    """The tracks of all takes, in the order in which they end."""
    found = [one for take in truth.takes for one in sightings(take, await follow(folder / take.file))]
    return sorted(found, key=lambda one: one.take.moment(one.track.last_s))


def opened(models: Models) -> Platform:
    """A platform that keeps nothing."""
    return install(models.settings, MemoryStore(), models=models).platform(local_principal("scene"))


async def with_cameras(platform: Platform, takes: Iterable[Take]) -> None:
    """Says where they hang."""
    for take in {take.camera: take for take in takes}.values():
        await platform.cameras.add(take.camera, Place(site=take.site, zone=take.zone))


async def recorded(platform: Platform, gallery: Gallery, seen: Sequence[Sighting]) -> list[Decided]:
    """One after the other, as they happened."""
    work = platform.work(gallery)
    kit = Kit(inference=work.inference, crops=work.crops, identify=work.identify, enrol=work.enrol)
    record = RecordTrack(
        store=platform.store,
        tenant=platform.tenant,
        record=platform.record,
        remember=Remember(maker=platform.maker, ledger=platform.ledger),
    )
    done = []
    for one in seen:
        (answer,) = await record(kit, gallery, [report(one)])
        if isinstance(answer, VisavisError):
            raise answer
        done.append(Decided(sighting=one, recorded=answer))
    return done


def report(one: Sighting) -> ReportedTrack:
    """What a device that makes templates by itself would send."""
    take, track = one.take, one.track
    return ReportedTrack(
        track=uuid.uuid5(uuid.NAMESPACE_URL, f"{take.file}/{track.id}"),
        camera=take.camera,
        first_at=take.moment(track.first_s),
        last_at=take.moment(track.last_s),
        frames=track.seen,
        ended=True,
        shots=tuple(ReportedShot(at=take.moment(shot.at_s), template=shot.template) for shot in track.shots),
    )
