"""Templates of many labelled photos, for evaluation and calibration."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import anyio
import numpy as np

from visavis.application.ports.inference import Inference
from visavis.application.ports.progress import Progress
from visavis.application.probe import the_one
from visavis.domain.decision import Measure
from visavis.domain.errors import VisavisError
from visavis.domain.geometry import Size
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.assess import ENROL_GATE, PROBE_GATE, QualityGate
from visavis.evaluation.comparisons import TemplateSet


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Extraction:
    """What became of each photo, in order: its templates as reference and as probe, or the code of the reason
    why there are none. `probes` is empty where only references were asked for; `refused` are photos with a template
    that enrolment, being stricter, would not take."""

    references: dict[str, Template]
    probes: dict[str, Template]
    failures: dict[str, str]
    refused: frozenset[str] = frozenset()

    @property
    def photos(self) -> int:
        return len(self.references) + len(self.failures)

    @property
    def failure_to_acquire(self) -> float:
        """FTA (ISO/IEC 19795-1): the share of photos without a template."""
        return len(self.failures) / self.photos if self.photos else 0.0

    @property
    def failure_to_enrol(self) -> float:
        """FTE: the share of photos that could not be enrolled."""
        return (len(self.failures) + len(self.refused)) / self.photos if self.photos else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """Runs a pack over photos, `workers` at a time, as enrolment and identification would."""

    inference: Inference
    read: Callable[[str], bytes]
    size: Callable[[bytes], Size]
    gate: QualityGate = PROBE_GATE
    enrol_gate: QualityGate = ENROL_GATE
    workers: int = 2
    probes: bool = True  #: whether templates in the role of probes are wanted too

    async def __call__(self, photos: Sequence[str], progress: Progress | None = None) -> Extraction:
        """The distinct photos, each once. Of several faces in a photo the most prominent one is taken."""
        wanted = list(dict.fromkeys(photos))
        made: dict[str, _Made] = {}
        failures: dict[str, str] = {}
        waiting = iter(wanted)

        async def work() -> None:
            for photo in waiting:
                try:
                    made[photo] = await self._templates(photo)
                except VisavisError as error:
                    failures[photo] = error.reasons[0] if error.reasons else error.code
                if progress:
                    progress(len(made) + len(failures), len(wanted))

        async with anyio.create_task_group() as group:
            for _ in range(self.workers):
                group.start_soon(work)
        return Extraction(
            references={photo: made[photo].reference for photo in wanted if photo in made},
            probes={photo: probe for photo in wanted if photo in made and (probe := made[photo].probe)},
            failures={photo: failures[photo] for photo in wanted if photo in failures},
            refused=frozenset(photo for photo, one in made.items() if not one.enrollable),
        )

    async def _templates(self, photo: str) -> "_Made":
        data = self.read(photo)
        found = await self.inference.samples(data, gate=self.gate)
        sample = the_one(most_prominent(found, self.size(data)), largest=True)
        (reference,) = await self.inference.templates([sample], flip=True)
        (probe,) = await self.inference.templates([sample]) if self.probes else (None,)
        enrollable = not self.enrol_gate.reasons(sample.face, sample.quality)
        return _Made(reference=reference, probe=probe, enrollable=enrollable)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Made:
    reference: Template
    probe: Template | None
    enrollable: bool


def most_prominent(found: Sequence[Sample | Rejection], size: Size) -> list[Sample | Rejection]:
    """The face that a picture of this size is of: large and near the middle; empty if there is none."""
    if len(found) < 2:
        return list(found)
    centres = np.array([face.face.box.centre for face in found])
    away = np.linalg.norm(centres - [size.width / 2, size.height / 2], axis=1) / size.long_side
    widths = np.array([face.face.width_px for face in found])
    return [found[int(np.argmax(widths * np.clip(1.0 - 2.0 * away, 0.1, 1.0)))]]


def template_set(templates: Sequence[Template], measure: Measure) -> TemplateSet:
    """The templates as one matrix; Euclidean measures need unit vectors and lengths."""
    vectors = np.stack([template.vector for template in templates])
    if measure is not Measure.EUCLIDEAN:
        return TemplateSet(vectors=vectors)
    norms = np.array([template.norm for template in templates], np.float32)
    return TemplateSet(vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True), norms=norms)
