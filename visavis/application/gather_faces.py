"""A database from video: the humans in it, each with the best looks at the face, and who they may be."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.application.follow_faces import FollowFaces
from visavis.application.identify import Identification, Identify
from visavis.application.ports.progress import Progress
from visavis.domain.decision import Calibration, Candidate, Outcome
from visavis.domain.errors import ValueInvalid
from visavis.domain.gallery import Gallery
from visavis.domain.template import Template, fuse
from visavis.domain.track import Shot, Track
from visavis.engine.grouping import MOST, group

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """One human: the tracks, the best shots of all of them, best first, and what the gallery says."""

    tracks: tuple[Track, ...]
    shots: tuple[Shot, ...]
    template: Template
    found: Identification | None = None

    @property
    def seen_s(self) -> float:
        """How long in all."""
        return sum(track.duration_s for track in self.tracks)

    @property
    def suggested(self) -> Candidate | None:
        """Who this is, or may be: the best candidate unless the decision was against it."""
        if self.found is None or self.found.decision is None or self.found.candidates is None:
            return None
        return None if self.found.decision.outcome is Outcome.NON_MATCH else self.found.candidates.best

    @property
    def matched(self) -> bool:
        """Whether the suggestion is a decision."""
        decision = self.found.decision if self.found else None
        return decision is not None and decision.outcome is Outcome.MATCH


@dataclass(frozen=True, slots=True, kw_only=True)
class GatherFaces:
    """Follows the faces of videos, groups the tracks by human, and asks a gallery who they are.

    Tracks belong to one human when their mean similarity reaches the threshold of `fmr`, and never when both
    were in the picture at once. Tracks shorter than `least_s`, and looks below `quality`, are left out: they are
    passing glances, backs of heads and false detections. `most` bounds the shots of each human.
    """

    follow: FollowFaces
    calibration: Calibration
    identify: Identify | None = None
    fmr: float = 1e-3
    least_s: float = 0.4
    quality: float = 5.0  #: 0..100; where a model gives none, nothing is left out for it
    most: int = 12

    async def __call__(
        self, videos: Sequence[Path], gallery: Gallery | None = None, progress: Progress | None = None
    ) -> list[Gathered]:
        """The longest seen first. Raises `VideoUnreadable`, `ImageTooLarge`; `ValueInvalid` for too many faces."""
        tracks = [track for video in videos for track in await self.follow(video, progress)]
        tracks = [good for track in tracks if (good := self._good(track)) is not None]
        threshold = self.calibration.threshold_at(self.fmr).value
        if len(tracks) > MOST:
            raise ValueInvalid(
                f"{len(tracks):,} appearances are too many to be sorted at once; {MOST:,} is the limit.",
                hint="Gather from fewer videos at a time.",
            )
        groups = group([track.template for track in tracks], threshold, apart=_apart(tracks))
        humans = [self._human([tracks[place] for place in places]) for places in groups]
        humans.sort(key=lambda human: -human.seen_s)
        if gallery is None or self.identify is None or not humans:
            return humans
        found = await self.identify.probes(gallery, [human.template for human in humans], limit=1)
        return [
            Gathered(tracks=human.tracks, shots=human.shots, template=human.template, found=one)
            for human, one in zip(humans, found, strict=True)
        ]

    def _good(self, track: Track) -> Track | None:
        """The track with its usable shots; `None` if it has none."""
        shots = tuple(
            shot
            for shot in track.shots
            if shot.template.quality is None or shot.template.quality >= self.quality
        )
        return replace(track, shots=shots) if shots and track.duration_s >= self.least_s else None

    def _human(self, tracks: Sequence[Track]) -> Gathered:
        """The best shot of each track first, then the next best of all, so that every occasion is shown."""
        firsts = sorted((track.best for track in tracks), key=lambda shot: -shot.value)
        rest = [shot for track in tracks for shot in track.shots if shot is not track.best]
        shots = (firsts + sorted(rest, key=lambda shot: -shot.value))[: self.most]
        return Gathered(
            tracks=tuple(tracks),
            shots=tuple(shots),
            template=fuse([shot.template for track in tracks for shot in track.shots]),
        )


def _apart(tracks: Sequence[Track]) -> Mask:
    """Whether two tracks met: (n, n)."""
    sources = np.array([track.source for track in tracks])
    first = np.array([track.first_s for track in tracks])
    last = np.array([track.last_s for track in tracks])
    met = (first[:, None] <= last) & (first <= last[:, None]) & (sources[:, None] == sources)
    np.fill_diagonal(met, val=False)
    return np.asarray(met)
