"""What identifiers on a page stand for: people, accounts, lines of the log."""

from collections.abc import Sequence
from uuid import UUID

from visavis.client.asynchronous import AsyncClient
from visavis.console.at_once import at_once
from visavis.console.paging import first_of
from visavis.console.platform import Visit
from visavis.domain.access import Permission
from visavis.domain.errors import EventNotFound, SubjectNotFound
from visavis.wire.v1.events import EventNote

_EVIDENCE = 10
_MOST_NAMES = 60


async def evidence_of(visit: Visit, events: Sequence[str]) -> list[EventNote]:
    """The latest lines of the log that belong to an alert, as far as they are still there."""

    async def line(event: str) -> EventNote | None:
        try:
            return await visit.client.events.get(event)
        except EventNotFound:
            return None

    if not visit.may(Permission.EVENTS_READ):
        return []
    async with at_once() as together:
        asked = [together.create_task(line(one)) for one in events[:_EVIDENCE]]
    return [found for task in asked if (found := task.result()) is not None]


async def names_of(client: AsyncClient, subjects: Sequence[UUID]) -> dict[str, str]:
    """What these people are called now; whoever is gone is left out."""

    async def name(subject: UUID) -> str | None:
        try:
            return (await client.subjects.get(subject)).name
        except SubjectNotFound:
            return None

    wanted = list(dict.fromkeys(subjects))[:_MOST_NAMES]
    async with at_once() as together:
        asked = [(one, together.create_task(name(one))) for one in wanted]
    return {str(one): found for one, task in asked if (found := task.result()) is not None}


async def logins_of(visit: Visit) -> dict[str, str]:
    """Whom the actors of an alert are, as far as this account may know."""
    mine = {f"user:{visit.me.id}": "you"}
    if not visit.may(Permission.USERS_READ):
        return mine
    users, _ = await first_of(visit.client.users.list(), 1000)
    return {f"user:{one.id}": one.login for one in users} | mine
