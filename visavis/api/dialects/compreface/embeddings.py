"""Templates as arrays of numbers, as CompreFace's clients send and get them."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from visavis.domain.decision import Measure
from visavis.domain.errors import ValueInvalid
from visavis.domain.template import ModelIdentity, Template, unit

_LONGEST: Final = 1e4


def embedding_of(template: Template, measure: Measure) -> tuple[float, ...]:
    """Numbers that compare as the template does; for the Euclidean rule with their original length."""
    vector = template.vector
    if measure is Measure.EUCLIDEAN:
        vector = (unit(vector) * np.float32(template.norm)).astype(np.float32)
    return tuple(float(one) for one in vector)


def template_of(numbers: Sequence[float], model: ModelIdentity, measure: Measure) -> Template:
    """The inverse. Raises `ValueInvalid` for another number of numbers, or a length that no template has."""
    if len(numbers) != model.dimension:
        raise ValueInvalid(f"An embedding has {model.dimension} numbers here, not {len(numbers)}")
    values = np.asarray(numbers, np.float64)
    length = float(np.linalg.norm(values))
    if not 0.0 < length < _LONGEST:
        raise ValueInvalid("An embedding has a length above 0 and not beyond that of any model")
    vector = unit(values) if measure is Measure.EUCLIDEAN else values.astype(np.float32)
    return Template(vector=vector, norm=length, model=model)
