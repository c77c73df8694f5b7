"""What every store promises about the audit log."""

import asyncio
import uuid
from datetime import timedelta, timezone

import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, an_event
from visavis.application.ports.audit import ANYTHING, AuditFilter, AuditHead, Named
from visavis.application.ports.store import Store
from visavis.domain.access import SYSTEM, Actor, ActorKind
from visavis.domain.audit import GENESIS, Action, AuditEntry, AuditRecord, Detail, actions_of


def a_record(action: Action = Action.GALLERY_CREATED, **details: Detail) -> AuditRecord:
    return AuditRecord(
        at=START,
        actor=Actor(kind=ActorKind.KEY, id="4711"),
        action=action,
        target="gallery:1",
        request=uuid.uuid4(),
        details=details,
    )


async def everything(store: Store, **options: int) -> list[AuditEntry]:
    async with store.transaction(TENANT) as unit:
        return [entry async for part in unit.audit.everything(**options) for entry in part]


def assert_chained(entries: list[AuditEntry]) -> None:
    assert [entry.sequence for entry in entries] == list(range(1, len(entries) + 1))
    assert [entry.previous for entry in entries] == [GENESIS, *(entry.digest for entry in entries[:-1])]
    assert all(entry.intact for entry in entries)


class AuditContract:
    async def test_entries_are_chained_and_come_back_unaltered(self, store: Store) -> None:
        records = [
            a_record(
                zebra=1e22,
                apple=0.1 + 0.2,
                number=2**60,
                one=1,
                one_too=1.0,
                yes=True,
                none=None,
                text='ü"\\\x00\u2028',
            ),
            AuditRecord(
                at=START.astimezone(timezone(timedelta(hours=5.5))),
                actor=Actor(kind=ActorKind.SYSTEM, id="worker"),
                action=Action.RETENTION_APPLIED,
            ),
        ]
        async with store.transaction(TENANT) as unit:
            for record in records:
                await unit.audit.append(record)
            assert await unit.audit.page() == []
            assert await unit.audit.head() == AuditHead(sequence=0, digest=GENESIS)
        async with store.transaction(TENANT) as unit:
            await unit.audit.append(a_record())
        entries = await everything(store)
        assert [entry.record for entry in entries][:2] == records
        kinds = [
            {name: type(value) for name, value in record.details.items()}
            for record in (entries[0].record, records[0])
        ]
        assert kinds[0] == kinds[1]
        assert_chained(entries)
        async with store.transaction(TENANT) as unit:
            assert await unit.audit.head() == AuditHead(sequence=3, digest=entries[-1].digest)
            assert await unit.audit.page(after=1, limit=1) == entries[1:2]
        assert await everything(store, after=1, batch=1) == entries[1:]

    async def test_entries_are_found_by_what_they_say(self, store: Store) -> None:
        user, key = Actor(kind=ActorKind.USER, id="4711"), Actor(kind=ActorKind.KEY, id="4711")
        said = [
            (user, Action.GALLERY_CREATED, "gallery:1"),
            (key, Action.SUBJECT_CREATED, "subject:1"),
            (key, Action.SUBJECT_ERASED, "subject:a%c"),
            (SYSTEM, Action.RETENTION_APPLIED, ""),
            (user, Action.CAMERA_ADDED, "camera:door:1"),
        ]
        async with store.transaction(TENANT) as unit:
            for hour, (actor, action, target) in enumerate(said):
                at = START + timedelta(hours=hour)
                await unit.audit.append(AuditRecord(at=at, actor=actor, action=action, target=target))
        async with store.transaction(OTHER_TENANT) as unit:
            await unit.audit.append(a_record())

        async def found(wanted: AuditFilter, **place: int) -> list[int]:
            async with store.transaction(TENANT) as unit:
                return [one.sequence for one in await unit.audit.find(wanted, **place)]

        async def named(actor: str = "", target: str = "") -> list[int]:
            return await found(AuditFilter(actor=Named.parse(actor), target=Named.parse(target)))

        assert await found(ANYTHING) == [5, 4, 3, 2, 1]
        assert await found(ANYTHING, before=4, limit=2) == [3, 2]
        assert await found(ANYTHING, before=0) == await found(ANYTHING, before=1) == []
        assert await found(ANYTHING, after=0, limit=2) == [1, 2]
        assert await found(AuditFilter(actions=actions_of("subject"))) == [3, 2]
        assert await found(AuditFilter(actions=actions_of("subject.erased"))) == [3]
        assert await found(AuditFilter(actions=frozenset())) == []
        assert await named(actor="user:4711") == [5, 1]
        assert await named(actor="key:") == [3, 2]
        assert await named(actor="4711") == [5, 3, 2, 1]
        assert await named(actor="system:worker") == await named(actor="worker") == [4]
        assert await named(actor="47") == await named(actor="dog:4711") == []
        assert await named(target="subject:") == [3, 2]
        assert await named(target="subject:1") == [2]
        assert await named(target="1") == [2, 1]
        assert await named(target="a%c") == [3]
        assert await named(target="%") == await named(target="subject:%") == []
        assert await named(target="camera:door:1") == [5]
        assert await named(target=":") == [5, 4, 3, 2, 1]
        assert await named(target="subject:", actor="key:4711") == [3, 2]
        since, until = START + timedelta(hours=1), START + timedelta(hours=3)
        assert await found(AuditFilter(since=since, until=until)) == [3, 2]
        assert await found(AuditFilter(since=since, until=until), after=2) == [3]
        assert await found(AuditFilter(actor=Named(kind="key")), before=3) == [2]

    async def test_tenants_have_chains_of_their_own(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.audit.append(a_record())
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.audit.page() == []
            assert (await unit.audit.head()).sequence == 0
            await unit.audit.append(a_record())
        async with store.transaction(OTHER_TENANT) as unit:
            assert [entry.sequence for entry in await unit.audit.page()] == [1]
        assert len(await everything(store)) == 1

    async def test_what_is_rolled_back_is_not_in_the_log(self, store: Store) -> None:
        async def fail() -> None:
            async with store.transaction(TENANT) as unit:
                await unit.audit.append(a_record())
                raise ValueError("deliberate")

        with pytest.raises(ValueError, match="deliberate"):
            await fail()
        assert await everything(store) == []

    async def test_many_at_once_leave_one_chain(self, store: Store) -> None:
        async def act(number: int) -> None:
            async with store.transaction(TENANT) as unit:
                if number % 3 == 0:
                    await unit.events.add([an_event()])
                for turn in range(number % 4):
                    await unit.audit.append(a_record(number=number, turn=turn))
                await asyncio.sleep(0.001 * (number % 5))

        await asyncio.gather(*(act(number) for number in range(32)))
        entries = await everything(store)
        assert len(entries) == 8 * (0 + 1 + 2 + 3)
        assert_chained(entries)
