"""Tabs of a place, as far as one may open them."""

from collections.abc import Sequence
from dataclasses import dataclass

from visavis.console.platform import Visit
from visavis.domain.access import Permission
from visavis.domain.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class Tab:
    """Any one of the permissions opens it; none: anybody who is signed in."""

    path: str
    name: str
    needs: frozenset[Permission]


def open_to(visit: Visit, tabs: Sequence[Tab]) -> list[Tab]:
    return [one for one in tabs if not one.needs or one.needs & set(visit.me.permissions)]


def require(visit: Visit, tabs: Sequence[Tab], path: str) -> list[Tab]:
    """The tabs that are open to the visitor. Raises `NotPermitted` if this one is not."""
    found = open_to(visit, tabs)
    if path not in {one.path for one in found}:
        raise NotPermitted("You may not look at this.", hint="Ask an administrator for another role.")
    return found
