"""What a page about one person shows: everything is asked for at once, as far as the caller may see it."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from visavis.client.resources.events import Wanted
from visavis.console.at_once import at_once
from visavis.console.charts import Chart, bars
from visavis.console.paging import first_of
from visavis.console.platform import Visit
from visavis.domain.access import Permission
from visavis.domain.event_summary import Step
from visavis.domain.policy import Keep
from visavis.wire.v1.events import EventNote, EventSummaryNote
from visavis.wire.v1.governance import ConsentNote
from visavis.wire.v1.subjects import ReferenceNote, SubjectNote

DAYS = 30
_SEEN = 20
_REFERENCES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A reference; `picture` is the address of what is kept beside it, empty where nothing is or one may not see it."""

    reference: ReferenceNote
    picture: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Where somebody was seen: the latest lines, and how many on each of the last days (UTC)."""

    events: tuple[EventNote, ...]
    more: bool
    days: tuple[tuple[str, int], ...]
    sources: tuple[tuple[str, int], ...]

    @property
    def count(self) -> int:
        return sum(count for _, count in self.days)

    @property
    def chart(self) -> Chart:
        labels = [f"{day[8:].lstrip('0')}.{day[5:7].lstrip('0')}." for day, _ in self.days]
        return bars(f"Seen on the last {DAYS} days", labels, [[float(count) for _, count in self.days]])


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    person: SubjectNote
    references: tuple[Shown, ...]
    consents: tuple[ConsentNote, ...]
    seen: Seen | None


async def dossier(visit: Visit, person: SubjectNote) -> Dossier:
    async with at_once() as group:
        references = group.create_task(references_of(visit, person))
        consents = group.create_task(_consents(visit, person))
        seen = group.create_task(_seen(visit, person))
    return Dossier(
        person=person, references=references.result(), consents=consents.result(), seen=seen.result()
    )


async def references_of(visit: Visit, person: SubjectNote) -> tuple[Shown, ...]:
    """At most a hundred from each gallery, the best first."""
    places = [name for name, count in person.galleries.items() if count]
    lists = await asyncio.gather(
        *(first_of(visit.client.references.list(name, subject=person.name), _REFERENCES) for name in places)
    )
    found = [one for page, _ in lists for one in page]
    found.sort(key=lambda one: (one.gallery, -(one.quality or 0.0)))
    return tuple(Shown(reference=one, picture=_picture(visit, one)) for one in found)


def _picture(visit: Visit, one: ReferenceNote) -> str:
    if not one.kept or not visit.may(Permission.SUBJECTS_EXPORT):
        return ""
    kind = Keep.SAMPLE if Keep.SAMPLE in one.kept else one.kept[0]
    return f"/v1/galleries/{quote(one.gallery, safe='')}/references/{one.id}/image?kind={kind}"


async def _consents(visit: Visit, person: SubjectNote) -> tuple[ConsentNote, ...]:
    if not visit.may(Permission.CONSENTS_READ):
        return ()
    found, _ = await first_of(visit.client.consents.list(subject_id=person.id), 1000)
    return tuple(sorted(found, key=lambda one: one.granted_at, reverse=True))


async def _seen(visit: Visit, person: SubjectNote) -> Seen | None:
    if not visit.may(Permission.EVENTS_READ):
        return None
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    wanted = Wanted(subject_id=person.id)
    lately = Wanted(subject_id=person.id, since=today - timedelta(days=DAYS - 1))
    async with at_once() as group:
        page = group.create_task(visit.client.events.page(wanted, page_size=_SEEN))
        summary = group.create_task(visit.client.events.summary(lately, step=Step.DAY))
    return Seen(
        events=page.result().events,
        more=page.result().next_cursor is not None,
        days=tuple(_by_day(summary.result(), today)),
        sources=tuple((one.name, one.counts.events) for one in summary.result().sources),
    )


def _by_day(summary: EventSummaryNote, today: datetime) -> Iterable[tuple[str, int]]:
    counted = {f"{one.start.astimezone(UTC):%Y-%m-%d}": one.counts.events for one in summary.steps}
    for back in reversed(range(DAYS)):
        day = f"{today - timedelta(days=back):%Y-%m-%d}"
        yield day, counted.get(day, 0)
