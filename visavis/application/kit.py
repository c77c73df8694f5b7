"""What a worker needs for one gallery."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from visavis.application.enrol import Enrol
from visavis.application.identify import Identify
from visavis.application.ports.crops import Crops
from visavis.application.ports.inference import Inference
from visavis.domain.gallery import Gallery


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The models of a gallery's pack and the use cases over them."""

    inference: Inference
    crops: Crops
    identify: Identify
    enrol: Enrol


KitOf: TypeAlias = Callable[[Gallery], Awaitable[Kit]]
"""Loads the models at the first use. Raises what loading them raises, `ModelMismatch`, `CalibrationMissing`."""
