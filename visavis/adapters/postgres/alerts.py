"""Alerts in PostgreSQL.

The row of a tenant's positions is locked by whoever evaluates or changes an alert until the transaction ends, so the
sequences of alerts are in the order of commits. It is locked before alerts are.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from psycopg import sql
from psycopg.rows import TupleRow

from visavis.adapters.postgres.connection import Connection
from visavis.adapters.postgres.events import CHANNEL
from visavis.adapters.postgres.notice_rows import notice_of, notice_row
from visavis.application.ports.alerts import AlertFilter
from visavis.domain.alert import Alert, AlertId, RuleId
from visavis.domain.alert_kinds import AlertState, Severity, Trigger
from visavis.domain.decision import Outcome
from visavis.domain.errors import AlertNotFound
from visavis.domain.event import EventId
from visavis.domain.occurrence import Notice
from visavis.domain.subject import GalleryId, SubjectId, TenantId

_COLUMNS: Final = """
    alert_id, sequence, rule_id, rule, severity, kind, gallery_id, gallery, source, site, zone, outcome, subject_id,
    key, text, opened_at, last_at, raised_at, count, state, actor, note, changed_at
"""
_BEGIN = "INSERT INTO alert_positions (tenant_id, sequence, alert_sequence) VALUES (%s, 0, 0) ON CONFLICT DO NOTHING"
_CLAIM = "SELECT sequence FROM alert_positions WHERE tenant_id = %s FOR UPDATE"
_ADVANCE = "UPDATE alert_positions SET sequence = %s WHERE tenant_id = %s"
_NEXT = """
    UPDATE alert_positions SET alert_sequence = alert_sequence + 1 WHERE tenant_id = %s RETURNING alert_sequence
"""
_BEHIND = """
    SELECT EXISTS (SELECT FROM alert_rules WHERE tenant_id = %(tenant)s AND enabled) AND (
        EXISTS (SELECT FROM alert_notices WHERE tenant_id = %(tenant)s)
        OR coalesce((SELECT sequence FROM event_counters WHERE tenant_id = %(tenant)s), 0)
         > coalesce((SELECT sequence FROM alert_positions WHERE tenant_id = %(tenant)s), 0)
    )
"""
_NOTICE_COLUMNS: Final = (
    "notice_id, at, kind, key, text, over, gallery, source, site, zone, subject_id, event_id"
)
_NOTICE = f"""
    INSERT INTO alert_notices (tenant_id, {_NOTICE_COLUMNS})
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
"""  # noqa: S608  # constants only
_TAKE = f"""
    WITH gone AS (
        DELETE FROM alert_notices WHERE tenant_id = %(tenant)s AND notice_id IN (
            SELECT notice_id FROM alert_notices WHERE tenant_id = %(tenant)s ORDER BY at, notice_id LIMIT %(limit)s
        ) RETURNING {_NOTICE_COLUMNS}
    ) SELECT * FROM gone ORDER BY at, notice_id
"""  # noqa: S608  # constants only
# Subjects are locked before alerts, as their erasure does it.
_LOCK_SUBJECTS = """
    SELECT subject_id FROM subjects WHERE tenant_id = %(tenant)s AND subject_id IN (
        SELECT subject_id FROM events WHERE tenant_id = %(tenant)s AND event_id = ANY(%(events)s::uuid[])
    ) ORDER BY subject_id FOR KEY SHARE
"""
_TOLD = "SELECT rule_id, event_id FROM alert_events WHERE tenant_id = %s AND event_id = ANY(%s::uuid[])"
_CURRENT = f"""
    SELECT {_COLUMNS} FROM alerts
    WHERE tenant_id = %(tenant)s AND rule_id = %(rule)s AND state <> 'resolved' AND (
        subject_id = %(subject)s OR %(subject)s::uuid IS NULL AND subject_id IS NULL AND key = %(key)s
    ) ORDER BY opened_at DESC, sequence DESC LIMIT 1
"""  # noqa: S608  # constants only
_KEEP = f"""
    INSERT INTO alerts (tenant_id, {_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, (
        SELECT subject_id FROM subjects WHERE tenant_id = %s AND subject_id = %s
    ), %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (tenant_id, alert_id) DO UPDATE SET
        sequence = excluded.sequence, outcome = excluded.outcome, last_at = excluded.last_at, text = excluded.text,
        count = excluded.count, state = excluded.state, actor = excluded.actor, note = excluded.note,
        changed_at = excluded.changed_at
    RETURNING {_COLUMNS}
"""  # noqa: S608  # constants only
_TELL = """
    INSERT INTO alert_events (tenant_id, rule_id, event_id, alert_id, position)
    SELECT %(tenant)s, %(rule)s, event_id, %(alert)s, %(position)s FROM events
    WHERE tenant_id = %(tenant)s AND event_id = %(event)s
    ON CONFLICT DO NOTHING
"""
_GET = f"SELECT {_COLUMNS} FROM alerts WHERE tenant_id = %s AND alert_id = %s"  # noqa: S608  # constants only
_EVENTS = """
    SELECT event_id FROM alert_events WHERE tenant_id = %s AND alert_id = %s ORDER BY position DESC LIMIT %s
"""
_OPEN = "SELECT count(*) FROM alerts WHERE tenant_id = %s AND state = 'open'"
_LATEST = "SELECT alert_sequence FROM alert_positions WHERE tenant_id = %s"
_PURGE = """
    DELETE FROM alerts AS a WHERE tenant_id = %(tenant)s AND CASE
        WHEN kind = 'silent' THEN raised_at < %(before)s
        ELSE raised_at < %(orphans)s AND NOT EXISTS (
            SELECT FROM alert_events AS e WHERE e.tenant_id = %(tenant)s AND e.alert_id = a.alert_id
        )
    END
"""
_NOTIFY = "SELECT pg_notify(%s, %s)"
_CONDITIONS: Final = (
    ("galleries", "gallery = ANY(%(galleries)s)"),
    ("rule_id", "rule_id = %(rule_id)s"),
    ("state", "state = %(state)s"),
    ("severity", "severity = %(severity)s"),
    ("subject_id", "subject_id = %(subject_id)s"),
    ("before", "sequence < %(before)s"),
    ("after", "sequence > %(after)s"),
)


class PostgresAlerts:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def claim(self) -> int:
        await self._connection.execute(_BEGIN, (self._tenant,))
        return await self._number(_CLAIM, self._tenant)

    async def advance(self, sequence: int) -> None:
        await self._connection.execute(_ADVANCE, (sequence, self._tenant))

    async def behind(self) -> bool:
        row = await (await self._connection.execute(_BEHIND, {"tenant": self._tenant})).fetchone()
        return bool(row and row[0])

    async def notice(self, notice: Notice) -> None:
        await self._connection.execute(_NOTICE, (self._tenant, *notice_row(notice)))
        await self._announce()

    async def take_notices(self, limit: int) -> list[Notice]:
        rows = await self._connection.execute(_TAKE, {"tenant": self._tenant, "limit": limit})
        return [notice_of(row) async for row in rows]

    async def told(self, event_ids: Sequence[EventId]) -> frozenset[tuple[RuleId, EventId]]:
        given = {"tenant": self._tenant, "events": list(event_ids)}
        await self._connection.execute(_LOCK_SUBJECTS, given)
        rows = await self._connection.execute(_TOLD, (self._tenant, list(event_ids)))
        return frozenset([(RuleId(rule), EventId(event)) async for rule, event in rows])

    async def current(self, rule_id: RuleId, subject_id: SubjectId | None, key: str) -> Alert | None:
        given = {"tenant": self._tenant, "rule": rule_id, "subject": subject_id, "key": key}
        row = await (await self._connection.execute(_CURRENT, given)).fetchone()
        return None if row is None else _alert(row)

    async def keep(self, alert: Alert, event_id: EventId | None = None) -> Alert:
        await self._connection.execute(_BEGIN, (self._tenant,))
        sequence = await self._number(_NEXT, self._tenant)
        rows = await self._connection.execute(_KEEP, (self._tenant, *_row(alert, sequence, self._tenant)))
        row = await rows.fetchone()
        if row is None:
            raise AlertNotFound
        if event_id is not None:
            told = {
                "tenant": self._tenant,
                "rule": alert.rule_id,
                "event": event_id,
                "alert": alert.id,
                "position": sequence,
            }
            await self._connection.execute(_TELL, told)
        await self._announce()
        return _alert(row)

    async def get(self, alert_id: AlertId) -> Alert:
        row = await (await self._connection.execute(_GET, (self._tenant, alert_id))).fetchone()
        if row is None:
            raise AlertNotFound
        return _alert(row)

    async def events(self, alert_id: AlertId, limit: int = 100) -> list[EventId]:
        rows = await self._connection.execute(_EVENTS, (self._tenant, alert_id, limit))
        return [EventId(row[0]) async for row in rows]

    async def page(
        self,
        wanted: AlertFilter,
        *,
        before: int | None = None,
        after: int | None = None,
        limit: int = 100,
    ) -> list[Alert]:
        given: dict[str, object] = {
            "galleries": None if wanted.galleries is None else sorted(wanted.galleries),
            "rule_id": wanted.rule_id,
            "state": wanted.state,
            "severity": wanted.severity,
            "subject_id": wanted.subject_id,
            "before": before,
            "after": after,
        }
        conditions = [sql.SQL(text) for name, text in _CONDITIONS if given[name] is not None]
        query = sql.SQL("SELECT {columns} FROM alerts WHERE {where} ORDER BY {order} LIMIT %(limit)s").format(
            columns=sql.SQL(_COLUMNS),
            where=sql.SQL(" AND ").join([sql.SQL("tenant_id = %(tenant)s"), *conditions]),
            order=sql.SQL("sequence DESC" if after is None else "sequence"),
        )
        rows = await self._connection.execute(query, {**given, "tenant": self._tenant, "limit": limit})
        return [_alert(row) async for row in rows]

    async def open_count(self) -> int:
        return await self._number(_OPEN, self._tenant)

    async def latest(self) -> int:
        return await self._number(_LATEST, self._tenant)

    async def purge(self, before: datetime, *, orphans_before: datetime) -> int:
        given = {"tenant": self._tenant, "before": before, "orphans": orphans_before}
        return (await self._connection.execute(_PURGE, given)).rowcount

    async def _announce(self) -> None:
        """Those who follow look at both logs; hearing is a hint."""
        await self._connection.execute(_NOTIFY, (CHANNEL, f"{self._tenant} 0"))

    async def _number(self, query: str, *parameters: object) -> int:
        row = await (await self._connection.execute(sql.SQL(query), parameters)).fetchone()
        return int(row[0]) if row else 0


def _row(alert: Alert, sequence: int, tenant: TenantId) -> tuple[object, ...]:
    return (
        alert.id,
        sequence,
        alert.rule_id,
        alert.rule,
        alert.severity,
        alert.trigger,
        alert.gallery_id,
        alert.gallery,
        alert.source,
        alert.site,
        alert.zone,
        alert.outcome,
        tenant,
        alert.subject_id,
        alert.key,
        alert.text,
        alert.opened_at,
        alert.last_at,
        alert.raised_at,
        alert.count,
        alert.state,
        alert.by,
        alert.note,
        alert.changed_at,
    )


def _alert(row: TupleRow) -> Alert:
    (alert_id, sequence, rule_id, rule, severity, kind, gallery_id, gallery, source, site, zone, *rest) = row
    (outcome, subject_id, key, text, opened_at, last_at, raised_at, count, state, by, note, changed_at) = rest
    return Alert(
        id=AlertId(alert_id),
        sequence=sequence,
        rule_id=RuleId(rule_id),
        rule=rule,
        severity=Severity(severity),
        trigger=Trigger(kind),
        gallery_id=GalleryId(gallery_id) if gallery_id else None,
        gallery=gallery,
        source=source,
        site=site,
        zone=zone,
        outcome=Outcome(outcome) if outcome else None,
        subject_id=SubjectId(subject_id) if subject_id else None,
        key=key,
        text=text,
        opened_at=opened_at,
        last_at=last_at,
        raised_at=raised_at,
        count=count,
        state=AlertState(state),
        by=by,
        note=note,
        changed_at=changed_at,
    )
