"""Templates as text: to be kept by the caller and sent back, not to be understood."""

import base64
import binascii
import json
from typing import Any, Self

import numpy as np
from pydantic import Field

from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template
from visavis.wire.faces import FaceNote
from visavis.wire.model import Model, Number

_MOST_BYTES = 64 * 1024


def encoded_template(template: Template) -> str:
    """Base64 of JSON with the model's key and the numbers as little-endian float32."""
    document = {
        "model": template.model.key,
        "vector": base64.b64encode(template.vector.astype("<f4").tobytes()).decode(),
        "norm": template.norm,
        "quality": template.quality,
    }
    return base64.b64encode(json.dumps(document).encode()).decode()


def decoded_template(content: bytes) -> Template:
    """The inverse, of the text or of what its base64 stands for. Raises `ValueInvalid`."""
    if len(content) > _MOST_BYTES:
        raise ValueInvalid("This is not a template.")
    try:
        text = content if content.lstrip().startswith(b"{") else base64.b64decode(content, validate=True)
        document: Any = json.loads(text)
        vector = np.frombuffer(base64.b64decode(document["vector"], validate=True), "<f4")
        quality = document["quality"]
        return Template(
            vector=vector.astype(np.float32),
            norm=float(document["norm"]),
            model=ModelIdentity.parse(document["model"]),
            quality=None if quality is None else float(quality),
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, RecursionError) as error:
        raise ValueInvalid("This is not a template.", hint="Send what POST /v1/templates gave.") from error


class TemplateNote(Model):
    """A template of one face."""

    template: str = Field(description="Opaque text; send it back as `template`.")
    model: str
    quality: Number | None
    face: FaceNote

    @classmethod
    def of(cls, template: Template, face: FaceNote) -> Self:
        return cls(
            template=encoded_template(template),
            model=template.model.key,
            quality=template.quality,
            face=face,
        )
