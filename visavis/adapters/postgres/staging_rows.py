"""Staged templates as bytes, and back. Little-endian: norm and quality (float32, NaN if unknown), then the vector."""

import struct

import numpy as np

from visavis.domain.template import ModelIdentity, Template

STAGED_TABLE = "staged_templates"
_HEADER = struct.Struct("<ff")


def plain_of(template: Template) -> bytes:
    quality = np.nan if template.quality is None else template.quality
    return _HEADER.pack(template.norm, quality) + template.vector.astype("<f4").tobytes()


def template_of(plain: bytes, model: ModelIdentity) -> Template:
    norm, quality = _HEADER.unpack_from(plain)
    vector = np.frombuffer(plain, "<f4", offset=_HEADER.size).astype(np.float32)
    return Template(vector=vector, norm=norm, model=model, quality=None if np.isnan(quality) else quality)
