"""From a picture to one template: what verification and enrolment have in common."""

from dataclasses import dataclass

from visavis.application.ports.inference import Inference
from visavis.domain.errors import ManyFaces, NoFace, QualityTooLow
from visavis.domain.frame import Frame
from visavis.domain.sample import Rejection, Sample
from visavis.domain.template import Template
from visavis.engine.assess import QualityGate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probe:
    sample: Sample
    template: Template


def the_one(found: list[Sample | Rejection], *, largest: bool) -> Sample:
    """The only face, or the largest if that is allowed. Raises `NoFace`, `ManyFaces`, `QualityTooLow`."""
    if not found:
        raise NoFace
    if len(found) > 1 and not largest:
        raise ManyFaces(f"{len(found)} faces were found where exactly one is expected.")
    first = found[0]
    if isinstance(first, Rejection):
        raise QualityTooLow(
            f"The face is refused: {', '.join(reason.replace('_', ' ') for reason in first.reasons)}.",
            hint=first.advice,
            reasons=tuple(first.reasons),
        )
    return first


async def take_probe(
    picture: bytes | Frame, inference: Inference, *, gate: QualityGate, largest: bool, flip: bool = False
) -> Probe:
    """Detects, aligns, assesses and embeds the one face of a picture; raises as `the_one` does."""
    sample = the_one(await inference.samples(picture, gate=gate), largest=largest)
    (template,) = await inference.templates([sample], flip=flip)
    return Probe(sample=sample, template=template)
