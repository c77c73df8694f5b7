"""Receipts of erasures in memory."""

import uuid
from collections.abc import Sequence

from visavis.adapters.memory.work import Work
from visavis.application.ports.consents import Receipt
from visavis.domain.errors import AlreadyExists, ReceiptNotFound


class MemoryReceipts:
    def __init__(self, work: Work) -> None:
        self._work = work

    async def add(self, receipt: Receipt) -> None:
        tables = await self._work.write()
        if receipt.id in tables.receipts:
            raise AlreadyExists("There is a receipt of this identifier already.")
        tables.receipts[receipt.id] = receipt

    async def get(self, receipt_id: uuid.UUID) -> Receipt:
        receipts = self._work.read().receipts
        if receipt_id not in receipts:
            raise ReceiptNotFound
        return receipts[receipt_id]

    async def page(self, *, after: uuid.UUID | None = None, limit: int = 100) -> Sequence[Receipt]:
        """Empty if the receipt `after` is unknown."""
        receipts = self._work.read().receipts
        ordered = sorted(receipts.values(), key=lambda one: (one.erased_at, one.id), reverse=True)
        if after is not None:
            last = receipts.get(after)
            ordered = ordered[ordered.index(last) + 1 :] if last else []
        return ordered[:limit]
