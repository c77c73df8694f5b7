"""A gallery changes its model: each reference is given its staged template where it is.

Rows of references are kept, so what belongs to them (kept images, photo digests) is neither read nor written.
Everything happens within one transaction of the caller, which has locked the gallery.
"""

import uuid
from collections.abc import Sequence

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.envelope import Envelope
from visavis.adapters.postgres.reencryption import update_references
from visavis.adapters.postgres.sealing import SEALED_COLUMNS, Place, SealedReference, seal, unseal
from visavis.adapters.postgres.staging_rows import STAGED_TABLE, template_of
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.jobs import StagedTemplate, renewed
from visavis.domain.errors import KeyUnavailable
from visavis.domain.job import JobId
from visavis.domain.subject import Reference, ReferenceId, SubjectId
from visavis.domain.template import ModelIdentity

_BATCH = 1000
_DELETE = """
    DELETE FROM subject_references AS r
    WHERE tenant_id = %(tenant)s AND gallery_id = %(gallery)s AND NOT EXISTS (
        SELECT FROM staged_templates AS s
        WHERE s.tenant_id = %(tenant)s AND s.job_id = %(job)s AND s.reference_id = r.reference_id
          AND s.model = %(model)s
    ) RETURNING subject_id
"""
# Both rows are locked: a rotation passes over them, and deletes no key that they still name.
_NEXT = f"""
    SELECT {SEALED_COLUMNS}, s.data_key_id, s.nonce, s.ciphertext
    FROM subject_references AS r JOIN staged_templates AS s USING (tenant_id, reference_id)
    WHERE r.tenant_id = %(tenant)s AND r.gallery_id = %(gallery)s AND s.job_id = %(job)s AND s.model = %(model)s
      AND r.reference_id > %(after)s
    ORDER BY r.reference_id LIMIT %(limit)s FOR UPDATE OF r, s
"""  # noqa: S608  # constants only


async def switch_references(
    connection: Connection,
    envelope: Envelope,
    vault: Vault,
    place: Place,
    job_id: JobId,
    model: ModelIdentity,
) -> tuple[int, set[SubjectId]]:
    """How many references of the place have the model now, and the subjects of which anything changed; a reference
    for which nothing is staged is removed."""
    names = {"tenant": place.tenant, "gallery": place.gallery_id, "job": job_id, "model": model.key}
    gone = await connection.execute(_DELETE, names)
    subjects = {SubjectId(row[0]) async for row in gone}
    count, after = 0, uuid.UUID(int=0)
    while True:
        page = {**names, "after": after, "limit": _BATCH}
        rows = await (await connection.execute(_NEXT, page, binary=True)).fetchall()
        if rows:
            references = await _renewed(connection, envelope, vault, place, job_id, model, rows)
            await _write(connection, envelope, place, model, references)
            subjects |= {reference.subject_id for reference in references}
            count, after = count + len(rows), rows[-1][0]
        if len(rows) < _BATCH:
            return count, subjects


async def _renewed(
    connection: Connection,
    envelope: Envelope,
    vault: Vault,
    place: Place,
    job_id: JobId,
    model: ModelIdentity,
    rows: Sequence[tuple[object, ...]],
) -> list[Reference]:
    sealed = [SealedReference._make(row[:-3]) for row in rows]
    wanted = {row.data_key_id for row in sealed}
    ciphers = await envelope.ciphers(connection, place.tenant, wanted)
    if len(ciphers) < len(wanted):
        raise KeyUnavailable(
            "A template's data key is not in the database.", hint="Restore it from a backup."
        )
    references = []
    for old, row in zip(unseal(sealed, place, ciphers), rows, strict=True):
        plain = await vault.open(Sealed._make(row[-3:]), STAGED_TABLE, job_id, old.id, model.key)
        new = StagedTemplate(
            reference_id=old.id, subject_id=old.subject_id, template=template_of(plain, model)
        )
        references.append(renewed(old, new))
    return references


async def _write(
    connection: Connection,
    envelope: Envelope,
    place: Place,
    model: ModelIdentity,
    references: Sequence[Reference],
) -> None:
    key = await envelope.current(connection, place.tenant)
    there = Place(tenant=place.tenant, gallery_id=place.gallery_id, model=model)
    sealed = [seal(reference, there, key.cipher) for reference in references]
    ids = [ReferenceId(reference.id) for reference in references]
    await update_references(connection, place.tenant, key.id, ids, sealed)
