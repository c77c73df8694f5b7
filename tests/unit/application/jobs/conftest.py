from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field, replace

import pytest

from tests.unit.application.conftest import Bench
from tests.unit.application.fakes import MODEL, WordInference
from visavis.adapters.memory.queue import MemoryQueue
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.jobs.bulk import BulkEnrol
from visavis.application.jobs.classify import Classify
from visavis.application.jobs.classify_tracks import ClassifyTracks
from visavis.application.jobs.looking import Contents
from visavis.application.jobs.overview import JobOverview
from visavis.application.jobs.process import ProcessStream
from visavis.application.jobs.reembed import OtherModel, PlanReembedding, Reembed
from visavis.application.jobs.submit import PROCESS, SubmitJob
from visavis.application.kit import Kit
from visavis.application.ports.events import EventFilter
from visavis.application.ports.jobs import NewItem
from visavis.application.ports.queue import Errand
from visavis.application.ports.store import UnitOfWork
from visavis.application.record_track import RecordTrack
from visavis.application.remember import Remember
from visavis.bootstrap.tracks import track_of
from visavis.domain.errors import FileUnreadable, ModelDown
from visavis.domain.event import Event
from visavis.domain.gallery import Gallery
from visavis.domain.geometry import Size
from visavis.domain.job import ItemKind, Job, JobItem, JobKind, JobOptions
from visavis.domain.sample import Rejection, Sample
from visavis.domain.subject import DEFAULT_TENANT
from visavis.domain.template import ModelIdentity, Template
from visavis.engine.assess import QualityGate

NEW_MODEL = ModelIdentity(family="test", digest="e" * 64, contract="words", dimension=MODEL.dimension)


class Crops:
    """A crop is a picture of one face."""

    async def sample(self, crop: bytes, *, gate: QualityGate) -> Sample | Rejection:
        (found,) = await WordInference().samples(crop, gate=gate)
        return found


class FlakyInference(WordInference):
    """Ends the worker, or is away, where a test says so."""

    down: bool = False
    deadly: bytes = b""

    async def samples(self, given: bytes, *, gate: QualityGate) -> list[Sample | Rejection]:
        if self.down:
            raise ModelDown
        if self.deadly and given == self.deadly:
            raise RuntimeError
        return await super().samples(given, gate=gate)


class NewInference(WordInference):
    """The same faces, another model."""

    model = NEW_MODEL

    async def templates(self, samples: Sequence[Sample], *, flip: bool = False) -> list[Template]:
        made = await super().templates(samples, flip=flip)
        return [
            Template(vector=one.vector, norm=one.norm, model=NEW_MODEL, quality=one.quality) for one in made
        ]


@dataclass
class Folder:
    """The directory of imports."""

    files: dict[str, bytes] = field(default_factory=dict)

    async def read(self, path: str) -> bytes:
        if path not in self.files:
            raise FileUnreadable(f"{path}: not there.")
        return self.files[path]


async def each(items: Sequence[NewItem]) -> AsyncIterator[NewItem]:
    for item in items:
        yield item


def photo(content: bytes, *, label: str = "", subject: str = "", kind: ItemKind = ItemKind.PHOTO) -> NewItem:
    return NewItem(item=JobItem(number=0, kind=kind, label=label, subject=subject), payload=content)


@dataclass
class Shop:
    """Submits jobs and does them, over the bench."""

    bench: Bench
    queue: MemoryQueue
    inference: FlakyInference
    folder: Folder
    submit: SubmitJob
    process: ProcessStream
    jobs: JobOverview
    plan: PlanReembedding

    def put(
        self,
        *items: NewItem,
        kind: JobKind = JobKind.CLASSIFY,
        source: str = "door",
        options: JobOptions | None = None,
    ) -> Job:
        made: Job = self.bench.run(
            self.submit(kind, self.bench.gallery, each(items), source=source, options=options)
        )
        return made

    def work(self) -> int:
        async def perform(errand: Errand) -> None:
            await self.process(errand.key)

        done: int = self.bench.run(self.queue.drain({PROCESS: perform}))
        return done

    def job(self, job: Job) -> Job:
        found: Job = self.bench.run(self.jobs.get(job.id))
        return found

    def items(self, job: Job) -> list[JobItem]:
        return list(self.bench.run(self.jobs.items(job.id)))

    def events(self) -> list[Event]:
        async def page() -> list[Event]:
            async with self.bench.store.transaction(DEFAULT_TENANT) as work:
                unit: UnitOfWork = work
                return await unit.events.page(EventFilter(), after=0, limit=1000)

        found: list[Event] = self.bench.run(page())
        return found


@pytest.fixture
def shop(bench: Bench) -> Shop:
    queue, inference, folder = MemoryQueue(), FlakyInference(), Folder()
    kept = {"store": bench.store, "tenant": DEFAULT_TENANT}
    ledger = bench.enrol.ledger

    async def kits(gallery: Gallery) -> Kit:
        return Kit(
            inference=inference,
            crops=Crops(),
            identify=replace(bench.identify, inference=inference),
            enrol=replace(bench.enrol, inference=inference),
        )

    async def others(gallery: Gallery, pack: str) -> OtherModel:
        crops = Crops() if pack == "alike" else None
        return OtherModel(
            pack=pack, inference=NewInference(), crops=crops, size=lambda data: Size(width=1000, height=100)
        )

    contents = Contents(**kept, imports=folder)
    submit = SubmitJob(**kept, queue=queue, clock=bench.clock, identifiers=RandomIdentifiers(), ledger=ledger)
    handlers = {
        JobKind.CLASSIFY: Classify(
            **kept,
            kits=kits,
            contents=contents,
            remember=Remember(maker=bench.enrol.maker, ledger=ledger),
            record=bench.record,
            tracks=ClassifyTracks(
                **kept,
                record_track=RecordTrack(
                    **kept,
                    record=bench.record,
                    remember=Remember(maker=bench.enrol.maker, ledger=ledger),
                ),
                read=track_of,
                clock=bench.clock,
            ),
            clock=bench.clock,
        ),
        JobKind.ENROL: BulkEnrol(**kept, kits=kits, contents=contents, clock=bench.clock),
        JobKind.REEMBED: Reembed(**kept, others=others, clock=bench.clock, ledger=ledger),
    }
    return Shop(
        bench=bench,
        queue=queue,
        inference=inference,
        folder=folder,
        submit=submit,
        process=ProcessStream(**kept, queue=queue, clock=bench.clock, ledger=ledger, handlers=handlers),
        jobs=JobOverview(**kept, clock=bench.clock, ledger=ledger),
        plan=PlanReembedding(**kept, submit=submit, others=others),
    )
