"""Doors: make, change, look at, remove; and what was decided there."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from visavis.application.ledger import Ledger
from visavis.application.ports.access_decisions import AccessFilter
from visavis.application.ports.clock import Clock, Identifiers
from visavis.application.ports.store import Store
from visavis.domain.admission import AccessDecision
from visavis.domain.audit import Action
from visavis.domain.door import AccessRule, Contact, Door, DoorCamera, DoorId, Passback
from visavis.domain.errors import DoorNotFound, ScheduleNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.liveness import LivePolicy
from visavis.domain.schedule import Schedule, ScheduleId
from visavis.domain.subject import SubjectId, TenantId


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorPlan:
    """What a door is to be like; everything but its name, its gallery and its age."""

    cameras: tuple[DoorCamera, ...] = ()
    rules: tuple[AccessRule, ...] = (AccessRule(name="everybody"),)
    area: str = ""
    passback: Passback = field(default_factory=Passback)
    live: LivePolicy = field(default_factory=LivePolicy)
    repeat_s: int = 30
    late_s: int = 30
    unlock_s: int = 15
    hold_open_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorView:
    """A door with its schedules, and what its contact said last."""

    door: Door
    schedules: dict[ScheduleId, Schedule]
    contact: Contact | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedDecision:
    """A decision, and what its subject is called now."""

    decision: AccessDecision
    subject: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The doors of one tenant."""

    store: Store
    tenant: TenantId
    ledger: Ledger
    clock: Clock
    identifiers: Identifiers

    async def all(self, galleries: frozenset[str] | None = None) -> list[DoorView]:
        """By name; of these galleries only, or all."""
        async with self.store.transaction(self.tenant) as work:
            doors = await work.doors.all(galleries)
            schedules = await work.schedules.of(list({one for door in doors for one in door.schedules}))
            contacts = await work.doors.contacts([door.id for door in doors])
        return [DoorView(door=door, schedules=schedules, contact=contacts.get(door.id)) for door in doors]

    async def get(self, name: str) -> DoorView:
        """Raises `DoorNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            door = await work.doors.by_name(name)
            schedules = await work.schedules.of(list(door.schedules))
            contacts = await work.doors.contacts([door.id])
        return DoorView(door=door, schedules=schedules, contact=contacts.get(door.id))

    async def put(self, name: str, gallery: Gallery, plan: DoorPlan) -> Door:
        """A new one, or the one of this name changed. Raises `ValueInvalid`, `SubjectNotFound`, `ScheduleNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            try:
                known = await work.doors.by_name(name)
                identifier, created_at = known.id, known.created_at
            except DoorNotFound:
                identifier, created_at = DoorId(self.identifiers.new()), self.clock.now()
            door = Door(
                id=identifier,
                name=name,
                gallery_id=gallery.id,
                gallery=gallery.name,
                created_at=created_at,
                cameras=plan.cameras,
                rules=plan.rules,
                area=plan.area,
                passback=plan.passback,
                live=plan.live,
                repeat_s=plan.repeat_s,
                late_s=plan.late_s,
                unlock_s=plan.unlock_s,
                hold_open_s=plan.hold_open_s,
            )
            if len(await work.schedules.of(list(door.schedules))) < len(door.schedules):
                raise ScheduleNotFound
            await work.doors.put(door)
            await self.ledger.note(
                work,
                Action.DOOR_CHANGED,
                f"door:{door.id}",
                gallery=str(gallery.id),
                rules=len(door.rules),
                passback=door.passback.mode.value,
                require_live=door.live.require_live,
            )
        return door

    async def remove(self, door_id: DoorId) -> None:
        """With its decisions; what the detection log and the audit log say of them stays. Raises `DoorNotFound`."""
        async with self.store.transaction(self.tenant) as work:
            await work.doors.remove(door_id)
            await self.ledger.note(work, Action.DOOR_REMOVED, f"door:{door_id}")

    async def decisions(
        self, wanted: AccessFilter, *, before: int | None = None, after: int | None = None, limit: int = 100
    ) -> list[NamedDecision]:
        """The latest first, or from `after` on in order."""
        async with self.store.transaction(self.tenant) as work:
            found = await work.access_decisions.page(wanted, before=before, after=after, limit=limit)
            ids = list({one.subject_id for one in found if one.subject_id is not None})
            names = await work.subjects.names(ids) if ids else {}
        return _named(found, names)

    async def latest(self) -> int:
        """The sequence of the last decision."""
        async with self.store.transaction(self.tenant) as work:
            return await work.access_decisions.latest()


def _named(found: Sequence[AccessDecision], names: dict[SubjectId, str]) -> list[NamedDecision]:
    return [
        NamedDecision(decision=one, subject=names.get(one.subject_id) if one.subject_id else None)
        for one in found
    ]
