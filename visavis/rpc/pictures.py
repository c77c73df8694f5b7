"""The pictures and templates of a message."""

from collections.abc import Sequence
from typing import Final

from visavis.application.identify import Identification
from visavis.application.ports.inference import Inference
from visavis.application.probe import Probe
from visavis.application.sides import side
from visavis.bootstrap.platform import GalleryWork
from visavis.domain.access import Permission, Principal
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import Template, fuse
from visavis.engine.assess import PROBE_GATE
from visavis.wire.proto import visavis_pb2 as pb
from visavis.wire.v1.templates import decoded_template

MOST: Final = 32
"""In one request, as in REST; more belong into a job or a stream."""


def require_few(pictures: Sequence[object]) -> None:
    """Raises `ValueInvalid`."""
    if not 1 <= len(pictures) <= MOST:
        raise ValueInvalid(f"A request carries 1 to {MOST} pictures.", hint="Use a job for more.")


def template_of(picture: pb.Picture, principal: Principal) -> Template:
    """Raises `NotPermitted`, `ValueInvalid`."""
    principal.require(Permission.TEMPLATES)
    return decoded_template(picture.template.encode())


async def side_of(
    pictures: Sequence[pb.Picture], inference: Inference, principal: Principal, *, largest: bool, what: str
) -> tuple[Template, Probe | None]:
    """One side of a comparison. Raises as `side` does."""
    require_few(pictures)
    images, templates = [], []
    for picture in pictures:
        match picture.WhichOneof("content"):
            case "image":
                images.append(picture.image)
            case "template":
                templates.append(template_of(picture, principal))
            case _:
                raise ValueInvalid(f"Send either images or templates as the {what}.")
    return await side(images, templates, inference, largest=largest, what=what)


async def identified_one(
    work: GalleryWork, picture: pb.Picture, principal: Principal, *, limit: int
) -> list[Identification]:
    """Every face of one picture, or the face that a crop or template is of."""
    match picture.WhichOneof("content"):
        case "image":
            return await work.identify(work.gallery, picture.image, limit=limit)
        case "crop":
            crop = await work.crops.sample(picture.crop, gate=PROBE_GATE)
            return await work.identify.found(work.gallery, [crop], limit=limit)
        case "template":
            return await work.identify.probes(work.gallery, [template_of(picture, principal)], limit=limit)
        case _:
            raise ValueInvalid("There is a picture without content.")


async def identified_together(
    work: GalleryWork, pictures: Sequence[pb.Picture], principal: Principal, *, limit: int, largest: bool
) -> Identification:
    """The one human of several images and crops, or of several templates."""
    kinds = {picture.WhichOneof("content") for picture in pictures}
    if kinds == {"template"}:
        probe = fuse([template_of(picture, principal) for picture in pictures])
        (result,) = await work.identify.probes(work.gallery, [probe], limit=limit)
        return result
    if not kinds <= {"image", "crop"}:
        raise ValueInvalid("Send either pictures or templates of one human, not both.")
    crops = [
        await work.crops.sample(picture.crop, gate=PROBE_GATE)
        for picture in pictures
        if picture.WhichOneof("content") == "crop"
    ]
    images = [picture.image for picture in pictures if picture.WhichOneof("content") == "image"]
    return await work.identify.together(work.gallery, images, limit=limit, largest=largest, crops=crops)
