"""Finding the faces of a picture, and describing them as CompreFace does."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from visavis.api.dialects.compreface.call import Call
from visavis.api.dialects.compreface.embeddings import embedding_of
from visavis.api.dialects.compreface.options import Options
from visavis.application.ports.inference import Inference
from visavis.application.probe import Probe
from visavis.domain.access import Permission
from visavis.domain.decision import Measure
from visavis.domain.errors import NoFace
from visavis.domain.frame import Frame
from visavis.domain.geometry import Box as Rectangle
from visavis.domain.pack import Pack
from visavis.domain.sample import Reason, Rejection, Sample
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import PROBE_GATE, QualityGate
from visavis.wire.compreface.responses import (
    Box,
    ExecutionTime,
    FaceFields,
    PluginsVersions,
    Pose,
    landmarks_of,
)
from visavis.wire.compreface.similarity import rounded


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Seen:
    """A face; without a template if it is not good enough for one, or if none was wanted."""

    found: Sample | Rejection
    template: Template | None = None

    @property
    def probe(self) -> Probe | None:
        if self.template is None or isinstance(self.found, Rejection):
            return None
        return Probe(sample=self.found, template=self.template)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sight:
    """The faces of a picture, largest first, and how long that took; `whole` is what is told instead of where the
    face was, if the sender had cut it out."""

    faces: tuple[Seen, ...]
    detector_ms: float
    calculator_ms: float | None = None
    whole: Rectangle | None = None

    @property
    def templates(self) -> list[Template]:
        return [one.template for one in self.faces if one.template is not None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How this request wants to see faces. Embeddings are given to those only who may have templates."""

    options: Options
    inference: Inference
    pack: Pack
    measure: Measure
    embeddings: bool

    @classmethod
    def of(cls, call: Call, options: Options, inference: Inference, pack: Pack, measure: Measure) -> "Look":
        may = call.platform.principal.may(Permission.TEMPLATES)
        return cls(
            options=options,
            inference=inference,
            pack=pack,
            measure=measure,
            embeddings=may and options.calculator,
        )

    async def __call__(self, content: bytes, *, templates: bool = True, mirror: bool = False) -> Sight:
        """Raises `NoFace` and what decoding raises. With `mirror`, or if they are given away, templates are made
        as those of references are: better, for twice the time."""
        began = time.perf_counter()
        found = self.wanted(await self.inference.samples(content, gate=PROBE_GATE))
        if not found:
            raise NoFace
        return await self.seen(found, began, templates=templates, mirror=mirror)

    def wanted(self, found: Sequence[Sample | Rejection]) -> list[Sample | Rejection]:
        """Those that the detector is sure enough of, as many as are wanted."""
        kept = [
            one
            for one in found
            if one.face.score >= self.options.det_prob_threshold
            and not (isinstance(one, Rejection) and Reason.LOW_DETECTION_SCORE in one.reasons)
        ]
        return kept[: self.options.limit] if self.options.limit else kept

    async def seen(
        self,
        found: Sequence[Sample | Rejection],
        began: float,
        *,
        templates: bool,
        mirror: bool,
        whole: Rectangle | None = None,
    ) -> Sight:
        """With the templates of those that are good enough; `began` is when looking began."""
        between = time.perf_counter()
        detector_ms = (between - began) * 1000
        if not templates and not self.embeddings:
            return Sight(faces=tuple(Seen(found=one) for one in found), detector_ms=detector_ms, whole=whole)
        samples = [one for one in found if isinstance(one, Sample)]
        made = iter(await self.inference.templates(samples, flip=mirror or self.embeddings))
        faces = tuple(
            Seen(found=one, template=next(made) if isinstance(one, Sample) else None) for one in found
        )
        calculator_ms = (time.perf_counter() - between) * 1000 / max(len(samples), 1)
        return Sight(faces=faces, detector_ms=detector_ms, calculator_ms=calculator_ms, whole=whole)

    def fields(self, sight: Sight, one: Seen) -> FaceFields:
        """What every answer says about a face."""
        face, options = one.found.face, self.options
        posed = "pose" in options.plugins
        return FaceFields(
            embedding=embedding_of(one.template, self.measure) if self.embeddings and one.template else None,
            box=Box.of(sight.whole, 1.0) if sight.whole else Box.of(face.box, face.score),
            pose=Pose.of(one.found.quality.pose) if posed else None,
            landmarks=landmarks_of(face) if "landmarks" in options.plugins else None,
            execution_time=ExecutionTime(
                detector=rounded(sight.detector_ms),
                calculator=None if sight.calculator_ms is None else rounded(sight.calculator_ms),
                pose=0.0 if posed else None,
            )
            if options.status
            else None,
        )

    def versions(self, *, calculator: bool = True) -> PluginsVersions | None:
        """What looked, if that was asked for."""
        if not self.options.status:
            return None
        detector = self.pack.detector.family.value
        return PluginsVersions(
            detector=f"visavis.{detector}",
            calculator=f"visavis.{self.inference.model}" if calculator or self.embeddings else None,
            pose=f"visavis.{detector}" if "pose" in self.options.plugins else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFaces:
    """Implements `Inference` for a picture whose faces were found already."""

    found: Sequence[Sample | Rejection]
    inference: Inference

    @property
    def model(self) -> ModelIdentity:
        return self.inference.model

    async def samples(
        self,
        picture: bytes | Frame,  # noqa: ARG002 (they were found in it)
        *,
        gate: QualityGate,  # noqa: ARG002
    ) -> list[Sample | Rejection]:
        return list(self.found)

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        return await self.inference.templates(samples, flip=flip)
