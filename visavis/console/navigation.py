"""Where one can go, as far as one may."""

from collections.abc import Collection
from dataclasses import dataclass

from visavis.domain.access import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """`icon` names a symbol of icons.svg."""

    path: str
    name: str
    icon: str
    needs: Permission


_PLACES = (
    Place("/", "Overview", "home", Permission.GALLERIES_READ),
    Place("/live", "Live", "eye", Permission.EVENTS_READ),
    Place("/log", "Log", "list", Permission.EVENTS_READ),
    Place("/people", "People", "people", Permission.SUBJECTS_READ),
    Place("/enrol", "Enrol", "add", Permission.ENROL),
    Place("/search", "Search", "search", Permission.IDENTIFY),
)


def places(permissions: Collection[str]) -> list[Place]:
    return [place for place in _PLACES if place.needs in permissions]
