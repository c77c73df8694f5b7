"""Where events happened, looked up once for captures that follow each other closely."""

import uuid
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from tests.contract.making import an_event
from tests.contract.store_cameras import a_camera
from visavis.application.places import Places
from visavis.application.ports.store import UnitOfWork
from visavis.domain.camera import Camera, Direction, Place

pytestmark = pytest.mark.anyio


@dataclass
class Registry:
    """Implements what is needed of a unit of work and its cameras."""

    known: Camera | None
    asked: list[str] = field(default_factory=list)

    @property
    def cameras(self) -> "Registry":
        return self

    async def find(self, name: str) -> Camera | None:
        self.asked.append(name)
        return self.known if self.known and self.known.name == name else None


async def test_each_source_is_looked_up_once_while_it_is_fresh() -> None:
    registry, now = Registry(a_camera("gate")), [0.0]
    work, places = cast("UnitOfWork", registry), Places(fresh_s=0.5, now=lambda: now[0])
    events = [an_event(), an_event(), an_event(source="app"), an_event(source="")]
    for _ in range(3):
        found = await places(work, events)
    assert sorted(registry.asked) == ["app", "gate"]
    assert [one.zone for one in found] == ["Empfang", "Empfang", "", ""]
    assert found[0].direction is Direction.ENTRY
    registry.known = replace(a_camera("gate"), place=Place(zone="Hof"))
    assert (await places(work, events))[0].zone == "Empfang"
    now[0] = 0.6
    assert (await places(work, events))[0].zone == "Hof"


async def test_without_a_lifetime_nothing_is_remembered() -> None:
    registry, places = Registry(None), Places()
    for _ in range(2):
        await places(cast("UnitOfWork", registry), [an_event(source=str(uuid.uuid4()))])
    assert len(registry.asked) == 2
    assert not places._known
