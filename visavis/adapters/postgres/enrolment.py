"""Writing references: locks, encryption and one statement for all rows."""

from collections.abc import Sequence

from psycopg import errors

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import DataKey, Envelope
from visavis.adapters.postgres.sealing import Place, seal
from visavis.domain.errors import AlreadyEnrolled, AlreadyExists, GalleryNotFound, SubjectNotFound
from visavis.domain.subject import GalleryId, Reference, SubjectId, TenantId
from visavis.domain.template import ModelIdentity, require_same_model

_LOCK_GALLERIES = """
    SELECT gallery_id, model FROM galleries WHERE tenant_id = %s AND gallery_id = ANY(%b)
    ORDER BY gallery_id FOR KEY SHARE
"""
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)
    ORDER BY subject_id FOR KEY SHARE
"""
_INSERT = """
    INSERT INTO subject_references
        (tenant_id, reference_id, gallery_id, subject_id, data_key_id, nonce, ciphertext, photo, created_at)
    SELECT %(tenant)s, reference_id, gallery_id, subject_id, %(key)s, nonce, ciphertext, photo, created_at
    FROM unnest(
        %(references)b::uuid[], %(galleries)b::uuid[], %(subjects)b::uuid[], %(nonces)b::bytea[],
        %(ciphertexts)b::bytea[], %(photos)b::bytea[], %(times)b::timestamptz[]
    ) AS r (reference_id, gallery_id, subject_id, nonce, ciphertext, photo, created_at)
"""
_ROWS_PER_STATEMENT = 1000


async def insert_references(
    connection: Connection, tenant: TenantId, envelope: Envelope, references: Sequence[Reference]
) -> None:
    """Everything or nothing; on an error the surrounding transaction stays usable.

    Everybody takes locks in the same order: galleries, then subjects, each by identifier, then (at the end
    of the transaction) the counters of the galleries. The locks are shared: they only keep galleries and
    subjects from being removed meanwhile.
    """
    places = await _places(connection, tenant, {reference.gallery_id for reference in references})
    for reference in references:
        require_same_model(reference.template.model, places[reference.gallery_id].model)
    await _require_subjects(connection, tenant, {reference.subject_id for reference in references})
    key = await envelope.current(connection, tenant)
    # Sorted, so that two writers of the same photos do not wait for each other in a circle.
    ordered = sorted(references, key=lambda reference: (reference.gallery_id, reference.photo))
    try:
        async with connection.transaction():
            for start in range(0, len(ordered), _ROWS_PER_STATEMENT):
                await _insert(connection, key, places, ordered[start : start + _ROWS_PER_STATEMENT])
    except errors.UniqueViolation as error:
        if error.diag.constraint_name == "references_photo_unique":
            raise AlreadyEnrolled from error
        raise AlreadyExists("There is a reference of this identifier already.") from error


async def _insert(
    connection: Connection, key: DataKey, places: dict[GalleryId, Place], references: list[Reference]
) -> None:
    sealed = [seal(reference, places[reference.gallery_id], key.cipher) for reference in references]
    tenant = places[references[0].gallery_id].tenant
    await connection.execute(
        _INSERT,
        {
            "tenant": tenant,
            "key": key.id,
            "references": [reference.id for reference in references],
            "galleries": [reference.gallery_id for reference in references],
            "subjects": [reference.subject_id for reference in references],
            "nonces": [nonce for nonce, _ in sealed],
            "ciphertexts": [ciphertext for _, ciphertext in sealed],
            "photos": [reference.photo or None for reference in references],
            "times": [reference.created_at for reference in references],
        },
    )


async def _places(connection: Connection, tenant: TenantId, wanted: set[GalleryId]) -> dict[GalleryId, Place]:
    rows = await connection.execute(_LOCK_GALLERIES, (tenant, list(wanted)))
    places = {
        GalleryId(gallery_id): Place(
            tenant=tenant, gallery_id=GalleryId(gallery_id), model=ModelIdentity.parse(model)
        )
        async for gallery_id, model in rows
    }
    if len(places) < len(wanted):
        raise GalleryNotFound
    return places


async def _require_subjects(connection: Connection, tenant: TenantId, wanted: set[SubjectId]) -> None:
    found = await connection.execute(_LOCK_SUBJECTS, (tenant, list(wanted)))
    if found.rowcount < len(wanted):
        raise SubjectNotFound
