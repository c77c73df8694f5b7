"""From a video to tracks: who was there from when to when, and the best looks at each face."""

import itertools
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import anyio
import anyio.to_thread
import numpy as np

from visavis.application.growing_track import GrowingTrack
from visavis.application.ports.frames import Video, VideoFrame
from visavis.application.ports.inference import Inference
from visavis.application.ports.progress import Progress
from visavis.domain.arrays import ImageBGR
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.domain.track import Shot, Track, TrackId
from visavis.engine.assess import PROBE_GATE, QualityGate
from visavis.vision.tracking import Look, Tracker, TrackingPlan

_MARGIN = 0.6  #: of the box's longer side, around it on every side: enough to be enrolled from


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Seen:
    """What was found in one frame: each face with its template, or with none if it was rejected."""

    frame: Frame
    at_s: float
    faces: Sequence[tuple[Face, Sample | None, Template | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowFaces:
    """Looks at `rate` frames for each second, several at a time, and keeps up to `shots` of each track.

    With `pictures`, each shot keeps the face with what is around it.
    """

    video: Video
    inference: Inference
    rate: float = 5.0
    shots: int = 8
    pictures: bool = True
    workers: int = 2
    plan: TrackingPlan = field(default_factory=TrackingPlan)
    gate: QualityGate = PROBE_GATE

    async def __call__(self, path: Path, progress: Progress | None = None) -> list[Track]:
        """The tracks of a video that had at least one face good enough, in order of their beginning.

        `progress` counts seconds. Raises `VideoUnreadable`, `ImageTooLarge`.
        """
        total = await anyio.to_thread.run_sync(self.video.duration_s, path)
        tracker, growing = Tracker(self.plan), dict[int, GrowingTrack[Shot]]()
        async for seen in self._looks(path):
            looks = [
                Look(box=face.box, vector=None if made is None else made.vector)
                for face, _, made in seen.faces
            ]
            for number, found in zip(tracker.update(looks, seen.at_s), seen.faces, strict=True):
                self._add(
                    growing.setdefault(number, GrowingTrack(seen.at_s, seen.at_s, self.shots)), seen, found
                )
            if progress and total:
                progress(min(int(seen.at_s), int(total)), max(int(total), 1))
        return [
            Track(
                id=TrackId(number),
                source=path.name,
                first_s=one.first_s,
                last_s=one.last_s,
                seen=one.seen,
                shots=one.in_order,
            )
            for number, one in sorted(growing.items())
            if one.shots
        ]

    def _add(
        self, track: GrowingTrack[Shot], seen: _Seen, found: tuple[Face, Sample | None, Template | None]
    ) -> None:
        face, sample, template = found
        track.see(seen.at_s)
        if sample is None or template is None:
            return
        shot = Shot(at_s=seen.at_s, sample=sample, template=template)
        if track.wants(seen.at_s, shot.value):
            picture = around(seen.frame, face) if self.pictures else None
            shot = Shot(at_s=seen.at_s, sample=sample, template=template, picture=picture)
            track.offer(shot)

    async def _looks(self, path: Path) -> AsyncIterator[_Seen]:
        """What is in the frames, in their order, worked on `workers` at a time."""
        frames = self.video.frames(path, self.rate)
        while batch := await anyio.to_thread.run_sync(_take, frames, self.workers):
            found = dict[int, _Seen]()

            async def look(place: int, one: VideoFrame, found: dict[int, _Seen] = found) -> None:
                found[place] = await self._look(one)

            async with anyio.create_task_group() as group:
                for place, one in enumerate(batch):
                    group.start_soon(look, place, one)
            for place in range(len(batch)):
                yield found[place]

    async def _look(self, one: VideoFrame) -> _Seen:
        faces = await self.inference.samples(one.frame, gate=self.gate)
        samples = [face for face in faces if isinstance(face, Sample)]
        templates = iter(await self.inference.templates(samples))
        return _Seen(
            frame=one.frame,
            at_s=one.at_s,
            faces=[
                (face.face, None, None) if isinstance(face, Rejection) else (face.face, face, next(templates))
                for face in faces
            ],
        )


def _take(frames: Iterator[VideoFrame], count: int) -> list[VideoFrame]:
    return list(itertools.islice(frames, count))


def around(frame: Frame, face: Face) -> ImageBGR:
    """The face with a margin, as a picture of its own."""
    box, (height, width) = face.box, frame.pixels.shape[:2]
    margin = _MARGIN * max(box.width, box.height)
    left, top = max(int(box.left - margin), 0), max(int(box.top - margin), 0)
    right, bottom = min(int(box.right + margin) + 1, width), min(int(box.bottom + margin) + 1, height)
    return np.ascontiguousarray(frame.pixels[top:bottom, left:right])
