"""Who decides on the device."""

from typing import Protocol

from visavis.domain.template import Template
from visavis.wire.v1.tracks import DeviceDecision


class Decider(Protocol):
    """Searches the device's own copy of a gallery."""

    def decide(self, gallery: str, probe: Template) -> DeviceDecision | None:
        """`None` while there is no copy of this gallery, or only one that is too old to decide with."""
        ...
