import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.unit.application.fakes import MODEL, WordInference, calibration
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.memory.store import MemoryStore
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.enrol import Enrol
from visavis.application.erase import Erase
from visavis.application.galleries import Galleries
from visavis.application.identify import Identify
from visavis.application.import_descriptors import ImportDescriptors
from visavis.application.search import GallerySearch
from visavis.application.verify import Verify, VerifySubject
from visavis.domain.gallery import Gallery, Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT


@dataclass
class Bench:
    """The use cases over memory, with a gallery called `staff`."""

    store: MemoryStore
    galleries: Galleries
    enrol: Enrol
    identify: Identify
    verify: Verify
    verify_subject: VerifySubject
    erase: Erase
    import_descriptors: ImportDescriptors
    gallery: Gallery
    run: Callable[[Coroutine[Any, Any, Any]], Any]

    def another_process(self) -> Identify:
        """Searching over the same store, with an index of its own."""
        search = GallerySearch(store=self.store, tenant=DEFAULT_TENANT, new_index=Float32Index)
        return replace(self.identify, search=search)


@pytest.fixture
def bench() -> Bench:
    loop = asyncio.new_event_loop()
    store = MemoryStore()
    inference = WordInference()
    search = GallerySearch(store=store, tenant=DEFAULT_TENANT, new_index=Float32Index)
    galleries = Galleries(
        store=store, tenant=DEFAULT_TENANT, clock=SystemClock(), identifiers=RandomIdentifiers()
    )
    gallery = loop.run_until_complete(
        galleries.create("staff", purpose=Purpose.GENERAL, pack="words", model=MODEL, policy=Policy())
    )
    yield Bench(
        store=store,
        galleries=galleries,
        enrol=Enrol(
            store=store,
            tenant=DEFAULT_TENANT,
            inference=inference,
            search=search,
            calibration=calibration(),
            clock=SystemClock(),
            identifiers=RandomIdentifiers(),
        ),
        identify=Identify(inference=inference, search=search, calibration=calibration()),
        verify=Verify(inference=inference, calibration=calibration(), policy=Policy()),
        verify_subject=VerifySubject(
            store=store, tenant=DEFAULT_TENANT, inference=inference, calibration=calibration()
        ),
        erase=Erase(store=store, tenant=DEFAULT_TENANT),
        import_descriptors=ImportDescriptors(
            store=store, tenant=DEFAULT_TENANT, clock=SystemClock(), identifiers=RandomIdentifiers()
        ),
        gallery=gallery,
        run=loop.run_until_complete,
    )
    loop.close()
