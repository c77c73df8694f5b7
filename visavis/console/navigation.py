"""Where one can go, as far as one may."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from visavis.domain.access import Permission


@dataclass(frozen=True, slots=True)
class Place:
    """`icon` names a symbol of icons.svg; any one of the permissions opens it."""

    path: str
    name: str
    icon: str
    needs: frozenset[Permission]


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together, under a heading; the first group has none."""

    name: str
    places: tuple[Place, ...]


def _place(path: str, name: str, icon: str, *needs: Permission) -> Place:
    return Place(path, name, icon, frozenset(needs))


_P = Permission
_GROUPS: Final = (
    Group(
        "",
        (
            _place("/", "Overview", "home", _P.GALLERIES_READ),
            _place("/live", "Live", "eye", _P.EVENTS_READ),
            _place("/log", "Log", "list", _P.EVENTS_READ),
            _place("/review", "Review", "scales", _P.EVENTS_REVIEW),
            _place("/alerts", "Alerts", "bell", _P.ALERTS_READ),
        ),
    ),
    Group(
        "People",
        (
            _place("/people", "People", "people", _P.SUBJECTS_READ),
            _place("/enrol", "Enrol", "add", _P.ENROL),
            _place("/search", "Search", "search", _P.IDENTIFY, _P.RECORDINGS_SEARCH),
        ),
    ),
    Group(
        "Places",
        (
            _place("/attendance", "Attendance", "clock", _P.PASSAGES_READ),
            _place("/access", "Access", "door", _P.PASSAGES_READ),
            _place("/visitors", "Visitors", "steps", _P.EVENTS_READ),
            _place("/cameras", "Cameras", "camera", _P.CAMERAS_READ),
            _place("/kiosk/set-up", "Kiosks", "kiosk", _P.KEYS_MANAGE),
        ),
    ),
    Group(
        "Administration",
        (
            _place("/galleries", "Galleries", "folder", _P.GALLERIES_WRITE),
            _place("/models", "Models", "model", _P.MODELS_MANAGE, _P.METRICS_READ),
            _place("/compliance", "Compliance", "shield", _P.AUDIT_READ, _P.RETENTION_MANAGE),
            _place("/settings", "Settings", "gear", _P.USERS_READ, _P.KEYS_OWN, _P.KEYS_MANAGE),
        ),
    ),
)


def groups(permissions: Collection[str]) -> list[Group]:
    """The groups with the places that these permissions open; groups without any are left out."""
    open_to = [
        Group(group.name, tuple(place for place in group.places if not place.needs.isdisjoint(permissions)))
        for group in _GROUPS
    ]
    return [group for group in open_to if group.places]
