"""Rules of alerts in PostgreSQL."""

from psycopg import errors
from psycopg.rows import TupleRow

from visavis.adapters.postgres.alert_json import (
    condition_from_json,
    condition_to_json,
    effects_from_json,
    effects_to_json,
)
from visavis.adapters.postgres.connection import Connection
from visavis.domain.alert import AlertRule, RuleId
from visavis.domain.alert_kinds import Severity
from visavis.domain.errors import AlertRuleNotFound, AlreadyExists, SubjectNotFound
from visavis.domain.subject import SubjectId, TenantId

_SELECT = """
    SELECT rule_id, name, enabled, severity, condition, effects, particular, since, created_at, coalesce(
        (SELECT array_agg(s.subject_id) FROM alert_rule_subjects AS s
         WHERE s.tenant_id = r.tenant_id AND s.rule_id = r.rule_id), '{}'
    ) FROM alert_rules AS r WHERE tenant_id = %s
"""
_ALL = f"{_SELECT} ORDER BY name"
_GET = f"{_SELECT} AND rule_id = %s"
_INSERT = """
    INSERT INTO alert_rules
        (tenant_id, rule_id, name, enabled, severity, condition, effects, particular, since, created_at)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
"""
_REPLACE = """
    UPDATE alert_rules SET name = %s, enabled = %s, severity = %s, condition = %s, effects = %s, particular = %s,
                           since = %s
    WHERE tenant_id = %s AND rule_id = %s
"""
_REMOVE = "DELETE FROM alert_rules WHERE tenant_id = %s AND rule_id = %s"
_FORGET_SUBJECTS = "DELETE FROM alert_rule_subjects WHERE tenant_id = %s AND rule_id = %s"
_SUBJECTS = """
    INSERT INTO alert_rule_subjects (tenant_id, rule_id, subject_id) SELECT %s, %s, unnest(%s::uuid[])
"""


class PostgresAlertRules:
    def __init__(self, connection: Connection, tenant: TenantId) -> None:
        self._connection = connection
        self._tenant = tenant

    async def add(self, rule: AlertRule) -> None:
        columns = _columns(rule)
        try:
            await self._connection.execute(_INSERT, (self._tenant, rule.id, *columns, rule.created_at))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a rule {rule.name!r} already.") from error
        await self._keep_subjects(rule)

    async def get(self, rule_id: RuleId) -> AlertRule:
        row = await (await self._connection.execute(_GET, (self._tenant, rule_id))).fetchone()
        if row is None:
            raise AlertRuleNotFound
        return _rule(row)

    async def all(self) -> list[AlertRule]:
        return [_rule(row) async for row in await self._connection.execute(_ALL, (self._tenant,))]

    async def replace(self, rule: AlertRule) -> None:
        try:
            changed = await self._connection.execute(_REPLACE, (*_columns(rule), self._tenant, rule.id))
        except errors.UniqueViolation as error:
            raise AlreadyExists(f"There is a rule {rule.name!r} already.") from error
        if changed.rowcount == 0:
            raise AlertRuleNotFound
        await self._connection.execute(_FORGET_SUBJECTS, (self._tenant, rule.id))
        await self._keep_subjects(rule)

    async def remove(self, rule_id: RuleId) -> None:
        if (await self._connection.execute(_REMOVE, (self._tenant, rule_id))).rowcount == 0:
            raise AlertRuleNotFound

    async def _keep_subjects(self, rule: AlertRule) -> None:
        ids = sorted(rule.condition.subjects or ())
        try:
            await self._connection.execute(_SUBJECTS, (self._tenant, rule.id, ids))
        except errors.ForeignKeyViolation as error:
            raise SubjectNotFound from error


def _columns(rule: AlertRule) -> tuple[object, ...]:
    return (
        rule.name,
        rule.enabled,
        rule.severity,
        condition_to_json(rule.condition),
        effects_to_json(rule.effects),
        rule.condition.subjects is not None,
        rule.since,
    )


def _rule(row: TupleRow) -> AlertRule:
    rule_id, name, enabled, severity, condition, effects, particular, since, created_at, ids = row
    subjects = frozenset(SubjectId(one) for one in ids) if particular else None
    return AlertRule(
        id=RuleId(rule_id),
        name=name,
        enabled=enabled,
        severity=Severity(severity),
        condition=condition_from_json(condition, subjects),
        effects=effects_from_json(effects),
        since=since,
        created_at=created_at,
    )
