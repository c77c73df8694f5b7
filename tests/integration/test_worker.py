"""A real worker process on a real database: killed in the middle of its work, nothing is lost and nothing doubled."""

import asyncio
import base64
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.acceptance.conftest import variant
from tests.integration.workers import a_worker
from visavis.adapters.keys.environment import EnvironmentMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.application.ports.events import EventFilter
from visavis.application.ports.jobs import NewItem
from visavis.bootstrap.platform import Platform, install
from visavis.domain.access import local_principal
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.job import ItemKind, Job, JobId, JobItem, JobKind, JobState
from visavis.domain.policy import Policy, Unknowns
from visavis.settings import load_settings

if TYPE_CHECKING:
    from visavis.bootstrap.models import Models

pytestmark = [pytest.mark.anyio, pytest.mark.postgres, pytest.mark.models]

_PATIENCE_S = 120.0
KEY = base64.b64encode(bytes(32)).decode()


@dataclass
class Site:
    """An installation on a database of its own, and worker processes over it."""

    platform: Platform
    environment: dict[str, str]

    def worker(self) -> AbstractContextManager[subprocess.Popen[bytes]]:
        return a_worker(self.environment)

    async def job(self, job_id: JobId) -> Job:
        return await self.platform.jobs.get(job_id)

    async def until(self, job_id: JobId, *, done: int) -> Job:
        """Waits for so many items."""
        end = time.monotonic() + _PATIENCE_S
        while time.monotonic() < end:
            job = await self.job(job_id)
            if job.succeeded + job.failed >= done and (done < job.total or job.state.final):
                return job
            await asyncio.sleep(0.05)
        raise AssertionError(f"not done in time: {await self.job(job_id)}")

    async def events(self) -> list[Event]:
        async with self.platform.store.transaction(self.platform.tenant) as work:
            return await work.events.page(EventFilter(), after=0, limit=10_000)

    async def submit(self, gallery: Gallery, photos: Sequence[bytes], *, source: str) -> Job:
        async def items() -> AsyncIterator[NewItem]:
            for content in photos:
                yield NewItem(item=JobItem(number=0, kind=ItemKind.PHOTO), payload=content)

        return await self.platform.submit(JobKind.CLASSIFY, gallery, items(), source=source)


@pytest.fixture
async def site(migrated_database_url: str, models: "Models", tmp_path: Path) -> AsyncIterator[Site]:
    from psycopg.conninfo import conninfo_to_dict

    parts = {key: str(value) for key, value in conninfo_to_dict(migrated_database_url).items()}
    url = "postgresql://?" + "&".join(f"{key}={value}" for key, value in parts.items())
    environment = os.environ | {
        "VISAVIS_DATABASE__URL": url,
        "VISAVIS_KEYS__MASTER": KEY,
        "VISAVIS_DATA_DIR": str(tmp_path),
        "VISAVIS_JOBS__STALLED_S": "3",
        "VISAVIS_MODELS__DIRECTORY": str(models.directory),
        "VISAVIS_MODELS__PACK": "light",
        "VISAVIS_WORKERS": "2",
    }
    settings = load_settings(data_dir=tmp_path)
    async with PostgresStore(migrated_database_url, EnvironmentMasterKeys(KEY)) as store:
        platform = install(settings, store, models=models).platform(local_principal("test"))
        yield Site(platform=platform, environment=environment)


@pytest.fixture(scope="module")
def faces() -> list[bytes]:
    """Two people by turns, each time lit and cut a little differently."""
    import io

    from PIL import Image

    data = pytest.importorskip("skimage", reason="carries a photograph").data
    matplotlib = pytest.importorskip("matplotlib", reason="carries a photograph")
    hopper = Image.open(Path(matplotlib.get_data_path()) / "sample_data" / "grace_hopper.jpg")
    people = [Image.fromarray(data.astronaut()), hopper.convert("RGB")]
    made = []
    for number in range(20):
        for person in people:
            file = io.BytesIO()
            variant(person, number).save(file, "JPEG", quality=85)
            made.append(file.getvalue())
    return made


async def test_a_killed_worker_loses_nothing_and_doubles_nothing(site: Site, faces: list[bytes]) -> None:
    policy = Policy(unknowns=Unknowns.REMEMBER)
    gallery = await site.platform.create("visitors", pack=site.platform.models.pack("light"), policy=policy)
    jobs = [await site.submit(gallery, faces[:20], source="door") for _ in range(2)]
    jobs.append(await site.submit(gallery, faces[20:], source="gate"))
    for done in (3, 11):
        with site.worker() as worker:
            await site.until(jobs[0].id, done=done)
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    with site.worker():
        for job in jobs:
            ended = await site.until(job.id, done=20)
            assert (ended.state, ended.succeeded) == (JobState.SUCCEEDED, 20)
    events = await site.events()
    assert len(events) == 60
    for source, own in (("door", jobs[:2]), ("gate", jobs[2:])):
        references = [event.reference for event in events if event.source == source]
        assert references == [f"{job.id}:{number}" for job in own for number in range(20)]
    seen: dict[bool, set[object]] = {True: set(), False: set()}
    for event in events:
        seen[int(event.reference.rpartition(":")[2]) % 2 == 0].add(event.subject_id)
    # each human got one identifier, from whichever worker and however often one was killed
    assert len(seen[True]) == len(seen[False]) == 1
    assert seen[True].isdisjoint(seen[False] | {None})
    names = await site.platform.galleries.subjects(gallery)
    assert len(names) == 2


async def test_a_worker_that_is_asked_to_end_finishes_what_it_began(site: Site, faces: list[bytes]) -> None:
    gallery = await site.platform.create("doors", pack=site.platform.models.pack("light"))
    job = await site.submit(gallery, faces, source="door")
    with site.worker() as worker:
        await site.until(job.id, done=1)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
    with site.worker():
        assert (await site.until(job.id, done=40)).succeeded == 40
    assert len(await site.events()) == 40


async def test_videos_are_indexed_once_and_a_bad_one_is_told(
    site: Site, faces: list[bytes], tmp_path: Path
) -> None:
    from tests.acceptance.test_gather import portrait, walk
    from visavis.application.ports.recordings import RecordingFilter

    imports = tmp_path / "imports"
    imports.mkdir()
    (imports / "face.jpg").write_bytes(faces[0])
    walk(imports / "lobby.mp4", [(portrait(imports / "face.jpg"), 0.0)])
    (imports / "broken.mp4").write_bytes(b"no video")
    site.environment["VISAVIS_JOBS__IMPORT_DIR"] = str(imports)
    gallery = await site.platform.create("staff", pack=site.platform.models.pack("light"))

    async def items() -> AsyncIterator[NewItem]:
        for name in ("lobby.mp4", "broken.mp4", "lobby.mp4", "../outside.mp4"):
            yield NewItem(item=JobItem(number=0, kind=ItemKind.PATH, label=name), payload=name.encode())

    job = await site.platform.submit(JobKind.INDEX, gallery, items(), source="lobby")
    with site.worker():
        done = await site.until(job.id, done=4)
    assert (done.succeeded, done.failed) == (2, 2)
    async with site.platform.store.transaction(site.platform.tenant) as work:
        (recording,) = await work.recordings.page(RecordingFilter())
        found = await work.jobs.items(job.id)
    assert (recording.name, recording.source, recording.tracks) == ("lobby.mp4", "lobby", 1)
    assert [item.fault.code if item.fault else "" for item in found] == [
        "",
        "video_unreadable",
        "",
        "file_unreadable",
    ]
    assert [item.result.repeated for item in found if item.result] == [False, True]
