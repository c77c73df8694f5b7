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
        (tenant_id, reference_id, gallery_id, subject_id, data_key_id, nonce, ciphertext, photo, created_at,
         details_nonce, details_ciphertext)
    SELECT %(tenant)s, reference_id, gallery_id, subject_id, %(key)s, nonce, ciphertext, photo, created_at,
           details_nonce, details_ciphertext
    FROM unnest(
        %(references)b::uuid[], %(galleries)b::uuid[], %(subjects)b::uuid[], %(nonces)b::bytea[],
        %(ciphertexts)b::bytea[], %(photos)b::bytea[], %(times)b::timestamptz[], %(details_nonces)b::bytea[],
        %(details_ciphertexts)b::bytea[]
    ) AS r (reference_id, gallery_id, subject_id, nonce, ciphertext, photo, created_at, details_nonce,
            details_ciphertext)
"""
_JOIN = """
    INSERT INTO gallery_members (tenant_id, gallery_id, subject_id)
    SELECT %(tenant)s, gallery_id, subject_id
    FROM unnest(%(galleries)b::uuid[], %(subjects)b::uuid[]) AS m (gallery_id, subject_id)
    ORDER BY gallery_id, subject_id ON CONFLICT DO NOTHING
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
            await _join(connection, tenant, {(one.gallery_id, one.subject_id) for one in references})
            for start in range(0, len(ordered), _ROWS_PER_STATEMENT):
                await _insert(connection, key, places, ordered[start : start + _ROWS_PER_STATEMENT])
    except errors.UniqueViolation as error:
        if error.diag.constraint_name == "references_photo_unique":
            raise AlreadyEnrolled from error
        raise AlreadyExists("There is a reference of this identifier already.") from error


async def join_galleries(
    connection: Connection, tenant: TenantId, members: set[tuple[GalleryId, SubjectId]]
) -> None:
    """Locks galleries and subjects and makes the subjects members. Raises `GalleryNotFound`, `SubjectNotFound`."""
    await _places(connection, tenant, {gallery_id for gallery_id, _ in members})
    await _require_subjects(connection, tenant, {subject_id for _, subject_id in members})
    await _join(connection, tenant, members)


async def _join(connection: Connection, tenant: TenantId, members: set[tuple[GalleryId, SubjectId]]) -> None:
    galleries, subjects = zip(*sorted(members), strict=True)
    names = {"tenant": tenant, "galleries": list(galleries), "subjects": list(subjects)}
    await connection.execute(_JOIN, names)


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
            "nonces": [one.nonce for one in sealed],
            "ciphertexts": [one.ciphertext for one in sealed],
            "details_nonces": [one.details_nonce for one in sealed],
            "details_ciphertexts": [one.details_ciphertext for one in sealed],
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
