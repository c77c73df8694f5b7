"""The store contract over memory and PostgreSQL."""

import pytest

from tests.contract.making import TENANT, a_reference
from tests.contract.store_audit import AuditContract
from tests.contract.store_consents import ConsentsContract
from tests.contract.store_events import EventsContract
from tests.contract.store_galleries import GalleriesContract
from tests.contract.store_members import MembersContract
from tests.contract.store_reference_pages import ReferencePagesContract
from tests.contract.store_references import ReferencesContract, prepared
from tests.contract.store_samples import SamplesContract
from tests.contract.store_subjects import SubjectsContract
from tests.contract.store_transactions import TransactionsContract
from tests.contract.stores import OverMemory, OverPostgres
from visavis.application.ports.store import Store
from visavis.application.ports.upkeep import Upkeep

pytestmark = pytest.mark.anyio


class UpkeepContract:
    async def test_counts_what_there_is_and_survives_a_rotation(self, store: Store, upkeep: Upkeep) -> None:
        gallery, (ada, _) = await prepared(store, "Ada", "Bob")
        async with store.transaction(TENANT) as unit:
            await unit.references.add([a_reference(gallery, ada), a_reference(gallery, ada)])
            before = await unit.references.fingerprint(b"photo")
        await upkeep.rotate(TENANT, progress=lambda done, total: None)
        await upkeep.rewrap(TENANT)
        health = await upkeep.check(TENANT)
        assert (health.galleries, health.subjects, health.references) == (1, 2, 2)
        assert health.key_problem is None
        async with store.transaction(TENANT) as unit:
            assert len((await unit.references.of_subjects(gallery.id, [ada.id]))[ada.id]) == 2
            assert await unit.references.fingerprint(b"photo") == before


class StoreContract(
    GalleriesContract,
    SubjectsContract,
    MembersContract,
    ReferencesContract,
    ReferencePagesContract,
    SamplesContract,
    EventsContract,
    ConsentsContract,
    AuditContract,
    TransactionsContract,
    UpkeepContract,
):
    @pytest.fixture
    def upkeep(self, store: Upkeep) -> Upkeep:
        return store


class TestMemoryStore(OverMemory, StoreContract):
    pass


class TestPostgresStore(OverPostgres, StoreContract):
    pass
