"""Doors and schedules: who may pass when, and what was decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from visavis.client.flows import Flow
from visavis.client.requests import Picture, delete, get, pictures, post_parts, send, templates
from visavis.client.resource import Resource, listing_of, operation
from visavis.domain.admission import AccessOutcome
from visavis.wire.access import AccessNote
from visavis.wire.v1.doors import (
    AccessList,
    DoorAnswer,
    DoorList,
    DoorNote,
    DoorState,
    DoorStateWrite,
    DoorWrite,
)
from visavis.wire.v1.schedules import ScheduleList, ScheduleNote, ScheduleWrite

M = TypeVar("M")
template_parts = templates


class Schedules(Resource[M]):
    """Weekly hours in a time zone, with holidays."""

    @operation
    def list(self) -> Flow[ScheduleList]:
        """By name, with what they are now."""
        return self._ask(get("v1", "schedules"), ScheduleList)

    @operation
    def get(self, name: str) -> Flow[ScheduleNote]:
        """With what it is now: open or not, and when that changes."""
        return self._ask(get("v1", "schedules", name), ScheduleNote)

    @operation
    def put(self, name: str, schedule: ScheduleWrite) -> Flow[ScheduleNote]:
        """Makes it, or changes it wholly."""
        return self._ask(self._write(send("PUT", "v1", "schedules", name, body=schedule)), ScheduleNote)

    @operation
    def remove(self, name: str) -> Flow[None]:
        """Not while a door or an attendance plan uses it."""
        return self._do(self._write(delete("v1", "schedules", name)))


class Doors(Resource[M]):
    """Doors, gates, turnstiles."""

    @operation
    def list(self) -> Flow[DoorList]:
        """By name."""
        return self._ask(get("v1", "doors"), DoorList)

    @operation
    def get(self, door: str) -> Flow[DoorNote]:
        return self._ask(get("v1", "doors", door), DoorNote)

    @operation
    def put(self, door: str, wanted: DoorWrite) -> Flow[DoorNote]:
        """Makes it, or changes it wholly."""
        return self._ask(self._write(send("PUT", "v1", "doors", door, body=wanted)), DoorNote)

    @operation
    def remove(self, door: str) -> Flow[None]:
        """With its decisions."""
        return self._do(self._write(delete("v1", "doors", door)))

    @listing_of(AccessNote)
    def decisions(
        self,
        door: str,
        *,
        subject_id: str | UUID | None = None,
        outcome: AccessOutcome | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        after: int | None = None,
        page_size: int = 100,
    ) -> Flow[None]:
        """The latest first, or from the sequence `after` on in order: ask again behind the last one to follow."""
        request = get(
            "v1",
            "doors",
            door,
            "decisions",
            subject_id=None if subject_id is None else str(subject_id),
            outcome=outcome,
            since=since,
            until=until,
            after=after,
            limit=page_size,
        )
        return self._pages(request, AccessList, lambda page: page.decisions)

    @operation
    def decide(
        self,
        door: str,
        *images: Picture,
        crops: Sequence[Picture] = (),
        templates: Sequence[str] = (),  # the word of the wire
        camera: str = "",
        largest: bool = True,
        reference: str = "",
        captured_at: datetime | None = None,
    ) -> Flow[DoorAnswer]:
        """Everything shows one human who stands in front of the door: may she pass? Sent once, without a key for
        repetition: what was granted a while ago opens nothing now."""
        most = self._connection.max_upload_bytes
        request = post_parts(
            *("v1", "doors", door, "decide"),
            parts=[
                *pictures("image", images, most),
                *pictures("crop", crops, most),
                *template_parts("template", templates),
            ],
            camera=camera or None,
            largest=largest,
            reference=reference or None,
            captured_at=captured_at,
        )
        return self._ask(request, DoorAnswer)

    @operation
    def tell_state(self, door: str, *, is_open: bool) -> Flow[DoorState]:
        """What the contact of the door says; forced and held open doors come back with it."""
        body = DoorStateWrite(state="open" if is_open else "closed")
        return self._ask(self._write(send("POST", "v1", "doors", door, "state", body=body)), DoorState)
