"""From the shots of tracks to one probe each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from visavis.application.kit import Kit
from visavis.application.tracks.reported import ReportedShot, ReportedTrack
from visavis.domain.errors import Unavailable, VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import Doubt
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template, fuse, require_same_model
from visavis.engine.assess import PROBE_GATE

LEAST_QUALITY = 5.0
"""Of a look, 0..100: below, strangers resemble each other, and nobody resembles herself."""

_Look: TypeAlias = Sample | Rejection | Template


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenTrack:
    """A track with the template of all its usable shots together, `None` if there is none.

    `best` is the sample of the best shot; there is none where the device sent templates only. `refused` is the first
    shot that was refused. `samples` are all that were accepted, `liveness` what was found of them, if anybody asked,
    and `doubt` what people should look at of that.
    """

    reported: ReportedTrack
    probe: Template | None
    shots: int
    best: Sample | None = None
    refused: Rejection | None = None
    samples: tuple[Sample, ...] = ()
    liveness: tuple[str, ...] = ()
    doubt: Doubt | None = None


async def seen(kit: Kit, gallery: Gallery, tracks: Sequence[ReportedTrack]) -> list[SeenTrack | VisavisError]:
    """One for each track, in order; the templates of all crops are made together.

    In the place of a track that cannot be used stands why: `ModelMismatch` for a template of another model,
    `ImageUnreadable` or `ValueInvalid` for a crop that is none. Raises `Unavailable`.
    """
    found = [await _looked_at(kit, gallery, track) for track in tracks]
    looks = [look for one in found if not isinstance(one, VisavisError) for look in one]
    samples = [look for look in looks if isinstance(look, Sample)]
    made = iter(await kit.inference.templates(samples) if samples else [])
    return [
        one if isinstance(one, VisavisError) else _seen(track, one, made)
        for track, one in zip(tracks, found, strict=True)
    ]


async def _looked_at(kit: Kit, gallery: Gallery, track: ReportedTrack) -> list[_Look] | VisavisError:
    try:
        return [await _look(kit, gallery, shot) for shot in track.shots]
    except Unavailable:
        raise
    except VisavisError as error:
        return error


async def _look(kit: Kit, gallery: Gallery, shot: ReportedShot) -> _Look:
    if shot.template is not None:
        require_same_model(gallery.model, shot.template.model)
        return shot.template
    return await kit.crops.sample(shot.crop or b"", gate=PROBE_GATE)


def _seen(track: ReportedTrack, looks: Sequence[_Look], made: Iterator[Template]) -> SeenTrack:
    """Takes the templates of its samples, which come in the same order."""
    pairs = [(look, next(made)) for look in looks if isinstance(look, Sample)]
    templates = [look for look in looks if isinstance(look, Template)] + [template for _, template in pairs]
    if track.decided is None:
        templates = [one for one in templates if one.quality is None or one.quality >= LEAST_QUALITY]
    best = max(pairs, key=lambda pair: pair[1].quality or 0.0, default=None)
    return SeenTrack(
        reported=track,
        probe=fuse(templates) if templates else None,
        shots=len(templates),
        best=best[0] if best else None,
        refused=next((look for look in looks if isinstance(look, Rejection)), None),
        samples=tuple(look for look in looks if isinstance(look, Sample)),
    )
