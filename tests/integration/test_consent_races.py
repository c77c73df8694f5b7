"""Enrolling, revoking and erasing one subject at the same moment, on a real database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.unit.application.conftest import ACTOR
from tests.unit.application.fakes import MODEL, WordInference, calibration, picture
from visavis.adapters.index.plain import Float32Index
from visavis.adapters.index.process import ProcessIndexes
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.signing.ed25519 import Ed25519Signer
from visavis.adapters.system.clock import RandomIdentifiers, SystemClock
from visavis.application.associate import Associate
from visavis.application.consent import Consents
from visavis.application.enrol import Enrol
from visavis.application.erase import Erase
from visavis.application.galleries import Galleries
from visavis.application.ledger import Ledger
from visavis.application.making import ReferenceMaker
from visavis.application.receipts import Receipts
from visavis.application.search import GallerySearch
from visavis.application.subjects import Subjects
from visavis.domain.consent import ConsentId
from visavis.domain.errors import ConsentMissing, ConsentNotFound, SubjectNotFound
from visavis.domain.gallery import Purpose
from visavis.domain.policy import Policy
from visavis.domain.sample import Sample
from visavis.domain.subject import DEFAULT_TENANT, ReferenceDetails, ReferenceId, SubjectId, SubjectKind
from visavis.engine.assess import ENROL_GATE

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


async def test_giving_a_face_to_a_subject_whose_consent_ends(store: PostgresStore) -> None:
    kit = {"store": store, "tenant": DEFAULT_TENANT}
    new = {"clock": SystemClock(), "identifiers": RandomIdentifiers()}
    ledger = Ledger(actor=ACTOR, clock=SystemClock())
    receipts = Receipts(**kit, **new, signer=Ed25519Signer(), software="test")
    galleries = Galleries(**kit, **new, ledger=ledger)
    free = await galleries.create("staff", purpose=Purpose.ACCESS, pack="words", model=MODEL, policy=Policy())
    gallery = await galleries.set_policy("staff", Policy(consent="access"))
    subjects = Subjects(**kit, **new, ledger=ledger)
    consents = Consents(**kit, **new, ledger=ledger, receipts=receipts)
    associate = Associate(**kit, **new, ledger=ledger)
    maker = ReferenceMaker(**new)
    (sample,) = await WordInference().samples(picture("Ada"), gate=ENROL_GATE)
    assert isinstance(sample, Sample)
    (template,) = await WordInference().templates([sample])

    async def giving(subject_id: SubjectId, faces: list[ReferenceId]) -> None:
        with suppress(ConsentMissing, SubjectNotFound):
            await associate(gallery, subject_id, faces, calibration=calibration(), fmr=0.01)

    async def ending(consent_id: ConsentId) -> None:
        await asyncio.sleep(0.003)
        await consents.revoke(consent_id)

    for _ in range(15):
        ada = await subjects.create("Ada", [gallery])
        consent = await consents.grant("Ada", purpose="access", text_version="1")
        nobody = await subjects.create("face", [gallery], kind=SubjectKind.FACE)
        face = maker.reference(free, nobody.id, template, photo=b"", details=ReferenceDetails())
        async with store.transaction(DEFAULT_TENANT) as work:
            await work.references.add([face])
        await asyncio.gather(*(giving(ada.id, [face.id]) for _ in range(3)), ending(consent.id))
        async with store.transaction(DEFAULT_TENANT) as work:
            assert await work.subjects.find("Ada") is None
            assert await work.references.of_subjects(gallery.id, [ada.id]) == {}
            if await work.subjects.find("face"):
                await work.subjects.erase(nobody.id)
