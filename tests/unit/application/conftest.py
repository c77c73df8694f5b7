import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.unit.application.fakes import MODEL, WordInference, calibration
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.signing.ed25519 import Ed25519Signer
from visavis.adapters.system.clock import RandomIdentifiers
from visavis.application.audit import Audit
from visavis.application.consent import Consents
from visavis.application.enrol import Enrol
from visavis.application.erase import Erase
from visavis.application.export_subject import ExportSubject
from visavis.application.galleries import Galleries
from visavis.application.identify import Identify
from visavis.application.import_descriptors import ImportDescriptors
from visavis.application.index_faces import IndexFaces
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.receipts import Receipts
from visavis.application.record import Record
from visavis.application.references import References
from visavis.application.retain import Retain
from visavis.application.search import GallerySearch
from visavis.application.subjects import Subjects
from visavis.application.verify import Verify, VerifySubject
from visavis.domain.access import Actor, ActorKind
from visavis.domain.audit import AuditEntry
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.geometry import Size
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT

ACTOR = Actor(kind=ActorKind.LOCAL, id="uid-1")


@dataclass
class Hands:
    """A clock that is turned by hand."""

    at: datetime = field(default_factory=lambda: datetime(2026, 1, 1, tzinfo=UTC))

    def now(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Bench:
    """The use cases over memory, with a gallery called `staff`."""

    store: MemoryStore
    clock: Hands
    galleries: Galleries
    subjects: Subjects
    references: References
    enrol: Enrol
    index_faces: IndexFaces
    identify: Identify
    verify: Verify
    verify_subject: VerifySubject
    record: Record
    erase: Erase
    consents: Consents
    receipts: Receipts
    retain: Retain
    audit: Audit
    export_subject: ExportSubject
    import_descriptors: ImportDescriptors
    gallery: Gallery
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def another_process(self) -> Identify:
        """Searching over the same store, with an index of its own."""
        search = GallerySearch(
            store=self.store,
            tenant=DEFAULT_TENANT,
            indexes=ProcessIndexes(Float32Index),
            now=self.clock.now,
        )
        return replace(self.identify, search=search)

    def entries(self) -> list[AuditEntry]:
        """The audit log."""
        found: list[AuditEntry] = self.run(self.audit.page(limit=10_000))
        return found

    def policy(self, **changes: Any) -> None:
        """Changes the policy of the gallery."""
        policy = replace(self.gallery.policy, **changes)
        self.gallery = self.run(self.galleries.set_policy(self.gallery.name, policy))


@pytest.fixture
def bench() -> Iterator[Bench]:
    loop = asyncio.new_event_loop()
    yield loop.run_until_complete(made(loop.run_until_complete))
    loop.close()


async def made(run: Callable[[Coroutine[Any, Any, Any]], Any]) -> Bench:
    """Everything, over an empty store."""
    store, clock, inference = MemoryStore(), Hands(), WordInference()
    kept: dict[str, Any] = {"store": store, "tenant": DEFAULT_TENANT}
    ledger = Ledger(actor=ACTOR, clock=clock)
    new: dict[str, Any] = {"clock": clock, "identifiers": RandomIdentifiers()}
    maker = ReferenceMaker(**new, size=lambda data: Size(width=1000, height=100))
    signing: dict[str, Any] = {"signer": Ed25519Signer(), "software": "visavis test"}
    receipts = Receipts(**kept, **new, **signing)
    search = GallerySearch(**kept, indexes=ProcessIndexes(Float32Index), now=clock.now)
    galleries = Galleries(**kept, **new, ledger=ledger)
    looking: dict[str, Any] = {"inference": inference, "calibration": calibration()}
    return Bench(
        store=store,
        clock=clock,
        galleries=galleries,
        subjects=Subjects(**kept, **new, ledger=ledger),
        references=References(**kept, ledger=ledger, clock=clock),
        enrol=Enrol(**kept, **looking, search=search, ledger=ledger, maker=maker),
        index_faces=IndexFaces(**kept, **looking, ledger=ledger, maker=maker),
        identify=Identify(**looking, search=search),
        verify=Verify(**looking, policy=Policy()),
        verify_subject=VerifySubject(**kept, **looking, clock=clock),
        record=Record(**kept, **new, ledger=ledger, software="visavis test"),
        erase=Erase(**kept, ledger=ledger, receipts=receipts),
        consents=Consents(**kept, **new, ledger=ledger, receipts=receipts),
        receipts=receipts,
        retain=Retain(**kept, ledger=ledger, receipts=receipts, clock=clock),
        audit=Audit(**kept, **signing, ledger=ledger, clock=clock),
        export_subject=ExportSubject(**kept, ledger=ledger),
        import_descriptors=ImportDescriptors(**kept, **new, ledger=ledger),
        gallery=await galleries.create(
            "staff", purpose=Purpose.GENERAL, pack="words", model=MODEL, policy=Policy()
        ),
        run=run,
    )
