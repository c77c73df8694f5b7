"""Reading the vectors of a gallery while its keys change, and over more than a page."""

import numpy as np
import pytest

from tests.contract.making import TENANT, a_reference
from tests.contract.store_references import prepared
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.sealing import Place
from visavis.adapters.postgres.store import PostgresStore, PostgresUnit
from visavis.adapters.postgres.vectors import _RECORDS, ROWS, GalleryVectors, _opened
from visavis.domain.gallery import Gallery

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]


def reading(unit: PostgresUnit, masters: MemoryMasterKeys, gallery: Gallery) -> GalleryVectors:
    """With keys that were not read yet."""
    place = Place(tenant=TENANT, gallery_id=gallery.id, model=gallery.model)
    return GalleryVectors(connection=unit.references._connection, envelope=Envelope(masters), place=place)


async def test_rows_whose_key_was_deleted_after_they_were_read_are_read_again(
    migrated_database_url: str,
) -> None:
    masters = MemoryMasterKeys()
    async with PostgresStore(migrated_database_url, masters) as store:
        gallery, (ada,) = await prepared(store, "Ada")
        reference = a_reference(gallery, ada)
        async with store.transaction(TENANT) as unit:
            await unit.references.add([reference])
        async with store.transaction(TENANT) as unit:
            read = reading(unit, masters, gallery)
            names = {"tenant": TENANT, "gallery": gallery.id}
            rows = await read.connection.execute(_RECORDS, names, binary=True)
            before = [row[0] for row in await rows.fetchall()]
            await store.rotate(TENANT, progress=lambda done, total: None)
            ciphers, records = await read._ciphers(before)
            assert records != before
            found = _opened(records, read.place, ciphers)
            assert np.array_equal(found.vectors[0], reference.template.vector)


async def test_a_subject_whose_references_lie_pages_apart_comes_once_and_whole(
    migrated_database_url: str,
) -> None:
    masters = MemoryMasterKeys()
    async with PostgresStore(migrated_database_url, masters) as store:
        gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
        owners = [ada, *[bob] * (2 * ROWS), ada]
        async with store.transaction(TENANT) as unit:
            for start in range(0, len(owners), 500):
                await unit.references.add([a_reference(gallery, one) for one in owners[start : start + 500]])
        async with store.transaction(TENANT) as unit:
            batches = [batch async for batch in unit.references.vectors(gallery.id)]
        counts = {
            high << 64 | low: count
            for batch in batches
            for (high, low), count in zip(batch.subjects.tolist(), batch.counts.tolist(), strict=True)
        }
        assert counts == {ada.id.int: 2, bob.id.int: 2 * ROWS}
        assert sum(len(batch.counts) for batch in batches) == 2
