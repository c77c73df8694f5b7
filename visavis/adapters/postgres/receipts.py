"""Receipts of erasures in PostgreSQL."""

import uuid
from collections.abc import Sequence

from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.application.ports.consents import Receipt
from visavis.domain.errors import AlreadyExists, ReceiptNotFound
from visavis.domain.subject import SubjectId, TenantId

_COLUMNS = "receipt_id, subject_id, erased_at, document, signature, public_key"
_INSERT = f"""
    INSERT INTO erasure_receipts (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants only
_GET = f"""
    SELECT {_COLUMNS} FROM erasure_receipts WHERE tenant_id = %s AND receipt_id = %s
"""  # noqa: S608  # constants only
_PAGE = f"""
    SELECT {_COLUMNS} FROM erasure_receipts
    WHERE tenant_id = %(tenant)s AND (%(after)s::uuid IS NULL OR (erased_at, receipt_id) < (
        SELECT erased_at, receipt_id FROM erasure_receipts
        WHERE tenant_id = %(tenant)s AND receipt_id = %(after)s
    )) ORDER BY erased_at DESC, receipt_id DESC LIMIT %(limit)s
"""  # noqa: S608  # constants only


class PostgresReceipts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, receipt: Receipt) -> None:
        inserted = await self._connection.execute(
            _INSERT,
            (
                self._tenant,
                receipt.id,
                receipt.subject_id,
                receipt.erased_at,
                receipt.document,
                receipt.signature,
                receipt.public_key,
            ),
        )
        if inserted.rowcount == 0:
            raise AlreadyExists("There is a receipt of this identifier already.")

    async def get(self, receipt_id: uuid.UUID) -> Receipt:
        row = await (await self._connection.execute(_GET, (self._tenant, receipt_id))).fetchone()
        if row is None:
            raise ReceiptNotFound
        return _receipt(row)

    async def page(self, *, after: uuid.UUID | None = None, limit: int = 100) -> Sequence[Receipt]:
        """Empty if the receipt `after` is unknown."""
        rows = await self._connection.execute(_PAGE, {"tenant": self._tenant, "after": after, "limit": limit})
        return [_receipt(row) async for row in rows]


def _receipt(row: TupleRow) -> Receipt:
    receipt_id, subject_id, erased_at, document, signature, public_key = row
    return Receipt(
        id=receipt_id,
        subject_id=SubjectId(subject_id),
        erased_at=erased_at,
        document=document,
        signature=signature,
        public_key=public_key,
    )
