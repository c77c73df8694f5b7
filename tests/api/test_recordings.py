"""Recorded video over HTTP: listed, searched, forgotten, and by whom."""

import hashlib
import io
import json
import uuid
import zipfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from tests.api.serving import Served
from tests.contract.making import START
from visavis.domain.access import Permission
from visavis.domain.recording import RecordedTrack, Recording, RecordingId
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = [pytest.mark.anyio, pytest.mark.models]
SEARCH = "/v1/galleries/staff/recordings/search"


@pytest.fixture
def faces(portraits: Path) -> dict[str, bytes]:
    return {name: (portraits / f"{name}.jpg").read_bytes() for name in ("obama", "obama2", "biden")}


async def recorded(served: Served, pictures: list[bytes], *, gallery: str = "staff") -> Recording:
    """A recording in which each of them appears for two seconds, one after the other."""
    platform = served.platform()
    place = await platform.create(gallery, pack=platform.models.pack("standard"))
    tracks = []
    for number, picture in enumerate(pictures):
        template, _ = await platform.photo_probe(place, [picture])
        first = 10.0 * number
        tracks.append(
            RecordedTrack(
                number=number,
                first_s=first,
                last_s=first + 2,
                best_s=first + 1,
                frames=10,
                box=(1.0, 2.0, 30.0, 40.0),
                template=template,
            )
        )
    recording = Recording(
        id=RecordingId(uuid.uuid4()),
        gallery_id=place.id,
        gallery=gallery,
        name="lobby.mp4",
        location="/nowhere/lobby.mp4",
        sha256="0" * 64,
        size=1,
        duration_s=60.0,
        started_at=START,
        source="lobby",
        model=place.model,
        rate=5.0,
        tracks=len(tracks),
        added_at=START,
        added_by="local:1",
        software="test",
    )
    async with served.store.transaction(DEFAULT_TENANT) as work:
        await work.recordings.add(recording, tracks)
    return recording


async def test_a_photo_is_found_in_its_time_only(recognising: Served, faces: dict[str, bytes]) -> None:
    recording = await recorded(recognising, [faces["biden"], faces["obama"]])
    files = {"image": ("a.jpg", faces["obama2"])}
    async with recognising.client(await recognising.key()) as client:
        found = (await client.post(SEARCH, files=files, params={"case": "17"})).json()
        best = found["hits"][0]
        assert (best["outcome"], best["track"], best["first_s"]) == ("match", 1, 10.0)
        assert best["recording_id"] == str(recording.id)
        assert found["hits"][1]["outcome"] == "non_match"
        assert (found["searched"], found["recordings"]) == (2, 1)
        early = {"until": (START + timedelta(seconds=5)).isoformat()}
        found = (await client.post(SEARCH, files=files, params=early)).json()
        assert [hit["track"] for hit in found["hits"]] == [0]
        assert (await client.post(SEARCH)).status_code == 415
        unknown = await client.post(SEARCH, params={"subject": "nobody"})
        assert (unknown.status_code, unknown.json()["code"]) == (404, "subject_not_found")
        entries = (await client.get("/v1/audit")).json()["entries"]
        noted = [one["action"] for one in entries if one["action"].startswith("recording")]
        assert noted[-1] == "recording.searched"
        listed = (await client.get("/v1/recordings", params={"camera": "lobby"})).json()["recordings"]
        assert [one["id"] for one in listed] == [str(recording.id)]
        path = f"/v1/recordings/{recording.id}"
        assert (await client.get(path)).json()["name"] == "lobby.mp4"
        assert (await client.delete(path)).status_code == 200
        assert (await client.get(path)).status_code == 404
        assert (await client.post(SEARCH, files=files)).json()["hits"] == []


async def test_who_may_not_use_the_gallery_sees_nothing(recognising: Served, faces: dict[str, bytes]) -> None:
    recording = await recorded(recognising, [faces["biden"]])
    other = await recognising.key(galleries=frozenset({"guests"}))
    async with recognising.client(other) as client:
        assert (await client.get("/v1/recordings")).json()["recordings"] == []
        assert (await client.get(f"/v1/recordings/{recording.id}")).status_code == 404
        assert (await client.delete(f"/v1/recordings/{recording.id}")).status_code == 404
        assert (await client.post(SEARCH, files={"image": ("a.jpg", faces["biden"])})).status_code == 403
    reader = await recognising.key(frozenset({Permission.RECORDINGS_SEARCH}))
    async with recognising.client(reader) as client:
        assert (await client.delete(f"/v1/recordings/{recording.id}")).status_code == 403


async def test_recordings_of_another_model_are_told_not_searched(
    recognising: Served, faces: dict[str, bytes]
) -> None:
    recording = await recorded(recognising, [faces["biden"]])
    platform = recognising.platform()
    classic = platform.models.pack("classic")
    async with recognising.store.transaction(DEFAULT_TENANT) as work:
        await work.galleries.replace_model(recording.gallery_id, pack="classic", model=classic.embedder.model)
    recognising.service.installation.forget_gallery(DEFAULT_TENANT, "staff")
    async with recognising.client(await recognising.key()) as client:
        found = (await client.post(SEARCH, files={"image": ("a.jpg", faces["biden"])})).json()
    assert (found["hits"], found["skipped"]) == ([], [str(recording.id)])


async def test_a_video_is_indexed_later(recognising: Served) -> None:
    platform = recognising.platform()
    await platform.create("staff", pack=platform.models.pack("standard"))
    body = {"path": "nvr/lobby.mp4", "started_at": START.isoformat(), "camera": "lobby", "keep_days": 30}
    async with recognising.client(await recognising.key()) as client:
        answer = await client.post("/v1/galleries/staff/recordings", json=body)
        assert answer.status_code == 202
        job = (await client.get(answer.headers["location"])).json()
        assert (job["kind"], job["total"], job["state"]) == ("index", 1, "queued")
        bad = await client.post("/v1/galleries/staff/recordings", json=body | {"rate": 0})
        assert bad.status_code == 422
    kept = await platform.jobs.get(uuid.UUID(job["id"]))  # type: ignore[arg-type]
    assert replace(kept.options, rate=5.0).keep_days == 30


async def test_a_still_and_a_report_come_with_proof(
    recognising: Served, faces: dict[str, bytes], tmp_path: Path
) -> None:
    recording = await recorded(recognising, [faces["biden"], faces["obama"]])
    async with recognising.client(await recognising.key()) as client:
        gone = await client.get(f"/v1/recordings/{recording.id}/tracks/1/still")
        assert (gone.status_code, gone.json()["code"]) == (404, "still_not_found")
        assert (await client.get(f"/v1/recordings/{recording.id}/tracks/7/still")).status_code == 404
        film = filmed(faces["obama"], tmp_path / "lobby.mp4")
        there = replace(
            recording,
            id=RecordingId(uuid.uuid4()),
            location=str(film),
            size=film.stat().st_size,
            sha256=hashlib.sha256(film.read_bytes()).hexdigest(),
        )
        async with recognising.store.transaction(DEFAULT_TENANT) as work:
            tracks = [one async for batch in work.recordings.tracks(recording.id) for one in batch]
            await work.recordings.add(there, [replace(one, first_s=0.0, best_s=0.1) for one in tracks])
        still = await client.get(f"/v1/recordings/{there.id}/tracks/1/still")
        assert (still.headers["content-type"], still.content[:2]) == ("image/jpeg", b"\xff\xd8")
        files = {"image": ("a.jpg", faces["obama2"])}
        report = await client.post("/v1/galleries/staff/recordings/report", files=files, params={"limit": 2})
        assert report.status_code == 200
        with zipfile.ZipFile(io.BytesIO(report.content)) as archive:
            names = archive.namelist()
            assert (names[:2], len(names)) == (["index.html", "report.json"], 3)
            signed = json.loads(archive.read("report.json"))
        told = json.loads(signed["document"])
        assert {one["unchanged"] for one in told["recordings"]} == {True, None}
        assert sum(hit["still"] != "" for hit in told["hits"]) == 1
        assert "recording.shown" in {one["action"] for one in told["custody"]}
    other = await recognising.key(galleries=frozenset({"guests"}))
    async with recognising.client(other) as client:
        assert (await client.get(f"/v1/recordings/{there.id}/tracks/1/still")).status_code == 404


def filmed(picture: bytes, target: Path) -> Path:
    """Half a second of it."""
    pixels = cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_COLOR)
    assert pixels is not None
    frame = av.VideoFrame.from_ndarray(np.asarray(cv2.resize(pixels, (320, 320)), np.uint8), format="bgr24")
    with av.open(str(target), "w") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 320, "yuv420p"
        for _ in range(5):
            for packet in stream.encode(frame):
                container.mux(packet)
        for packet in stream.encode():
            container.mux(packet)
    return target
