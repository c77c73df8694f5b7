"""Webhooks in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime

from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.vault import Sealed, Vault
from visavis.application.ports.webhooks import REFUSALS
from visavis.domain.decision import Outcome
from visavis.domain.errors import DeliveryNotFound, WebhookNotFound
from visavis.domain.event import EventKind
from visavis.domain.subject import TenantId
from visavis.domain.webhook import (
    Delivery,
    DeliveryId,
    DeliveryState,
    Webhook,
    WebhookFilter,
    WebhookId,
)

_TABLE = "webhooks"
_COLUMNS = """
    webhook_id, url, data_key_id, nonce, ciphertext, kinds, outcomes, galleries, active, description, cursor,
    created_at
"""
_INSERT = f"""
    INSERT INTO webhooks (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""  # noqa: S608  # constants only
_GET = f"SELECT {_COLUMNS} FROM webhooks WHERE tenant_id = %s AND webhook_id = %s"  # noqa: S608  # constants only
_IDS = "SELECT webhook_id FROM webhooks WHERE tenant_id = %s ORDER BY created_at, webhook_id"
_REPLACE = """
    UPDATE webhooks SET url = %s, data_key_id = %s, nonce = %s, ciphertext = %s, kinds = %s, outcomes = %s,
                        galleries = %s, active = %s, description = %s
    WHERE tenant_id = %s AND webhook_id = %s
"""
_REMOVE = "DELETE FROM webhooks WHERE tenant_id = %s AND webhook_id = %s"
_ADVANCE = "UPDATE webhooks SET cursor = greatest(cursor, %s) WHERE tenant_id = %s AND webhook_id = %s"
_BEHIND = """
    SELECT webhook_id FROM webhooks AS w
    WHERE tenant_id = %(tenant)s AND active AND (
        cursor < (SELECT sequence FROM event_counters WHERE tenant_id = %(tenant)s) OR EXISTS (
            SELECT FROM webhook_deliveries AS d
            WHERE d.tenant_id = %(tenant)s AND d.webhook_id = w.webhook_id AND state = 'pending'
              AND next_at <= %(now)s
        )
    ) ORDER BY created_at, webhook_id
"""
_DELIVERY_COLUMNS = """
    delivery_id, webhook_id, event_id, event_sequence, created_at, next_at, state, attempts, first_attempt_at,
    status, error, finished_at
"""
_INSERT_DELIVERY = f"""
    INSERT INTO webhook_deliveries (tenant_id, {_DELIVERY_COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants only
_FIRST = f"""
    SELECT {_DELIVERY_COLUMNS} FROM webhook_deliveries
    WHERE tenant_id = %s AND webhook_id = %s AND state = 'pending'
      AND (next_at <= %s OR status IS NULL OR status <> ALL(%s))
    ORDER BY event_sequence LIMIT 1
"""  # noqa: S608  # constants only
_DELIVERY = f"""
    SELECT {_DELIVERY_COLUMNS} FROM webhook_deliveries WHERE tenant_id = %s AND delivery_id = %s
"""  # noqa: S608  # constants only
_KEEP = """
    UPDATE webhook_deliveries SET next_at = %s, state = %s, attempts = %s, first_attempt_at = %s, status = %s,
                                  error = %s, finished_at = %s
    WHERE tenant_id = %s AND delivery_id = %s
"""
_DELIVERIES = f"""
    SELECT {_DELIVERY_COLUMNS} FROM webhook_deliveries
    WHERE tenant_id = %(tenant)s AND webhook_id = %(webhook)s AND state = coalesce(%(state)s, state)
      AND event_sequence < coalesce(%(before)s, 9223372036854775807)
    ORDER BY event_sequence DESC LIMIT %(limit)s
"""  # noqa: S608  # constants only
_PURGE = "DELETE FROM webhook_deliveries WHERE tenant_id = %s AND finished_at < %s"


class PostgresWebhooks:
    def __init__(self, connection: Connection, tenant: TenantId, vault: Vault) -> None:
        self._connection = connection
        self._tenant = tenant
        self._vault = vault

    async def add(self, webhook: Webhook) -> None:
        sealed = await self._sealed(webhook)
        values = (webhook.id, webhook.url, *sealed, *_filter(webhook.wanted), webhook.active)
        rest = (webhook.description, webhook.cursor, webhook.created_at)
        await self._connection.execute(_INSERT, (self._tenant, *values, *rest))

    async def get(self, webhook_id: WebhookId) -> Webhook:
        row: TupleRow | None = None

        async def look() -> Sealed | None:
            nonlocal row
            row = await (await self._connection.execute(_GET, (self._tenant, webhook_id))).fetchone()
            return None if row is None else _sealed(row)

        secret = await self._vault.read(look, _TABLE, webhook_id)
        if row is None or secret is None:
            raise WebhookNotFound
        return _webhook(row, secret)

    async def all(self) -> list[Webhook]:
        rows = await (await self._connection.execute(_IDS, (self._tenant,))).fetchall()
        return [await self.get(WebhookId(row[0])) for row in rows]

    async def replace(self, webhook: Webhook) -> None:
        sealed = await self._sealed(webhook)
        values = (webhook.url, *sealed, *_filter(webhook.wanted), webhook.active, webhook.description)
        updated = await self._connection.execute(_REPLACE, (*values, self._tenant, webhook.id))
        if updated.rowcount == 0:
            raise WebhookNotFound

    async def remove(self, webhook_id: WebhookId) -> None:
        if (await self._connection.execute(_REMOVE, (self._tenant, webhook_id))).rowcount == 0:
            raise WebhookNotFound

    async def advance(self, webhook_id: WebhookId, cursor: int, deliveries: Sequence[Delivery]) -> None:
        moved = await self._connection.execute(_ADVANCE, (cursor, self._tenant, webhook_id))
        if moved.rowcount == 0:
            raise WebhookNotFound
        if deliveries:
            async with self._connection.cursor() as many:
                await many.executemany(_INSERT_DELIVERY, [(self._tenant, *_row(one)) for one in deliveries])

    async def behind(self, now: datetime) -> list[WebhookId]:
        rows = await self._connection.execute(_BEHIND, {"tenant": self._tenant, "now": now})
        return [WebhookId(row[0]) async for row in rows]

    async def first(self, webhook_id: WebhookId, now: datetime) -> Delivery | None:
        names = (self._tenant, webhook_id, now, sorted(REFUSALS))
        row = await (await self._connection.execute(_FIRST, names)).fetchone()
        return None if row is None else _delivery(row)

    async def delivery(self, delivery_id: DeliveryId) -> Delivery:
        row = await (await self._connection.execute(_DELIVERY, (self._tenant, delivery_id))).fetchone()
        if row is None:
            raise DeliveryNotFound
        return _delivery(row)

    async def keep(self, delivery: Delivery) -> None:
        _, _, _, _, _, next_at, state, attempts, first, status, error, finished = _row(delivery)
        values = (next_at, state, attempts, first, status, error, finished)
        await self._connection.execute(_KEEP, (*values, self._tenant, delivery.id))

    async def deliveries(
        self,
        webhook_id: WebhookId,
        *,
        state: DeliveryState | None = None,
        before: int | None = None,
        limit: int = 100,
    ) -> list[Delivery]:
        names = {
            "tenant": self._tenant,
            "webhook": webhook_id,
            "state": state,
            "before": before,
            "limit": limit,
        }
        return [_delivery(row) async for row in await self._connection.execute(_DELIVERIES, names)]

    async def purge(self, finished_before: datetime) -> int:
        return (await self._connection.execute(_PURGE, (self._tenant, finished_before))).rowcount

    async def _sealed(self, webhook: Webhook) -> Sealed:
        return await self._vault.seal(webhook.secret, _TABLE, webhook.id)


def _sealed(row: TupleRow) -> Sealed:
    key_id, nonce, ciphertext = row[2:5]
    return Sealed(key_id, bytes(nonce), bytes(ciphertext))


def _webhook(row: TupleRow, secret: bytes) -> Webhook:
    webhook_id, url, _, _, _, kinds, outcomes, galleries, active, description, cursor, created_at = row
    return Webhook(
        id=WebhookId(webhook_id),
        url=url,
        secret=secret,
        wanted=WebhookFilter(
            kinds=frozenset(EventKind(kind) for kind in kinds),
            outcomes=frozenset(Outcome(outcome) for outcome in outcomes),
            galleries=frozenset(galleries),
        ),
        created_at=created_at,
        active=active,
        description=description,
        cursor=cursor,
    )


def _filter(wanted: WebhookFilter) -> tuple[list[str], list[str], list[str]]:
    return sorted(wanted.kinds), sorted(wanted.outcomes), sorted(wanted.galleries)


def _row(one: Delivery) -> tuple[object, ...]:
    return (
        one.id,
        one.webhook_id,
        one.event_id,
        one.event_sequence,
        one.created_at,
        one.next_at,
        one.state,
        one.attempts,
        one.first_attempt_at,
        one.status,
        one.error,
        one.finished_at,
    )


def _delivery(row: TupleRow) -> Delivery:
    (delivery_id, webhook_id, event_id, event_sequence, created_at, next_at, state, attempts, *rest) = row
    first_attempt_at, status, error, finished_at = rest
    return Delivery(
        id=DeliveryId(delivery_id),
        webhook_id=WebhookId(webhook_id),
        event_id=event_id,
        event_sequence=event_sequence,
        created_at=created_at,
        next_at=next_at,
        state=DeliveryState(state),
        attempts=attempts,
        first_attempt_at=first_attempt_at,
        status=status,
        error=error,
        finished_at=finished_at,
    )
