"""Enrolling, revoking and erasing one subject at the same moment, on a real database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.unit.application.conftest import ACTOR
from tests.unit.application.fakes import MODEL, WordInference, calibration, picture
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.signing.ed25519 import Ed25519Signer
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.consent import Consents
from visavis.application.enrol import Enrol
from visavis.application.erase import Erase
from visavis.application.galleries import Galleries
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.receipts import Receipts
from visavis.application.search import GallerySearch
from visavis.application.subjects import Subjects
from visavis.domain.errors import ConsentMissing, ConsentNotFound, SubjectNotFound
from visavis.domain.gallery import Purpose
from visavis.domain.policy import Policy
from visavis.domain.subject import DEFAULT_TENANT

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


@pytest.fixture
async def store(migrated_database_url: str) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as store:
        yield store


@pytest.mark.parametrize("erase", [False, True], ids=["revoke", "erase"])
async def test_nothing_is_left_without_consent_and_nobody_waits_for_ever(
    store: PostgresStore, erase: bool
) -> None:
    kit = {"store": store, "tenant": DEFAULT_TENANT}
    new = {"clock": SystemClock(), "identifiers": RandomIdentifiers()}
    ledger = Ledger(actor=ACTOR, clock=SystemClock())
    receipts = Receipts(**kit, **new, signer=Ed25519Signer(), software="test")
    gallery = await Galleries(**kit, **new, ledger=ledger).create(
        "staff", purpose=Purpose.ACCESS, pack="words", model=MODEL, policy=Policy(consent="access")
    )
    subjects = Subjects(**kit, **new, ledger=ledger)
    consents = Consents(**kit, **new, ledger=ledger, receipts=receipts)
    enrol = Enrol(
        **kit,
        inference=WordInference(),
        search=GallerySearch(**kit, indexes=ProcessIndexes(Float32Index)),
        calibration=calibration(),
        ledger=ledger,
        maker=ReferenceMaker(**new),
    )
    eraser = Erase(**kit, ledger=ledger, receipts=receipts)

    async def enrolling(seed: int) -> None:
        try:
            await enrol(gallery, "Ada", [("x", picture("Ada", seed=seed))])
        except (ConsentMissing, SubjectNotFound):
            return

    async def ending(consent_id: object) -> None:
        await asyncio.sleep(0.005)
        try:
            await (eraser("Ada") if erase else consents.revoke(consent_id))
        except (SubjectNotFound, ConsentNotFound):
            return

    for turn in range(12):
        await subjects.create("Ada", [gallery])
        consent = await consents.grant("Ada", purpose="access", text_version="1")
        await asyncio.gather(*(enrolling(turn * 10 + n) for n in range(4)), ending(consent.id))
        async with store.transaction(DEFAULT_TENANT) as work:
            assert await work.references.count(gallery.id) == 0
            assert await work.subjects.find("Ada") is None
