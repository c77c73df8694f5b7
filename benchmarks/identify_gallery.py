"""The gallery that identify.py searches, and the process beside it that enrols and erases."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.bootstrap.library import Engine
from visavis.bootstrap.local import open_platform
from visavis.bootstrap.platform import Platform
from visavis.domain.decision import Calibration
from visavis.domain.errors import VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT, Reference, ReferenceId, Subject, SubjectId
from visavis.domain.template import ModelIdentity, Template
from visavis.settings import Settings, load_settings

Matrix = NDArray[np.float32]
GALLERY = "benchmark"
EACH = 3  #: references of a subject


@dataclass(frozen=True, kw_only=True)
class People:
    """Per subject the vectors of its references, (subjects, EACH, dimension), and one probe of each."""

    references: Matrix
    probes: Matrix


def unit(values: NDArray[np.floating]) -> Matrix:
    return np.asarray(values / np.linalg.norm(values, axis=-1, keepdims=True), np.float32)


def synthetic(seed: int, subjects: int, dimension: int) -> People:
    """Samples at a cosine of 0.70 to 0.93 from their subject's centre, and weights between 0.85 and 1.2."""
    rng = np.random.default_rng(seed)
    falloff = np.exp(-np.arange(dimension) / 52.0).astype(np.float32)

    def directions(*shape: int) -> Matrix:
        return unit(rng.standard_normal((*shape, dimension), dtype=np.float32) * falloff)

    centres = directions(subjects)[:, None, :]
    near = rng.uniform(0.70, 0.93, (subjects, EACH + 1, 1)).astype(np.float32)
    noise = directions(subjects, EACH + 1)
    noise = unit(noise - (noise * centres).sum(axis=-1, keepdims=True) * centres)
    weights = rng.uniform(0.85, 1.2, near.shape).astype(np.float32)
    samples = unit(near * centres + np.sqrt(1 - near**2) * noise) * weights
    return People(references=samples[:, :EACH], probes=samples[:, EACH])


def photographed(folder: Path, most: int) -> tuple[list[list[Template]], list[Template]]:
    """Templates of people with two photos or more: the last one of each is the probe."""
    engine, references, probes = Engine(), [], []
    for place in sorted(folder.iterdir()):
        found = []
        for photo in sorted(place.iterdir())[: EACH + 1]:
            try:
                found.append(engine.template(photo, largest=True))
            except VisavisError:
                continue
        if len(found) > 1:
            references.append(found[:-1])
            probes.append(found[-1])
        if len(probes) == most:
            break
    return references, probes


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Platform, Gallery, Calibration]]:
    async with open_platform(settings) as platform:
        try:
            gallery = await platform.galleries.get(GALLERY)
        except VisavisError:
            policy = Policy()
            gallery = await platform.create(GALLERY, pack=platform.models.pack(None), policy=policy)
        yield platform, gallery, platform.models.pack(gallery.pack).calibration(gallery.policy.measure)


def template(vector: Matrix, model: ModelIdentity) -> Template:
    return Template(vector=np.ascontiguousarray(vector), norm=20.0, model=model)


async def keep(
    platform: Platform, gallery: Gallery, people: Sequence[tuple[str, Sequence[Template]]]
) -> None:
    """One transaction."""
    now = datetime.now(UTC)
    async with platform.store.transaction(DEFAULT_TENANT) as work:
        references = []
        for name, templates in people:
            subject = Subject(id=SubjectId(uuid.uuid4()), name=name, created_at=now)
            await work.subjects.add(subject)
            references += [
                Reference(
                    id=ReferenceId(uuid.uuid4()),
                    subject_id=subject.id,
                    gallery_id=gallery.id,
                    template=one,
                    photo=b"",
                    created_at=now,
                )
                for one in templates
            ]
        await work.references.add(references)


async def fill(settings: Settings, subjects: int, photos: Path | None, most: int) -> float:
    """Seconds in the store. Run in a process of its own, so that the measured one starts with nothing."""
    references, probes = photographed(photos, most) if photos else ([], [])
    async with opened(settings) as (platform, gallery, _):
        people = synthetic(1, subjects - len(probes), gallery.model.dimension)
        named = [(f"real {number}", one) for number, one in enumerate(references)]
        named += [
            (f"subject {number}", [template(vector, gallery.model) for vector in vectors])
            for number, vectors in enumerate(people.references)
        ]
        started = time.perf_counter()
        for start in range(0, len(named), 500):
            await keep(platform, gallery, named[start : start + 500])
    real = np.stack([one.vector for one in probes]) if probes else people.probes[:0]
    np.savez(settings.data_dir / "probes.npz", real=real, synthetic=people.probes)
    return time.perf_counter() - started


def fill_apart(data_dir: str, subjects: int, photos: Path | None, most: int) -> float:
    return asyncio.run(fill(load_settings(data_dir=Path(data_dir)), subjects, photos, most))


def partner(data_dir: str, line: Connection) -> None:
    """The other process: enrols and erases when told, and answers when it began and when it had ended."""

    async def work() -> None:
        async with opened(load_settings(data_dir=Path(data_dir))) as (platform, gallery, _):
            line.send(None)
            while (order := line.recv()) is not None:
                name, vectors = order
                began = time.monotonic()
                if vectors is None:
                    await platform.erase(name)
                else:
                    await keep(platform, gallery, [(name, [template(v, gallery.model) for v in vectors])])
                line.send((began, time.monotonic()))

    asyncio.run(work())
