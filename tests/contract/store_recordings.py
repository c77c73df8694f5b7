"""What every store promises about indexed recordings."""

import uuid
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from tests.contract.making import MODEL, OTHER_MODEL, OTHER_TENANT, START, TENANT, a_template
from tests.contract.store_references import prepared
from visavis.application.ports.recordings import RecordingFilter
from visavis.application.ports.store import Store
from visavis.domain.errors import AlreadyExists, GalleryNotFound, ModelMismatch, RecordingNotFound
from visavis.domain.gallery import Gallery
from visavis.domain.recording import RecordedTrack, Recording, RecordingId

ANY = RecordingFilter()


def a_recording(gallery: Gallery, *, began: datetime = START, source: str = "lobby") -> Recording:
    return Recording(
        id=RecordingId(uuid.uuid4()),
        gallery_id=gallery.id,
        gallery=gallery.name,
        name="lobby é.mp4",
        location="/videos/lobby é.mp4",
        sha256=uuid.uuid4().hex + uuid.uuid4().hex,
        size=2**40,
        duration_s=60.04,
        started_at=began,
        source=source,
        site="HQ",
        zone="door",
        model=gallery.model,
        rate=5.0,
        tracks=3,
        added_at=START + timedelta(days=1),
        added_by="user:1",
        software="visavis 1",
        keep_until=START + timedelta(days=31),
    )


def a_track(number: int) -> RecordedTrack:
    return RecordedTrack(
        number=number,
        first_s=1.5 + number,
        last_s=4.25 + number,
        best_s=2.0 + number,
        frames=9,
        box=(10.5, 20.0, 64.0, 80.25),
        template=a_template(),
    )


async def kept(store: Store, recording: Recording, count: int = 3) -> list[RecordedTrack]:
    tracks = [a_track(number) for number in range(count)]
    async with store.transaction(TENANT) as unit:
        await unit.recordings.add(recording, tracks)
    return tracks


class RecordingsContract:
    async def test_a_recording_comes_back_with_its_tracks(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        recording = a_recording(gallery)
        tracks = await kept(store, recording)
        async with store.transaction(TENANT) as unit:
            assert await unit.recordings.get(recording.id) == recording
            batches = [batch async for batch in unit.recordings.tracks(recording.id, batch=2)]
        assert [len(batch) for batch in batches] == [2, 1]
        for before, after in zip(tracks, [track for batch in batches for track in batch], strict=True):
            assert (after.number, after.first_s, after.last_s, after.best_s, after.frames, after.box) == (
                before.number,
                before.first_s,
                before.last_s,
                before.best_s,
                before.frames,
                before.box,
            )
            np.testing.assert_array_equal(after.template.vector, before.template.vector)
            assert after.template.model == MODEL

    async def test_the_same_content_is_kept_once_in_a_gallery(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        recording = a_recording(gallery)
        await kept(store, recording)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(AlreadyExists):
                await unit.recordings.add(replace(recording, id=RecordingId(uuid.uuid4())), [])

    async def test_it_fits_the_gallery_and_its_model(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(ModelMismatch):
                await unit.recordings.add(replace(a_recording(gallery), model=OTHER_MODEL), [])
        async with store.transaction(TENANT) as unit:
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(GalleryNotFound):
                await unit.recordings.add(a_recording(gallery), [])

    async def test_pages_are_in_the_order_of_time(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        some = [a_recording(gallery, began=START + timedelta(hours=h), source=f"c{h % 2}") for h in (3, 1, 2)]
        for one in some:
            await kept(store, one, 0)
        third, first, second = some
        async with store.transaction(TENANT) as unit:
            pages = unit.recordings.page
            assert await pages(ANY) == [first, second, third]
            assert await pages(ANY, after=first.id, limit=1) == [second]
            assert await pages(RecordingFilter(source="c1")) == [first, third]
            assert await pages(RecordingFilter(until=second.started_at)) == [first]
            assert await pages(RecordingFilter(since=first.ended_at + timedelta(seconds=1))) == [
                second,
                third,
            ]
            assert await pages(RecordingFilter(ids=(third.id,))) == [third]
            assert await pages(RecordingFilter(galleries=frozenset({"another"}))) == []
            assert await pages(RecordingFilter(sha256=first.sha256, site="HQ", zone="door")) == [first]

    async def test_they_belong_to_their_tenant_and_go_with_their_gallery(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        recording = a_recording(gallery)
        await kept(store, recording)
        async with store.transaction(OTHER_TENANT) as unit:
            assert await unit.recordings.page(ANY) == []
            with pytest.raises(RecordingNotFound):
                await unit.recordings.remove(recording.id)
        async with store.transaction(TENANT) as unit:
            await unit.galleries.remove(gallery.id)
        async with store.transaction(TENANT) as unit:
            with pytest.raises(RecordingNotFound):
                await unit.recordings.get(recording.id)

    async def test_what_is_removed_is_gone_with_its_tracks(self, store: Store) -> None:
        gallery, _ = await prepared(store)
        recording, later = a_recording(gallery), replace(a_recording(gallery), keep_until=None)
        await kept(store, recording)
        await kept(store, later)
        async with store.transaction(TENANT) as unit:
            assert await unit.recordings.expired(START + timedelta(days=31)) == []
            assert await unit.recordings.expired(START + timedelta(days=32)) == [recording.id]
            await unit.recordings.remove(recording.id)
        async with store.transaction(TENANT) as unit:
            assert await unit.recordings.page(ANY) == [later]
            assert [batch async for batch in unit.recordings.tracks(recording.id)] == []
