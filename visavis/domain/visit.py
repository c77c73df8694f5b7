"""Visits: what sightings of one human add up to. Who that is, is an identifier, nothing more."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from visavis.domain.errors import ValueInvalid
from visavis.domain.subject import SubjectId

GAP = timedelta(minutes=30)
"""For how long somebody may be out of sight during a visit, unless the question says otherwise."""


class By(StrEnum):
    """What visitors are counted by."""

    HOUR = "hour"
    DAY = "day"
    ZONE = "zone"
    CAMERA = "camera"
    SITE = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A line of the log that names somebody: where, by which camera, and from when to when."""

    subject_id: SubjectId
    site: str
    zone: str
    source: str
    first_at: datetime
    last_at: datetime

    def __post_init__(self) -> None:
        if not self.first_at <= self.last_at:
            raise ValueInvalid("A sighting ends after it begins.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stay:
    """In one zone, until another one follows or the visit ends."""

    zone: str
    first_at: datetime
    last_at: datetime

    @property
    def dwell_s(self) -> float:
        return (self.last_at - self.first_at).total_seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """From the first sighting at a site until nobody saw the visitor there for longer than the gap.

    `stays` is the path: zones in the order of arrival. `returning` says that there was an earlier visit to the site, as
    far as the log goes back. `sightings` has those that make it up, in order.
    """

    subject_id: SubjectId
    site: str
    returning: bool
    stays: tuple[Stay, ...]
    sightings: tuple[Sighting, ...]

    @property
    def first_at(self) -> datetime:
        return self.sightings[0].first_at

    @property
    def last_at(self) -> datetime:
        return max(one.last_at for one in self.sightings)

    @property
    def dwell_s(self) -> float:
        """From the first to the last sight, with what lies between them, s."""
        return (self.last_at - self.first_at).total_seconds()

    @property
    def transitions(self) -> Iterator[tuple[str, str]]:
        """From zone to zone; at the beginning from nowhere, at the end to nowhere, which is the empty text."""
        zones = ["", *(stay.zone for stay in self.stays), ""]
        return pairwise(zones)


def visits(
    sightings: Iterable[Sighting], gap: timedelta = GAP, *, earliest: datetime | None = None
) -> Iterator[Visit]:
    """The visits of one subject to one site, in order; so are the sightings, by their beginning.

    `earliest` is when the log saw the subject there first, if that was before these sightings. Raises
    `ValueInvalid` for sightings of several subjects or sites, or out of order.
    """
    together: list[Sighting] = []
    end: datetime | None = None
    known = earliest
    for one in sightings:
        if together:
            _require_next(together[-1], one)
        if end is not None and one.first_at - end > gap:
            yield _visit(together, returning=known is not None and known < together[0].first_at)
            known = known or together[0].first_at
            together, end = [], None
        together.append(one)
        end = one.last_at if end is None else max(end, one.last_at)
    if together:
        yield _visit(together, returning=known is not None and known < together[0].first_at)


def narrowed(visit: Visit, *, zone: str | None = None, source: str | None = None) -> Visit | None:
    """What of a visit happened in this zone, before this camera; `None` if nothing did."""
    kept = [
        one
        for one in visit.sightings
        if (zone is None or one.zone == zone) and (source is None or one.source == source)
    ]
    return _visit(kept, returning=visit.returning) if kept else None


def met(one: Iterable[Sighting], other: Iterable[Sighting]) -> bool:
    """Whether two were seen at the same time by one camera, or in different places: then they are two humans.

    Two cameras of one zone may look at the same place, and see one human twice.
    """
    mine, theirs = _by_time(one), _by_time(other)
    longest = max((there.last_at - there.first_at for there in theirs), default=timedelta(0))
    start = 0
    for here in mine:
        while start < len(theirs) and theirs[start].first_at + longest < here.first_at:
            start += 1
        for there in theirs[start:]:
            if there.first_at > here.last_at:
                break
            if there.last_at >= here.first_at and not _may_overlap(here, there):
                return True
    return False


def _by_time(sightings: Iterable[Sighting]) -> list[Sighting]:
    return sorted(sightings, key=lambda one: one.first_at)


def _may_overlap(one: Sighting, other: Sighting) -> bool:
    same_place = (one.site, one.zone) == (other.site, other.zone) and one.zone != ""
    return same_place and one.source != other.source


def _require_next(before: Sighting, one: Sighting) -> None:
    if (before.subject_id, before.site) != (one.subject_id, one.site) or one.first_at < before.first_at:
        raise ValueInvalid("Visits are made of the sightings of one subject at one site, in order.")


def _visit(sightings: list[Sighting], *, returning: bool) -> Visit:
    first = sightings[0]
    return Visit(
        subject_id=first.subject_id,
        site=first.site,
        returning=returning,
        stays=tuple(_stays(sightings)),
        sightings=tuple(sightings),
    )


def _stays(sightings: Iterable[Sighting]) -> Iterator[Stay]:
    """Sightings in one zone, one after the other, are one stay."""
    zone, first, last = None, None, None
    for one in sightings:
        if first is not None and last is not None and one.zone == zone:
            last = max(last, one.last_at)
            continue
        if zone is not None and first is not None and last is not None:
            yield Stay(zone=zone, first_at=first, last_at=last)
        zone, first, last = one.zone, one.first_at, one.last_at
    if zone is not None and first is not None and last is not None:
        yield Stay(zone=zone, first_at=first, last_at=last)


def zone_named(name: str) -> tzinfo:
    """A time zone of the IANA data base. Raises `ValueInvalid`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueInvalid(
            "There is no time zone of this name.", hint="Use an IANA name, such as Europe/Berlin."
        ) from error
