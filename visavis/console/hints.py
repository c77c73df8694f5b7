"""What somebody before a page can do about an error; the errors' own advice is for the command line."""

from collections.abc import Mapping
from typing import Final

from visavis.domain.errors import VisavisError

_HINTS: Final[Mapping[str, str]] = {
    "subject_not_found": "Whoever it was may have been erased or merged. Look under People.",
    "gallery_not_found": "It may have been renamed or removed. Look under Galleries.",
    "event_not_found": "It may have been removed when its time was over. Look under Log.",
    "camera_not_found": "It may have been removed. Look under Cameras.",
    "agent_not_found": "It may have been removed. Look under Cameras, Agents.",
    "door_not_found": "It may have been removed. Look under Access.",
    "schedule_not_found": "It may have been removed. Look under Access, Schedules.",
    "model_not_found": "Look under Models which packs there are.",
}


def hint(error: VisavisError) -> str:
    """May be empty."""
    return _HINTS.get(error.code, error.advice)
