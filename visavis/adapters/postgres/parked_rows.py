"""References that a merge took out, as bytes, and back: one text of JSON with the template, its details and images."""

import base64
import json
from collections.abc import Mapping

from visavis.adapters.postgres.details import details_from_json, details_to_json
from visavis.adapters.postgres.staging_rows import plain_of, template_of
from visavis.application.ports.corrections import Parked
from visavis.application.ports.samples import KeptImage
from visavis.domain.policy import Keep
from visavis.domain.subject import Reference, ReferenceDetails, ReferenceId
from visavis.domain.template import ModelIdentity, Template

PARKED_TABLE = "parked_references"


def plain_of_parked(parked: Parked) -> bytes:
    return json.dumps(
        {
            "template": _text(plain_of(parked.reference.template)),
            "details": _text(details_to_json(parked.reference.details)),
            "images": {image.kind.value: _text(image.content) for image in parked.images},
        }
    ).encode()


def contents_of(
    plain: bytes, model: ModelIdentity
) -> tuple[Template, ReferenceDetails, Mapping[Keep, bytes]]:
    stored = json.loads(plain)
    images = {Keep(kind): _bytes(text) for kind, text in stored["images"].items()}
    template = template_of(_bytes(stored["template"]), model)
    return template, details_from_json(_bytes(stored["details"])), images


def parked_of(reference: Reference, images: Mapping[Keep, bytes]) -> Parked:
    kept = [
        KeptImage(reference_id=ReferenceId(reference.id), kind=kind, content=content)
        for kind, content in images.items()
    ]
    return Parked(reference=reference, images=tuple(kept))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
