"""Giving references to another subject, and the end of faces that have none left."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.enrolment import join_galleries
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.reencryption import seal_image_anew, seal_references_anew
from visavis.adapters.postgres.sealing import SEALED_COLUMNS, Place, SealedReference
from visavis.domain.errors import ReferenceNotFound, SubjectNotFound
from visavis.domain.subject import GalleryId, ReferenceId, SubjectId, TenantId
from visavis.domain.template import ModelIdentity

_OWNERS = """
    SELECT gallery_id, subject_id FROM subject_references WHERE tenant_id = %s AND reference_id = ANY(%b)
"""
_LOCK_GALLERIES = """
    SELECT 1 FROM galleries WHERE tenant_id = %s AND gallery_id = ANY(%b) ORDER BY gallery_id FOR KEY SHARE
"""
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = ANY(%b)
    ORDER BY subject_id FOR UPDATE
"""
_LOCK = f"""
    SELECT r.gallery_id, g.model, {SEALED_COLUMNS}
    FROM subject_references AS r JOIN galleries AS g USING (tenant_id, gallery_id)
    WHERE r.tenant_id = %s AND r.reference_id = ANY(%b) ORDER BY r.reference_id FOR UPDATE OF r
"""  # noqa: S608  # constants only
_IMAGES = "SELECT reference_id, kind FROM reference_samples WHERE tenant_id = %s AND reference_id = ANY(%b)"
_DELETE_EMPTY_FACES = """
    DELETE FROM subjects AS s
    WHERE tenant_id = %(tenant)s AND subject_id = ANY(%(subjects)b) AND kind = 'face' AND NOT EXISTS (
        SELECT FROM subject_references AS r WHERE r.tenant_id = %(tenant)s AND r.subject_id = s.subject_id
    )
"""


async def move_references(
    connection: Connection,
    envelope: Envelope,
    tenant: TenantId,
    reference_ids: Sequence[ReferenceId],
    subject_id: SubjectId,
) -> set[tuple[GalleryId, SubjectId]]:
    """The subjects whose references in a gallery changed. Raises `ReferenceNotFound`, `SubjectNotFound`."""
    wanted = set(reference_ids)
    if subject_id not in await lock_owners(connection, tenant, wanted, {subject_id}):
        raise SubjectNotFound
    groups = await _locked(connection, tenant, wanted)
    changed: set[tuple[GalleryId, SubjectId]] = set()
    for place, found in groups.items():
        rows = [row for row in found if row.subject_id != subject_id]
        if not rows:
            continue
        await join_galleries(connection, tenant, {(place.gallery_id, subject_id)})
        for image in await _images(connection, tenant, rows):
            await seal_image_anew(connection, envelope, tenant, image, subject_id=subject_id)
        await seal_references_anew(connection, envelope, place, rows, subject_id=subject_id)
        changed |= {(place.gallery_id, SubjectId(row.subject_id)) for row in rows}
        changed.add((place.gallery_id, subject_id))
    await delete_empty_faces(connection, tenant, {owner for _, owner in changed} - {subject_id})
    return changed


async def lock_owners(
    connection: Connection, tenant: TenantId, references: set[ReferenceId], others: set[SubjectId]
) -> set[SubjectId]:
    """Locks the galleries of references, then the subjects that have them, and the `others`: those that exist.

    They are locked alone, because one that has no reference left may be removed.
    """
    owners = [row async for row in await connection.execute(_OWNERS, (tenant, list(references)))]
    await connection.execute(_LOCK_GALLERIES, (tenant, [gallery_id for gallery_id, _ in owners]))
    subjects = list({subject_id for _, subject_id in owners} | others)
    return {SubjectId(row[0]) async for row in await connection.execute(_LOCK_SUBJECTS, (tenant, subjects))}


async def delete_empty_faces(connection: Connection, tenant: TenantId, subjects: set[SubjectId]) -> None:
    """Removes those that were indexed on their own and have no reference left."""
    if subjects:
        # Statements of their own: the second sees what others committed while the subjects were waited for.
        await connection.execute(_LOCK_SUBJECTS, (tenant, list(subjects)))
        names = {"tenant": tenant, "subjects": list(subjects)}
        await connection.execute(_DELETE_EMPTY_FACES, names)


async def _locked(
    connection: Connection, tenant: TenantId, wanted: set[ReferenceId]
) -> dict[Place, list[SealedReference]]:
    cursor = await connection.execute(_LOCK, (tenant, list(wanted)), binary=True)
    groups: dict[Place, list[SealedReference]] = defaultdict(list)
    for gallery_id, model, *row in await cursor.fetchall():
        place = Place(tenant=tenant, gallery_id=GalleryId(gallery_id), model=ModelIdentity.parse(model))
        groups[place].append(SealedReference(*row))
    if sum(map(len, groups.values())) < len(wanted):
        raise ReferenceNotFound
    return groups


async def _images(
    connection: Connection, tenant: TenantId, rows: Sequence[SealedReference]
) -> list[tuple[uuid.UUID, str]]:
    found = await connection.execute(_IMAGES, (tenant, [row.reference_id for row in rows]))
    return [(reference_id, kind) async for reference_id, kind in found]
