"""From what was sent for one side of a comparison to one template."""

from collections.abc import Sequence

from visavis.application.ports.inference import Inference
from visavis.application.probe import Probe, take_probe
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE


async def side(
    images: Sequence[bytes], templates: Sequence[Template], inference: Inference, *, largest: bool, what: str
) -> tuple[Template, Probe | None]:
    """One side of a comparison: the pictures of one human, fused, or a template; with the first probe.

    Raises `ValueInvalid` if there is neither or both, and as `take_probe` does.
    """
    if bool(images) == bool(templates):
        raise ValueInvalid(f"Send either pictures or a template as the {what}.")
    if templates:
        return fuse(templates), None
    probes = [
        await take_probe(image, inference, gate=PROBE_GATE, largest=largest, flip=True) for image in images
    ]
    return fuse([probe.template for probe in probes]), probes[0]
