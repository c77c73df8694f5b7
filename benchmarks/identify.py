"""1:N search through the whole product: PostgreSQL, encryption, index, confirmation.

    python benchmarks/identify.py --references 100000 --photos ../shared/data/lfw-dev/images

Fills a gallery of an embedded database, three references for each subject: synthetic ones that share a few
dominant directions (see benchmarks/index.py) and carry the weights and spread of real templates, and, with
--photos, people from a folder of folders. Then one process opens the gallery and searches it, while another one
enrols and erases. float32 means a numpy matrix product over the same rows (references and their means), in the
same run on one thread. Prints a table to the standard error and JSON to the output.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import shutil
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from visavis.adapters.index.exact import ExactIndex
from visavis.application.search import GallerySearch
from visavis.bootstrap.library import Engine
from visavis.bootstrap.local import open_platform
from visavis.bootstrap.platform import Platform
from visavis.domain.decision import Calibration
from visavis.domain.errors import VisavisError
from visavis.domain.gallery import Gallery
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT, Reference, ReferenceId, Subject, SubjectId
from visavis.domain.template import ModelIdentity, Template, fuse
from visavis.settings import Settings, load_settings

Matrix = NDArray[np.float32]
GALLERY = "benchmark"
EACH = 3  #: references of a subject
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")


@dataclass(kw_only=True)
class Report:
    """Times in ms unless said; ratios are numpy's float32 product over ours: above 1 is faster than it."""

    references: int
    subjects: int
    rows: int
    dimension: int
    fill_s: float = 0.0
    start_s: float = 0.0
    start_us_per_reference: float = 0.0
    memory_mb: float = 0.0
    float32_mb: float = 0.0
    memory_ratio: float = 0.0
    codes_ratio: float = 0.0
    float32_ms: float = 0.0
    propose_ms: float = 0.0
    propose_ratio: float = 0.0
    search_p50_ms: float = 0.0
    search_p95_ms: float = 0.0
    probes: int = 0
    probes_above: int = 0
    threshold: float = 0.0
    recall_above: float = 0.0
    recall_all: float = 0.0
    largest_score_error: float = 0.0
    real: dict[str, float] = field(default_factory=dict)
    exchanges: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class People:
    """Per subject the vectors of its references, (subjects, EACH, dimension), and one probe of each."""

    references: Matrix
    probes: Matrix


def unit(values: Matrix) -> Matrix:
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


async def keep(platform: Platform, gallery: Gallery, people: Sequence[tuple[str, Sequence[Template]]]) -> None:
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


async def fill(settings: Settings, people: People, real: Sequence[Sequence[Template]]) -> float:
    started = time.perf_counter()
    async with opened(settings) as (platform, gallery, _):
        named: list[tuple[str, Sequence[Template]]] = [(f"real {n}", one) for n, one in enumerate(real)]
        named += [
            (f"subject {number}", [template(vector, gallery.model) for vector in vectors])
            for number, vectors in enumerate(people.references)
        ]
        for start in range(0, len(named), 500):
            await keep(platform, gallery, named[start : start + 500])
    return time.perf_counter() - started
