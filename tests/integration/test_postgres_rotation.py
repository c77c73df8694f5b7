"""Changing keys while the store is in use."""

import asyncio
import itertools
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta

import psycopg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from psycopg import sql

from tests.contract.making import OTHER_MODEL, START, TENANT, a_reference, a_template, an_event
from tests.contract.store_accounts import digest, with_tenants
from tests.contract.store_alerts import a_channel
from tests.contract.store_cameras import a_probe
from tests.contract.store_corrections import a_correction, a_denial, joined
from tests.contract.store_jobs import a_job, photos
from tests.contract.store_keys import ANSWER, a_key, a_row
from tests.contract.store_recordings import a_recording, a_track
from tests.contract.store_references import assert_same, prepared
from tests.contract.store_reviews import a_picture
from tests.contract.store_trials import a_trial, made
from tests.contract.store_webhooks import a_webhook
from visavis.adapters.keys.memory import MemoryMasterKeys
from visavis.adapters.postgres.store import PostgresStore
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.adapters.postgres.vault_rotation import _SHELVES
from visavis.application.ports.corrections import Parked
from visavis.application.ports.jobs import StagedTemplate
from visavis.application.ports.requests import RequestRow
from visavis.application.ports.samples import KeptImage
from visavis.domain.errors import KeyUnavailable
from visavis.domain.job import JobId
from visavis.domain.policy import Keep
from visavis.domain.subject import GalleryId, Reference, ReferenceDetails, ReferenceId
from visavis.domain.template import Template
from visavis.domain.webhook import Webhook

pytestmark = [pytest.mark.anyio, pytest.mark.postgres]

KEYS = "SELECT purpose, master, data_key_id, retired_at IS NULL FROM data_keys ORDER BY purpose"


class Interruption(Exception):
    """The operator pressed Ctrl-C."""


@pytest.fixture
def masters() -> MemoryMasterKeys:
    return MemoryMasterKeys()


@pytest.fixture
async def store(migrated_database_url: str, masters: MemoryMasterKeys) -> AsyncIterator[PostgresStore]:
    async with PostgresStore(migrated_database_url, masters) as store:
        yield store


async def keys(url: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        return await (await connection.execute(KEYS)).fetchall()


async def assert_readable(store: PostgresStore, expected: list[Reference]) -> None:
    async with store.transaction(TENANT) as unit:
        parts = [part async for part in unit.references.everything(expected[0].gallery_id)]
    found = {one.id: one for part in parts for one in part}
    assert len(found) == len(expected)
    for one in expected:
        assert_same(found[one.id], one)


def an_image(reference_id: ReferenceId) -> KeptImage:
    return KeptImage(reference_id=reference_id, kind=Keep.PHOTO, content=reference_id.bytes)


def silent(done: int, total: int) -> None:
    """No progress bar."""


async def test_rotation_leaves_everything_readable_under_a_new_key(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, subjects = await prepared(store, "Ada", "Bob")
    kept = [a_reference(gallery, subject) for subject in subjects for _ in range(600)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        fingerprint = await unit.references.fingerprint(b"photo")
    before = await keys(migrated_database_url)
    masters.rotate()
    seen: list[tuple[int, int]] = []
    rotation = await store.rotate(TENANT, progress=lambda done, total: seen.append((done, total)))
    after = await keys(migrated_database_url)
    assert (rotation.references, rotation.deleted, rotation.rewrapped, rotation.resumed) == (
        1200,
        2,
        3,
        False,
    )
    assert seen[0] == (0, 1200)
    assert seen[-1] == (1200, 1200)
    assert [row[0] for row in after] == ["photo", "template", "vault"]
    assert {row[1] for row in after} == {masters.current}
    assert after[0][2] == before[0][2]
    assert after[1][2] != before[1][2]
    assert after[2][2] != before[2][2]
    await assert_readable(store, kept)
    async with PostgresStore(migrated_database_url, masters) as fresh:
        await assert_readable(fresh, kept)
        async with fresh.transaction(TENANT) as unit:
            assert await unit.references.fingerprint(b"photo") == fingerprint


async def test_images_and_details_are_rotated_too(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, (ada,) = await prepared(store, "Ada")
    details = ReferenceDetails(external_id="x", box=(0.0, 0.1, 0.2, 0.3))
    kept = [a_reference(gallery, ada, details=details) for _ in range(45)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        await unit.samples.add([an_image(one.id) for one in kept])
        seed = await unit.signing.seed()
    seen: list[tuple[int, int]] = []
    rotation = await store.rotate(TENANT, progress=lambda done, total: seen.append((done, total)))
    assert (rotation.references, rotation.deleted) == (45, 2)
    assert (seen[0], seen[-1]) == ((0, 90), (90, 90))
    async with PostgresStore(migrated_database_url, masters) as fresh:
        await assert_readable(fresh, kept)
        async with fresh.transaction(TENANT) as unit:
            images = [await unit.samples.get(one.id, Keep.PHOTO) for one in kept]
            assert [image.content for image in images if image] == [one.id.bytes for one in kept]
            assert await unit.signing.seed() == seed


async def test_moving_goes_on_during_rotations(store: PostgresStore) -> None:
    gallery, subjects = await prepared(store, "Ada", "Bob", "Cyd")
    kept = [a_reference(gallery, subjects[0], details=ReferenceDetails(external_id="x")) for _ in range(12)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
        await unit.samples.add([an_image(one.id) for one in kept])
    rotating, turns = True, dict[int, int]()

    async def move(start: int) -> None:
        for turn in itertools.takewhile(lambda _: rotating, itertools.count(1)):
            turns[start] = turn
            chosen = [one.id for one in kept[start : start + 6]]
            async with store.transaction(TENANT) as unit:
                await unit.references.move(chosen, subjects[turn % 3].id)

    async def rotate() -> None:
        nonlocal rotating
        try:
            for _ in range(4):
                await store.rotate(TENANT, progress=silent)
        finally:
            rotating = False

    await asyncio.wait_for(asyncio.gather(move(0), move(3), rotate()), 120)
    assert min(turns.values()) > 1
    async with store.transaction(TENANT) as unit:
        for one in kept:
            found = await unit.references.get(one.id)
            assert found.details == one.details
            image = await unit.samples.get(one.id, Keep.PHOTO)
            assert image is not None
            assert image.content == one.id.bytes


async def test_an_interrupted_rotation_is_finished_by_the_next(
    store: PostgresStore, migrated_database_url: str
) -> None:
    gallery, (ada,) = await prepared(store, "Ada")
    kept = [a_reference(gallery, ada) for _ in range(1300)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)

    def interrupt(done: int, total: int) -> None:
        if done:
            raise Interruption

    with pytest.raises(Interruption):
        await store.rotate(TENANT, progress=interrupt)
    await assert_readable(store, kept)
    assert len(await keys(migrated_database_url)) == 5
    rotation = await store.rotate(TENANT, progress=silent)
    assert rotation.resumed
    assert rotation.references == 800
    assert len(await keys(migrated_database_url)) == 3
    await assert_readable(store, kept)


async def test_enrolling_and_reading_go_on_during_rotations(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    gallery, (ada, bob) = await prepared(store, "Ada", "Bob")
    kept = [a_reference(gallery, ada) for _ in range(700)]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
    rotating = True

    async def enrol() -> None:
        while rotating:
            new = a_reference(gallery, bob)
            async with store.transaction(TENANT) as unit:
                await unit.references.add([new])
                await asyncio.sleep(0.002)
            kept.append(new)

    async def read() -> None:
        """Another process: it has to look every key up."""
        while rotating:
            async with (
                PostgresStore(migrated_database_url, masters) as other,
                other.transaction(TENANT) as unit,
            ):
                assert len((await unit.references.of_subjects(gallery.id, [ada.id]))[ada.id]) == 700
            await asyncio.sleep(0.01)

    async def rotate() -> None:
        nonlocal rotating
        try:
            for _ in range(3):
                await asyncio.gather(
                    store.rotate(TENANT, progress=silent), store.rotate(TENANT, progress=silent)
                )
        finally:
            rotating = False

    await asyncio.wait_for(asyncio.gather(enrol(), enrol(), read(), rotate()), 120)
    assert len(kept) > 700
    assert len(await keys(migrated_database_url)) == 3
    await assert_readable(store, kept)


async def test_rewrapping_lets_go_of_the_old_master_key(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    await prepared(store, "Ada")
    masters.rotate()
    assert await store.rewrap(TENANT) == 3
    assert await store.rewrap(TENANT) == 0
    assert {row[1] for row in await keys(migrated_database_url)} == {masters.current}


async def test_a_foreign_master_key_changes_nothing(store: PostgresStore, migrated_database_url: str) -> None:
    gallery, subjects = await prepared(store, "Ada")
    kept = [a_reference(gallery, subjects[0])]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(kept)
    before = await keys(migrated_database_url)
    async with PostgresStore(migrated_database_url, MemoryMasterKeys()) as stranger:
        with pytest.raises(KeyUnavailable):
            await stranger.rotate(TENANT, progress=silent)
    assert await keys(migrated_database_url) == before
    more = [a_reference(gallery, subjects[0])]
    async with store.transaction(TENANT) as unit:
        await unit.references.add(more)
    await assert_readable(store, [*kept, *more])


OLDER = ("job_items", "staged_templates", "webhooks", "api_keys", "idempotent_requests")
"""Tables that are older than the key of the vault."""
SEALED = (*OLDER, "alert_channels")

CHANNEL = a_channel()


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One row of each table of the vault."""

    gallery: GalleryId
    job: JobId
    webhook: Webhook
    template: Template
    claim: RequestRow


async def keep_in_vault(store: PostgresStore) -> Kept:
    await with_tenants(store)
    gallery, (ada,) = await prepared(store, "Ada")
    reference, template = a_reference(gallery, ada), a_template(OTHER_MODEL)
    job, webhook, claim = a_job(), a_webhook(), a_row()
    staged = StagedTemplate(reference_id=reference.id, subject_id=ada.id, template=template)
    async with store.transaction(TENANT) as unit:
        await unit.references.add([reference])
        await unit.jobs.add(job, photos(*[b"photo %d" % n for n in range(45)]))
        await unit.staging.add(job.id, gallery.id, [staged])
        await unit.webhooks.add(webhook)
        await unit.channels.add(CHANNEL)
        await unit.accounts.keys.add(a_key(), digest(1), secret="secret")  # noqa: S106
        await unit.requests.claim(b"k", claim, now=START, expires_at=START + timedelta(hours=24))
        await unit.requests.finish(b"k", claim.claim, ANSWER)
        await unit.jobs.finish_item(job.id, 44, START, result=None, fault=None)
    return Kept(gallery=gallery.id, job=job.id, webhook=webhook, template=template, claim=claim)


async def assert_vault_opens(store: PostgresStore, kept: Kept) -> None:
    async with store.transaction(TENANT) as unit:
        for number in range(44):
            assert await unit.jobs.payload(kept.job, number) == b"photo %d" % number
        assert await unit.jobs.payload(kept.job, 44) is None
        (staged,) = await unit.staging.of(kept.job, kept.gallery, OTHER_MODEL)
        assert staged.template.vector.tolist() == kept.template.vector.tolist()
        assert await unit.webhooks.all() == [kept.webhook]
        assert await unit.channels.all() == [CHANNEL]
        expires = START + timedelta(hours=24)
        assert (await unit.requests.claim(b"k", a_row(), now=START, expires_at=expires)).response == ANSWER
    async with store.directory() as directory:
        record = await directory.key(digest(1))
        assert record is not None
        assert record.secret == "secret"  # noqa: S105


async def under(url: str) -> dict[str, set[object]]:
    """The keys that ciphertexts of each table are under."""
    found: dict[str, set[object]] = {}
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        for table in SEALED:
            rows = await connection.execute(
                sql.SQL("SELECT DISTINCT data_key_id FROM {} WHERE ciphertext IS NOT NULL").format(
                    sql.Identifier(table)
                )
            )
            found[table] = {row[0] for row in await rows.fetchall()}
    return found


async def make_old(store: PostgresStore, url: str) -> None:
    """Rows as they were before the vault had a key of its own: under one that is derived from the photo key."""
    bindings = {
        "job_items": "job_id, number",
        "staged_templates": "job_id, reference_id, model",
        "webhooks": "webhook_id",
        "api_keys": "api_key_id",
        "idempotent_requests": "key",
    }
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        envelope = store._envelope
        photo_key = await envelope.photo_key(connection, TENANT)
        old = HKDF(algorithm=SHA512(), length=32, salt=None, info=b"visavis:vault").derive(photo_key)
        vault = Vault(connection, TENANT, envelope)
        for table, columns in bindings.items():
            rows = await connection.execute(
                f"SELECT ctid::text, data_key_id, nonce, ciphertext, {columns} FROM {table} "  # noqa: S608
                "WHERE ciphertext IS NOT NULL"
            )
            for ctid, key_id, nonce, ciphertext, *row in await rows.fetchall():
                place = [one.hex() if isinstance(one, bytes) else one for one in row]
                plain = await vault.open(Sealed(key_id, nonce, ciphertext), table, *place)
                binding = "\0".join(["visavis:vault", str(TENANT), table, *map(str, place)]).encode()
                again = AESGCM(old).encrypt(bytes(12), plain, binding)
                await connection.execute(
                    f"UPDATE {table} SET data_key_id = NULL, nonce = %s, ciphertext = %s "  # noqa: S608
                    "WHERE ctid = %s::tid",
                    (bytes(12), again, ctid),
                )


@pytest.mark.parametrize("old", [False, True])
async def test_what_is_in_the_vault_is_rotated_too(
    old: bool, store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    kept = await keep_in_vault(store)
    if old:
        await make_old(store, migrated_database_url)
        found = await under(migrated_database_url)
        assert {table: found[table] for table in OLDER} == {table: {None} for table in OLDER}
        await assert_vault_opens(store, kept)
    before = await under(migrated_database_url)
    seen: list[tuple[int, int]] = []
    await store.rotate(TENANT, progress=lambda done, total: seen.append((done, total)))
    assert (seen[0], seen[-1]) == ((0, 50), (50, 50))
    after = await under(migrated_database_url)
    (current,) = after["job_items"]
    assert list(after.values()) == [{current}] * len(SEALED)
    assert ("vault", current) in {(row[0], row[2]) for row in await keys(migrated_database_url)}
    assert all(after[table].isdisjoint(before[table]) for table in SEALED)
    await assert_vault_opens(store, kept)
    async with PostgresStore(migrated_database_url, masters) as fresh:
        await assert_vault_opens(fresh, kept)


async def test_an_interrupted_rotation_of_the_vault_goes_on(
    store: PostgresStore, migrated_database_url: str
) -> None:
    kept = await keep_in_vault(store)

    def interrupt(done: int, total: int) -> None:
        if done > 20:
            raise Interruption

    with pytest.raises(Interruption):
        await store.rotate(TENANT, progress=interrupt)
    assert len((await under(migrated_database_url))["job_items"]) == 2
    await assert_vault_opens(store, kept)
    rotation = await store.rotate(TENANT, progress=silent)
    assert (rotation.resumed, rotation.deleted) == (True, 2)
    assert len((await under(migrated_database_url))["job_items"]) == 1
    await assert_vault_opens(store, kept)


async def test_jobs_go_on_during_rotations(
    store: PostgresStore, masters: MemoryMasterKeys, migrated_database_url: str
) -> None:
    rotating, made = True, list[JobId]()

    async def submit() -> None:
        while rotating:
            job = replace(a_job(), id=JobId(uuid.uuid4()))
            async with store.transaction(TENANT) as unit:
                await unit.jobs.add(job, photos(b"1", b"2"))
                await asyncio.sleep(0.002)
            async with (
                PostgresStore(migrated_database_url, masters) as other,
                other.transaction(TENANT) as unit,
            ):
                assert await unit.jobs.payload(job.id, 1) == b"2"
                await unit.jobs.finish_item(job.id, 0, START, result=None, fault=None)
            made.append(job.id)

    async def rotate() -> None:
        nonlocal rotating
        try:
            for _ in range(6):
                await store.rotate(TENANT, progress=silent)
                await asyncio.sleep(0.05)
        finally:
            rotating = False

    await asyncio.wait_for(asyncio.gather(submit(), submit(), rotate()), 120)
    assert len(made) > 2
    assert len(await keys(migrated_database_url)) == 3
    async with store.transaction(TENANT) as unit:
        assert {await unit.jobs.payload(job, 1) for job in made} == {b"2"}


async def test_every_table_with_ciphertexts_is_rotated(
    store: PostgresStore, migrated_database_url: str
) -> None:
    """Whoever adds a table with a data key tells the rotation, or its keys could never be deleted."""
    await with_tenants(store)
    async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
        rows = await connection.execute(
            "SELECT table_name FROM information_schema.columns "
            "WHERE column_name = 'data_key_id' AND table_schema = current_schema()"
        )
        sealed = {row[0] for row in await rows.fetchall()}
    others = {"data_keys", "subject_references", "reference_samples"}
    assert sealed - others == {shelf.table for shelf in _SHELVES}


async def test_templates_of_recordings_are_rotated(store: PostgresStore, migrated_database_url: str) -> None:
    await with_tenants(store)
    gallery, _ = await prepared(store)
    recording, tracks = a_recording(gallery), [a_track(number) for number in range(3)]
    async with store.transaction(TENANT) as unit:
        await unit.recordings.add(recording, tracks)
    await store.rotate(TENANT, progress=lambda *_: None)
    async with store.transaction(TENANT) as unit:
        (batch,) = [batch async for batch in unit.recordings.tracks(recording.id)]
    assert [one.template.vector.tolist() for one in batch] == [one.template.vector.tolist() for one in tracks]


async def test_denials_and_parked_references_are_rotated(
    store: PostgresStore, migrated_database_url: str
) -> None:
    await with_tenants(store)
    gallery, (ada,) = await joined(store, "Ada")
    correction, reference = a_correction(gallery, ada), a_reference(gallery, ada)
    denial = a_denial(correction, gallery, ada)
    async with store.transaction(TENANT) as unit:
        await unit.corrections.add(correction)
        await unit.denials.add([denial])
        await unit.corrections.park(correction.id, [Parked(reference=reference)])
    async with await psycopg.AsyncConnection.connect(migrated_database_url) as connection:
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        query = "SELECT data_key_id FROM denials UNION ALL SELECT data_key_id FROM parked_references"
        before = {row[0] for row in await (await connection.execute(query)).fetchall()}
        await connection.commit()
        await store.rotate(TENANT, progress=lambda *_: None)
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        after = {row[0] for row in await (await connection.execute(query)).fetchall()}
    assert not before & after
    async with store.transaction(TENANT) as unit:
        (kept,) = (await unit.denials.of(gallery.id, [ada.id]))[ada.id]
        (parked,) = await unit.corrections.parked(correction.id)
    assert kept.template.vector.tolist() == denial.template.vector.tolist()
    assert parked.reference.template.vector.tolist() == reference.template.vector.tolist()


async def test_templates_and_pictures_of_events_are_rotated(store: PostgresStore) -> None:
    gallery, _ = await prepared(store)
    event, template = an_event(gallery), a_template()
    async with store.transaction(TENANT) as unit:
        await unit.events.add([event])
        await unit.probes.keep([a_probe(event, gallery, template)])
        await unit.pictures.keep([a_picture(event, gallery)])
    rotation = await store.rotate(TENANT, progress=silent)
    assert rotation.deleted == 2, "no template needs the old key any more"
    async with store.transaction(TENANT) as unit:
        found = await unit.probes.of(event.id)
        assert await unit.pictures.of(event.id) == b"a face"
    assert found is not None
    assert found.vector.tolist() == template.vector.tolist()


async def test_templates_of_trials_are_rotated(store: PostgresStore, migrated_database_url: str) -> None:
    gallery, (ada,) = await prepared(store, "Ada")
    reference, trial = a_reference(gallery, ada), a_trial(gallery)
    template = made(reference)
    assert template.template is not None
    async with store.transaction(TENANT) as unit:
        await unit.references.add([reference])
        await unit.trials.keep(trial)
        await unit.trials.add(trial, [template])
    before = await trial_keys(migrated_database_url)
    await store.rotate(TENANT, progress=silent)
    after = await trial_keys(migrated_database_url)
    assert len(before) == len(after) == 1
    assert before != after
    async with store.transaction(TENANT) as unit:
        found = await unit.trials.templates(trial, [reference.id])
    assert found[reference.id].vector.tolist() == template.template.vector.tolist()


async def trial_keys(url: str) -> list[tuple[object, ...]]:
    async with await psycopg.AsyncConnection.connect(url) as connection:
        await connection.execute("SELECT set_config('visavis.tenant', %s, false)", (str(TENANT),))
        return await (await connection.execute("SELECT data_key_id FROM trial_templates")).fetchall()
