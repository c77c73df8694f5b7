"""What every store promises about cameras, tracks and the templates of events."""

import asyncio
import uuid
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from tests.contract.making import OTHER_TENANT, START, TENANT, a_subject, a_template, an_event
from tests.contract.store_references import prepared
from visavis.application.ports.events import EventFilter
from visavis.application.ports.probes import KeptProbe
from visavis.application.ports.store import Store
from visavis.domain.camera import Camera, CameraId, Direction, Place
from visavis.domain.camera_picture import CameraPicture, head_of
from visavis.domain.errors import AlreadyExists, CameraNotFound, EventNotFound, PreconditionFailed
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.subject import SubjectId, SubjectKind
from visavis.domain.template import Template


def a_camera(name: str = "door-1", *, site: str = "Haupthaus", zone: str = "Empfang") -> Camera:
    return Camera(
        id=CameraId(uuid.uuid4()),
        name=name,
        place=Place(site=site, zone=zone, direction=Direction.ENTRY),
        created_at=START,
        note="über der Tür",
    )


class CamerasContract:
    async def test_a_camera_comes_back_as_it_was(self, store: Store) -> None:
        camera = a_camera()
        async with store.transaction(TENANT) as unit:
            await unit.cameras.add(camera)
            with pytest.raises(AlreadyExists):
                await unit.cameras.add(a_camera())
        async with store.transaction(TENANT) as unit:
            assert await unit.cameras.get(camera.id) == camera
            assert await unit.cameras.by_name("door-1") == camera
            assert await unit.cameras.find("door-2") is None
            with pytest.raises(CameraNotFound):
                await unit.cameras.by_name("door-2")
        async with store.transaction(OTHER_TENANT) as unit:
            with pytest.raises(CameraNotFound):
                await unit.cameras.get(camera.id)
            await unit.cameras.add(a_camera())

    async def test_pages_are_by_name(self, store: Store) -> None:
        cameras = [a_camera("b"), a_camera("a", zone="Hof"), a_camera("c", site="Werk")]
        async with store.transaction(TENANT) as unit:
            for camera in cameras:
                await unit.cameras.add(camera)
        async with store.transaction(TENANT) as unit:
            assert [one.name for one in await unit.cameras.page()] == ["a", "b", "c"]
            assert [one.name for one in await unit.cameras.page(after="a", limit=1)] == ["b"]
            assert [one.name for one in await unit.cameras.page(site="Haupthaus")] == ["a", "b"]
            assert [one.name for one in await unit.cameras.page(site="Haupthaus", zone="Hof")] == ["a"]

    async def test_a_camera_is_moved_renamed_and_removed(self, store: Store) -> None:
        camera, other = a_camera(), a_camera("door-2")
        async with store.transaction(TENANT) as unit:
            await unit.cameras.add(camera)
            await unit.cameras.add(other)
        moved = replace(camera, name="gate", place=Place(site="Werk"), note="")
        async with store.transaction(TENANT) as unit:
            await unit.cameras.replace(moved, expected=camera)
        async with store.transaction(TENANT) as unit:
            assert await unit.cameras.by_name("gate") == moved
            with pytest.raises(PreconditionFailed):
                await unit.cameras.replace(camera, expected=camera)
            with pytest.raises(AlreadyExists):
                await unit.cameras.replace(replace(moved, name="door-2"))
            with pytest.raises(CameraNotFound):
                await unit.cameras.replace(a_camera("door-3"))
        async with store.transaction(TENANT) as unit:
            await unit.cameras.remove(other.id)
            with pytest.raises(CameraNotFound):
                await unit.cameras.remove(other.id)


def a_track(gallery: Gallery, **changes: object) -> Event:
    track = uuid.uuid4()
    event = replace(
        an_event(gallery, source="door-1", reference=f"track:{track}"),
        track=track,
        seen_until=START + timedelta(seconds=3),
        frames=30,
        site="Haupthaus",
        zone="Empfang",
        direction=Direction.EXIT,
    )
    return replace(event, **changes)  # type: ignore[arg-type]


class TracksContract:
    async def test_a_revised_line_takes_a_new_place(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        track = a_track(gallery)
        async with store.transaction(TENANT) as unit:
            (kept,) = await unit.events.add([track])
            await unit.events.add([an_event(gallery)])
            assert kept == replace(track, sequence=kept.sequence)
        revised = replace(
            kept,
            subject_id=subject.id,
            seen_until=START + timedelta(seconds=9),
            frames=70,
            revision=1,
            reasons=("gone",),
        )
        async with store.transaction(TENANT) as unit:
            after = await unit.events.revise(revised)
            assert after.sequence == kept.sequence + 2
            assert after == replace(revised, sequence=after.sequence)
        async with store.transaction(TENANT) as unit:
            assert await unit.events.get(track.id) == after
            assert [one.id for one in await unit.events.page(EventFilter(), after=kept.sequence + 1)] == [
                track.id
            ]

    async def test_only_what_is_there_can_be_revised(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(EventNotFound):
                await unit.events.revise(a_track(gallery))

    async def test_a_revision_forgets_whom_nobody_knows(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        async with store.transaction(TENANT) as unit:
            (kept,) = await unit.events.add([a_track(gallery)])
            after = await unit.events.revise(replace(kept, subject_id=a_subject("Nobody").id))
            assert after.subject_id is None

    async def test_revisions_at_once_take_one_place_each(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        tracks = [a_track(gallery) for _ in range(6)]
        async with store.transaction(TENANT) as unit:
            kept = await unit.events.add(tracks)

        async def revise(event: Event) -> int:
            async with store.transaction(TENANT) as unit:
                return (await unit.events.revise(replace(event, revision=1))).sequence

        last = kept[-1].sequence
        found = await asyncio.gather(*(revise(one) for one in kept))
        assert sorted(found) == list(range(last + 1, last + 7))

    async def test_one_track_is_added_once_even_at_once(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        track = a_track(gallery)

        async def report() -> bool:
            async with store.transaction(TENANT) as unit:
                await unit.jobs.serialise(f"track {track.track}")
                again = replace(track, id=a_track(gallery).id)
                return bool(await unit.events.add([again]))

        assert sorted(await asyncio.gather(*(report() for _ in range(4)))) == [False, False, False, True]

    async def test_the_log_is_filtered_by_place_and_track(self, store: Store) -> None:
        gallery, (subject,) = await prepared(store, "Ada")
        nobody = a_subject("anonymous-1", kind=SubjectKind.ANONYMOUS)
        track = a_track(gallery)
        other = an_event(gallery, subject=subject, source="door-2")
        again = an_event(gallery, subject=nobody)
        async with store.transaction(TENANT) as unit:
            await unit.subjects.add(nobody)
            await unit.events.add([track, other, again])

        async def found(wanted: EventFilter) -> list[uuid.UUID]:
            async with store.transaction(TENANT) as unit:
                return [one.id for one in await unit.events.page(wanted)]

        assert await found(EventFilter(site="Haupthaus", zone="Empfang")) == [track.id]
        assert await found(EventFilter(zone="Hof")) == []
        assert await found(EventFilter(track=track.track)) == [track.id]
        assert await found(EventFilter(unknown=True)) == [again.id, track.id]
        assert await found(EventFilter(unknown=False)) == [other.id]


def a_probe(event: Event, gallery: Gallery, template: Template, *, day: int = 7) -> KeptProbe:
    return KeptProbe(
        event_id=event.id, gallery_id=gallery.id, template=template, expires=START + timedelta(days=day)
    )


class ProbesContract:
    async def test_a_template_comes_back_as_it_was(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        event, template = an_event(gallery), a_template()
        async with store.transaction(TENANT) as unit:
            await unit.events.add([event])
            await unit.probes.keep([a_probe(event, gallery, a_template())])
            await unit.probes.keep([a_probe(event, gallery, template)])
        async with store.transaction(TENANT) as unit:
            found = await unit.probes.of(event.id)
            assert found is not None
            assert np.array_equal(found.vector, template.vector)
            assert (found.model, found.quality) == (template.model, template.quality)
            assert found.norm == pytest.approx(template.norm)
            assert list(await unit.probes.of_all([event.id, an_event().id])) == [event.id]
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.probes.of(event.id) is None

    async def test_nothing_is_kept_for_what_is_not_there(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        event = an_event(gallery)
        async with store.transaction(TENANT) as unit:
            await unit.probes.keep([a_probe(event, gallery, a_template())])
            assert await unit.probes.of(event.id) is None

    async def test_templates_go_with_their_events_and_galleries(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        old, new = an_event(gallery), an_event(gallery, minute=60)
        async with store.transaction(TENANT) as unit:
            await unit.events.add([old, new])
            await unit.probes.keep([a_probe(one, gallery, a_template()) for one in (old, new)])
        async with store.transaction(TENANT) as unit:
            assert await unit.events.purge(gallery.id, new.recorded_at) == 1
        async with store.transaction(TENANT) as unit:
            assert list(await unit.probes.of_all([old.id, new.id])) == [new.id]
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.probes.of(new.id) is None

    @pytest.mark.parametrize("way", ["erase", "forget", "leave"])
    async def test_templates_go_with_their_subject(self, store: Store, way: str) -> None:
        gallery, (subject, other) = await prepared(store, "Ada", "Eva")
        theirs, others = an_event(gallery, subject=subject), an_event(gallery, subject=other)
        async with store.transaction(TENANT) as unit:
            await unit.events.add([theirs, others])
            await unit.probes.keep([a_probe(one, gallery, a_template()) for one in (theirs, others)])
        async with store.transaction(TENANT) as unit:
            if way == "erase":
                await unit.subjects.erase(subject.id)
            elif way == "leave":
                await unit.subjects.join(gallery.id, subject.id)
                await unit.subjects.leave(gallery.id, subject.id)
            else:
                assert await unit.probes.forget(subject.id, gallery.id) == 1
                assert await unit.probes.forget(SubjectId(uuid.uuid4())) == 0
        async with store.transaction(TENANT) as unit:
            assert list(await unit.probes.of_all([theirs.id, others.id])) == [others.id]

    async def test_templates_expire(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        events = [an_event(gallery) for _ in range(3)]
        async with store.transaction(TENANT) as unit:
            await unit.events.add(events)
            await unit.probes.keep(
                [a_probe(one, gallery, a_template(), day=day) for day, one in enumerate(events)]
            )
        async with store.transaction(TENANT) as unit:
            assert await unit.probes.purge(START + timedelta(days=1), limit=1) == 1
            assert await unit.probes.purge(START + timedelta(days=1)) == 1
        async with store.transaction(TENANT) as unit:
            assert list(await unit.probes.of_all([one.id for one in events])) == [events[2].id]


def a_camera_picture(name: str = "door-1", *, minute: int = 0, content: bytes = b"picture") -> CameraPicture:
    return CameraPicture(
        camera=name,
        gallery="staff",
        content=content,
        width_px=640,
        height_px=360,
        blurred=True,
        taken_at=START + timedelta(minutes=minute),
        keep_until=START + timedelta(minutes=minute + 10),
    )


class PicturesContract:
    async def test_only_the_newest_picture_is_there(self, store: Store) -> None:
        old, new = a_camera_picture(), a_camera_picture(minute=1, content=b"newer")
        other = a_camera_picture("door-0")
        async with store.transaction(TENANT) as unit:
            assert await unit.camera_pictures.keep(old)
            assert await unit.camera_pictures.keep(new)
            assert not await unit.camera_pictures.keep(old)
            assert await unit.camera_pictures.keep(other)
        async with store.transaction(TENANT) as unit:
            assert await unit.camera_pictures.of("door-1", START) == new
            assert await unit.camera_pictures.heads(START) == [head_of(other), head_of(new)]
            await unit.camera_pictures.forget("door-1")
            await unit.camera_pictures.forget("door-9")
            assert await unit.camera_pictures.of("door-1", START) is None
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.camera_pictures.of("door-0", START) is None

    async def test_pictures_are_soon_forgotten(self, store: Store) -> None:
        async with store.transaction(TENANT) as unit:
            await unit.camera_pictures.keep(a_camera_picture())
            await unit.camera_pictures.keep(a_camera_picture("door-2", minute=5))
        late = START + timedelta(minutes=10)
        async with store.transaction(TENANT) as unit:
            assert await unit.camera_pictures.of("door-1", late) is None
            assert [one.camera for one in await unit.camera_pictures.heads(late)] == ["door-2"]
            assert await unit.camera_pictures.purge(late) == 1
            assert await unit.camera_pictures.purge(late) == 0
