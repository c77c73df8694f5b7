"""Frame → samples → templates: the library's heart. Synchronous, thread-safe, without state of its own."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from visavis.domain.arrays import Features
from visavis.domain.face import Face
from visavis.domain.frame import Frame
from visavis.domain.pack import DetectionPlan, Pack, QualityMap, ScoreBalance
from visavis.domain.sample import Reason, Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import PROBE_GATE, QualityGate, assess
from visavis.engine.photo import Photo
from visavis.engine.ports.detector import Detector
from visavis.engine.ports.embedder import Embedder
from visavis.engine.refine import refined
from visavis.engine.search import find_faces, needed_long_side
from visavis.vision.align import aligned_chip, similarity
from visavis.vision.exposure import gain_stretched


@dataclass(frozen=True, slots=True, kw_only=True)
class Analyser:
    """One model pack at work. Shared by threads; the same picture always gives the same result."""

    detector: Detector
    embedder: Embedder
    plan: DetectionPlan
    quality: QualityMap | None = None
    balance: ScoreBalance | None = None
    mirror: bool = True

    @classmethod
    def of(cls, pack: Pack, detector: Detector, embedder: Embedder) -> "Analyser":
        """With everything that the pack says about its models."""
        spec = pack.embedder
        return cls(
            detector=detector,
            embedder=embedder,
            plan=pack.detector.plan,
            quality=spec.quality,
            balance=spec.balance,
            mirror=spec.mirror,
        )

    @property
    def model(self) -> ModelIdentity:
        return self.embedder.model

    def faces(self, photo: Photo, *, plan: DetectionPlan | None = None) -> tuple[Face, ...]:
        """All faces in pixels of the upright original, largest first. Raises what decoding raises."""
        _, faces = self._found(photo, plan or self.plan)
        return faces

    def samples(
        self, photo: Photo, *, gate: QualityGate = PROBE_GATE, plan: DetectionPlan | None = None
    ) -> list[Sample | Rejection]:
        """Every face, largest first, aligned and assessed, or rejected with reasons.

        Faces below the gate's size are only looked for when there is none above it: to say that it is too small.
        """
        plan = plan or self.plan
        large = replace(plan, min_face_px=max(plan.min_face_px, int(gate.min_face_px)), retry_rotated=False)
        frame, faces = self._found(photo, large)
        if not faces:
            frame, faces = self._found(photo, plan)
        if faces and frame.reduction > 1 and self._too_coarse(faces, frame):
            frame = photo.at(0)
        return [self.sample(frame, face, gate=gate) for face in faces]

    def sample(self, frame: Frame, face: Face, *, gate: QualityGate = PROBE_GATE) -> Sample | Rejection:
        """One face of a frame, aligned and assessed."""
        spec = self.embedder.chip
        seen = face.scaled(1.0 / frame.reduction)
        again = refined(frame.pixels, seen, self.detector) if self.plan.refine else seen
        if again is not None:
            seen, face = again, again.scaled(frame.reduction)
        transform = similarity(seen.landmarks, spec.positions)
        chip = aligned_chip(frame.pixels, transform, spec.side)
        quality = assess(face, chip, frame.original)
        reasons = gate.reasons(face, quality) if again else (Reason.LOW_DETECTION_SCORE,)
        if reasons:
            return Rejection(face=face, reasons=reasons, quality=quality)
        return Sample(face=face, chip=gain_stretched(chip), quality=quality)

    def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        """The template of each sample, in order, with its unified quality.

        With `flip` the mirrored face is embedded too and averaged: 5 to 10 % fewer false non-matches for twice
        the time, which pays at enrolment. A pack whose descriptors must stay what others compute (`mirror`
        false) ignores it.
        """
        if not samples:
            return []
        first = samples[0].chip[None]
        chips = np.stack([sample.chip for sample in samples]) if len(samples) > 1 else first
        features = self.embedder.embed(chips)
        norms = np.linalg.norm(features, axis=1)
        if flip and self.mirror:
            mirrored = self.embedder.embed(np.ascontiguousarray(chips[:, :, ::-1]))
            norms = (norms + np.linalg.norm(mirrored, axis=1)) / 2
            features = ((features + mirrored) / 2).astype(np.float32)
        return [self._template(row, float(norm)) for row, norm in zip(features, norms, strict=True)]

    def _found(self, photo: Photo, plan: DetectionPlan) -> tuple[Frame, tuple[Face, ...]]:
        """The decoding that the plan needs, and the faces in it."""
        frame = photo.at(needed_long_side(photo.original, plan))
        return frame, find_faces(frame.pixels, frame.original, plan, self.detector)

    def _template(self, row: Features, strength: float) -> Template:
        """`strength` is the length of the features before any averaging, which shortens them."""
        return Template.of(
            row,
            self.model,
            weight=self.balance.weight(strength) if self.balance else 1.0,
            quality=self.quality.unified(strength) if self.quality else None,
        )

    def _too_coarse(self, faces: Sequence[Face], frame: Frame) -> bool:
        """Whether the reduced decoding has fewer pixels between the eyes than the chip will have."""
        wanted = math.dist(*self.embedder.chip.positions[:2])
        return any(face.inter_eye_px / frame.reduction < wanted for face in faces)
